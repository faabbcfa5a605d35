"""The background thread that reads documents, and removes files whose time has passed."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

from llamacloud_cli.sandbox.background import POLL, Background
from llamacloud_cli.sandbox.clock import SECOND
from llamacloud_cli.sandbox.documents import UnreadableDocumentError, read_document

if TYPE_CHECKING:
    from llamacloud_cli.sandbox.documents import DocumentPage
    from llamacloud_cli.sandbox.engine import Engine
    from llamacloud_cli.sandbox.policy import Policy
    from llamacloud_cli.sandbox.store import Row, Store

logger = logging.getLogger(__name__)

_UNREADABLE = "The file cannot be read"
_SWEEP_EVERY = 30.0
_MAX_TRIES = 5
"""Reads that may end with the process before a file counts as unreadable: a file that crashes a reader's native
code must not crash the sandbox at each start."""
_UPLOAD_AGE = 24 * 3600 * SECOND


class Reader(Background):
    """Reads what jobs want, in the order in which they want it, ahead of the time at which they end."""

    def __init__(self, store: Store, engine: Engine, policy: Policy) -> None:
        super().__init__("sandbox-reader")
        self._store = store
        self._engine = engine
        self._policy = policy
        self._next_sweep = 0

    def read(self, document: Row) -> None:
        """Reads one document now and stores what came of it."""
        file_id, name = document["file_id"], document["name"]
        pages = error = None
        try:
            pages = json.dumps([page.as_json() for page in self._pages(file_id, name)])
        except UnreadableDocumentError as reason:
            error = str(reason)
        except Exception:  # a reader library that fails in its own way is that file's error, not the sandbox's
            logger.exception("reading %s failed", name)
            error = _UNREADABLE
        self._store.documents.finish(file_id, now=self._engine.now(), pages=pages, error=error)

    def _pages(self, file_id: str, name: str) -> list[DocumentPage]:
        if self._store.documents.begin(file_id) > _MAX_TRIES:
            raise UnreadableDocumentError(_UNREADABLE)
        return read_document(self._store.blobs.path(file_id), name, limit=self._policy.read_limit)

    def read_now(self, file_id: str) -> None:
        """Reads a file's document unless that has been done."""
        document = self._store.documents.get(file_id)
        if document is not None and document["read_at"] is None:
            self.read(document)

    def read_all(self) -> None:
        """Reads everything that is wanted."""
        while document := self._store.documents.next_unread():
            self.read(document)

    def sweep(self) -> None:
        """Removes the content of deleted and expired files, and old uploads that were never finished."""
        now = self._engine.now()
        for file_id in self._store.files.gone(now=now):
            self._store.blobs.remove(file_id)
            self._store.files.mark_swept(file_id)
        self._store.blobs.clear_uploads((now - _UPLOAD_AGE) / SECOND)

    def work(self) -> float:
        """Reads one document, or sweeps when it is time to."""
        document = self._store.documents.next_unread()
        if document is not None:
            self.read(document)
            return 0
        if self._engine.now() >= self._next_sweep:
            self._next_sweep = self._engine.now() + int(_SWEEP_EVERY * SECOND)
            self.sweep()
        return POLL
