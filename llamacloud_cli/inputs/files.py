r"""References to files in values: `@path`, `@file://path`, `@data://path`, and `\@` for a literal `@`."""

from __future__ import annotations

import base64
import os
import stat
from pathlib import Path
from typing import Any

from llamacloud_cli.errors import UsageError

MAX_INPUT_BYTES = 10 * 1024 * 1024
PATIENCE_SECONDS = 30.0
_PIECE_BYTES = 1024 * 1024


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
    content = read_file(path, where=where, hint="`\\@…` is a literal @ at the start")
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


def read_file(path: str, *, where: str, hint: str | None = None) -> bytes:
    """Gives the bytes of a file; a pipe or a device is one as well, if something comes from it.

    Args:
        path: the file.
        where: the flag or field, for messages.
        hint: what to do about a file that cannot be read.

    Raises:
        UsageError: it cannot be read, is larger than 10 MiB, or nothing comes from it for 30 seconds.
    """
    try:
        # A pipe that nobody writes to would hold a blocking open() for ever.
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
        descriptor = os.open(path, flags)
        try:
            content = _content(descriptor)
        finally:
            os.close(descriptor)
    except TimeoutError:
        raise UsageError(
            f"{where}: file {path!r}: nothing came from it for {PATIENCE_SECONDS:g} s",
            hint="is anything writing to it?",
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a file name"
        raise UsageError(f"{where}: cannot read file {path!r}: {reason}", hint=hint) from None
    if len(content) > MAX_INPUT_BYTES:
        raise UsageError(f"{where}: file {path!r} is larger than 10 MiB")
    return content


def read_yaml(path: str, *, where: str) -> Any:
    """Gives the value that a file of YAML or JSON stands for.

    Raises:
        UsageError: it cannot be read (see `read_file`), or is neither.
    """
    from llamacloud_cli.inputs.yaml_values import parse

    try:
        text = read_file(path, where=where).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"{where}: file {path!r} is not UTF-8 text") from None
    return parse(text, where=f"{where}, file {path}")


def _content(descriptor: int) -> bytes:
    """Reads to the end, or one byte more than is allowed."""
    kind = os.fstat(descriptor).st_mode
    comes_late = os.name == "posix" and not stat.S_ISREG(kind) and not stat.S_ISDIR(kind)
    content = bytearray()
    while len(content) <= MAX_INPUT_BYTES:
        if comes_late:
            _await(descriptor)
        piece = os.read(descriptor, min(_PIECE_BYTES, MAX_INPUT_BYTES + 1 - len(content)))
        if not piece:
            break
        content += piece
    return bytes(content)


def _await(descriptor: int) -> None:
    """Waits until something, or the end, can be read. A pipe without a writer has no end yet.

    Raises:
        TimeoutError: nothing came.
    """
    import select

    if not select.select([descriptor], [], [], PATIENCE_SECONDS)[0]:
        raise TimeoutError
