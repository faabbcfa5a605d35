"""Any command line, right or wrong, of any command: a documented status, and nothing half said or half done."""

from __future__ import annotations

import os
import subprocess
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.main import get_command

from llamacloud_cli.cli.app import app
from llamacloud_cli.cli.typer_seam import Group
from llamacloud_cli.context import Context
from llamacloud_cli.errors import ExitStatus
from tests.fuzz.budget import STATUSES, Impatient, budget, check_promises
from tests.fuzz.service import Service
from tests.processes import PROGRAM, environment
from tests.servers import ScriptedServer, refusing_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Option(NamedTuple):
    """A flag or an argument of a command.

    Attributes:
        names: its spellings; none for an argument.
        takes_value: whether a value follows.
        choices: words that its help names as values.
    """

    names: tuple[str, ...]
    takes_value: bool
    choices: tuple[str, ...]


class Known(NamedTuple):
    """A command of the tree, and the options that may stand behind it."""

    words: tuple[str, ...]
    options: tuple[Option, ...]


@cache
def tree() -> tuple[Known, ...]:
    """Gives every command and group that there is."""
    return tuple(_below(get_command(app), ("llamacloud-prod",), None))


def _below(command: Any, words: tuple[str, ...], parent: Any) -> Iterator[Known]:
    surroundings = {} if parent else {"obj": Context()}
    context = command.make_context(words[-1], [], parent=parent, resilient_parsing=True, **surroundings)
    yield Known(words[1:], tuple(_option(param) for param in command.get_params(context)))
    if isinstance(command, Group):
        for name in command.list_commands(context):
            yield from _below(command.get_command(context, name), (*words, name), context)


def _option(param: Any) -> Option:
    is_argument = param.param_type_name == "argument"
    takes_value = not is_argument and not getattr(param, "is_flag", False)
    words = tuple(word for word in (param.metavar or "").split("|") if word.islower())
    return Option(() if is_argument else tuple(param.opts), takes_value, words)


# No text holds a slash or two dots in a row: whatever is taken for a path is in the test's own folder, and nothing is
# the URL of another machine.
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0/"), max_size=12) | st.binary(
    max_size=8
).map(lambda data: data.replace(b"\0", b"").replace(b"/", b"").decode("utf-8", "surrogateescape"))
VALUES = st.sampled_from(
    [
        "",
        "-",
        "--",
        "-1",
        "0",
        "1",
        "5",
        "1000",
        "1001",
        "+7",
        "0x10",
        "1_000",
        "9" * 30,
        "-" + "9" * 5000,
        str(2**63),
        "1e3",
        "inf",
        "nan",
        "null",
        "true",
        "false",
        "~",
        ".",
        "*",
        "a,b",
        "a.b.c",
        "in",
        "out",
        "file.txt",
        "missing",
        "schema.json",
        "@schema.json",
        "@missing",
        "@",
        "\\@x",
        "@data:",
        "{}",
        "[]",
        "{",
        "[[",
        "{a: 1}",
        '{"a": 1e999}',
        "{job: {configuration_id: cfg-1, type: parse_v2}}",
        "[a, b]",
        "- a",
        "!!int x",
        "&a [*a]",
        "2026-11-24",
        "2026-02-30",
        "0000-00-00",
        "9999-99-99T99:99:99Z",
        "1ms",
        "10m",
        "1h30m",
        "0s",
        "30d",
        "31d",
        "bat-1",
        "dir-1",
        "cfg-1",
        "n",
        "results",
        "COMPLETED",
        "instant",
        "never",
        "items.#.id",
        "#(a==",
        "@this",
        "!{",
        "id,status",
        ",",
        "\udcff",
        "é\u202e",
        "\x1b[31m",
        "x" * 1000,
        "{" * 3000,
        "*.txt",
        "[z-a]",
    ]
)
INPUT = st.sampled_from(
    [
        b"",
        b"",
        b"",
        b"batch_id: bat-1\n",
        b"{}",
        b"[",
        b"bat-1\nbat-2\n",
        b"\xff\xfe",
        b"in\0file.txt\0",
        b"a: " * 100,
        b"y\n",
        b"n\n",
    ]
)


