"""`/api/v1/beta/directories/{id}/files`: upload, add, list, get, update, delete."""

from __future__ import annotations

import json
from datetime import datetime  # noqa: TC003 - pydantic reads it
from typing import TYPE_CHECKING, Annotated, Any

import orjson
from pydantic import BaseModel, Field, RootModel

from llamacloud_cli.sandbox.clock import from_datetime, to_text, to_text_or_none
from llamacloud_cli.sandbox.routes import directories, files
from llamacloud_cli.sandbox.store.directory_files import DuplicateUniqueIdError
from llamacloud_cli.sandbox.store.store import new_id
from llamacloud_cli.sandbox.uploads import keep, received
from llamacloud_cli.sandbox.web import (
    NO_RETRY,
    ApiProblem,
    Call,
    Paged,
    Scope,
    answer,
    body,
    check,
    invalid,
    listing,
    no_content,
    query,
)

if TYPE_CHECKING:
    from werkzeug import Response

    from llamacloud_cli.sandbox.store import Row

MetadataValue = str | int | float | bool | None | list[str]
NotEmpty = Annotated[str, Field(min_length=1)]


class Metadata(RootModel[dict[str, MetadataValue]]):
    """Metadata of a directory file."""


class AddBody(BaseModel):
    """The body of an add: a stored file under a name."""

    file_id: str
    unique_id: str | None = None
    display_name: str | None = None
    metadata: Metadata | None = None


class UpdateBody(BaseModel):
    """The body of an update; what is absent or null stays."""

    unique_id: NotEmpty | None = None
    display_name: str | None = None
    target_directory_id: str | None = None
    metadata: Metadata | None = None


class BulkDeleteBody(BaseModel):
    """Up to 100 ids."""

    directory_file_ids: Annotated[list[str], Field(min_length=1, max_length=100)]


class ListQuery(Paged):
    """The filters of the list."""

    display_name: str | None = None
    display_name_contains: str | None = None
    unique_id: str | None = None
    file_id: str | None = None
    include_deleted: bool = False
    updated_at_on_or_after: datetime | None = None
    updated_at_on_or_before: datetime | None = None
    expand: list[str] | None = None


def upload(call: Call) -> Response:
    """POST multipart: stores a file and puts it into the directory, in one transaction after the bytes."""
    query(call, Scope)
    directory = directories.find(call)
    with received(call, "upload_file") as uploaded:
        fields = uploaded.fields
        metadata = _metadata_field(fields.get("metadata"))
        name = fields.get("display_name") or uploaded.name
        unique_id = fields.get("unique_id") or fields.get("external_file_id") or uploaded.name
        row = _row(
            directory,
            file_id="",
            unique_id=unique_id,
            display_name=name,
            metadata=metadata,
            now=call.now(),
        )

        def into_directory(file: Row) -> None:
            row["file_id"] = file["id"]
            _insert(call, row)

        keep(call, uploaded, expires_at=directory["expires_at"], also=into_directory)
    return answer(render(call, row, []), 201)


def add(call: Call) -> Response:
    """POST: puts a stored file into the directory."""
    query(call, Scope)
    asked = body(call, AddBody)
    directory = directories.find(call)
    file = call.store.files.get(asked.file_id, now=call.now())
    if file is None:
        raise ApiProblem(404, f"File {asked.file_id} not found")
    unique_id = asked.unique_id or file["external_file_id"] or file["name"]
    metadata = asked.metadata.root if asked.metadata else {}
    row = _row(
        directory,
        file_id=file["id"],
        unique_id=unique_id,
        display_name=asked.display_name or file["name"],
        metadata=metadata,
        now=call.now(),
    )
    _insert(call, row)
    return answer(render(call, row, []), 201)


def list_page(call: Call) -> Response:
    """GET: files of the directory, newest first."""
    asked = query(call, ListQuery)
    directory = directories.find(call)
    return listing(
        call,
        f"directory-files:{directory['id']}",
        asked,
        lambda after, size: call.store.directory_files.page(
            directory["id"],
            after=after,
            size=size,
            equal=asked.model_dump(include={"display_name", "unique_id", "file_id"}),
            display_name_contains=asked.display_name_contains,
            updated_from=_microseconds(asked.updated_at_on_or_after),
            updated_to=_microseconds(asked.updated_at_on_or_before),
            include_deleted=asked.include_deleted,
        ),
        lambda row: render(call, row, asked.expand or []),
    )


