"""An error as text: one line for people, an object for programs."""

from __future__ import annotations

import json
from functools import singledispatch
from typing import Any

from llamacloud_cli.errors import ApiError, CliError, NetworkError, TransformError, UsageError
from llamacloud_cli.output.terminal import clean, clean_json, clean_line


@singledispatch
def details(error: CliError) -> dict[str, Any]:  # noqa: ARG001 - singledispatch looks at its type
    """Gives the fields of an error's object that its class knows."""
    return {"status": None, "detail": None, "request_id": None, "retryable": False}


@details.register
def _(error: ApiError) -> dict[str, Any]:
    return {
        "status": error.status,
        "detail": error.detail,
        "request_id": error.request_id,
        "retryable": error.retryable,
    }


@details.register
def _(error: NetworkError) -> dict[str, Any]:
    return {"status": None, "detail": None, "request_id": None, "retryable": error.retryable}


def as_object(error: CliError) -> dict[str, Any]:
    """Gives the object that `--format-error json` prints."""
    fields = details(error)
    return {
        "error": {
            "status": fields["status"],
            "code": error.code,
            "message": error.message,
            "hint": error.hint,
            "detail": fields["detail"],
            "request_id": fields["request_id"],
            "retryable": fields["retryable"],
            "exit_status": int(error.exit_status),
        }
    }


def as_lines(error: CliError) -> str:
    """Gives `error: what — what to do`, and below it the place in a YAML text where there is one."""
    line = f"error: {error.message}"
    if error.hint:
        line += f" — {error.hint}"
    request_id = details(error)["request_id"]
    if request_id:
        line += f" (request id {request_id})"
    snippet = error.snippet if isinstance(error, UsageError) else None
    return clean_line(line) + (f"\n{clean(snippet)}" if snippet else "") + "\n"


def as_text(error: CliError, *, error_format: str, path: str | None, terminal: bool = True) -> str:
    """Gives an error as `--format-error` and `--transform-error` ask for.

    Args:
        error: what went wrong.
        error_format: `json`, `jsonl`, `pretty`, `raw` (the API's own body) or `yaml`, in any case; anything else,
            `auto` and a wrong value among it, is for people.
        path: a GJSON path into the object (into the body for `raw`), or None.
        terminal: whether standard error is a terminal. Where it is none, programs get what was said as it is.
    """
    name = error_format.lower()
    body = error.body if isinstance(error, ApiError) and name == "raw" else b""
    if path is not None:
        return _found(body or _object_text(error), path, error, terminal=terminal)
    if body:
        text = body.decode("utf-8", "replace")
        if terminal:
            text = _safe_body(text.rstrip("\r\n"))
        return text if text.endswith("\n") else f"{text}\n"
    if name == "yaml":
        from llamacloud_cli.output.yamltext import to_yaml

        return clean(to_yaml(_object_text(error)))
    if name in ("json", "jsonl", "pretty", "raw"):
        return json.dumps(as_object(error), indent=2 if name in ("json", "pretty") else None) + "\n"
    return as_lines(error)


def _safe_body(text: str) -> str:
    """Gives a body as a terminal may have it: escaped within the strings of JSON, visible in anything else."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return clean(text)
    return clean_json(text.replace("\r", ""))


def _object_text(error: CliError) -> bytes:
    return json.dumps(as_object(error), ensure_ascii=False).encode("utf-8", "surrogatepass")


def _found(text: bytes, path: str, error: CliError, *, terminal: bool) -> str:
    from llamacloud_cli.jsontext import Document
    from llamacloud_cli.output.transform import transform

    try:
        found = transform(Document(text), path)
        if found is not None:
            found.document()
    except (ValueError, TransformError):  # the body is no JSON, or the path makes none of it
        found = None
    if found is None:
        return as_lines(error)
    if terminal:
        return f"{clean(found.string) if found.is_string else clean_json(found.string)}\n"
    return found.string.encode("utf-8", "backslashreplace").decode() + "\n"  # a lone surrogate cannot be written
