"""All that this package asks of Typer beyond its documented surface. Typer's minor version is pinned for it.

- Typer builds a pydantic adapter for each parameter, even one that is absent; `_Text` takes its place.
- A parameter's values lose their order among other parameters; `occurrences` keeps it
  (`--webhook-configuration.webhook-url A … --webhook-configuration.webhook-url B` are two webhooks).
- The options of the root command hold at every level, so that a global flag may stand anywhere.
- Commands are imported when they are asked for, and help has a section for global options without Rich.

tests/cli/test_typer_seam.py fails loudly if a new Typer no longer has what is used here.
"""

from __future__ import annotations

import re
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, NoReturn

import typer
from typer.core import TyperCommand, TyperGroup, TyperOption
from typer.main import get_command

from llamacloud_cli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llamacloud_cli.operations import Example, Parameter

GLOBAL_PANEL = "Global options"
_OCCURRENCES = "llamacloud_cli.occurrences"
_ALIKE = 0.65  # difflib's ratio from which two flags count as spelt alike
_ALIKE_COMMANDS = 0.7  # the same for two commands, whose names are short: `batch` is no `auth`
_MOST_COMMANDS_MEANT = 2
_TYPERS_WORDS = (
    (r"^Got unexpected extra arguments?(?:\(s\))? \((.*)\)$", r"unexpected extra argument: \1"),
    (r"^Option '(.*)' requires an argument$", r"\1 needs a value"),
    (r"^Option '(.*)' does not take a value$", r"\1 takes no value"),
)
_HELP_WIDTH = 80
_NARROWEST_HELP = 20
_FLAG_COLUMN = 28


class Lazy(NamedTuple):
    """A command that is imported when it is run.

    Attributes:
        module: where its Typer app `app` lives.
        summary: its line in the list of commands.
    """

    module: str
    summary: str


class Occurrence(NamedTuple):
    """One option or argument as it stood on the command line.

    Attributes:
        name: the parameter's name in Python.
        value: its text; True for a flag.
    """

    name: str
    value: Any


def occurrences(ctx: typer.Context) -> list[Occurrence]:
    """Gives the options and arguments of the innermost command in the order of the command line."""
    found: list[Occurrence] = ctx.meta[_OCCURRENCES]
    return found


class _Text:
    """Takes values as they are: texts, lists of texts and booleans are read by inputs/, not by Typer."""

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:  # noqa: ARG002 - Typer's signature
        return value


_TEXT = _Text()


class _Level:
    """What a command and a group have in common: global options, the order of occurrences, plain values."""

    examples: tuple[Example, ...] = ()
    parameters: tuple[Parameter, ...] = ()

    def get_params(self, ctx: Any) -> list[Any]:
        """Gives its own parameters and, below the root, those of the root command."""
        own: list[Any] = super().get_params(ctx)  # type: ignore[misc]
        for param in own:
            param._runtime_param = _TEXT  # noqa: SLF001 - the module's first point
        root = ctx.find_root().command
        if root is self:
            return own
        *mine, help_option = own
        return [*mine, *root.params, help_option]

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parses, after a first pass that notes the order of what was given."""
        try:
            values, _, order = self.make_parser(ctx).parse_args(list(args))  # type: ignore[attr-defined]
        except typer.TyperException as error:
            error.ctx = ctx  # type: ignore[attr-defined] # Typer notes it for some errors alone
            error.words = tuple(args)  # type: ignore[attr-defined] # for usage_error
            _note_error_format(ctx, args)
            raise
        of_root = {param.name for param in ctx.find_root().command.params}
        found = _in_order(values, order)
        # The level nearest to the command is parsed last, so its value stands.
        ctx.obj.options.update({name: value for name, value in found if name in of_root})
        ctx.meta[_OCCURRENCES] = [occurrence for occurrence in found if occurrence.name not in of_root]
        rest: list[str] = super().parse_args(ctx, args)  # type: ignore[misc]
        return rest

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Writes usage, text, examples, commands and the sections of options."""
        _write_help(self, ctx, formatter)


class Command(_Level, TyperCommand):
    """A command that also takes the global options and remembers the order of what it was given."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Gives what follows the command's name in its usage; a placeholder has brackets where it may be left out."""
        arguments = [param for param in self.get_params(ctx) if param.param_type_name == "argument"]
        return ["[OPTIONS]", *(str(param.metavar) for param in arguments)]


