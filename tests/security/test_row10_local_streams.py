"""Row 10: streams that are closed, full or read no further, for the commands that do much before they print."""

from __future__ import annotations

import os
import shlex
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.processes import PROGRAM, ROOT
from tests.workflows.conftest import Service, Tool, manifest, written

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

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
