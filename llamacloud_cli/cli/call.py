"""One call of a command: what it was given, what it sends, how it prints."""

from __future__ import annotations

import shutil
from inspect import Parameter as Argument
from inspect import Signature
from typing import TYPE_CHECKING, Annotated, Any

import typer

from llamacloud_cli.cli.preferences import use_configured_columns, use_configured_format
from llamacloud_cli.cli.typer_seam import Command, occurrences
from llamacloud_cli.errors import UsageError
from llamacloud_cli.inputs.merge import Inputs, build
from llamacloud_cli.inputs.values import read_choice
from llamacloud_cli.operations import Kind, Place
from llamacloud_cli.output.color import wants_color
from llamacloud_cli.output.render import Renderer, output_options
from llamacloud_cli.output.sink import Sink

if TYPE_CHECKING:
    from collections.abc import Callable

    from llamacloud_cli.context import Context
    from llamacloud_cli.operations import Operation, Parameter
    from llamacloud_cli.output.links import Links

SCOPE = ("project_id", "organization_id")
"""The query parameters that the settings fill where nothing else does."""
_ARGUMENT = "argument__"


def operation_app(
    operation: Operation, handler: Callable[[Call], None], *, prepare: Callable[[Inputs], Inputs] | None = None
) -> typer.Typer:
    """Gives a Typer app of one command: its flags and its help follow from the operation.

    Args:
        operation: what is asked of the API.
        handler: runs one call of the command.
        prepare: turns what was given into what is sent, where the two differ.
    """

    class OperationCommand(Command):
        """The command of one operation."""

        examples = operation.examples
        parameters = operation.parameters

    def command(ctx: typer.Context, **_: Any) -> None:
        call = Call(ctx, operation)
        if prepare is not None:
            call.inputs = prepare(call.inputs)
        if not call.shown_only():
            handler(call)

    parameters = [Argument("ctx", Argument.POSITIONAL_OR_KEYWORD, annotation=typer.Context)]
    parameters += [
        Argument(name, Argument.KEYWORD_ONLY, annotation=annotation, default=default)
        for parameter in operation.parameters
        for name, annotation, default in _annotations(parameter)
    ]
    command.__signature__ = Signature(parameters)  # type: ignore[attr-defined] # what Typer asks inspect for
    command.__annotations__ = {}
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command(operation.command.rpartition(" ")[2], cls=OperationCommand, help=operation.description)(command)
    return app


def _annotations(parameter: Parameter) -> list[tuple[str, Any, Any]]:
    text = _help(parameter)
    if parameter.kind is Kind.FLAG:
        return [(parameter.identifier, Annotated[bool, typer.Option(parameter.flag_name, help=text)], False)]
    argument = None
    if parameter.positional:
        name = parameter.name.upper()
        argument, text = typer.Argument(metavar=name, help=text), f"The same as {name}."
    option = typer.Option(parameter.flag_name, metavar=_metavar(parameter), help=text)
    found: list[tuple[str, Any, Any]] = [(parameter.identifier, Annotated[list[str] | None, option], None)]
    if argument is not None:
        found.insert(0, (_ARGUMENT + parameter.identifier, Annotated[str | None, argument], None))
    return found


def _metavar(parameter: Parameter) -> str:
    return "|".join(parameter.choices) if parameter.choices else parameter.kind.value


def _help(parameter: Parameter) -> str:
    notes = []
    if parameter.required and not parameter.positional and parameter.inner is None:
        notes.append("required")
    if parameter.repeatable and parameter.inner is None:
        notes.append("may be repeated")
    if parameter.default:
        notes.append(f"default: {parameter.default}")
    return parameter.help + (f" [{'; '.join(notes)}]" if notes else "")


def check_options(context: Context) -> None:
    """Refuses global options as `check_flags` does, and takes the format of the settings where no flag gives one.

    Raises:
        UsageError: there is such an option, or a file of settings cannot be used.
    """
    check_flags(context)
    use_configured_format(context)


def check_flags(context: Context) -> None:
    """Refuses global options whose value is none of their choices, or that would do nothing.

    Raises:
        UsageError: there is such an option.
    """
    if context.options.get("sandbox_data") is not None and not context.uses_sandbox():
        # Meant for the sandbox, it must not go to the service.
        raise UsageError("--sandbox-data: only with --sandbox", hint="add --sandbox, or set LLAMA_CLOUD_SANDBOX=1")
    from llamacloud_cli.cli.options import COLORS, ERROR_FORMATS, FORMATS

    for name, flag, choices in (
        ("format_", "--format", FORMATS),
        ("format_error", "--format-error", (*ERROR_FORMATS, "explore")),
        ("color", "--color", COLORS),
    ):
        text = context.options.get(name)
        if text is not None:
            context.options[name] = read_choice(text, choices, where=flag)


