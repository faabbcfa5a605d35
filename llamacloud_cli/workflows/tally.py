"""The numbers of a run, kept while many threads change them."""

from __future__ import annotations

import threading
from time import monotonic
from typing import TYPE_CHECKING

from llamacloud_cli.progress import RunProgress

if TYPE_CHECKING:
    from llamacloud_cli.workflows.ledger_files import Counts


class Tally:
    """Counts what a run has done. Any number of threads may use it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._began = self._sending_since = monotonic()
        self._phase = "looking for files"
        self._numbers = {
            "found": 0, "skipped": 0, "total": 0, "uploaded": 0, "sent": 0, "uploaded_bytes": 0, "failed": 0,
            "collected": 0,
        }  # fmt: skip
        self._done_before = 0
        self._shards: dict[int, tuple[str, int, int]] = {}  # going on: status, done, failed
        self._ended: dict[str, int] = {}
        self._ended_done = 0

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return monotonic() - self._began

    def start(self, phase: str, counts: Counts) -> None:
        """Takes what the ledger says when the sending begins."""
        with self._lock:
            self._phase = phase
            self._sending_since = monotonic()
            self._numbers.update(
                found=counts.files,
                skipped=counts.done_before,
                total=counts.works,
                uploaded=counts.uploaded,
                failed=counts.failed,
                collected=counts.collected,
            )
            self._done_before = counts.done

    def add(self, **numbers: int) -> None:
        """Adds to some numbers."""
        with self._lock:
            for name, number in numbers.items():
                self._numbers[name] += number

    def shard(self, shard_id: int, status: str, done: int, failed: int) -> None:
        """Takes how far a shard is that this run works on."""
        with self._lock:
            self._shards[shard_id] = (status, done, failed)

    def shard_ended(self, shard_id: int) -> None:
        """Notes that a shard will not change any more."""
        with self._lock:
            status, done, failed = self._shards.pop(shard_id, ("", 0, 0))
            self._ended_done += done
            self._numbers["failed"] += failed
            if status:
                self._ended[status] = self._ended.get(status, 0) + 1

    def progress(self) -> RunProgress:
        """Gives how far the run is."""
        with self._lock:
            numbers, batches = self._numbers, dict(self._ended)
            done, failed = self._done_before + self._ended_done, numbers["failed"]
            for status, shard_done, shard_failed in self._shards.values():
                batches[status] = batches.get(status, 0) + 1
                done += shard_done
                failed += shard_failed
            return RunProgress(
                phase=self._phase,
                found=numbers["found"],
                skipped=numbers["skipped"],
                total=numbers["total"],
                uploaded=numbers["uploaded"],
                sent=numbers["sent"],
                uploaded_bytes=numbers["uploaded_bytes"],
                sending=monotonic() - self._sending_since,
                batches=batches,
                done=done,
                failed=failed,
                collected=numbers["collected"],
                elapsed=monotonic() - self._began,
            )
