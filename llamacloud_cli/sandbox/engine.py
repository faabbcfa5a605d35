"""Batches and jobs over time.

Creating a batch fixes its whole schedule, in one transaction: when it runs, when each file is mapped to its
job, when each job starts and ends. Nothing runs a state machine afterwards: the store works states out from
those times and the clock, so a sandbox that was killed goes on where the clock is when it starts again.
"""

from __future__ import annotations

import json
import math
import random
import uuid
from typing import TYPE_CHECKING, Any

from llamacloud_cli.sandbox.clock import SECOND
from llamacloud_cli.sandbox.store.store import new_id

if TYPE_CHECKING:
    from llamacloud_cli.sandbox.faults import Faults
    from llamacloud_cli.sandbox.options import SandboxOptions
    from llamacloud_cli.sandbox.store import Row, Store

JOB_PREFIXES = {"parse_v2": "pjb", "extract_v2": "ext"}
TERMINAL = frozenset({"COMPLETED", "FAILED", "CANCELLED"})


class Engine:
    """Makes schedules and changes them on cancel.

    Attributes:
        instant: whether everything ends at the moment of its creation.
    """

    def __init__(self, store: Store, options: SandboxOptions, faults: Faults) -> None:
        self._store = store
        self._options = options
        self._faults = faults
        self.instant = math.isinf(options.speed)

    def now(self) -> int:
        """Microseconds since the epoch, by the sandbox's clock."""
        return int(self._options.clock() * SECOND)

    def create_batch(self, directory_id: str, files: list[Row], configuration: Row, hooks: list[dict[str, Any]]) -> str:
        """Stores a batch of a directory's files with its schedule.

        Args:
            directory_id: the source directory.
            files: its directory files, each of which becomes one job.
            configuration: the saved configuration; its parameters are kept as they are now.
            hooks: webhook settings as sent.

        Returns:
            The batch's id.
        """
        batch_id = new_id("bat")
        product = configuration["product_type"]
        with self._store.database.write():
            now = self.now()
            dice = self._dice(self._store.batches.count() + 1)
            faults = {fault.outcome: fault for fault in self._faults.for_batch()}
            running_at = now + self._model(self._options.pace.pending)
            throttled_at = None
            if "throttled" in faults:
                throttled_at = running_at
                running_at += self._model(faults["throttled"].seconds)
            step = self._model(self._options.pace.mapping)
            ends_at = running_at + step * len(files)
            batch = {
                "id": batch_id,
                "source_directory_id": directory_id,
                "product": product,
                "configuration_id": configuration["id"],
                "created_at": now,
                "throttled_at": throttled_at,
                "running_at": running_at,
                "ends_at": ends_at,
                "fails": int("failed" in faults),
            }
            self._store.batches.insert(batch)
            for number, file in enumerate(files, start=1):
                self._add(self._job(batch_id, file, configuration, running_at + step * number, dice))
            terminal = "batch.error" if batch["fails"] else "batch.success"
            events = (("batch.pending", now), ("batch.running", running_at), (terminal, ends_at))
            for event, happens_at in events:
                self._announce(batch_id, hooks, event, happens_at)
        return batch_id

    def cancel_batch(self, batch: Row) -> None:
        """Lets a batch that goes on become CANCELLED soon; a second request changes nothing."""
        if batch["cancelled_at"] is not None:
            return
        with self._store.database.write():
            now = self.now()
            at = min(now + self._model(self._options.pace.cancelling), max(now, batch["ends_at"] - 1))
            self._store.batches.cancel(batch["id"], at=at)
            self._store.jobs.cancel_of_batch(batch["id"], at=at, stop_running=self._options.policy.cancel_stops_jobs)
            hooks = self._hooks_of(batch["id"])
            self._store.deliveries.drop_after(batch["id"], at=at)
            self._announce(batch["id"], hooks, "batch.cancelled", at)

    def create_job(self, file: Row, configuration: Row, user_metadata: dict[str, str] | None = None) -> str:
        """Stores a job of its own for one stored file, without a batch.

        Args:
            file: the stored file.
            configuration: `id` (None for settings sent along), `product_type` and `parameters`.
            user_metadata: kept with the job.

        Returns:
            The job's id.
        """
        source = {"id": None, "file_id": file["id"], "unique_id": file["name"], "display_name": file["name"]}
        with self._store.database.write():
            job = self._job(None, source, configuration, self.now(), self._dice(file["name"]))
            job |= {"mapping_error": None, "user_metadata": json.dumps(user_metadata)}
            self._add(job)
        return str(job["id"])

    def _job(
        self, batch_id: str | None, file: Row, configuration: Row, mapped_at: int, dice: random.Random
    ) -> dict[str, Any]:
        """A job's row with its schedule and what a fault rule decides of it."""
        pace = self._options.pace
        starts_at = mapped_at + self._model(pace.queue * dice.uniform(0.5, 1.5))
        fault = self._faults.for_file(file["unique_id"], file["display_name"])
        stage, message = (fault.stage, fault.message) if fault else (None, None)
        product = configuration["product_type"]
        return {
            "id": new_id(JOB_PREFIXES[product]),
            "product": product,
            "batch_id": batch_id,
            "directory_file_id": file["id"],
            "file_id": file["file_id"],
            "name": file["display_name"],
            "configuration_id": configuration["id"],
            "parameters": configuration["parameters"],
            "mapped_at": mapped_at,
            "starts_at": starts_at,
            "ends_at": starts_at + self._model(pace.work * dice.uniform(0.5, 1.5)),
            "mapping_error": message if stage in {"mapping", "reference"} else None,
            "has_reference": int(stage != "reference"),
            "job_error": message if stage == "job" else None,
            "failed_pages": json.dumps({fault.page: message}) if fault and stage == "page" else None,
        }

    def _add(self, job: dict[str, Any]) -> None:
        self._store.jobs.insert(job)
        if job["mapping_error"] is None:
            self._store.documents.want(job["file_id"], job["name"], wanted_at=job["starts_at"])

    def _announce(self, batch_id: str, hooks: list[dict[str, Any]], event: str, happens_at: int) -> None:
        for hook in hooks:
            wanted = hook.get("webhook_events")
            # Rows of events that nobody asked for are kept, never due: they carry the hook to a later cancel.
            row = {
                "event_id": str(uuid.uuid4()),
                "batch_id": batch_id,
                "event": event,
                "hook": json.dumps(hook),
                "happens_at": happens_at,
            }
            self._store.deliveries.insert(row, due=wanted is None or event in wanted)

    def _hooks_of(self, batch_id: str) -> list[dict[str, Any]]:
        pending = [row for row in self._store.deliveries.of_batch(batch_id) if row["event"] == "batch.pending"]
        return [json.loads(row["hook"]) for row in pending]

    def _model(self, seconds: float) -> int:
        """Model seconds as microseconds of the clock."""
        return 0 if self.instant else int(seconds / self._options.speed * SECOND)

    def _dice(self, which: object) -> random.Random:
        return random.Random(f"{self._options.seed}:pace:{which}")  # noqa: S311 - durations, not secrets
