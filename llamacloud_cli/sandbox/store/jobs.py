"""Parse and extract jobs, and the mapping of a batch's files to them.

Like a batch, a job has a schedule; its state follows from the clock, and from what came of reading its file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from llamacloud_cli.sandbox.store.database import Database, Page, Row

_STATUS = """CASE
    WHEN cancelled_at <= :now THEN 'CANCELLED'
    WHEN starts_at > :now THEN 'PENDING'
    WHEN ends_at > :now THEN 'RUNNING'
    WHEN job_error IS NOT NULL THEN 'FAILED'
    WHEN read_at IS NULL THEN 'RUNNING'
    WHEN error IS NOT NULL THEN 'FAILED'
    ELSE 'COMPLETED' END"""
_UPDATED = """CASE
    WHEN cancelled_at <= :now THEN cancelled_at
    WHEN starts_at > :now THEN mapped_at
    WHEN ends_at > :now THEN starts_at
    WHEN job_error IS NOT NULL THEN ends_at
    WHEN read_at IS NULL THEN starts_at
    ELSE max(ends_at, min(read_at, :now)) END"""
# S608: put together from constants.
_SELECT = f"""SELECT * FROM (SELECT jobs.*, {_STATUS} AS status, {_UPDATED} AS updated_at,
    coalesce(job_error, error) AS error_message
    FROM jobs LEFT JOIN documents ON documents.file_id = jobs.file_id)"""  # noqa: S608
_VISIBLE = "mapping_error IS NULL AND deleted_at IS NULL AND mapped_at <= :now"


class Jobs:
    """The table of jobs: a row for each file of a batch from the batch's creation on."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def insert(self, row: Row) -> None:
        """Adds a job with its schedule."""
        self._database.insert("jobs", row)

    def get(self, job_id: str, product: str, *, now: int) -> Row | None:
        """A job that exists at `now`, with `status`, `updated_at` and `error_message`, or None."""
        return self._database.one(
            f"{_SELECT} WHERE id = :id AND product = :product AND {_VISIBLE}",
            {"id": job_id, "product": product, "now": now},
        )

    def of_batch(self, batch_id: str, *, now: int) -> list[Row]:
        """A batch's files in order, each with `mapped`: whether the mapping was tried by `now`."""
        return self._database.all(
            "SELECT *, mapped_at IS NOT NULL AND mapped_at <= :now AS mapped"
            " FROM jobs WHERE batch_id = :batch_id ORDER BY seq",
            {"batch_id": batch_id, "now": now},
        )

    def cancel_of_batch(self, batch_id: str, *, at: int, stop_running: bool) -> None:
        """Keeps a batch's unmapped files unmapped from `at` on; optionally cancels unfinished jobs."""
        with self._database.write() as connection:
            values = {"batch_id": batch_id, "at": at}
            connection.execute(
                "UPDATE jobs SET mapped_at = NULL WHERE batch_id = :batch_id AND mapped_at > :at", values
            )
            if stop_running:
                connection.execute(
                    "UPDATE jobs SET cancelled_at = :at WHERE batch_id = :batch_id AND ends_at > :at", values
                )

    def delete(self, job_id: str, *, at: int) -> None:
        """Hides a job for good."""
        self._database.update("jobs", job_id, {"deleted_at": at})

    def cancel(self, job_id: str, *, at: int) -> None:
        """Cancels one job."""
        self._database.update("jobs", job_id, {"cancelled_at": at})

    def page(  # noqa: PLR0913 - the filters of the routes
        self,
        product: str,
        *,
        now: int,
        after: list[Any] | None,
        size: int,
        status: str | None,
        job_ids: list[str] | None,
        created_from: int | None,
        created_to: int | None,
        configuration_id: str | None = None,
        file_id: str | None = None,
    ) -> Page:
        """One page of the jobs that exist at `now`, newest first; times are inclusive, in microseconds."""
        values: Row = {
            "product": product,
            "now": now,
            "status": status,
            "created_from": created_from,
            "created_to": created_to,
            "configuration_id": configuration_id,
            "file_id": file_id,
        }
        where = ["product = :product", _VISIBLE]
        if status is not None:
            where.append("status = :status")
        if job_ids is not None:
            values |= {f"job_{n}": job_id for n, job_id in enumerate(job_ids)}
            where.append(f"id IN ({', '.join(f':job_{n}' for n in range(len(job_ids)))})")
        if created_from is not None:
            where.append("mapped_at >= :created_from")
        if created_to is not None:
            where.append("mapped_at <= :created_to")
        if configuration_id is not None:
            where.append("configuration_id = :configuration_id")
        if file_id is not None:
            where.append("file_id = :file_id")
        return self._database.page(_SELECT, where, values, after=after, size=size)
