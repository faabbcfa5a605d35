"""Row 10: streams that are closed, full or read no further, for the commands that do much before they print."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from tests.processes import PROGRAM, ROOT, environment
from tests.servers import Reply, ScriptedServer, batch
from tests.workflows.conftest import Service, Tool, manifest, written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.servers import Seen

pytestmark = pytest.mark.skipif(os.name != "posix", reason="closed streams and /dev/full are those of POSIX")

BROKEN = {
    "a full disk": ("> /dev/full", "error: standard output: No space left on device"),
    "closed": (">&-", "error: standard output is closed"),
}


def shell(tool: Tool, argv: tuple[str, ...], rest: str) -> subprocess.CompletedProcess[str]:
    """Runs a command line in bash, with something behind it, such as a pipe."""
    line = f"{shlex.join((*PROGRAM, *argv))} {rest}"
    env = {**tool.env, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", line], env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        check=False, timeout=60,
    )  # fmt: skip


def clear(done: subprocess.CompletedProcess[str]) -> None:
    assert not any(word in done.stderr for word in ("Traceback", "internal error", "Exception")), done.stderr


@pytest.fixture
def commands(
    service: Service, source: Callable[..., Path], tmp_path: Path
) -> dict[str, tuple[tuple[str, ...], Path | None]]:
    """Command lines, with the folder that each writes to."""
    batch = service.batch(["a.txt", "b.txt"])
    run = ("batches", "run", str(source("a.txt", "b.txt")), "--parse", "--interval", "100ms")
    return {
        "run": ((*run, "-o", str(tmp_path / "run")), tmp_path / "run"),
        "results": (("batches", "results", batch, "-o", str(tmp_path / "results")), tmp_path / "results"),
        "wait": (("batches", "wait", batch), None),
    }


@pytest.mark.parametrize("name", ["run", "results", "wait"])
class TestStandardOutput:
    @pytest.mark.parametrize("how", BROKEN)
    def test_that_cannot_be_written_gives_1_and_one_line_and_the_results_are_there(
        self, commands: dict[str, tuple[tuple[str, ...], Path | None]], tool: Tool, name: str, how: str
    ) -> None:
        argv, folder = commands[name]
        rest, words = BROKEN[how]
        done = shell(tool, argv, rest)
        assert done.returncode == 1
        assert any(line.startswith(words) for line in done.stderr.splitlines())
        clear(done)
        if folder is not None:
            assert len(written(folder)) == 2
            assert [line["status"] for line in manifest(folder)] == ["COMPLETED"] * 2

    @pytest.mark.parametrize("rest", ["| head -1", "| true"])
    def test_whose_reader_has_seen_enough_is_no_error(
        self, commands: dict[str, tuple[tuple[str, ...], Path | None]], tool: Tool, name: str, rest: str
    ) -> None:
        argv, folder = commands[name]
        done = shell(tool, argv, rest)
        assert done.returncode == 0, done.stderr
        assert "error" not in done.stderr
        clear(done)
        if folder is not None:
            assert len(written(folder)) == 2

    @pytest.mark.parametrize("rest", ["2>&-", "2> /dev/full", "<&-", "<&- 2>&-"])
    def test_is_whole_where_the_other_streams_are_no_use(
        self, commands: dict[str, tuple[tuple[str, ...], Path | None]], tool: Tool, name: str, rest: str
    ) -> None:
        argv, folder = commands[name]
        done = shell(tool, argv, rest)
        assert done.returncode == 0, done.stderr
        assert '"COMPLETED"' in done.stdout
        clear(done)
        if folder is not None:
            assert len(written(folder)) == 2


@pytest.mark.parametrize("argv", [("batches", "wait", "-"), ("batches", "run", "-", "--parse")], ids=["wait", "run"])
def test_a_list_that_is_to_come_from_a_closed_stream_is_told(tool: Tool, argv: tuple[str, ...]) -> None:
    done = shell(tool, argv, "<&-")
    assert done.returncode == 2
    assert "standard input is closed" in done.stderr
    assert done.stderr.count("\n") == 1


def test_all_streams_closed_is_still_a_run(
    commands: dict[str, tuple[tuple[str, ...], Path | None]], tool: Tool, service: Service
) -> None:
    argv, folder = commands["run"]
    done = shell(tool, argv, "<&- >&- 2>&-")
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")
    assert folder is not None
    assert len(written(folder)) == 2
    assert len(service.batches()) == 2


@pytest.mark.parametrize("name", ["run", "results", "wait"])
@pytest.mark.parametrize("rest", ["| head -1", "| true"])
def test_row10_a_reader_that_has_seen_enough_hides_no_failed_file(
    service: Service, tool: Tool, source: Callable[..., Path], tmp_path: Path, name: str, rest: str
) -> None:
    """The status of a pipe under `pipefail` is what a nightly job looks at."""
    folder = source("a.txt")
    (folder / "bad.pdf").write_text("no PDF")
    run = ("batches", "run", str(folder), "--parse", "-o", str(tmp_path / "out"), "--interval", "100ms")
    done = shell(tool, run, rest if name == "run" else "")
    if name != "run":
        (batch,) = service.batches()
        done = shell(tool, ("batches", name, batch["id"]), rest)
    assert done.returncode == 3, done.stderr
    assert "1 of 2 files failed" in done.stderr
    clear(done)


class TestWaitForSeveral:
    """One batch is done at once, the other one fails later."""

    ARGV = ("batches", "wait", "bat-1", "bat-2", "--interval", "200ms", "--format", "jsonl")

    @pytest.fixture
    def served(self) -> Iterator[ScriptedServer]:
        def script(seen: Seen) -> Reply:
            if seen.path == "/api/v2/batches/bat-1":
                return Reply(body=batch("bat-1", status="CANCELLED"))
            return Reply(body=batch("bat-2", status="FAILED" if self.is_over else "RUNNING"))

        self.is_over = False
        found = ScriptedServer(script)
        yield found
        found.close()

    @pytest.fixture
    def waiting(self, served: ScriptedServer) -> Iterator[subprocess.Popen[str]]:
        with subprocess.Popen(
            [*PROGRAM, *self.ARGV], env=environment(served.url), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True,
        ) as process:  # fmt: skip
            yield process
            process.kill()

    def test_row10_each_is_printed_when_it_is_done(self, waiting: subprocess.Popen[str]) -> None:
        assert waiting.stdout is not None
        assert json.loads(waiting.stdout.readline())["id"] == "bat-1"
        self.is_over = True
        stdout, _ = waiting.communicate(timeout=60)
        assert json.loads(stdout)["id"] == "bat-2"

    def test_row10_all_are_waited_for_although_nobody_reads_on(self, waiting: subprocess.Popen[str]) -> None:
        assert waiting.stdout is not None
        waiting.stdout.readline()
        waiting.stdout.close()
        time.sleep(1)
        assert waiting.poll() is None
        self.is_over = True
        assert waiting.wait(timeout=60) == 5
        assert waiting.stderr is not None
        assert "bat-2 FAILED" in waiting.stderr.read()
