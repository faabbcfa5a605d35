"""The explorer as a Textual app: screens on a stack, colours, signals."""

from __future__ import annotations

import asyncio
import signal
import sys
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import App
from textual.binding import Binding
from textual.filter import Monochrome, NoColor

from llamacloud_cli.explore.browser import Browser
from llamacloud_cli.explore.contents import Outcome, Reading
from llamacloud_cli.explore.helping import Help
from llamacloud_cli.explore.place import Place
from llamacloud_cli.explore.reader import Reader
from llamacloud_cli.explore.widgets import NARROW

if TYPE_CHECKING:
    from textual.binding import BindingType
    from textual.driver import Driver

    from llamacloud_cli.explore.contents import Appearance, Content, Guide, Hints

_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")
_THEMES = {False: "textual-dark", True: "textual-light"}
_PLAIN_THEMES = {False: "ansi-dark", True: "ansi-light"}


class ExplorerApp(App[None]):
    """Shows one content, and what its values lead to.

    Attributes:
        guide: knows which values lead somewhere.
        outcome: how it ended.

    Args:
        content: what is shown first.
        guide: knows which values lead somewhere.
        appearance: how it looks.
        hints: whose lines are shown in the status line.
    """

    ENABLE_COMMAND_PALETTE = False
    CSS_PATH = "explorer.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (NARROW, "-roomy")]  # noqa: RUF012 - as Textual declares it
    VERTICAL_BREAKPOINTS = [(0, "-low"), (20, "-high")]  # noqa: RUF012 - the same
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark", "help", "Help", key_display="?"),
        Binding("q", "quit", "Quit"),
        Binding("ctrl+c", "interrupt", show=False, priority=True),
        Binding("ctrl+z", "suspend_process", show=False, priority=True),
    ]

    def __init__(self, content: Content, guide: Guide, appearance: Appearance, hints: Hints) -> None:
        super().__init__()
        self.animation_level = "none"  # what moves by itself is slow over a network
        self.guide = guide
        self.now = appearance.now
        self.outcome = Outcome()
        self._first = content
        self._hints = hints
        # Textual looks at the environment alone; whether to colour is decided elsewhere, --color included.
        self._filters = [one for one in self._filters if not isinstance(one, Monochrome | NoColor)]
        self.no_color = not appearance.color
        if self.no_color:
            self._filters.append(NoColor())
        self._themes = _THEMES if appearance.color else _PLAIN_THEMES
        self.theme = self._themes[appearance.light]

    def get_driver_class(self) -> type[Driver]:
        """Gives what draws; Textual would draw on standard error, which may be a file."""
        usual = super().get_driver_class()
        if usual.__name__ != "LinuxDriver":
            return usual
        from textual.drivers.linux_driver import LinuxDriver

        class StdoutDriver(LinuxDriver):
            """Draws on standard output."""

            def __init__(self, *args: Any, **settings: Any) -> None:
                super().__init__(*args, **settings)
                if sys.__stdout__ is not None:
                    self._file = sys.__stdout__

        return StdoutDriver

    def on_mount(self) -> None:
        """Shows the first screen; a signal that ends the process first gives the terminal back."""
        self._hints.listener = self._hint
        if not self.is_headless:
            self._watch_signals()
        self.push_screen(_screen_of(self._first))

    def _watch_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for name in _SIGNALS:
            number = getattr(signal, name, None)
            if number is None or signal.getsignal(number) == signal.SIG_IGN:
                continue
            try:
                loop.add_signal_handler(number, self._end_by, int(number))
            except (NotImplementedError, RuntimeError, ValueError):  # Windows, or another thread
                return

    def _end_by(self, number: int) -> None:
        self.outcome = Outcome(signal=number)
        self.exit()

    def _hint(self, text: str) -> None:
        """Shows a line of another thread."""
        try:
            self.call_later(self._say, text)
        except RuntimeError:  # the explorer has ended meanwhile
            return

    def _say(self, text: str) -> None:
        if isinstance(self.screen, Place):
            self.screen.say(text)

    def enter(self, content: Content) -> None:
        """Goes to a further content."""
        self.push_screen(_screen_of(content))

    def replace(self, content: Content) -> None:
        """Shows a content in place of the one that is shown."""
        self.switch_screen(_screen_of(content))

    def go_back(self) -> bool:
        """Goes back to the content before; tells whether there is one."""
        places = [screen for screen in self.screen_stack if isinstance(screen, Place)]
        if len(places) > 1:
            self.pop_screen()
        return len(places) > 1

    def finish(self, *, chosen: str) -> None:
        """Ends the explorer; the text is to be printed."""
        self.outcome = Outcome(chosen=chosen)
        self.exit()

    def action_interrupt(self) -> None:
        """Ends the explorer as Ctrl-C ends any program."""
        self._end_by(signal.SIGINT)

    def action_turn_theme(self) -> None:
        """Turns from dark to light, or back."""
        self.theme = self._themes[self.theme == self._themes[False]]

    def action_help(self) -> None:
        """Lists the keys."""
        self.push_screen(Help())

    def _fatal_error(self) -> None:
        """Ends without Textual's own traceback, whose values may be secret; `run` raises the exception."""
        self._close_messages_no_wait()

    @property
    def failure(self) -> Exception | None:
        """What ended the explorer unexpectedly, or None."""
        return self._exception


def _screen_of(content: Content) -> Place:
    return Reader(content) if isinstance(content, Reading) else Browser(content)