RIGHT = {
    "batches get": ["bat-1"],
    "batches list": [],
    "batches cancel": ["bat-1"],
    "batches create": [
        "--source-directory-id",
        "dir-1",
        "--config",
        "{job: {configuration_id: cfg-1, type: parse_v2}}",
    ],
    "batches wait": ["bat-1"],
    "batches results": ["bat-1"],
    "batches run": ["in", "--parse"],
}
"""What these commands need to do something."""
PLAUSIBLE = {
    "--transform": ["id", "items.#.id", "results.0", "@this|@pretty", "nothing"],
    "--transform-error": ["error.code", "nothing"],
    "--columns": ["id,status", "config.job.type", "nothing"],
    "--max-retries": ["0", "2"],
    "--http-timeout": ["5", "0.5s"],
    "--timeout": ["1h", "500ms"],
    "--interval": ["1ms", "1s"],
    "--page-size": ["1", "1000"],
    "--max-items": ["-1", "0", "1"],
    "--output": ["out", "in/out"],
    "--include": ["*.txt", "sub/"],
    "--exclude": ["*.pdf", "a*"],
    "--config": ["{job: {configuration_id: cfg-1, type: parse_v2}}"],
    "--configuration": ["n", "cfg-1", "cfg-PARSE_FAST"],
    "--extract": ["schema.json"],
    "--tier": ["fast", "agentic"],
    "--sandbox-data": ["sandbox"],
    "--project-id": ["11111111-2222-3333-4444-555555555555"],
    "--created-at-on-or-after": ["2026-11-24", "2026-11-24T17:00:00Z"],
    "--status": ["RUNNING", "completed"],
    "--expand": ["results"],
    "--concurrency": ["1", "3"],
    "--batch-size": ["1", "1000"],
}


@st.composite
def command_lines(draw: Any, known: Known) -> list[str]:
    """Gives a command line of a command: flags of its own and of any other, in any place, once or more."""
    flags = known.options + (draw(st.sampled_from(tree())).options if draw(st.integers(0, 5)) == 0 else ())
    words = list(known.words)
    is_right = draw(st.integers(0, 3)) > 0
    if is_right:
        words += RIGHT.get(" ".join(known.words), [])
    for _ in range(draw(st.integers(0, 4))):
        place = len(words) if is_right else draw(st.integers(0, len(words)))
        words[place:place] = _words(draw, draw(st.sampled_from(flags)), is_right=is_right)
    if draw(st.integers(0, 7)) == 0:
        extra = draw(
            st.sampled_from(["--nope", "--", "-", "-Z", "-rq", "--format", "--=x", "---", "-o", "--help"]) | TEXT
        )
        words.insert(draw(st.integers(0, len(words))), extra)
    return [*words, *_harmless(known.words)]


def _words(draw: Any, option: Option, *, is_right: bool) -> list[str]:
    plausible = [*option.choices, *(PLAUSIBLE.get(option.names[-1], []) if option.names else [])]
    if is_right and not plausible and (option.takes_value or not option.names):
        return []
    values = st.sampled_from(plausible) if plausible and is_right else VALUES | TEXT
    value = draw(values).replace("..", ".")
    if not option.names:
        return [value]
    name = draw(st.sampled_from(option.names))
    if not option.takes_value:
        return [name]
    ways = [[name, value], [f"{name}={value}"]]
    return draw(st.sampled_from(ways if is_right else [*ways, [name]]))


TELL_ALSO_OF_FAILURE = {("auth", "status"), ("doctor",)}
"""Commands whose answer is what does not work."""


def _harmless(words: tuple[str, ...]) -> list[str]:
    """Gives what keeps a command from serving for ever, being last."""
    return ["--speed", "never"] if words == ("sandbox", "serve") else []


class Folder(NamedTuple):
    """Where command lines run, and what they talk to."""

    server: ScriptedServer
    closed_port: int
    path: Path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Folder]:
    place = tmp_path / "cwd"
    (place / "in").mkdir(parents=True)
    (place / "in" / "a.txt").write_text("text", encoding="utf-8")
    (place / "file.txt").write_text("text", encoding="utf-8")
    (place / "schema.json").write_text('{"type": "object", "properties": {}}', encoding="utf-8")
    monkeypatch.chdir(place)
    # Nothing of the system's: no keyring, editor, pager or browser.
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    for name in ("EDITOR", "VISUAL", "PAGER", "BROWSER"):
        monkeypatch.setenv(name, "true")
    server = ScriptedServer(Service())
    with refusing_port() as port:
        yield Folder(server, port, place)
    server.close()


