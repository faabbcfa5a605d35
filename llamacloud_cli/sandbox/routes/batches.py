"""`/api/v2/batches`: create, list, get, cancel."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - pydantic reads it
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, Field

from llamacloud_cli.sandbox.clock import from_datetime, to_text
from llamacloud_cli.sandbox.engine import TERMINAL
from llamacloud_cli.sandbox.parameters import WebhookEvent  # noqa: TC001 - pydantic reads it
from llamacloud_cli.sandbox.routes.configurations import saved_configuration
from llamacloud_cli.sandbox.routes.webhook_configs import saved_hook
from llamacloud_cli.sandbox.web import (
    NO_RETRY,
    ApiProblem,
    Call,
    Paged,
    Scope,
    answer,
    body,
    listing,
    query,
)

if TYPE_CHECKING:
    from werkzeug import Response

    from llamacloud_cli.sandbox.store import Row


class WebhookConfiguration(BaseModel):
    """One webhook of a batch; every field may be absent or null."""

    webhook_url: str | None = None
    webhook_headers: dict[str, str] | None = None
    webhook_signing_secret: str | None = None
    webhook_events: list[WebhookEvent] | None = None
    webhook_output_format: str | None = None


class JobConfig(BaseModel):
    """The product of a batch and its configuration."""

    type: Literal["parse_v2", "extract_v2"]
    configuration_id: str


class BatchConfig(BaseModel):
    """The `config` of a batch."""

    job: JobConfig


class CreateBody(BaseModel):
    """The body of a create."""

    source_directory_id: str
    config: BatchConfig
    webhook_configuration_ids: Annotated[list[str], Field(max_length=4)] | None = None
    webhook_configurations: list[WebhookConfiguration] | None = None


class ListQuery(Paged):
    """The filters of the list."""

    status: Literal["PENDING", "THROTTLED", "RUNNING", "COMPLETED", "FAILED", "CANCELLED"] | None = None
    source_directory_id: str | None = None
    created_at_on_or_after: datetime | None = None
    created_at_on_or_before: datetime | None = None


class GetQuery(Scope):
    """What a get can be expanded by; unknown values are ignored."""

    expand: list[str] | None = None


def create(call: Call) -> Response:
    """POST: a batch over all files of a directory."""
    query(call, Scope)
    asked = body(call, CreateBody)
    now = call.now()
    if call.store.directories.get(asked.source_directory_id, now=now) is None:
        raise ApiProblem(404, f"Directory {asked.source_directory_id} not found")
    configuration = saved_configuration(call, asked.config.job.configuration_id, asked.config.job.type)
    hooks = [saved_hook(call, config_id) for config_id in asked.webhook_configuration_ids or []]
    limit = call.policy.batch_file_limit
    files = call.store.directory_files.first(asked.source_directory_id, limit + 1)
    if not files:
        raise ApiProblem(call.policy.empty_directory_status, "The source directory has no files")
    if len(files) > limit:
        raise ApiProblem(call.policy.too_many_files_status, f"A batch takes at most {limit} files")
    inline = [hook.model_dump(exclude_none=True) for hook in asked.webhook_configurations or []]
    hooks += [hook for hook in inline if hook.get("webhook_url")]
    services = call.services
    batch_id = services.engine.create_batch(asked.source_directory_id, files, configuration, hooks)
    if services.engine.instant:
        services.reader.read_all()
    services.reader.notify()
    services.webhooks.notify()
    return answer(render(call, _find(call, batch_id), results=False), 201)


def list_page(call: Call) -> Response:
    """GET: batches, newest first, without results."""
    asked = query(call, ListQuery)
    now = call.now()
    return listing(
        call,
        "batches",
        asked,
        lambda after, size: call.store.batches.page(
            now=now,
            after=after,
            size=size,
            status=asked.status,
            source_directory_id=asked.source_directory_id,
            created_from=_microseconds(asked.created_at_on_or_after),
            created_to=_microseconds(asked.created_at_on_or_before),
        ),
        lambda row: render(call, row, results=False),
    )


def get(call: Call) -> Response:
    """GET of one batch; `expand=results` adds the mapping of its files to jobs."""
    asked = query(call, GetQuery)
    batch = _find(call, call.path["batch_id"])
    return answer(render(call, batch, results="results" in (asked.expand or [])))


def cancel(call: Call) -> Response:
    """POST: stops a batch soon; one that has ended is refused."""
    query(call, Scope)
    batch = _find(call, call.path["batch_id"])
    if batch["status"] in TERMINAL:
        detail = f"Batch {batch['id']} is {batch['status']} and cannot be cancelled"
        raise ApiProblem(call.policy.cancel_terminal_status, detail, NO_RETRY)
    call.services.engine.cancel_batch(batch)
    call.services.webhooks.notify()
    return answer(render(call, _find(call, batch["id"]), results=False))


def render(call: Call, batch: Row, *, results: bool) -> dict[str, Any]:
    """A batch as the API shows it."""
    return {
        "id": batch["id"],
        "created_at": to_text(batch["created_at"]),
        "updated_at": to_text(batch["updated_at"]),
        "project_id": call.store.project_id,
        "source_directory_id": batch["source_directory_id"],
        "config": {"job": {"type": batch["product"], "configuration_id": batch["configuration_id"]}},
        "status": batch["status"],
        "results": _results(call, batch) if results else None,
    }


def _results(call: Call, batch: Row) -> list[dict[str, Any]] | None:
    over = batch["status"] in {"COMPLETED", "CANCELLED"}
    early = call.policy.results_while_running and batch["status"] == "RUNNING"
    if not over and not early:
        return None
    rows = call.store.jobs.of_batch(batch["id"], now=call.now())
    return [_result(call, row) for row in rows if over or row["mapped"]]


def _result(call: Call, job: Row) -> dict[str, Any]:
    error = job["mapping_error"] if job["mapped"] else call.policy.unmapped_message
    reference = None
    if not job["has_reference"]:
        error = None
    elif error is None:
        reference = {"type": job["product"], "id": job["id"]}
    return {
        "source_directory_file_id": job["directory_file_id"],
        "job_reference": reference,
        "error_message": error,
    }


def _find(call: Call, batch_id: str) -> Row:
    batch = call.store.batches.get(batch_id, now=call.now())
    if batch is None:
        raise ApiProblem(404, f"Batch {batch_id} not found")
    return batch


def _microseconds(moment: datetime | None) -> int | None:
    return None if moment is None else from_datetime(moment)
