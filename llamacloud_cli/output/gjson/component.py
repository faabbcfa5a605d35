"""The components of a path that search a document, as an object and as an array read them.

A path is taken apart from the left, one component at a time, because the same text means different
things to the two: `#` is a key to an object and a count to an array. The functions remember their
answers, for one path is often applied to many documents.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

from . import pattern
from .path import MODIFIER_NAMES, QUOTED
from .query import UNCLOSED, Query, parse_query
from .scan import skip
from .text import unescape

_KEY: Final = re.compile(r"(?:[^\\.|]|\\.|\\\Z)*+", re.DOTALL)
_ESCAPED: Final = re.compile(r"\\(.?)", re.DOTALL)
_WILDCARD: Final = re.compile(r"(?:[^\\*?]|\\.)*+[*?]", re.DOTALL)
_SEPARATOR: Final = re.compile(r"[.|]")
_INDEX: Final = re.compile(r"[0-9]+")
_INDEX_DIGITS: Final = 64  # 10**64 is a multiple of 2**64: digits before the last 64 count for nothing
_HEAD: Final = re.compile(rf"[\[{{]|@(?:{'|'.join(sorted(MODIFIER_NAMES))})(?=[.|:]|\Z)")

_PIECE: Final = re.compile(r"\\.|\.#(?:(?P<query>[(\[])|.|\Z)|(?P<pipe>\|)", re.DOTALL)
_QUERY_TOKEN: Final = re.compile(rf"\\.|{QUOTED}|[\[\]()]", re.DOTALL)
_CLOSING: Final = {"(": ")", "[": "]"}
_QUOTED_START: Final = re.compile(rf"{{{QUOTED}", re.DOTALL)


class Member(NamedTuple):
    """A component as an object reads it: the name of a member, or a pattern for names (`wild`).

    `rest` goes on inside the member; `pipe` applies to what the whole search finds.
    """

    name: str
    wild: bool
    rest: str | None
    pipe: str | None

    def fits(self, member: re.Match[str]) -> bool:
        """Tells whether a member that the scanner has found is the one."""
        key: str = member["key"]
        if "\\" in key:
            key = unescape(key)
        return pattern.matches(key, self.name) if self.wild else key == self.name


class Element(NamedTuple):
    """A component as an array reads it: a position, the length, `each` element, a query, or none.

    `late_pipe` is a pipe that counts only once `rest` has been applied to an element.
    """

    position: int | None = None
    length: bool = False
    each: bool = False
    query: Query | None = None
    rest: str | None = None
    pipe: str | None = None
    late_pipe: str | None = None


@lru_cache(maxsize=1024)
def parse_member(path: str) -> Member:
    """Gives the first component of a path as an object reads it."""
    found = _KEY.match(path)
    key = found[0] if found else ""
    wild = _WILDCARD.match(key) is not None
    return Member(_ESCAPED.sub(r"\1", key), wild, *_continuation(path, len(key)))


@lru_cache(maxsize=1024)
def parse_element(path: str) -> Element:
    """Gives the first component of a path as an array reads it."""
    rest: str | None
    if path.startswith("#."):
        rest, late_pipe = _split_pipe(path[2:])
        return Element(each=True, rest=rest, late_pipe=late_pipe)
    query, start = None, 0
    if path.startswith(("#(", "#[")):
        parsed = parse_query(path)
        if parsed is None:
            return Element(query=UNCLOSED)
        query, start = parsed
    separator = _SEPARATOR.search(path, start)
    end = separator.start() if separator else len(path)
    part = path[:end]
    if "#" in part and path.startswith(".", end):
        rest, late_pipe = _split_pipe(path[end + 1 :])
        return Element(query=query, rest=rest, late_pipe=late_pipe)
    rest, pipe = _continuation(path, end)
    position = int(part[-_INDEX_DIGITS:]) % 2**64 if _INDEX.fullmatch(part) else None
    return Element(position=position, length=part == "#", query=query, rest=rest, pipe=pipe)


def _continuation(path: str, end: int) -> tuple[str | None, str | None]:
    """What follows the component that ends at `end`: a path to go on with inside, or one to pipe to."""
    if end == len(path):
        return None, None
    after = path[end + 1 :]
    if path[end] == "|" or _HEAD.match(after):
        return None, after
    return after, None


def _split_pipe(path: str) -> tuple[str, str | None]:
    """Takes the first pipe off a path that is applied to each element of an array.

    What stands before the pipe is for each element, what follows it for the array of the results.
    A pipe in a query does not count, nor one right after `.#`; and a multipath in braces comes off
    its pipe only if its first name has no quotes.
    """
    if path.startswith("{"):
        quoted = _QUOTED_START.match(path)
        end = quoted.end() if quoted else 1 + skip("[" + path[2:], 0)
        return (path[:end], path[end + 1 :]) if path.startswith("|", end) else (path, None)
    position = 0
    while piece := _PIECE.search(path, position):
        position = piece.end()
        match piece.lastgroup:
            case "pipe":
                return path[: piece.start()], path[position:]
            case "query":
                position = _query_end(path, position - 1)
    return path, None


def _query_end(path: str, start: int) -> int:
    depth = 0
    for token in _QUERY_TOKEN.finditer(path, start):
        if token[0] == path[start]:
            depth += 1
        elif token[0] == _CLOSING[path[start]]:
            depth -= 1
            if not depth:
                return token.end()
    return len(path)
