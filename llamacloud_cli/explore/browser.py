"""The screen over JSON: a table for arrays of objects, a tree over all, and the selected value."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.highlighter import JSONHighlighter
from rich.text import Text
from textual import on
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import DataTable, Footer, Static, Tree

from llamacloud_cli.errors import TransformError
from llamacloud_cli.explore.contents import Listing
from llamacloud_cli.explore.grid import table_of
from llamacloud_cli.explore.nodes import WHOLE, ListNode, Node, filtered, gjson_path, matching, shown_path
from llamacloud_cli.explore.place import Place
from llamacloud_cli.explore.widgets import NARROW, Grid, JsonTree, Prompt, StatusLine

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from llamacloud_cli.explore.contents import Answer
    from llamacloud_cli.jsontext import Items

_LONGEST_DETAIL = 20_000  # characters; `c` copies all
_PANES = ("grid", "tree", "detail")


class Browser(Place):
    """Shows an answer or a list."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "follow", "Open", show=False),
        Binding("slash", "search", "Search", key_display="/"),
        Binding("n", "next_match(1)", "Next match", show=False),
        Binding("N", "next_match(-1)", "Previous match", show=False),
        Binding("f", "filter", "Filter"),
        Binding("c", "copy_value", "Copy"),
        Binding("p", "copy_path", "Path"),
        Binding("o", "print_value", "Quit and print", show=False),
        Binding("z", "zoom", "Zoom", show=False),
    ]

    def __init__(self, content: Answer | Listing) -> None:
        super().__init__(content)
        self._pages = content.pages if isinstance(content, Listing) else None
        self._all: Node = ListNode(content.items) if isinstance(content, Listing) else Node(content.document)
        self._top = self._all
        self._path = ""  # what is filtered by
        self._words = ""  # what is searched for
        self._selected = self._top
        self._zoomed: str | None = None

    def compose(self) -> ComposeResult:
        """Makes the parts."""
        yield Static(id="heading", markup=False)
        with Vertical(id="panes"):
            yield Grid(widget_id="grid")
            with Horizontal(id="lower"):
                yield JsonTree(self._top, widget_id="tree")
                with VerticalScroll(id="detail"):
                    yield Static(id="value", markup=False)
        yield Prompt(widget_id="prompt")
        yield StatusLine(id="status")
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Shows what there is, the cursor in the table where there is one."""
        super().on_mount()
        self._show(self._top)
        self._say_where(self._selected)
        self._focus()
        self.watch(self._grid, "scroll_y", self._scrolled, init=False)
        self.call_after_refresh(self._load_near_end)

    def _focus(self) -> None:
        (self._grid if self._grid.display and self._grid.row_count else self._tree).focus()

    @property
    def _grid(self) -> Grid:
        return self.query_one(Grid)

    @property
    def _tree(self) -> JsonTree:
        return self.query_one(JsonTree)

    # What is selected. Each pane tells of its cursor while it has the focus; the others follow.

    def _show(self, top: Node, *, row: int = 0) -> None:
        self._top = top
        self._tree.show_top(top)
        self._grid.show_array(table_of(top), self.explorer.now(), row=row)
        first = self._grid.current if self._grid.display else None
        self._select(first or top)
        self._count()

    def _select(self, node: Node) -> None:
        self._selected = node
        if not self._grid.has_focus:
            array = table_of(node)
            if array is not self._grid.shown:
                self._grid.show_array(array, self.explorer.now())
            self._grid.reveal(node)
        if not self._tree.has_focus or self._tree.current is not node:
            self._tree.reveal(node)
        text = node.text() if not isinstance(node, ListNode) else node.literal()
        value = Text(text[:_LONGEST_DETAIL])
        JSONHighlighter().highlight(value)
        if len(text) > _LONGEST_DETAIL:
            value.append(f"\n… {len(text) - _LONGEST_DETAIL:,} characters more; c copies all", "dim")
        self.query_one("#value", Static).update(value)
        self.query_one("#detail").scroll_home(animate=False)
        if not self.is_waiting and not self.has_failed:
            self._say_where(node)

    def _say_where(self, node: Node) -> None:
        link = self.explorer.guide.link(node.value)
        path = self._full_path(shown_path(node, within=self._origin(node)))
        self.say(f"{'' if path == WHOLE else path + '   '}⏎ {link.label}" if link else path)

    @on(Tree.NodeHighlighted)
    def _tree_moved(self) -> None:
        node = self._tree.current
        if self._tree.has_focus and node is not None and node is not self._selected:
            self._select(node)
        if self._tree.has_focus and self._tree.is_at_end:
            self._load_more()

    @on(DataTable.RowHighlighted)
    def _row_moved(self) -> None:
        node = self._grid.current
        if self._grid.has_focus and node is not None and node is not self._selected:
            self._select(node)
        self._load_near_end()

    # Pages.

    def _scrolled(self) -> None:
        # Rows may be on their way out and in: what is in sight is known when they are drawn.
        self.call_after_refresh(self._load_near_end)

    def _load_near_end(self) -> None:
        if self._grid.is_at_end or (self._is_filtered and self._grid.has_focus and self._at_last_row):
            self._load_more()

    @property
    def _is_filtered(self) -> bool:
        return self._top is not self._all

    @property
    def _at_last_row(self) -> bool:
        return self._grid.cursor_row >= self._grid.row_count - 1

    def _load_more(self) -> None:
        if self._pages is not None and self._pages.more and not self.is_waiting and not self.has_failed:
            self.load("the next page", self._pages.next, self._take_page)

    def _take_page(self, items: Items) -> None:
        if not isinstance(self._all, ListNode):
            return
        added = self._all.extend(items)
        if self._is_filtered:
            self._filter_by(self._path, row=self._grid.cursor_row)
        else:
            self._tree.grow(added)
            if self._grid.shown is self._all:
                self._grid.grow(added, self.explorer.now())
            self.call_after_refresh(self._load_near_end)
        self._say_where(self._selected)
        self._count()

    def _count(self) -> None:
        status = self.query_one(StatusLine)
        notes = ["filtered"] if self._is_filtered else []
        if self._pages is not None:
            loaded = len(self._all.children)
            more = "+" if self.app.size.width < NARROW else " loaded, more below"
            notes.append(f"{loaded:,}{more}" if self._pages.more else f"all {loaded:,}")
        elif self._grid.shown is not None and not notes:
            rows = len(self._grid.shown.children)
            notes.append(f"{rows:,} row{'' if rows == 1 else 's'}")
        status.count("  ".join(notes))

    # Following.

    @on(Tree.NodeSelected)
    @on(DataTable.RowSelected)
    def action_follow(self) -> None:
        """Opens what the selected value leads to; where it leads nowhere, opens or closes it in the tree."""
        link = self.explorer.guide.link(self._selected.value)
        if link is not None:
            self.load(link.label, link.open, self.explorer.enter)
        elif self._tree.has_focus:
            self._tree.action_toggle_node()
        elif self._grid.has_focus:
            self._tree.focus()
            self._tree.action_unfold()

    # Searching and filtering.

    def action_search(self) -> None:
        """Asks what to search for."""
        self.query_one(Prompt).open("search", self._words, "/")
        self.say("⏎ searches keys and values, Esc closes")

    def action_filter(self) -> None:
        """Asks for a GJSON path."""
        self.query_one(Prompt).open("filter", self._path, "filter (GJSON): ")
        self.say("⏎ filters, Esc closes; without a path everything is shown")

    @on(Prompt.Entered)
    def _entered(self, event: Prompt.Entered) -> None:
        if event.purpose == "search":
            self._words = event.text
            self._close_prompt()
            self.action_next_match(1)
        elif self._filter_by(event.text.strip()):
            self._close_prompt()

    def _close_prompt(self) -> None:
        self.query_one(Prompt).display = False
        self._focus()

    def _filter_by(self, path: str, *, row: int = 0) -> bool:
        try:
            top = filtered(self._all, path) if path else self._all
        except TransformError as error:
            self.say(error.message.removeprefix("--transform: "), error=True)
            return False
        self._path = path
        self._show(top, row=row)
        return True

    def action_next_match(self, step: int) -> None:
        """Goes to the next or the previous value that holds what is searched for."""
        if not self._words:
            self.say("/ searches")
            return
        nodes = list(self._top.walk())
        found = [index for index, node in enumerate(nodes) if node is not self._top and matching(node, self._words)]
        if not found:
            self.say(f"{self._words!r} is not in {self._what_is_searched()}", error=True)
            return
        here = next((index for index, node in enumerate(nodes) if node is self._selected), 0)
        ahead = [one for one in found if (one > here if step > 0 else one < here)]
        chosen = (ahead or found)[0 if step > 0 else -1]
        self._tree.focus()
        self._select(nodes[chosen])
        place = f"match {found.index(chosen) + 1:,} of {len(found):,} for {self._words!r}"
        self.say(f"{place}{'' if ahead else ', from the other end again'}; n and N go on")

    def _what_is_searched(self) -> str:
        more = self._pages is not None and self._pages.more
        return f"the {len(self._all.children):,} loaded items" if more else "what is shown"

    # Copying.

    def _origin(self, node: Node) -> Node:
        """Gives where paths to a node begin: the item of a list, as for `--transform`, else the top."""
        lineage = node.lineage
        return lineage[1] if self._is_by_item and len(lineage) > 1 else lineage[0]

    @property
    def _is_by_item(self) -> bool:
        """Whether paths are those within an item of a list."""
        return isinstance(self._all, ListNode) and not (self._is_filtered and self._path.startswith("#"))

    def _full_path(self, path: str) -> str:
        if not self._is_filtered:
            return path
        return self._path if path == WHOLE else f"{self._path}|{path}"

    def action_copy_value(self) -> None:
        """Copies the selected value: a text without its quotes, anything else as JSON."""
        value = self._selected.value
        text = value if isinstance(value, str) else self._selected.text()
        self.copy(text, f"value, {len(text):,} character{'' if len(text) == 1 else 's'}")

    def action_copy_path(self) -> None:
        """Copies the GJSON path of the selected value, as `--transform` takes it."""
        if self._is_by_item and self._selected is self._top:
            self.say("paths begin within an item of the list: select one", error=True)
            return
        path = gjson_path(self._selected, within=self._origin(self._selected))
        if path is None:
            self.say("no GJSON path leads here: a key is empty or comes twice", error=True)
        else:
            path = self._full_path(path)
            self.copy(path, f"path {path}")

    def action_print_value(self) -> None:
        """Ends the explorer and prints the selected value."""
        value = self._selected.value
        self.explorer.finish(chosen=value if isinstance(value, str) else self._selected.text())

    # Moving around.

    def action_back(self) -> None:
        """Closes the prompt, takes the filter or the zoom away, or goes back."""
        if self.query_one(Prompt).display:
            self._close_prompt()
            self._say_where(self._selected)
        elif self._zoomed is not None:
            self.action_zoom()
        elif self._is_filtered and not self.is_waiting:
            self._filter_by("")
        else:
            super().action_back()

    def action_zoom(self) -> None:
        """Gives the focused pane the whole screen, or takes it back."""
        focused = self.focused.id if self.focused is not None else None
        self._zoomed = focused if self._zoomed is None and focused in _PANES else None
        for pane in _PANES:
            self.set_class(self._zoomed == pane, f"-zoom-{pane}")
