"""A found text becomes a value of a schema's type, or no value."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_YES = frozenset({"yes", "true", "y", "on", "checked", "x", "[x]", "☑", "☒"})
_NO = frozenset({"no", "false", "n", "off", "unchecked", "[ ]", "☐"})
_CURRENCY = r"(?:[A-Z]{3}\s+|[€$£¥]\s*)?"
_NUMBER = re.compile(
    rf"{_CURRENCY}(?P<sign>[+-]?)\s*{_CURRENCY}(?P<digits>\d[\d.,' \u00a0\u202f]*)(?P<unit>[^\d\s][^\d]{{0,15}})?$"
)
_GROUPS = re.compile(r"\d{1,3}(?:([.,' \u00a0\u202f])\d{3})(?:\1\d{3})*$")
_DAY_FIRST = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?\.?\s+([A-Za-z]{3,9})\.?,?\s+(\d{4})$")
_MONTH_FIRST = re.compile(r"([A-Za-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})$")
_GERMAN_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})$")
_ISO_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:T.*)?$")


def convert(raw: str, kind: str, schema: dict[str, Any]) -> Any:
    """A text as a JSON value of a type, or None where it does not fit.

    Args:
        raw: the text that follows a label.
        kind: `string`, `number`, `integer`, `boolean`, or anything else for the text itself.
        schema: the property's schema; `enum`, `const` and `format: date` narrow the value.
    """
    value: Any
    if kind in {"number", "integer"}:
        value = to_number(raw, whole=kind == "integer")
    elif kind == "boolean":
        value = _to_boolean(raw)
    elif kind in {"string", "any"}:
        value = to_date(raw) if schema.get("format") == "date" else raw
    else:
        return None
    members = schema.get("enum", [schema["const"]] if "const" in schema else None)
    return _member(value, members) if isinstance(members, list) else value


def to_number(raw: str, *, whole: bool) -> int | float | None:
    """A number with its currency or unit, or None.

    "EUR 1,250.00" → 1250.0, "1.250,00 €" → 1250.0, "1,250" → 1250, "1.250" → 1.25, "A-17" → None: the last of
    two kinds of separators is the decimal one; a lone comma before three digits separates thousands, a lone
    point never does.
    """
    match = _NUMBER.match(raw.strip())
    if match is None:
        return None
    whole_part, fraction = _split_decimal(match["digits"].rstrip("., \u00a0\u202f'"))
    if not whole_part.isdecimal():
        if not _GROUPS.match(whole_part):
            return None
        whole_part = re.sub(r"\D", "", whole_part)
    number = float(f"{match['sign']}{whole_part}.{fraction or 0}")
    if whole:
        return int(number) if number.is_integer() else None
    return number


def _split_decimal(digits: str) -> tuple[str, str]:
    """What stands before and after the decimal separator."""
    point, comma = digits.rfind("."), digits.rfind(",")
    last = max(point, comma)
    if last < 0 or digits.count(digits[last]) > 1:
        return digits, ""
    before, after = digits[:last], digits[last + 1 :]
    lone_comma = digits[last] == "," and point < 0 and len(after) == 3  # noqa: PLR2004 - thousands
    return (digits, "") if lone_comma or not after.isdecimal() else (before, after)


def to_date(raw: str) -> str | None:
    """A date as YYYY-MM-DD, or None where day and month could be meant either way (03/04/2026)."""
    text = raw.strip()
    if match := _ISO_DATE.match(text):
        return _iso(match[1], match[2], match[3])
    if match := _GERMAN_DATE.match(text):
        return _iso(match[3], match[2], match[1])
    if match := _DAY_FIRST.match(text):
        return _iso(match[3], _month(match[2]), match[1])
    if match := _MONTH_FIRST.match(text):
        return _iso(match[3], _month(match[1]), match[2])
    return None


def _month(name: str) -> str:
    key = name[:3].lower()
    return str(_MONTHS.index(key) + 1) if key in _MONTHS else "0"


def _iso(year: str, month: str, day: str) -> str | None:
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None


def _to_boolean(raw: str) -> bool | None:
    word = raw.strip().lower().rstrip(".")
    if word in _YES:
        return True
    return False if word in _NO else None


def _member(value: Any, members: list[Any]) -> Any:
    for member in members:
        if member == value and isinstance(member, bool) == isinstance(value, bool):
            return member
        if isinstance(member, str) and isinstance(value, str) and member.lower() == value.strip().lower():
            return member
    return None
