"""A ledger that holds what this tool never writes is refused by name; and results that are not there any more."""

from __future__ import annotations

import os
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

from llamacloud_cli.api.jobs import JobState
from llamacloud_cli.errors import UsageError
from llamacloud_cli.workflows import folder as folders
from llamacloud_cli.workflows.collect import LedgerCollector
from llamacloud_cli.workflows.fetch import JobResult
from llamacloud_cli.workflows.folder import FolderError, OutputFolder, RefusedError
from llamacloud_cli.workflows.ledger import LEDGER_NAME, Ledger
from llamacloud_cli.workflows.ledger_copy import LocalNames
from llamacloud_cli.workflows.ledger_files import FileBook, Found
from llamacloud_cli.workflows.ledger_shards import ShardBook
from llamacloud_cli.workflows.watch import FileOutcome

if TYPE_CHECKING:
    from pathlib import Path

ROWS = (
    "INSERT INTO counter VALUES ('run', 1)",
    "INSERT INTO plan VALUES (1, 'k', 'parse_v2', 'cfg-1')",
    "INSERT INTO choice VALUES ('k', 'parse_v2', 'cfg-1')",
    (
        "INSERT INTO shard (id, plan_id, directory_name, state, directory_id, batch_id)"
        " VALUES (1, 1, 'd', 'created', 'dir-1', 'bat-1')"
    ),
    "INSERT INTO work (id, plan_id, sha256, suffix, size, state, job_type, job_id, credits, failed_pages)"
    " VALUES (1, 1, '" + "a" * 64 + "', '.pdf', 1, 'done', 'parse_v2', 'pjb-1', 1.5, '[1]')",
    (
        "INSERT INTO file (id, plan_id, path, source, name, name_key, size, mtime_ns, work_id, run, outputs)"
        " VALUES (1, 1, x'2f61', x'61', 'a', 'a', 1, 1, 1, 1, '[\"a.md\"]')"
    ),
)


def ledger_with(path: Path, *changes: str) -> Path:
    ledger = Ledger(path)
    for sql in (*ROWS, *changes):
        ledger.change(sql)
    ledger.close()
    return path


class TestDamage:
    def test_what_the_tool_writes_is_none(self, tmp_path: Path) -> None:
        Ledger(ledger_with(tmp_path)).close()

    @pytest.mark.parametrize(
        ("table", "column", "value"),
        [
            ("counter", "value", "-1"),
            ("counter", "value", "1000000000000001"),
            ("counter", "value", "'x'"),
            ("plan", "product", "'other'"),
            ("choice", "product", "'other'"),
            ("shard", "state", "'other'"),
            ("shard", "directory_id", "NULL"),
            ("shard", "batch_id", "NULL"),
            ("shard", "batch_id", "''"),
            ("work", "state", "'other'"),
            ("work", "sha256", "'short'"),
            ("work", "job_type", "'other'"),
            ("work", "job_type", "NULL"),
            ("work", "job_id", "NULL"),
            ("work", "job_id", "''"),
            ("work", "credits", "2e15"),
            ("work", "credits", "-2e15"),
            ("work", "failed_pages", "'{}'"),
            ("work", "failed_pages", "'[\"x\"]'"),
            ("work", "failed_pages", "'no JSON'"),
            ("file", "path", "x'0061'"),
            ("file", "path", "'text'"),
            ("file", "outputs", "'[1]'"),
            ("file", "outputs", "'\"x\"'"),
        ],
    )
    def test_any_other_value_is_named_by_its_column(self, tmp_path: Path, table: str, column: str, value: str) -> None:
        path = ledger_with(tmp_path, f"UPDATE {table} SET {column} = {value}")
        with pytest.raises(UsageError) as caught:
            Ledger(path)
        assert caught.value.message.endswith(
            f"is damaged: {column!r} in its table {table!r} is not as this tool writes it"
        )

    @pytest.mark.parametrize("damage", ["table", "file"])
    def test_one_that_is_refused_is_not_kept_open(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str
    ) -> None:
        path = ledger_with(tmp_path, "UPDATE counter SET value = -1")
        if damage == "file":
            (path / LEDGER_NAME).write_bytes(b"no database" * 100)
        opened: list[sqlite3.Connection] = []
        connect = sqlite3.connect

        def noting(*args: Any, **options: Any) -> sqlite3.Connection:
            opened.append(connect(*args, **options))
            return opened[-1]

        monkeypatch.setattr(sqlite3, "connect", noting)
        with pytest.raises(UsageError):
            Ledger(path)
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            opened[0].execute("SELECT 1")

    def test_a_new_one_is_for_nobody_else(self, tmp_path: Path) -> None:
        before = os.umask(0)
        try:
            ledger = Ledger(tmp_path / "a")
        finally:
            os.umask(before)
        assert [path.stat().st_mode & 0o777 for path in (tmp_path / "a", ledger.path)] == [0o700, 0o600]
        ledger.close()


