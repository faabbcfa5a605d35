"""Long lists, large runs and many processes at once: small ones for the tests, large ones for the benchmark."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import uuid
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx

from llamacloud_cli.sandbox.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
HASTY = ROOT / "tests" / "workflows" / "hasty.py"
MIB = 1024 * 1024


class Served:
    """A sandbox in a process of its own.

    Attributes:
        env: the environment for its clients.
        http: a client of it.
        requests: how many it answered by method and status, when it has ended.
        memory: the largest resident memory that it had, in MiB, when it has ended.
    """

    def __init__(self, process: subprocess.Popen[str], folder: Path) -> None:
        assert process.stdout is not None
        self._process = process
        url, key = process.stdout.readline().split()
        own = {"LLAMA_CLOUD_BASE_URL": url, "LLAMA_CLOUD_API_KEY": key, "HOME": str(folder), "PYTHONPATH": str(ROOT)}
        self.env = {**_clean_environment(), **own}
        self.http = httpx.Client(base_url=url, headers={"authorization": f"Bearer {key}"}, timeout=120, verify=False)
        self.requests: dict[str, int] = {}
        self.memory = 0.0

    def all(self, path: str) -> Iterator[dict[str, Any]]:
        """Gives all items of a list."""
        token: str | None = None
        while True:
            query = {"page_size": "1000", **({"page_token": token} if token else {})}
            page = self.http.get(path, params=query).raise_for_status().json()
            yield from page["items"]
            token = page["next_page_token"]
            if not token:
                return

    def end(self) -> None:
        """Ends it, and notes what it says of itself."""
        assert self._process.stdout is not None
        self.http.close()
        self._process.terminate()
        last = self._process.stdout.read()
        self.requests = json.loads(last.splitlines()[-1]) if last.strip() else {}
        _, status, usage = os.wait4(self._process.pid, 0)
        self._process.returncode = os.waitstatus_to_exitcode(status)
        self.memory = usage.ru_maxrss / 1024


def _clean_environment() -> dict[str, str]:
    foreign = ("LLAMA_", "XDG_")
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(foreign) and not name.lower().endswith("_proxy")
    }


@contextmanager
def serving(folder: Path, speed: str) -> Iterator[Served]:
    """Serves a sandbox whose time passes `speed` times as fast as the clock's."""
    command = [sys.executable, str(HERE / "serve.py"), str(folder / "sandbox"), speed]
    env = {**_clean_environment(), "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=env) as process:
        served = Served(process, folder)
        try:
            yield served
        finally:
            served.end()


class Measured(NamedTuple):
    """What a process took.

    Attributes:
        status: its exit status.
        seconds: its wall time.
        processor: the seconds of processor time that it took, which other work on the machine hardly changes.
        memory: its largest resident memory in MiB.
        lines: the lines of its standard output.
        ids: how many different values of `id` those lines hold, where they are JSON.
        errors: its standard error.
    """

    status: int
    seconds: float
    processor: float
    memory: float
    lines: int
    ids: int
    errors: str


def measure(script: list[str], env: dict[str, str], errors: Path) -> Measured:
    """Runs Python with a script, or `-m` and a module, and reads its output as it comes."""
    started = time.perf_counter()
    lines, ids = 0, set()
    command = [sys.executable, *script]
    with (
        errors.open("w+b") as stderr,
        subprocess.Popen(
            command, env=env, cwd=errors.parent, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=stderr
        ) as process,
    ):
        assert process.stdout is not None
        for line in process.stdout:
            lines += 1
            if line.startswith(b"{"):
                ids.add(hash(json.loads(line)["id"]))
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        stderr.seek(0)
        said = stderr.read().decode()
    return Measured(
        status=process.returncode,
        seconds=time.perf_counter() - started,
        processor=usage.ru_utime + usage.ru_stime,
        memory=usage.ru_maxrss / 1024,
        lines=lines,
        ids=len(ids),
        errors=said,
    )


def tool(*words: str, hasty: bool = False) -> list[str]:
    """Gives the script of a command line of the tool; a hasty one pauses for a hundredth of what it means to."""
    return [*([str(HASTY)] if hasty else ["-m", "llamacloud_cli"]), *words]


def fill_with_batches(folder: Path, count: int) -> None:
    """Puts batches that have ended into the data of a sandbox that is not running."""
    store = Store(folder / "sandbox", now=0)
    for start in range(0, count, 50_000):
        with store.database.write() as connection:
            connection.executemany(
                "INSERT INTO batches"
                " (id, source_directory_id, product, configuration_id, created_at, running_at, ends_at)"
                " VALUES (?, ?, 'parse_v2', 'cfg-PARSE_AGENTIC', ?, ?, ?)",
                (
                    (f"bat-{uuid.UUID(int=n)}", f"dir-{uuid.UUID(int=n)}", n, n + 1, n + 2)
                    for n in range(start, min(start + 50_000, count))
                ),
            )
    store.close()


def make_files(folder: Path, count: int, size: int = 1024) -> None:
    """Writes text files, each different, a thousand to a folder."""
    for number in range(count):
        path = folder / f"{number // 1000:04d}" / f"note-{number:06d}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        line = f"note {number:06d}: nothing to see here, move along\n".encode()
        path.write_bytes((line * (size // len(line) + 1))[:size])


def run_files(folder: Path, served: Served, *options: str) -> Measured:
    """Runs the tool on `folder/source`, with results in `folder/out`."""
    words = ("batches", "run", str(folder / "source"), "--parse", "-o", str(folder / "out"), *options)
    return measure(
        tool(*words, hasty=True), {**served.env, "XDG_STATE_HOME": str(folder / "state")}, folder / "errors.txt"
    )


def check_run(folder: Path, served: Served, count: int, batch_size: int) -> int:
    """Fails unless each file was sent once and has its own result; gives the number of batches."""
    seen: set[str] = set()
    with (folder / "out" / "manifest.jsonl").open(encoding="utf-8") as manifest:
        for line in manifest:
            entry = json.loads(line)
            assert entry["status"] == "COMPLETED", entry
            number = Path(entry["source"]).stem.removeprefix("note-")
            assert f"note {number}:" in (folder / "out" / entry["output"]).read_text(encoding="utf-8")
            seen.add(number)
    assert len(seen) == count
    batches = list(served.all("/api/v2/batches"))
    assert len(batches) == -(-count // batch_size)
    sent = 0
    for directory in {batch["source_directory_id"] for batch in batches}:
        sent += sum(1 for _ in served.all(f"/api/v1/beta/directories/{directory}/files"))
    assert sent == count
    return len(batches)


class Crowd(NamedTuple):
    """What many processes at once did.

    Attributes:
        counts: command lines by kind.
        created: the batches that creates were told of.
        cancelled: of these, those whose cancel was accepted.
        outputs: the output folders of runs.
    """

    counts: dict[str, int]
    created: list[str]
    cancelled: list[str]
    outputs: list[Path]


def crowd(folder: Path, served: Served, processes: int, seconds: float) -> Crowd:
    """Lets processes use one sandbox at once; fails where one of their command lines failed.

    A cancel of a batch that has ended is refused, which is no failure.
    """
    post = served.http.post("/api/v1/beta/directories", json={"name": "crowd"})
    directory = str(post.raise_for_status().json()["id"])
    path = f"/api/v1/beta/directories/{directory}/files/upload"
    served.http.post(path, files={"upload_file": ("a.txt", b"text")}).raise_for_status()
    workers = []
    for number in range(processes):
        own = folder / f"worker-{number}"
        own.mkdir()
        command = [sys.executable, str(HERE / "worker.py"), str(seconds), str(number), str(own), directory]
        env = {**served.env, "XDG_STATE_HOME": str(own / "state")}
        workers.append((own, subprocess.Popen(command, cwd=ROOT, env=env, stderr=subprocess.PIPE, text=True)))
    found = Crowd({}, [], [], [])
    for own, process in workers:
        _, errors = process.communicate(timeout=seconds + 120)
        assert process.returncode == 0, errors
        for line in (own / "log.jsonl").read_text(encoding="utf-8").splitlines():
            _note(json.loads(line), found)
    return found


def _note(done: dict[str, Any], found: Crowd) -> None:
    kind = done["kind"]
    found.counts[kind] = found.counts.get(kind, 0) + 1
    refused = kind == "cancel" and done["status"] == 1 and "409" in done["stderr"]
    assert done["status"] == 0 or refused, done
    if kind == "create":
        found.created.append(done["id"])
    elif kind == "cancel" and not refused:
        found.cancelled.append(done["id"])
    elif kind == "run":
        found.outputs.append(Path(done["out"]))


def check_crowd(served: Served, found: Crowd) -> int:
    """Fails unless all that was answered is there, and nothing twice; gives the number of batches."""
    batches = {batch["id"]: batch for batch in served.all("/api/v2/batches")}
    listed = sum(1 for _ in served.all("/api/v2/batches"))
    assert listed == len(batches)
    assert len(found.created) == len(set(found.created))
    assert set(found.created) <= set(batches)
    for batch_id in found.cancelled:
        assert served.http.get(f"/api/v2/batches/{batch_id}").json()["status"] in ("CANCELLED", "RUNNING", "PENDING")
    of_runs = set()
    for out in found.outputs:
        entries = [json.loads(line) for line in (out / "manifest.jsonl").read_text(encoding="utf-8").splitlines()]
        assert [entry["status"] for entry in entries] == ["COMPLETED"] * 3
        assert len({entry["job_id"] for entry in entries}) == 3
        of_runs |= {entry["batch_id"] for entry in entries}
    assert len(of_runs) == len(found.outputs)
    assert set(batches) == set(found.created) | of_runs
    return len(batches)
