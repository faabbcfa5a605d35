"""What cli/typer_seam.py takes from inside Typer. A new Typer that has it no more fails here, and says what is gone."""

from __future__ import annotations

import inspect
import re
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import pytest
import typer
import typer.core
import typer.main

from llamacloud_cli.cli.app import app
from llamacloud_cli.cli.batches.create import CREATE
from llamacloud_cli.cli.call import operation_app
from llamacloud_cli.cli.typer_seam import Command, Group, Lazy, occurrences, usage_error
from llamacloud_cli.context import Context
from llamacloud_cli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

PACKAGE = Path(__file__).parents[2] / "llamacloud_cli"


def _root_context() -> Any:
    return typer.main.get_command(app).make_context("llamacloud-prod", [], resilient_parsing=True, obj=Context(env={}))


def _command_context(argv: list[str]) -> Any:
    """Gives the context in which `create` runs with some arguments."""
    command: Any = typer.main.get_command(operation_app(CREATE, lambda _call: None))
    return command.make_context("create", argv, parent=_root_context())


class TestTyper:
    """The parts of Typer that are no documented surface."""

    def test_is_of_the_version_that_was_looked_into(self) -> None:
        assert version("typer").startswith("0.29."), "read cli/typer_seam.py again beside the new Typer"

    @pytest.mark.parametrize(
        ("owner", "method", "parameters"),
        [
            (typer.core.TyperCommand, "get_params", ["self", "ctx"]),
            (typer.core.TyperCommand, "parse_args", ["self", "ctx", "args"]),
            (typer.core.TyperCommand, "make_parser", ["self", "ctx"]),
            (typer.core.TyperCommand, "format_help", ["self", "ctx", "formatter"]),
            (typer.core.TyperCommand, "format_usage", ["self", "ctx", "formatter"]),
            (typer.core.TyperCommand, "format_help_text", ["self", "ctx", "formatter"]),
            (typer.core.TyperCommand, "format_epilog", ["self", "ctx", "formatter"]),
            (typer.core.TyperCommand, "get_help_option", ["self", "ctx"]),
            (typer.core.TyperGroup, "list_commands", ["self", "ctx"]),
            (typer.core.TyperGroup, "get_command", ["self", "ctx", "cmd_name"]),
            (typer.core.TyperGroup, "resolve_command", ["self", "ctx", "args"]),
            (typer.core.TyperGroup, "parse_args", ["self", "ctx", "args"]),
            (typer.Context, "find_root", ["self"]),
        ],
    )
    def test_has_the_methods_that_are_overridden_or_called(
        self, owner: type, method: str, parameters: list[str]
    ) -> None:
        assert list(inspect.signature(getattr(owner, method)).parameters) == parameters

    def test_reads_the_value_of_a_parameter_through_the_attribute_that_is_replaced(self) -> None:
        source = inspect.getsource(typer.core)
        assert "self.get_runtime_param().coerce(value, param=self, ctx=ctx)" in source
        for kind in (typer.core.TyperOption, typer.core.TyperArgument):
            assert "self._runtime_param = None" in inspect.getsource(kind.__init__)

    def test_gives_values_and_their_order_from_its_parser(self) -> None:
        ctx = _command_context([])
        argv = ["--project-id", "p", "--webhook-configuration.webhook-url", "u", "--project-id", "q"]
        values, rest, order = ctx.command.make_parser(ctx).parse_args(argv)
        assert values["project_id"] == ["p", "q"]
        assert rest == []
        assert [param.name for param in order] == ["project_id", "webhook_configuration__webhook_url", "project_id"]

    def test_gives_parameters_the_attributes_that_help_reads(self) -> None:
        for param in _command_context([]).command.get_params(_command_context([])):
            assert param.name
            assert param.param_type_name in ("option", "argument")
            assert isinstance(param.multiple, bool)
            if param.param_type_name == "option":
                assert isinstance(param.is_flag, bool)
                assert all(name.startswith("-") for name in param.opts)
                assert param.is_flag or param.metavar

    def test_tells_of_a_wrong_command_line_with_the_attributes_that_are_read(self) -> None:
        for argv in (["--nope"], ["--config"], ["--debug=1"], ["extra"]):
            with pytest.raises(typer.TyperException) as caught:
                _command_context(argv)
            assert caught.value.format_message()
            assert caught.value.ctx.command_path == "llamacloud-prod create"  # type: ignore[attr-defined]
        with pytest.raises(typer.TyperException) as caught:
            _command_context(["--confg", "x"])
        assert caught.value.option_name == "--confg"  # type: ignore[attr-defined]
        assert hasattr(caught.value, "possibilities")

    def test_formats_help_with_the_formatter_that_is_used(self) -> None:
        formatter = _root_context().make_formatter()
        formatter.width = 40
        with formatter.section("Title"):
            formatter.write_dl([("--flag TEXT", "word " * 20)], col_max=10)
        formatter.write("end\n")
        assert formatter.getvalue().startswith("Title:\n  --flag TEXT\n")
        formatter.buffer = ["other"]
        assert formatter.getvalue() == "other"


