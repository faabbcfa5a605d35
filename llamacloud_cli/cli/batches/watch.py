"""`batches watch`."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Annotated

import typer

from llamacloud_cli.cli.batches.options import ORGANIZATION, PROJECT, TIMEOUT  # noqa: TC001 - Typer reads them
from llamacloud_cli.cli.call import check_options, make_renderer
from llamacloud_cli.cli.typer_seam import Command
from llamacloud_cli.cli.watching import batch_ids_given, refuse_request_flags, scope_of
from llamacloud_cli.errors import UsageError
from llamacloud_cli.operations import Example

if TYPE_CHECKING:
    from llamacloud_cli.context import Context
    from llamacloud_cli.output.board import ChangeLines, LiveBoard

_FIELDS = "id,status,updated_at,at"


class Watch(Command):
    """The command `batches watch`."""

    examples = (
        Example("all that goes on", "llamacloud-prod batches watch"),
        Example("each change of a status as JSON", "llamacloud-prod batches watch BATCH_ID | jq -c '[.id, .status]'"),
    )


app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command("watch", cls=Watch)
def watch(  # noqa: PLR0913, PLR0917 - one argument an option
    ctx: typer.Context,
    batch_ids: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[BATCH_ID…]", help="The batches; - reads ids from standard input. [default: all that go on]"
        ),
    ] = None,
    interval: Annotated[
        str | None,
        typer.Option("--interval", metavar="DURATION", help="Pause between two rounds of questions. [default: 5s]"),
    ] = None,
    timeout: TIMEOUT = None,
    follow: Annotated[
        bool, typer.Option("--follow", help="Go on when nothing is going on, for batches that are to come.")
    ] = False,
    project_id: PROJECT = None,
    organization_id: ORGANIZATION = None,
) -> None:
    """Watch batches that are going on, in a table that is kept up to date.

    Without ids these are all that are PENDING, THROTTLED or RUNNING, new ones included. A batch that ends stays in the
    table. It ends when none is left, and the last table stays on the screen. FILES are those that are mapped to jobs.

    In a pipe, each change of a status is a JSON document on a line of its own: id, status, updated_at, at.

    Exit status: 0 none goes on any more, however they ended; 6 a BATCH_ID is not known; 8 the time was up.
    """
    context: Context = ctx.obj
    check_options(context)
    refuse_request_flags(context, "batches watch")
    if context.options.get("format_") == "explore":
        raise UsageError("--format explore: `batches watch` is a display of its own", hint="leave --format out")
    from llamacloud_cli.durations import read_duration
    from llamacloud_cli.workflows.board import INTERVAL_SECONDS, Board, BoardOptions, watch_board

    options = BoardOptions(
        interval=INTERVAL_SECONDS if interval is None else read_duration(interval, where="--interval"),
        timeout=None if timeout is None else read_duration(timeout, where="--timeout"),
        keep_on=follow,
        clock=monotonic,
    )
    ids = batch_ids_given(context, batch_ids or [])
    if batch_ids and not ids:
        raise UsageError("no batch on standard input", hint="`batches list -q` prints ids")
    view = _view(context, options.interval)
    client = context.client()
    board = Board(client, ids, scope_of(context, project_id, organization_id))
    client.retries = client.retries._replace(notice=view.hint)
    with view:
        watch_board(board, options, view)
    if not board.was_seen:
        context.notice("nothing is going on")


def _view(context: Context, interval: float) -> LiveBoard | ChangeLines:
    """Gives what shows the batches: a table where standard output is a terminal, else documents."""
    from llamacloud_cli.cli.cursor import give_back_cursor
    from llamacloud_cli.output.board import ChangeLines, LiveBoard
    from llamacloud_cli.output.color import wants_color

    given, stdout = context.options, context.streams.stdout
    chosen = any(given.get(name) for name in ("json_", "columns", "transform", "quiet"))
    for_eyes = given.get("format_") in (None, "auto", "table") and not chosen and context.env.get("TERM") != "dumb"
    if stdout is not None and context.is_terminal(stdout) and for_eyes:
        color = wants_color(given.get("color") or "auto", context.env, is_terminal=True)
        give_back_cursor(stdout)
        return LiveBoard(stdout, color=color, now=context.now, sleep=context.sleep, interval=interval)
    if given.get("format_") in (None, "auto") and not chosen:
        given["format_"] = "jsonl"
    elif given.get("format_") == "table" and not given.get("columns"):
        given["columns"] = _FIELDS
    renderer = make_renderer(context, many=True)
    return ChangeLines(renderer, now=context.now, sleep=context.sleep, write=context.notice, hint=context.progress)
