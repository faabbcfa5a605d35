"""Values made once for a data folder and kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llamacloud_cli.sandbox.store.database import Database


class Settings:
    """Names and values."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get_or_set(self, name: str, value: str) -> str:
        """The stored value; where there is none, `value` is stored and returned."""
        with self._database.write() as connection:
            connection.execute("INSERT OR IGNORE INTO settings (name, value) VALUES (?, ?)", (name, value))
            row = connection.execute("SELECT value FROM settings WHERE name = ?", (name,)).fetchone()
        stored: str = row["value"]
        return stored
