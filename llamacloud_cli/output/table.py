"""Several items as a table, or below each other where a terminal is too narrow for one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from llamacloud_cli.output.cells import field_text, get_path, job_text, without_middle
from llamacloud_cli.output.drawing import draw
from llamacloud_cli.output.terminal import clean_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llamacloud_cli.output.drawing import Look

GAP = 2
_SHORTEST = 8  # columns to which a cell that may be cut is cut at most
_PATHS = frozenset({"source", "output"})
_NOTHING = Text("-")
_MISSING = object()


class ItemTable:
    """A table that grows page by page; its columns only ever become wider.

    An id that is cut is of no use, and nor is half a status: such columns keep their width and the others give way.
    Where even that is too wide, the items stand below each other: the first column on a line of its own and the
    others under it.

    Args:
        columns: fields, dotted for inner ones; None for what fits.
        header: whether a header line comes first.
        look: how to draw.
    """

    def __init__(self, columns: Sequence[str] | None, look: Look, *, header: bool) -> None:
        self._columns = list(columns or default_columns(look))
        self._titles = _titles(self._columns)
        self._look = look
        self._header = header
        self._natural = [Text(title).cell_len if header else 0 for title in self._titles]
        self._stacked = False
        self._unknown = dict.fromkeys(self._columns)

    @property
    def unknown_columns(self) -> list[str]:
        """The columns that no item has had as a field."""
        return list(self._unknown)

    def rows(self, items: Sequence[Any]) -> str:
        """Gives the lines for some items."""
        rows = [[self._cell(item, column) for column in self._columns] for item in items]
        for index in range(len(self._columns)):
            self._natural[index] = max(self._natural[index], max((row[index].cell_len for row in rows), default=0))
        text = self._table(rows) if self._fits() else self._stack(rows)
        self._header = False
        return text

    def _cell(self, item: Any, column: str) -> Text:
        value = get_path(item, column, _MISSING)
        if value is _MISSING:
            return Text("")
        self._unknown.pop(column, None)
        if column == "job_id" and isinstance(value, str) and self._look.links is not None:
            return job_text(clean_line(value), self._look.links.job(value, item.get("job_type")))
        return field_text(column.rpartition(".")[2], value, self._look)

    def _fits(self) -> bool:
        room = self._look.width
        self._stacked |= room is not None and sum(self._least()) + self._gaps() > room
        return not self._stacked

    def _least(self) -> list[int]:
        return [
            natural if _keeps_its_width(column) else min(natural, _SHORTEST)
            for column, natural in zip(self._columns, self._natural, strict=True)
        ]

    def _gaps(self) -> int:
        return GAP * (len(self._columns) - 1)

    def _table(self, rows: Sequence[Sequence[Text]]) -> str:
        table = Table(box=None, show_header=self._header, padding=(0, GAP, 0, 0), pad_edge=False, header_style="bold")
        widths = self._natural
        if self._look.width is not None:
            widths = _shrunk(self._natural, self._least(), self._look.width - self._gaps())
        for title, width in zip(self._titles, widths, strict=True):
            table.add_column(title, width=width, no_wrap=True, overflow="ellipsis")
        for row in rows:
            table.add_row(*map(self._cut, self._columns, row, widths))
        return draw(table, self._look) if rows or self._header else ""

    def _cut(self, column: str, cell: Text, width: int) -> Text:
        return Text(without_middle(cell.plain, width)) if column in _PATHS else cell

    def _stack(self, rows: Sequence[Sequence[Text]]) -> str:
        width = self._look.width or 0
        lines = []
        if self._header:
            lines += _filled([Text(title, style="bold") for title in self._titles], width)
        for row in rows:
            lines += _filled([cell if cell.plain else _NOTHING for cell in row], width)
        return draw(Text("\n").join(lines), self._look.unlimited)


def default_columns(look: Look) -> tuple[str, ...]:
    """Gives the columns of a list of batches that fit into the width."""
    if look.roomy:
        return ("id", "status", "config.job.type", "source_directory_id", "created_at")
    return ("id", "status", "config.job.type", "created_at")


def _titles(columns: Sequence[str]) -> list[str]:
    """Gives the last part of each path, or the whole path where several end alike."""
    short = [column.rpartition(".")[2] for column in columns]
    names = [name if short.count(name) == 1 else column for name, column in zip(short, columns, strict=True)]
    return [clean_line(name).upper() for name in names]


def _keeps_its_width(column: str) -> bool:
    return column.endswith(("id", "status"))


def _shrunk(natural: Sequence[int], least: Sequence[int], room: int) -> list[int]:
    """Takes columns from whichever cell has most to give, until the widths fit into the room."""
    widths = [max(low, min(wide, room)) for wide, low in zip(natural, least, strict=True)]
    while sum(widths) > room:
        index = max(range(len(widths)), key=lambda index: widths[index] - least[index])
        if widths[index] <= least[index]:
            break
        widths[index] -= 1
    return widths


def _filled(cells: Sequence[Text], width: int) -> list[Text]:
    """Gives the first cell on its own line, and the others on as few indented lines as they need."""
    lines = [cells[0]]
    for cell in cells[1:]:
        line = lines[-1]
        if len(lines) > 1 and line.cell_len + GAP + cell.cell_len <= width:
            lines[-1] = Text.assemble(line, " " * GAP, cell)
        else:
            lines.append(Text.assemble(" " * GAP, cell))
    return lines
