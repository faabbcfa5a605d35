"""Row 10: no home or a locked one, any umask, links and foreign files in the way, any locale, any clock."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.commands import GET, LIST
from tests.conftest import KEY
from tests.processes import PROGRAM, ROOT, environment
from tests.servers import Reply, ScriptedServer, batch, page
from tests.workflows.conftest import Tool, manifest, written

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Runner

pytestmark = pytest.mark.skipif(os.name != "posix", reason="users, modes and links are those of POSIX")

NOBODY = ("unshare", "--user", "--map-user=54321", "--map-group=54321")
"""Runs a command as a user without an entry in the list of users, and without the powers of root."""
as_nobody = pytest.mark.skipif(
    shutil.which("unshare") is None
    or subprocess.run([*NOBODY, "true"], capture_output=True, check=False).returncode != 0,
    reason="this system lets no user be another one in a namespace",
)
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another user")
COMMANDS = ((), ("-o", "out"))


def process(
    tool: Tool,
    *argv: str,
    cwd: Path,
    umask: int = 0o022,
    user: tuple[str, ...] = (),
    **changes: str | None,
) -> subprocess.CompletedProcess[str]:
    """Runs a command line as a process of its own; None takes a variable out of its environment."""
    env = {**environment(tool.env["LLAMA_CLOUD_BASE_URL"]), "XDG_STATE_HOME": "", "PYTHONDONTWRITEBYTECODE": "1"}
    env = {name: value for name, value in {**env, **changes}.items() if value is not None}
    return subprocess.run(
        [*user, *PROGRAM, *argv], env=env, cwd=cwd, umask=umask,
        stdin=subprocess.DEVNULL, capture_output=True, check=False, text=True, encoding="utf-8", timeout=60,
    )  # fmt: skip


def clear(done: subprocess.CompletedProcess[str]) -> None:
    assert not any(word in done.stderr for word in ("Traceback", "internal error", "Exception", KEY)), done.stderr


@pytest.fixture
def folder(source: Callable[..., Path], tmp_path: Path) -> Path:
    """A folder of two files, and an empty current folder."""
    (tmp_path / "here").mkdir()
    return source(count=2)


@as_nobody
class TestNoHome:
    """Neither HOME nor an entry in the list of users: some containers are like that."""

    @pytest.mark.parametrize("argv", [GET, LIST, (*LIST, "--local-names", "-q")])
    def test_is_no_matter_to_a_command_of_the_api(
        self,
        server: ScriptedServer,
        folder: Path,
        tool: Tool,
        tmp_path: Path,
        argv: tuple[str, ...],
    ) -> None:
        server.script = [Reply(body=page(batch()) if argv != GET else batch())]
        tool.env["LLAMA_CLOUD_BASE_URL"] = server.url
        done = process(tool, *argv, cwd=tmp_path / "here", user=NOBODY, HOME=None)
        assert (done.returncode, done.stderr) == (0, "")
        assert list((tmp_path / "here").iterdir()) == [], "a folder named ~, for example"

    def test_of_a_run_is_told_where_nothing_says_a_place(self, folder: Path, tool: Tool, tmp_path: Path) -> None:
        done = process(tool, "batches", "run", str(folder), "--parse", cwd=tmp_path / "here", user=NOBODY, HOME=None)
        assert done.returncode == 2
        assert "this user has no home — name an output folder with -o" in done.stderr
        assert list((tmp_path / "here").iterdir()) == []

    def test_is_no_matter_to_a_run_that_has_a_folder(self, folder: Path, tool: Tool, tmp_path: Path) -> None:
        argv = ("batches", "run", str(folder), "--parse", "-o", "out", "--interval", "100ms")
        done = process(tool, *argv, cwd=tmp_path / "here", user=NOBODY, HOME=None)
        assert done.returncode == 0, done.stderr
        assert [path.name for path in (tmp_path / "here").iterdir()] == ["out"]

    def test_of_the_sandbox_is_told(self, folder: Path, tool: Tool, tmp_path: Path) -> None:
        changes = {"HOME": None, "LLAMA_CLOUD_BASE_URL": None}
        done = process(tool, "batches", "list", "--sandbox", cwd=tmp_path / "here", user=NOBODY, **changes)
        assert done.returncode == 2
        assert "no home — set HOME or --sandbox-data" in done.stderr


@as_nobody
class TestAHomeThatCannotBeWrittenTo:
    @pytest.fixture(params=["a file", "another user's", "read-only"])
    def home(self, request: pytest.FixtureRequest, tmp_path: Path) -> Path:
        home = tmp_path / "locked"
        if request.param == "a file":
            home.write_text("no folder")
            return home
        home.mkdir(mode=0o500 if request.param == "read-only" else 0o755)
        if request.param == "another user's":
            if os.geteuid() != 0:
                pytest.skip("only root can give a folder to another user")
            os.chown(home, 1, 1)
        return home

    @pytest.mark.parametrize("where", COMMANDS, ids=["without -o", "with -o"])
    def test_is_no_matter_to_a_run_with_a_folder_and_told_otherwise(
        self,
        home: Path,
        where: tuple[str, ...],
        folder: Path,
        tool: Tool,
        tmp_path: Path,
    ) -> None:
        argv = ("batches", "run", str(folder), "--parse", "--interval", "100ms", *where)
        done = process(tool, *argv, cwd=tmp_path / "here", user=NOBODY, HOME=str(home), XDG_STATE_HOME=None)
        clear(done)
        if where:
            assert done.returncode == 0, done.stderr
            return
        assert done.returncode == 2
        assert done.stderr.startswith("error: cannot use the folder")
        assert done.stderr.count("\n") == 1

    def test_is_no_matter_to_get(self, home: Path, folder: Path, tool: Tool, tmp_path: Path) -> None:
        argv = ("batches", "list", "--local-names", "-q")
        done = process(tool, *argv, cwd=tmp_path / "here", user=NOBODY, HOME=str(home))
        assert (done.returncode, done.stderr) == (0, "")


class TestAnyUmask:
    @pytest.mark.parametrize("umask", [0, 0o022, 0o077])
    def test_what_is_private_is_for_the_user_alone_and_results_are_as_the_umask_says(
        self,
        umask: int,
        folder: Path,
        tool: Tool,
        tmp_path: Path,
    ) -> None:
        home, here = tmp_path / "fresh", tmp_path / "here"
        for where in COMMANDS:
            argv = ("batches", "run", str(folder), "--parse", "--interval", "100ms", *where)
            done = process(tool, *argv, cwd=here, umask=umask, HOME=str(home), XDG_STATE_HOME=None)
            assert done.returncode == 0, done.stderr
        private = [*home.rglob("llamacloud-prod"), here / "out" / ".llamacloud"]
        assert len(private) >= 2
        for top in private:
            for path in (top, *top.rglob("*")):
                mode = stat.S_IMODE(path.stat().st_mode)
                if ".cache" not in path.parts:
                    assert mode == (0o700 if path.is_dir() else 0o600), path
        results = [here / "out" / "manifest.jsonl", *(here / "out").rglob("*.md")]
        assert len(results) == 3
        assert {stat.S_IMODE(path.stat().st_mode) for path in results} == {0o666 & ~umask}


class TestThingsInTheWay:
    @pytest.mark.parametrize("name", ["ledger.sqlite3", "lock", "tmp"])
    @pytest.mark.parametrize("what", ["a link", "a link to nothing", "a pipe", "a folder"])
    def test_of_a_file_of_the_tool_are_refused(
        self,
        name: str,
        what: str,
        tool: Tool,
        source: Callable[..., Path],
        tmp_path: Path,
    ) -> None:
        out, outside = tmp_path / "out", tmp_path / "outside"
        (out / ".llamacloud").mkdir(parents=True, mode=0o700)
        place = out / ".llamacloud" / name
        if what == "a link":
            outside.write_text("do not touch")
            place.symlink_to(outside)
        elif what == "a link to nothing":
            place.symlink_to(outside)
        elif what == "a pipe":
            os.mkfifo(place)
        else:
            place.mkdir()
        result = tool("batches", "run", str(source(count=1)), "--parse", "-o", str(out))
        if (name, what) == ("tmp", "a folder"):
            assert result.status == 0
            return
        assert result.status == 2
        assert result.stderr.startswith("error: ")
        assert result.stderr.count("\n") == 1
        assert "internal error" not in result.stderr
        assert (outside.read_text() if what == "a link" else outside.exists()) in ("do not touch", False)

    def test_of_a_manifest_a_link_is_replaced_and_not_followed(
        self,
        tool: Tool,
        source: Callable[..., Path],
        tmp_path: Path,
    ) -> None:
        out, outside = tmp_path / "out", tmp_path / "outside"
        out.mkdir()
        outside.write_text("do not touch")
        (out / "manifest.jsonl").symlink_to(outside)
        assert tool("batches", "run", str(source(count=1)), "--parse", "-o", str(out)).status == 0
        assert outside.read_text() == "do not touch"
        assert len(manifest(out)) == 1
        assert not (out / "manifest.jsonl").is_symlink()

    @pytest.mark.parametrize("what", ["a link", "a pipe", "a folder", "nonsense"])
    def test_of_the_notes_on_ledgers_are_passed_over(
        self,
        what: str,
        tool: Tool,
        source: Callable[..., Path],
        tmp_path: Path,
    ) -> None:
        argv = ("batches", "run", str(source(count=1)), "--parse", "-o", str(tmp_path / "out"))
        assert tool(*argv).status == 0
        (note,) = (Path(os.environ["HOME"]) / ".local" / "state" / "llamacloud-prod" / "ledgers").iterdir()
        outside = tmp_path / "outside"
        outside.write_text("do not touch")
        note.unlink()
        if what == "a link":
            note.symlink_to(outside)
        elif what == "a pipe":
            os.mkfifo(note)
        elif what == "a folder":
            note.mkdir()
        else:
            note.write_bytes(b"\xff/no/such\nplace" * 9999)
        assert tool(*argv).status == 0
        assert tool("batches", "list", "--local-names", "-q").status == 0
        assert outside.read_text() == "do not touch"

    @as_root
    @as_nobody
    def test_a_ledger_of_another_user_is_left_alone(
        self,
        tool: Tool,
        folder: Path,
        tmp_path: Path,
    ) -> None:
        argv = ("batches", "run", str(folder), "--parse", "-o", "out", "--interval", "100ms")
        assert process(tool, *argv, cwd=tmp_path / "here", umask=0, HOME=str(tmp_path / "a")).returncode == 0
        for path in (tmp_path / "here" / "out" / ".llamacloud").iterdir():
            os.chown(path, 1, 1)
        done = process(tool, *argv, cwd=tmp_path / "here", user=NOBODY, HOME=str(tmp_path / "b"))
        assert done.returncode == 2
        assert "Permission denied" in done.stderr
        clear(done)


LOCALES: dict[str, dict[str, str | None]] = {
    "C": {"LC_ALL": "C"},
    "POSIX, held to ASCII": {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "streams in ASCII": {"PYTHONIOENCODING": "ascii"},
    "streams in Latin-1": {"PYTHONIOENCODING": "latin-1:strict"},
    "one that is not there": {"LC_ALL": "xx_XX.KOI8-R"},
}


@pytest.mark.parametrize("variables", LOCALES.values(), ids=LOCALES)
def test_names_and_results_are_the_same_in_any_locale(
    variables: dict[str, str | None],
    tool: Tool,
    source: Callable[..., Path],
    tmp_path: Path,
) -> None:
    folder, out = source("Grüße 🦙.txt", "ü/ä.txt"), tmp_path / "aus gäbe"
    argv = ("batches", "run", str(folder), "--parse", "-o", str(out), "--interval", "100ms")
    done = process(tool, *argv, cwd=tmp_path, **variables)
    assert done.returncode == 0, done.stderr
    clear(done)
    sources = {json.loads(line)["source"] for line in done.stdout.splitlines()}
    assert sources == {"Grüße 🦙.txt", "ü/ä.txt"}
    assert set(written(out)) == {"Grüße 🦙.txt.md", "ü/ä.txt.md"}
    assert set(written(out).values()) == {"text of Grüße 🦙.txt\n", "text of ü/ä.txt\n"}
    again = process(tool, *argv, cwd=tmp_path)
    assert "2 files ok (2 done before)" in again.stderr, "the ledger knows the names from another locale"


class TestAClockThatJumps:
    @pytest.mark.parametrize("step", [-86_400.0, 86_400.0, -1.78e9, 1e10])
    def test_changes_no_deadline_and_no_pause(self, run: Runner, server: ScriptedServer, step: float) -> None:
        def jump(_: object) -> None:
            run.now += step

        failing = Reply(503, {"detail": "no"}, {"retry-after": "2"}, effect=jump)
        server.script = [failing, failing, Reply(body=batch(), effect=jump)]
        assert run(*GET).status == 0
        assert all(2 <= pause <= 4 for pause in run.sleeps), run.sleeps
        assert len(run.sleeps) == 2

    @pytest.mark.parametrize("step", [-86_400.0, 86_400.0])
    def test_changes_nothing_for_a_wait(self, run: Runner, server: ScriptedServer, step: float) -> None:
        def jump(_: object) -> None:
            run.now += step

        going = Reply(body=batch(status="RUNNING"), effect=jump)
        server.script = [going, going, Reply(body=batch(status="CANCELLED"), effect=jump)]
        assert run("batches", "wait", "bat-1", "--timeout", "5m").status == 5
        assert all(0 < pause < 10 for pause in run.sleeps)

    def test_a_date_to_come_back_at_is_taken_by_the_clock_of_the_server(
        self, run: Runner, server: ScriptedServer
    ) -> None:
        """This machine's clock is a year behind."""
        run.now = 1_700_000_000.0
        headers = {"date": "Wed, 25 Nov 2026 10:00:00 GMT", "retry-after": "Wed, 25 Nov 2026 10:00:03 GMT"}
        server.script = [Reply(503, {"detail": "no"}, headers), Reply(body=batch())]
        assert run(*GET).status == 0
        assert 3 <= run.sleeps[0] <= 5


def test_python_may_be_told_to_write_nothing(tmp_path: Path) -> None:
    """A package folder that is read-only, and bytecode that goes nowhere, are no obstacle."""
    done = subprocess.run(
        [sys.executable, "-B", "-m", "llamacloud_cli", "batches", "get", "--help"],
        env={"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]}, cwd=tmp_path, capture_output=True, text=True,
        check=False, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert list(tmp_path.iterdir()) == []
