"""Long lists, large runs and many processes at once, with figures: `python tests/benchmarks/bench_load.py [WHAT…]`.

WHAT is `list`, `run` or `crowd` (all of them without it), and may be followed by sizes: `list=1000000`,
`run=10000,100000`, `crowd=10x60` (processes x seconds). Prints a JSON line of each. The sandbox serves from a process
of its own; in `run` its time passes 2,000 times as fast as the clock's, and the tool pauses for a hundredth of what it
means to, so that hours at the service are minutes here. Each figure is checked: nothing lost, nothing twice.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.load import scenarios as load  # noqa: E402 - the package is found from here on

if TYPE_CHECKING:
    from collections.abc import Callable


def listing(sizes: str) -> None:
    """Lists so many batches, a thousand a page, as JSON lines."""
    count = int(sizes)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        load.fill_with_batches(folder, count)
        with load.serving(folder, "1") as served:
            found = []
            for many in (count // 100, count):
                words = ("batches", "list", "--format", "jsonl", "--page-size", "1000", "--max-items", str(many))
                done = load.measure(load.tool(*words), served.env, folder / "errors.txt")
                assert (done.status, done.lines, done.ids) == (0, many, many), done
                found.append({"batches": many, **taken(done)})
        tell("list", lists=found, requests=served.requests, sandbox_mib=round(served.memory, 1))


def running(sizes: str) -> None:
    """Runs so many files of 1 KiB, a thousand a batch."""
    for count in map(int, sizes.split(",")):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            load.make_files(folder / "source", count)
            with load.serving(folder, "2000") as served:
                done = load.run_files(folder, served)
                assert (done.status, done.lines, done.ids) == (0, count, count), done.errors
                batches = load.check_run(folder, served, count, 1000)
                again = load.run_files(folder, served)
                assert (again.status, again.lines) == (0, count), again.errors
            tell(
                "run",
                files=count,
                batches=batches,
                first=taken(done),
                again=taken(again),
                ledger_mib=round((folder / "out" / ".llamacloud" / "ledger.sqlite3").stat().st_size / load.MIB, 1),
                requests=served.requests,
                sandbox_mib=round(served.memory, 1),
            )


def crowding(sizes: str) -> None:
    """Lets many processes use one sandbox at once."""
    processes, seconds = map(int, sizes.split("x"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with load.serving(folder, "20") as served:
            began = time.monotonic()
            found = load.crowd(folder, served, processes, seconds)
            took = time.monotonic() - began
            batches = load.check_crowd(served, found)
        tell(
            "crowd",
            processes=processes,
            seconds=round(took, 1),
            command_lines=found.counts,
            cancelled=len(found.cancelled),
            batches=batches,
            requests=served.requests,
            sandbox_mib=round(served.memory, 1),
        )


def taken(done: load.Measured) -> dict[str, float]:
    """Gives what a process took: wall and processor time in seconds, memory in MiB."""
    return {
        "seconds": round(done.seconds, 1),
        "processor_seconds": round(done.processor, 1),
        "memory_mib": round(done.memory, 1),
    }


def tell(what: str, **figures: Any) -> None:
    """Prints the figures of one scenario."""
    print(json.dumps({"what": what, **figures}), flush=True)


SCENARIOS: dict[str, tuple[Callable[[str], None], str]] = {
    "list": (listing, "1000000"),
    "run": (running, "10000,100000"),
    "crowd": (crowding, "10x60"),
}

if __name__ == "__main__":
    for word in sys.argv[1:] or list(SCENARIOS):
        scenario, _, given = word.partition("=")
        act, usual = SCENARIOS[scenario]
        act(given or usual)
