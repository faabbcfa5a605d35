"""`/api/v2/parse`: list, get with expand, cancel, and presigned results."""

from __future__ import annotations

import json
from datetime import datetime  # noqa: TC003 - pydantic reads it
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import ConfigDict, Field
from werkzeug import Response

from llamacloud_cli.sandbox.clock import from_datetime, to_text
from llamacloud_cli.sandbox.engine import TERMINAL
from llamacloud_cli.sandbox.markdown_items import markdown_items
from llamacloud_cli.sandbox.parse_parameters import ParseOptions
from llamacloud_cli.sandbox.routes.configurations import saved_configuration
from llamacloud_cli.sandbox.routes.files import check_presigned
from llamacloud_cli.sandbox.web import (
    NO_RETRY,
    ApiProblem,
    Call,
    Paged,
    Scope,
    answer,
    body,
    invalid,
    listing,
    presigned,
    query,
)

if TYPE_CHECKING:
    from llamacloud_cli.sandbox.store import Row

PRODUCT = "parse_v2"
PAGE_BREAK = "\n\n"
"""What stands between pages in `text_full` and `markdown_full`."""
_NO_METADATA = dict.fromkeys(
    (
        "confidence",
        "speaker_notes",
        "slide_section_name",
        "printed_page_number",
        "original_orientation_angle",
        "cost_optimized",
        "triggered_auto_mode",
    )
)
"""What the service knows of a page and the sandbox does not."""
_DOWNLOADS = {"text": "text/plain", "markdown": "text/markdown"}


class ListQuery(Paged):
    """The filters of the list."""

    status: Literal["PENDING", "RUNNING", "COMPLETED", "FAILED", "CANCELLED"] | None = None
    job_ids: list[str] | None = None
    created_at_on_or_after: datetime | None = None
    created_at_on_or_before: datetime | None = None


class CreateBody(ParseOptions):
    """The body of a create; unlike the options of a configuration it takes no unknown names."""

    model_config = ConfigDict(extra="forbid")

    tier: str  # type: ignore[assignment]  # "configured" stands beside a configuration_id
    user_metadata: dict[str, str] | None = None
    configuration_id: str | None = None
    file_id: str | None = None
    source_url: Annotated[str, Field(pattern="^https?:")] | None = None
    http_proxy: Annotated[str, Field(pattern="^https?:")] | None = None


class GetQuery(Scope):
    """What a get can be expanded by; unknown values are ignored."""

    expand: list[str] = Field(default_factory=list)


def create(call: Call) -> Response:
    """POST: a job for one stored file. The sandbox fetches no URL, and sends webhooks of batches only."""
    query(call, Scope)
    asked = body(call, CreateBody)
    if asked.file_id is None:
        raise invalid("body", "file_id", message="Value error, the sandbox parses stored files: give file_id")
    configuration: Row
    if asked.configuration_id is not None:
        configuration = saved_configuration(call, asked.configuration_id, PRODUCT)
    else:
        given = asked.model_dump(mode="json", exclude_unset=True, exclude={"file_id", "user_metadata"})
        configuration = {"id": None, "product_type": PRODUCT, "parameters": json.dumps(given)}
    return answer(render(call, started(call, asked.file_id, configuration, asked.user_metadata)))


def list_page(call: Call) -> Response:
    """GET: jobs, newest first."""
    asked = query(call, ListQuery)
    return listing(
        call,
        "parse",
        asked,
        lambda after, size: call.store.jobs.page(
            PRODUCT,
            now=call.now(),
            after=after,
            size=size,
            status=asked.status,
            job_ids=asked.job_ids,
            created_from=microseconds(asked.created_at_on_or_after),
            created_to=microseconds(asked.created_at_on_or_before),
        ),
        lambda row: render(call, row),
    )


def get(call: Call) -> Response:
    """GET of one job, wrapped, with the parts that `expand` names."""
    asked = query(call, GetQuery)
    job = find(call, PRODUCT)
    expand = set(asked.expand)
    result: dict[str, Any] = {
        "job": render(call, job),
        "result_content_metadata": None,
        "text": None,
        "markdown": None,
        "items": None,
        "metadata": None,
        "forms": None,
        "markdown_full": None,
        "text_full": None,
        "images_content_metadata": None,
        "job_metadata": None,
        "raw_parameters": None,
    }
    if job["status"] != "COMPLETED":
        return answer(result)
    pages = pages_of(call, job)
    if "usage" in expand:
        result["job"]["usage"] = {"credits": len(pages) * call.policy.credits_per_page}
    if "job_metadata" in expand:
        result["job_metadata"] = {"num_pages": len(pages), "file_name": job["name"]}
    result |= _expanded(job, pages, expand)
    result["result_content_metadata"] = _content_metadata(call, job, pages, expand)
    return answer(result)


def cancel(call: Call) -> Response:
    """POST: cancels a job that has not ended."""
    query(call, Scope)
    return answer(render(call, cancelled(call, PRODUCT)))


def delete(call: Call) -> Response:
    """DELETE: forgets a job that has ended."""
    query(call, Scope)
    job = deleted(call, PRODUCT, force=False)
    return answer({"id": job["id"], "project_id": call.store.project_id})


def download(call: Call) -> Response:
    """GET of a job's whole text or markdown by a presigned URL."""
    check_presigned(call)
    job = find(call, PRODUCT)
    kind = call.path["kind"]
    if kind not in _DOWNLOADS or job["status"] != "COMPLETED":
        raise ApiProblem(404, "Not Found")
    text = _full(job, pages_of(call, job), kind)
    return Response(text, content_type=f"{_DOWNLOADS[kind]}; charset=utf-8")


