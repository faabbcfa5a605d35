"""`batches wait`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from llamacloud_cli.cli.batches.options import (  # noqa: TC001 - Typer reads the annotations
    INTERVAL,
    ORGANIZATION,
    PROJECT,
    TIMEOUT,
)
from llamacloud_cli.cli.call import check_options, make_renderer
from llamacloud_cli.cli.typer_seam import Command
from llamacloud_cli.cli.watching import batch_ids_given, refuse_request_flags, scope_of, wait_and_print, wait_options
from llamacloud_cli.errors import UsageError
from llamacloud_cli.operations import Example

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llamacloud_cli.context import Context


class Wait(Command):
    """The command `batches wait`."""

    examples = (
        Example("wait for a batch, half an hour at most", "llamacloud-prod batches wait BATCH_ID --timeout 30m"),
        Example(
            "wait for all that go on",
            "llamacloud-prod batches list -q --status RUNNING | llamacloud-prod batches wait -",
        ),
    )


app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command("wait", cls=Wait)
def wait(  # noqa: PLR0913, PLR0917 - one argument an option
    ctx: typer.Context,
    batch_ids: Annotated[
        list[str] | None, typer.Argument(metavar="BATCH_ID…", help="The batches; - reads ids from standard input.")
    ] = None,
    timeout: TIMEOUT = None,
    interval: INTERVAL = None,
    project_id: PROJECT = None,
    organization_id: ORGANIZATION = None,
) -> None:
    """Wait until batches are done, and their jobs as well.

    COMPLETED means that each file has its job, so the jobs are asked until they have ended too. Failures that may
    pass do not end it, unless nothing else comes for half an hour. Each batch is printed when it is done.

    Exit status: 0 all files succeeded, 3 some failed, 5 a batch ended FAILED or CANCELLED, 8 the time was up.
    """
    context: Context = ctx.obj
    check_options(context)
    refuse_request_flags(context, "batches wait")
    options = wait_options(context, scope_of(context, project_id, organization_id), timeout, interval)
    ids = _ids(context, batch_ids or [])
    renderer = make_renderer(context, many=len(ids) > 1)
    wait_and_print(context, ids, options, renderer)


def _ids(context: Context, given: Sequence[str]) -> list[str]:
    ids = batch_ids_given(context, given)
    if not ids:
        raise UsageError("missing BATCH_ID", hint=f"for example: {Wait.examples[0].command}")
    return ids