def make_renderer(context: Context, *, many: bool, call: Call | None = None) -> Renderer:
    """Gives what prints documents as the global options ask for.

    Args:
        context: the surroundings.
        many: whether a list is printed.
        call: what is answered, where it is one operation.

    Raises:
        UsageError: the options for printing exclude each other.
    """
    stdout = context.streams.stdout
    terminal = context.is_terminal(stdout)
    options = output_options(context.options, many=many, is_terminal=terminal)
    if options.format == "explore":
        from llamacloud_cli.cli.exploring import ExploringRenderer

        return ExploringRenderer(context, options, call)
    color = wants_color(context.options.get("color") or "auto", context.env, is_terminal=terminal)
    width = shutil.get_terminal_size().columns if terminal else None
    links = _links(context) if terminal and color else None
    options = options._replace(terminal=terminal, color=color, width=width, now=context.now(), links=links)
    return Renderer(options, Sink(stdout), context.notice)


def _links(context: Context) -> Links | None:
    """Gives what makes links to web pages, where the terminal shows links and the API's region has such pages."""
    from llamacloud_cli.output.links import Links, knows_links

    if context.uses_sandbox() or not knows_links(context.env):
        return None
    return Links.of(context.settings.get("base_url").value.rstrip("/"))  # nothing is sent there: it takes no yes


class Call:
    """What a command works with.

    Attributes:
        context: the surroundings.
        operation: what is asked of the API.
        inputs: the request and the values that steer this tool.
    """

    def __init__(self, ctx: typer.Context, operation: Operation) -> None:
        self.context: Context = ctx.obj
        self.operation = operation
        check_options(self.context)
        given = self._given(ctx)
        self.inputs: Inputs = build(operation, given, {**self._scope(), **self._stdin()})
        for key, near in self.inputs.misspelt:
            self.context.notice(
                f"warning: standard input: no field {key!r} is known, so it is sent as it is; did you mean {near}?"
            )

    def renderer(self, *, many: bool = False) -> Renderer:
        """Gives what prints the answer.

        Raises:
            UsageError: the options for printing exclude each other.
        """
        if many:
            use_configured_columns(self.context)
        return make_renderer(self.context, many=many, call=self)

    def shown_only(self) -> bool:
        """Prints the request instead of sending it, where `--dry-run` or `--print-curl` ask for it."""
        options = self.context.options
        self.renderer()  # refuses what cannot be printed before anything is sent
        if options.get("dry_run") and options.get("print_curl"):
            raise UsageError("--dry-run and --print-curl exclude each other")
        if not options.get("dry_run") and not options.get("print_curl"):
            return False
        from llamacloud_cli.jsontext import Document
        from llamacloud_cli.output.requesttext import as_curl, as_json
        from llamacloud_cli.redaction import hide_secrets

        base_url = self.context.base_url().url
        sink = Sink(self.context.streams.stdout)
        if options.get("print_curl"):
            text = as_curl(self.inputs.request, base_url, hide_secrets)
        else:
            text = Document(as_json(self.inputs.request, base_url, hide_secrets)).indented().decode() + "\n"
        sink.write(self.context.without_keys(text).encode())
        sink.flush()
        return True

    def _scope(self) -> dict[str, str]:
        """Gives the ids of project and organization that the operation takes and the settings give."""
        names = {one.name for one in self.operation.parameters if one.place is Place.QUERY} & {*SCOPE}
        return {name: value for name, value in self.context.scope().items() if name in names} if names else {}

    def _given(self, ctx: typer.Context) -> list[tuple[Parameter, str]]:
        by_identifier = {parameter.identifier: parameter for parameter in self.operation.parameters}
        given = [
            (by_identifier[name.removeprefix(_ARGUMENT)], value, name.startswith(_ARGUMENT))
            for name, value in occurrences(ctx)
        ]
        for parameter in by_identifier.values():
            ways = {as_argument for one, _, as_argument in given if one is parameter}
            if len(ways) > 1:
                raise UsageError(f"{parameter.name}: given both as an argument and as {parameter.flag_name}")
            if parameter.positional and sum(one is parameter for one, _, _ in given) > 1:
                raise UsageError(f"{parameter.flag_name}: given twice", hint="one command is for one id")
        return [(parameter, "true" if value is True else value) for parameter, value, _ in given]

    def _stdin(self) -> dict[str, Any]:
        stream = self.context.streams.stdin
        if stream is None or self.context.options.get("no_stdin") or self.context.is_terminal(stream):
            return {}
        from llamacloud_cli.inputs.stdin import read_mapping

        return read_mapping(
            stream.buffer,  # type: ignore[attr-defined] # a text stream of the process
            notice=self.context.progress,
        )
