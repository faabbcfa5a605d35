"""The body of an answer, read within bounds.

httpx decodes as much as the server sends and takes a gzip stream that is cut short for a whole one. So this
tool asks for gzip or nothing, and decodes it here: bounded, and to its end.
"""

from __future__ import annotations

import zlib
from io import BytesIO
from typing import TYPE_CHECKING

from llamacloud_cli.api.answers import request_id, shortened, too_large
from llamacloud_cli.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import httpx

LARGEST_ANSWER = 16 * 1024 * 1024
"""Bytes; a batch with 1,000 results has some 300,000."""
LARGEST_PAGE = 8 * 1024 * 1024
"""Bytes; a page of 1,000 batches has some 400,000. Two pages are in memory at a time."""
LARGEST_RESULT = 32 * 1024 * 1024
"""Bytes of a job with its result. Larger Markdown and text are downloaded, which takes no memory."""
LARGEST_REFUSAL = 1024 * 1024
"""Bytes of a body that only says why."""
ACCEPT_ENCODING = "gzip"
_GZIP = 16 + zlib.MAX_WBITS
_PIECE_BYTES = 1024 * 1024
_MOST_MEMBERS = 100_000
"""Each has a beginning and an end; very many that hold nothing would take long."""


class TruncatedBodyError(Exception):
    """The body ended before its end."""


def read_body(response: httpx.Response, *, limit: int = LARGEST_ANSWER) -> bytes:
    """Reads and decodes the body of a streamed response; memory stays near `limit`, whatever is sent.

    Args:
        response: opened as a stream.
        limit: the size in bytes past which it is refused, as sent and decoded.

    Raises:
        ApiError: it is larger, or encoded in another way than asked for.
        TruncatedBodyError: it ended early.
    """
    encoding = response.headers.get("content-encoding", "").strip().lower()
    pieces = _bounded(response.iter_raw(), response, limit)
    if encoding in ("gzip", "x-gzip"):
        pieces = _bounded(_gunzip(pieces, response), response, limit)
    elif encoding not in ("", "identity"):
        raise _unusable(
            response,
            f"the answer is encoded as {shortened(encoding)!r}, which was not asked for",
            hint="a proxy in between may have changed it",
        )
    whole = BytesIO()
    for piece in pieces:
        whole.write(piece)
    return whole.getvalue()


def _bounded(pieces: Iterable[bytes], response: httpx.Response, limit: int) -> Iterator[bytes]:
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > limit:
            shown = f"{limit // 1024 // 1024} MiB" if limit >= 1024 * 1024 else f"{limit} bytes"
            raise too_large(response.status_code, response.headers, f"is larger than {shown}")
        yield piece


def _gunzip(pieces: Iterable[bytes], response: httpx.Response) -> Iterator[bytes]:
    """Decodes gzip, one member after another (RFC 1952), in pieces of at most 1 MiB."""
    decoder, began, members = zlib.decompressobj(_GZIP), False, 1
    try:
        for piece in pieces:
            data, began = piece, True
            while data:
                if decoder.eof:
                    decoder, members = zlib.decompressobj(_GZIP), members + 1
                    if members > _MOST_MEMBERS:
                        raise too_large(
                            response.status_code, response.headers, f"has more than {_MOST_MEMBERS:,} gzip members"
                        )
                yield decoder.decompress(data, _PIECE_BYTES)
                data = decoder.unconsumed_tail or decoder.unused_data
    except zlib.error as error:
        raise TruncatedBodyError(f"its gzip encoding is broken ({error})") from None
    if began and not decoder.eof:
        raise TruncatedBodyError("its gzip encoding is cut short")


def _unusable(response: httpx.Response, message: str, *, hint: str) -> ApiError:
    status = response.status_code
    return ApiError(f"{status}: {message}", hint=hint, status=status, request_id=request_id(response.headers))
