"""What all screens share: a title, a status line, the way back, and work that does not keep the screen waiting."""

from __future__ import annotations

from contextvars import copy_context
from threading import Thread
from typing import TYPE_CHECKING, ClassVar, TypeVar, cast

from rich.text import Text
from textual.binding import Binding
from textual.screen import Screen
from textual.widgets import Static

from llamacloud_cli.errors import CliError
from llamacloud_cli.explore.widgets import StatusLine
from llamacloud_cli.output.terminal import clean, clean_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.binding import BindingType

    from llamacloud_cli.explore.app import ExplorerApp
    from llamacloud_cli.explore.contents import Content

T = TypeVar("T")

_TRAIL = " > "
_ROOMY_CLIPBOARD = 74_000  # bytes; some terminals take no more in one OSC 52


class Place(Screen[None]):
    """A screen that shows one content."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,backspace", "back", "Back", show=False),
        Binding("r", "reload", "Reload", show=False),
        Binding("t", "app.turn_theme", "Light or dark", show=False),
    ]

    def __init__(self, content: Content) -> None:
        super().__init__()
        self.content = content
        self._failed: Callable[[], None] | None = None
        self._waiting: object | None = None

    @property
    def explorer(self) -> ExplorerApp:
        """The app."""
        return cast("ExplorerApp", self.app)

    def on_mount(self) -> None:
        """Shows what there is to say."""
        if self.content.note:
            self.say(self.content.note)

    def on_resize(self) -> None:
        """Says where this is, the way here as far as there is room for it."""
        trail = [clean_line(screen.content.title) for screen in self.app.screen_stack if isinstance(screen, Place)]
        room = self.size.width - 2
        while len(trail) > 1 and Text(_TRAIL.join(trail)).cell_len > room:
            trail = ["…", *trail[2:]] if trail[0] == "…" else ["…", *trail[1:]]
        self.query_one("#heading", Static).update(Text(_TRAIL.join(trail)))

    def say(self, text: str, *, error: bool = False) -> None:
        """Shows a message in the status line."""
        self.query_one(StatusLine).say(text, error=error)

    def copy(self, text: str, what: str) -> None:
        """Copies a text by the terminal (OSC 52), and says so."""
        text = clean(text)
        self.app.copy_to_clipboard(text)
        size = len(text.encode())
        limit = "" if size <= _ROOMY_CLIPBOARD else f"; {size:,} bytes may be more than the terminal takes"
        self.say(f"copied {what}{limit}")

    def load(self, label: str, fetch: Callable[[], T], done: Callable[[T], None]) -> None:
        """Fetches something in a thread of its own, for the last one who asks.

        Args:
            label: what, for the status line.
            fetch: fetches it; may raise CliError.
            done: takes it, on this screen's own thread.
        """
        ticket = self._waiting = object()
        self._failed = None

        def again() -> None:
            self.load(label, fetch, done)

        def finish(result: T | None, error: CliError | None) -> None:
            if self._waiting is not ticket or not self.is_attached:
                return
            self._waiting = None
            if error is not None:
                self._failed = again
                hint = f" — {error.hint}" if error.hint else ""
                self.say(f"{label}: {error.message} (r tries again){hint}", error=True)
            else:
                self.say("")
                done(cast("T", result))

        def work() -> None:
            try:
                result, error = fetch(), None
            except CliError as failure:
                result, error = None, failure
            except Exception as failure:  # noqa: BLE001 - its text may hold anything; its kind must do
                result, error = None, CliError(f"internal error: {type(failure).__name__}")
            try:
                self.app.call_later(finish, result, error)
            except RuntimeError:  # the explorer has ended meanwhile
                return

        self.say(f"loading {label} …")
        # A daemon, unlike Textual's own workers: nobody who quits waits for an answer.
        Thread(target=copy_context().run, args=(work,), name="explore", daemon=True).start()

    @property
    def is_waiting(self) -> bool:
        """Whether something is being fetched."""
        return self._waiting is not None

    @property
    def has_failed(self) -> bool:
        """Whether something could not be fetched, which the status line says."""
        return self._failed is not None

    def action_back(self) -> None:
        """Goes back to where one came from, gives up waiting, or takes a failure away."""
        if self._waiting is not None or self._failed is not None:
            self.say("given up" if self._waiting is not None else "")
            self._waiting = self._failed = None
        elif not self.explorer.go_back():
            self.say("this is the first screen; q quits")

    def action_reload(self) -> None:
        """Asks anew, or once more for what failed."""
        if self._failed is not None:
            self._failed()
        elif self.content.again is None:
            self.say("this cannot be loaded again")
        else:
            self.load(self.content.title, self.content.again, self.explorer.replace)
