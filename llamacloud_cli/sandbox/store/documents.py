"""What was read from files: pages of text, or why a file cannot be read. Kept when the file is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llamacloud_cli.sandbox.store.database import Database, Row


class Documents:
    """The table of documents, one for each file that a job needs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def want(self, file_id: str, name: str, *, wanted_at: int) -> None:
        """Notes that a job needs the text of a file; nothing happens where that is known already."""
        with self._database.write() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO documents (file_id, name, wanted_at) VALUES (?, ?, ?)",
                (file_id, name, wanted_at),
            )

    def get(self, file_id: str) -> Row | None:
        """The document of a file, with its pages as JSON, or None."""
        return self._database.one("SELECT * FROM documents WHERE file_id = :id", {"id": file_id})

    def next_unread(self) -> Row | None:
        """The unread document that is wanted first, or None."""
        return self._database.one(
            "SELECT file_id, name FROM documents WHERE read_at IS NULL ORDER BY wanted_at LIMIT 1", {}
        )

    def begin(self, file_id: str) -> int:
        """Notes that a file is about to be read.

        Returns:
            How often that was noted, this time included.
        """
        with self._database.write() as connection:
            row = connection.execute(
                "UPDATE documents SET tries = tries + 1 WHERE file_id = ? RETURNING tries", (file_id,)
            ).fetchone()
        return int(row["tries"])

    def finish(self, file_id: str, *, now: int, pages: str | None, error: str | None) -> None:
        """Stores what was read; the first answer stays where two processes read the same file."""
        with self._database.write() as connection:
            connection.execute(
                "UPDATE documents SET read_at = ?, pages = ?, error = ? WHERE file_id = ? AND read_at IS NULL",
                (now, pages, error, file_id),
            )
