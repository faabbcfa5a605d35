"""Uploads: a file into a directory, streamed from disk, at most once.

An upload carries a `unique_id`. Where an attempt got no clear answer, the directory is asked for that id before
the file is sent again; a server that refuses the id as taken is asked as well.
"""

from __future__ import annotations

import json
import secrets
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple

from llamacloud_cli.api.answers import senseless
from llamacloud_cli.api.client import Payload
from llamacloud_cli.api.directories import (
    SHA256_KEY,
    SOURCE_PATH_KEY,
    files_path,
    list_files,
    read_file,
)
from llamacloud_cli.api.failures import may_have_happened
from llamacloud_cli.errors import ApiError, CliError
from llamacloud_cli.operations import Request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from llamacloud_cli.api.client import Client
    from llamacloud_cli.api.directories import DirectoryFile, Scope

SLOWEST_UPLOAD = 32 * 1024
"""Bytes a second; each 32 KiB of a file give its upload a second more."""
_ESCAPES = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A", "\0": "%00"})
"""How names of multipart fields are escaped: https://html.spec.whatwg.org/#multipart-form-data."""


class Upload(NamedTuple):
    """A file to be uploaded.

    Attributes:
        name: its display name.
        unique_id: names it within its directory.
        source_path: the path to note in its metadata.
        sha256: of its content, noted there as well.
        size: its bytes.
        read: gives its pieces, `size` bytes in all; what it raises ends the upload before it takes effect.
    """

    name: str
    unique_id: str
    source_path: str
    sha256: str
    size: int
    read: Callable[[], Iterator[bytes]]


def upload_file(client: Client, directory_id: str, upload: Upload, scope: Scope) -> DirectoryFile:
    """Uploads a file and gives what it became in the directory.

    Args:
        client: sends the requests.
        directory_id: where to.
        upload: the file.
        scope: the project and organization.

    Raises:
        CliError: the API refused it, or could not be reached.
    """
    in_doubt = False

    def look() -> DirectoryFile | None:
        # Once: `attempt` is repeated as a whole, and what a repeat asks for must not earn further repeats.
        return next(list_files(client, directory_id, scope, unique_id=upload.unique_id, once=True), None)

    def attempt() -> DirectoryFile:
        nonlocal in_doubt
        if in_doubt:
            found = look()
            if found is not None:
                return found
        try:
            return _send(client, directory_id, upload, scope)
        except CliError as error:
            in_doubt = in_doubt or may_have_happened(error)
            if isinstance(error, ApiError) and error.status == HTTPStatus.CONFLICT:
                found = look()
                if found is not None:
                    return found
            raise

    return client.retries.call(attempt)


def _send(client: Client, directory_id: str, upload: Upload, scope: Scope) -> DirectoryFile:
    request = Request("POST", files_path(directory_id) + "/upload", scope)
    answer = client.send_once(request, payload=_payload(upload))
    file = read_file(answer.document.value)
    if file is None:
        raise senseless(answer, "a directory file without an `id`")
    return file


def _payload(upload: Upload) -> Payload:
    boundary = secrets.token_hex(16)
    fields = {
        "display_name": upload.name,
        "unique_id": upload.unique_id,
        "metadata": json.dumps({SOURCE_PATH_KEY: upload.source_path, SHA256_KEY: upload.sha256}),
    }
    head = "".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    head += (
        f'--{boundary}\r\nContent-Disposition: form-data; name="upload_file"; '
        f'filename="{upload.name.translate(_ESCAPES)}"\r\nContent-Type: application/octet-stream\r\n\r\n'
    )
    before, after = head.encode("utf-8", "replace"), f"\r\n--{boundary}--\r\n".encode()

    def chunks() -> Iterator[bytes]:
        # Head and tail go out with the pieces beside them, and the tail not before `read` has ended without a
        # complaint: a body without its tail has no effect.
        held = before
        for piece in upload.read():
            if held is not before:
                yield held
                held = piece
            else:
                held = before + piece
        yield held + after

    headers = {
        "content-type": f"multipart/form-data; boundary={boundary}",
        "content-length": str(len(before) + upload.size + len(after)),
    }
    return Payload(chunks, headers, upload.size / SLOWEST_UPLOAD)
