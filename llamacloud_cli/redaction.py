"""Hiding what no output may show: the API key, webhook secrets, passwords and signatures in URLs."""

from __future__ import annotations

import re
from base64 import b64encode
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HIDDEN = "***"
_SECRET_FIELDS = frozenset({"webhooksigningsecret", "signingsecret", "apikey", "secret", "password", "token"})
_SECRET_OBJECTS = frozenset({"webhookheaders"})
"""Names of fields without `_` and `-`, in lower case: what is misspelt is a secret all the same."""
_SECRET_QUERY = re.compile(
    r"signature|credential|security-token|(?:^|[-_])(?:sig|(?<!page_)token|key|policy)$", re.IGNORECASE
)
_SECRET_HEADER = re.compile(r"auth|cookie|key|token|secret|password|signature|credential", re.IGNORECASE)
_URL = re.compile(r"https?://[^\s\"'<>\\]+")
_URL_SAFE = str.maketrans("+/", "-_")


SHORTEST_HIDDEN_KEY = 8
"""A key shorter than this is left alone: a word of a text could be the key by chance."""
SHORTEST_HIDDEN_SECRET = 4
"""The same for a secret of a request in the words of a refusal, where nothing is lost if a word is hidden."""


def redact_key(text: str, key: str | None) -> str:
    """Gives a text in which a key of a usual length is hidden."""
    return redact(text, key) if key and len(key) >= SHORTEST_HIDDEN_KEY else text


def redact(text: str, key: str) -> str:
    """Gives a text in which the API key is hidden, also where it is percent-encoded or a part of base64."""
    for spelling in spellings(key):
        text = text.replace(spelling, HIDDEN)
    return text


@lru_cache(maxsize=8)
def spellings(key: str) -> tuple[str, ...]:
    """Gives a key as it is and in the encodings in which servers echo headers; nothing for no key.

    Base64 spells it in three ways, by where in a longer text it begins. The characters at the ends, which the text
    around it has a part in, are left out.
    """
    if not key:
        return ()
    raw = key.encode("utf-8", "surrogatepass")
    found = [key, quote(raw, safe="")]
    for offset in range(3):
        text = b64encode(bytes(offset) + raw).decode()
        inner = text[-(-8 * offset // 6) : 8 * (offset + len(raw)) // 6]
        found += [inner, inner.translate(_URL_SAFE)] if len(inner) >= SHORTEST_HIDDEN_KEY else []
    return tuple(dict.fromkeys(found))


def secrets_in(value: Any, *, certain: bool = False) -> tuple[str, ...]:
    """Gives the secrets of a request's JSON value: webhook secrets and headers, passwords and signatures in URLs.

    Args:
        value: any JSON value.
        certain: whether headers are left out whose names tell of no secret, such as one that holds a directory's id,
            and texts so short that they may be a word of an answer.

    Returns:
        The longest first, since one may be a part of another.
    """
    found: dict[str, None] = {}

    def walk(value: Any, *, hidden: bool) -> None:
        if isinstance(value, dict):
            for name, item in value.items():
                if certain and _letters(name) in _SECRET_OBJECTS and isinstance(item, dict):
                    walk({one: text for one, text in item.items() if _SECRET_HEADER.search(str(one))}, hidden=True)
                else:
                    walk(item, hidden=hidden or _letters(name) in _SECRET_FIELDS | _SECRET_OBJECTS)
        elif isinstance(value, list):
            for item in value:
                walk(item, hidden=hidden)
        elif isinstance(value, str) and hidden:
            found[value] = None
        elif isinstance(value, str) and "://" in value:
            for url in _URL.findall(value):
                found.update(dict.fromkeys(_secrets_of_url(url)))

    walk(value, hidden=False)
    shortest = SHORTEST_HIDDEN_KEY if certain else SHORTEST_HIDDEN_SECRET
    return tuple(sorted((one for one in found if len(one) >= shortest), key=len, reverse=True))


def _secrets_of_url(url: str) -> Iterator[str]:
    try:
        parts = urlsplit(url)
    except ValueError:
        yield url
        return
    if "@" in parts.netloc:
        yield parts.netloc.rpartition("@")[0].rpartition(":")[2]
    for part in (parts.query, parts.fragment):
        for name, value in parse_qsl(part, keep_blank_values=True):
            if _SECRET_QUERY.search(name):
                yield value


def _letters(name: object) -> str:
    """Gives the name of a field as it stands in the sets above."""
    return str(name).lower().replace("_", "").replace("-", "")


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
    if _letters(name) in _SECRET_OBJECTS and isinstance(item, dict):
        return {header: hidden(f"{path}.{header}") for header in item}
    if _letters(name) in _SECRET_FIELDS | _SECRET_OBJECTS and item is not None:
        return hidden(path)
    return hide_secrets(item, replacement, path)


def hide_in_text(text: str) -> str:
    """Gives a text whose URLs have lost their passwords and signatures."""
    return _URL.sub(lambda found: hide_in_url(found[0]), text) if "://" in text else text


def hide_in_url(url: str) -> str:
    """Gives a URL without password, and with the values of signature parameters hidden, after a `#` as well."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return HIDDEN
    query, fragment = _hide_in_query(parts.query), _hide_in_query(parts.fragment)
    if (query, fragment) == (parts.query, parts.fragment) and "@" not in parts.netloc:
        return url
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query=query, fragment=fragment).geturl()


def _hide_in_query(query: str) -> str:
    pairs = parse_qsl(query, keep_blank_values=True)
    if not any(_SECRET_QUERY.search(name) for name, _ in pairs):
        return query
    return urlencode([(name, HIDDEN if _SECRET_QUERY.search(name) else value) for name, value in pairs], safe="*")
