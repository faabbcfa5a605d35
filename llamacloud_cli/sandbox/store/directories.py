"""Directories: user directories stay, ephemeral ones expire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from llamacloud_cli.sandbox.store.database import Database, Page, Row

_ALIVE = "deleted_at IS NULL AND (expires_at IS NULL OR expires_at > :now)"


class Directories:
    """The table of directories."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def insert(self, row: Row) -> None:
        """Adds a directory."""
        self._database.insert("directories", row)

    def get(self, directory_id: str, *, now: int) -> Row | None:
        """A directory that is neither deleted nor expired, or None."""
        return self._database.one(
            f"SELECT * FROM directories WHERE id = :id AND {_ALIVE}",  # noqa: S608 - a constant
            {"id": directory_id, "now": now},
        )

    def update(self, directory_id: str, changes: Row) -> None:
        """Changes columns of a directory."""
        self._database.update("directories", directory_id, changes)

    def page(  # noqa: PLR0913 - the filters of the route
        self,
        *,
        now: int,
        after: list[Any] | None,
        size: int,
        name: str | None,
        types: list[str],
        include_deleted: bool,
    ) -> Page:
        """One page, newest first. An empty `types` takes every type."""
        where: list[str] = [] if include_deleted else [_ALIVE]
        values: Row = {"now": now, "name": name}
        if name is not None:
            where.append("name = :name")
        if types:
            values |= {f"type_{n}": kind for n, kind in enumerate(types)}
            where.append(f"type IN ({', '.join(f':type_{n}' for n in range(len(types)))})")
        return self._database.page("SELECT * FROM directories", where, values, after=after, size=size)