class Group(_Level, TyperGroup):
    """A group whose commands are imported on demand."""

    subcommands: ClassVar[Mapping[str, Lazy]] = {}
    hidden_subcommands: ClassVar[Mapping[str, Lazy]] = {}  # programs call them; neither help nor completion names them

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - Typer's signature
        """Gives the names in the order of declaration."""
        return list(self.subcommands)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 - Typer's signature
        """Imports the command and gives it, or None."""
        lazy = self.subcommands.get(cmd_name) or self.hidden_subcommands.get(cmd_name)
        return get_command(import_module(lazy.module).app) if lazy else None

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parses the options before the command's name; without any argument, shows help."""
        if not args and not ctx.resilient_parsing:
            typer.echo(ctx.get_help(), color=ctx.color)
            raise typer.Exit
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Finds the command that the first argument names.

        Raises:
            UsageError: there is none; the message names what may have been meant.
        """
        name, *rest = args
        command = self.get_command(ctx, name)
        if command is not None:
            return name, command, rest
        if name == "help":
            self._show_help(ctx, rest)
        from llamacloud_cli.spelling import did_you_mean

        meant = self._near_commands(ctx, name, rest)
        is_here = not meant or meant[0] in self.subcommands
        message = f"no command {name!r}{did_you_mean([repr(one) for one in meant])}"
        raise UsageError(message, hint=_commands_of(self) if is_here else None)

    def _show_help(self, ctx: Any, words: list[str]) -> NoReturn:
        """Shows the help of the command that the words name, as `help` does in other tools."""
        command: Any = self
        for word in words:
            if word.startswith("-") or not isinstance(command, Group):
                break
            name, command, _ = command.resolve_command(ctx, [word])
            ctx = command.make_context(name, [], parent=ctx, resilient_parsing=True)
        typer.echo(ctx.get_help(), color=ctx.color)
        raise typer.Exit

    def _near_commands(self, ctx: Any, name: str, rest: Sequence[str]) -> list[str]:
        """Gives the commands that an unknown one may mean: spelt alike, of another tool's name, or a level below."""
        from llamacloud_cli.cli.other_words import commands_for, paths_below
        from llamacloud_cli.spelling import nearest

        here = nearest(name, self.subcommands, count=2, alike=_ALIKE_COMMANDS) or commands_for(name, self.subcommands)
        if here or ctx.parent is not None:
            return here
        if name == "version":
            return ["--version"]
        groups = {one: self.get_command(ctx, one) for one in self.subcommands}
        below = {one: group.subcommands for one, group in groups.items() if isinstance(group, Group)}
        return commands_for(name, paths_below(below, next(iter(rest), None)))[:_MOST_COMMANDS_MEANT]


def usage_error(error: typer.TyperException, prog: str) -> UsageError:
    """Turns what Typer says of a command line into this package's words."""
    ctx = getattr(error, "ctx", None)
    hint = f"`{ctx.command_path if ctx else prog} --help` shows the flags"
    option = getattr(error, "option_name", None)
    if ctx is not None and option is not None and hasattr(error, "possibilities"):
        from llamacloud_cli.spelling import did_you_mean

        typed, near = _near_flags(option, ctx, getattr(error, "words", ()))
        return UsageError(f"no flag {typed}{did_you_mean(near)}", hint=hint)
    message = error.format_message().rstrip(".")
    if message == "Missing command" and ctx is not None:
        hint = _commands_of(ctx.command)
    for pattern, ours in _TYPERS_WORDS:
        message = re.sub(pattern, ours, message, flags=re.DOTALL)
    return UsageError(message[:1].lower() + message[1:], hint=hint)


def _commands_of(group: Group) -> str:
    return "one of " + ", ".join(group.subcommands)


def _near_flags(option: str, ctx: Any, words: Sequence[str]) -> tuple[str, list[str]]:
    """Gives an unknown flag as it was typed, and the flags that it may mean.

    These are the one that lacks a dash (`-json`), else what it is called here (`--limit`), else those that end like it
    (`--webhook-url`), else those that are spelt alike.
    """
    from llamacloud_cli.cli.other_words import flags_for
    from llamacloud_cli.spelling import nearest

    flags = [name for param in ctx.command.get_params(ctx) for name in param.opts if name.startswith("--")]
    for word in words:
        name = word.partition("=")[0]
        if f"-{name}" in flags and not option.startswith("--"):
            return name, [f"-{name}"]
    word = option.lstrip("-")
    near = flags_for(option, flags) or [flag for flag in flags if flag.endswith((f".{word}", f"-{word}"))]
    return option, near or [f"--{one}" for one in nearest(word, [flag[2:] for flag in flags], count=2, alike=_ALIKE)]


def _note_error_format(ctx: Any, args: Sequence[str]) -> None:
    """Notes how errors are to be printed, though the command line that says so cannot be parsed."""
    for word, following in zip(args, [*args[1:], ""], strict=True):
        name, equals, value = word.partition("=")
        if name == "--format-error":
            ctx.obj.options["format_error"] = value if equals else following


