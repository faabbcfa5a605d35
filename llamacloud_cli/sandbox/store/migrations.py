"""The schema, as numbered steps: a database at `user_version` n still needs the steps after the n-th.

Times are microseconds since the epoch (`…_at`), JSON is kept as text. `seq` grows with every row, which
makes it the key of newest-first pages: `seq < ?` continues a listing whatever was added since.
States are not stored: they follow from these times and the clock (see `batches.py` and `jobs.py`).
"""

from __future__ import annotations

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

    CREATE TABLE files (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        external_file_id TEXT,
        purpose TEXT,
        size INTEGER NOT NULL,
        created_at INTEGER NOT NULL,
        expires_at INTEGER,
        deleted_at INTEGER,
        swept INTEGER NOT NULL DEFAULT 0
    );
    CREATE INDEX files_name ON files (name, seq);
    CREATE INDEX files_gone ON files (coalesce(deleted_at, expires_at))
        WHERE swept = 0 AND coalesce(deleted_at, expires_at) IS NOT NULL;

    CREATE TABLE directories (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        description TEXT,
        type TEXT NOT NULL,
        connector_subscription_id TEXT,
        system_metadata TEXT,
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL,
        expires_at INTEGER,
        deleted_at INTEGER
    );
    CREATE INDEX directories_name ON directories (name, seq);

    CREATE TABLE directory_files (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        directory_id TEXT NOT NULL REFERENCES directories (id),
        file_id TEXT NOT NULL REFERENCES files (id),
        unique_id TEXT NOT NULL,
        display_name TEXT NOT NULL,
        metadata TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL,
        deleted_at INTEGER
    );
    CREATE UNIQUE INDEX directory_files_unique ON directory_files (directory_id, unique_id)
        WHERE deleted_at IS NULL;
    CREATE INDEX directory_files_order ON directory_files (directory_id, seq);

    CREATE TABLE configurations (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        product_type TEXT NOT NULL,
        parameters TEXT NOT NULL,
        built_in INTEGER NOT NULL DEFAULT 0,
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL
    );
    CREATE UNIQUE INDEX configurations_name ON configurations (name, product_type);

    CREATE TABLE batches (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        source_directory_id TEXT NOT NULL,
        product TEXT NOT NULL,
        configuration_id TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        throttled_at INTEGER,
        running_at INTEGER NOT NULL,
        ends_at INTEGER NOT NULL,
        cancelled_at INTEGER,
        fails INTEGER NOT NULL DEFAULT 0
    );
    CREATE INDEX batches_directory ON batches (source_directory_id, seq);
    CREATE INDEX batches_ends ON batches (ends_at);

    CREATE TABLE documents (
        file_id TEXT PRIMARY KEY REFERENCES files (id),
        name TEXT NOT NULL,
        wanted_at INTEGER NOT NULL,
        tries INTEGER NOT NULL DEFAULT 0,
        read_at INTEGER,
        error TEXT,
        pages TEXT
    ) WITHOUT ROWID;
    CREATE INDEX documents_unread ON documents (wanted_at) WHERE read_at IS NULL;

    CREATE TABLE jobs (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        product TEXT NOT NULL,
        batch_id TEXT REFERENCES batches (id),
        directory_file_id TEXT,
        file_id TEXT NOT NULL,
        name TEXT NOT NULL,
        configuration_id TEXT,
        parameters TEXT NOT NULL,
        mapped_at INTEGER,
        starts_at INTEGER NOT NULL,
        ends_at INTEGER NOT NULL,
        cancelled_at INTEGER,
        deleted_at INTEGER,
        user_metadata TEXT,
        mapping_error TEXT,
        has_reference INTEGER NOT NULL DEFAULT 1,
        job_error TEXT,
        failed_pages TEXT
    );
    CREATE INDEX jobs_batch ON jobs (batch_id, seq);
    CREATE INDEX jobs_product ON jobs (product, seq);
    CREATE INDEX jobs_file ON jobs (file_id);

    CREATE TABLE webhook_configs (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        hook TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL
    );

    CREATE TABLE deliveries (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        event_id TEXT NOT NULL UNIQUE,
        batch_id TEXT NOT NULL REFERENCES batches (id),
        event TEXT NOT NULL,
        hook TEXT NOT NULL,
        happens_at INTEGER NOT NULL,
        next_attempt_at INTEGER,
        attempts INTEGER NOT NULL DEFAULT 0,
        delivered_at INTEGER,
        last_error TEXT
    );
    CREATE INDEX deliveries_due ON deliveries (next_attempt_at) WHERE next_attempt_at IS NOT NULL;
    CREATE INDEX deliveries_batch ON deliveries (batch_id);
    """,
)