class Collector:
    """Stands for what fetches and writes: one result, or none."""

    def __init__(self, folder: OutputFolder) -> None:
        self.result: JobResult | None = JobResult(JobState("pjb-1", "COMPLETED", None), 2.0, 1, (), {})
        self._folder = folder

    def kinds(self, _product: str) -> tuple[str, ...]:
        return ("markdown",)

    def fetch(self, _product: str, _job: str) -> JobResult | None:
        return self.result

    def keep(self, name: str, _result: JobResult) -> Any:
        from llamacloud_cli.workflows.collect import Kept, Output

        written = self._folder.write(f"{name}.md", lambda file: file.write(b"text"), overwrite=True)
        return Kept((Output(f"{name}.md", written.size, written.sha256),), None)


class TestResultsOfARun:
    @pytest.fixture
    def run(self, tmp_path: Path) -> Any:
        """A shard whose only job is done; gives what knows it."""
        ledger, folder = Ledger(tmp_path / "ledger"), OutputFolder(tmp_path / "out")
        plan, run = ledger.plan("k", "parse_v2", "cfg-1"), ledger.next_run()
        files, shards = FileBook(ledger, plan, run), ShardBook(ledger, plan, run)
        files.add([Found(f"/{name}".encode(), name.encode(), 1, 1, "a" * 64, ".pdf", None) for name in ("a", "b")])
        shards.assign(9)
        (shard,) = shards.going_on()
        (sending,) = shards.to_upload(shard.id)
        shards.uploaded(sending.id, "dfl-1")
        shards.note(shard.id, "COMPLETED", [FileOutcome("dfl-1", "parse_v2", "pjb-1", "COMPLETED", None)])
        self.fetched = Collector(folder)
        self.collector = LedgerCollector(self.fetched, files, shards, folder, "parse_v2")  # type: ignore[arg-type]
        self.files, self.shards, self.out = files, shards, folder.path
        yield
        folder.close()
        ledger.close()

    def waiting(self) -> int:
        return len(list(self.shards.to_collect(self.collector.mark)))

    @pytest.mark.usefixtures("run")
    def test_are_collected_for_each_file_of_the_content(self) -> None:
        (finished,) = self.shards.to_collect(self.collector.mark)
        assert self.collector.collect(finished) is True
        assert [(self.out / name).read_bytes() for name in ("a.md", "b.md")] == [b"text"] * 2
        assert self.waiting() == 0
        assert self.files.credits() == 2.0

    @pytest.mark.usefixtures("run")
    def test_that_are_gone_at_the_service_are_failures(self) -> None:
        (finished,) = self.shards.to_collect(self.collector.mark)
        self.fetched.result = None
        assert self.collector.collect(finished) is False
        assert self.waiting() == 0
        assert ["not known any more" in (entry.error or "") for entry in self.files.entries()] == [True, True]

    @pytest.mark.usefixtures("run")
    @pytest.mark.parametrize(("content", "waiting"), [(b"text", 0), (b"cut", 1), (None, 1)])
    def test_that_are_not_there_as_they_were_written_are_fetched_again(
        self, content: bytes | None, waiting: int
    ) -> None:
        (finished,) = self.shards.to_collect(self.collector.mark)
        self.collector.collect(finished)
        (self.out / "b.md").unlink()
        if content is not None:
            (self.out / "b.md").write_bytes(content)
        self.collector.forget_lost()
        assert self.waiting() == waiting


class TestAFileSystemWithoutHardLinks:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Any:
        found = OutputFolder(tmp_path / "out")
        yield found
        found.close()

    def without_links(self, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
        def fail(*_: object, **__: object) -> None:
            raise error

        monkeypatch.setattr(folders.os, "link", fail)

    @pytest.mark.parametrize("error", [OSError(1, "Operation not permitted"), NotImplementedError()])
    def test_takes_a_new_file_and_keeps_another_one(
        self, folder: OutputFolder, monkeypatch: pytest.MonkeyPatch, error: Exception
    ) -> None:
        self.without_links(monkeypatch, error)
        assert folder.write("a.md", lambda file: file.write(b"text"), overwrite=False).changed
        assert (folder.path / "a.md").read_bytes() == b"text"
        with pytest.raises(RefusedError):
            folder.write("a.md", lambda file: file.write(b"other"), overwrite=False)
        assert (folder.path / "a.md").read_bytes() == b"text"

    def test_that_is_full_says_so(self, folder: OutputFolder, monkeypatch: pytest.MonkeyPatch) -> None:
        self.without_links(monkeypatch, OSError(28, "No space left on device"))
        with pytest.raises(FolderError, match="No space left on device") as caught:
            folder.write("a.md", lambda file: file.write(b"text"), overwrite=False)
        assert "free some space" in (caught.value.hint or "")
        assert folder.size_of("a.md") is None


class TestLocalNames:
    def test_come_from_the_ledgers_that_can_be_read(self, tmp_path: Path) -> None:
        """One that is gone, is none, or lacks its tables does not keep the others."""
        good = ledger_with(tmp_path / "good", "UPDATE work SET shard_id = 1, file_id = 'dfl-1'")
        (tmp_path / "none").mkdir()
        (tmp_path / "none" / LEDGER_NAME).write_bytes(b"no database" * 100)
        (tmp_path / "empty").mkdir()
        sqlite3.connect(tmp_path / "empty" / LEDGER_NAME).close()
        names = LocalNames([os.fsencode(tmp_path / name) for name in ("gone", "none", "empty", good.name)])
        assert names.of_batch("bat-1") == {"dfl-1": ["a"]}
        assert names.of_batch("bat-2") == {}
        names.close()
