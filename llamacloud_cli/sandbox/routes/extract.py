"""`/api/v2/extract`: list, get with expand, cancel."""

from __future__ import annotations

import json
from datetime import datetime  # noqa: TC003 - pydantic reads it
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, Field

from llamacloud_cli.sandbox.clock import to_text
from llamacloud_cli.sandbox.extraction import extract
from llamacloud_cli.sandbox.parameters import ExtractOptions  # noqa: TC001 - pydantic reads it
from llamacloud_cli.sandbox.routes.configurations import saved_configuration
from llamacloud_cli.sandbox.routes.parse import cancelled, deleted, find, microseconds, pages_of, started
from llamacloud_cli.sandbox.web import Call, Paged, Scope, answer, body, invalid, listing, query

if TYPE_CHECKING:
    from werkzeug import Response

    from llamacloud_cli.sandbox.store import Row

PRODUCT = "extract_v2"


class ListQuery(Paged):
    """The filters of the list."""

    status: Literal["PENDING", "THROTTLED", "RUNNING", "COMPLETED", "FAILED", "CANCELLED"] | None = None
    job_ids: list[str] | None = None
    configuration_id: str | None = None
    file_input: str | None = None
    document_input_value: str | None = None
    created_at_on_or_after: datetime | None = None
    created_at_on_or_before: datetime | None = None
    expand: list[str] = Field(default_factory=list)


class CreateBody(BaseModel):
    """The body of a create: a stored file or a parse job, and a configuration, saved or sent along."""

    file_input: Annotated[str, Field(max_length=200)]
    configuration_id: str | None = None
    configuration: ExtractOptions | None = None
    webhook_configuration_ids: Annotated[list[str], Field(max_length=4)] | None = None


class DeleteQuery(Scope):
    """Whether a job that goes on may be deleted."""

    force: bool = False


class GetQuery(Scope):
    """What a get can be expanded by; unknown values are ignored."""

    expand: list[str] = Field(default_factory=list)


def create(call: Call) -> Response:
    """POST: a job for one stored file or for the file of a parse job."""
    query(call, Scope)
    asked = body(call, CreateBody)
    if (asked.configuration is None) == (asked.configuration_id is None):
        message = "Value error, give one of configuration and configuration_id"
        raise invalid("body", "configuration_id", message=message)
    configuration: Row
    if asked.configuration_id is not None:
        configuration = saved_configuration(call, asked.configuration_id, PRODUCT)
    else:
        given = asked.configuration.model_dump(mode="json", exclude_unset=True) if asked.configuration else {}
        configuration = {"id": None, "product_type": PRODUCT, "parameters": json.dumps(given)}
    file_id = asked.file_input
    parse_job = call.store.jobs.get(file_id, "parse_v2", now=call.now())
    return answer(render(call, started(call, parse_job["file_id"] if parse_job else file_id, configuration), []))


def delete(call: Call) -> Response:
    """DELETE: forgets a job that has ended, or any with `force`."""
    asked = query(call, DeleteQuery)
    job = deleted(call, PRODUCT, force=asked.force)
    return answer({"id": job["id"], "project_id": call.store.project_id})


def list_page(call: Call) -> Response:
    """GET: jobs, newest first."""
    asked = query(call, ListQuery)
    return listing(
        call,
        "extract",
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
            configuration_id=asked.configuration_id,
            file_id=asked.file_input or asked.document_input_value,
        ),
        lambda row: render(call, row, asked.expand),
    )


def get(call: Call) -> Response:
    """GET of one job, not wrapped; its result is there once it is complete."""
    asked = query(call, GetQuery)
    return answer(render(call, find(call, PRODUCT), asked.expand))


def cancel(call: Call) -> Response:
    """POST: cancels a job that has not ended."""
    query(call, Scope)
    return answer(render(call, cancelled(call, PRODUCT), []))


def render(call: Call, job: Row, expand: list[str]) -> dict[str, Any]:
    """An extract job as the API shows it; the result follows from the text and never changes."""
    parameters = json.loads(job["parameters"])
    configuration = {name: value for name, value in parameters.items() if name != "product_type"}
    shown: dict[str, Any] = {
        "id": job["id"],
        "created_at": to_text(job["mapped_at"]),
        "updated_at": to_text(job["updated_at"]),
        "project_id": call.store.project_id,
        "file_input": job["file_id"],
        "configuration_id": job["configuration_id"],
        "configuration": configuration if "configuration" in expand else None,
        "status": job["status"],
        "error_message": job["error_message"] if job["status"] == "FAILED" else None,
        "extract_result": None,
        "extract_metadata": None,
        "metadata": None,
        "usage": None,
    }
    if job["status"] == "COMPLETED":
        shown |= _result(call, job, parameters, expand)
    return shown


def _result(call: Call, job: Row, parameters: dict[str, Any], expand: list[str]) -> dict[str, Any]:
    pages = pages_of(call, job)
    target = parameters.get("extraction_target") or "per_doc"
    markdown = [page["markdown"] for page in pages]
    result: dict[str, Any] = {"extract_result": extract(markdown, parameters["data_schema"], target)}
    if "extract_metadata" in expand:
        tier = parameters.get("parse_tier")
        result["extract_metadata"] = {"field_metadata": None, "parse_job_id": None, "parse_tier": tier}
    if "usage" in expand:
        # One price a page, as for parsing: nothing is parsed a second time for the extraction.
        credit = len(pages) * call.policy.credits_per_page
        result["usage"] = {"credits": credit, "extract_credits": credit, "parse_credits": 0.0}
    return result
