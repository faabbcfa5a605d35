"""A request as text, for `--dry-run` and `--print-curl`; neither shows a secret."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

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
    return json.dumps(shown, ensure_ascii=False).encode("utf-8", "surrogatepass")


def as_curl(request: Request, base_url: str, hide: Callable[..., Any]) -> str:
    """Gives a command for a POSIX shell that sends the same with the key in `$LLAMA_CLOUD_API_KEY`.

    Secrets of the body become variables as well, such as `$WEBHOOK_SIGNING_SECRET`.

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
    variables: list[str] = []

    def variable(path: str) -> str:
        variables.append("".join(c if c.isalnum() else "_" for c in path.rpartition("webhook_")[2]).upper())
        return f"\0{len(variables) - 1}\0"

    text = json.dumps(hide(body, variable), ensure_ascii=False)
    pieces = text.replace("\\u0000", "\0").split("\0")
    # Odd pieces are numbers of variables; they leave the single quotes of the text around them.
    return "".join(
        f'"$WEBHOOK_{variables[int(piece)]}"' if position % 2 else shlex.quote(piece)
        for position, piece in enumerate(pieces)
    )


def _url(request: Request, base_url: str) -> str:
    query = f"?{urlencode(request.query, quote_via=quote)}" if request.query else ""
    return base_url + request.path + query
