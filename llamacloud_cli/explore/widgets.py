"""The parts of a screen: the tree, the table, the prompt and the status line. All text is Rich text, never markup."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.binding import Binding
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import DataTable, Input, Static, Tree

from llamacloud_cli.explore.grid import cells, columns_of, titles_of
from llamacloud_cli.explore.nodes import ListNode
from llamacloud_cli.output.cells import STATUS_STYLES
from llamacloud_cli.output.terminal import clean_line

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.widgets.tree import TreeNode

    from llamacloud_cli.explore.nodes import Node

_LONGEST_LABEL = 200  # characters
NARROW = 60
"""Columns below which a window shows less."""
_NEAR_END = 3  # rows from the last one at which more is wanted
_CURSOR_KEYS: list[BindingType] = [
    Binding("home,g", "scroll_home", "First", show=False),
    Binding("end,G", "scroll_end", "Last", show=False),
    Binding("j", "cursor_down", "Down", show=False),
    Binding("k", "cursor_up", "Up", show=False),
    Binding("enter", "select_cursor", "Open", key_display="⏎"),
]


class JsonTree(Tree["Node"]):
    """The tree over an answer; a node's parts are added when it is opened."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *_CURSOR_KEYS,
        Binding("right,l", "unfold", "Unfold", show=False),
        Binding("left,h", "fold", "Fold", show=False),
    ]

    def __init__(self, top: Node, *, widget_id: str) -> None:
        super().__init__(label_of(top), data=top, id=widget_id)
        self.auto_expand = False
        self.guide_depth = 2
        self._places: dict[int, TreeNode[Node]] = {}
        self.show_top(top)

    def show_top(self, top: Node) -> None:
        """Shows another document."""
        self.reset(label_of(top), top)
        self._places = {id(top): self.root}
        self._fill(self.root)
        self.root.expand()

    def grow(self, added: list[Node]) -> None:
        """Adds further items of a list."""
        for node in added:
            self._add(self.root, node)
        if self.root.data is not None:
            self.root.set_label(label_of(self.root.data))

    def reveal(self, node: Node) -> None:
        """Moves the cursor to a node and opens what hides it."""
        place = self.root
        for one in node.lineage:
            self._fill(place)
            if one is not node:
                place.expand()
            place = self._places.get(id(one), place)
            self._fill(place)
        for above in node.lineage[:-1]:
            self._places[id(above)].expand()
        if self.last_line >= 0:  # reading it lets the tree count its lines anew
            self.move_cursor(self._places[id(node)])

    @property
    def current(self) -> Node | None:
        """The node under the cursor."""
        return self.cursor_node.data if self.cursor_node is not None else None

    @property
    def is_at_end(self) -> bool:
        """Whether the cursor is near the last line, and the items of the top are among the lines."""
        return self.root.is_expanded and self.cursor_line >= self.last_line - _NEAR_END

    def on_tree_node_expanded(self, event: Tree.NodeExpanded[Node]) -> None:
        """Adds the parts of what is opened."""
        self._fill(event.node)

    def action_unfold(self) -> None:
        """Opens the node, or goes into it where it is open."""
        place = self.cursor_node
        if place is not None and place.allow_expand and not place.is_expanded:
            self._fill(place)
            place.expand()
        else:
            self.action_cursor_down()

    def action_fold(self) -> None:
        """Closes the node, or goes to the one that holds it."""
        place = self.cursor_node
        if place is not None and place.is_expanded and place.allow_expand:
            place.collapse()
        else:
            self.action_cursor_parent()

    def _fill(self, place: TreeNode[Node]) -> None:
        if place.data is None or place.children:
            return
        for child in place.data.children:
            self._add(place, child)

    def _add(self, place: TreeNode[Node], node: Node) -> None:
        self._places[id(node)] = place.add(label_of(node), node, allow_expand=node.is_branch)


def label_of(node: Node) -> Text:
    """Gives a node's line in the tree: its key and its value, or what tells it from its siblings."""
    text = Text(no_wrap=True)
    if node.key is not None:
        text.append(clean_line(str(node.key)), "bold" if isinstance(node.key, str) else "")
        text.append(" " if isinstance(node.key, int) else ": ")
    literal = node.literal()
    text.append(literal[:_LONGEST_LABEL] + ("…" if len(literal) > _LONGEST_LABEL else ""), _style_of(node))
    summary = node.summary() if isinstance(node.key, int) else ""
    if summary:
        text.append(f" {summary[:_LONGEST_LABEL]}")
    return text


