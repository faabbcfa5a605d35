"""One SQLite database in WAL mode: a connection a thread, one writer at a time, keyset pages."""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from llamacloud_cli.errors import UsageError
from llamacloud_cli.private import open_private
from llamacloud_cli.sandbox.store.migrations import MIGRATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

Row = dict[str, Any]
"""One row, by column name."""

BUSY_TIMEOUT_MS = 30_000


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of one page, and the key of the row after which the next page starts (None: the last page)."""

    rows: list[Row]
    next_key: list[Any] | None


@dataclass(frozen=True, slots=True)
class Order:
    """A total order of a table: by `seq`, or by a column and then `seq`."""

    column: str | None = None
    descending: bool = True

    def key(self, row: Row) -> list[Any]:
        """The place of a row in this order, as a page token carries it."""
        return [row["seq"]] if self.column is None else [row[self.column], row["seq"]]


NEWEST_FIRST = Order()


class Database:
    """The sandbox's database file.

    Writers of this process wait for each other on a lock, so SQLite's busy handler only ever meets
    another process that serves the same folder.

    Raises:
        UsageError: the file is no database that can be used.
        OSError: it cannot be opened, or a link or anything else that is no file is in its place.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._local = threading.local()
        self._write_lock = threading.RLock()
        self._connections: list[sqlite3.Connection] = []
        self._connections_lock = threading.Lock()
        os.close(open_private(path, os.O_CREAT | os.O_RDWR))  # SQLite would follow a link
        try:
            self._migrate()
        except sqlite3.DatabaseError as error:
            self.close()
            # Operational errors, a lock or a full disk, say nothing against what the file holds.
            hint = None if isinstance(error, sqlite3.OperationalError) else "`sandbox reset` removes it"
            raise UsageError(f"the sandbox's database '{path}' cannot be used: {error}", hint=hint) from None

    def connection(self) -> sqlite3.Connection:
        """This thread's connection, opened on first use."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            # check_same_thread: close() closes the connections of all threads.
            connection = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
            with self._connections_lock:
                self._connections.append(connection)
            connection.row_factory = _as_dict
            connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
            connection.execute("PRAGMA journal_mode = WAL")
            # FULL: a row that was acknowledged is on disk, not only in the page cache.
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            self._local.connection = connection
        return connection

    def close(self) -> None:
        """Closes every thread's connection; SQLite then folds the write-ahead log into the file."""
        with self._connections_lock:
            for connection in self._connections:
                connection.close()
            self._connections.clear()
        self._local = threading.local()

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A write transaction: committed at the end, rolled back on an exception. Nested ones join it."""
        connection = self.connection()
        if connection.in_transaction:
            yield connection
            return
        with self._write_lock:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def one(self, sql: str, parameters: Mapping[str, Any]) -> Row | None:
        """The first row of a query, or None."""
        row: Row | None = self.connection().execute(sql, parameters).fetchone()
        return row

    def all(self, sql: str, parameters: Mapping[str, Any]) -> list[Row]:
        """All rows of a query."""
        return self.connection().execute(sql, parameters).fetchall()

    def insert(self, table: str, row: Mapping[str, Any]) -> None:
        """Inserts one row, given by column names."""
        names = ", ".join(row)
        places = ", ".join(f":{name}" for name in row)
        with self.write() as connection:
            # Table and column names are this package's own.
            connection.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", row)  # noqa: S608

    def update(self, table: str, row_id: str, changes: Mapping[str, Any]) -> None:
        """Changes columns of the row with an id."""
        assignments = ", ".join(f"{name} = :{name}" for name in changes)
        with self.write() as connection:
            connection.execute(
                f"UPDATE {table} SET {assignments} WHERE id = :row_id",  # noqa: S608 - our own names
                {**changes, "row_id": row_id},
            )

    def page(  # noqa: PLR0913 - the parts of one SELECT
        self,
        select: str,
        where: list[str],
        parameters: Mapping[str, Any],
        *,
        after: list[Any] | None,
        size: int,
        order: Order = NEWEST_FIRST,
    ) -> Page:
        """One page of a query, continued after a row's key.

        Args:
            select: `SELECT … FROM …` whose rows hold `seq` and the order's column.
            where: conditions, joined by AND.
            parameters: values of the named placeholders.
            after: the key of the last row of the page before, or None for the first page.
            size: rows a page.
            order: a total order.
        """
        values = dict(parameters)
        conditions = list(where)
        comparison, direction = ("<", "DESC") if order.descending else (">", "ASC")
        if after is not None:
            values |= {f"after_{n}": value for n, value in enumerate(after)}
            if order.column is None:
                conditions.append(f"seq {comparison} :after_0")
            else:
                conditions.append(f"({order.column}, seq) {comparison} (:after_0, :after_1)")
        columns = "seq" if order.column is None else f"{order.column} {direction}, seq"
        clause = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        values["limit"] = size + 1
        rows = self.all(f"{select}{clause} ORDER BY {columns} {direction} LIMIT :limit", values)
        more = len(rows) > size
        rows = rows[:size]
        return Page(rows, order.key(rows[-1]) if more else None)

    def _migrate(self) -> None:
        # One transaction for all steps: a kill in between leaves the version before, and a second process
        # that opens the same new folder waits here.
        connection = self.connection()
        connection.execute("BEGIN EXCLUSIVE")
        try:
            version = connection.execute("PRAGMA user_version").fetchone()["user_version"]
            for script in MIGRATIONS[version:]:
                for statement in script.split(";"):
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")


def _as_dict(cursor: sqlite3.Cursor, values: tuple[Any, ...]) -> Row:
    return {column[0]: value for column, value in zip(cursor.description, values, strict=True)}
