"""What a path starts with when it does not search the document: a modifier, a constant, a multipath."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

from .scan import skip
from .text import quote
from .validity import is_valid

MODIFIER_NAMES: Final = frozenset(
    (
        "dig",
        "flatten",
        "fromstr",
        "group",
        "join",
        "keys",
        "pretty",
        "reverse",
        "this",
        "tostr",
        "ugly",
        "valid",
        "values",
    )
)

QUOTED: Final = r'"(?:[^"\\]|\\.)*+"?'
"""A string in a path; one that is not closed goes on to the path's end."""

_STRING: Final = re.compile(QUOTED, re.DOTALL)
_MODIFIER: Final = re.compile(r"@([^.|:]*+)(:?)")
_ARGUMENT_SIGN: Final = re.compile(r'[|"{\[(]')
_NAMED_CONSTANT: Final = re.compile(r"!((?:true|false|null|nan|inf)(?=[.|]|\Z))", re.IGNORECASE)
_MULTIPATH_TOKEN: Final = re.compile(
    rf"\\.|{QUOTED}|(?P<modifier>(?<=[.|])@)|(?P<colon>:)|(?P<comma>,)"
    r"|(?P<open>[\[({])|(?P<close>[\])}])",
    re.DOTALL,
)
_LAST_SEPARATOR: Final = re.compile(r"(?:.*(?<!\\)|\A)[.|]", re.DOTALL)
_NO_NAME: Final = re.compile(r"[\x00-\x1f\[\]{}()#|!]")


class Modifier(NamedTuple):
    """`@name:argument`, and the path to apply to what it gives (None: that is the answer)."""

    name: str
    argument: str
    rest: str | None


class Constant(NamedTuple):
    """`!json`: a value that stands in the path itself."""

    text: str
    rest: str | None


class Selector(NamedTuple):
    """One of the paths in a multipath, and the JSON string that names its value in an object."""

    key: str
    path: str


class Multipath(NamedTuple):
    """`[path,path]` or `{path,"name":path}`."""

    opening: str
    selectors: tuple[Selector, ...]
    rest: str | None


class Components(NamedTuple):
    """A path that starts with none of the above: its components are searched for in the document."""

    path: str


Head = Modifier | Constant | Multipath | Components


@lru_cache(maxsize=1024)
def parse_head(path: str) -> Head:
    """Gives the modifier, constant or multipath that a path starts with; else its components."""
    if len(path) > 1:
        match path[0]:
            case "@":
                return _parse_modifier(path) or Components(path)
            case "!":
                return _parse_constant(path) or Components(path)
            case "[" | "{":
                return _parse_multipath(path)
    return Components(path)


def _parse_modifier(path: str) -> Modifier | None:
    head = _MODIFIER.match(path)
    if head is None or head[1] not in MODIFIER_NAMES:
        return None
    end = head.end()
    argument = _argument(path[end:]) if head[2] else ""
    return Modifier(head[1], argument, _rest(path[end + len(argument) :]))


def _argument(path: str) -> str:
    """The string or container that a path starts with; if it starts with none, all before a pipe.

    No pipe counts in a string or in brackets.
    """
    if path.startswith(("{", "[")):
        return path[: skip(path, 0)]
    if string := _STRING.match(path):
        return string[0]
    position = 0
    while (sign := _ARGUMENT_SIGN.search(path, position)) and sign[0] != "|":
        quoted = _STRING.match(path, sign.start())
        position = quoted.end() if quoted else skip(path, sign.start())
    return path[: sign.start()] if sign else path


def _parse_constant(path: str) -> Constant | None:
    if path[1] in '{["+-0123456789':
        # Whatever it starts with, it ends where a container would.
        end = 1 + skip("[" + path[2:], 0)
        return Constant(path[1:end], _rest(path[end:]))
    named = _NAMED_CONSTANT.match(path)
    return Constant(named[1], _rest(path[named.end() :])) if named else None


def _parse_multipath(path: str) -> Multipath | Components:
    """Cuts a multipath at its commas; a colon ends a name unless it is a modifier's.

    One that is not closed, or has no separator behind it, counts for nothing: what follows it is
    searched for.
    """
    selectors = []
    start = depth = 1
    colon = None
    in_modifier = False
    for token in _MULTIPATH_TOKEN.finditer(path, 1):
        found = token.lastgroup
        match found:
            case "modifier":
                in_modifier = True
            case "colon" if depth == 1 and not in_modifier:
                colon = colon or token.start()
            case "open":
                depth += 1
            case "close":
                depth -= 1
        if (found == "comma" and depth == 1) or not depth:
            name = path[start:colon] if colon else ""
            inner = path[colon + 1 if colon else start : token.start()]
            selectors.append(Selector(_key(name, inner), inner))
            start, colon, in_modifier = token.end(), None, False
        if not depth:
            after = path[token.end() :]
            if after and after[0] not in ".|":
                return Components(after)
            return Multipath(path[0], tuple(selectors), _rest(after))
    return Components("")


def _key(name: str, path: str) -> str:
    """The key of a multipath's value: its given name, else the last component of its path, else _."""
    if name:
        return name if name[0] == '"' and is_valid(name) else quote(name)
    separator = _LAST_SEPARATOR.match(path)
    last = path[separator.end() :] if separator else path
    return quote("_" if _NO_NAME.search(last) else last)


def _rest(path: str) -> str | None:
    """The path after a separator; anything else that stands behind a head is ignored."""
    return path[1:] if path.startswith((".", "|")) else None
