"""What the text of a JSON scalar means, and how a text is written as a JSON string."""

from __future__ import annotations

import re
from typing import Final, Literal

from .scan import STRING

Kind = Literal["missing", "null", "false", "true", "number", "string", "container"]

_KINDS: Final[dict[str, Kind]] = {"{": "container", "[": "container", '"': "string", "t": "true", "f": "false"}

_STRING: Final = re.compile(STRING, re.DOTALL)
_READABLE: Final = re.compile(r'(?:[^\\\x00-\x1f]++|\\["\\/bfnrt]|\\u.{4})*+', re.DOTALL)
_SURROGATE: Final = "[dD][89a-fA-F][0-9a-fA-F]{2}"
_ESCAPE: Final = re.compile(
    rf"\\(?:u(?P<unit>.{{4}})(?:(?<={_SURROGATE})\\u(?P<second>.{{4}}))?|(?P<letter>.))", re.DOTALL
)
_LETTERS: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_HIGH_SURROGATES: Final = range(0xD800, 0xDC00)
_LOW_SURROGATES: Final = range(0xDC00, 0xE000)
_HEXADECIMAL: Final = re.compile(r"[0-9a-fA-F]{4}")

_WRITTEN: Final = {code: f"\\u{code:04x}" for code in (*range(0x20), *map(ord, "<>&\u2028\u2029"))} | {
    ord(character): f"\\{letter}" for letter, character in _LETTERS.items()
}
_WRITTEN.update({ord(character): f"\\{character}" for character in '"\\'})

_INTEGER: Final = re.compile(r"-?[0-9]*")
_DIGITS: Final = "[0-9](?:_?[0-9])*+"
_DECIMAL_NUMBER: Final = re.compile(rf"[+-]?(?:{_DIGITS}(?:\.(?:{_DIGITS})?)?|\.{_DIGITS})(?:[eE][+-]?{_DIGITS})?")
_HEX_DIGITS: Final = "[0-9a-fA-F](?:_?[0-9a-fA-F])*+"
_HEXADECIMAL_NUMBER: Final = re.compile(
    rf"[+-]?0[xX](?:_?{_HEX_DIGITS}(?:\.(?:{_HEX_DIGITS})?)?|\.{_HEX_DIGITS})[pP][+-]?{_DIGITS}"
)
_DIGITS_ONLY: Final = re.compile(r"-?[0-9]+")
_DIGITS_THAT_COUNT: Final = 64  # 10**64 is a multiple of 2**64
_HALF: Final = 2**63
_TRUTHS: Final = ("1", "t", "true")
_NAMED_NUMBER: Final = re.compile(r"[+-]?inf(?:inity)?|nan", re.IGNORECASE)


def kind(value: str) -> Kind:
    """Gives the kind of a value, which the start of its raw text tells."""
    if not value:
        return "missing"
    if value[0] == "n" and value[1:2] in ("u", ""):
        return "null"
    return _KINDS.get(value[0], "number")


def string(value: str) -> str:
    """Gives a value as text: a string unquoted, "" for null and for a value that is not there.

    A number that is no plain integer loses its spelling: 1.10 is "1.1" and 1e3 is "1000".
    """
    match kind(value):
        case "string":
            return _content(value)
        case "number":
            return value if _INTEGER.fullmatch(value) else _positional(number(value))
        case "container":
            return value
        case "true" | "false" as truth:
            return truth
    return ""


def _content(value: str) -> str:
    if "\\" not in value:
        return value[1:].removesuffix('"')
    return unescape(value[1:-1] if _STRING.fullmatch(value) else value[1:])


def unescape(text: str) -> str:
    """Gives what the inside of a JSON string stands for, up to the first thing it may not hold."""
    readable = _READABLE.match(text)
    return _ESCAPE.sub(_character, readable[0]) if readable else ""


def _character(escape: re.Match[str]) -> str:
    if letter := escape["letter"]:
        return _LETTERS.get(letter, letter)
    unit, second = (_code_unit(escape[name]) for name in ("unit", "second"))
    if unit in _HIGH_SURROGATES and second in _LOW_SURROGATES:
        return chr(0x10000 + ((unit - _HIGH_SURROGATES.start) << 10) + (second - _LOW_SURROGATES.start))
    lone = unit in _HIGH_SURROGATES or unit in _LOW_SURROGATES
    return "\ufffd" if lone else chr(unit)


def _code_unit(digits: str | None) -> int:
    return int(digits, 16) if digits and _HEXADECIMAL.fullmatch(digits) else 0


def quote(text: str) -> str:
    """Gives `text` as a JSON string, escaped so that HTML and JavaScript may hold it too."""
    return f'"{text.translate(_WRITTEN)}"'


def as_boolean(value: str) -> bool:
    """Tells whether a value is true, a number other than 0, or a string that says so."""
    match kind(value):
        case "string":
            return string(value).lower() in _TRUTHS
        case "number":
            return number(value) != 0
        case truth:
            return truth == "true"


def as_integer(value: str) -> int:
    """Gives a value as a whole number of 64 bits: what a number, or a string of digits, or true (1) says.

    A number is cut off at its point. Digits that need more bits lose the highest, and a number that
    is written otherwise and needs more is 0.
    """
    found = kind(value)
    text = string(value) if found == "string" else value
    if found in ("string", "number") and _DIGITS_ONLY.fullmatch(text):
        magnitude = int(text.lstrip("-")[-_DIGITS_THAT_COUNT:])
        return ((-magnitude if text[0] == "-" else magnitude) + _HALF) % (2 * _HALF) - _HALF
    size = number(value) if found == "number" else float(found == "true")
    return int(size) if abs(size) < _HALF else 0


def number(text: str) -> float:
    """Gives the number that `text` spells as Go's strconv.ParseFloat reads it, and 0 if it spells none."""
    if _DECIMAL_NUMBER.fullmatch(text) or _NAMED_NUMBER.fullmatch(text):
        return float(text)
    if _HEXADECIMAL_NUMBER.fullmatch(text):
        try:
            return float.fromhex(text.replace("_", ""))
        except OverflowError:
            return float("-inf" if text[0] == "-" else "inf")
    return 0.0


def _positional(value: float) -> str:
    """A number in the fewest digits that tell it from its neighbours, never with an exponent."""
    digits = repr(value)
    if digits in ("inf", "-inf", "nan"):
        return {"inf": "+Inf", "-inf": "-Inf", "nan": "NaN"}[digits]
    mantissa, _, exponent = digits.partition("e")
    if not exponent:
        return mantissa.removesuffix(".0")
    sign = "-" * mantissa.startswith("-")
    whole, _, fraction = mantissa.lstrip("-").partition(".")
    shift = int(exponent)
    if shift < 0:
        return f"{sign}0.{'0' * (-shift - 1)}{whole}{fraction}"
    return f"{sign}{whole}{fraction.ljust(shift, '0')}"
