"""`completion ids`: what the shells' scripts ask the tool for. It is in no help, and people have no use for it."""

from __future__ import annotations

import re
import threading
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING, Annotated

import typer

from llamacloud_cli.cli.typer_seam import Command
from llamacloud_cli.context import Streams
from llamacloud_cli.operations import Request
from llamacloud_cli.output.sink import Sink
from llamacloud_cli.settings.values import STORE
from llamacloud_cli.statuses import TERMINAL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llamacloud_cli.api.client import Client
    from llamacloud_cli.context import Context
    from llamacloud_cli.recent import Entry

DEADLINE_SECONDS = 0.3
"""How long the API may take in all, name resolution and connecting included."""
PAUSE_SECONDS = 120
"""How long the ids of a kind are not asked for again."""
_OLD_SECONDS = 600
_PAGE_SIZE = 50
_WIDTH = 40
_PATHS = {
    "batch": "/api/v2/batches",
    "directory": "/api/v1/beta/directories",
    "configuration": "/api/v1/beta/configurations",
}
_UNITS = ((86400, "d"), (3600, "h"), (60, "min"))
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command("ids", cls=Command)
def ids(ctx: typer.Context, kind: Annotated[str, typer.Argument(metavar="KIND")]) -> None:
    """Print `id<TAB>description` lines: of a batch, directory or configuration; those met last come first.

    Whatever goes wrong, it says nothing and succeeds: somebody is typing.
    """
    context: Context = ctx.obj
    context.streams = Streams(None, context.streams.stdout, None)  # nobody to ask, nobody to tell
    try:
        lines = "".join(f"{line}\n" for line in _lines(context, kind))
    except Exception:  # noqa: BLE001 - see the docstring
        lines = ""
    sink = Sink(context.streams.stdout)
    sink.write(lines.encode())
    sink.flush()


def _lines(context: Context, kind: str) -> Iterator[str]:
    if kind == "profile":
        yield from (f"{name}\t" for name in context.settings.user.names)
    if kind not in _PATHS:
        return
    recent = context.recent()
    if context.now() - recent.marked(kind) > PAUSE_SECONDS and _may_ask(context):
        recent.mark(kind)  # before it is asked: a network that does not answer is not asked at each Tab
        _ask(context, kind)
        recent.save()
    for entry in recent.entries(kind):
        yield f"{entry.id}\t{describe(entry, context.now())}"


def _may_ask(context: Context) -> bool:
    """Tells whether asking the API starts nothing else: no sandbox, and no keyring, which may want to be unlocked."""
    if context.uses_sandbox():
        return False
    source = context.settings.key_sources()[0]
    return source.profile is None or context.settings.user.profiles[source.profile].get(STORE) != "keyring"


def _ask(context: Context, kind: str) -> None:
    """Asks the API for the first page of a kind, whose ids the client notes; gives up after DEADLINE_SECONDS.

    Name resolution knows no time-out, so a thread asks, and is left alone where it takes longer.
    """
    context.options.update(max_retries="0", http_timeout=str(DEADLINE_SECONDS))
    client = context.client()
    request = Request("GET", _PATHS[kind], (("page_size", str(_PAGE_SIZE)), *context.scope().items()))
    asking = threading.Thread(target=_send, args=(client, request), daemon=True)
    end = monotonic() + DEADLINE_SECONDS
    asking.start()
    asking.join(end - monotonic())
    client.observe = None  # what comes later is too late


def _send(client: Client, request: Request) -> None:
    with suppress(Exception):
        client.send_once(request)


def describe(entry: Entry, now: float) -> str:
    """Says of an id what fits beside it, on one line and without control characters.

    Args:
        entry: the id.
        now: the time in seconds since 1970.
    """
    from llamacloud_cli.output.terminal import clean_line

    text = entry.text
    if entry.kind == "batch":
        if text and text not in TERMINAL and now - entry.seen > _OLD_SECONDS:
            text = f"was {text}"
        text = ", ".join(part for part in (text, _age(entry.created, now)) if part)
    text = clean_line(text)
    return text if len(text) <= _WIDTH else text[: _WIDTH - 1] + "…"


def _age(created: str, now: float) -> str:
    """Gives how long ago a time was that the API wrote, such as `3 h ago`; nothing where it is none."""
    from llamacloud_cli.moments import moment_of

    moment = moment_of(created) if _TIME.fullmatch(created) else None
    if moment is None:
        return ""
    seconds = now - moment.timestamp()
    for size, unit in _UNITS:
        if seconds >= size:
            return f"{seconds // size:.0f} {unit} ago"
    return "just now"
