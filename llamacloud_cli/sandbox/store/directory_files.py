"""Files of directories: a name and metadata for a stored file, under a directory."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from llamacloud_cli.sandbox.store.database import Database, Page, Row


class DuplicateUniqueIdError(Exception):
    """A directory already has a file with this `unique_id`."""


class DirectoryFiles:
    """The table of directory files."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def insert(self, row: Row) -> None:
        """Adds a file to a directory.

        Raises:
            DuplicateUniqueIdError: the directory has one with this `unique_id`.
        """
        try:
            self._database.insert("directory_files", row)
        except sqlite3.IntegrityError as error:
            raise DuplicateUniqueIdError from error

    def update(self, directory_file_id: str, changes: Row) -> None:
        """Changes columns of a directory file.

        Raises:
            DuplicateUniqueIdError: the (new) directory has one with this `unique_id`.
        """
        try:
            self._database.update("directory_files", directory_file_id, changes)
        except sqlite3.IntegrityError as error:
            raise DuplicateUniqueIdError from error

    def get(self, directory_id: str, directory_file_id: str) -> Row | None:
        """A file of a directory that was not deleted, or None."""
        return self._database.one(
            "SELECT * FROM directory_files WHERE id = :id AND directory_id = :directory_id AND deleted_at IS NULL",
            {"id": directory_file_id, "directory_id": directory_id},
        )

    def delete(self, directory_file_id: str, *, now: int) -> None:
        """Marks a directory file as deleted; the stored file stays."""
        self._database.update("directory_files", directory_file_id, {"deleted_at": now, "updated_at": now})

    def first(self, directory_id: str, limit: int) -> list[Row]:
        """The first files of a directory in the order in which they were added."""
        return self._database.all(
            "SELECT * FROM directory_files WHERE directory_id = :directory_id AND deleted_at IS NULL"
            " ORDER BY seq LIMIT :limit",
            {"directory_id": directory_id, "limit": limit},
        )

    def page(  # noqa: PLR0913 - the filters of the route
        self,
        directory_id: str,
        *,
        after: list[Any] | None,
        size: int,
        equal: Row,
        display_name_contains: str | None,
        updated_from: int | None,
        updated_to: int | None,
        include_deleted: bool,
    ) -> Page:
        """One page, newest first.

        Args:
            directory_id: the directory.
            after: see `Database.page`.
            size: rows a page.
            equal: `display_name`, `unique_id`, `file_id`: columns that must equal; None is no filter.
            display_name_contains: a part of the name, letter case as given.
            updated_from: inclusive, microseconds since the epoch.
            updated_to: inclusive, microseconds since the epoch.
            include_deleted: whether deleted files are shown.
        """
        values = {
            **equal,
            "directory_id": directory_id,
            "part": display_name_contains,
            "updated_from": updated_from,
            "updated_to": updated_to,
        }
        where = ["directory_id = :directory_id"]
        where += [f"{name} = :{name}" for name, value in equal.items() if value is not None]
        if not include_deleted:
            where.append("deleted_at IS NULL")
        if display_name_contains is not None:
            where.append("instr(display_name, :part) > 0")
        if updated_from is not None:
            where.append("updated_at >= :updated_from")
        if updated_to is not None:
            where.append("updated_at <= :updated_to")
        return self._database.page("SELECT * FROM directory_files", where, values, after=after, size=size)
