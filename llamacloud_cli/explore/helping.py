"""The screen that lists the keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.table import Table
from rich.text import Text
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

KEYS = (
    ("↑ ↓ ← →  j k h l", "move; ← and → close and open a part of the tree"),
    ("Tab", "from pane to pane: table, tree, value"),
    ("Space", "open or close a part of the tree"),
    ("Home End  g G", "first and last"),
    ("Enter", "open a batch with its results, or the job of a file"),
    ("Esc  Backspace", "back"),
    ("/  n N", "search keys and values; next, previous"),
    (
        "f",
        "filter by a GJSON path, as --transform; in a list, each item by itself, or with # at its start all of it",
    ),
    ("c", "copy the value"),
    ("p", "copy its GJSON path"),
    ("o", "quit and print the value"),
    ("z", "the focused pane alone, and back"),
    ("m", "a text: Markdown or its source"),
    ("r", "load again; after a failure, try again"),
    ("t", "light or dark"),
    ("q  Ctrl-C", "quit"),
)
"""Each key with what it does; docs/guides/explore.md lists the same."""


class Help(ModalScreen[None]):
    """Lists the keys."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,backspace,question_mark,q,enter", "dismiss", "Close", show=False)
    ]

    def compose(self) -> ComposeResult:
        """Makes the list."""
        table = Table(box=None, show_header=False, padding=(0, 1, 0, 0), pad_edge=False)
        table.add_column(style="bold", max_width=18)
        table.add_column()
        for keys, text in KEYS:
            table.add_row(Text(keys), Text(text))
        with VerticalScroll(id="help"):
            yield Static(table, markup=False)
