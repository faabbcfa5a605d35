"""What the ledger knows of shards: a directory at the service, the batch made from it, and its work."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from llamacloud_cli.workflows.fetch import JobResult
    from llamacloud_cli.workflows.ledger import Ledger
    from llamacloud_cli.workflows.watch import FileOutcome


class Shard(NamedTuple):
    """Files that share a directory and a batch.

    Attributes:
        id: of its row.
        directory_name: the name of its directory, which nobody else uses.
        directory_asked: whether a create of the directory may have taken effect.
        directory_id: the directory, or None.
        state: `open`, `intent`, `created` or `ended`.
        batch_id: the batch, or None.
    """

    id: int
    directory_name: str
    directory_asked: bool
    directory_id: str | None
    state: str
    batch_id: str | None


class Sending(NamedTuple):
    """A content that is to be uploaded, and one of the files that hold it.

    Attributes:
        id: of the work's row.
        unique_id: names it in the directory.
        sha256: of the content.
        size: its bytes.
        path: a file that holds it.
        source: that file's relative path.
        mtime_ns: when that file was changed.
    """

    id: int
    unique_id: str
    sha256: str
    size: int
    path: bytes
    source: bytes
    mtime_ns: int


class Finished(NamedTuple):
    """A content whose job has completed, and whose results are wanted.

    Attributes:
        id: of the work's row.
        product: `parse_v2` or `extract_v2`.
        job_id: the job.
    """

    id: int
    product: str
    job_id: str


_COLUMNS = "id, directory_name, directory_asked, directory_id, state, batch_id"


class ShardBook:
    """The shards of one plan in one run.

    Args:
        ledger: where they are kept.
        plan_id: the plan.
        run: the run's number.
    """

    def __init__(self, ledger: Ledger, plan_id: int, run: int) -> None:
        self._ledger = ledger
        self._plan_id = plan_id
        self._run = run

    def assign(self, size: int) -> None:
        """Puts all new work of this run into shards of at most `size`.

        What is not wanted leaves its shard, unless that has a directory in which it may be already: it would be paid
        for with the batch, and sent once more to another shard. What an older shard left over leaves it as well.
        """
        of_run = "id IN (SELECT work_id FROM file WHERE plan_id = ? AND run = ?)"
        scope = (self._plan_id, self._plan_id, self._run)
        with self._ledger.transaction() as db:
            db.execute(
                "UPDATE work SET shard_id = NULL WHERE plan_id = ? AND state = 'new' AND shard_id IN"  # noqa: S608 - no value is put in
                f" (SELECT id FROM shard WHERE state <> 'open' OR directory_asked = 0 AND NOT work.{of_run})",
                scope,
            )
            last = -1
            while True:
                # EXISTS looks into an index for each row; `of_run` would gather all work of the run for each shard.
                rows = db.execute(
                    "SELECT id FROM work WHERE plan_id = ? AND state = 'new' AND shard_id IS NULL AND id > ?"
                    " AND EXISTS (SELECT 1 FROM file WHERE work_id = work.id AND run = ?) ORDER BY id LIMIT ?",
                    (self._plan_id, last, self._run, size),
                ).fetchall()
                if not rows:
                    return
                last = rows[-1][0]
                values = (self._plan_id, _directory_name())
                shard_id = db.execute("INSERT INTO shard (plan_id, directory_name) VALUES (?, ?)", values).lastrowid
                db.executemany("UPDATE work SET shard_id = ? WHERE id = ?", [(shard_id, row[0]) for row in rows])

    def going_on(self) -> Iterator[Shard]:
        """Gives the shards that this run must finish, oldest first."""
        sql = (
            f"SELECT {_COLUMNS} FROM shard WHERE plan_id = ? AND state <> 'ended' AND EXISTS ("  # noqa: S608 - no value is put in
            " SELECT 1 FROM work JOIN file ON file.work_id = work.id WHERE shard_id = shard.id AND run = ?)"
            " AND id {after} ORDER BY id"
        )
        for row in self._ledger.pages(sql, (self._plan_id, self._run), size=20):
            yield Shard(*row)

    def get(self, shard_id: int) -> Shard:
        """Gives a shard as it is now."""
        return Shard(*self._ledger.rows(f"SELECT {_COLUMNS} FROM shard WHERE id = ?", (shard_id,))[0])  # noqa: S608 - no value is put in

    def asking_for_directory(self, shard_id: int) -> None:
        """Notes that a create of the directory is about to be sent."""
        self._ledger.change("UPDATE shard SET directory_asked = 1 WHERE id = ?", (shard_id,), flushed=True)

    def has_directory(self, shard_id: int, directory_id: str) -> None:
        """Notes the directory."""
        self._ledger.change("UPDATE shard SET directory_id = ? WHERE id = ?", (directory_id, shard_id))

    def begin_again(self, shard_id: int) -> None:
        """Notes that the directory is gone, so that its files must be sent to another one."""
        with self._ledger.transaction() as db:
            db.execute(
                "UPDATE shard SET directory_id = NULL, directory_asked = 0, directory_name = ?, state = 'open'"
                " WHERE id = ?",
                (_directory_name(), shard_id),
            )
            db.execute(
                "UPDATE work SET state = 'new', file_id = NULL WHERE shard_id = ? AND state = 'uploaded'", (shard_id,)
            )

    def to_upload(self, shard_id: int) -> Iterator[Sending]:
        """Gives what is still to be uploaded."""
        sql = (
            "SELECT work.id, work.sha256 || work.suffix, work.sha256, work.size, path, source, mtime_ns"
            " FROM work JOIN file ON file.id ="
            " (SELECT MIN(file.id) FROM file WHERE file.work_id = work.id AND run = ?)"
            " WHERE shard_id = ? AND state = 'new' AND work.id {after} ORDER BY work.id"
        )
        for row in self._ledger.pages(sql, (self._run, shard_id), size=100):
            yield Sending(*row)

    def uploaded(self, work_id: int, file_id: str) -> None:
        """Notes what a content became in the directory."""
        self._ledger.change("UPDATE work SET state = 'uploaded', file_id = ? WHERE id = ?", (file_id, work_id))

    def uploaded_before(self, shard_id: int, files: Iterable[tuple[str, str]]) -> int:
        """Notes contents that are in the directory already, by their unique id; gives how many that are."""
        with self._ledger.transaction() as db:
            count = 0
            for unique_id, file_id in files:
                count += db.execute(
                    "UPDATE work SET state = 'uploaded', file_id = ?"
                    " WHERE plan_id = ? AND sha256 = ? AND suffix = ? AND shard_id = ? AND state = 'new'",
                    (file_id, self._plan_id, unique_id[:64], unique_id[64:], shard_id),
                ).rowcount
            return count

    def has_unsent(self, shard_id: int) -> bool:
        """Tells whether work of a shard is not known to be in its directory."""
        return bool(self._ledger.rows("SELECT 1 FROM work WHERE shard_id = ? AND state = 'new' LIMIT 1", (shard_id,)))

    def failed(self, work_id: int, error: str) -> None:
        """Notes a content that cannot be sent."""
        self._ledger.change("UPDATE work SET state = 'failed', error = ? WHERE id = ?", (error, work_id))

    def has_files(self, shard_id: int) -> bool:
        """Tells whether anything was uploaded."""
        return bool(
            self._ledger.rows("SELECT 1 FROM work WHERE shard_id = ? AND state = 'uploaded' LIMIT 1", (shard_id,))
        )

    def about_to_create(self, shard_id: int) -> None:
        """Notes, flushed to disk, that a create of the batch is about to be sent."""
        self._ledger.change("UPDATE shard SET state = 'intent' WHERE id = ?", (shard_id,), flushed=True)

    def not_created(self, shard_id: int) -> None:
        """Notes that the create surely had no effect."""
        self._ledger.change("UPDATE shard SET state = 'open' WHERE id = ?", (shard_id,))

    def created(self, shard_id: int, batch_id: str) -> None:
        """Notes the batch, flushed to disk."""
        self._ledger.change(
            "UPDATE shard SET state = 'created', batch_id = ? WHERE id = ?", (batch_id, shard_id), flushed=True
        )

    def note(self, shard_id: int, status: str, outcomes: Iterable[FileOutcome]) -> None:
        """Notes the status of the batch and what became of its files so far."""
        rows = []
        for one in outcomes:
            state = "done" if one.status == "COMPLETED" else "failed" if one.error is not None else "mapped"
            shown = one.status if one.job_id else None
            rows.append((state, one.product, one.job_id, shown, one.error, shard_id, one.file_id))
        with self._ledger.transaction() as db:
            db.execute("UPDATE shard SET batch_status = ? WHERE id = ?", (status, shard_id))
            db.executemany(
                "UPDATE work SET state = ?, job_type = ?, job_id = ?, job_status = ?, error = ?"
                " WHERE shard_id = ? AND file_id = ? AND state IN ('uploaded', 'mapped')",
                rows,
            )

    def end(self, shard_id: int, error: str) -> None:
        """Notes that nothing more will come; work without an outcome has failed with `error`."""
        with self._ledger.transaction() as db:
            db.execute(
                "UPDATE work SET state = 'failed', error = ? WHERE shard_id = ? AND state IN ('uploaded', 'mapped')",
                (error, shard_id),
            )
            db.execute("UPDATE shard SET state = 'ended' WHERE id = ?", (shard_id,))

    def to_collect(self, kinds: str, shard_id: int | None = None) -> Iterator[Finished]:
        """Gives what is done and lacks results: of one shard, or of the whole run."""
        of, value = ("plan_id", self._plan_id) if shard_id is None else ("shard_id", shard_id)
        sql = (
            f"SELECT work.id, job_type, job_id FROM work WHERE {of} = ? AND state = 'done' AND EXISTS"  # noqa: S608 - a column's name
            " (SELECT 1 FROM file WHERE work_id = work.id AND run = ? AND collected IS NOT ?)"
            " AND work.id {after} ORDER BY work.id"
        )
        for row in self._ledger.pages(sql, (value, self._run, kinds)):
            yield Finished(*row)

    def result(self, work_id: int, result: JobResult) -> None:
        """Notes what a job cost and read."""
        self._ledger.change(
            "UPDATE work SET credits = ?, pages = ?, failed_pages = ? WHERE id = ?",
            (result.credits, result.pages, json.dumps(result.failed_pages), work_id),
        )

    def lost_result(self, work_id: int, error: str) -> None:
        """Notes a job whose result is gone."""
        self._ledger.change(
            "UPDATE work SET state = 'failed', job_status = NULL, error = ? WHERE id = ?", (error, work_id)
        )

    def statuses(self) -> dict[str, int]:
        """Gives how many batches of this run are in which status."""
        rows = self._ledger.rows(
            "SELECT batch_status, COUNT(*) FROM shard WHERE plan_id = ? AND batch_id IS NOT NULL AND EXISTS ("
            " SELECT 1 FROM work JOIN file ON file.work_id = work.id WHERE shard_id = shard.id AND run = ?)"
            " GROUP BY batch_status",
            (self._plan_id, self._run),
        )
        return {str(status or "PENDING"): int(count) for status, count in rows}

    def batches_going_on(self) -> list[str]:
        """Gives the batches of this run that are not known to have ended."""
        return [str(shard.batch_id) for shard in self.going_on() if shard.batch_id is not None]


def _directory_name() -> str:
    return f"llamacloud-prod-run-{secrets.token_hex(8)}"
