"""A list of checks for a person: a line each, and below it what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.table import Table
from rich.text import Text

from llamacloud_cli.output.drawing import draw
from llamacloud_cli.output.terminal import clean_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llamacloud_cli.output.drawing import Look

_STYLES = {"ok": "green", "note": "cyan", "warning": "yellow", "failed": "red"}


def checklist(rows: Sequence[tuple[str, str, str, str | None]], look: Look) -> str:
    """Gives rows of state, check, value and advice as text; long ones go on below themselves."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for state, check, value, advice in rows:
        lines = [Text(clean_line(value))]
        if advice:
            lines.append(Text(f"→ {clean_line(advice)}", style="bold" if state == "failed" else ""))
        grid.add_row(Text(state, style=_STYLES.get(state, "")), Text(clean_line(check)), Group(*lines))
    return draw(grid, look)
