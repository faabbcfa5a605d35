"""Tables and panels for a person, drawn by Rich into text."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from rich.box import ROUNDED, SIMPLE
from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from llamacloud_cli.output.terminal import clean_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType

STATUS_STYLES = {
    "PENDING": "yellow",
    "THROTTLED": "yellow",
    "RUNNING": "cyan",
    "COMPLETED": "green",
    "FAILED": "red",
    "CANCELLED": "magenta",
}
UNLIMITED_WIDTH = 100_000
_ROOMY_WIDTH = 120
_TIME_FIELDS = frozenset({"created_at", "updated_at", "expires_at"})


class Look(NamedTuple):
    """How to draw.

    Attributes:
        width: columns of the terminal, or None where nothing is to be cut.
        color: whether to colour.
        now: the time in seconds since 1970, for relative times.
    """

    width: int | None
    color: bool
    now: float

    @property
    def roomy(self) -> bool:
        """Whether there is room for full times and further columns."""
        return self.width is None or self.width >= _ROOMY_WIDTH


def draw(renderable: RenderableType, look: Look) -> str:
    """Gives what Rich makes of a renderable, as text with a line break at its end."""
    console = Console(
        width=look.width or UNLIMITED_WIDTH,
        color_system="standard" if look.color else None,
        force_terminal=look.color,
        no_color=not look.color,
        legacy_windows=False,
        emoji=False,
        markup=False,
        highlight=False,
        soft_wrap=look.width is None,
    )
    with console.capture() as captured:
        console.print(renderable)
    lines = captured.get().split("\n")
    return "\n".join(line.rstrip() for line in lines)


class ItemTable:
    """A table that grows page by page; its columns keep the widths that the first page gave them.

    Args:
        columns: fields, dotted for inner ones; None for what fits.
        header: whether a header line comes first.
        look: how to draw.
    """

    def __init__(self, columns: Sequence[str] | None, look: Look, *, header: bool) -> None:
        self._columns = list(columns or default_columns(look))
        self._look = look
        self._header = header
        self._widths: list[int] = []

    def rows(self, items: Sequence[Any]) -> str:
        """Gives the lines for some items."""
        cells = [[_cell(item, column, self._look) for column in self._columns] for item in items]
        titles = [column.rpartition(".")[2].upper() if self._header else "" for column in self._columns]
        if not self._widths:
            self._widths = [
                max(len(title), *(row[index].cell_len for row in cells)) if cells else len(title)
                for index, title in enumerate(titles)
            ]
        table = Table(box=None, show_header=self._header, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
        for title, width, column in zip(titles, self._widths, self._columns, strict=True):
            # An id that is cut is of no use: such a column keeps its width and the others give way.
            keeps = column == "status" or column.rpartition(".")[2].endswith("id")
            table.add_column(title, min_width=width if keeps else min(width, 8), no_wrap=True, overflow="ellipsis")
        for row in cells:
            table.add_row(*row)
        self._header = False
        return draw(table, self._look)


def default_columns(look: Look) -> tuple[str, ...]:
    """Gives the columns of a list of batches that fit into the width."""
    if look.roomy:
        return ("id", "status", "config.job.type", "source_directory_id", "created_at")
    return ("id", "status", "created_at")


def panel(item: Any, look: Look) -> str:
    """Gives one batch as a panel: its fields, and its results as a table with errors first."""
    if not isinstance(item, dict):
        return draw(_value_text(item), look)
    fields = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
    fields.add_column(style="bold", no_wrap=True)
    fields.add_column(overflow="fold")
    for name, value in item.items():
        if name == "results" and isinstance(value, list):
            continue
        if isinstance(value, dict):
            for inner, leaf in _leaves(value, name):
                fields.add_row(clean_line(inner), _value_text(leaf))
        elif value is not None:
            fields.add_row(clean_line(name), _field_text(name, value, look, full=True))
    title = clean_line(str(item.get("id", "")))
    text = draw(Panel(fields, title=title or None, title_align="left", box=ROUNDED, expand=False), look)
    results = item.get("results")
    return text + (_results(results, look) if isinstance(results, list) and results else "")


def _results(results: list[Any], look: Look) -> str:
    table = Table(box=SIMPLE, pad_edge=False, header_style="bold")
    table.add_column(
        "FILE",
        no_wrap=True,
        min_width=min(40, max(len(_text(_get(one, "source_directory_file_id"))) for one in results)),
    )
    table.add_column("JOB", overflow="fold")
    table.add_column("ERROR", overflow="fold", style="red")
    for one in sorted(results, key=lambda result: _get(result, "error_message") in (None, "")):
        cells = [_text(_get(one, field)) for field in ("source_directory_file_id", "job_reference.id", "error_message")]
        table.add_row(*(Text(cell) for cell in cells))
    return draw(table, look)


def _leaves(value: dict[str, Any], path: str) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for name, inner in value.items():
        place = f"{path}.{name}"
        found.extend(_leaves(inner, place) if isinstance(inner, dict) and inner else [(place, inner)])
    return found


def _cell(item: Any, column: str, look: Look) -> Text:
    name = column.rpartition(".")[2]
    return _field_text(name, _get(item, column), look, full=look.roomy)


def _field_text(name: str, value: Any, look: Look, *, full: bool) -> Text:
    if name == "status" and isinstance(value, str):
        return Text(clean_line(value), style=STATUS_STYLES.get(value, ""))
    if name in _TIME_FIELDS and isinstance(value, str):
        return Text(_time(value, look.now, full=full))
    return _value_text(value)


def _value_text(value: Any) -> Text:
    return Text(_text(value))


def _text(value: Any) -> str:
    """Gives a value as one clean line: nothing for null, JSON for what has an inside."""
    if value is None:
        return ""
    if isinstance(value, str):
        return clean_line(value)
    import json

    return clean_line(json.dumps(value, ensure_ascii=False))


def _get(item: Any, path: str) -> Any:
    """Gives the value at a dotted path, None where there is none. A key that holds dots itself comes first."""
    if isinstance(item, dict) and path in item:
        return item[path]
    head, dot, rest = path.partition(".")
    if isinstance(item, dict):
        inner = item.get(head)
    elif isinstance(item, list) and head.isdecimal() and int(head) < len(item):
        inner = item[int(head)]
    else:
        return None
    return _get(inner, rest) if dot else inner


def _time(text: str, now: float, *, full: bool) -> str:
    """Gives a time in the local zone, or how long ago it was where there is no room. What is no time stays."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return clean_line(text)
    if full:
        return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    seconds = now - moment.timestamp()
    ago = "ago" if seconds >= 0 else "ahead"
    seconds = abs(seconds)
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= size:
            return f"{seconds / size:.0f}{unit} {ago}"
    return f"{seconds:.0f}s {ago}"
