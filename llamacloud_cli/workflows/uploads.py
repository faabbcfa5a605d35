"""One file on its way to the service: read once, checked while it is read."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

from llamacloud_cli.api.files import Upload
from llamacloud_cli.errors import CliError
from llamacloud_cli.workflows.names import as_text
from llamacloud_cli.workflows.sources import READ_FLAGS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from llamacloud_cli.workflows.ledger_shards import Sending

_CHUNK = 256 * 1024
_LONGEST_NAME = 200


class SourceError(CliError):
    """The file is not what it was when it was found, or cannot be read."""

    code = "source"


def upload_of(sending: Sending, check: Callable[[], None]) -> Upload:
    """Gives the upload of a content.

    Args:
        sending: what is to be sent.
        check: called before each piece; what it raises ends the upload.
    """
    source = as_text(sending.source).encode("utf-8", "replace").decode()
    return Upload(
        name=source.replace("\\", "/").rpartition("/")[2][-_LONGEST_NAME:],
        unique_id=sending.unique_id,
        source_path=source,
        sha256=sending.sha256,
        size=sending.size,
        read=lambda: _read(sending, check),
    )


def _read(sending: Sending, check: Callable[[], None]) -> Iterator[bytes]:
    digest, size = hashlib.sha256(), 0
    try:
        with os.fdopen(os.open(sending.path, READ_FLAGS), "rb", buffering=0) as file:
            while chunk := file.read(_CHUNK):
                check()
                digest.update(chunk)
                size += len(chunk)
                if size > sending.size:
                    break
                yield chunk
    except OSError as error:
        raise SourceError(f"the file cannot be read: {error.strerror}") from None
    # This comes before the end of the body is sent: an upload that breaks off here has no effect.
    if digest.hexdigest() != sending.sha256:
        raise SourceError("the file has changed since the run began; run the command again")
