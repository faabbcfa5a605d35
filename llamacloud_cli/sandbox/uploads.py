"""Multipart uploads: the file part goes straight to disk, text fields stay in memory."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any
from uuid import uuid4

from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser

from llamacloud_cli.sandbox.web import ApiProblem, Call, invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from werkzeug.datastructures import MultiDict

    from llamacloud_cli.sandbox.store import Row

MAX_NAME = 3000
"""Characters of a file name, as the API's description has it."""


@dataclass(frozen=True, slots=True)
class Upload:
    """One uploaded file under its temporary name, and the text fields beside it."""

    name: str
    stream: IO[bytes]
    fields: MultiDict[str, str]


@contextmanager
def received(call: Call, part: str) -> Iterator[Upload]:
    """Reads a multipart body whose file part has a given name; what is not kept is removed.

    Raises:
        ApiProblem: 422 where the part is missing, is no file or has no usable name; 413 where it is
            too large.
    """
    streams: list[IO[bytes]] = []

    def to_disk(*_: Any, **__: Any) -> IO[bytes]:
        stream = call.store.blobs.start()
        streams.append(stream)
        return stream

    request = call.request
    parser = FormDataParser(
        stream_factory=to_disk,
        max_form_memory_size=request.max_form_memory_size,
        max_content_length=request.max_content_length,
        max_form_parts=request.max_form_parts,
        silent=False,
    )
    try:
        try:
            _, fields, files = parser.parse(
                request.stream, request.mimetype, request.content_length, request.mimetype_params
            )
        except RequestEntityTooLarge:
            raise
        except ValueError as error:
            raise ApiProblem(400, "There was an error parsing the body") from error
        if part not in files:
            kind, message = ("value_error", "Expected UploadFile") if part in fields else ("missing", "Field required")
            raise invalid("body", part, kind=kind, message=message)
        storage = files[part]
        name = (storage.filename or "").replace("\0", "")
        if not 0 < len(name) <= MAX_NAME:
            raise invalid("body", part, message=f"Value error, a file name has 1 to {MAX_NAME} characters")
        if storage.stream.seek(0, 2) > call.policy.upload_limit:
            raise ApiProblem(413, f"A file may have at most {call.policy.upload_limit} bytes")
        yield Upload(name, storage.stream, fields)
    finally:
        for stream in streams:
            call.store.blobs.discard(stream)


def keep(
    call: Call,
    upload: Upload,
    *,
    expires_at: int | None = None,
    purpose: str | None = None,
    also: Callable[[Row], None] | None = None,
) -> Row:
    """Puts an upload on disk for good and then, in one transaction, into the tables.

    Args:
        call: the request.
        upload: what was received.
        expires_at: when the file is cleaned up, in microseconds since the epoch.
        purpose: the file's purpose, or None.
        also: adds what belongs to the new file's row, in the same transaction.

    Returns:
        The row of the file.
    """
    blobs = call.store.blobs
    file_id = str(uuid4())
    size = blobs.keep(upload.stream, file_id)
    row = {
        "id": file_id,
        "name": upload.name,
        "external_file_id": upload.fields.get("external_file_id") or upload.name,
        "purpose": purpose,
        "size": size,
        "created_at": call.now(),
        "expires_at": expires_at,
        "deleted_at": None,
    }
    try:
        with call.store.database.write():
            call.store.files.insert(row)
            if also is not None:
                also(row)
    except BaseException:
        blobs.remove(file_id)
        raise
    return row
