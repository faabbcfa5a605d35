"""Stored files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llamacloud_cli.sandbox.store.database import NEWEST_FIRST, Order

if TYPE_CHECKING:
    from llamacloud_cli.sandbox.store.database import Database, Page, Row

_ALIVE = "deleted_at IS NULL AND (expires_at IS NULL OR expires_at > :now)"
ORDERS = {
    "name": Order("name", descending=False),
    "id": Order("id", descending=False),
    "created_at": NEWEST_FIRST,
}
"""What `order_by` takes; rows are created in the order of `seq`."""


class Files:
    """The table of uploaded files; their content is in `Blobs`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def insert(self, row: Row) -> None:
        """Adds a file whose content is already kept."""
        self._database.insert("files", row)

    def get(self, file_id: str, *, now: int) -> Row | None:
        """A file that is neither deleted nor expired, or None."""
        return self._database.one(
            f"SELECT * FROM files WHERE id = :id AND {_ALIVE}",  # noqa: S608 - a constant
            {"id": file_id, "now": now},
        )

    def delete(self, file_id: str, *, now: int) -> None:
        """Marks a file as deleted; the sweep removes its content."""
        self._database.update("files", file_id, {"deleted_at": now})

    def page(  # noqa: PLR0913 - the filters of the route
        self,
        *,
        now: int,
        after: list[Any] | None,
        size: int,
        file_ids: list[str] | None,
        name: str | None,
        external_file_id: str | None,
        order: Order,
    ) -> Page:
        """One page of the files that match every given filter."""
        where, values = [_ALIVE], {"now": now, "name": name, "external_file_id": external_file_id}
        if name is not None:
            where.append("name = :name")
        if external_file_id is not None:
            where.append("external_file_id = :external_file_id")
        if file_ids is not None:
            values |= {f"file_{n}": file_id for n, file_id in enumerate(file_ids)}
            where.append(f"id IN ({', '.join(f':file_{n}' for n in range(len(file_ids)))})")
        return self._database.page("SELECT * FROM files", where, values, after=after, size=size, order=order)

    def gone(self, *, now: int, limit: int = 100) -> list[str]:
        """Ids of files that are deleted or expired and whose content has not been removed yet."""
        rows = self._database.all(
            "SELECT id FROM files WHERE swept = 0 AND coalesce(deleted_at, expires_at) IS NOT NULL"
            " AND coalesce(deleted_at, expires_at) <= :now LIMIT :limit",
            {"now": now, "limit": limit},
        )
        return [row["id"] for row in rows]

    def mark_swept(self, file_id: str) -> None:
        """Notes that a file's content was removed."""
        self._database.update("files", file_id, {"swept": 1})
