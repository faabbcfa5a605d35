"""What commands that take a while share: where they show progress, and the flags for waiting."""

from __future__ import annotations

import codecs
import shutil
import time
from contextlib import contextmanager, suppress
from shlex import quote
from time import monotonic
from typing import TYPE_CHECKING

from llamacloud_cli.errors import UsageError, WaitTimeoutError
from llamacloud_cli.ids import problem_of_id
from llamacloud_cli.inputs.values import sendable
from llamacloud_cli.output.sink import PipeClosed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from llamacloud_cli.cli.call import Call
    from llamacloud_cli.context import Context
    from llamacloud_cli.jsontext import Document
    from llamacloud_cli.output.progress import LineProgress, LiveProgress
    from llamacloud_cli.output.render import Renderer
    from llamacloud_cli.workflows.stop import Stop
    from llamacloud_cli.workflows.wait import WaitOptions
    from llamacloud_cli.workflows.watch import BatchWatch

_LONGEST_LIST = 64 * 1024 * 1024
"""Bytes of a list on standard input: the names of some 500,000 files."""


def make_watcher(context: Context) -> LiveProgress | LineProgress:
    """Gives what shows progress: a live display where standard error is a terminal, lines elsewhere."""
    from llamacloud_cli.cli.cursor import give_back_cursor
    from llamacloud_cli.output.color import wants_color
    from llamacloud_cli.output.progress import LineProgress, LiveProgress

    stderr = context.streams.stderr
    plain = context.options.get("debug") or context.env.get("TERM") == "dumb"
    if stderr is not None and context.is_terminal(stderr) and not plain:
        color = wants_color(context.options.get("color") or "auto", context.env, is_terminal=True)
        give_back_cursor(stderr)
        return LiveProgress(stderr, shutil.get_terminal_size().columns, color=color)
    return LineProgress(context.notice, context.progress)


def make_stop(context: Context) -> Stop:
    """Gives the wish to stop of a run, whose pauses are those of the surroundings."""
    from llamacloud_cli.workflows.stop import Stop

    return Stop(None if context.sleep is time.sleep else context.sleep)


def scope_of(context: Context, project_id: str | None, organization_id: str | None) -> tuple[tuple[str, str], ...]:
    """Gives the project and organization as query pairs: of the flags, else of the settings; `null` is neither."""
    flags = {"project_id": project_id, "organization_id": organization_id}
    given = {name: value for name, value in flags.items() if value is not None}
    for name, value in given.items():
        flag = f"--{name.replace('_', '-')}"
        if not sendable(value, flag).strip():
            raise UsageError(f"{flag}: empty", hint="is a variable unset?")
    found = {**(context.scope() if len(given) < len(flags) else {}), **given}
    return tuple((name, found[name]) for name in flags if found.get(name, "null") != "null")


def flags_again(context: Context, scope: tuple[tuple[str, str], ...]) -> str:
    """Gives the flags of this command line that say where requests go, for a command that the user may copy."""
    named = ("sandbox", "sandbox_data", "profile", "base_url", "insecure_http", "ca_bundle")
    given = [(name, context.options.get(name)) for name in named] + list(scope)
    flags = [(f"--{name.replace('_', '-')}", value) for name, value in given if value]
    return "".join(f" {flag}" if value is True else f" {flag} {quote(str(value))}" for flag, value in flags)


def wait_options(
    context: Context, scope: tuple[tuple[str, str], ...], timeout: str | None, interval: str | None
) -> WaitOptions:
    """Gives how to wait, from the texts of `--timeout` and `--interval`.

    Raises:
        UsageError: one of them is no duration.
    """
    from llamacloud_cli.durations import read_duration
    from llamacloud_cli.workflows.wait import FIRST_PAUSE_SECONDS, WaitOptions

    return WaitOptions(
        scope=scope,
        timeout=None if timeout is None else read_duration(timeout, where="--timeout"),
        interval=FIRST_PAUSE_SECONDS if interval is None else read_duration(interval, where="--interval"),
        sleep=context.sleep,
        clock=monotonic,
    )


def state_home() -> Path | None:
    """Gives the user's folder for what is kept between runs (XDG_STATE_HOME); None for a user without a home."""
    from llamacloud_cli.settings.places import state_folder

    try:
        return state_folder()
    except UsageError:
        return None


def waiting(call: Call) -> WaitOptions | None:
    """Gives how to wait where `--wait` is given, else None.

    Raises:
        UsageError: `--timeout` or `--interval` is no duration, or comes without `--wait`.
    """
    local = call.inputs.local
    timeout, interval = local.get("timeout"), local.get("interval")
    if not local.get("wait"):
        if timeout is not None or interval is not None:
            raise UsageError("--timeout and --interval go with --wait")
        return None
    scope = tuple(pair for pair in call.inputs.request.query if pair[0] in ("project_id", "organization_id"))
    return wait_options(call.context, scope, timeout, interval)


