"""`/api/v1/beta/configurations`: create (an upsert by name and product), list, get, update, delete."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, Field

from llamacloud_cli.sandbox.clock import to_text
from llamacloud_cli.sandbox.parameters import Parameters  # noqa: TC001 - pydantic reads it
from llamacloud_cli.sandbox.store.configurations import DuplicateNameError
from llamacloud_cli.sandbox.store.store import new_id
from llamacloud_cli.sandbox.web import (
    NO_RETRY,
    ApiProblem,
    Call,
    Paged,
    Scope,
    answer,
    body,
    listing,
    no_content,
    query,
)

if TYPE_CHECKING:
    from werkzeug import Response

    from llamacloud_cli.sandbox.store import Row

Name = Annotated[str, Field(min_length=1, max_length=255)]
Product = Literal["split_v1", "extract_v2", "classify_v2", "parse_v2", "spreadsheet_v1", "unknown"]


class CreateBody(BaseModel):
    """The body of a create."""

    name: Name
    parameters: Parameters


class UpdateBody(BaseModel):
    """The body of an update; what is absent or null stays."""

    name: Name | None = None
    parameters: Parameters | None = None


class ListQuery(Paged):
    """The filters of the list; every name has one row here, so `latest_only` changes nothing."""

    product_type: list[Product] | None = None
    name: str | None = None
    latest_only: bool = False


def create(call: Call) -> Response:
    """POST: a configuration; one with the same name and product keeps its id and gets the new parameters."""
    query(call, Scope)
    asked = body(call, CreateBody)
    now = call.now()
    row = {
        "id": new_id("cfg"),
        "name": asked.name,
        "product_type": asked.parameters.product_type,
        "parameters": _as_given(asked.parameters),
        "created_at": now,
        "updated_at": now,
    }
    stored = call.store.configurations.upsert(row)
    _check_changeable(call, stored)
    return answer(render(stored), 201)


def list_page(call: Call) -> Response:
    """GET: configurations, newest first, the built-in ones too."""
    asked = query(call, ListQuery)
    return listing(
        call,
        "configurations",
        asked,
        lambda after, size: call.store.configurations.page(
            after=after, size=size, name=asked.name, product_types=list(asked.product_type or [])
        ),
        render,
    )


def get(call: Call) -> Response:
    """GET of one configuration."""
    query(call, Scope)
    return answer(render(_find(call)))


def update(call: Call) -> Response:
    """PUT: name and parameters; batches that were created keep the parameters of their time."""
    query(call, Scope)
    asked = body(call, UpdateBody)
    row = _find(call)
    _check_changeable(call, row)
    changes: dict[str, Any] = {"updated_at": call.now()}
    if asked.name is not None:
        changes["name"] = asked.name
    if asked.parameters is not None:
        changes["parameters"] = _as_given(asked.parameters)
        changes["product_type"] = asked.parameters.product_type
    try:
        call.store.configurations.update(row["id"], changes)
    except DuplicateNameError:
        detail = f"A configuration named {asked.name or row['name']!r} already exists"
        raise ApiProblem(409, detail, NO_RETRY) from None
    return answer(render({**row, **changes}))


def delete(call: Call) -> Response:
    """DELETE: the configuration is gone; batches that were created with it go on."""
    query(call, Scope)
    row = _find(call)
    _check_changeable(call, row)
    call.store.configurations.delete(row["id"])
    return no_content()


def saved_configuration(call: Call, config_id: str, product: str) -> Row:
    """A saved or built-in configuration of a product, for a batch or a job.

    Raises:
        ApiProblem: the policy's statuses for an unknown one and for one of another product.
    """
    row = call.store.configurations.get(config_id)
    if row is None:
        raise ApiProblem(call.policy.configuration_missing_status, f"Configuration {config_id} not found")
    if row["product_type"] != product:
        detail = f"Configuration {config_id} is of type {row['product_type']}, not {product}"
        raise ApiProblem(call.policy.configuration_mismatch_status, detail)
    return row


def render(row: Row) -> dict[str, Any]:
    """A configuration as the API shows it; its version is the time of its last change."""
    return {
        "id": row["id"],
        "created_at": to_text(row["created_at"]),
        "updated_at": to_text(row["updated_at"]),
        "name": row["name"],
        "product_type": row["product_type"],
        "version": to_text(row["updated_at"]),
        "parameters": json.loads(row["parameters"]),
    }


def _as_given(parameters: BaseModel) -> str:
    return json.dumps(parameters.model_dump(mode="json", exclude_unset=True))


def _check_changeable(call: Call, row: Row) -> None:
    if row["built_in"]:
        detail = f"Configuration {row['id']} is built in and cannot be changed"
        raise ApiProblem(call.policy.built_in_configuration_status, detail)


def _find(call: Call) -> Row:
    config_id = call.path["config_id"]
    row = call.store.configurations.get(config_id)
    if row is None:
        raise ApiProblem(404, f"Configuration {config_id} not found")
    return row
