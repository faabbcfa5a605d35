"""`/api/v1/beta/files`: upload, list, get, presigned content, delete."""

from __future__ import annotations

from mimetypes import guess_type
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

from pydantic import Field, TypeAdapter, ValidationError
from werkzeug import Response
from werkzeug.wsgi import wrap_file

from llamacloud_cli.sandbox.clock import SECOND, to_text, to_text_or_none
from llamacloud_cli.sandbox.documents import file_type
from llamacloud_cli.sandbox.store.files import ORDERS
from llamacloud_cli.sandbox.uploads import keep, received
from llamacloud_cli.sandbox.web import (
    ApiProblem,
    Call,
    Paged,
    Scope,
    answer,
    invalid,
    listing,
    no_content,
    order_scope,
    presigned,
    query,
    validation_detail,
)

if TYPE_CHECKING:
    from llamacloud_cli.sandbox.store import Row

PURPOSES = frozenset({"user_data", "parse", "extract", "split", "classify", "sheet", "agent_app"})
_LONGEST_PRESIGNED = 7 * 24 * 3600
_UUID = TypeAdapter(UUID)


class ListQuery(Paged):
    """The filters of the list."""

    page_size: Annotated[int, Field(ge=1, le=1000)] | None = None
    file_ids: list[UUID] | None = None
    file_name: str | None = None
    external_file_id: str | None = None
    order_by: str | None = None
    expand: list[str] | None = None


class GetQuery(Scope):
    """What a get can be expanded by."""

    expand: list[str] | None = None


class ContentQuery(Scope):
    """For how long the content's URL works."""

    expires_at_seconds: int | None = None


def create(call: Call) -> Response:
    """POST: stores a file."""
    query(call, Scope)
    with received(call, "file") as upload:
        purpose = upload.fields.get("purpose")
        if purpose is None:
            raise invalid("body", "purpose", kind="missing", message="Field required")
        if purpose not in PURPOSES:
            message = f"Value error, purpose must be one of {', '.join(sorted(PURPOSES))}"
            raise invalid("body", "purpose", message=message, value=purpose)
        row = keep(call, upload, purpose=purpose)
    return answer(render(call, row, []), 201)


def list_page(call: Call) -> Response:
    """GET: files, newest first or by `name` or `id`."""
    asked = query(call, ListQuery)
    order = ORDERS.get(asked.order_by or "created_at")
    if order is None:
        message = f"Value error, order_by must be one of {', '.join(ORDERS)}"
        raise invalid("query", "order_by", message=message, value=asked.order_by)
    return listing(
        call,
        order_scope("files", order),
        asked,
        lambda after, size: call.store.files.page(
            now=call.now(),
            after=after,
            size=size,
            file_ids=None if asked.file_ids is None else [str(file_id) for file_id in asked.file_ids],
            name=asked.file_name,
            external_file_id=asked.external_file_id,
            order=order,
        ),
        lambda row: render(call, row, asked.expand or []),
    )


def get(call: Call) -> Response:
    """GET of one file's description."""
    asked = query(call, GetQuery)
    return answer(render(call, _find(call), asked.expand or []))


def content(call: Call) -> Response:
    """GET: a presigned URL of the bytes."""
    asked = query(call, ContentQuery)
    if asked.expires_at_seconds is not None and asked.expires_at_seconds < 1:
        message = "Input should be greater than or equal to 1"
        raise invalid("query", "expires_at_seconds", kind="greater_than_equal", message=message)
    return answer(presigned_file(call, _find(call)["id"], asked.expires_at_seconds))


def delete(call: Call) -> Response:
    """DELETE: the file's content is gone; what was read from it stays with its jobs."""
    query(call, Scope)
    call.store.files.delete(_find(call)["id"], now=call.now())
    call.services.reader.sweep()
    return no_content()


def download(call: Call) -> Response:
    """GET of the bytes by a presigned URL."""
    check_presigned(call)
    row = call.store.files.get(call.path["file_id"], now=call.now())
    path = call.store.blobs.path(row["id"]) if row else None
    if row is None or path is None or not path.exists():
        raise ApiProblem(404, "File not found")
    file = path.open("rb")
    kind = guess_type(row["name"])[0] or "application/octet-stream"
    response = Response(wrap_file(call.request.environ, file), content_type=kind, direct_passthrough=True)
    response.content_length = row["size"]
    return response


def check_presigned(call: Call) -> None:
    """Refuses a presigned URL that was changed or has expired.

    Raises:
        ApiProblem: 403.
    """
    arguments = call.request.args
    signature, expires = arguments.get("signature", ""), arguments.get("expires", "")
    now = call.now() // SECOND
    if not call.services.signer.may_read(call.request.path, expires, signature, now=now):
        raise ApiProblem(403, "The URL's signature is wrong or has expired")


def presigned_file(call: Call, file_id: str, lifetime: int | None = None) -> dict[str, Any]:
    """A file's PresignedUrl object."""
    seconds = None if lifetime is None else min(lifetime, _LONGEST_PRESIGNED)
    url, expires = presigned(call, f"/_sandbox/download/files/{file_id}", seconds)
    return {"url": url, "expires_at": to_text(expires * SECOND), "form_fields": None}


def render(call: Call, row: Row, expand: list[str]) -> dict[str, Any]:
    """A file as the API shows it."""
    return {
        "id": row["id"],
        "name": row["name"],
        "external_file_id": row["external_file_id"],
        "file_type": file_type(row["name"]),
        "project_id": call.store.project_id,
        "last_modified_at": to_text(row["created_at"]),
        "expires_at": to_text_or_none(row["expires_at"]),
        "purpose": row["purpose"],
        "download_url": presigned_file(call, row["id"]) if "download_url" in expand else None,
    }


def _find(call: Call) -> Row:
    try:
        file_id = str(_UUID.validate_python(call.path["file_id"]))
    except ValidationError as error:
        detail = validation_detail(error, "path")
        detail[0]["loc"] = ["path", "file_id"]
        raise ApiProblem(422, detail) from None
    row = call.store.files.get(file_id, now=call.now())
    if row is None:
        raise ApiProblem(404, f"File {file_id} not found")
    return row
