"""JSON as text: what the server wrote is kept, number literals, key order and unknown fields with it.

orjson reads and writes fast, but it writes 1.10 as 1.1 and integers past 64 bits as floats. So its text is used
only where it is shown to say the same as the server's, token by token; otherwise the server's own tokens are laid
out anew.
"""

from __future__ import annotations

import json
import re
from io import BytesIO
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

# Possessive: where it may step back, `re` keeps 100 bytes for each character of a string. A text that is no JSON may
# have a string without an end, which must not be tried anew at each of its quotation marks.
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[\]{},:]|[^\s\[\]{},:"]++')
_RAW_TOKEN = re.compile(_TOKEN.pattern.encode())
_EMPTY = {"{": "}", "[": "]"}
_CLOSING = frozenset(_EMPTY.values())
_RAW_EMPTY = {b"{": b"}", b"[": b"]"}
_RAW_CLOSING = frozenset(_RAW_EMPTY.values())
_BLANK = re.compile(r"[ \t\r\n]*")
_UNREAD: Any = object()
_LARGE = 1024 * 1024
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
    if _is_deep(text):
        raise ValueError("nested too deeply")
    try:
        return json.loads(text.decode("utf-8"), parse_constant=_refuse, parse_int=_integer)
    except (ValueError, RecursionError):
        raise ValueError(problem) from None


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


def _integer(literal: str) -> int | float:
    """Reads an integer; one that Python refuses for its length counts as what a double makes of it."""
    return int(literal) if len(literal) <= _LONGEST_INTEGER else float(literal)


def _is_deep(text: bytes) -> bool:
    depth = 0
    for token in _RAW_TOKEN.finditer(text):
        if token[0] in _RAW_EMPTY:
            depth += 1
            if depth > _MAX_DEPTH:
                return True
        elif token[0] in _RAW_CLOSING:
            depth -= 1
    return False


_decode = json.JSONDecoder(parse_int=_integer).raw_decode


class Number(str):
    """A number literal as it stands in a JSON text: 1.10, 1e400."""

    __slots__ = ()


def write(value: Any) -> str:
    """Gives a value as JSON on one line with blanks behind separators; a `Number` stands as it came.

    Raises:
        RecursionError: it is nested more deeply than the interpreter's stack allows (some 1,000 levels).
    """
    if isinstance(value, Number):
        return value
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_text(name)}: {write(inner)}' for name, inner in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(write, value))}]"
    return _text(value) if isinstance(value, str) else json.dumps(value)


def _text(text: str) -> str:
    """Gives a JSON string; one with a lone surrogate, which is no UTF-8, in ASCII."""
    written = json.dumps(text, ensure_ascii=False)
    return written if written.isascii() or _is_utf8(written) else json.dumps(text)


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


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
        return _joined(match[0] for match in _RAW_TOKEN.finditer(self.text))

    def indented(self) -> bytes:
        """Gives the document indented by two blanks a level, without a line end."""
        if self.same:
            return orjson.dumps(self.value, option=orjson.OPT_INDENT_2)
        return _joined(_indent(self.text))

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

    def children(self) -> Iterator[tuple[str | None, Document]]:
        """Gives the direct parts of an object, each with its key, or of an array, each with None; of others, nothing.

        A key that comes twice is given twice where the text shows it.
        """
        if not isinstance(self.value, dict | list) or not self.value:
            return
        if self.same:
            pairs = self.value.items() if isinstance(self.value, dict) else ((None, part) for part in self.value)
            yield from ((key, Document(b"", part, same=True)) for key, part in pairs)
        else:
            for key, text in _parts(self._decoded()):
                yield (json.loads(key) if key else None, Document(text.encode()))

    def source(self) -> bytes:
        """Gives the text as the server wrote it, or a text that says the same token by token."""
        return self.text or self.compact()

    def literal(self) -> Any:
        """Gives the value with each number as the literal that the server wrote, for people to read.

        What is nested too deeply for that (some 1,000 levels) comes with numbers as they are read.
        """
        try:
            return json.loads(self.source(), parse_float=Number, parse_int=Number)
        except RecursionError:
            return self.value

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


def document_of(value: Any) -> Document:
    """Gives a value of this tool's own as a document.

    Names and variables may hold bytes that are no text (lone surrogates, see os.fsdecode), and so may words that quote
    a server. UTF-8 cannot hold them: each becomes a question mark.
    """
    return Document(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))


def items_of(values: Iterable[Any]) -> Items:
    """Gives values of this tool's own as the elements of an array, each as `document_of` gives it."""
    return Items([document_of(value).value for value in values])


def _says_the_same(text: bytes, value: Any) -> bool:
    try:
        written = orjson.dumps(value)
    except (TypeError, ValueError):  # a lone surrogate, or an integer past 64 bits
        return False
    if len(text) > _LARGE:
        return _has_tokens(written, text)
    text = text.strip()
    # Blanks after separators are the one difference that servers commonly show. Taking them out may also alter
    # a string; the comparison then fails, so this can only ever err on the safe side.
    return written == text or written == text.replace(b'": ', b'":').replace(b", ", b",")


def _has_tokens(written: bytes, text: bytes) -> bool:
    """Tells whether a text has the tokens of one without blanks; memory for neither is needed twice."""
    position = 0
    for match in _RAW_TOKEN.finditer(text):
        if not written.startswith(match[0], position):
            return False
        position += len(match[0])
    return position == len(written)


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


def _joined(pieces: Iterable[bytes]) -> bytes:
    """Joins pieces as they come; `join` would keep all of them until the end."""
    whole = BytesIO()
    whole.writelines(pieces)
    return whole.getvalue()


def _indent(text: bytes) -> Iterator[bytes]:
    depth = 0
    previous = b""
    for match in _RAW_TOKEN.finditer(text):
        token = match[0]
        if token in _RAW_CLOSING:
            depth -= 1
            if _RAW_EMPTY.get(previous) != token:
                yield b"\n" + b"  " * depth
        elif previous in (b"{", b"[", b","):
            yield b"\n" + b"  " * depth
        yield token
        if token == b":":
            yield b" "
        elif token in _RAW_EMPTY:
            depth += 1
        previous = token
