"""Tokens of JSON text: where a value starts, where it ends, of what kind it is.

Throughout this package a value is its raw JSON text exactly as the document spells it, and the
empty string is a value that is not there. The scanner trusts the text to be JSON and checks
nothing on the way, as GJSON does; so it also reads text that is no JSON, skipping what it does
not know.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

BLANKS: Final = "".join(map(chr, range(0x21)))
"""What may stand between tokens: the space and every control character below it."""

STRING: Final = r'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_LITERAL: Final = r"(?:[tf]|n(?=u|\Z))[a-z]*+"
_NUMBER: Final = r"[n0-9iIN+\-][^\x00-\x20,\]}]*+"
_SCALAR: Final = f"(?P<scalar>{STRING}|{_LITERAL}|{_NUMBER})"
_OPEN: Final = r"(?P<open>[{\[])"
_NOT_A_VALUE: Final = r'"{\[tfn0-9iIN+\-'  # to be negated in [^…]: what values start with

# How deep containers may nest before `skip` counts the brackets one by one.
_DEPTH: Final = 6


def _balanced(depth: int) -> str:
    """A pattern for a container nested at most `depth` levels; any bracket closes any other."""
    plain = r'[^"{}\[\]()]*+'
    inside = f"{plain}(?:{STRING}{plain})*+"
    for _ in range(depth - 1):
        inside = f"{plain}(?:(?:{STRING}|[{{\\[(]{inside}[}}\\])]){plain})*+"
    return f"[{{\\[(]{inside}[}}\\])]"


_CONTAINER: Final = re.compile(_balanced(_DEPTH), re.DOTALL)
_BRACKET: Final = re.compile(rf'{STRING}|(?P<open>[{{\[(])|(?P<close>[}}\])])|(?P<broken>")', re.DOTALL)

# The next member of an object, and the next element of an array. `lastgroup` tells what was found:
# "scalar" (the whole value), "open" (the value's first bracket), "close" (the end of the container),
# "key" (a key without a value), else a string that never ends. No match: the text is at its end.
MEMBER: Final = re.compile(
    rf'[^"}}]*+(?:"(?P<key>[^"\\]*+(?:\\.[^"\\]*+)*+)"[^{_NOT_A_VALUE}]*+(?:{_SCALAR}|{_OPEN}|(?P<broken>"))?'
    r'|(?P<close>})|(?P<broken_key>"))',
    re.DOTALL,
)
ELEMENT: Final = re.compile(rf'[^{_NOT_A_VALUE}\]]*+(?:{_SCALAR}|{_OPEN}|(?P<close>\])|(?P<broken>"))', re.DOTALL)

_VALUE: Final = re.compile(rf"[^{_NOT_A_VALUE}]*+(?:{_SCALAR}|{_OPEN})", re.DOTALL)
_PAIR: Final = re.compile(rf'[^"]*+(?P<key>{STRING})[^{_NOT_A_VALUE}]*+(?:{_SCALAR}|{_OPEN})', re.DOTALL)
_FIRST: Final = re.compile(rf'[\x00-\x20]*+(?:{_SCALAR}|{_OPEN}|(?P<broken>"))', re.DOTALL)


def skip(text: str, start: int) -> int:
    """Gives where the container that opens at `start` ends: past its last bracket.

    If it is never closed, that is the text's end; one more if a string in it never ends.
    """
    if found := _CONTAINER.match(text, start):
        return found.end()
    depth = 0
    for found in _BRACKET.finditer(text, start):
        match found.lastgroup:
            case "open":
                depth += 1
            case "close":
                depth -= 1
                if depth == 0:
                    return found.end()
            case "broken":
                return len(text) + 1
    return len(text)


def first(text: str) -> str:
    """Gives the value that `text` starts with; a container comes with all that follows it."""
    found = _FIRST.match(text)
    if found is None:
        return ""
    return found["scalar"] or text[found.start(found.lastgroup or 0) :]


def children(value: str) -> Iterator[tuple[str, str]]:
    """Gives the keys (with their quotes) and values of an object, ("", value) for an array's elements.

    A scalar is its own only child; a value that is not there has none.
    """
    if not value:
        return
    if value[0] not in "{[":
        yield "", value
        return
    pattern = _PAIR if value[0] == "{" else _VALUE
    position = 1
    while found := pattern.match(value, position):
        key = found["key"] if pattern is _PAIR else ""
        if found.lastgroup == "scalar":
            position = found.end()
            yield key, found["scalar"]
        else:
            opening = found.end() - 1
            position = skip(value, opening)
            yield key, value[opening:position]
        position += 1  # the comma
