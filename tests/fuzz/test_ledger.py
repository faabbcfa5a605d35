"""A ledger in which anything may stand, since a disk or a program has damaged it: told of, never a traceback."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.budget import Impatient, budget, check_json, check_promises
from tests.fuzz.service import Service
from tests.servers import ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CELLS = st.one_of(
    st.none(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    st.binary(max_size=20),
    st.sampled_from(
        [
            "new",
            "uploaded",
            "mapped",
            "done",
            "failed",
            "open",
            "intent",
            "created",
            "ended",
            "[]",
            '["a"]',
            "[1,",
            "{}",
            "null",
            "..",
        ]
    ),
)
COLUMNS = {
    "shard": ("directory_name", "directory_asked", "directory_id", "state", "intent_at", "batch_id", "batch_status"),
    "work": (
        "sha256",
        "suffix",
        "size",
        "state",
        "shard_id",
        "file_id",
        "job_type",
        "job_id",
        "job_status",
        "error",
        "credits",
        "pages",
        "failed_pages",
    ),
    "file": (
        "path",
        "source",
        "name",
        "name_key",
        "size",
        "mtime_ns",
        "work_id",
        "refusal",
        "run",
        "collected",
        "outputs",
        "bytes",
        "output_error",
    ),
    "output": ("name", "size", "sha256"),
    "plan": ("key", "product", "configuration_id"),
    "choice": ("key", "product", "configuration_id"),
    "counter": ("value",),
}
CHANGES = st.sampled_from([(table, column) for table, columns in COLUMNS.items() for column in columns])


class Damaged:
    """An output folder whose ledger a test damages, put right again before each example."""

    def __init__(self, server: ScriptedServer, home: Path) -> None:
        self._server = server
        self._home = home
        self._whole = home.with_name("whole")
        (home / "in").mkdir(parents=True)
        (home / "in" / "a.txt").write_text("text", encoding="utf-8")
        assert self.run("run", str(home / "in"), "--parse", "-o", str(home / "out")) == 0
        shutil.copytree(home, self._whole)

    @property
    def ledger(self) -> Path:
        """The database."""
        return self._home / "out" / ".llamacloud" / "ledger.sqlite3"

    def run(self, *words: str) -> int:
        """Runs a command and checks what holds for all; gives its status."""
        run = Impatient()
        run.base_url = self._server.url
        result = run("batches", *words, env={"XDG_STATE_HOME": str(self._home / "state")})
        check_promises(result, words)
        check_json(result.stdout)
        return result.status

    def put_right(self) -> None:
        """Makes the folder as it was."""
        shutil.rmtree(self._home)
        shutil.copytree(self._whole, self._home)

    def use(self) -> None:
        """Runs everything that reads the ledger."""
        source, out = str(self._home / "in"), str(self._home / "out")
        self.run("run", source, "--parse", "-o", out, "--dry-run")
        self.run("run", source, "--parse", "-o", out, "--retry-failed")
        self.run("list", "--local-names", "--max-items", "1")
        manifest = self._home / "out" / "manifest.jsonl"
        for line in manifest.read_text(encoding="utf-8").splitlines() if manifest.exists() else ():
            assert isinstance(json.loads(line)["source"], str)


@pytest.fixture
def damaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Damaged]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home" / "state"))
    server = ScriptedServer(_one_file)
    yield Damaged(server, tmp_path / "home")
    server.close()


def _one_file(seen: Any) -> Any:
    """Answers as a service on which all goes well: the batch has one file, and its job has no failed page."""
    reply = Service()(seen)
    body = json.loads(reply.body)
    if isinstance(body.get("results"), list):
        del body["results"][1:]
    return reply._replace(body=body)


def test_any_value_in_any_cell(damaged: Damaged) -> None:
    @budget(60)
    @given(st.lists(st.tuples(CHANGES, CELLS), min_size=1, max_size=3))
    def damage(changes: list[tuple[tuple[str, str], Any]]) -> None:
        damaged.put_right()
        with closing(sqlite3.connect(damaged.ledger)) as db, db:
            for (table, column), value in changes:
                db.execute(f"UPDATE OR IGNORE {table} SET {column} = ?", (value,))
        damaged.use()

    damage()


def test_any_bytes_in_any_place_of_the_file(damaged: Damaged) -> None:
    size = damaged.ledger.stat().st_size

    @budget(60)
    @given(st.integers(0, size), st.binary(max_size=64), st.booleans(), st.integers(0, 100))
    def damage(place: int, data: bytes, cut: bool, page: int) -> None:
        damaged.put_right()
        with damaged.ledger.open("r+b") as file:
            if cut:
                file.truncate(place)
            file.seek(place if cut else page)  # the header, most often
            file.write(data)
        damaged.use()

    damage()


@pytest.mark.parametrize(
    "content", [b"", b"not a database", b"SQLite format 3\0", b"SQLite format 3\0" + b"\xff" * 4096]
)
def test_another_file_in_its_place(content: bytes, damaged: Damaged) -> None:
    damaged.put_right()
    damaged.ledger.write_bytes(content)
    damaged.use()


@pytest.mark.parametrize("table", COLUMNS)
def test_a_table_that_is_gone(table: str, damaged: Damaged) -> None:
    damaged.put_right()
    with closing(sqlite3.connect(damaged.ledger)) as db, db:
        db.execute(f"DROP TABLE {table}")
    damaged.use()
