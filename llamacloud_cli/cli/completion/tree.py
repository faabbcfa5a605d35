"""The tree of commands as data for the shells' scripts: what may stand where, and how each value is completed."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

import typer

from llamacloud_cli.cli.typer_seam import GLOBAL_PANEL, Command, Group
from llamacloud_cli.operations import Kind
from llamacloud_cli.settings.values import READERS

if TYPE_CHECKING:
    from collections.abc import Iterator

PROG = "llamacloud-prod"


SERVICE_FLAGS = ("--base-url", "--profile", "--sandbox-data")
"""The flags with a value that say which service is meant; the scripts pass them on where they ask for ids."""


class Source(StrEnum):
    """Where the values come from that are not enumerated."""

    NOTHING = ""  # anything: text that the user alone knows
    FILE = "file"
    FOLDER = "folder"
    AT_FILE = "at"  # a text, or `@` and a file
    BATCH = "batch"
    DIRECTORY = "directory"
    CONFIGURATION = "configuration"
    PROFILE = "profile"


IDS = frozenset({Source.BATCH, Source.DIRECTORY, Source.CONFIGURATION, Source.PROFILE})
"""The sources that the tool itself is asked for."""


class Values(NamedTuple):
    """How a value is completed.

    Attributes:
        words: the values that there are, where they are known.
        source: where others come from.
    """

    words: tuple[str, ...] = ()
    source: Source = Source.NOTHING


class Flag(NamedTuple):
    """One flag.

    Attributes:
        names: the short one first, with their dashes.
        text: what it does, in a few words.
        placeholder: stands for its value, such as `DIR`.
        values: how its value is completed; None where it takes none.
        repeatable: whether it may be given again.
    """

    names: tuple[str, ...]
    text: str
    placeholder: str
    values: Values | None
    repeatable: bool


class Argument(NamedTuple):
    """One argument without a flag.

    Attributes:
        placeholder: stands for its value, such as `BATCH_ID`.
        values: how its value is completed.
        many: whether any number may follow.
    """

    placeholder: str
    values: Values
    many: bool


class Node(NamedTuple):
    """One command or group.

    Attributes:
        path: its words, such as `batches list`; nothing for the root.
        text: what it does, in a few words.
        flags: its own; the root's hold at every level.
        arguments: in order.
        children: the commands of a group.
    """

    path: str
    text: str
    flags: tuple[Flag, ...]
    arguments: tuple[Argument, ...]
    children: tuple[Node, ...]

    @property
    def name(self) -> str:
        """The last word."""
        return self.path.rpartition(" ")[2]

    def all(self) -> Iterator[Node]:
        """Gives this node and all below it."""
        yield self
        for child in self.children:
            yield from child.all()


# How a value is completed, by the flag or the placeholder in help; the first that is known decides.
_BY_FLAG = {
    "--batch-id": Values(source=Source.BATCH),
    "--source-directory-id": Values(source=Source.DIRECTORY),
    "--directory-id": Values(source=Source.DIRECTORY),
    "--configuration": Values(source=Source.CONFIGURATION),
    "--configuration-id": Values(source=Source.CONFIGURATION),
    "--profile": Values(source=Source.PROFILE),
    "--expand": Values(("results",)),
    "--tier": Values(("fast", "cost_effective", "agentic", "agentic_plus")),
    "--webhook-configuration.webhook-output-format": Values(("string", "json")),
    "--base-url": Values(("https://api.cloud.llamaindex.ai", "https://api.cloud.eu.llamaindex.ai")),
}
_BY_PLACEHOLDER = {
    "BATCH_ID": Values(source=Source.BATCH),
    "DIRECTORY_ID": Values(source=Source.DIRECTORY),
    "CONFIGURATION_ID": Values(source=Source.CONFIGURATION),
    "FILE": Values(source=Source.FILE),
    "PATH": Values(source=Source.FILE),
    "SCHEMA.json": Values(source=Source.FILE),
    "DIR": Values(source=Source.FOLDER),
    "FOLDER": Values(source=Source.FOLDER),
    "YAML": Values(source=Source.AT_FILE),
    "YAML[]": Values(source=Source.AT_FILE),
}
_READS_FILES = (Kind.TEXT, Kind.TEXTS, Kind.OBJECT, Kind.OBJECTS)
_PLACEHOLDERS = frozenset({"NUMBER", "NAME", "ID", "TEXT", "FILE", "DIR", "PATH", "INTEGER"})
_WORD = re.compile(r"[A-Za-z0-9_.:/-]+")
_WIDTH = 60


def tree() -> Node:
    """Gives the tree of the whole application; every command is imported for it."""
    from llamacloud_cli.cli.app import app
    from llamacloud_cli.context import Context

    command: Any = typer.main.get_command(app)
    context = command.make_context(PROG, [], resilient_parsing=True, obj=Context())
    return _node(command, context, "", command.help or "")


def known_flags(node: Node) -> frozenset[str]:
    """Gives the names of a command's own flags."""
    return frozenset(name for flag in node.flags for name in flag.names)


def _node(command: Command | Group, context: Any, path: str, summary: str) -> Node:
    children = []
    if isinstance(command, Group):
        for name, lazy in command.subcommands.items():
            child = command.get_command(context, name)
            below = child.make_context(name, [], parent=context, resilient_parsing=True)
            children.append(_node(child, below, f"{path} {name}".strip(), lazy.summary))
    flags, arguments = [], []
    for param in command.get_params(context):
        if getattr(param, "hidden", False):
            continue
        if param.param_type_name == "argument":
            arguments.append(_argument(param, path))
        elif not path or not (param is command.get_help_option(context) or param.rich_help_panel == GLOBAL_PANEL):
            flags.append(_flag(param, command))
    return Node(path, brief(summary), tuple(flags), tuple(arguments), tuple(children))


def _flag(param: Any, command: Command | Group) -> Flag:
    names = tuple(sorted(param.opts, key=len))
    repeatable, values = param.multiple, None
    known = next((one for one in command.parameters if one.flag_name in names), None)
    if not param.is_flag:
        values = _values(names[-1], param.metavar or "")
    if known is not None:
        repeatable = known.repeatable
        if values == Values() and known.kind in _READS_FILES:
            values = Values(source=Source.AT_FILE)
    return Flag(names, brief(param.help or ""), param.metavar or "", values, repeatable)


def _argument(param: Any, path: str) -> Argument:
    placeholder = (param.metavar or param.name.upper()).strip("[]").rstrip("…")
    is_setting = path.startswith("config ") and placeholder == "NAME"
    values = Values(tuple(READERS)) if is_setting else _values("", placeholder)
    return Argument(placeholder, values, param.nargs != 1)


def _values(flag: str, placeholder: str) -> Values:
    known = _BY_FLAG.get(flag) or _BY_PLACEHOLDER.get(placeholder)
    if known is not None:
        return known
    choices = placeholder.split("|")
    if len(choices) == 1:
        return Values()
    return Values(tuple(one for one in choices if one not in _PLACEHOLDERS and _WORD.fullmatch(one)))


def brief(text: str) -> str:
    """Gives the first sentence of a help text without its full stop, cut to what fits beside a flag."""
    line = " ".join(text.partition("\n\n")[0].split())
    line = re.split(r" \[|[.;] |\.$", line)[0].replace("`", "").rstrip(":")
    while len(line) > _WIDTH and ", " in line:
        line = line.rpartition(", ")[0]
    return line if len(line) <= _WIDTH else line[: _WIDTH - 1].rpartition(" ")[0] + "…"
