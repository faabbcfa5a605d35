"""What this tool reads from the API's answers. Fields that it does not know are kept."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - pydantic reads the annotation at run time
from typing import Any

from pydantic import BaseModel, ConfigDict

GOING_ON = frozenset({"PENDING", "THROTTLED", "RUNNING"})
TERMINAL = frozenset({"COMPLETED", "FAILED", "CANCELLED"})


class _Answer(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True)


class JobReference(_Answer):
    """The job that a file of a batch was mapped to."""

    id: str
    type: str


class BatchResult(_Answer):
    """What became of one file of a batch.

    `error_message` speaks of the mapping to a job alone; whether the job succeeded, only the job says.
    """

    source_directory_file_id: str
    job_reference: JobReference | None = None
    error_message: str | None = None


class Batch(_Answer):
    """A batch. An unknown `status` passes through; it counts as going on."""

    id: str
    status: str
    config: dict[str, Any] = {}
    project_id: str | None = None
    source_directory_id: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    results: list[BatchResult] | None = None

    @property
    def is_terminal(self) -> bool:
        """Whether its status will not change any more."""
        return self.status in TERMINAL
