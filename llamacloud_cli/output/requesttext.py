"""A request as text, for `--dry-run` and `--print-curl`; neither shows a secret."""

from __future__ import annotations

import json
import re
import shlex
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from llamacloud_cli.output.terminal import clean_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from llamacloud_cli.operations import Request

HEADERS = {"Authorization": "Bearer ***", "Accept": "application/json"}


def as_json(request: Request, base_url: str, hide: Callable[..., Any]) -> bytes:
    """Gives `{method, url, headers, body}` as JSON.

    Args:
        request: what would be sent.
        base_url: where to.
        hide: gives a body without its secrets.
    """
    headers = {**HEADERS, "Content-Type": "application/json"} if request.body is not None else HEADERS
    shown = {
        "method": request.method,
        "url": _url(request, base_url),
        "headers": headers,
        "body": hide(request.body) if request.body is not None else None,
    }
    return _json(shown).encode()


def as_curl(request: Request, base_url: str, hide: Callable[..., Any]) -> str:
    """Gives a command for a POSIX shell that sends the same with the key in `$LLAMA_CLOUD_API_KEY`.

    Secrets of the body become variables as well, such as `$WEBHOOK_SIGNING_SECRET`. Their values stand between
    the quotes of a JSON string, and so are to be written as one.

    Args:
        request: what would be sent.
        base_url: where to.
        hide: gives a body whose secrets are replaced by what a function makes of their path.
    """
    lines = [f"curl -sS --fail-with-body -X {request.method} {shlex.quote(_url(request, base_url))}"]
    lines += ['-H "Authorization: Bearer $LLAMA_CLOUD_API_KEY"', "-H 'Accept: application/json'"]
    if request.body is not None:
        lines += ["-H 'Content-Type: application/json'", f"--data-raw {_quoted_body(request.body, hide)}"]
    return " \\\n  ".join(lines) + "\n"


def _quoted_body(body: Any, hide: Callable[..., Any]) -> str:
    """Gives a body in single quotes, which a variable in double quotes interrupts for each secret."""
    mark = _unused_in(_json(body))
    variables: dict[str, str] = {}

    def variable(path: str) -> str:
        name = _variable(path)
        # Two webhooks have two secrets, and X-Api and X_Api are two headers.
        count = 2
        while name in variables.values():
            name = f"{_variable(path)}_{count}"
            count += 1
        variables[path] = name
        return f"{mark}{name}{mark}"

    pieces = _json(hide(body, variable)).split(mark)
    return "".join(f'"${piece}"' if position % 2 else shlex.quote(piece) for position, piece in enumerate(pieces))


def _variable(path: str) -> str:
    """Gives the name of a variable for the secret at a path: `…0.webhook_headers.X-Api` is WEBHOOK_HEADERS_X_API."""
    start = path.rfind("webhook_")
    name = re.sub(r"[^A-Z0-9]", "_", path[max(start, 0) :].upper())
    return f"_{name}" if name[:1].isdecimal() else name


def _unused_in(text: str) -> str:
    """Gives a string without special characters that a text does not hold."""
    mark = "SECRET"
    while mark in text:
        mark += "X"
    return f"<{mark}>"


def _json(value: Any) -> str:
    """Gives JSON that is safe to be shown anywhere: control characters are escaped."""
    return clean_json(json.dumps(value, ensure_ascii=False))


def _url(request: Request, base_url: str) -> str:
    query = f"?{urlencode(request.query, quote_via=quote)}" if request.query else ""
    return base_url + request.path + query
