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
_BLANK = re.compile(r"[ \t\r\n]*")
_EMPTY = {"{": "}", "[": "]"}
_COLON = ":"


def parse(text: bytes) -> Any:
    """Gives the value of a JSON text.

    Raises:
        ValueError: it is not JSON (NaN and Infinity are not), not UTF-8, or nested too deeply for any use
            (about 1,000 levels).
    """
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        # orjson refuses a lone surrogate (\\ud800), which JSON's grammar allows and servers do send.
        if b"\\u" not in text:
            raise ValueError(str(error)) from None
    try:
        return json.loads(text.decode("utf-8"), parse_constant=_refuse)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


class Document:
    """One JSON text and its value.

    Attributes:
        text: as the server wrote it.
        value: what it says.
    """

    __slots__ = ("_same", "text", "value")

    def __init__(self, text: bytes, value: Any = None, *, same: bool | None = None) -> None:
        self.text = text
        self.value = parse(text) if value is None else value
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
        found = list(_elements(self._decoded(), field))
        return Items([value for _, value in found], [text.encode() for text, _ in found])

    def source(self) -> bytes:
        """Gives the text as the server wrote it, or a text that says the same token by token."""
        return self.text or self.compact()

    def _decoded(self) -> str:
        return self.text.decode("utf-8")


class Items:
    """Elements of an array. A list has many, so they become documents only where something asks for one.

    Attributes:
        values: what they say.
    """

    __slots__ = ("_texts", "values")

    def __init__(self, values: list[Any], texts: list[bytes] | None) -> None:
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


def _elements(text: str, field: str) -> Iterator[tuple[str, Any]]:
    """Gives text and value of each element of the array at `field`; of a field that comes twice, the last."""
    read = json.JSONDecoder().raw_decode
    found: list[tuple[str, Any]] = []
    for key, start, end in _members(text, read):
        if key == field:
            found = list(_array(text[start:end], read))
    yield from found


def _members(text: str, read: Any) -> Iterator[tuple[str, int, int]]:
    position = _skip(text, text.index("{") + 1)
    while text[position] != "}":
        key, position = read(text, position)
        start = _skip(text, _skip(text, position) + 1)
        _, end = read(text, start)
        yield key, start, end
        position = _skip(text, end)
        if text[position] == ",":
            position = _skip(text, position + 1)


def _array(text: str, read: Any) -> Iterator[tuple[str, Any]]:
    position = _skip(text, 1)
    while text[position] != "]":
        value, end = read(text, position)
        yield text[position:end], value
        position = _skip(text, end)
        if text[position] == ",":
            position = _skip(text, position + 1)


def _skip(text: str, position: int) -> int:
    match = _BLANK.match(text, position)
    return match.end() if match else position


def _indent(text: str) -> Iterator[str]:
    depth = 0
    previous = ""
    for token in _TOKEN.findall(text):
        if token in _EMPTY.values():
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
