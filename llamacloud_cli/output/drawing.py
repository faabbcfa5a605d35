"""What Rich draws, as text: the one place that sets Rich up, so that no variable of the environment does.

Colours are the terminal's own first eight, without backgrounds and without bright ones: those are what the themes of
terminals, dark or light, choose to be read. No colour says what no word says.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from rich.console import Console

if TYPE_CHECKING:
    from rich.console import RenderableType

    from llamacloud_cli.output.links import Links

UNLIMITED_WIDTH = 1_000_000_000
_ROOMY_WIDTH = 120
_COLOR = re.compile(r"\x1b\[[0-9;]*m")
_LINK_ID = re.compile(r"\x1b\]8;id=[^;\x1b]*;")
_LINES = 25  # with both dimensions given, Rich asks neither COLUMNS nor TERM


class Look(NamedTuple):
    """How to draw.

    Attributes:
        width: columns of the terminal, or None where nothing is to be cut.
        color: whether to colour.
        now: the time in seconds since 1970, for relative times.
        links: makes links, or None where the output shows none.
    """

    width: int | None
    color: bool
    now: float
    links: Links | None = None

    @property
    def roomy(self) -> bool:
        """Whether there is room for full times and further columns."""
        return self.width is None or self.width >= _ROOMY_WIDTH

    @property
    def unlimited(self) -> Look:
        """The same without an edge: a terminal wraps a long line, and a copy of it is whole."""
        return self._replace(width=None)


def draw(renderable: RenderableType, look: Look) -> str:
    """Gives what Rich makes of a renderable, as text with a line break at its end."""
    console = Console(
        width=look.width or UNLIMITED_WIDTH,
        height=_LINES,
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
    # Rich gives each link a random id, which serves links that go over several lines; ours never do.
    text = _LINK_ID.sub("\x1b]8;;", captured.get())
    return "\n".join(map(_without_blanks_at_its_end, text.split("\n")))


def _without_blanks_at_its_end(line: str) -> str:
    """Gives a line without the blanks that fill its last column; its colours stay as they are."""
    colors = ""
    while True:
        line = line.rstrip(" ")
        start = line.rfind("\x1b[")
        if start < 0 or not _COLOR.fullmatch(line, start):
            return line + colors
        line, colors = line[:start], line[start:] + colors
