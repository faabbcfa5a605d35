"""What every route uses: the call, its checked query and body, answers, and FastAPI-style errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID  # noqa: TC003 - pydantic reads it

import orjson
from pydantic import BaseModel, ValidationError
from werkzeug import Response

from llamacloud_cli.sandbox.signing import InvalidTokenError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from werkzeug import Request

    from llamacloud_cli.sandbox.engine import Engine
    from llamacloud_cli.sandbox.faults import Faults
    from llamacloud_cli.sandbox.policy import Policy
    from llamacloud_cli.sandbox.reader import Reader
    from llamacloud_cli.sandbox.signing import Signer
    from llamacloud_cli.sandbox.store import Page, Row, Store
    from llamacloud_cli.sandbox.store.database import Order
    from llamacloud_cli.sandbox.webhooks import WebhookSender

Model = TypeVar("Model", bound=BaseModel)

NO_RETRY = {"x-should-retry": "false"}
"""Sent with refusals that repeating cannot change; the official SDK obeys it."""


@dataclass(frozen=True, slots=True)
class Services:
    """The parts of a running sandbox that routes work with."""

    store: Store
    engine: Engine
    reader: Reader
    webhooks: WebhookSender
    faults: Faults
    signer: Signer
    policy: Policy


@dataclass(frozen=True, slots=True)
class Call:
    """One request on its way through a route."""

    request: Request
    services: Services
    path: Mapping[str, str]

    @property
    def store(self) -> Store:
        """The store."""
        return self.services.store

    @property
    def policy(self) -> Policy:
        """The sandbox's answers to open questions."""
        return self.services.policy

    def now(self) -> int:
        """Microseconds since the epoch, by the sandbox's clock."""
        return self.services.engine.now()


class ApiProblem(Exception):  # noqa: N818 - an answer, not a programming error
    """An answer with an error status and a `detail`."""

    def __init__(self, status: int, detail: object, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = dict(headers or {})


def invalid(*location: str | int, message: str, kind: str = "value_error", value: object = None) -> ApiProblem:
    """A 422 for one place of the request, as FastAPI words it."""
    return ApiProblem(422, [{"type": kind, "loc": list(location), "msg": message, "input": value}])


def answer(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer; its length is always given."""
    return Response(orjson.dumps(value), status=status, headers=headers, content_type="application/json")


def no_content() -> Response:
    """204 with an empty body."""
    response = Response(status=204)
    del response.headers["Content-Type"]
    return response


class Scope(BaseModel):
    """Query parameters of nearly every route."""

    project_id: UUID | None = None
    organization_id: UUID | None = None


class Paged(Scope):
    """Query parameters of a listing."""

    page_size: int | None = None
    page_token: str | None = None


def query(call: Call, model: type[Model]) -> Model:
    """The checked query parameters; unknown ones are ignored, repeated ones make an array.

    Raises:
        ApiProblem: 422 for a wrong value, 403 for a project or organization of somebody else.
    """
    values: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        found = call.request.args.getlist(name)
        if found:
            values[name] = found if "list" in str(field.annotation) else found[-1]
    checked = check(model, values, "query")
    if isinstance(checked, Scope):
        _check_scope(call, checked)
    return checked


def body(call: Call, model: type[Model]) -> Model:
    """The checked JSON body.

    Raises:
        ApiProblem: 422 for a body that is no JSON or has a wrong value.
    """
    return check(model, json_body(call), "body")


def json_body(call: Call) -> object:
    """The body's JSON value, unchecked.

    Raises:
        ApiProblem: 422 where it is missing, is no JSON, or its content type is another.
    """
    data = call.request.get_data()
    if not data:
        raise invalid("body", message="Field required", kind="missing")
    if call.request.mimetype != "application/json" and not call.request.mimetype.endswith("+json"):
        raise invalid("body", message="Input should be a valid dictionary", kind="model_attributes_type")
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as error:
        problem = {
            "type": "json_invalid",
            "loc": ["body", error.pos],
            "msg": "JSON decode error",
            "input": {},
            "ctx": {"error": error.msg},
        }
        raise ApiProblem(422, [problem]) from None


def check(model: type[Model], value: object, place: str) -> Model:
    """A value as a model.

    Raises:
        ApiProblem: 422 with every error, located under `place`.
    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise ApiProblem(422, validation_detail(error, place)) from None


def validation_detail(error: ValidationError, place: str) -> list[dict[str, Any]]:
    """Pydantic's errors in FastAPI's form."""
    return [
        {
            "type": found["type"],
            "loc": [place, *found["loc"]],
            "msg": found["msg"],
            "input": _plain(found["input"]),
            **({"ctx": {name: str(part) for name, part in found["ctx"].items()}} if "ctx" in found else {}),
        }
        for found in error.errors(include_url=False)
    ]


def listing(
    call: Call,
    name: str,
    asked: Paged,
    fetch: Callable[[list[Any] | None, int], Page],
    render: Callable[[Row], dict[str, Any]],
) -> Response:
    """Answers a page.

    Args:
        call: the request.
        name: the listing's name; a token of one is refused by another.
        asked: its checked query.
        fetch: gives the page after a key, with so many rows at most.
        render: makes a row an item.

    Raises:
        ApiProblem: 422 for a page size below 1 or a token that is not of this listing.
    """
    page = fetch(page_key(call, name, asked.page_token), page_size(call, asked.page_size))
    token = None if page.next_key is None else call.services.signer.page_token(name, page.next_key)
    return answer({"items": [render(row) for row in page.rows], "next_page_token": token, "total_size": None})


def page_size(call: Call, wanted: int | None) -> int:
    """Rows a page: the default where none is asked for, cut down to the maximum.

    Raises:
        ApiProblem: 422 below 1.
    """
    if wanted is None:
        return call.policy.page_size_default
    if wanted < 1:
        problem = {
            "type": "greater_than_equal",
            "loc": ["query", "page_size"],
            "msg": "Input should be greater than or equal to 1",
            "input": str(wanted),
            "ctx": {"ge": "1"},
        }
        raise ApiProblem(422, [problem])
    return min(wanted, call.policy.page_size_max)


def page_key(call: Call, name: str, token: str | None) -> list[Any] | None:
    """The key that a page token continues after.

    Raises:
        ApiProblem: 422 for a token that is not of this listing.
    """
    if not token:
        return None
    try:
        return call.services.signer.page_key(name, token)
    except InvalidTokenError:
        raise invalid("query", "page_token", message="Value error, Invalid page token", value=token) from None


def order_scope(name: str, order: Order) -> str:
    """The name of a listing in an order: a token continues the order that it was made for."""
    return f"{name}:{order.column}"


def presigned(call: Call, path: str, lifetime: float | None = None) -> tuple[str, int]:
    """An absolute URL on this host that needs no key, and its expiry in whole seconds since the epoch."""
    seconds = call.policy.presigned_lifetime if lifetime is None else lifetime
    expires = int(call.now() / 1_000_000 + seconds)
    return call.request.host_url.rstrip("/") + call.services.signer.presign(path, expires=expires), expires


def _check_scope(call: Call, scope: Scope) -> None:
    own = {"project_id": call.store.project_id, "organization_id": call.store.organization_id}
    for name, value in own.items():
        given = getattr(scope, name)
        if given is not None and str(given) != value:
            kind = name.removesuffix("_id")
            raise ApiProblem(call.policy.other_project_status, f"Not authorized to access this {kind}")


def _plain(value: object) -> object:
    """A rejected input as JSON can carry it."""
    try:
        orjson.dumps(value)
    except TypeError:
        return repr(value)
    return value
