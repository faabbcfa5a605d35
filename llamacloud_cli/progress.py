"""How far a long command is, as data: workflows say it, output/progress.py shows it."""

from __future__ import annotations

from typing import NamedTuple, Protocol


class BatchProgress(NamedTuple):
    """How far one batch is.

    Attributes:
        id: the batch.
        status: as the service says it.
        jobs: how many jobs it has, or None while that is unknown.
        done: jobs that have ended, failed ones included.
        failed: jobs that failed, and files that got none.
        elapsed: seconds since it is being watched.
        over: whether nothing more will happen.
    """

    id: str
    status: str
    jobs: int | None
    done: int
    failed: int
    elapsed: float
    over: bool


class WatchedBatch(NamedTuple):
    """What is known of a batch that is being watched.

    Attributes:
        id: the batch.
        status: as the service says it.
        source_directory_id: the directory of its files, or None.
        created_at: when it was created, in the service's words, or None.
        updated_at: when it last changed, in the service's words, or None.
        files: how many files are mapped, or None while that is unknown.
        errors: how many of these could not be mapped to a job.
        over: whether its status will not change any more.
    """

    id: str
    status: str
    source_directory_id: str | None
    created_at: str | None
    updated_at: str | None
    files: int | None
    errors: int
    over: bool


class RunProgress(NamedTuple):
    """How far a run from files to results is.

    Attributes:
        phase: what is being done, in a word or two.
        found: files found.
        skipped: files whose results were there before.
        total: pieces of work (files of different contents) to be done.
        uploaded: of these, uploaded.
        sent: of these, uploaded by this process.
        uploaded_bytes: their bytes.
        sending: seconds since the first of them was begun.
        batches: batches by status.
        done: pieces of work whose job has ended.
        failed: of these, failed.
        collected: of these, results that are on disk or noted.
        elapsed: seconds since the start.
    """

    phase: str
    found: int
    skipped: int
    total: int
    uploaded: int
    sent: int
    uploaded_bytes: int
    sending: float
    batches: dict[str, int]
    done: int
    failed: int
    collected: int
    elapsed: float


class FetchProgress(NamedTuple):
    """How far the fetching of a batch's results is.

    Attributes:
        done: files whose result has come, or has none.
        total: files in all.
        elapsed: seconds since the start.
    """

    done: int
    total: int
    elapsed: float


class BatchWatcher(Protocol):
    """What a wait tells how far its batches are."""

    def batch(self, progress: BatchProgress) -> None:
        """Takes how far one batch is; called after each answer."""

    def note(self, text: str) -> None:
        """Takes one line that the user should see."""

    def hint(self, text: str) -> None:
        """Takes one line for whoever watches, such as a call that is made again."""


class RunWatcher(Protocol):
    """What a run tells how far it is."""

    def run(self, progress: RunProgress) -> None:
        """Takes how far the run is; called several times a second."""

    def note(self, text: str) -> None:
        """Takes one line that the user should see; any thread calls it."""

    def hint(self, text: str) -> None:
        """Takes one line for whoever watches, such as a call that is made again; any thread calls it."""
