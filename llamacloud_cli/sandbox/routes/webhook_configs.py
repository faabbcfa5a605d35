"""`/api/v1/beta/webhook-configs` and the paged list of `/api/v2/webhook-configs`; the secret is never shown."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, Field

from llamacloud_cli.sandbox.clock import to_text
from llamacloud_cli.sandbox.parameters import WebhookEvent
from llamacloud_cli.sandbox.store.store import new_id
from llamacloud_cli.sandbox.web import (
    ApiProblem,
    Call,
    Paged,
    Scope,
    answer,
    body,
    no_content,
    page_key,
    page_size,
    query,
)

if TYPE_CHECKING:
    from werkzeug import Response

    from llamacloud_cli.sandbox.store import Row

LISTING = "webhook-configs"
Url = Annotated[str, Field(pattern="^https?:")]
Events = Annotated[list[WebhookEvent], Field(min_length=1)]
Format = Literal["string", "json"]


class UpdateBody(BaseModel):
    """The body of an update; what is absent stays, null takes a setting away (but never the URL)."""

    webhook_url: Url | None = None
    webhook_headers: dict[str, str] | None = None
    webhook_signing_secret: str | None = None
    webhook_events: Events | None = None
    webhook_output_format: Format | None = None


class CreateBody(UpdateBody):
    """The body of a create."""

    webhook_url: Url


class ListQuery(Paged):
    """The paged list's query."""

    include_total: bool = False


def create(call: Call) -> Response:
    """POST: saves a webhook configuration."""
    query(call, Scope)
    asked = body(call, CreateBody)
    now = call.now()
    hook = json.dumps(asked.model_dump(exclude_none=True))
    row = {"id": new_id("whc"), "hook": hook, "created_at": now, "updated_at": now}
    call.store.webhook_configs.insert(row)
    return answer(render(call, row), 201)


def list_all(call: Call) -> Response:
    """GET of the first version: a plain array, newest first."""
    query(call, Scope)
    page = call.store.webhook_configs.page(after=None, size=call.policy.page_size_max)
    return answer([render(call, row) for row in page.rows])


def list_page(call: Call) -> Response:
    """GET of the second version: a page, with the total where it is asked for."""
    asked = query(call, ListQuery)
    key, size = page_key(call, LISTING, asked.page_token), page_size(call, asked.page_size)
    page = call.store.webhook_configs.page(after=key, size=size)
    token = None if page.next_key is None else call.services.signer.page_token(LISTING, page.next_key)
    total = call.store.webhook_configs.count() if asked.include_total else None
    return answer({"items": [render(call, row) for row in page.rows], "next_page_token": token, "total_size": total})


def get(call: Call) -> Response:
    """GET of one configuration."""
    query(call, Scope)
    return answer(render(call, _find(call, call.path["config_id"])))


def update(call: Call) -> Response:
    """PUT: changes settings; batches keep those that they were created with."""
    query(call, Scope)
    asked = body(call, UpdateBody)
    row = _find(call, call.path["config_id"])
    given = asked.model_dump(exclude_unset=True)
    if given.get("webhook_url", "") is None:
        del given["webhook_url"]
    hook = {name: value for name, value in (json.loads(row["hook"]) | given).items() if value is not None}
    changes = {"hook": json.dumps(hook), "updated_at": call.now()}
    call.store.webhook_configs.update(row["id"], changes)
    return answer(render(call, {**row, **changes}))


def delete(call: Call) -> Response:
    """DELETE: forgets a configuration."""
    query(call, Scope)
    call.store.webhook_configs.delete(_find(call, call.path["config_id"])["id"])
    return no_content()


def saved_hook(call: Call, config_id: str) -> dict[str, Any]:
    """The settings of a saved configuration, for a batch.

    Raises:
        ApiProblem: 404.
    """
    hook: dict[str, Any] = json.loads(_find(call, config_id)["hook"])
    return hook


def render(call: Call, row: Row) -> dict[str, Any]:
    """A webhook configuration as the API shows it."""
    hook = json.loads(row["hook"])
    return {
        "id": row["id"],
        "created_at": to_text(row["created_at"]),
        "updated_at": to_text(row["updated_at"]),
        "tenant_type": "project",
        "tenant_id": call.store.project_id,
        "webhook_url": hook["webhook_url"],
        "has_secret": "webhook_signing_secret" in hook,
        "webhook_headers": hook.get("webhook_headers"),
        "webhook_events": hook.get("webhook_events"),
        "webhook_output_format": hook.get("webhook_output_format"),
    }


def _find(call: Call, config_id: str) -> Row:
    row = call.store.webhook_configs.get(config_id)
    if row is None:
        raise ApiProblem(404, f"Webhook configuration {config_id} not found")
    return row