def _style_of(node: Node) -> str:
    value = node.value
    if node.key == "status" and isinstance(value, str):
        return STATUS_STYLES.get(value, "")
    if value is None or isinstance(value, dict | list):
        return "dim"
    return "green" if isinstance(value, str) else "cyan"


class Grid(DataTable[Text]):
    """The table over an array of objects.

    Attributes:
        shown: the array, or None where there is none.
    """

    BINDINGS: ClassVar[list[BindingType]] = _CURSOR_KEYS

    def __init__(self, *, widget_id: str) -> None:
        super().__init__(cursor_type="row", zebra_stripes=True, id=widget_id)
        self.shown: Node | None = None
        self._columns_shown: list[str] = []

    def show_array(self, array: Node | None, now: float, *, row: int = 0) -> None:
        """Shows an array with the cursor in a row, or nothing."""
        self.shown = array
        self.clear(columns=True)
        self._columns_shown = []
        self.display = array is not None
        if array is not None:
            self.grow(array.children, now)
            self.move_cursor(row=min(row, max(self.row_count - 1, 0)))

    def grow(self, added: list[Node], now: float) -> None:
        """Adds rows; the first ones decide about the columns."""
        if not self._columns_shown and added:
            self._columns_shown = columns_of([node.value for node in added], first=self._first) or ["id"]
            for title in titles_of(self._columns_shown):
                self.add_column(title)
        for node in added:
            self.add_row(*cells(node.document.literal(), self._columns_shown, now))

    @property
    def _first(self) -> tuple[str, str]:
        """What stands first; a long id would leave no room for the status in a narrow window."""
        return ("status", "id") if self.app.size.width < NARROW else ("id", "status")

    def reveal(self, node: Node) -> None:
        """Moves the cursor to the row that a node is in."""
        if self.shown is None:
            return
        lineage = node.lineage
        row = next((below for above, below in pairwise(lineage) if above is self.shown), None)
        if row is not None and isinstance(row.key, int) and row.key < self.row_count:
            self.move_cursor(row=row.key)

    @property
    def current(self) -> Node | None:
        """The node of the row under the cursor."""
        if self.shown is None or not 0 <= self.cursor_row < len(self.shown.children):
            return None
        return self.shown.children[self.cursor_row]

    @property
    def is_at_end(self) -> bool:
        """Whether the last rows are in sight or under the cursor."""
        if not isinstance(self.shown, ListNode) or not self.display or self.size.height == 0:
            return False
        in_sight = self.scroll_offset.y + self.size.height - self.header_height
        return max(in_sight, self.cursor_row + 1) >= self.row_count - _NEAR_END

    def action_scroll_home(self) -> None:
        """Goes to the first row."""
        self.move_cursor(row=0)

    def action_scroll_end(self) -> None:
        """Goes to the last row."""
        self.move_cursor(row=self.row_count - 1)


class Prompt(Horizontal):
    """One line to type what is searched for or filtered by.

    Attributes:
        purpose: `search` or `filter`.
    """

    class Entered(Message):
        """What was typed is to be used.

        Attributes:
            purpose: `search` or `filter`.
            text: what was typed.
        """

        def __init__(self, purpose: str, text: str) -> None:
            super().__init__()
            self.purpose = purpose
            self.text = text

    def __init__(self, *, widget_id: str) -> None:
        super().__init__(id=widget_id)
        self.purpose = "search"

    def compose(self) -> ComposeResult:
        """Makes the parts."""
        yield Static(id="purpose", markup=False)
        yield Input(compact=True, id="typed")

    def open(self, purpose: str, text: str, what: str) -> None:
        """Opens it."""
        self.purpose = purpose
        self.query_one("#purpose", Static).update(Text(what))
        typed = self.query_one(Input)
        typed.value = text
        typed.cursor_position = len(text)
        self.display = True
        self.screen.set_focus(typed)  # at once, for what is typed next

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Passes on what was typed."""
        event.stop()
        self.post_message(self.Entered(self.purpose, event.value))


class StatusLine(Horizontal):
    """What was done, or went wrong, and how much is loaded."""

    def compose(self) -> ComposeResult:
        """Makes the parts."""
        yield Static(id="message", markup=False)
        yield Static(id="count", markup=False)

    def say(self, text: str, *, error: bool = False) -> None:
        """Shows a message."""
        message = self.query_one("#message", Static)
        message.update(Text(clean_line(text), no_wrap=True, overflow="ellipsis"))
        message.set_class(error, "-error")

    def count(self, text: str) -> None:
        """Shows how much is loaded."""
        self.query_one("#count", Static).update(Text(clean_line(text), no_wrap=True))