def run_anything(folder: Folder, words: tuple[str, ...], argv: list[str], stdin: bytes, *, answered: bool) -> None:
    """Runs a command line and checks what holds for all of them."""
    del folder.server.seen[:]
    run = Impatient()
    run.base_url = folder.server.url if answered else f"http://127.0.0.1:{folder.closed_port}"
    try:
        result = run(*argv, stdin=stdin)
    except UnicodeDecodeError:
        assert words == ("sandbox", "path")  # it prints the name of a folder, which need not be text
        return
    check_promises(result, argv, key_may_show=words == ("auth", "token"))
    if words in TELL_ALSO_OF_FAILURE:
        return
    if result.status == ExitStatus.USAGE:
        assert result.stdout == "", (argv, result)
        assert {seen.method for seen in folder.server.seen} <= {"GET"}, (argv, result)
    if not answered and result.status != ExitStatus.OK:
        assert result.stdout == "", (argv, result)


def _case(known: Known) -> Any:
    marks = [pytest.mark.shows_key("`auth token` prints the key")] if known.words == ("auth", "token") else []
    return pytest.param(known, id=" ".join(known.words) or "(root)", marks=marks)


of_every_command = pytest.mark.parametrize("known", [_case(known) for known in tree()])


@of_every_command
def test_any_command_line_ends_with_a_documented_status(known: Known, folder: Folder) -> None:
    @budget(20)
    @given(command_lines(known), INPUT, st.booleans())
    def run_it(argv: list[str], stdin: bytes, answered: bool) -> None:
        run_anything(folder, known.words, argv, stdin, answered=answered)

    run_it()


@budget(60)
@given(words=st.lists(VALUES.map(lambda value: value.replace("..", ".")) | TEXT, max_size=6))
def test_words_that_are_no_command_line_at_all(words: list[str]) -> None:
    result = Impatient()(*words, env={"LLAMA_CLOUD_BASE_URL": "http://127.0.0.1:1"})
    check_promises(result, words)
    assert result.status == ExitStatus.USAGE or (result.status == ExitStatus.OK and not words)


@of_every_command
def test_a_value_of_a_megabyte_is_taken_or_refused_by_every_flag(known: Known, folder: Folder) -> None:
    for option in known.options:
        if option.names and option.takes_value:
            argv = [*known.words, f"{option.names[-1]}={'x' * 1_000_000}", *_harmless(known.words)]
            run_anything(folder, known.words, argv, b"", answered=False)


@pytest.mark.parametrize(
    "words",
    [
        [b"batches", b"get", b"\xff\xfe"],
        [b"batches", b"get", b"bat-1", b"--transform", b"\xff"],
        [b"batches", b"list", b"--status", b"\xe9"],
        [b"batches", b"create", b"--config", b"{\xff: 1}", b"--source-directory-id", b"\x80"],
        [b"batches", b"run", b"\xff.txt", b"--parse", b"-o", b"\xfe"],
        [b"batches", b"wait", b"\xed\xa0\x80"],
        [b"--\xff"],
        [b"\xff", b"--help"],
        [b"batches", b"results", b"bat-1", b"-o", b"\xff" * 300],
        [b"batches", b"get", b"bat-1", b"--api-key", b"\xff"],
        [b"batches", b"get", b"x" * 100_000],
    ],
    ids=repr,
)
def test_bytes_that_are_no_text_are_refused_by_the_process_in_one_line(words: list[bytes], tmp_path: Path) -> None:
    with refusing_port() as port:
        env = environment(f"http://127.0.0.1:{port}", HOME=str(tmp_path))
        command = [*map(os.fsencode, PROGRAM), *words, b"--max-retries=0"]
        done = subprocess.run(
            command, env=env, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, cwd=tmp_path, check=False
        )
    assert done.returncode in STATUSES - {0, 1}, done
    assert done.stdout == b""
    assert b"Traceback" not in done.stderr
    assert b"internal error" not in done.stderr
    assert done.stderr.decode().startswith("error: ")
