"""`/api/v1/projects` and `/api/v2/projects`: the one project that the sandbox's key belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID  # noqa: TC003 - pydantic reads it

from pydantic import BaseModel

from llamacloud_cli.sandbox.clock import to_text
from llamacloud_cli.sandbox.web import ApiProblem, Call, Scope, answer, check, page_key, page_size, query

if TYPE_CHECKING:
    from werkzeug import Response

PROJECT_NAME = "Sandbox"


class ListQuery(Scope):
    """The filter of the list; the name is exact."""

    project_name: str | None = None


class PageQuery(BaseModel):
    """The filters of the second version's list."""

    organization_id: UUID | None = None
    name: str | None = None
    page_size: int | None = None
    page_token: str | None = None


class OneQuery(BaseModel):
    """The project of the path."""

    project_id: UUID


class OneScope(BaseModel):
    """The query beside it."""

    organization_id: UUID | None = None


def list_all(call: Call) -> Response:
    """GET: a plain array."""
    asked = query(call, ListQuery)
    matches = asked.project_name in {None, PROJECT_NAME}
    return answer([_project(call)] if matches else [])


def list_page(call: Call) -> Response:
    """GET of the second version: a page."""
    asked = query(call, PageQuery)
    page_size(call, asked.page_size)
    page_key(call, "projects", asked.page_token)
    foreign = asked.organization_id is not None and str(asked.organization_id) != call.store.organization_id
    if foreign:
        raise ApiProblem(call.policy.other_project_status, "Not authorized to access this organization")
    items = [_project(call)] if asked.name in {None, PROJECT_NAME} else []
    return answer({"items": items, "next_page_token": None, "total_size": None})


def get(call: Call) -> Response:
    """GET of one project."""
    query(call, OneScope)
    asked = check(OneQuery, {"project_id": call.path["project_id"]}, "path")
    if str(asked.project_id) != call.store.project_id:
        raise ApiProblem(call.policy.other_project_status, "Not authorized to access this project")
    return answer(_project(call))


def _project(call: Call) -> dict[str, Any]:
    created_at = to_text(call.store.created_at)
    return {
        "id": call.store.project_id,
        "created_at": created_at,
        "updated_at": created_at,
        "name": PROJECT_NAME,
        "organization_id": call.store.organization_id,
        "is_default": True,
    }
