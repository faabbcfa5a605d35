"""The screen over a text: Markdown drawn as such, or its source."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.widgets import Footer, Markdown, Static

from llamacloud_cli.explore.pager import Pager
from llamacloud_cli.explore.place import Place
from llamacloud_cli.explore.widgets import Prompt, StatusLine
from llamacloud_cli.output.terminal import clean

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from llamacloud_cli.explore.contents import Reading

_LONGEST_DRAWN = 100_000  # characters; each block becomes a widget, and thousands of them are slow
_TAB = 4  # columns
_HTML = re.compile(r"<[A-Za-z!/]")  # Markdown may hold HTML, which would be left out


class Reader(Place):
    """Shows a text."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "search", "Search", key_display="/"),
        Binding("n", "next_match(1)", "Next match", show=False),
        Binding("N", "next_match(-1)", "Previous match", show=False),
        Binding("m", "turn", "Source"),
        Binding("c", "copy_value", "Copy"),
        Binding("o", "print_value", "Quit and print", show=False),
    ]

    def __init__(self, content: Reading) -> None:
        super().__init__(content)
        self._original = content.text
        self._text = clean(content.text.expandtabs(_TAB))
        self._words = ""
        self._match: int | None = None  # where the last match begins
        self._is_markdown = content.markdown
        self._drawn = content.markdown and len(self._text) <= _LONGEST_DRAWN and not _HTML.search(self._text)

    def compose(self) -> ComposeResult:
        """Makes the parts."""
        yield Static(id="heading", markup=False)
        with VerticalScroll(id="drawn"):
            yield Markdown(self._text if self._drawn else "", open_links=False)
        yield Pager(self._text, widget_id="source")
        yield Prompt(widget_id="prompt")
        yield StatusLine(id="status")
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Shows the text."""
        super().on_mount()
        lines = len(self._text.splitlines())
        self.query_one(StatusLine).count(f"{lines:,} line{'' if lines == 1 else 's'}")
        self._show()
        if self._is_markdown and not self._drawn and not self.content.note:
            why = "it holds HTML" if _HTML.search(self._text) else "it is long"
            self.say(f"the source is shown, since {why}; m draws it")

    def _show(self) -> None:
        self.query_one("#drawn").display = self._drawn
        self.query_one("#source").display = not self._drawn
        self.query_one("#drawn" if self._drawn else "#source").focus()

    async def action_turn(self) -> None:
        """Shows the source in place of the drawn text, or the other way round."""
        if not self._is_markdown:
            self.say("this is no Markdown")
            return
        self._drawn = not self._drawn
        if self._drawn:
            await self.query_one(Markdown).update(self._text)
        self._show()
        self.say("Markdown" if self._drawn else "source")

    def action_copy_value(self) -> None:
        """Copies the text."""
        self.copy(self._original, f"all, {len(self._original):,} characters")

    def action_print_value(self) -> None:
        """Ends the explorer and prints the text."""
        self.explorer.finish(chosen=self._original)

    def action_search(self) -> None:
        """Asks what to search for."""
        self.query_one(Prompt).open("search", self._words, "/")
        self.say("⏎ searches, Esc closes")

    @on(Prompt.Entered)
    def _entered(self, event: Prompt.Entered) -> None:
        self._words, self._match = event.text, None
        self._close_prompt()
        self.action_next_match(1)

    def _close_prompt(self) -> None:
        self.query_one(Prompt).display = False
        self._show()

    def action_next_match(self, step: int) -> None:
        """Goes to the next or the previous place of what is searched for, in the source."""
        if not self._words:
            self.say("/ searches")
            return
        found = [match.start() for match in re.finditer(re.escape(self._words), self._text, re.IGNORECASE)]
        if not found:
            self.say(f"{self._words!r} is not in this text", error=True)
            return
        self._drawn = False
        self._show()
        here = self._match if self._match is not None else -1
        ahead = [one for one in found if (one > here if step > 0 else one < here)]
        chosen = self._match = (ahead or found)[0 if step > 0 else -1]
        self.query_one(Pager).show_match(chosen, len(self._words))
        self.say(f"match {found.index(chosen) + 1:,} of {len(found):,} for {self._words!r}; n and N go on")

    def action_back(self) -> None:
        """Closes the prompt, or goes back."""
        if self.query_one(Prompt).display:
            self._close_prompt()
        else:
            super().action_back()