class TestSeam:
    """What the seam promises to the rest of the package."""

    def test_builds_no_adapter_for_any_parameter(self) -> None:
        ctx = _command_context(["--config", "{}", "--project-id", "p"])
        params = ctx.command.get_params(ctx)
        assert {type(param._runtime_param).__name__ for param in params} == {"_Text"}
        assert params[0].get_runtime_param().coerce(["as", "it is"], param=params[0], ctx=ctx) == ["as", "it is"]

    def test_keeps_the_order_of_what_was_given(self) -> None:
        argv = ["--project-id", "p", "--config", "1", "--project-id", "q", "--config=2", "--debug"]
        ctx = _command_context(argv)
        assert occurrences(ctx) == [("project_id", "p"), ("config", "1"), ("project_id", "q"), ("config", "2")]
        assert ctx.obj.options == {"debug": True}

    def test_gives_every_level_the_options_of_the_root(self) -> None:
        root = _root_context()
        names = [param.name for param in root.command.params]
        assert "api_key" in names
        ctx = _command_context([])
        assert [param.name for param in ctx.command.get_params(ctx)][-len(names) - 1 : -1] == names

    def test_imports_a_command_when_it_is_asked_for(self) -> None:
        class Lately(Group):
            subcommands: ClassVar[Mapping[str, Lazy]] = {
                "get": Lazy("llamacloud_cli.cli.batches.get", "Get."),
                "gone": Lazy("no.such.module", ""),
            }

        group: Any = Lately(name="lately")
        assert group.list_commands(None) == ["get", "gone"]
        assert isinstance(group.get_command(None, "get"), Command)
        assert group.get_command(None, "other") is None
        with pytest.raises(ModuleNotFoundError):
            group.get_command(None, "gone")

    def test_a_command_of_plain_typer_works_below_it(self) -> None:
        """Options that are declared in the documented way come through with their values as texts."""
        seen = []
        plain = typer.Typer(add_completion=False)

        @plain.command(cls=Command)
        def command(
            name: Annotated[str, typer.Argument()], count: Annotated[str, typer.Option()] = "1", loud: bool = False
        ) -> None:
            seen.append((name, count, loud))

        root = _root_context()
        ctx = typer.main.get_command(plain).make_context("plain", ["n", "--count", "2", "--loud", "-q"], parent=root)
        ctx.command.invoke(ctx)
        assert seen == [("n", "2", True)]
        assert ctx.obj.options == {"quiet": True}

    def test_turns_what_typer_says_into_words_of_its_own(self) -> None:
        error = usage_error(typer.BadParameter("Not good."), "llamacloud-prod")
        assert isinstance(error, UsageError)
        assert (error.message, error.hint) == ("invalid value: Not good", "`llamacloud-prod --help` shows the flags")

    def test_is_the_one_module_that_looks_inside_typer(self) -> None:
        inside = re.compile(r"typer\._|from typer\.core|import click|from click|\._runtime_param")
        files = [path for path in PACKAGE.rglob("*.py") if inside.search(path.read_text(encoding="utf-8"))]
        assert files == [PACKAGE / "cli" / "typer_seam.py"]
        assert "typer._click" in sys.modules, "Typer vendors its own click"
