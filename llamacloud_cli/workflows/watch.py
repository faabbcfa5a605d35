"""One batch, watched until it and its jobs are done.

COMPLETED says that each file was mapped to a job. Whether the jobs succeeded, or have ended at all, only the jobs
say, so they are asked as well.
"""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple

from llamacloud_cli.api.answers import senseless, text_of, words_of
from llamacloud_cli.api.batches import BATCHES_PATH
from llamacloud_cli.api.jobs import JOBS_PATHS, TERMINAL_JOB, JobState, get_job, list_jobs
from llamacloud_cli.errors import ApiError, NotFoundError
from llamacloud_cli.ids import path_segment, problem_of_id
from llamacloud_cli.operations import Request
from llamacloud_cli.progress import BatchProgress
from llamacloud_cli.statuses import TERMINAL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from llamacloud_cli.api.answers import Answer
    from llamacloud_cli.api.client import Client
    from llamacloud_cli.api.directories import Scope
    from llamacloud_cli.jsontext import Document

PATIENCE_WITH_REFERENCES = 5
"""How often a COMPLETED batch is asked again for a file that has neither job nor error."""
JOB_GONE = "the job is not known any more; results expire"
_NO_REFERENCE = "the batch names neither a job nor an error for this file"


class FileOutcome(NamedTuple):
    """What became of one file of a batch.

    Attributes:
        file_id: the directory file (`dfl-…`).
        product: `parse_v2` or `extract_v2`; None where there is no job.
        job_id: its job, or None.
        status: the job's status; FAILED where there is no job and will be none.
        error: what went wrong, or None.
    """

    file_id: str
    product: str | None
    job_id: str | None
    status: str
    error: str | None


class BatchWatch:
    """Follows one batch, a step at a time.

    Attributes:
        id: the batch.
        document: its last answer, or None before the first.
        status: its last status.
        over: whether nothing more will happen.

    Args:
        client: sends the requests.
        batch_id: the batch.
        scope: the project and organization.
        clock: gives seconds that never go back.
    """

    def __init__(self, client: Client, batch_id: str, scope: Scope, clock: Callable[[], float] = monotonic) -> None:
        self.id = batch_id
        self.document: Document | None = None
        self.status = ""
        self.over = False
        self._client = client
        self._scope = scope
        self._clock = clock
        self._began = clock()
        self._mapped: dict[str, tuple[str | None, str | None, str | None]] = {}  # file → product, job, error
        self._jobs: dict[str, JobState] = {}
        self._asked_for_references = 0

    def step(self) -> None:
        """Asks once how far the batch is and, when it has ended, how far its jobs are.

        Raises:
            CliError: a call failed; the next step goes on from what is known.
        """
        if self.status not in TERMINAL or self._lacks_references():
            self._ask_batch()
        if self.status not in TERMINAL:
            return
        self._ask_jobs()
        waits_for_jobs = self.status == "COMPLETED" and any(True for _ in self._unfinished())
        self.over = not waits_for_jobs and not self._lacks_references()

    def outcomes(self) -> Iterator[FileOutcome]:
        """Gives every file that the batch has named so far."""
        for file_id, (product, job_id, error) in self._mapped.items():
            if job_id is not None:
                job = self._jobs.get(job_id)
                status = job.status if job else "PENDING"
                failed = status if status in TERMINAL_JOB and status != "COMPLETED" else None
                words = (job.error if job else None) or (failed and f"the job ended {failed}")
                yield FileOutcome(file_id, product, job_id, status, words or None if failed else None)
            elif error is None and not self.over:
                yield FileOutcome(file_id, None, None, "PENDING", None)
            else:
                yield FileOutcome(file_id, None, None, "FAILED", error or _NO_REFERENCE)

    def progress(self) -> BatchProgress:
        """Gives how far the batch is."""
        done = failed = 0
        for outcome in self.outcomes():
            done += outcome.status in TERMINAL_JOB
            failed += outcome.error is not None
        total = len(self._mapped) if self.document is not None and self._mapped else None
        return BatchProgress(self.id, self.status, total, done, failed, self._clock() - self._began, self.over)

    def _ask_batch(self) -> None:
        path = f"{BATCHES_PATH}/{path_segment(self.id, 'batch')}"
        answer = self._client.send(Request("GET", path, (("expand", "results"), *self._scope)))
        self._read(answer)

    def _read(self, answer: Answer) -> None:
        batch = answer.document.value
        if batch.get("id", self.id) != self.id:
            raise senseless(answer, "another batch than the one that was asked for")
        if not isinstance(batch.get("status"), str):
            raise senseless(answer, "a batch without a `status`")
        results = batch.get("results") or []
        if not isinstance(results, list):
            raise senseless(answer, "`results` that are no array")
        for result in results:
            file_id = text_of(result.get("source_directory_file_id")) if isinstance(result, dict) else None
            if file_id is None:
                raise senseless(answer, "a result without `source_directory_file_id`")
            product, job_id = _job_of(result.get("job_reference"))
            error = words_of(result.get("error_message"))
            problem = problem_of_id(job_id) if job_id else None
            if problem:
                product, job_id, error = None, None, f"the batch names a job whose id {problem}"
            self._mapped[file_id] = (product, job_id, error)
        self.document, self.status = answer.document, batch["status"]
        if self.status == "COMPLETED":
            self._asked_for_references += 1

    def _lacks_references(self) -> bool:
        """Tells whether a completed batch may still name a job that it has not named yet."""
        if self.status != "COMPLETED" or self._asked_for_references > PATIENCE_WITH_REFERENCES:
            return False
        return not self._mapped or any(job is None and error is None for _, job, error in self._mapped.values())

    def _unfinished(self) -> Iterator[tuple[str, str]]:
        for product, job_id, _ in self._mapped.values():
            if job_id is not None and product is not None:
                job = self._jobs.get(job_id)
                if job is None or job.status not in TERMINAL_JOB:
                    yield product, job_id

    def _ask_jobs(self) -> None:
        by_product: dict[str, list[str]] = {}
        for product, job_id in self._unfinished():
            by_product.setdefault(product, []).append(job_id)
        for product, job_ids in by_product.items():
            try:
                self._jobs.update({job.id: job for job in list_jobs(self._client, product, job_ids, self._scope)})
            except NotFoundError as error:  # of a listing it says nothing about the batch
                raise ApiError(
                    f"the jobs of {self.id} cannot be listed: {error.message}",
                    status=error.status,
                    detail=error.detail,
                    request_id=error.request_id,
                ) from None
            for job_id in job_ids:
                if job_id not in self._jobs:
                    self._jobs[job_id] = self._ask_job(product, job_id)

    def _ask_job(self, product: str, job_id: str) -> JobState:
        """Asks for a job that its listing left out."""
        try:
            return get_job(self._client, product, job_id, (), self._scope).state
        except NotFoundError:
            return JobState(job_id, "FAILED", JOB_GONE)


def _job_of(reference: Any) -> tuple[str | None, str | None]:
    """Gives product and id of a job; nothing where the reference names none that is known."""
    if not isinstance(reference, dict):
        return None, None
    product, job_id = text_of(reference.get("type")), text_of(reference.get("id"))
    return (product, job_id) if product in JOBS_PATHS and job_id else (None, None)
