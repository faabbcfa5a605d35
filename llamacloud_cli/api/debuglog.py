"""What `--debug` prints of requests and answers, secrets hidden."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from llamacloud_cli.redaction import HIDDEN, hide_in_text, hide_in_url, hide_secrets, redact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MAX_SHOWN_BYTES = 64 * 1024
_MOST_READ_BYTES = 1024 * 1024
_SECRET_HEADERS = frozenset(
    {"authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "lc-signature"}
)


class DebugLog:
    """Writes calls to standard error.

    Args:
        write: writes one line.
        key: the API key, hidden wherever it appears.
    """

    def __init__(self, write: Callable[[str], None], key: str) -> None:
        self._write = write
        self._key = key

    def request(self, method: str, url: str, headers: Iterable[tuple[str, str]], body: bytes) -> None:
        """Writes a request."""
        self._message(">", f"{method} {hide_in_url(url)}", headers, body)

    def answer(self, status: int, headers: Iterable[tuple[str, str]], body: bytes, seconds: float) -> None:
        """Writes an answer and how long it took."""
        self._message("<", f"{status} after {seconds:.3f} s", headers, body)

    def failure(self, message: str, seconds: float) -> None:
        """Writes a call that got no answer."""
        self._line("<", f"no answer after {seconds:.3f} s: {message}")

    def _message(self, mark: str, first: str, headers: Iterable[tuple[str, str]], body: bytes) -> None:
        self._line(mark, first)
        for name, value in headers:
            self._line(mark, f"{name}: {HIDDEN if name.lower() in _SECRET_HEADERS else hide_in_text(value)}")
        if body:
            # Secrets are hidden first: a cut through one would leave a part of it that nothing recognizes.
            for line in _cut(redact(_shown(body), self._key), len(body)).split("\n"):
                self._line(mark, line)

    def _line(self, mark: str, text: str) -> None:
        self._write(f"{mark} {redact(text, self._key)}")


def _shown(body: bytes) -> str:
    """Gives a body as text, secrets hidden. One of more than 1 MiB is left out: to find secrets it must be decoded."""
    if len(body) > _MOST_READ_BYTES:
        return f"({len(body):,} bytes)"
    try:
        return json.dumps(hide_secrets(json.loads(body)), ensure_ascii=False)
    except (ValueError, RecursionError):
        return hide_in_text(body.decode("utf-8", "replace"))


def _cut(text: str, size: int) -> str:
    if len(text) <= MAX_SHOWN_BYTES:
        return text
    return f"{text[:MAX_SHOWN_BYTES]} … ({size} bytes in all)"
