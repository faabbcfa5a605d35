"""JSON as text: what the server wrote is kept, number literals, key order and unknown fields with it.

orjson reads and writes fast, but it writes 1.10 as 1.1 and integers past 64 bits as floats. So its text is used
only where it is shown to say the same as the server's, token by token; otherwise the server's own tokens are laid
out anew.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},:]|[^\s\[\]{},:"]+')
_EMPTY = {"{": "}", "[": "]"}
_CLOSING = frozenset(_EMPTY.values())
_COLON = ":"
_BLANK = re.compile(r"[ \t\r\n]*")
_UNREAD: Any = object()
_MAX_DEPTH = 1024  # as orjson has it
_LONGEST_INTEGER = 4300  # digits, as sys.set_int_max_str_digits has it


def parse(text: bytes) -> Any:
    """Gives the value of a JSON text.

    Raises:
        ValueError: it is not JSON (NaN and Infinity are not), not UTF-8, or nested more than 1,024 levels deep.
    """
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        problem = str(error)
    # orjson refuses a lone surrogate (\ud800) and a number past the range of a double (1e400). JSON's grammar
    # allows both, and servers do send them.
    try:
        value = json.loads(text.decode("utf-8"), parse_constant=_refuse, parse_int=_integer)
    except (ValueError, RecursionError):
        raise ValueError(problem) from None
    if _is_deep(text.decode("utf-8")):
        raise ValueError("nested too deeply")
    return value


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


def _integer(literal: str) -> int | float:
    """Reads an integer; one that Python refuses for its length counts as what a double makes of it."""
    return int(literal) if len(literal) <= _LONGEST_INTEGER else float(literal)


def _is_deep(text: str) -> bool:
    depth = 0
    for token in _TOKEN.finditer(text):
        if token[0] in _EMPTY:
            depth += 1
            if depth > _MAX_DEPTH:
                return True
        elif token[0] in _CLOSING:
            depth -= 1
    return False


_decode = json.JSONDecoder(parse_int=_integer).raw_decode


class Document:
    """One JSON text and its value.

    Attributes:
        text: as the server wrote it.
        value: what it says.
    """

    __slots__ = ("_same", "text", "value")

    def __init__(self, text: bytes, value: Any = _UNREAD, *, same: bool | None = None) -> None:
        self.text = text
        self.value = parse(text) if value is _UNREAD else value
        self._same = same

    @property
    def same(self) -> bool:
        """Whether orjson would write the same tokens as the server did."""
        if self._same is None:
            self._same = _says_the_same(self.text, self.value)
        return self._same

    def compact(self) -> bytes:
        """Gives the document on one line without blanks."""
        if self.same:
            return orjson.dumps(self.value)
        return "".join(_TOKEN.findall(self._decoded())).encode()

    def indented(self) -> bytes:
        """Gives the document indented by two blanks a level, without a line end."""
        if self.same:
            return orjson.dumps(self.value, option=orjson.OPT_INDENT_2)
        return "".join(_indent(self._decoded())).encode()

    def items(self, field: str) -> Items:
        """Gives the elements of the array that the object's `field` holds."""
        if self.same:
            return Items(self.value[field], None)
        return Items(self.value[field], [text.encode() for _, text in _parts(self._member_text(field))])

    def member(self, field: str) -> Document:
        """Gives what the object's `field` holds, as a document of its own."""
        if self.same:
            return Document(b"", self.value[field], same=True)
        return Document(self._member_text(field).encode(), self.value[field])

    def source(self) -> bytes:
        """Gives the text as the server wrote it, or a text that says the same token by token."""
        return self.text or self.compact()

    def _member_text(self, field: str) -> str:
        """Gives the text of a field; of one that comes twice, the last, as its value is."""
        return [text for key, text in _parts(self._decoded()) if json.loads(key) == field][-1]

    def _decoded(self) -> str:
        return self.text.decode("utf-8")


class Items:
    """Elements of an array. A list has many, so they become documents only where something asks for one.

    Attributes:
        values: what they say.
    """

    __slots__ = ("_texts", "values")

    def __init__(self, values: list[Any], texts: list[bytes] | None = None) -> None:
        self.values = values
        self._texts = texts  # None where orjson writes the same tokens as the server did

    def __len__(self) -> int:
        return len(self.values)

    def __iter__(self) -> Iterator[Document]:
        if self._texts is None:
            return (Document(b"", value, same=True) for value in self.values)
        return (Document(text, value) for text, value in zip(self._texts, self.values, strict=True))

    def select(self, wanted: Callable[[Any], bool] | None, limit: int | None) -> Items:
        """Gives the elements whose value is wanted, at most `limit` of them."""
        chosen = [index for index, value in enumerate(self.values) if wanted is None or wanted(value)][:limit]
        if len(chosen) == len(self.values):
            return self
        texts = self._texts
        return Items(
            [self.values[index] for index in chosen],
            None if texts is None else [texts[index] for index in chosen],
        )

    def lines(self, *, indented: bool) -> bytes:
        """Gives each element as JSON with a line break behind it, on one line or indented."""
        if self._texts is None:
            option = orjson.OPT_APPEND_NEWLINE | (orjson.OPT_INDENT_2 if indented else 0)
            return b"".join([orjson.dumps(value, None, option) for value in self.values])
        return b"".join([(one.indented() if indented else one.compact()) + b"\n" for one in self])


def _says_the_same(text: bytes, value: Any) -> bool:
    try:
        written = orjson.dumps(value)
    except (TypeError, ValueError):  # a lone surrogate, or an integer past 64 bits
        return False
    text = text.strip()
    # Blanks after separators are the one difference that servers commonly show. Taking them out may also alter
    # a string; the comparison then fails, so this can only ever err on the safe side.
    return written == text or written == text.replace(b'": ', b'":').replace(b", ", b",")


def _parts(text: str) -> Iterator[tuple[str, str]]:
    """Gives the direct parts of an object or an array: the key as it stands (nothing in an array) and the text."""
    position = _skip_blanks(text, 0)
    has_keys = text[position] == "{"
    position = _skip_blanks(text, position + 1)
    while text[position] not in _CLOSING:
        key = ""
        if has_keys:
            end = _end_of_value(text, position)
            key = text[position:end]
            position = _skip_blanks(text, _skip_blanks(text, end) + 1)
        end = _end_of_value(text, position)
        yield key, text[position:end]
        position = _skip_blanks(text, end)
        if text[position] == ",":
            position = _skip_blanks(text, position + 1)


def _skip_blanks(text: str, position: int) -> int:
    match = _BLANK.match(text, position)
    return match.end() if match else position


def _end_of_value(text: str, start: int) -> int:
    try:
        # json's decoder is written in C, and here only finds the end. It cannot follow a very deep value.
        return _decode(text, start)[1]
    except RecursionError:
        depth = 0
        for match in _TOKEN.finditer(text, start):
            depth += (match[0] in _EMPTY) - (match[0] in _CLOSING)
            if depth == 0:
                return match.end()
        raise


def _indent(text: str) -> Iterator[str]:
    depth = 0
    previous = ""
    for token in _TOKEN.findall(text):
        if token in _CLOSING:
            depth -= 1
            if _EMPTY.get(previous) != token:
                yield "\n" + "  " * depth
        elif previous in ("{", "[", ","):
            yield "\n" + "  " * depth
        yield token
        if token == _COLON:
            yield " "
        elif token in _EMPTY:
            depth += 1
        previous = token
