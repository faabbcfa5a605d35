"""An error as text: one line for people, an object for programs."""

from __future__ import annotations

import json
from functools import singledispatch
from typing import Any

from llamacloud_cli.errors import ApiError, CliError, NetworkError, UsageError
from llamacloud_cli.output.terminal import clean, clean_line


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


def as_text(error: CliError, *, error_format: str, path: str | None) -> str:
    """Gives an error as `--format-error` and `--transform-error` ask for.

    Args:
        error: what went wrong.
        error_format: `auto`, `json`, `jsonl`, `pretty`, `raw` (the API's own body) or `yaml`.
        path: a GJSON path into the object (into the body for `raw`), or None.
    """
    if error_format == "auto" and path is None:
        return as_lines(error)
    body = error.body if isinstance(error, ApiError) else b""
    if error_format == "raw" and body and path is None:
        return clean(body.decode("utf-8", "replace").rstrip("\n")) + "\n"
    text = (
        body.decode("utf-8", "replace")
        if error_format == "raw" and body
        else json.dumps(as_object(error), ensure_ascii=False)
    )
    if path is not None:
        return _found(text, path, error)
    return _formatted(text, error_format)


def _found(text: str, path: str, error: CliError) -> str:
    from llamacloud_cli.output.gjson import get

    result = get(text, path)
    return f"{clean(result.string)}\n" if result.exists else as_lines(error)


def _formatted(text: str, error_format: str) -> str:
    if error_format == "yaml":
        from llamacloud_cli.output.yamltext import to_yaml

        return clean(to_yaml(text.encode()))
    indent = 2 if error_format in ("json", "pretty") else None
    return json.dumps(json.loads(text), indent=indent, ensure_ascii=True) + "\n"
