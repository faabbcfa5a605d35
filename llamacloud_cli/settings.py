"""Where each setting comes from: flag > environment > default."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import SplitResult, urlsplit

from llamacloud_cli.errors import AuthenticationError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_BASE_URL = "https://api.cloud.llamaindex.ai"
EU_BASE_URL = "https://api.cloud.eu.llamaindex.ai"
API_KEY_VARIABLE = "LLAMA_CLOUD_API_KEY"
BASE_URL_VARIABLE = "LLAMA_CLOUD_BASE_URL"

_LOOPBACK = re.compile(r"localhost|.*\.localhost|127(?:\.\d{1,3}){3}|::1")


class ApiKey(NamedTuple):
    """A key that can be put into a header.

    Attributes:
        value: the key.
        source: where it comes from, in words for a message.
    """

    value: str
    source: str

    def __repr__(self) -> str:
        return f"ApiKey(value=***, source={self.source!r})"


class BaseUrl(NamedTuple):
    """The origin (and path prefix) that requests go to.

    Attributes:
        url: without a slash at the end.
        scheme: `http` or `https`.
        host: in lower case, without brackets.
        loopback: whether the host is this machine by its name.
    """

    url: str
    scheme: str
    host: str
    loopback: bool


def resolve_api_key(flag: str | None, env: Mapping[str, str]) -> ApiKey:
    """Gives the API key and where it comes from: `--api-key`, else LLAMA_CLOUD_API_KEY.

    Raises:
        AuthenticationError: there is none, or it cannot be put into a header as it is. The message never
            holds the key: an HTTP library's own message for such a key would print it.
    """
    value, source = (flag, "--api-key") if flag is not None else (env.get(API_KEY_VARIABLE), API_KEY_VARIABLE)
    if value is None:
        raise AuthenticationError(
            "no API key",
            hint=f"set {API_KEY_VARIABLE}, or pass --api-key (visible to other users of this machine)",
        )
    problem = _key_problem(value)
    if problem:
        raise AuthenticationError(
            f"{source}: the API key {problem}", hint="copy the key again, without anything around it"
        )
    return ApiKey(value, source)


def _key_problem(value: str) -> str | None:
    if not value.strip():
        return "is empty"
    if re.search(r"[\x00-\x1f\x7f]", value):
        return "holds a line break or a control character"
    if value != value.strip():
        return "has blanks at its start or end"
    if not value.isascii():
        return "holds a character that is not ASCII"
    return None


def resolve_base_url(flag: str | None, env: Mapping[str, str], *, insecure_http: bool) -> BaseUrl:
    """Gives the base URL: `--base-url`, else LLAMA_CLOUD_BASE_URL, else the North America region.

    Args:
        flag: the text of `--base-url`.
        env: the environment.
        insecure_http: whether `http://` to another machine is allowed.

    Raises:
        UsageError: it is no http(s) URL of a host, holds a password, or would send the key unencrypted.
    """
    text, source = (flag, "--base-url") if flag is not None else (env.get(BASE_URL_VARIABLE), BASE_URL_VARIABLE)
    if flag == "":
        raise UsageError("--base-url: empty", hint="is a variable unset?")
    if not text:
        text, source = DEFAULT_BASE_URL, "default"
    parts = _split(text, source)
    host = (parts.hostname or "").lower()
    loopback = _LOOPBACK.fullmatch(host) is not None
    if parts.scheme == "http" and not loopback and not insecure_http:
        raise UsageError(
            f"{source}: http:// would send the API key unencrypted to {host}",
            hint="use https://, or --insecure-http if the network in between is yours",
        )
    return BaseUrl(text.rstrip("/"), parts.scheme, host, loopback)


def _split(text: str, source: str) -> SplitResult:
    hint = f"write it like {DEFAULT_BASE_URL}"
    if "@" in text:  # first of all: no other message may show the password
        raise UsageError(f"{source}: a base URL holds no user name or password", hint=hint)
    if re.search(r"[\x00-\x20\x7f]", text):
        raise UsageError(f"{source}: a URL holds no blanks or control characters", hint=hint)
    try:
        parts = urlsplit(text)
        _ = parts.port  # refuses a port that is no number
    except ValueError as error:
        raise UsageError(f"{source}: not a URL ({error})", hint=hint) from None
    if parts.scheme.lower() not in ("http", "https") or not parts.hostname:
        raise UsageError(f"{source}: {text!r} is no http:// or https:// URL", hint=hint)
    if parts.query or parts.fragment:
        raise UsageError(f"{source}: a base URL has no query (?) or fragment (#)", hint=hint)
    return parts
