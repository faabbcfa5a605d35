"""Saved configurations, and the two that are built in."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from llamacloud_cli.sandbox.store.database import Database, Page, Row

BUILT_IN_PARSE = "cfg-PARSE_AGENTIC"
"""The one built-in id that the service's documents attest."""
BUILT_IN_EXTRACT = "cfg-SANDBOX_EXTRACT"
"""The sandbox's own: the service has no built-in extract configuration that is known."""

_BUILT_IN: tuple[tuple[str, str, dict[str, Any]], ...] = (
    (BUILT_IN_PARSE, "PARSE_AGENTIC", {"product_type": "parse_v2", "tier": "agentic", "version": "latest"}),
    (
        BUILT_IN_EXTRACT,
        "SANDBOX_EXTRACT",
        {
            "product_type": "extract_v2",
            "data_schema": {
                "type": "object",
                "properties": {
                    "invoice_number": {"type": "string"},
                    "date": {"type": "string", "format": "date"},
                    "due_date": {"type": "string", "format": "date"},
                    "from": {"type": "string"},
                    "bill_to": {"type": "string"},
                    "subject": {"type": "string"},
                    "reference": {"type": "string"},
                    "currency": {"type": "string"},
                    "total": {"type": "number"},
                },
            },
        },
    ),
)


class DuplicateNameError(Exception):
    """Another configuration of the same product has this name."""


class Configurations:
    """The table of configurations: one row for each name and product."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add_built_in(self, now: int) -> None:
        """Adds the built-in configurations where they are missing."""
        with self._database.write() as connection:
            for config_id, name, parameters in _BUILT_IN:
                connection.execute(
                    "INSERT OR IGNORE INTO configurations"
                    " (id, name, product_type, parameters, built_in, created_at, updated_at)"
                    " VALUES (?, ?, ?, ?, 1, ?, ?)",
                    (config_id, name, parameters["product_type"], json.dumps(parameters), now, now),
                )

    def upsert(self, row: Row) -> Row:
        """Adds a configuration, or replaces the parameters of the one with its name and product.

        Returns:
            The row as stored; its id is the older one's where there was one.
        """
        with self._database.write() as connection:
            connection.execute(
                "INSERT INTO configurations (id, name, product_type, parameters, created_at, updated_at)"
                " VALUES (:id, :name, :product_type, :parameters, :created_at, :updated_at)"
                " ON CONFLICT (name, product_type) DO UPDATE"
                " SET parameters = excluded.parameters, updated_at = excluded.updated_at WHERE built_in = 0",
                row,
            )
            stored: Row = connection.execute(
                "SELECT * FROM configurations WHERE name = :name AND product_type = :product_type", row
            ).fetchone()
        return stored

    def get(self, config_id: str) -> Row | None:
        """A configuration, or None."""
        return self._database.one("SELECT * FROM configurations WHERE id = :id", {"id": config_id})

    def update(self, config_id: str, changes: Row) -> None:
        """Changes columns of a configuration.

        Raises:
            DuplicateNameError: another one of the product has the new name.
        """
        try:
            self._database.update("configurations", config_id, changes)
        except sqlite3.IntegrityError as error:
            raise DuplicateNameError from error

    def delete(self, config_id: str) -> None:
        """Removes a configuration; batches keep the id and a snapshot of its parameters."""
        with self._database.write() as connection:
            connection.execute("DELETE FROM configurations WHERE id = ?", (config_id,))

    def page(self, *, after: list[Any] | None, size: int, name: str | None, product_types: list[str]) -> Page:
        """One page, newest first; `name` is exact, an empty `product_types` takes all."""
        where: list[str] = []
        values: Row = {"name": name}
        if name is not None:
            where.append("name = :name")
        if product_types:
            values |= {f"type_{n}": kind for n, kind in enumerate(product_types)}
            where.append(f"product_type IN ({', '.join(f':type_{n}' for n in range(len(product_types)))})")
        return self._database.page("SELECT * FROM configurations", where, values, after=after, size=size)
