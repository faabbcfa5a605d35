"""Hiding the API key in what came from a server: some echo it, in their errors for example."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import httpx

from llamacloud_cli.redaction import HIDDEN, SHORTEST_HIDDEN_KEY, redact

if TYPE_CHECKING:
    from llamacloud_cli.errors import CliError


class KeyMask:
    """Hides one key.

    Args:
        key: the API key, ASCII alone.
    """

    def __init__(self, key: str) -> None:
        self._key = key if len(key) >= SHORTEST_HIDDEN_KEY else ""
        self._raw = self._key.encode()
        self._escaped: re.Pattern[bytes] | None = None

    def body(self, body: bytes) -> bytes:
        r"""Gives a body without the key, also where JSON escapes are in it (`\\u002d` for `-`)."""
        if not self._raw:
            return body
        if self._raw in body:
            body = body.replace(self._raw, HIDDEN.encode())
        return self._pattern().sub(HIDDEN.encode(), body) if b"\\" in body else body

    def headers(self, headers: httpx.Headers) -> httpx.Headers:
        """Gives headers without the key."""
        if not self._raw or not any(self._raw in value for _, value in headers.raw):
            return headers
        return httpx.Headers([(name, redact(value, self._key)) for name, value in headers.multi_items()])

    def error(self, error: CliError) -> CliError:
        """Gives the error, its words without the key."""
        error.message = redact(error.message, self._key)
        error.hint = redact(error.hint, self._key) if error.hint else error.hint
        return error

    def _pattern(self) -> re.Pattern[bytes]:
        if self._escaped is None:
            self._escaped = re.compile(b"".join(_spellings(character) for character in self._key))
        return self._escaped


def _spellings(character: str) -> bytes:
    """Gives a pattern for the ways in which a JSON string may spell an ASCII character."""
    itself = re.escape(character).encode()
    code = f"{ord(character):02x}"
    digits = "".join(f"[{digit}{digit.upper()}]" for digit in code).encode()
    return rb"(?:" + itself + rb"|\\" + itself + rb"|\\u00" + digits + rb")"
