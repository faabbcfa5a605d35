"""What the ledger knows of source files, and of their contents, which are what is paid for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from llamacloud_cli.workflows.manifest import Entry
from llamacloud_cli.workflows.names import as_text, marked, safe_path, same_name_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from llamacloud_cli.workflows.collect import Kept
    from llamacloud_cli.workflows.ledger import Ledger


class Found(NamedTuple):
    """A file that was found on disk.

    Attributes:
        path: where it is, absolute.
        source: its relative path, as the user knows it.
        size: its bytes.
        mtime_ns: when it was changed, in nanoseconds since 1970.
        sha256: of its content in hexadecimal digits, or None where it is refused.
        suffix: its type, such as `.pdf`.
        refusal: why it is not sent, or None.
    """

    path: bytes
    source: bytes
    size: int
    mtime_ns: int
    sha256: str | None
    suffix: str
    refusal: str | None


class Target(NamedTuple):
    """A file that waits for its results.

    Attributes:
        id: of its row.
        name: where its results go, relative to the output folder, without the suffix of a result.
    """

    id: int
    name: str


class Counts(NamedTuple):
    """How many files and pieces of work a run has, by how far they are."""

    files: int
    refused: int
    done_before: int
    works: int
    uploaded: int
    done: int
    failed: int
    collected: int


class FileBook:
    """The files and contents of one plan in one run.

    Args:
        ledger: where they are kept.
        plan_id: the plan.
        run: the run's number.
    """

    def __init__(self, ledger: Ledger, plan_id: int, run: int) -> None:
        self._ledger = ledger
        self._plan_id = plan_id
        self._run = run

    def known_sha256(self, path: bytes, size: int, mtime_ns: int) -> str | None:
        """Gives the digest of a file that was seen before and has not changed since, or None."""
        rows = self._ledger.rows(
            "SELECT work.sha256 FROM file JOIN work ON work.id = file.work_id"
            " WHERE file.plan_id = ? AND path = ? AND file.size = ? AND mtime_ns = ?",
            (self._plan_id, path, size, mtime_ns),
        )
        return str(rows[0][0]) if rows else None

    def add(self, files: Iterable[Found]) -> None:
        """Notes files as wanted by this run, all or none of them."""
        with self._ledger.transaction() as db:
            for file in files:
                self._add(db, file)

    def _add(self, db: Any, file: Found) -> None:
        work_id = None
        if file.sha256 is not None:
            key = (self._plan_id, file.sha256, file.suffix)
            db.execute(
                "INSERT OR IGNORE INTO work (plan_id, sha256, suffix, size) VALUES (?, ?, ?, ?)", (*key, file.size)
            )
            work_id = db.execute("SELECT id FROM work WHERE plan_id = ? AND sha256 = ? AND suffix = ?", key).fetchone()[
                0
            ]
        known = db.execute(
            "SELECT id, work_id FROM file WHERE plan_id = ? AND path = ?", (self._plan_id, file.path)
        ).fetchone()
        seen = (file.size, file.mtime_ns, work_id, file.refusal, self._run)
        if known is None:
            name = self._free_name(db, file)
            db.execute(
                "INSERT INTO file (plan_id, path, source, name, name_key, size, mtime_ns, work_id, refusal, run)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (self._plan_id, file.path, file.source, name, same_name_key(name), *seen),
            )
            return
        db.execute(
            "UPDATE file SET size = ?, mtime_ns = ?, work_id = ?, refusal = ?, run = ? WHERE id = ?", (*seen, known[0])
        )
        if known[1] != work_id:
            db.execute(
                "UPDATE file SET collected = NULL, outputs = NULL, bytes = NULL, output_error = NULL WHERE id = ?",
                (known[0],),
            )

    def _free_name(self, db: Any, file: Found) -> str:
        name = safe_path(as_text(file.source))
        taken = "SELECT 1 FROM file WHERE plan_id = ? AND name_key = ?"
        if db.execute(taken, (self._plan_id, same_name_key(name))).fetchone():
            name = marked(name, file.path)
        return name

    def retry_failed(self) -> None:
        """Makes what failed new again, for the files of this run."""
        self._ledger.change(
            "UPDATE work SET state = 'new', shard_id = NULL, file_id = NULL, job_type = NULL, job_id = NULL,"
            " job_status = NULL, error = NULL, credits = NULL, pages = NULL, failed_pages = NULL"
            " WHERE plan_id = ? AND state = 'failed'"
            " AND id IN (SELECT work_id FROM file WHERE plan_id = ? AND run = ?)",
            (self._plan_id, self._plan_id, self._run),
        )

    def counts(self, kinds: str) -> Counts:
        """Gives how far this run is.

        Args:
            kinds: the results that are collected, as `collected` keeps them.
        """
        of_run = (self._plan_id, self._run)
        files, refused, done_before = self._ledger.rows(
            "SELECT COUNT(*), COALESCE(SUM(refusal IS NOT NULL), 0),"
            " COALESCE(SUM(collected IS ? AND work.state = 'done'), 0)"
            " FROM file LEFT JOIN work ON work.id = work_id WHERE file.plan_id = ? AND run = ?",
            (kinds, *of_run),
        )[0]
        works, uploaded, done, failed = self._ledger.rows(
            "SELECT COUNT(*), COALESCE(SUM(state <> 'new'), 0), COALESCE(SUM(state IN ('done', 'failed')), 0),"
            " COALESCE(SUM(state = 'failed'), 0) FROM work WHERE plan_id = ?"
            " AND id IN (SELECT work_id FROM file WHERE plan_id = ? AND run = ?)",
            (self._plan_id, *of_run),
        )[0]
        collected = self._ledger.rows(
            "SELECT COUNT(DISTINCT work_id) FROM file JOIN work ON work.id = work_id"
            " WHERE file.plan_id = ? AND run = ? AND collected IS ? AND work.state = 'done'",
            (*of_run, kinds),
        )[0][0]
        return Counts(files, refused, done_before, works, uploaded, done, failed, collected)

    def new_work(self) -> tuple[int, int]:
        """Gives how many contents of this run are to be uploaded, and their bytes."""
        row = self._ledger.rows(
            "SELECT COUNT(*), COALESCE(SUM(size), 0) FROM work WHERE plan_id = ? AND state = 'new'"
            " AND id IN (SELECT work_id FROM file WHERE plan_id = ? AND run = ?)",
            (self._plan_id, self._plan_id, self._run),
        )[0]
        return int(row[0]), int(row[1])

    def refused(self) -> Iterator[Entry]:
        """Gives the files of this run that are not sent."""
        return (entry for entry in self.entries() if entry.status == "REFUSED")

    def credits(self) -> float:
        """Gives what the contents of this run have cost so far, as far as that is known."""
        row = self._ledger.rows(
            "SELECT COALESCE(SUM(credits), 0) FROM work"
            " WHERE id IN (SELECT work_id FROM file WHERE plan_id = ? AND run = ?)",
            (self._plan_id, self._run),
        )[0]
        return float(row[0])

    def targets(self, work_id: int, kinds: str) -> list[Target]:
        """Gives the files of this run that hold a content and lack its results."""
        return [
            Target(*row)
            for row in self._ledger.rows(
                "SELECT id, name FROM file WHERE work_id = ? AND run = ? AND collected IS NOT ?",
                (work_id, self._run, kinds),
            )
        ]

    def collected(self, file_id: int, kinds: str, kept: Kept) -> None:
        """Notes where the results of a file are, or why they could not be written."""
        names = json.dumps([output.name for output in kept.outputs])
        size = kept.size if kept.outputs else None
        written = [(self._plan_id, *output) for output in kept.outputs]
        with self._ledger.transaction() as db:
            db.executemany("INSERT OR REPLACE INTO output (plan_id, name, size, sha256) VALUES (?, ?, ?, ?)", written)
            db.execute(
                "UPDATE file SET collected = ?, outputs = ?, bytes = ?, output_error = ? WHERE id = ?",
                (kinds, names, size, kept.error, file_id),
            )

    def sha256_of_output(self, name: str) -> str | None:
        """Gives the SHA-256 of a result as it was last written, or None."""
        values = (self._plan_id, name)
        rows = self._ledger.rows("SELECT sha256 FROM output WHERE plan_id = ? AND name = ?", values)
        return str(rows[0][0]) if rows else None

    def kept_outputs(self, kinds: str) -> Iterator[tuple[int, dict[str, int | None]]]:
        """Gives each file of this run whose results were written before, with their names and bytes."""
        sql = (
            "SELECT id, outputs FROM file WHERE plan_id = ? AND run = ? AND collected IS ? AND outputs <> '[]'"
            " AND id {after} ORDER BY id"
        )
        for file_id, outputs in self._ledger.pages(sql, (self._plan_id, self._run, kinds)):
            sizes = self._ledger.rows(
                "SELECT value, size FROM json_each(?) LEFT JOIN output ON plan_id = ? AND name = value",
                (outputs, self._plan_id),
            )
            yield file_id, dict(sizes)

    def try_refused_again(self) -> None:
        """Lets results that an earlier run could not write be collected again."""
        self._ledger.change(
            "UPDATE file SET collected = NULL WHERE plan_id = ? AND run = ? AND output_error IS NOT NULL",
            (self._plan_id, self._run),
        )

    def lost(self, file_id: int) -> None:
        """Notes that the results of a file are not there any more."""
        self._ledger.change("UPDATE file SET collected = NULL WHERE id = ?", (file_id,))

    def entries(self, *, of_all_runs: bool = False) -> Iterator[Entry]:
        """Gives what became of each file of this run, or of all, in the order in which they were first found."""
        # The plus signs keep SQLite from an index by which it would gather and sort all files for each page.
        sql = (
            "SELECT file.id, source, sha256, file_id, batch_id, job_id, job_type, job_status, pages, failed_pages,"
            " credits, error, outputs, bytes, output_error, refusal, work.state"
            " FROM file LEFT JOIN work ON work.id = work_id LEFT JOIN shard ON shard.id = shard_id"
            " WHERE +file.plan_id = ? AND +run >= ? AND file.id {after} ORDER BY file.id"
        )
        for row in self._ledger.pages(sql, (self._plan_id, 0 if of_all_runs else self._run), size=500):
            yield _entry(*row[1:])


def _entry(  # noqa: PLR0913, PLR0917 - the columns of a row
    source: bytes,
    sha256: str | None,
    file_id: str | None,
    batch_id: str | None,
    job_id: str | None,
    job_type: str | None,
    job_status: str | None,
    pages: int | None,
    failed_pages: str | None,
    cost: float | None,
    error: str | None,
    outputs: str | None,
    size: int | None,
    output_error: str | None,
    refusal: str | None,
    state: str | None,
) -> Entry:
    status = "REFUSED" if refusal else job_status or ("FAILED" if state == "failed" else "PENDING")
    return Entry(
        source=as_text(source),
        sha256=sha256,
        directory_file_id=file_id,
        batch_id=batch_id,
        job_id=job_id,
        job_type=job_type,
        status=status,
        pages=pages,
        failed_pages=tuple(json.loads(failed_pages or "[]")),
        credits=cost,
        error=refusal or error or output_error,
        outputs=tuple(json.loads(outputs or "[]")),
        bytes=size,
    )
