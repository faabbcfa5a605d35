"""Which array of objects is shown as a table, with which columns, and the cells of its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.text import Text

from llamacloud_cli.explore.nodes import ListNode
from llamacloud_cli.output.cells import field_text, get_path
from llamacloud_cli.output.drawing import Look
from llamacloud_cli.output.terminal import clean_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from llamacloud_cli.explore.nodes import Node

_LOOKED_AT = 50  # items whose fields become columns
_MOST_COLUMNS = 12
_DEEPEST = 3  # levels of objects whose fields become columns
_WIDEST_CELL = 60  # characters; the detail pane has all of it
_MISSING = object()


def table_of(node: Node) -> Node | None:
    """Gives the array of objects that belongs to a node.

    It is the node itself or the nearest one above it; else the first one among the fields of the top.
    """
    *_, top = reversed(node.lineage)
    for one in reversed(node.lineage):
        if is_table(one):
            return one
    return next((child for child in top.children if is_table(child)), None) if isinstance(top.value, dict) else None


def is_table(node: Node) -> bool:
    """Tells whether a node is an array whose items can be rows."""
    if isinstance(node, ListNode):
        return True
    value = node.value
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value[:_LOOKED_AT])


def columns_of(items: Sequence[Any], *, first: Sequence[str] = ("id", "status")) -> list[str]:
    """Gives the fields, dotted for inner ones, in which some items say something; those named stand first."""
    found: dict[str, None] = {}
    for item in items[:_LOOKED_AT]:
        found.update(dict.fromkeys(_fields(item, "", _DEEPEST)))
    begin = [name for name in first if name in found]
    return [*begin, *(name for name in found if name not in begin)][:_MOST_COLUMNS]


def titles_of(columns: Sequence[str]) -> list[Text]:
    """Gives the header: the last part of each field's name, or all of it where several end alike."""
    short = [column.rpartition(".")[2] for column in columns]
    names = [name if short.count(name) == 1 else column for name, column in zip(short, columns, strict=True)]
    return [Text(clean_line(name)) for name in names]


def cells(item: Any, columns: Sequence[str], now: float) -> list[Text]:
    """Gives one row."""
    return [_cell(item, column, Look(None, color=True, now=now)) for column in columns]


def _cell(item: Any, column: str, look: Look) -> Text:
    value = get_path(item, column, _MISSING)
    if value is _MISSING:
        return Text("")
    text = field_text(column.rpartition(".")[2], value, look)
    text.truncate(_WIDEST_CELL, overflow="ellipsis")
    text.no_wrap = True
    if column.rpartition(".")[2] in ("error", "error_message"):
        text.stylize("red")
    return text


def _fields(value: Any, path: str, levels: int) -> Iterator[str]:
    if not isinstance(value, dict):
        return
    for name, inner in value.items():
        place = f"{path}{name}"
        if isinstance(inner, dict) and levels > 1 and inner:
            yield from _fields(inner, f"{place}.", levels - 1)
        elif inner not in (None, [], {}):
            yield place
