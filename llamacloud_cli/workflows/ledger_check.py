"""What a ledger may hold: SQLite keeps any value in any column, and a disk or a program may have put one there."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

_TYPES = {"INTEGER": "'integer'", "REAL": "'real', 'integer'", "TEXT": "'text'", "BLOB": "'blob'"}
_NO_PRODUCT = "{column} NOT IN ('parse_v2', 'extract_v2')"
_NO_ARRAY = (
    "CASE WHEN json_valid({column}) THEN json_type({column}) <> 'array' OR EXISTS"
    " (SELECT 1 FROM json_each({column}) WHERE json_each.type <> '{of}') ELSE {column} IS NOT NULL END"
)
_MOST = 10**15
_WRONG = {
    ("counter", "value"): f"value NOT BETWEEN 0 AND {_MOST}",
    ("plan", "product"): _NO_PRODUCT.format(column="product"),
    ("choice", "product"): _NO_PRODUCT.format(column="product"),
    ("shard", "state"): "state NOT IN ('open', 'intent', 'created', 'ended')",
    ("shard", "directory_id"): "state IN ('intent', 'created') AND directory_id IS NULL",
    ("shard", "batch_id"): "state = 'created' AND COALESCE(batch_id, '') = ''",
    ("work", "state"): "state NOT IN ('new', 'uploaded', 'mapped', 'done', 'failed')",
    ("work", "sha256"): "length(sha256) <> 64",
    ("work", "job_type"): f"{_NO_PRODUCT.format(column='job_type')} OR state = 'done' AND job_type IS NULL",
    ("work", "job_id"): "state = 'done' AND COALESCE(job_id, '') = ''",
    ("work", "credits"): f"abs(credits) > {_MOST}",
    ("work", "failed_pages"): _NO_ARRAY.format(column="failed_pages", of="integer"),
    ("file", "path"): "instr(path, x'00')",
    ("file", "outputs"): _NO_ARRAY.format(column="outputs", of="text"),
}
"""For some columns, what a row of their table never holds."""


def damage_of(db: sqlite3.Connection) -> str | None:
    """Gives in words where a ledger holds what this tool never writes, or None.

    Raises:
        sqlite3.Error: it cannot be read.
    """
    for table in dict.fromkeys(table for table, _ in _WRONG):
        wrong = dict(_wrong_columns(db, table))
        cases = " ".join(f"WHEN {condition} THEN '{column}'" for column, condition in wrong.items())
        row = db.execute(
            f"SELECT CASE {cases} END FROM {table} WHERE {' OR '.join(f'({one})' for one in wrong.values())} LIMIT 1"  # noqa: S608 - names and conditions of this module and of the schema
        ).fetchone()
        if row is not None:
            return f"{row[0]!r} in its table {table!r} is not as this tool writes it"
    return None


def _wrong_columns(db: sqlite3.Connection, table: str) -> list[tuple[str, str]]:
    """Gives each column of a table with the condition that it is wrong."""
    found = []
    for _, column, declared, not_null, _, _ in db.execute(f"PRAGMA table_info({table})"):
        types = _TYPES[declared] + ("" if not_null else ", 'null'")
        also = _WRONG.get((table, column))
        found.append((column, f"typeof({column}) NOT IN ({types})" + (f" OR {also}" if also else "")))
    return found
