"""A ledger read by somebody who must not change it: as a copy, or for the names that it knows."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from llamacloud_cli.errors import UsageError
from llamacloud_cli.workflows.ledger import LEDGER_NAME
from llamacloud_cli.workflows.names import as_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def copy_ledger(folder: Path, target: Path) -> None:
    """Copies the ledger of a folder into another folder; nothing is copied where there is none.

    Raises:
        UsageError: it cannot be read.
    """
    if not (folder / LEDGER_NAME).is_file():
        return
    try:
        with closing(_read_only(folder)) as source, closing(sqlite3.connect(target / LEDGER_NAME)) as copy:
            source.backup(copy)
    except sqlite3.Error as error:
        raise UsageError(f"the ledger in {str(folder)!r} cannot be read: {error}") from None


class LocalNames:
    """The names of source files, by batch and directory file, from the ledgers of this machine.

    Args:
        folders: of the ledgers; one that is gone or cannot be read is passed over.
    """

    def __init__(self, folders: Iterable[bytes]) -> None:
        self._ledgers = []
        for folder in folders:
            try:
                self._ledgers.append(_read_only(Path(os.fsdecode(folder))))
            except sqlite3.Error:
                continue

    def close(self) -> None:
        """Closes the ledgers."""
        for ledger in self._ledgers:
            ledger.close()

    def of_batch(self, batch_id: str) -> dict[str, list[str]]:
        """Gives the names of a batch's files, by directory file; none where no ledger knows the batch."""
        found: dict[str, list[str]] = {}
        for file_id, source in self._rows(
            "SELECT CAST(file_id AS TEXT), CAST(source AS BLOB) FROM shard JOIN work ON work.shard_id = shard.id"
            " JOIN file ON file.work_id = work.id WHERE batch_id = ? AND file_id IS NOT NULL ORDER BY file.id",
            (batch_id,),
        ):
            found.setdefault(file_id, []).append(as_text(source).encode("utf-8", "replace").decode())
        return found

    def _rows(self, sql: str, values: Sequence[str]) -> list[tuple[str, bytes]]:
        for ledger in self._ledgers:
            try:
                rows = ledger.execute(sql, values).fetchall()
            except sqlite3.Error:
                continue
            if rows:
                return rows
        return []


def _read_only(folder: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{(folder / LEDGER_NAME).absolute().as_uri()}?mode=ro", uri=True, timeout=5.0)
    try:
        connection.execute("SELECT 1 FROM sqlite_master")  # opens it
    except BaseException:
        connection.close()
        raise
    return connection
