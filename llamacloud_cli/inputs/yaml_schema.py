"""The core schema of YAML 1.2: which value a scalar stands for, as far as JSON can hold it.

The expressions are those of https://yaml.org/spec/1.2.2/#1032-tag-resolution.
"""

from __future__ import annotations

import math
import re
import sys
from typing import TypeAlias

JsonScalar: TypeAlias = bool | int | float | str | None
JsonValue: TypeAlias = "JsonScalar | list[JsonValue] | dict[str, JsonValue]"

MAX_DEPTH = 100

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(
    r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
    r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)
_BASES = {"0o": 8, "0x": 16}
_TAG_PREFIX = "tag:yaml.org,2002:"


class UnsendableError(Exception):
    """A value that JSON has no place for, or that its tag does not fit.

    Attributes:
        problem: what is wrong, without the place; `{}` stands for the word.
        hint: what to do about it.
        word: the piece of the text that the problem is about, if it names one.
    """

    def __init__(self, problem: str, hint: str, word: str | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.hint = hint
        self.word = word


def plain_value(text: str) -> JsonScalar:
    """Give the value of a scalar without quotes and without a tag.

    Raises:
        UnsendableError: a number that JSON cannot hold.
    """
    if text in _NULLS:
        return None
    if text in _BOOLS:
        return _BOOLS[text]
    if _INT.fullmatch(text):
        return _int(text)
    if _FLOAT.fullmatch(text):
        return _float(text)
    return text


def tagged_value(tag: str, text: str) -> JsonScalar:
    """Give the value of a scalar with a tag, which may be the non-specific `!`.

    Raises:
        UnsendableError: the text does not fit the tag, or the tag is not one of the core schema's scalars.
    """
    match core_tag(tag):
        case "!" | "str":
            return text
        case "null" if text in _NULLS:
            return None
        case "bool" if text in _BOOLS:
            return _BOOLS[text]
        case "int" if _INT.fullmatch(text):
            return _int(text)
        case "float" if _FLOAT.fullmatch(text):
            return _float(text)
        case name:
            raise UnsendableError(f"{{}} does not fit the tag !!{name}", "Remove the tag.", text)


def core_tag(tag: str) -> str:
    """Give the short name of a tag that the core schema has, or `!`.

    Raises:
        UnsendableError: the core schema has no such tag.
    """
    name = tag.removeprefix(_TAG_PREFIX)
    if tag == "!" or (name != tag and name in {"null", "bool", "int", "float", "str", "seq", "map"}):
        return name
    shown = tag if name == tag else f"!!{name}"
    hint = "Remove it: only !!str, !!int, !!float, !!bool, !!null, !!seq and !!map can be used."
    raise UnsendableError("the tag {} is not of the core schema", hint, shown)


def _int(text: str) -> int:
    base = _BASES.get(text[:2])
    try:
        if base is None:
            return int(text)
        value = int(text, base)
        # Python bounds the digits when it writes an int, too.
        str(value)
    except ValueError:
        limit = sys.get_int_max_str_digits()
        raise UnsendableError(f"a number of more than {limit} digits", "Quote it to send a string.") from None
    return value


def _float(text: str) -> float:
    value = math.inf if text[-1].isalpha() else float(text)
    if math.isinf(value):
        hint = "Give a finite number, or quote it to send a string."
        raise UnsendableError("JSON has no number {}", hint, text)
    return value
