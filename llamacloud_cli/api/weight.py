"""What the JSON of an answer would take in memory, reckoned from its text before it is decoded.

60 MB of `[],[],…` become 1.9 GB of Python objects, and a number at a depth of 1,000 becomes a line of 2,000 blanks
when it is printed. The bytes of an answer alone bound neither.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGEST_WEIGHT = 64 * 1024 * 1024
"""Bytes of Python objects, and as many of indentation. With the text itself and the decoder's copy of it a process
stays below 200 MiB; a page of 1,000 batches is reckoned at 3 MiB, 20 MB of Markdown at 20 MiB."""
_LIGHT = 64 * 1024
"""A text of so many bytes is never too heavy: 32,768 values at a depth of 1,024 are 64 MiB of blanks."""
_DEEPEST = 1024  # as orjson has it
_INDENT = 2
_SHALLOW = 64
"""Levels that are counted at once; what is deeper is gone through token by token."""
_BETWEEN_BRACKETS = re.compile(rb'[^"\[\]{}]*+(?:"[^"\\]*+(?:\\.[^"\\]*+)*+"?[^"\[\]{}]*+)*+', re.DOTALL)
_EMPTY = re.compile(rb"\[\]|\{\}")
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[\]{},:]', re.DOTALL)
# Measured with CPython 3.11 to 3.13: the object, its place in what holds it, and what the decoder adds.
_STRING_BYTES = 64
_VALUE_BYTES = 40
_LIST_BYTES = 96
_DICT_BYTES = 240
_DEAREST = _DICT_BYTES
_WIDEST_CHARACTER_BYTES = 4
_SHORT = 64
_ASTRAL = re.compile(rb"[\xf0-\xf4]|\\u[dD][89abAB]")
_CONTINUATION = bytes(range(0x80, 0xC0))


class Weight(Enum):
    """How much memory a JSON text would take."""

    FINE = "fine"
    TOO_DEEP = "nested too deeply"
    TOO_MUCH = f"takes more than {LARGEST_WEIGHT // 1024**2} MiB of memory when decoded"


def weigh(text: bytes) -> Weight:
    """Tells whether the value of a JSON text, or the text indented, would take more than LARGEST_WEIGHT.

    A text below 64 KiB is fine, and one that is nested more than 1,024 levels deep is not looked at further. A text
    that is not JSON may be any of them.
    """
    if len(text) <= _LIGHT:
        return Weight.FINE
    opened = text.count(b"[") + text.count(b"{")
    values = opened + text.count(b",") + text.count(b":")
    most = values * (_DEAREST + _STRING_BYTES) + _WIDEST_CHARACTER_BYTES * len(text)
    if most <= LARGEST_WEIGHT and any(values * _INDENT * depth <= LARGEST_WEIGHT for depth in _depths(text, opened)):
        return Weight.FINE
    return _weigh_tokens(text)


def _depths(text: bytes, opened: int) -> Iterator[int]:
    """Gives bounds of how deep a text is nested: first one that costs nothing, then a sharp one."""
    yield min(opened, _DEEPEST)
    brackets = _BETWEEN_BRACKETS.sub(b"", text)
    for depth in range(_SHALLOW):
        if not brackets:
            yield depth
            return
        brackets = _EMPTY.sub(b"", brackets)


def _weigh_tokens(text: bytes) -> Weight:
    """Goes through the tokens until there are too many."""
    weight = indentation = depth = 0
    for match in _TOKEN.finditer(text):
        start, end = match.span()
        kind = text[start]
        if kind == 0x22:  # noqa: PLR2004 - a quotation mark
            weight += _STRING_BYTES + (end - start if end - start <= _SHORT else _characters(match[0]))
        elif kind in b"]}":
            depth -= 1
        else:
            weight += _LIST_BYTES if kind in b"[" else _DICT_BYTES if kind in b"{" else _VALUE_BYTES
            depth += kind in b"[{"
            indentation += _INDENT * depth
        if weight > LARGEST_WEIGHT or indentation > LARGEST_WEIGHT:
            return Weight.TOO_MUCH
        if depth > _DEEPEST:
            return Weight.TOO_DEEP
    return Weight.FINE


def _characters(string: bytes) -> int:
    """Gives the bytes that CPython keeps a string in: 1, 2 or 4 for each of its characters (PEP 393)."""
    escapes = string.count(b"\\u")
    if string.isascii() and not escapes:
        return len(string)
    width = _WIDEST_CHARACTER_BYTES if _ASTRAL.search(string) else 2
    return width * (len(string.translate(None, _CONTINUATION)) - 5 * escapes)
