"""How the files of a batch or a run are printed, and which of them failed."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

from llamacloud_cli.cli.call import make_renderer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llamacloud_cli.context import Context
    from llamacloud_cli.output.render import Renderer
    from llamacloud_cli.workflows.manifest import Entry

COLUMNS = "source,job_id,status,pages,credits,error"
NARROW_COLUMNS = "source,job_id,status"  # an id is 40 columns wide; errors are named on standard error as well
_ROOMY_WIDTH = 100
_ROWS_A_PAGE = 500


def rows_renderer(context: Context) -> Renderer:
    """Gives what prints entries: a table on a terminal, a JSON document a line elsewhere."""
    options = context.options
    terminal = context.is_terminal(context.streams.stdout)
    if not any(options.get(name) for name in ("format_", "json_", "columns", "transform", "quiet")):
        options["format_"] = "table" if terminal else "jsonl"
    if options.get("format_") == "table" and not options.get("columns"):
        narrow = terminal and shutil.get_terminal_size().columns < _ROOMY_WIDTH
        options["columns"] = NARROW_COLUMNS if narrow else COLUMNS
    return make_renderer(context, many=True)


def print_entries(renderer: Renderer, entries: Iterable[Entry], *, ids_only: bool) -> None:
    """Prints entries, as they come, and ends the printing.

    Args:
        renderer: prints them.
        entries: what is printed.
        ids_only: whether ids of jobs alone are printed, so that a file without a job is left out.
    """
    from llamacloud_cli.jsontext import Items

    rows: list[Any] = []
    for entry in entries:
        if ids_only and entry.job_id is None:
            continue
        rows.append(_printable(entry.to_object()))
        if len(rows) == _ROWS_A_PAGE:
            renderer.page(Items(rows, None))
            rows = []
    if rows:
        renderer.page(Items(rows, None))
    renderer.close()


def _printable(row: dict[str, Any]) -> dict[str, Any]:
    """Gives a row whose names can be printed, and whose id is the job's."""
    for name in ("source", "output"):
        if isinstance(row[name], str):
            row[name] = _text(row[name])
    row["id"] = row["job_id"]
    return row


def _text(name: str) -> str:
    """Gives a name that is text: a byte that is not UTF-8 cannot be printed, and becomes U+FFFD."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def name_failures(context: Context, entries: Iterable[Entry]) -> None:
    """Names the files without a result on standard error, the first few of many."""
    from llamacloud_cli.output.terminal import clean_line
    from llamacloud_cli.workflows.wait import MOST_NAMED

    failed = 0
    for entry in entries:
        if not entry.is_good:
            failed += 1
            if failed <= MOST_NAMED:
                context.notice(clean_line(_text(entry.failure())))
    if failed > MOST_NAMED:
        context.notice(f"… and {failed - MOST_NAMED:,} more")
