"""Webhook deliveries: one row for each event of a batch and each of its webhooks, due at its time."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llamacloud_cli.sandbox.store.database import Database, Row


class Deliveries:
    """The table of deliveries."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def insert(self, row: Row, *, due: bool) -> None:
        """Adds a delivery: due at its `happens_at`, or never."""
        self._database.insert("deliveries", {**row, "next_attempt_at": row["happens_at"] if due else None})

    def of_batch(self, batch_id: str) -> list[Row]:
        """A batch's deliveries, in the order of their events."""
        return self._database.all(
            "SELECT * FROM deliveries WHERE batch_id = :batch_id ORDER BY happens_at, seq",
            {"batch_id": batch_id},
        )

    def drop_after(self, batch_id: str, *, at: int) -> None:
        """Removes a batch's deliveries of events that will not happen any more."""
        with self._database.write() as connection:
            connection.execute("DELETE FROM deliveries WHERE batch_id = ? AND happens_at > ?", (batch_id, at))

    def claim(self, *, now: int, retry_at: int) -> Row | None:
        """Takes the next due delivery: until `retry_at` nobody else, in any process, takes it.

        Returns:
            The row, with its `attempts` counted up, or None.
        """
        with self._database.write() as connection:
            row: Row | None = connection.execute(
                "UPDATE deliveries SET next_attempt_at = :retry_at, attempts = attempts + 1 WHERE seq ="
                " (SELECT seq FROM deliveries WHERE next_attempt_at <= :now"
                " ORDER BY next_attempt_at, seq LIMIT 1)"
                " RETURNING *",
                {"now": now, "retry_at": retry_at},
            ).fetchone()
        return row

    def next_due(self) -> int | None:
        """When the next delivery is due, in microseconds since the epoch; None where nothing is left."""
        row = self._database.one(
            "SELECT min(next_attempt_at) AS due FROM deliveries WHERE next_attempt_at IS NOT NULL", {}
        )
        return row["due"] if row else None

    def settle(self, seq: int, *, delivered_at: int | None, next_attempt_at: int | None, error: str | None) -> None:
        """Notes how an attempt went; without `next_attempt_at` it was the last."""
        with self._database.write() as connection:
            connection.execute(
                "UPDATE deliveries SET delivered_at = ?, next_attempt_at = ?, last_error = ? WHERE seq = ?",
                (delivered_at, next_attempt_at, error, seq),
            )
