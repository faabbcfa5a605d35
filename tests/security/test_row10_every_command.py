"""Row 10: every command there is, with streams that cannot be used and in surroundings that say nothing sensible."""

from __future__ import annotations

import os
import shlex
import subprocess
from typing import TYPE_CHECKING

import pytest

from llamacloud_cli.cli.completion.tree import tree
from tests.commands import CANCEL, CREATE, GET, LIST
from tests.conftest import KEY
from tests.fuzz.service import Service
from tests.processes import PROGRAM, environment
from tests.servers import ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from llamacloud_cli.cli.completion.tree import Node
    from tests.servers import Reply, Seen

pytestmark = pytest.mark.skipif(os.name != "posix", reason="closed streams and /dev/full are those of POSIX")

LIST_AS_TABLE = (*LIST, "--format", "table")
PRINTING: list[tuple[str, ...]] = [
    ("--version",),
    ("-v", "--debug"),
    ("--help",),
    ("auth", "status"),
    ("auth", "token"),
    ("batches", "--help"),
    CREATE,
    (*CREATE, "--dry-run"),
    LIST,
    LIST_AS_TABLE,
    (*GET, "--print-curl"),
    (*GET, "--format", "yaml"),
    CANCEL,
    ("batches", "wait", "bat-1"),
    ("batches", "watch", "--interval", "1s"),
    ("batches", "results", "bat-1"),
    ("batches", "run", "in", "--parse", "--interval", "1s"),
    ("completion", "bash"),
    ("completion", "zsh"),
    ("completion", "fish"),
    ("completion", "powershell"),
    ("config", "list"),
    ("config", "get", "base_url"),
    ("config", "path"),
    ("doctor",),
    ("sandbox", "path"),
    ("sandbox", "serve"),
]
"""Command lines that print something to standard output."""
SAYING_NOTHING: list[tuple[str, ...]] = [
    ("auth", "login", "--with-token", "--insecure-storage"),
    ("auth", "logout"),
    ("config", "set", "project_id", "p"),
    ("config", "unset", "columns"),
    ("config", "trust"),
    ("sandbox", "reset", "--yes"),
]
"""Command lines that tell all they have to say on standard error."""
READING: list[tuple[str, ...]] = [
    ("--version",),
    ("config", "list"),
    ("config", "set", "project_id", "p"),
    ("auth", "status"),
    ("doctor",),
    (*GET, "--print-curl"),
    (*CREATE, "--dry-run"),
    ("batches", "wait", "bat-1"),
    ("batches", "results", "bat-1"),
    ("batches", "run", "in", "--parse", "--interval", "1s"),
    ("sandbox", "path"),
]
"""Command lines that between them read every variable and print every kind of text."""
WITHOUT_END = {("sandbox", "serve"), ("batches", "watch", "--interval", "1s")}
OUTCOME: dict[tuple[str, ...], int] = {("batches", "wait"): 3, ("batches", "results"): 3}
"""What becomes of these, since the service has a file that failed."""
FAULTS = ("Traceback", "internal error", "Exception", "Error:")

of_every_printing_command = pytest.mark.parametrize("argv", PRINTING, ids=" ".join)
of_every_command_that_ends = pytest.mark.parametrize(
    "argv", [one for one in (*PRINTING, *SAYING_NOTHING) if one not in WITHOUT_END], ids=" ".join
)
prints_keys = pytest.mark.shows_key("`auth token` prints the key")


def _not_ascii(seen: Seen) -> Reply:
    reply = Service()(seen)
    return reply._replace(body=reply.body.replace(b"a.pdf", "ä 🦙.pdf".encode()))