def get(call: Call) -> Response:
    """GET of one file of the directory."""
    asked = query(call, files.GetQuery)
    return answer(render(call, _find(call), asked.expand or []))


def update(call: Call) -> Response:
    """PATCH: names, metadata, or the directory (`target_directory_id` moves the file)."""
    query(call, Scope)
    asked = body(call, UpdateBody)
    row = _find(call)
    changes: dict[str, Any] = {"updated_at": call.now()}
    if asked.unique_id is not None:
        changes["unique_id"] = asked.unique_id
    if asked.display_name:
        changes["display_name"] = asked.display_name
    if asked.metadata is not None:
        changes["metadata"] = json.dumps(asked.metadata.root)
    if asked.target_directory_id:
        changes["directory_id"] = directories.find(call, asked.target_directory_id)["id"]
    try:
        call.store.directory_files.update(row["id"], changes)
    except DuplicateUniqueIdError:
        raise _duplicate(call, asked.unique_id or row["unique_id"]) from None
    return answer(render(call, {**row, **changes}, []))


def delete(call: Call) -> Response:
    """DELETE: takes the file out of the directory."""
    query(call, Scope)
    call.store.directory_files.delete(_find(call)["id"], now=call.now())
    return no_content()


def bulk_delete(call: Call) -> Response:
    """POST: takes up to 100 files out of the directory, all or none."""
    query(call, Scope)
    asked = body(call, BulkDeleteBody)
    directory_id = directories.find(call)["id"]
    with call.store.database.write():
        for directory_file_id in asked.directory_file_ids:
            row = call.store.directory_files.get(directory_id, directory_file_id)
            if row is None:
                raise ApiProblem(404, f"File {directory_file_id} not found in directory {directory_id}")
            call.store.directory_files.delete(row["id"], now=call.now())
    return no_content()


def render(call: Call, row: Row, expand: list[str]) -> dict[str, Any]:
    """A directory file as the API shows it."""
    return {
        "id": row["id"],
        "created_at": to_text(row["created_at"]),
        "updated_at": to_text(row["updated_at"]),
        "project_id": call.store.project_id,
        "directory_id": row["directory_id"],
        "unique_id": row["unique_id"],
        "display_name": row["display_name"],
        "file_id": row["file_id"],
        "metadata": json.loads(row["metadata"]),
        "deleted_at": to_text_or_none(row["deleted_at"]),
        "download_url": files.presigned_file(call, row["file_id"]) if "download_url" in expand else None,
    }


def _find(call: Call) -> Row:
    directory = directories.find(call)
    wanted = call.path["directory_file_id"]
    row = call.store.directory_files.get(directory["id"], wanted)
    if row is None:
        raise ApiProblem(404, f"File {wanted} not found in directory {directory['id']}")
    return row


def _row(  # noqa: PLR0913 - the columns of a row
    directory: Row, *, file_id: str, unique_id: str, display_name: str, metadata: dict[str, Any], now: int
) -> Row:
    return {
        "id": new_id("dfl"),
        "directory_id": directory["id"],
        "file_id": file_id,
        "unique_id": unique_id,
        "display_name": display_name,
        "metadata": json.dumps(metadata),
        "created_at": now,
        "updated_at": now,
        "deleted_at": None,
    }


def _insert(call: Call, row: Row) -> None:
    try:
        call.store.directory_files.insert(row)
    except DuplicateUniqueIdError:
        raise _duplicate(call, row["unique_id"]) from None


def _duplicate(call: Call, unique_id: str) -> ApiProblem:
    detail = f"A file with unique_id {unique_id!r} already exists in this directory"
    return ApiProblem(call.policy.duplicate_unique_id_status, detail, NO_RETRY)


def _metadata_field(text: str | None) -> dict[str, Any]:
    """The `metadata` field of an upload: a JSON object as text."""
    if not text:
        return {}
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise invalid("body", "metadata", message="Value error, metadata must be JSON", value=text) from None
    return check(Metadata, value, "body").root


def _microseconds(moment: datetime | None) -> int | None:
    return None if moment is None else from_datetime(moment)
