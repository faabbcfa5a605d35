"""The ledger of runs: what was found, sent, created and collected, on disk before and after each step.

It is a SQLite database in WAL mode. A commit survives the end of the process at once; `flushed` commits survive a
loss of power as well. One connection serves all threads of a run, one statement at a time.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from llamacloud_cli.errors import CliError, UsageError
from llamacloud_cli.private import make_private, open_private
from llamacloud_cli.workflows.ledger_check import damage_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

LEDGER_NAME = "ledger.sqlite3"

MIGRATIONS = (
    """
    CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
    -- One place where results come from: service, project and configuration.
    CREATE TABLE plan (
        id INTEGER PRIMARY KEY,
        key TEXT NOT NULL UNIQUE,
        product TEXT NOT NULL,
        configuration_id TEXT NOT NULL
    );
    -- Files of one directory at the service, which become one batch.
    -- state: open, intent (a create may have been sent), created, ended
    CREATE TABLE shard (
        id INTEGER PRIMARY KEY,
        plan_id INTEGER NOT NULL REFERENCES plan(id),
        directory_name TEXT NOT NULL,
        directory_asked INTEGER NOT NULL DEFAULT 0,
        directory_id TEXT,
        state TEXT NOT NULL DEFAULT 'open',
        intent_at REAL,
        batch_id TEXT,
        batch_status TEXT
    );
    CREATE INDEX shard_by_batch ON shard(batch_id);
    -- One content under one configuration: what is paid for once, however many files hold it.
    -- state: new, uploaded, mapped, done, failed
    CREATE TABLE work (
        id INTEGER PRIMARY KEY,
        plan_id INTEGER NOT NULL REFERENCES plan(id),
        sha256 TEXT NOT NULL,
        suffix TEXT NOT NULL,
        size INTEGER NOT NULL,
        state TEXT NOT NULL DEFAULT 'new',
        shard_id INTEGER REFERENCES shard(id),
        file_id TEXT,
        job_type TEXT,
        job_id TEXT,
        job_status TEXT,
        error TEXT,
        credits REAL,
        pages INTEGER,
        failed_pages TEXT,
        UNIQUE (plan_id, sha256, suffix)
    );
    CREATE INDEX work_by_shard ON work(shard_id, state);
    CREATE INDEX work_by_file ON work(shard_id, file_id);
    CREATE INDEX work_by_state ON work(plan_id, state);
    -- A source file as it was last seen. Paths are bytes, since not all of them are text.
    CREATE TABLE file (
        id INTEGER PRIMARY KEY,
        plan_id INTEGER NOT NULL REFERENCES plan(id),
        path BLOB NOT NULL,
        source BLOB NOT NULL,
        name TEXT NOT NULL,
        name_key TEXT NOT NULL,
        size INTEGER NOT NULL,
        mtime_ns INTEGER NOT NULL,
        work_id INTEGER REFERENCES work(id),
        refusal TEXT,
        run INTEGER NOT NULL,
        collected TEXT,
        outputs TEXT,
        bytes INTEGER,
        output_error TEXT,
        UNIQUE (plan_id, path),
        UNIQUE (plan_id, name_key)
    );
    CREATE INDEX file_by_work ON file(work_id);
    CREATE INDEX file_by_run ON file(plan_id, run);
    """,
    """
    -- How the command line named a configuration, and which one that was when a run last asked the service.
    CREATE TABLE choice (
        key TEXT PRIMARY KEY,
        product TEXT NOT NULL,
        configuration_id TEXT NOT NULL
    ) WITHOUT ROWID;
    -- A result as it was written. What is still so is the tool's own and may be replaced.
    CREATE TABLE output (
        plan_id INTEGER NOT NULL REFERENCES plan(id),
        name TEXT NOT NULL,
        size INTEGER NOT NULL,
        sha256 TEXT NOT NULL,
        PRIMARY KEY (plan_id, name)
    ) WITHOUT ROWID;
    """,
)


class LedgerError(CliError):
    """The ledger cannot be read or written."""

    code = "ledger"


class Ledger:
    """The database of one folder.

    Args:
        folder: made where it is missing.

    Raises:
        UsageError: it cannot be opened, is damaged, or a newer version of this tool made it.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / LEDGER_NAME
        self._lock = threading.RLock()
        try:
            make_private(folder)
            os.close(open_private(self.path, os.O_RDWR | os.O_CREAT))  # SQLite would make it by the umask
            self._db = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False, timeout=30.0)
            try:
                damage = self._prepare()
            except BaseException:
                self.close()
                raise
        except (OSError, sqlite3.Error) as error:
            what = error.strerror if isinstance(error, OSError) else error
            raise UsageError(f"the ledger {str(self.path)!r} cannot be opened: {what}") from None
        if damage is not None:
            self.close()
            raise UsageError(
                f"the ledger {str(self.path)!r} is damaged: {damage}",
                hint="put a copy of it back, or move it away: then no earlier run is known, and all is sent again",
            )

    def _prepare(self) -> str | None:
        """Brings the database up to date; gives what is damaged in it, or None."""
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.execute("PRAGMA foreign_keys = ON")
        self._migrate()
        return damage_of(self._db)

    def close(self) -> None:
        """Closes the database."""
        with self._lock, suppress(sqlite3.Error):
            self._db.close()

    @contextmanager
    def transaction(self, *, flushed: bool = False) -> Iterator[sqlite3.Connection]:
        """Makes several changes as one.

        Args:
            flushed: whether they must survive a loss of power before this returns.

        Raises:
            LedgerError: they cannot be written; none was made.
        """
        with self._lock:
            try:
                if flushed:
                    self._db.execute("PRAGMA synchronous = FULL")
                self._db.execute("BEGIN IMMEDIATE")
                try:
                    yield self._db
                except BaseException:
                    with suppress(sqlite3.Error):
                        self._db.execute("ROLLBACK")
                    raise
                self._db.execute("COMMIT")
            except sqlite3.Error as error:
                raise self._told(error) from None
            finally:
                if flushed:
                    with suppress(sqlite3.Error):
                        self._db.execute("PRAGMA synchronous = NORMAL")

    def change(self, sql: str, values: Iterable[Any] = (), *, flushed: bool = False) -> int:
        """Makes one change and gives the id of a row that it made; raises as `transaction` does."""
        if flushed:
            with self.transaction(flushed=True) as db:
                return db.execute(sql, tuple(values)).lastrowid or 0
        with self._lock:
            try:
                return self._db.execute(sql, tuple(values)).lastrowid or 0
            except sqlite3.Error as error:
                raise self._told(error) from None

    def rows(self, sql: str, values: Iterable[Any] = ()) -> list[Any]:
        """Gives the rows of a query, of which there must be few.

        Raises:
            LedgerError: it cannot be read.
        """
        with self._lock:
            try:
                return self._db.execute(sql, tuple(values)).fetchall()
            except sqlite3.Error as error:
                raise self._told(error) from None

    def pages(self, sql: str, values: Iterable[Any], *, size: int = 200) -> Iterator[Any]:
        """Gives the rows of a query, read a page at a time, so that any number of them takes little memory.

        Args:
            sql: holds `{after}` where a condition on the first column may stand, and orders by that column.
            values: for its parameters.
            size: rows a page.
        """
        last = -1
        while True:
            rows = self.rows(sql.format(after="> ?") + f" LIMIT {size:d}", (*values, last))
            yield from rows
            if len(rows) < size:
                return
            last = rows[-1][0]

    def next_run(self) -> int:
        """Gives a number for a run that no earlier one has."""
        with self.transaction() as db:
            db.execute("INSERT OR IGNORE INTO counter VALUES ('run', 0)")
            db.execute("UPDATE counter SET value = value + 1 WHERE name = 'run'")
            return int(db.execute("SELECT value FROM counter WHERE name = 'run'").fetchone()[0])

    def plan(self, key: str, product: str, configuration_id: str) -> int:
        """Gives the id of a plan, which is noted where it is new."""
        with self.transaction() as db:
            values = (key, product, configuration_id)
            db.execute("INSERT OR IGNORE INTO plan (key, product, configuration_id) VALUES (?, ?, ?)", values)
            return int(db.execute("SELECT id FROM plan WHERE key = ?", (key,)).fetchone()[0])

    def note_choice(self, key: str, product: str, configuration_id: str) -> None:
        """Notes which configuration the command line means by `key`."""
        self.change("INSERT OR REPLACE INTO choice VALUES (?, ?, ?)", (key, product, configuration_id))

    def choice(self, key: str) -> tuple[str, str] | None:
        """Gives product and id of the configuration that `key` meant last, or None."""
        rows = self.rows("SELECT product, configuration_id FROM choice WHERE key = ?", (key,))
        return (str(rows[0][0]), str(rows[0][1])) if rows else None

    def has_plans(self) -> bool:
        """Tells whether anything was ever run."""
        return bool(self.rows("SELECT 1 FROM plan LIMIT 1"))

    def _migrate(self) -> None:
        version = int(self._db.execute("PRAGMA user_version").fetchone()[0])
        if version > len(MIGRATIONS):
            raise UsageError(
                f"the ledger {str(self.path)!r} was made by a newer version of this tool", hint="use that version"
            )
        for number, script in enumerate(MIGRATIONS[version:], start=version + 1):
            self._db.executescript(f"BEGIN IMMEDIATE; {script}; PRAGMA user_version = {number:d}; COMMIT;")

    def _told(self, error: sqlite3.Error) -> LedgerError:
        hint = "free some space and run the same command again" if "full" in str(error) else None
        return LedgerError(f"the ledger {str(self.path)!r} cannot be written: {error}", hint=hint)
