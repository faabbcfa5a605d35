"""One of many processes that use one sandbox at once: `python worker.py SECONDS NUMBER FOLDER`.

Runs command lines one after another, without a pause, and writes a JSON line of each: what it was, its exit status,
the ids that it was told of.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from pathlib import Path
from typing import Any

from llamacloud_cli.context import Context, Streams
from llamacloud_cli.main import main
from tests.conftest import Stream

LEAST = 12
CONFIG = "{job: {configuration_id: cfg-PARSE_AGENTIC, type: parse_v2}}"


class Worker:
    """Makes batches and asks for them.

    Attributes:
        mine: the batches that this process made, and those that it has cancelled.
    """

    def __init__(self, number: int, folder: Path, directory: str) -> None:
        self._random = random.Random(number)
        self._number = number
        self._folder = folder
        self._directory = directory
        self._runs = 0
        self.mine: list[str] = []

    def step(self) -> dict[str, Any]:
        """Runs one command line and tells of it."""
        kind = self._random.choices(["create", "get", "list", "cancel", "run"], [4, 6, 2, 3, 1])[0]
        if kind in ("get", "cancel") and not self.mine:
            kind = "create"
        return getattr(self, kind)()  # type: ignore[no-any-return] # one of the methods below

    def create(self) -> dict[str, Any]:
        """Makes a batch."""
        done = self._main("create", "--config", CONFIG, "--source-directory-id", self._directory)
        if done["status"] == 0:
            done["id"] = json.loads(done["stdout"])["id"]
            self.mine.append(done["id"])
        return done

    def get(self) -> dict[str, Any]:
        """Asks for one of its own batches, which must be the one that is given."""
        wanted = self._random.choice(self.mine)
        done = self._main("get", wanted)
        assert json.loads(done["stdout"])["id"] == wanted
        return done

    def list(self) -> dict[str, Any]:
        """Lists the newest batches."""
        done = self._main("list", "-q", "--max-items", "100")
        ids = done["stdout"].split()
        assert len(ids) == len(set(ids))
        return done

    def cancel(self) -> dict[str, Any]:
        """Cancels one of its own batches; one that has ended is refused."""
        wanted = self.mine.pop(self._random.randrange(len(self.mine)))
        return {**self._main("cancel", wanted), "id": wanted}

    def run(self) -> dict[str, Any]:
        """Runs a folder of files that no other process has."""
        self._runs += 1
        source = self._folder / f"in-{self._runs}"
        source.mkdir()
        for name in ("a", "b", "c"):
            (source / f"{name}.txt").write_text(f"{self._number} {self._runs} {name}\n", encoding="utf-8")
        out = self._folder / f"out-{self._runs}"
        return {**self._main("run", str(source), "--parse", "-o", str(out), "--interval", "200ms"), "out": str(out)}

    @staticmethod
    def _main(*words: str) -> dict[str, Any]:
        out, err = Stream(), Stream()
        context = Context(Streams(Stream(), out, err), os.environ, sleep=lambda seconds: time.sleep(min(seconds, 0.2)))
        status = main(["batches", *words], context)
        return {"kind": words[0], "status": int(status), "stdout": out.text(), "stderr": err.text()}


def work(seconds: float, number: int, folder: Path, directory: str) -> None:
    """Works for some seconds, and until a fair number of command lines has been run."""
    worker = Worker(number, folder, directory)
    end = time.monotonic() + seconds
    done = 0
    with (folder / "log.jsonl").open("w", encoding="utf-8") as log:
        while time.monotonic() < end or done < LEAST:
            log.write(json.dumps(worker.step()) + "\n")
            done += 1


if __name__ == "__main__":
    work(float(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]), sys.argv[4])
