"""A long text, wrapped at the edge; only the lines in sight are drawn, so its length does not matter."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from rich.cells import chop_cells
from rich.text import Text
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

if TYPE_CHECKING:
    from collections.abc import Iterator


class Pager(ScrollView, can_focus=True):
    """Shows a text.

    Args:
        text: the text, without control characters but line breaks.
        widget_id: its name.
    """

    COMPONENT_CLASSES = {"pager--match"}  # noqa: RUF012 - as Textual declares it

    def __init__(self, text: str, *, widget_id: str) -> None:
        super().__init__(id=widget_id)
        self._text = text
        self._rows: list[str] = []
        self._starts: list[int] = []  # where each row begins in the text
        self._match = range(0)

    def on_resize(self) -> None:
        """Wraps the text anew."""
        width = max(self.scrollable_content_region.width, 1)
        self._rows, self._starts = [], []
        for start, row in _wrapped(self._text, width):
            self._starts.append(start)
            self._rows.append(row)
        self.virtual_size = Size(width, len(self._rows))

    def show_match(self, start: int, length: int) -> None:
        """Marks a part of the text and brings it into sight."""
        self._match = range(start, start + length)
        row = max(bisect_right(self._starts, start) - 1, 0)
        self.scroll_to_region(Region(0, row, 1, 1), animate=False, center=True, force=True)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draws one line of the window."""
        index = y + self.scroll_offset.y
        style = self.rich_style
        if index >= len(self._rows):
            return Strip.blank(self.size.width, style)
        row, start = self._rows[index], self._starts[index]
        text = Text(row, style=style, end="")
        begin, end = max(self._match.start - start, 0), min(self._match.stop - start, len(row))
        if begin < end:
            text.stylize(self.get_component_rich_style("pager--match"), begin, end)
        return Strip(text.render(self.app.console)).adjust_cell_length(self.size.width, style)


def _wrapped(text: str, width: int) -> Iterator[tuple[int, str]]:
    """Gives the rows of a text with the place where each begins."""
    start = 0
    for line in text.split("\n"):
        if line.isascii():
            rows = [line[place : place + width] for place in range(0, len(line), width)]
        else:
            rows = chop_cells(line, width)
        place = start
        for row in rows or [""]:
            yield place, row
            place += len(row)
        start += len(line) + 1
