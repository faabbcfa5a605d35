"""Parse and extract jobs: what became of one file of a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from llamacloud_cli.api.answers import senseless, text_of, words_of
from llamacloud_cli.api.body import LARGEST_RESULT
from llamacloud_cli.api.pagination import fetch_pages
from llamacloud_cli.ids import path_segment
from llamacloud_cli.operations import Request

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from llamacloud_cli.api.client import Client
    from llamacloud_cli.api.directories import Scope
    from llamacloud_cli.jsontext import Document

JOBS_PATHS = {"parse_v2": "/api/v2/parse", "extract_v2": "/api/v2/extract"}
JOBS_A_CALL = 100
"""Ids in one listing: 100 of them make a URL of some 5,000 characters, and servers take 8,000."""
_MOST_CREDITS = 1e15
"""What is more is no cost, and might not fit into a double."""
TERMINAL_JOB = frozenset({"COMPLETED", "FAILED", "CANCELLED"})


class JobState(NamedTuple):
    """How far a job is.

    Attributes:
        id: the job.
        status: its status; one that is not in TERMINAL_JOB counts as going on.
        error: why it failed, in the service's words, or None.
    """

    id: str
    status: str
    error: str | None


class Job(NamedTuple):
    """A job with what it was expanded by.

    Attributes:
        state: how far it is.
        credits: what it cost, or None where the service does not say.
        document: the whole answer.
    """

    state: JobState
    credits: float | None
    document: Document


def get_job(client: Client, product: str, job_id: str, expand: Iterable[str], scope: Scope) -> Job:
    """Gets one job.

    Args:
        client: sends the request.
        product: `parse_v2` or `extract_v2`.
        job_id: the job.
        expand: what to add to the answer.
        scope: the project and organization.

    Raises:
        CliError: the API refused or could not be reached, or the answer is no job.
    """
    path = f"{JOBS_PATHS[product]}/{path_segment(job_id, 'job')}"
    request = Request("GET", path, (*(("expand", value) for value in expand), *scope))
    answer = client.send(request, limit=LARGEST_RESULT)
    value = answer.document.value
    job = value.get("job") if product == "parse_v2" else value
    state = _state(job)
    if state is None or not isinstance(job, dict):
        raise senseless(answer, "a job without `id` and `status`")
    if state.id != job_id:
        raise senseless(answer, "another job than the one that was asked for")
    return Job(state, _credits(job.get("usage")), answer.document)


def list_jobs(client: Client, product: str, job_ids: Sequence[str], scope: Scope) -> Iterator[JobState]:
    """Gives the state of some jobs, many a call. One that the service does not know is left out.

    Raises:
        CliError: the API refused or could not be reached.
    """
    for start in range(0, len(job_ids), JOBS_A_CALL):
        asked = job_ids[start : start + JOBS_A_CALL]
        query = (("page_size", str(len(asked))), *(("job_ids", job_id) for job_id in asked), *scope)
        wanted = set(asked)
        for page in fetch_pages(client, Request("GET", JOBS_PATHS[product], query)):
            for item in page.items.values:
                state = _state(item)
                if state is not None and state.id in wanted:
                    yield state


def _state(job: Any) -> JobState | None:
    if not isinstance(job, dict):
        return None
    identifier, status = text_of(job.get("id")), text_of(job.get("status"))
    if identifier is None or status is None:
        return None
    return JobState(identifier, status, words_of(job.get("error_message")))


def _credits(usage: Any) -> float | None:
    cost = usage.get("credits") if isinstance(usage, dict) else None
    if not isinstance(cost, int | float) or isinstance(cost, bool) or abs(cost) > _MOST_CREDITS:
        return None
    return float(cost)
