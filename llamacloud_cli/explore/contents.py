"""What the explorer shows, and whom it asks for more: the seam between the screens and the service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from llamacloud_cli.jsontext import Document, Items


class Answer(NamedTuple):
    """One JSON document.

    Attributes:
        title: what it is, for the first line of the screen.
        document: the document.
        again: gives the answer anew, or None where it cannot be asked for again. It may raise CliError.
        note: what is to be said of it, or nothing.
    """

    title: str
    document: Document
    again: Callable[[], Content] | None = None
    note: str = ""


class Reading(NamedTuple):
    """A text to be read, such as the Markdown of a job.

    Attributes:
        title: what it is.
        text: the text.
        markdown: whether it is Markdown.
        again: gives it anew, or None.
        note: what is to be said of it, or nothing.
    """

    title: str
    text: str
    markdown: bool = True
    again: Callable[[], Content] | None = None
    note: str = ""


class Pages(Protocol):
    """The further pages of a list."""

    @property
    def more(self) -> bool:
        """Whether a further page is known to follow."""

    def next(self) -> Items:
        """Fetches the next page and gives its items. After a failure the same page is fetched again.

        Raises:
            CliError: it cannot be fetched.
        """


class Listing(NamedTuple):
    """A list, of which the first page is there.

    Attributes:
        title: what it is.
        items: of the first page.
        pages: gives the others.
        again: gives the list anew, or None.
        note: what is to be said of it, or nothing.
    """

    title: str
    items: Items
    pages: Pages
    again: Callable[[], Content] | None = None
    note: str = ""


Content = Answer | Reading | Listing


class Link(NamedTuple):
    """Where a value leads.

    Attributes:
        label: what is behind it, in a word or two, for the status line.
        open: fetches it; called in a thread of its own. It may raise CliError.
    """

    label: str
    open: Callable[[], Content]


class Guide(Protocol):
    """Knows which values lead somewhere."""

    def link(self, value: Any) -> Link | None:
        """Gives where a value leads, or None."""


class Hints:
    """Passes on lines for whoever watches, such as a call that is made again; any thread may call it.

    Attributes:
        listener: takes the lines, or None while nobody does.
    """

    def __init__(self) -> None:
        self.listener: Callable[[str], None] | None = None

    def __call__(self, text: str) -> None:
        """Passes a line on."""
        if self.listener is not None:
            self.listener(text)


class Appearance(NamedTuple):
    """How the explorer looks.

    Attributes:
        color: whether to colour.
        light: whether the terminal's background is light.
        now: gives the time in seconds since 1970, for relative times.
    """

    color: bool
    light: bool
    now: Callable[[], float]


class Outcome(NamedTuple):
    """How the explorer ended.

    Attributes:
        chosen: the value that the user wants printed, or None.
        signal: the number of the signal that ended it (Ctrl-C is SIGINT), or None.
    """

    chosen: str | None = None
    signal: int | None = None