def render(call: Call, job: Row) -> dict[str, Any]:
    """A parse job as the API shows it, without usage."""
    return {
        "id": job["id"],
        "created_at": to_text(job["mapped_at"]),
        "updated_at": to_text(job["updated_at"]),
        "project_id": call.store.project_id,
        "status": job["status"],
        "error_message": job["error_message"] if job["status"] == "FAILED" else None,
        "name": job["name"],
        "tier": json.loads(job["parameters"])["tier"],
        "user_metadata": json.loads(job["user_metadata"] or "null"),
        "usage": None,
    }


def find(call: Call, product: str, job_id: str | None = None) -> Row:
    """The job of the path, or of an id; where its time is up, its file has been read when this returns.

    Raises:
        ApiProblem: 404, also while the batch has not mapped the file yet.
    """
    job_id = job_id or call.path["job_id"]
    now = call.now()
    job = call.store.jobs.get(job_id, product, now=now)
    if job is not None and job["status"] == "RUNNING" and job["ends_at"] <= now:
        call.services.reader.read_now(job["file_id"])
        job = call.store.jobs.get(job_id, product, now=now)
    if job is None:
        raise ApiProblem(404, f"Job {job_id} not found")
    return job


def cancelled(call: Call, product: str) -> Row:
    """Cancels the job of the path.

    Raises:
        ApiProblem: 404, or the policy's status for a job that has ended.
    """
    job = find(call, product)
    if job["status"] in TERMINAL:
        detail = f"Job {job['id']} is {job['status']} and cannot be cancelled"
        raise ApiProblem(call.policy.cancel_terminal_status, detail, NO_RETRY)
    call.store.jobs.cancel(job["id"], at=call.now())
    return find(call, product)


def deleted(call: Call, product: str, *, force: bool) -> Row:
    """Deletes the job of the path.

    Raises:
        ApiProblem: 404, or the policy's status for a job that goes on, unless `force` is set.
    """
    job = find(call, product)
    if job["status"] not in TERMINAL and not force:
        detail = f"Job {job['id']} is {job['status']} and cannot be deleted"
        raise ApiProblem(call.policy.cancel_terminal_status, detail, NO_RETRY)
    call.store.jobs.delete(job["id"], at=call.now())
    return job


def started(call: Call, file_id: str, configuration: Row, user_metadata: dict[str, str] | None = None) -> Row:
    """Starts a job for a stored file.

    Raises:
        ApiProblem: 404 for an unknown file.
    """
    file = call.store.files.get(file_id, now=call.now())
    if file is None:
        raise ApiProblem(404, f"File {file_id} not found")
    services = call.services
    job_id = services.engine.create_job(file, configuration, user_metadata)
    if services.engine.instant:
        services.reader.read_now(file_id)
    services.reader.notify()
    return find(call, configuration["product_type"], job_id)


def pages_of(call: Call, job: Row) -> list[dict[str, Any]]:
    """What was read from the file of a completed job."""
    document = call.store.documents.get(job["file_id"])
    pages: list[dict[str, Any]] = json.loads(document["pages"]) if document else []
    return pages


def microseconds(moment: datetime | None) -> int | None:
    """A query's time as the store keeps it."""
    return None if moment is None else from_datetime(moment)


def _expanded(job: Row, pages: list[dict[str, Any]], expand: set[str]) -> dict[str, Any]:
    numbered = list(enumerate(pages, start=1))
    failed = _failed_pages(job)
    found: dict[str, Any] = {}
    if "text" in expand:
        found["text"] = {"pages": [{"page_number": n, "text": page["text"]} for n, page in numbered]}
    if "text_full" in expand:
        found["text_full"] = _full(job, pages, "text")
    if "metadata" in expand:
        found["metadata"] = {"pages": [{"page_number": n, **_NO_METADATA} for n, _ in numbered]}
    if json.loads(job["parameters"])["tier"] == "fast":
        return found  # the fast tier has no markdown and no items
    if "markdown" in expand:
        found["markdown"] = {"pages": [failed.get(n) or _markdown_page(n, page) for n, page in numbered]}
    if "markdown_full" in expand:
        found["markdown_full"] = _full(job, pages, "markdown")
    if "items" in expand:
        found["items"] = {"pages": [failed.get(n) or _items_page(n, page) for n, page in numbered]}
    return found


def _failed_pages(job: Row) -> dict[int, dict[str, Any]]:
    failed = json.loads(job["failed_pages"] or "{}")
    return {
        int(number): {"page_number": int(number), "success": False, "error": error} for number, error in failed.items()
    }


def _markdown_page(number: int, page: dict[str, Any]) -> dict[str, Any]:
    return {
        "page_number": number,
        "success": True,
        "markdown": page["markdown"],
        "header": None,
        "footer": None,
    }


def _items_page(number: int, page: dict[str, Any]) -> dict[str, Any]:
    return {
        "page_number": number,
        "success": True,
        "page_width": page["width"],
        "page_height": page["height"],
        "items": markdown_items(page["markdown"]),
        "revisions": None,
    }


def _full(job: Row, pages: list[dict[str, Any]], kind: str) -> str:
    failed = _failed_pages(job) if kind == "markdown" else {}
    return PAGE_BREAK.join(page[kind] for number, page in enumerate(pages, start=1) if number not in failed)


def _content_metadata(call: Call, job: Row, pages: list[dict[str, Any]], expand: set[str]) -> dict[str, Any] | None:
    kinds = [kind for kind in _DOWNLOADS if f"{kind}_content_metadata" in expand]
    if not kinds:
        return None
    return {
        kind: {
            "size_bytes": len(_full(job, pages, kind).encode()),
            "exists": True,
            "presigned_url": presigned(call, f"/_sandbox/download/parse/{job['id']}/{kind}")[0],
        }
        for kind in kinds
    }
