"""One item as a panel: its fields, and the files of a batch below them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.box import ROUNDED
from rich.console import Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from llamacloud_cli.output.cells import full_field_text, plain
from llamacloud_cli.output.drawing import draw
from llamacloud_cli.output.filetable import file_table
from llamacloud_cli.output.table import GAP
from llamacloud_cli.output.terminal import clean_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llamacloud_cli.output.drawing import Look

_FIRST = ("id", "status")  # what is looked for first stands first
_LONGEST_WORD = 64  # a longer one is no id, and may be folded
_DEEPEST = 8  # levels of objects that become dotted names; what is deeper stands as JSON
_FRAME = 4  # columns of the frame and the blanks within it


def panel(item: Any, look: Look) -> str:
    """Gives one batch as a panel, or as plain lines where an id would not fit into one."""
    if not isinstance(item, dict):
        return draw(Text(plain(item)), look.unlimited)
    fields = _fields(item, look)
    text = _framed(fields, look) if _fits(fields, look) else _lines(fields, look)
    results = item.get("results")
    if not isinstance(results, list):
        return text
    return f"{text}\n{file_table(results, look, project_id=item.get('project_id'))}"


def _fields(item: dict[str, Any], look: Look) -> list[tuple[str, Text]]:
    names = [name for name in _FIRST if name in item] + [name for name in item if name not in _FIRST]
    listed = {"results", "local_names"} if isinstance(item.get("results"), list) else ()  # below, each in its row
    rows: list[tuple[str, Text]] = []
    for name in names:
        value = item[name]
        if value is None or name in listed:
            continue
        if isinstance(value, dict) and value:
            rows += [(clean_line(path), Text(plain(leaf))) for path, leaf in _leaves(value, name)]
        else:
            rows.append((clean_line(name), full_field_text(name, value, look)))
    return rows


def _leaves(value: dict[str, Any], path: str, levels: int = _DEEPEST) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for name, inner in value.items():
        place = f"{path}.{name}"
        is_branch = isinstance(inner, dict) and inner and levels > 0
        found.extend(_leaves(inner, place, levels - 1) if is_branch else [(place, inner)])
    return found


def _fits(fields: Sequence[tuple[str, Text]], look: Look) -> bool:
    if look.width is None:
        return True
    names = max((Text(name).cell_len for name, _ in fields), default=0)
    words = [len(word) for _, value in fields for word in value.plain.split() if len(word) <= _LONGEST_WORD]
    return names + GAP + max(words, default=0) + _FRAME <= look.width


def _framed(fields: Sequence[tuple[str, Text]], look: Look) -> str:
    grid = Table(box=None, show_header=False, padding=(0, GAP, 0, 0), pad_edge=False)
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in fields:
        grid.add_row(Text(name), value)
    return draw(Panel(grid, box=ROUNDED, expand=False), look)


def _lines(fields: Sequence[tuple[str, Text]], look: Look) -> str:
    return draw(Group(*(Text.assemble((name, "bold"), ": ", value) for name, value in fields)), look.unlimited)
