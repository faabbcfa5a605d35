"""What `batches run` costs beside a hand-written asyncio script that makes the same calls, and how it grows.

    python tests/benchmarks/bench_run.py [--small]

Prints JSON: for 1,000 files of 20 KiB the seconds of both and their ratio, and for 1,000, 5,000 and 10,000 files the
seconds and the largest resident memory of the tool. The sandbox serves from a process of its own and ends each batch
at once, so that what is measured is the tool. `--small` takes a tenth of the files.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
FILE_BYTES = 20 * 1024
CONCURRENCY = 8
ROUNDS = 3


@contextmanager
def sandbox(folder: Path) -> Iterator[dict[str, str]]:
    """Serves a sandbox from its own process; gives the environment for its clients."""
    command = [sys.executable, "-m", "llamacloud_cli", "sandbox", "serve", "--data", str(folder), "--speed", "instant"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        pairs = dict(word.split("=", 1) for word in shlex.split(server.stdout.readline()))
        try:
            yield {**os.environ, **pairs, "XDG_STATE_HOME": str(folder / "state"), "PYTHONPATH": str(ROOT)}
        finally:
            server.terminate()


def make_files(folder: Path, count: int) -> None:
    """Writes text files of 20 KiB, each different, a thousand to a folder."""
    for number in range(count):
        path = folder / f"{number // 1000:03d}" / f"note-{number:05d}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        line = f"note {number:05d}: nothing to see here, move along\n".encode()
        path.write_bytes((line * (FILE_BYTES // len(line) + 1))[:FILE_BYTES])


def measure(command: list[str], env: dict[str, str]) -> tuple[float, float]:
    """Runs a command; gives its seconds and its largest resident memory in MiB."""
    started = time.perf_counter()
    with subprocess.Popen(command, env=env, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        errors = process.stderr.read().decode()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(errors)
    return time.perf_counter() - started, usage.ru_maxrss / 1024


def run_command(source: Path, output: Path) -> list[str]:
    """Gives the command line of the tool."""
    words = ["batches", "run", str(source), "--parse", "-o", str(output), "--concurrency", str(CONCURRENCY)]
    return [sys.executable, "-m", "llamacloud_cli", *words]


def compare(count: int) -> dict[str, Any]:
    """Runs tool and script in turn, and gives the best time of each and their ratio."""
    script = str(Path(__file__).with_name("run_by_hand.py"))
    tool, hand = [], []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_files(folder / "source", count)
        for number in range(ROUNDS):
            with sandbox(folder / f"sandbox-a{number}") as env:
                tool.append(measure(run_command(folder / "source", folder / f"tool-{number}"), env)[0])
            with sandbox(folder / f"sandbox-b{number}") as env:
                command = [sys.executable, script, str(folder / "source"), str(folder / f"hand-{number}")]
                hand.append(measure([*command, str(CONCURRENCY)], env)[0])
    return {
        "files": count,
        "tool_seconds": round(min(tool), 2),
        "by_hand_seconds": round(min(hand), 2),
        "ratio": round(min(tool) / min(hand), 2),
    }


def grow(counts: tuple[int, ...]) -> list[dict[str, Any]]:
    """Gives seconds and memory of the tool for several numbers of files."""
    found = []
    for count in counts:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            make_files(folder / "source", count)
            with sandbox(folder / "sandbox") as env:
                seconds, memory = measure(run_command(folder / "source", folder / "out"), env)
        found.append({"files": count, "seconds": round(seconds, 2), "memory_mib": round(memory, 1)})
    return found


if __name__ == "__main__":
    scale = 10 if "--small" in sys.argv[1:] else 1
    print(json.dumps({"compare": compare(1000 // scale)}), flush=True)
    print(json.dumps({"grow": grow(tuple(count // scale for count in (1000, 5000, 10_000)))}))