def _in_order(values: dict[str, Any], order: Sequence[Any]) -> list[Occurrence]:
    taken: dict[str, int] = {}
    found = []
    for param in order:
        value = values.get(param.name)
        if param.multiple and value is not None:
            position = taken.get(param.name, 0)
            taken[param.name] = position + 1
            found.append(Occurrence(param.name, value[position]))
        elif value is not None:
            found.append(Occurrence(param.name, value))
    return found


def _write_help(command: Any, ctx: Any, formatter: Any) -> None:
    from shutil import get_terminal_size

    # Typer's own formatter takes no terminal for narrower than 50 columns.
    formatter.width = max(min(get_terminal_size().columns, _HELP_WIDTH) - 2, _NARROWEST_HELP)
    column = min(_FLAG_COLUMN, formatter.width * 3 // 8)
    ctx.color = _wants_color(ctx)
    bold, cyan = ({"bold": True}, {"fg": "cyan"}) if ctx.color else ({}, {})

    command.format_usage(ctx, formatter)
    command.format_help_text(ctx, formatter)
    if command.examples:
        with formatter.section(_styled("Examples", bold)):
            for example in command.examples:
                lines = re.sub(r" \\\n\s*", " ", example.command).split("\n")
                folded = "\n  ".join(_folded(line, formatter.width - 2) for line in lines)
                formatter.write(f"  # {example.purpose}\n  {folded}\n")
    if isinstance(command, Group):
        rows = [(_styled(name, cyan), lazy.summary) for name, lazy in command.subcommands.items()]
        with formatter.section(_styled("Commands", bold)):
            formatter.write_dl(rows, col_max=column)
    for title, options in _sections(command, ctx).items():
        with formatter.section(_styled(title, bold)):
            if title == GLOBAL_PANEL and ctx.parent is not None:
                formatter.write(_names_alone(options, ctx.find_root().command_path, formatter.width))
            else:
                formatter.write_dl([(_styled(names, cyan), text) for names, text in options], col_max=column)
    command.format_epilog(ctx, formatter)
    formatter.buffer = [_writable(formatter.getvalue(), ctx)]


def _names_alone(options: list[tuple[str, str]], root: str, width: int) -> str:
    """Gives the names of options as a paragraph: in the help of each command, their texts would bury its own."""
    from textwrap import fill

    names = [text.split(" ")[0] if text.startswith("--") else "/".join(text.split(", ")) for text, _ in options]
    lines = (", ".join(names), f"`{root} --help` explains them.")
    indent = "  "
    folded = [
        fill(one, width, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False) for one in lines
    ]
    return "".join(f"{one}\n" for one in folded)


def _folded(command: str, width: int) -> str:
    """Gives a command line folded as a shell reads it, before a flag, a pipe or a file, where it is too wide."""
    first, *pieces = re.split(r" (?=--?[a-z]|[|&>] )", command)
    lines = [first]
    for piece in pieces:
        if len(lines[-1]) + len(piece) + len("  \\") <= width:
            lines[-1] += f" {piece}"
        else:
            lines.append(f"    {piece}")
    return " \\\n  ".join(lines)


def _writable(text: str, ctx: Any) -> str:
    """Gives a text that standard output's encoding has a character for, `?` where it has none."""
    stdout = ctx.obj.streams.stdout if ctx.obj else None
    encoding = getattr(stdout, "encoding", None) or "utf-8"
    return text.encode(encoding, "replace").decode(encoding)


def _styled(text: str, style: dict[str, Any]) -> str:
    return typer.style(text, **style) if style else text


def _wants_color(ctx: Any) -> bool:
    from llamacloud_cli.output.color import wants_color

    context = ctx.obj
    if context is None:
        return False
    is_terminal = context.is_terminal(context.streams.stdout)
    return wants_color(context.options.get("color") or "auto", context.env, is_terminal=is_terminal)


def _sections(command: Any, ctx: Any) -> dict[str, list[tuple[str, str]]]:
    help_option = command.get_help_option(ctx)
    sections: dict[str, list[tuple[str, str]]] = {}
    for param in command.get_params(ctx):
        if param is help_option:
            title = GLOBAL_PANEL
        elif param.param_type_name == "argument":
            title = "Arguments"
        else:
            title = param.rich_help_panel or "Options"
        sections.setdefault(title, []).append((option_names(param), param.help or ""))
    return sections


def option_names(param: Any) -> str:
    """Gives the names of an option with its placeholder, or the placeholder of an argument."""
    if param.param_type_name == "argument":
        return str(param.metavar or param.name.upper()).strip("[]")
    short = [name for name in param.opts if not name.startswith("--")]
    long = [name for name in param.opts if name.startswith("--")]
    names = ", ".join([*short, *long])
    is_flag = isinstance(param, TyperOption) and param.is_flag
    return names if is_flag else f"{names} {param.metavar}"
