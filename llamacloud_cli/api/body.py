"""The body of an answer, read within bounds.

httpx decodes as much as the server sends and takes a gzip stream that is cut short for a whole one. So this
tool asks for gzip or nothing, and decodes it here: bounded, and to its end.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from llamacloud_cli.errors import ApiError

if TYPE_CHECKING:
    import httpx

MAX_BODY_BYTES = 64 * 1024 * 1024
ACCEPT_ENCODING = "gzip"
_GZIP = 16 + zlib.MAX_WBITS


class TruncatedBodyError(Exception):
    """The body ended before its end."""


def read_body(response: httpx.Response, *, limit: int = MAX_BODY_BYTES) -> bytes:
    """Reads and decodes the body of a streamed response.

    Args:
        response: opened with `stream=True`.
        limit: the size in bytes, decoded, past which it is refused.

    Raises:
        ApiError: it is larger, or encoded in another way than asked for.
        TruncatedBodyError: it ended early.
    """
    encoding = response.headers.get("content-encoding", "").strip().lower()
    if encoding in ("", "identity"):
        return _read_plain(response, limit)
    if encoding in ("gzip", "x-gzip"):
        return _read_gzip(response, limit)
    raise ApiError(
        f"the answer is encoded as {encoding!r}, which was not asked for",
        hint="a proxy in between may have changed it",
        status=response.status_code,
    )


def _read_plain(response: httpx.Response, limit: int) -> bytes:
    chunks, size = [], 0
    for chunk in response.iter_raw():
        size += len(chunk)
        if size > limit:
            raise _too_large(response, limit)
        chunks.append(chunk)
    return b"".join(chunks)


def _read_gzip(response: httpx.Response, limit: int) -> bytes:
    decoder, chunks, size = zlib.decompressobj(_GZIP), [], 0
    try:
        for raw in response.iter_raw():
            data = raw
            while data:
                if decoder.eof:  # RFC 1952 allows one member after another
                    decoder = zlib.decompressobj(_GZIP)
                chunk = decoder.decompress(data, limit - size + 1)
                size += len(chunk)
                if size > limit:
                    raise _too_large(response, limit)
                chunks.append(chunk)
                data = decoder.unconsumed_tail or decoder.unused_data
    except zlib.error as error:
        raise TruncatedBodyError(f"its gzip encoding is broken ({error})") from None
    if not decoder.eof and size + len(chunks) > 0:
        raise TruncatedBodyError("its gzip encoding is cut short")
    return b"".join(chunks)


def _too_large(response: httpx.Response, limit: int) -> ApiError:
    return ApiError(
        f"the answer is larger than {limit // 1024 // 1024} MiB",
        hint="ask for less, such as a smaller --page-size",
        status=response.status_code,
    )
