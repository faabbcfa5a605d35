"""Batches. Their state is worked out from their times and the clock, in SQL, so that it can be filtered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from llamacloud_cli.sandbox.store.database import Database, Page, Row

_STATUS = """CASE
    WHEN cancelled_at <= :now THEN 'CANCELLED'
    WHEN ends_at <= :now THEN CASE fails WHEN 1 THEN 'FAILED' ELSE 'COMPLETED' END
    WHEN running_at <= :now THEN 'RUNNING'
    WHEN throttled_at <= :now THEN 'THROTTLED'
    ELSE 'PENDING' END"""
_UPDATED = """CASE
    WHEN cancelled_at <= :now THEN cancelled_at
    WHEN ends_at <= :now THEN ends_at
    WHEN running_at <= :now THEN running_at
    WHEN throttled_at <= :now THEN throttled_at
    ELSE created_at END"""
_SELECT = f"SELECT *, {_STATUS} AS status, {_UPDATED} AS updated_at FROM batches"  # noqa: S608 - constants
_GOING_ON = ("PENDING", "THROTTLED", "RUNNING")


class Batches:
    """The table of batches."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def insert(self, row: Row) -> None:
        """Adds a batch with its schedule."""
        self._database.insert("batches", row)

    def get(self, batch_id: str, *, now: int) -> Row | None:
        """A batch with its `status` and `updated_at` at `now`, or None."""
        return self._database.one(f"{_SELECT} WHERE id = :id", {"id": batch_id, "now": now})

    def cancel(self, batch_id: str, *, at: int) -> None:
        """Sets the time at which a batch becomes CANCELLED."""
        self._database.update("batches", batch_id, {"cancelled_at": at})

    def count(self) -> int:
        """How many batches were ever created."""
        row = self._database.one("SELECT coalesce(max(seq), 0) AS number FROM batches", {})
        return int(row["number"]) if row else 0

    def page(  # noqa: PLR0913 - the filters of the route
        self,
        *,
        now: int,
        after: list[Any] | None,
        size: int,
        status: str | None = None,
        source_directory_id: str | None = None,
        created_from: int | None = None,
        created_to: int | None = None,
    ) -> Page:
        """One page, newest first; `created_from` and `created_to` are inclusive, in microseconds."""
        values = {
            "now": now,
            "status": status,
            "source_directory_id": source_directory_id,
            "created_from": created_from,
            "created_to": created_to,
        }
        where: list[str] = []
        if status is not None:
            where.append(f"{_STATUS} = :status")
        if status in _GOING_ON:
            # Few of many thousands: found through the index of ends, before the order by seq.
            where.append("seq IN (SELECT seq FROM batches WHERE ends_at > :now)")
        if source_directory_id is not None:
            where.append("source_directory_id = :source_directory_id")
        if created_from is not None:
            where.append("created_at >= :created_from")
        if created_to is not None:
            where.append("created_at <= :created_to")
        return self._database.page(_SELECT, where, values, after=after, size=size)