@pytest.fixture
def service() -> Iterator[ScriptedServer]:
    served = ScriptedServer(_not_ascii)
    yield served
    served.close()


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A folder with something to send in it."""
    (tmp_path / "here" / "in").mkdir(parents=True)
    (tmp_path / "here" / "in" / "ö 🦙.txt").write_text("text")
    return tmp_path / "here"


def shell(
    service: ScriptedServer, here: Path, argv: tuple[str, ...], rest: str = "", **changes: str | None
) -> subprocess.CompletedProcess[bytes]:
    """Runs a command line in bash, with something behind it, such as a pipe."""
    env = environment(service.url, **changes)
    if argv[0] == "sandbox":
        del env["LLAMA_CLOUD_BASE_URL"]
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", f"{shlex.join((*PROGRAM, *argv))} {rest}"], env=env, cwd=here,
        stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=60,
    )  # fmt: skip


def clear(done: subprocess.CompletedProcess[bytes]) -> str:
    stderr = done.stderr.decode("utf-8", "backslashreplace")
    assert not [word for word in (*FAULTS, KEY) if word in stderr], stderr
    return stderr


def leaves(node: Node) -> set[str]:
    """Gives the commands below a group, or the command itself."""
    return set().union(*map(leaves, node.children)) if node.children else {node.path}


def test_no_command_is_forgotten() -> None:
    named = {" ".join(argv[:length]) for argv in (*PRINTING, *SAYING_NOTHING) for length in (1, 2)}
    assert leaves(tree()) <= named


@prints_keys
@of_every_printing_command
@pytest.mark.parametrize(
    ("rest", "words"), [("> /dev/full", "No space left on device"), (">&-", "standard output is closed")]
)
def test_row10_standard_output_that_cannot_be_written_gives_1_and_a_clear_line(
    service: ScriptedServer, here: Path, argv: tuple[str, ...], rest: str, words: str
) -> None:
    done = shell(service, here, argv, rest)
    assert done.returncode == 1
    lines = [line for line in clear(done).splitlines() if line.startswith("error: ")]
    assert len(lines) == 1
    assert lines[0].startswith("error: standard output")
    assert words in lines[0]


@pytest.mark.parametrize("argv", SAYING_NOTHING, ids=" ".join)
@pytest.mark.parametrize("rest", ["> /dev/full", ">&-"])
def test_row10_and_is_no_matter_to_a_command_that_has_nothing_to_print(
    service: ScriptedServer, here: Path, argv: tuple[str, ...], rest: str
) -> None:
    done, usual = shell(service, here, argv, rest), shell(service, here, argv)
    assert done.returncode == usual.returncode
    assert "standard output" not in clear(done)
    assert usual.stdout == b""


@prints_keys
@of_every_printing_command
def test_row10_a_reader_that_has_seen_enough_hides_no_failure(
    service: ScriptedServer, here: Path, argv: tuple[str, ...]
) -> None:
    """What the status speaks of is the batch, where the command is about its end; else it is 0."""
    done = shell(service, here, argv, "| true")
    assert done.returncode == OUTCOME.get(argv[:2], 0), done.stderr
    clear(done)


@prints_keys
@of_every_command_that_ends
def test_row10_standard_error_that_cannot_be_written_changes_nothing_else(
    service: ScriptedServer, here: Path, argv: tuple[str, ...]
) -> None:
    usual = shell(service, here, argv)
    for rest in ("2> /dev/full", "<&- 2>&-"):
        done = shell(service, here, argv, rest)
        assert done.stderr == b""
        is_missed = "--with-token" in argv and "<&-" in rest  # what it was to read
        assert (done.returncode, is_same(argv, done, usual)) == (2 if is_missed else usual.returncode, True)


def is_same(
    argv: tuple[str, ...], done: subprocess.CompletedProcess[bytes], usual: subprocess.CompletedProcess[bytes]
) -> bool:
    """Tells whether the same was printed; of what tells of times, whether anything was."""
    if argv[0] == "doctor" or "run" in argv:
        return bool(done.stdout) == bool(usual.stdout)
    return done.stdout == usual.stdout


NO_TEXT = os.fsdecode(b"\xff\xfe")
SURROUNDINGS: dict[str, dict[str, str | None]] = {
    "ASCII": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"},
    "a narrow dumb terminal": {"TERM": "dumb", "COLUMNS": "1", "LINES": "-1", "FORCE_COLOR": "1"},
    "variables that are no text": dict.fromkeys(
        ("TZ", "LANG", "TERM", "SHELL", "PAGER", "EDITOR", "COLUMNS", "NO_COLOR", "NO_PROXY", "HTTPS_PROXY"), NO_TEXT
    ),
}


@prints_keys
@pytest.mark.parametrize("argv", [*READING, ("batches", "--help"), LIST_AS_TABLE], ids=" ".join)
def test_row10_surroundings_change_neither_what_is_printed_nor_how_it_ends(
    service: ScriptedServer, here: Path, argv: tuple[str, ...]
) -> None:
    usual = shell(service, here, argv)
    for changes in SURROUNDINGS.values():
        done = shell(service, here, argv, "", **changes)
        clear(done)
        assert done.returncode == usual.returncode
        assert is_same(argv, done, usual) or "COLUMNS" in changes, "help is as wide as the terminal"


XDG = ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME")
VARIABLES: dict[str, dict[str, str | None]] = {
    "folders": dict.fromkeys(XDG, f"BASE{NO_TEXT}"),
    "relative folders": dict.fromkeys(XDG, "relative"),
    "home": {"HOME": f"BASE{NO_TEXT}"},
    "base URL": {"LLAMA_CLOUD_BASE_URL": f"http://127.0.0.1:1/{NO_TEXT}"},
    "key": {"LLAMA_CLOUD_API_KEY": f"llx-{NO_TEXT}-12345678"},
    "project": {"LLAMA_CLOUD_PROJECT_ID": NO_TEXT, "LLAMA_CLOUD_ORGANIZATION_ID": NO_TEXT},
    "profile": {"LLAMA_CLOUD_PROFILE": NO_TEXT},
    "sandbox": {"LLAMA_CLOUD_SANDBOX": NO_TEXT},
    "certificates": {"SSL_CERT_FILE": f"/{NO_TEXT}", "LLAMA_CLOUD_BASE_URL": "https://127.0.0.1:1"},
    "proxy": {"HTTPS_PROXY": f"http://u:p@{NO_TEXT}:1", "LLAMA_CLOUD_BASE_URL": "https://127.0.0.1:1"},
}


@prints_keys
@pytest.mark.parametrize("name", VARIABLES)
def test_row10_a_variable_that_is_no_text_is_refused_by_name_or_no_matter(
    service: ScriptedServer, here: Path, tmp_path: Path, name: str
) -> None:
    changes = {key: value and value.replace("BASE", f"{tmp_path}/") for key, value in VARIABLES[name].items()}
    for argv in READING:
        done = shell(service, here, argv, "" if argv == ("--version",) else "--max-retries 0", **changes)
        assert done.returncode in (0, 2, 3, 4, 7), (argv, clear(done))
        if done.returncode == 2:
            told = clear(done) + done.stdout.decode("utf-8", "backslashreplace")
            assert any(variable in told for variable in changes), (argv, told)
    assert [path.name for path in here.iterdir()] == ["in"], "a relative folder of the user's is none (XDG)"
