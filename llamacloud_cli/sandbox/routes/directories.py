"""`/api/v1/beta/directories`: create, list, get, update, delete."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, Field

from llamacloud_cli.sandbox.clock import SECOND, to_text, to_text_or_none
from llamacloud_cli.sandbox.store.store import new_id
from llamacloud_cli.sandbox.web import (
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

Kind = Literal["user", "index", "ephemeral"]
Name = Annotated[str, Field(min_length=1)]


class CreateBody(BaseModel):
    """The body of a create."""

    name: Name
    description: str | None = None
    type: Literal["user", "ephemeral"] = "user"
    connector_subscription_id: str | None = None
    system_metadata: dict[str, Any] | None = None


class UpdateBody(BaseModel):
    """The body of an update; an absent or null name stays as it is."""

    name: Name | None = None
    description: str | None = None


class ListQuery(Paged):
    """The filters of the list; the name is exact."""

    name: str | None = None
    type: Kind | None = None
    types: list[Kind] | None = None
    include_deleted: bool = False


def create(call: Call) -> Response:
    """POST: a directory. An ephemeral one expires."""
    query(call, Scope)
    asked = body(call, CreateBody)
    now = call.now()
    row = {
        "id": new_id("dir"),
        **asked.model_dump(),
        "system_metadata": json.dumps(asked.system_metadata),
        "created_at": now,
        "updated_at": now,
        "expires_at": now + int(call.policy.ephemeral_lifetime * SECOND) if asked.type == "ephemeral" else None,
        "deleted_at": None,
    }
    call.store.directories.insert(row)
    return answer(render(call, row), 201)


def list_page(call: Call) -> Response:
    """GET: directories, newest first."""
    asked = query(call, ListQuery)
    types = set(asked.types or []) | ({asked.type} if asked.type else set())
    return listing(
        call,
        "directories",
        asked,
        lambda after, size: call.store.directories.page(
            now=call.now(),
            after=after,
            size=size,
            name=asked.name,
            types=sorted(types),
            include_deleted=asked.include_deleted,
        ),
        lambda row: render(call, row),
    )


def get(call: Call) -> Response:
    """GET of one directory."""
    query(call, Scope)
    return answer(render(call, find(call)))


def update(call: Call) -> Response:
    """PATCH: name and description; a description of null is taken away."""
    query(call, Scope)
    asked = body(call, UpdateBody)
    directory = find(call)
    changes: dict[str, Any] = {"updated_at": call.now()}
    if asked.name is not None:
        changes["name"] = asked.name
    if "description" in asked.model_fields_set:
        changes["description"] = asked.description
    call.store.directories.update(directory["id"], changes)
    return answer(render(call, {**directory, **changes}))


def delete(call: Call) -> Response:
    """DELETE: the directory is gone; jobs that were made from its files go on."""
    query(call, Scope)
    now = call.now()
    call.store.directories.update(find(call)["id"], {"deleted_at": now, "updated_at": now})
    return no_content()


def find(call: Call, directory_id: str | None = None) -> Row:
    """The directory of the path, or of an id.

    Raises:
        ApiProblem: 404.
    """
    wanted = directory_id or call.path["directory_id"]
    directory = call.store.directories.get(wanted, now=call.now())
    if directory is None:
        raise ApiProblem(404, f"Directory {wanted} not found")
    return directory


def render(call: Call, row: Row) -> dict[str, Any]:
    """A directory as the API shows it; one that has expired counts as deleted then."""
    expired = row["expires_at"] is not None and row["expires_at"] <= call.now()
    deleted_at = row["deleted_at"] or (row["expires_at"] if expired else None)
    return {
        "id": row["id"],
        "created_at": to_text(row["created_at"]),
        "updated_at": to_text(row["updated_at"]),
        "project_id": call.store.project_id,
        "name": row["name"],
        "description": row["description"],
        "type": row["type"],
        "connector_subscription_id": row["connector_subscription_id"],
        "expires_at": to_text_or_none(row["expires_at"]),
        "system_metadata": json.loads(row["system_metadata"] or "null"),
        "deleted_at": to_text_or_none(deleted_at),
    }
