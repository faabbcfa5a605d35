"""Help: what each command says of itself, how wide, how coloured."""

from __future__ import annotations

import io
import re
import shlex
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from typer.main import get_command

from llamacloud_cli.cli.app import Root, app
from llamacloud_cli.cli.typer_seam import Group
from llamacloud_cli.context import Context, Streams
from llamacloud_cli.main import main

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Runner

GLOBAL = ("--api-key KEY", "--base-url URL", "--format auto|", "--transform GJSON", "-r, --raw-output", "-v, --version")
ANSI = re.compile(r"\x1b\[[0-9;]*m")


def _paths(group: type[Group], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Gives the words of every command and group."""
    yield path
    for name, lazy in group.subcommands.items():
        kind = type(get_command(import_module(lazy.module).app))
        if issubclass(kind, Group):
            yield from _paths(kind, (*path, name))
        else:
            yield (*path, name)


PATHS = list(_paths(Root))
every_help = pytest.mark.parametrize("path", PATHS, ids=[" ".join(path) or "root" for path in PATHS])


@pytest.fixture(autouse=True)
def _terminal_of_80_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


def _sections(text: str) -> dict[str, str]:
    """Gives the text below each heading, blanks and line breaks joined."""
    pieces = re.split(r"^(\w[\w ]*):\n", text, flags=re.MULTILINE)
    return {title: " ".join(body.split()) for title, body in zip(pieces[1::2], pieces[2::2], strict=True)}


@every_help
class TestEveryHelp:
    def test_starts_with_usage_and_ends_well(self, run: Runner, path: tuple[str, ...]) -> None:
        result = run(*path, "--help")
        assert (result.status, result.stderr) == (0, "")
        assert result.stdout.startswith(f"Usage: {' '.join(('llamacloud-prod', *path))} ")
        assert result.stdout == run(*path, "-h").stdout

    def test_names_every_global_option_and_where_it_is_explained(self, run: Runner, path: tuple[str, ...]) -> None:
        """Only the first help explains them: in that of a command they would bury its own options."""
        explained = re.findall(r"--[a-z-]+", _sections(run("--help").stdout)["Global options"])
        section = _sections(run(*path, "--help").stdout)["Global options"]
        assert {flag for flag in explained if f"{flag} " not in f"{section} ".replace(",", " ")} == set()
        assert section.endswith("`llamacloud-prod --help` explains them.") == bool(path)

    def test_has_an_example_that_names_the_program(self, run: Runner, path: tuple[str, ...]) -> None:
        example = _sections(run(*path, "--help").stdout)["Examples"]
        assert example.startswith("# ")
        assert "llamacloud-prod" in example

    def test_folds_its_examples_as_a_shell_reads_them(
        self, run: Runner, monkeypatch: pytest.MonkeyPatch, path: tuple[str, ...]
    ) -> None:
        def examples(columns: str) -> list[str]:
            monkeypatch.setenv("COLUMNS", columns)
            found = re.search(r"^Examples:\n((?: .*\n)+)", run(*path, "--help").stdout, flags=re.MULTILINE)
            assert found is not None
            lines = found[1].replace("\\\n", " ").split("\n")
            return [" ".join(shlex.split(line)) for line in lines if not line.startswith("  #")]

        assert examples("80") == examples("30")

    def test_fits_into_80_columns(self, run: Runner, path: tuple[str, ...]) -> None:
        assert [line for line in run(*path, "--help").stdout.split("\n") if len(line) > 80] == []

    def test_is_plain_in_a_pipe_whatever_the_environment_of_a_build_says(
        self, run: Runner, path: tuple[str, ...]
    ) -> None:
        build: dict[str, str | None] = {
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "PY_COLORS": "1",
            "TERM": "xterm-256color",
        }
        assert "\x1b" not in run(*path, "--help", env=build).stdout

    def test_says_the_same_with_colours(self, run: Runner, path: tuple[str, ...]) -> None:
        colored = run(*path, "--help", stdout_terminal=True).stdout
        assert "\x1b[1m" in colored
        assert ANSI.sub("", colored) == run(*path, "--help").stdout

    def test_gives_every_option_that_takes_a_value_a_type(self, run: Runner, path: tuple[str, ...]) -> None:
        context = get_command(app).make_context("llamacloud-prod", [], resilient_parsing=True, obj=Context(env={}))
        command: Any = context.command
        for name in path:
            command = command.get_command(context, name)
            context = command.make_context(name, [], parent=context, resilient_parsing=True)
        text = " ".join(run(*path, "--help").stdout.split())
        for param in command.params:
            if param.param_type_name == "option" and not param.is_flag:
                assert f"{param.opts[-1]} {param.metavar}" in text
                assert param.help

    def test_keeps_to_a_narrow_terminal(
        self, run: Runner, monkeypatch: pytest.MonkeyPatch, path: tuple[str, ...]
    ) -> None:
        """What cannot be broken, a word of an example, a long flag or a command, is all that may be wider."""
        monkeypatch.setenv("COLUMNS", "40")
        text, examples, rest = re.split(r"^Examples:\n((?: .*\n)+)", run(*path, "--help").stdout, flags=re.MULTILINE)
        wide = [line for line in (text + rest).split("\n") if len(line) > 40]
        assert [line for line in wide if not re.fullmatch(r" {2}--?\w[^ ]* [^ ]+|Usage: [\w -]+ ", line)] == []
        assert all(" -" not in line.strip() for line in examples.split("\n") if len(line) > 40)


def test_the_first_help_explains_the_global_options(run: Runner) -> None:
    section = _sections(run("--help").stdout)["Global options"]
    assert [option for option in GLOBAL if option not in section] == []
    assert "[env: LLAMA_CLOUD_API_KEY" in section
    assert "default: https://api.cloud.llamaindex.ai]" in section


@pytest.mark.parametrize(
    ("path", "usage"),
    [
        (("batches", "get"), "[OPTIONS] BATCH_ID"),
        (("batches", "wait"), "[OPTIONS] BATCH_ID…"),
        (("batches", "watch"), "[OPTIONS] [BATCH_ID…]"),
        (("batches", "run"), "[OPTIONS] PATH…"),
        (("config", "set"), "[OPTIONS] NAME VALUE"),
        (("batches", "list"), "[OPTIONS]"),
    ],
)
def test_brackets_are_around_the_arguments_that_may_be_left_out(run: Runner, path: tuple[str, ...], usage: str) -> None:
    assert run(*path, "--help").stdout.startswith(f"Usage: llamacloud-prod {' '.join(path)} {usage}\n")


@pytest.mark.parametrize("path", [(), ("batches",)])
def test_a_group_alone_shows_its_help(run: Runner, path: tuple[str, ...]) -> None:
    result = run(*path)
    assert (result.status, result.stderr) == (0, "")
    assert result.stdout == run(*path, "--help").stdout
    assert "Commands:\n" in result.stdout


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("create", ("--config YAML", "--config.job YAML", "--source-directory-id TEXT", "[required]")),
        ("create", ("--webhook-configuration.webhook-events TEXT[]", "[may be repeated]")),
        ("list", ("--page-size INTEGER", "--created-at-on-or-after DATETIME", "[default: -1]")),
        ("list", ("--status PENDING|THROTTLED|RUNNING|COMPLETED|FAILED|CANCELLED",)),
        ("get", ("--batch-id TEXT", "--expand TEXT[]")),
        ("cancel", ("--batch-id TEXT", "--organization-id TEXT")),
    ],
)
def test_options_show_their_types_and_defaults(run: Runner, command: str, options: tuple[str, ...]) -> None:
    section = _sections(run("batches", command, "--help").stdout)["Options"]
    assert [option for option in options if option not in section] == []


@pytest.mark.parametrize(
    ("words", "env", "terminal", "colored"),
    [
        ((), {}, True, True),
        ((), {}, False, False),
        ((), {"NO_COLOR": "1"}, True, False),
        ((), {"NO_COLOR": "", "FORCE_COLOR": ""}, True, True),
        ((), {"TERM": "dumb"}, True, False),
        ((), {"FORCE_COLOR": "1"}, False, True),
        (("--color", "always"), {"NO_COLOR": "1"}, False, True),
        (("--color", "never"), {"FORCE_COLOR": "1"}, True, False),
    ],
)
def test_colours_follow_the_rule_for_output(
    run: Runner, words: tuple[str, ...], env: dict[str, str | None], terminal: bool, colored: bool
) -> None:
    result = run("batches", "get", *words, "--help", env={"TERM": "xterm", **env}, stdout_terminal=terminal)
    assert ("\x1b[" in result.stdout) == colored


def test_help_can_be_written_in_an_encoding_of_few_characters() -> None:
    """A locale without UTF-8 gets `?` for what it has no character for, and no failure."""
    stdout, stderr = (io.TextIOWrapper(io.BytesIO(), encoding="ascii", write_through=True) for _ in range(2))
    assert main(["batches", "wait", "--help"], Context(Streams(None, stdout, stderr), {})) == 0
    assert stdout.buffer.getvalue().startswith(b"Usage: llamacloud-prod batches wait")


class TestHelpAsACommand:
    """As in gh and kubectl."""

    @pytest.mark.parametrize(
        ("argv", "path"),
        [
            (("help",), ()),
            (("help", "batches"), ("batches",)),
            (("help", "batches", "create"), ("batches", "create")),
            (("batches", "help"), ("batches",)),
            (("batches", "help", "create"), ("batches", "create")),
            (("help", "doctor"), ("doctor",)),
            (("help", "batches", "get", "bat-1"), ("batches", "get")),
            (("help", "batches", "--help"), ("batches",)),
        ],
    )
    def test_shows_the_help_of_the_command_that_is_named(
        self, run: Runner, argv: tuple[str, ...], path: tuple[str, ...]
    ) -> None:
        result = run(*argv)
        assert (result.status, result.stderr, result.stdout) == (0, "", run(*path, "--help").stdout)

    def test_of_a_command_that_there_is_not_is_refused_as_that_command_is(self, run: Runner) -> None:
        assert run("help", "batches", "lst") == run("batches", "lst")


def test_no_help_is_needed_to_ask_for_the_version() -> None:
    """The real process, by each name of the flag."""
    for flag in ("--version", "-v"):
        command = [sys.executable, "-m", "llamacloud_cli", flag]
        done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[2], check=True)
        assert re.fullmatch(r"llamacloud-prod \d+\.\d+\.\d+\n", done.stdout)
