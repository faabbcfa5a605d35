"""JSON laid out for reading (`@pretty`) and without any blanks (`@ugly`).

The layout is that of github.com/tidwall/pretty, which GJSON uses: every member of an object stands
on a line of its own, and an array stands on one line if it fits there and holds no object. Text that
is no JSON is laid out as far as it can be understood.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from .scan import STRING
from .text import kind, number, string

_TOKEN: Final = re.compile(
    rf'{STRING}|".*|[{{}}\[\]]'
    r"|(?:[0-9iIN+\-]|n(?!u|\Z))[^\x00-\x20,:}\]]*"
    r"|t.{0,3}|f.{0,4}|n.{0,3}",
    re.DOTALL,
)
_BLANKS: Final = re.compile(rf'({STRING}|".*)|[\x00-\x20]+', re.DOTALL)

_CLOSING: Final = {"{": "}", "[": "]"}
_NARROWEST: Final = 3  # bytes: with no more space than this no array is tried on one line

# The order of values under one key, by how they start; what starts otherwise is a number.
_SORTED_KINDS: Final = {"n": 0, "f": 1, '"': 3, "t": 4, "{": 5, "[": 5}
_NUMBER_KIND: Final = 2
_KEY_PIECE: Final = 1  # a member is written as its line, its key, a colon and the pieces of its value


class Layout(NamedTuple):
    """How to lay JSON out; `width` is the bytes of UTF-8 that an array may take up to on one line."""

    width: int = 80
    prefix: str = ""
    indent: str = "  "
    sort_keys: bool = False

    def line(self, depth: int) -> str:
        """Gives what starts a line at `depth`."""
        return f"\n{self.prefix}{self.indent * depth}"


class _Container:
    """A container that is open: how it opens, and where in the output its items start."""

    __slots__ = ("key", "opening", "starts")

    def __init__(self, opening: str) -> None:
        self.opening = opening
        self.starts: list[int] = []
        self.key = ""  # of the member whose value is due


class _Printer:
    """Writes values, piece by piece, each on the line where it belongs."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.output = [layout.prefix] if layout.prefix else []
        self.containers: list[_Container] = []  # those that are open, the innermost last

    @property
    def key_is_due(self) -> bool:
        return bool(self.containers) and self.containers[-1].opening == "{" and not self.containers[-1].key

    def ends_with(self, bracket: str) -> bool:
        """Whether this bracket may close the innermost container now."""
        if not self.containers or self.containers[-1].key:
            return False
        return bracket == _CLOSING[self.containers[-1].opening]

    def column(self) -> int:
        """How many bytes of its line are taken where the next value starts.

        The line break is one of them, except between the elements of an array.
        """
        if not self.containers:
            return len(self.layout.prefix)
        innermost = self.containers[-1]
        line = len(self.layout.line(len(self.containers)))
        if innermost.opening == "[":
            return line - bool(innermost.starts)
        return line + _size(innermost.key) + len(": ")

    def key(self, key: str) -> None:
        self._start_item()
        self.output += (key, ": ")
        self.containers[-1].key = key

    def value(self, value: str) -> None:
        """Writes a scalar, a container on one line, or the bracket that opens one."""
        if self.containers:
            if self.containers[-1].opening == "[":
                self._start_item()
            self.containers[-1].key = ""
        self.output.append(value)
        if value in _CLOSING:
            self.containers.append(_Container(value))

    def close(self) -> None:
        innermost = self.containers.pop()
        if innermost.starts:
            if self.layout.sort_keys and innermost.opening == "{":
                self._sort(innermost.starts)
            self.output.append(self.layout.line(len(self.containers)))
        self.output.append(_CLOSING[innermost.opening])

    def _start_item(self) -> None:
        innermost = self.containers[-1]
        if innermost.starts:
            self.output.append(",")
        innermost.starts.append(len(self.output))
        self.output.append(self.layout.line(len(self.containers)))

    def _sort(self, starts: list[int]) -> None:
        """Sorts the members whose pieces (line, key, colon, value…) start there and go to the output's end."""
        ends = [start - 1 for start in starts[1:]] + [len(self.output)]
        members = [self.output[start:end] for start, end in zip(starts, ends, strict=True)]
        names = {string(member[_KEY_PIECE]) for member in members}
        members.sort(key=_name if len(names) == len(members) else _name_and_value)
        del self.output[starts[0] :]
        for member in members:
            self.output += member
            self.output.append(",")
        self.output.pop()


def pretty(text: str, layout: Layout) -> str:
    """Gives the value that `text` starts with over many lines, the last of them ended too."""
    tokens = [_spelled_out(item) for item in _TOKEN.findall(text)]
    printer = _Printer(layout)
    position = 0
    while position < len(tokens):
        item = tokens[position]
        position += 1
        if item in ("}", "]"):
            if not printer.ends_with(item):
                continue
            printer.close()
        elif printer.key_is_due:
            if item[0] == '"':
                printer.key(item)
            continue
        else:
            if item == "[":
                item, position = _on_one_line(tokens, position, layout.width - printer.column())
            printer.value(item)
        if not printer.containers:
            break
    output = "".join(printer.output)
    return f"{output}\n" if output else ""


def ugly(text: str) -> str:
    """Gives `text` without the blanks between its tokens."""
    return _BLANKS.sub(r"\1", text)


def _spelled_out(item: str) -> str:
    """A token, but whatever starts like true, false or null is taken for it."""
    return found if (found := kind(item)) in ("true", "false", "null") else item


def _on_one_line(tokens: list[str], start: int, space: int) -> tuple[str, int]:
    """Gives the array whose first bracket is before `start` on one line, and where it ends.

    If it has to take more lines, gives the bracket alone.
    """
    line, size, depth = ["["], 1, 1
    for position in range(start, len(tokens)):
        item = tokens[position]
        if item == "}":  # closes nothing in here
            continue
        depth += (item == "[") - (item == "]")
        if item != "]" and tokens[position - 1] != "[":
            line.append(", ")
            size += 2
        line.append(item)
        size += _size(item)
        if item == "{" or size > space or space <= _NARROWEST:
            return "[", start
        if not depth:
            return "".join(line), position + 1
    return "".join(line), len(tokens)


def _name(member: list[str]) -> str:
    return string(member[_KEY_PIECE])


def _name_and_value(member: list[str]) -> tuple[str, int, float, str]:
    value = "".join(member[_KEY_PIECE + 2 :])
    rank = _SORTED_KINDS.get(value[0], _NUMBER_KIND)
    if rank == _NUMBER_KIND:
        return _name(member), rank, number(value), ""
    return _name(member), rank, 0.0, string(value)


def _size(text: str) -> int:
    """The bytes that a text takes in UTF-8."""
    return len(text) if text.isascii() else len(text.encode(errors="surrogatepass"))
