"""What an API operation is made of: the data from which flags, help, standard-input keys and requests follow.

A command of the API is written once, as an `Operation`. Nothing here knows Typer, httpx or a terminal.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, NamedTuple


class Place(StrEnum):
    """Where in a request the value of a parameter goes."""

    PATH = "path"
    QUERY = "query"
    BODY = "body"
    LOCAL = "local"  # steers this tool and is never sent


class Kind(StrEnum):
    """How the text of a flag is read. The value is the placeholder that help shows."""

    TEXT = "TEXT"
    INTEGER = "INTEGER"
    DATETIME = "DATETIME"
    CHOICE = "CHOICE"
    OBJECT = "YAML"
    OBJECTS = "YAML[]"  # an array of objects; one object stands for an array of one
    TEXTS = "TEXT[]"  # an array of strings; may be repeated
    FLAG = "true|false"  # given or not given; takes no value on the command line


class Parameter(NamedTuple):
    """One value that an operation takes.

    Attributes:
        name: the API's field name; the key on standard input.
        kind: how its text is read.
        place: where in the request it goes.
        help: one or two sentences for people.
        flag: the flag's name without dashes, where it is not `name` with dashes.
        inner: the field of the object (or of the last object of the array) `name` that this flag sets.
        required: whether a request without it is refused before it is sent.
        nullable: whether the text `null` means "leave it out".
        repeatable: whether further occurrences add to it. Otherwise the last one counts.
        positional: whether the first argument without a flag is this value.
        choices: the values that the API knows, for CHOICE.
        default: what happens without it, for help.
    """

    name: str
    kind: Kind
    place: Place
    help: str
    flag: str | None = None
    inner: str | None = None
    required: bool = False
    nullable: bool = False
    repeatable: bool = False
    positional: bool = False
    choices: tuple[str, ...] = ()
    default: str | None = None

    @property
    def flag_name(self) -> str:
        """The long flag, with its dashes: `--batch-id`, `--config.job`."""
        return "--" + (self.flag or self.name.replace("_", "-"))

    @property
    def identifier(self) -> str:
        """A Python name for it that is unique within its operation."""
        return (self.flag or self.name).replace("-", "_").replace(".", "__")


class Example(NamedTuple):
    """A command line that can be pasted, and what it is for."""

    purpose: str
    command: str


class Operation(NamedTuple):
    """One operation of the API and the command that runs it.

    Attributes:
        command: the words of the command, such as `batches get`.
        method: the HTTP method.
        path: the path below the base URL; `{name}` stands for a PATH parameter.
        summary: one line for the list of commands.
        description: what the command does, for help and the reference page.
        parameters: in the order in which help shows them.
        examples: the first one is shown in help.
        open_body: whether unknown keys on standard input go to the body.
    """

    command: str
    method: str
    path: str
    summary: str
    description: str
    parameters: tuple[Parameter, ...]
    examples: tuple[Example, ...]
    open_body: bool = False


class Request(NamedTuple):
    """A request, ready to be sent, printed by `--dry-run` or turned into a curl command.

    Attributes:
        method: the HTTP method.
        path: percent-encoded, below the base URL.
        query: pairs in order; a key may come again.
        body: the JSON value of the body, or None for no body.
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: Any = None
