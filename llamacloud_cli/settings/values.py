"""What a key, a base URL and a setting of a file may be."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import SplitResult, urlsplit

from llamacloud_cli.errors import AuthenticationError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DEFAULT_BASE_URL = "https://api.cloud.llamaindex.ai"
EU_BASE_URL = "https://api.cloud.eu.llamaindex.ai"
REGIONS = {"us": DEFAULT_BASE_URL, "eu": EU_BASE_URL}
"""The regions of the service (https://developers.llamaindex.ai/python/cloud/general/regions/)."""
DEFAULT_PROFILE = "default"
DEFAULT_CONCURRENCY = 8
LARGEST_CONCURRENCY = 64

_LOOPBACK = re.compile(r"localhost|127(?:\.\d{1,3}){3}|::1")
_SWITCH = {"true": True, "1": True, "false": False, "0": False}
_PORTS = {"http": 80, "https": 443}
_PROFILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_NO_ID = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029\ud800-\udfff]")
_NO_TEXT = re.compile(r"[\ud800-\udfff]")
"""What bytes become that are no UTF-8 (os.fsdecode)."""


STORE, ORIGIN = "api_key_store", "api_key_origin"
"""In a profile: where its key is kept, and the origin that it may be sent to."""


class UserFile(NamedTuple):
    """What config.toml says.

    Attributes:
        path: where it is.
        values: the settings of its top level.
        profiles: the settings of each profile, in the file's order.
    """

    path: Path
    values: dict[str, Any]
    profiles: dict[str, dict[str, Any]]

    @property
    def names(self) -> list[str]:
        """The names of the profiles that there are; the default one always is."""
        return sorted({DEFAULT_PROFILE, *self.profiles})


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

    @property
    def region(self) -> str | None:
        """The service's region (`us`, `eu`) that it is, or None for another place."""
        return next((name for name, url in REGIONS.items() if origin_of(url) == origin_of(self.url)), None)


def check_key(value: str, source: str) -> ApiKey:
    """Gives a key that can be put into a header as it is.

    Raises:
        AuthenticationError: it cannot. The message never holds the key: an HTTP library's own message for such a
            key would print it.
    """
    problem = _key_problem(value)
    if problem:
        hint = "copy the key again, without anything around it" if value.strip() else "is a variable or a secret unset?"
        raise AuthenticationError(f"{source}: the API key {problem}", hint=hint)
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


def read_base_url(text: str, source: str, *, insecure_http: bool) -> BaseUrl:
    """Gives the base URL that a text stands for.

    Args:
        text: a URL.
        source: where it comes from, for messages.
        insecure_http: whether `http://` to another machine is allowed.

    Raises:
        UsageError: it is no http(s) URL of a host, holds a password, or would send the key unencrypted.
    """
    if not text:
        raise UsageError(f"{source}: empty", hint="is a variable unset?")
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
    if _NO_TEXT.search(text):
        raise UsageError(f"{source}: not UTF-8 text", hint=hint)
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


def origin_of(url: str) -> str:
    """Gives scheme, host and port of a URL, written in one way alone (RFC 6454): what a stored key is bound to."""
    parts = urlsplit(url)
    scheme, host = parts.scheme.lower(), (parts.hostname or "").lower()
    name = f"[{host}]" if ":" in host else host
    port = parts.port or _PORTS.get(scheme)
    return f"{scheme}://{name}" + ("" if port == _PORTS.get(scheme) else f":{port}")


def check_profile_name(name: str, source: str) -> str:
    """Gives the name of a profile.

    Raises:
        UsageError: it is none: names are plain ASCII, since they become names in files and keyrings.
    """
    if not _PROFILE.fullmatch(name):
        raise UsageError(
            f"{source}: {name[:80]!r} is no name of a profile",
            hint="write it like work or client-a: letters, digits, . _ -",
        )
    return name


def read_columns(value: Any, where: str) -> str:
    """Gives the text that `--columns` takes.

    Raises:
        UsageError: it is neither a text nor a list of texts, or one of them is empty.
    """
    names = value.split(",") if isinstance(value, str) else value
    if not isinstance(names, list) or not names or not all(isinstance(name, str) and name.strip() for name in names):
        raise UsageError(f"{where}: no list of columns", hint='write it like columns = ["id", "status"]')
    return ",".join(name.strip() for name in names)


def read_concurrency(value: Any, where: str) -> int:
    """Gives how many files are worked on at a time.

    Raises:
        UsageError: it is no whole number that `--concurrency` takes.
    """
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= LARGEST_CONCURRENCY:
        raise UsageError(f"{where}: no whole number between 1 and {LARGEST_CONCURRENCY}")
    return value


def read_id(value: Any, where: str) -> str:
    """Gives the id of a project or an organization.

    Raises:
        UsageError: it is no text, empty, or has blanks, control characters or bytes that are no UTF-8 in it.
    """
    if not isinstance(value, str) or not value or _NO_ID.search(value) or value.startswith("@"):
        raise UsageError(f"{where}: no id", hint="`llamacloud-prod auth status` names the projects")
    return value


def read_switch(value: Any, where: str) -> bool:
    """Gives yes or no, from a truth value or from the words for one.

    Raises:
        UsageError: it is neither.
    """
    found = _SWITCH.get(value.strip().lower()) if isinstance(value, str) else value
    if not isinstance(found, bool):
        raise UsageError(f"{where}: neither true nor false", hint="write true or false")
    return found


def _read_text(value: Any, where: str) -> str:
    if not isinstance(value, str) or not value:
        raise UsageError(f"{where}: no text", hint="put quotes around it")
    return value


READERS: dict[str, Callable[[Any, str], Any]] = {
    "base_url": _read_text,
    "project_id": read_id,
    "organization_id": read_id,
    "format": _read_text,
    "columns": read_columns,
    "concurrency": read_concurrency,
    "list_before": read_switch,
    "profile": _read_text,
}
"""The settings that files hold, in the order in which they are listed, each with what reads its value."""
