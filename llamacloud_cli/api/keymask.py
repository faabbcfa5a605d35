"""Hiding the API key, and secrets of a request, in what came from a server: some echo them, in their errors mostly."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import httpx

from llamacloud_cli.redaction import HIDDEN, SHORTEST_HIDDEN_KEY, redact, secrets_in, spellings

if TYPE_CHECKING:
    from llamacloud_cli.errors import CliError


class KeyMask:
    """Hides one key.

    Args:
        key: the API key, or another secret that was sent.
        shortest: the characters below which it is left alone.
    """

    def __init__(self, key: str, *, shortest: int = SHORTEST_HIDDEN_KEY) -> None:
        self._key = key if len(key) >= shortest else ""
        self._raw = tuple(one.encode("utf-8", "replace") for one in spellings(self._key))
        self._escaped: re.Pattern[bytes] | None = None

    def is_in(self, text: str) -> bool:
        """Tells whether the key is in a text."""
        return any(spelling in text for spelling in spellings(self._key))

    def body(self, body: bytes) -> bytes:
        r"""Gives a body without the key, also where JSON escapes are in it (`\\u002d` for `-`)."""
        if not self._raw:
            return body
        for spelling in self._raw:
            if spelling in body:
                body = body.replace(spelling, HIDDEN.encode())
        return self._pattern().sub(HIDDEN.encode(), body) if b"\\" in body else body

    def echo(self, body: bytes, sent: object, *, refused: bool) -> bytes:
        """Gives the body of an answer without the secrets of the request's own body, which some services quote.

        Args:
            body: of the answer.
            sent: the request's JSON value.
            refused: whether the answer is a refusal, in which anything is hidden that may be a secret.
        """
        for secret in secrets_in(sent, certain=not refused):
            body = KeyMask(secret, shortest=0).body(body)
        return body

    def headers(self, headers: httpx.Headers) -> httpx.Headers:
        """Gives headers without the key."""
        if not self._raw or not any(one in value for _, value in headers.raw for one in self._raw):
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
    """Gives a pattern for the ways in which a JSON string may spell a character."""
    itself = re.escape(character.encode("utf-8", "replace"))
    units = character.encode("utf-16-be", "surrogatepass")
    code = "".join(rf"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
    digits = re.sub(r"[a-f]", lambda digit: f"[{digit[0]}{digit[0].upper()}]", code).encode()
    return rb"(?:" + itself + rb"|\\" + itself + rb"|" + digits + rb")"
