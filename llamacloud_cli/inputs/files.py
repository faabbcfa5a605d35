r"""References to files in values: `@path`, `@file://path`, `@data://path`, and `\@` for a literal `@`."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

from llamacloud_cli.errors import UsageError

MAX_INPUT_BYTES = 10 * 1024 * 1024


def is_reference(text: str) -> bool:
    """Tells whether `expand` would read a file for this text."""
    return _target(text) is not None


def expand(text: str, *, where: str) -> str:
    r"""Gives the text that a value stands for.

    `@path` is the file's text, `@file://path` the same, `@data://path` the file's bytes in base64 and `\@x`
    the text `@x`. `@word` that names no file and holds neither `.` nor `/` stays as it is.

    Args:
        text: the value as given.
        where: the flag or field, for messages.

    Raises:
        UsageError: the file is missing, unreadable, larger than 10 MiB, or (but for `@data://`) not UTF-8.
    """
    if text.startswith("\\@"):
        return text[1:]
    target = _target(text)
    if target is None:
        return text
    path, encode = target
    content = _read(path, where)
    if encode:
        return base64.b64encode(content).decode("ascii")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(
            f"{where}: file {path!r} is not UTF-8 text", hint=f"`@data://{path}` sends its bytes in base64"
        ) from None


def expand_all(value: Any, *, where: str) -> Any:
    """Gives `value` with every text in it expanded, however deep; keys stay."""
    if isinstance(value, str):
        return expand(value, where=where)
    if isinstance(value, list):
        return [expand_all(item, where=f"{where}[{position}]") for position, item in enumerate(value)]
    if isinstance(value, dict):
        return {key: expand_all(item, where=f"{where}.{key}") for key, item in value.items()}
    return value


def _target(text: str) -> tuple[str, bool] | None:
    """Gives the path that a text refers to and whether base64 is meant, or None for a plain text."""
    if not text.startswith("@") or text == "@":
        return None
    rest = text[1:]
    for prefix, encode in (("file://", False), ("data://", True)):
        if rest.startswith(prefix):
            return rest.removeprefix(prefix), encode
    if "." in rest or "/" in rest or _exists(rest):
        return rest, False
    return None


def _exists(path: str) -> bool:
    try:
        return Path(path).exists()
    except (OSError, ValueError):  # too long for a name, or a NUL in it: no file's name
        return False


def _read(path: str, where: str) -> bytes:
    hint = "`\\@…` is a literal @ at the start"
    try:
        with Path(path).open("rb") as file:
            content = file.read(MAX_INPUT_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a file name"
        raise UsageError(f"{where}: cannot read file {path!r}: {reason}", hint=hint) from None
    if len(content) > MAX_INPUT_BYTES:
        raise UsageError(f"{where}: file {path!r} is larger than 10 MiB")
    return content
