"""Hiding what no output may show: the API key, webhook secrets, passwords and signatures in URLs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable

HIDDEN = "***"
_SECRET_FIELDS = frozenset({"webhook_signing_secret", "api_key", "apikey", "secret", "password", "token"})
_SECRET_OBJECTS = frozenset({"webhook_headers"})
_SECRET_QUERY = re.compile(
    r"signature|credential|security-token|(?:^|[-_])(?:sig|(?<!page_)token|key|policy)$", re.IGNORECASE
)
_URL = re.compile(r"https?://[^\s\"'<>\\]+")


SHORTEST_HIDDEN_KEY = 8
"""A key shorter than this is left alone: a word of a text could be the key by chance."""


def redact_key(text: str, key: str | None) -> str:
    """Gives a text in which a key of a usual length is hidden."""
    return redact(text, key) if key and len(key) >= SHORTEST_HIDDEN_KEY else text


def redact(text: str, key: str) -> str:
    """Gives a text in which the API key is hidden."""
    return text.replace(key, HIDDEN) if key else text


def hide_secrets(value: Any, replacement: Callable[[str], str] | None = None, path: str = "") -> Any:
    """Gives a JSON value in which webhook secrets, webhook headers and signed URLs are hidden.

    Args:
        value: any JSON value; it is left as it is.
        replacement: makes what stands instead, from the dotted path of the secret. Without it, `***` stands there,
            and of a signed URL all but the signature is left.
        path: where `value` is.
    """
    if isinstance(value, dict):
        return {
            name: _hide_field(name, item, replacement, f"{path}.{name}" if path else name)
            for name, item in value.items()
        }
    if isinstance(value, list):
        return [hide_secrets(item, replacement, f"{path}.{position}") for position, item in enumerate(value)]
    if not isinstance(value, str):
        return value
    shown = hide_in_text(value)
    return replacement(path) if replacement and shown != value else shown


def _hide_field(name: str, item: Any, replacement: Callable[[str], str] | None, path: str) -> Any:
    hidden = replacement or (lambda _path: HIDDEN)
    if name.lower() in _SECRET_FIELDS | _SECRET_OBJECTS and isinstance(item, str | int | float):
        return hidden(path)
    if name.lower() in _SECRET_OBJECTS and isinstance(item, dict):
        return {header: hidden(f"{path}.{header}") for header in item}
    return hide_secrets(item, replacement, path)


def hide_in_text(text: str) -> str:
    """Gives a text whose URLs have lost their passwords and signatures."""
    return _URL.sub(lambda found: hide_in_url(found[0]), text) if "://" in text else text


def hide_in_url(url: str) -> str:
    """Gives a URL without password, and with the values of signature parameters hidden."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return HIDDEN
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    signed = any(_SECRET_QUERY.search(name) for name, _ in pairs)
    if not signed and "@" not in parts.netloc:
        return url
    query = parts.query
    if signed:
        query = urlencode([(name, HIDDEN if _SECRET_QUERY.search(name) else value) for name, value in pairs], safe="*")
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query=query).geturl()
