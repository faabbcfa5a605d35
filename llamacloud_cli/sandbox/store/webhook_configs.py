"""Saved webhook configurations; a batch keeps a copy of those that it is created with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from llamacloud_cli.sandbox.store.database import Database, Page, Row


class WebhookConfigs:
    """The table of webhook configurations; `hook` holds the settings as JSON."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def insert(self, row: Row) -> None:
        """Adds a configuration."""
        self._database.insert("webhook_configs", row)

    def get(self, config_id: str) -> Row | None:
        """A configuration, or None."""
        return self._database.one("SELECT * FROM webhook_configs WHERE id = :id", {"id": config_id})

    def update(self, config_id: str, changes: Row) -> None:
        """Changes columns of a configuration."""
        self._database.update("webhook_configs", config_id, changes)

    def delete(self, config_id: str) -> None:
        """Removes a configuration."""
        with self._database.write() as connection:
            connection.execute("DELETE FROM webhook_configs WHERE id = ?", (config_id,))

    def count(self) -> int:
        """How many there are."""
        row = self._database.one("SELECT count(*) AS number FROM webhook_configs", {})
        return int(row["number"]) if row else 0

    def page(self, *, after: list[Any] | None, size: int) -> Page:
        """One page, newest first."""
        return self._database.page("SELECT * FROM webhook_configs", [], {}, after=after, size=size)