@contextmanager
def ends_as(raise_for_outcome: Callable[[], None]) -> Iterator[None]:
    """Ends as the outcome says, also where whoever reads standard output has seen enough of what the block prints."""
    try:
        yield
    except PipeClosed:
        raise_for_outcome()
        raise
    raise_for_outcome()


def wait_and_print(context: Context, batch_ids: Sequence[str], options: WaitOptions, renderer: Renderer) -> None:
    """Waits for batches and prints each when it is done; raises as `wait_for_batches` does.

    Where the reader of standard output has seen enough, it goes on waiting: the exit status speaks of all batches.
    """
    from llamacloud_cli.cli.hints import hint_at_batch
    from llamacloud_cli.output.progress import LiveProgress
    from llamacloud_cli.workflows.wait import wait_for_batches

    done: list[Document] = []
    again = " ".join(quote(one) for one in batch_ids) + flags_again(context, options.scope)
    watcher = make_watcher(context)
    # Where the live display is drawn, what is printed waits until it is gone.
    is_drawn_over = isinstance(watcher, LiveProgress) and context.is_terminal(context.streams.stdout)

    def finished(watch: BatchWatch) -> None:
        if watch.document is not None:
            done.append(watch.document)
            with suppress(PipeClosed):
                renderer.one(watch.document)
                if not is_drawn_over:
                    renderer.flush()

    client = context.client()
    try:
        with watcher:
            client.retries = client.retries._replace(notice=watcher.hint)
            wait_for_batches(client, batch_ids, options, watcher, finished)
    except WaitTimeoutError as error:
        error.hint = f"it goes on; wait again with `llamacloud-prod batches wait {again}`"
        raise
    except KeyboardInterrupt:
        one = len(batch_ids) == 1
        what = "batch goes on at the service; to wait again, or to end it" if one else "batches go on; to wait again"
        context.notice(f"interrupted: the {what}:")
        context.notice(f"  llamacloud-prod batches wait {again}")
        if one:
            context.notice(f"  llamacloud-prod batches cancel {again}")
        raise
    finally:
        with suppress(PipeClosed):
            renderer.close()
    if renderer.draws and done and len(batch_ids) == 1:
        hint_at_batch(context, done[0].value, options.scope)


def refuse_request_flags(context: Context, command: str) -> None:
    """Refuses the flags that print a request in place of sending it, where a command makes many.

    Raises:
        UsageError: one of them is given.
    """
    for name, flag in (("dry_run", "--dry-run"), ("print_curl", "--print-curl")):
        if context.options.get(name):
            raise UsageError(f"{flag}: `{command}` makes many requests", hint="it changes nothing at the service")


def items_of_stdin(context: Context, what: str) -> list[bytes]:
    """Gives the lines of standard input that are not empty; where it has a NUL, what NULs separate (`find -print0`).

    Only a line feed ends a line: names may hold any other character, and bytes that are no text.

    Raises:
        UsageError: it cannot be read.
    """
    stream = context.streams.stdin
    if stream is None:
        raise UsageError(f"-: standard input is closed, so it names no {what}")
    try:
        data: bytes = stream.buffer.read(_LONGEST_LIST + 1)  # type: ignore[attr-defined] # a text stream of the process
    except OSError as error:
        raise UsageError(f"standard input: cannot read {what} from it: {error.strerror}") from None
    if len(data) > _LONGEST_LIST:
        raise UsageError(f"standard input: more {what} than {_LONGEST_LIST // 1024**2} MiB hold")
    separator = b"\0" if b"\0" in data else b"\n"
    return [item for item in data.removeprefix(codecs.BOM_UTF8).split(separator) if item]


def batch_ids_given(context: Context, given: Sequence[str]) -> list[str]:
    """Gives the ids of batches on a command line; `-` stands for those on standard input, one a line.

    Raises:
        UsageError: one of them is no id, or standard input cannot be read.
    """
    ids: list[str] = []
    for one in given:
        ids += _batch_ids_of_stdin(context) if one == "-" else [one]
    for one in ids:
        if problem_of_id(one) or any(character.isspace() or not character.isprintable() for character in one):
            raise UsageError(f"{one!r} is no batch id", hint="ids come one a line: `batches list -q` prints them")
    return ids


def _batch_ids_of_stdin(context: Context) -> list[str]:
    try:
        lines = [line.decode().strip() for line in items_of_stdin(context, "batches")]
    except UnicodeDecodeError as error:
        raise UsageError(f"standard input: cannot read batches from it: {error}") from None
    return [line for line in lines if line]
