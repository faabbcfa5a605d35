"""The text of one flag, or one field of standard input, read by the kind of its parameter."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from llamacloud_cli.errors import UsageError
from llamacloud_cli.inputs.files import expand, expand_all, is_reference
from llamacloud_cli.operations import Kind

if TYPE_CHECKING:
    from llamacloud_cli.operations import Parameter

OMIT: Any = object()
"""Stands for a value that is to be left out of the request."""

_INTEGER = re.compile(r"([+-]?)(?:0[xX](_?[0-9a-fA-F])+|0[bB](_?[01])+|0[oO]?(_?[0-7])+|[1-9](_?[0-9])*|0)")
_MAX_INTEGER = 2**63 - 1
_DATE = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})"
    r"(?:[Tt _](\d{2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s?(?:[Zz]|[+-](\d{2})(?::?(\d{2}))?)?)?"
)
_TIMESTAMP = re.compile(r"[+-]?\d+(?:\.\d+)?")


def read_flag(parameter: Parameter, text: str) -> Any:
    """Gives the value that a flag's text stands for, or OMIT for `null` where it may be left out.

    Raises:
        UsageError: the text cannot be read as the parameter's kind.
    """
    where = parameter.flag_name
    if parameter.nullable and text == "null":
        return OMIT
    if parameter.kind in (Kind.OBJECT, Kind.OBJECTS):
        return read_value(parameter, _yaml(text, where), where)
    if parameter.kind is Kind.TEXTS:
        return _read_texts(text, where)
    return _read_scalar(parameter, expand(text, where=where), where)


def read_value(parameter: Parameter, value: Any, where: str) -> Any:
    """Gives the value of a field that is structured already: from standard input or from YAML.

    Raises:
        UsageError: it is not of the parameter's kind.
    """
    if value is None and (parameter.nullable or parameter.required):
        return OMIT
    value = expand_all(value, where=where)
    kind = parameter.kind
    if kind is Kind.OBJECT:
        return _mapping(value, where)
    if kind is Kind.OBJECTS:
        items = value if isinstance(value, list) else [value]
        return [_mapping(item, where) for item in items]
    if kind is Kind.TEXTS:
        return [_text(item, where) for item in (value if isinstance(value, list) else [value])]
    if kind is Kind.INTEGER and isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return _read_scalar(parameter, _text(value, where), where)


def read_integer(text: str, *, where: str) -> int:
    """Gives a whole number as Go's `strconv.ParseInt(text, 0, 64)` reads it: 0x10, 0o17, 017, 0b101, 1_000.

    Raises:
        UsageError: it is none, or is larger than 64 bits.
    """
    match = _INTEGER.fullmatch(text)
    digits = text.replace("_", "").lower()
    if not match or abs(number := _go_integer(digits)) > _MAX_INTEGER:
        raise UsageError(f"{where}: {text!r} is no whole number", hint="write it like 50 or 0x32")
    return number


def _go_integer(digits: str) -> int:
    sign, magnitude = (-1, digits[1:]) if digits[:1] == "-" else (1, digits.lstrip("+"))
    if magnitude[:1] == "0" and magnitude[1:2].isdigit():
        return sign * int(magnitude, 8)
    return sign * int(magnitude, 0)


def _read_scalar(parameter: Parameter, text: str, where: str) -> str | int:
    if parameter.kind is Kind.INTEGER:
        return read_integer(text, where=where)
    if parameter.kind is Kind.CHOICE:
        return read_choice(text, parameter.choices, where=where)
    if parameter.kind is Kind.DATETIME:
        _check_date(text, where)
    if parameter.required and not text:
        raise UsageError(f"{where}: empty", hint="is a variable unset?")
    return text


def read_choice(text: str, choices: tuple[str, ...], *, where: str) -> str:
    """Gives the choice that a text names, in any case.

    Raises:
        UsageError: it names none; the message says which there are and which may have been meant.
    """
    for choice in choices:
        if choice.lower() == text.strip().lower():
            return choice
    from difflib import get_close_matches

    near = get_close_matches(text.upper(), [choice.upper() for choice in choices], n=1)
    meant = next((choice for choice in choices if near and choice.upper() == near[0]), None)
    raise UsageError(
        f"{where}: no value {text!r}" + (f"; did you mean {meant}?" if meant else ""),
        hint="one of " + ", ".join(choices),
    )


def _check_date(text: str, where: str) -> None:
    """Refuses what is surely no date: the API reads RFC 3339, plain dates, and times without a zone or seconds.

    FastAPI reads such a parameter with pydantic, which also takes Unix timestamps.
    """
    from calendar import monthrange

    if _TIMESTAMP.fullmatch(text):
        return
    match = _DATE.fullmatch(text)
    if match:
        year, month, day, hour, minute, second, zone_hour, zone_minute = (int(part or 0) for part in match.groups())
        in_calendar = year > 0 and 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]  # noqa: PLR2004
        in_day = hour < 24 and minute < 60 and second <= 60 and zone_hour < 24 and zone_minute < 60  # noqa: PLR2004
        if in_calendar and in_day:
            return
    raise UsageError(f"{where}: {text!r} is no date", hint="write it like 2026-11-24 or 2026-11-24T17:00:00Z")


def _yaml(text: str, where: str) -> Any:
    from llamacloud_cli.inputs.yaml_values import parse

    if is_reference(text):
        return parse(expand(text, where=where), where=f"{where}, file {text[1:]}")
    return parse(text, where=where)


def _read_texts(text: str, where: str) -> list[str]:
    """Reads one text, or a YAML list of texts."""
    if not text.lstrip().startswith(("[", "- ", '"', "'")):
        return [expand(text, where=where)]
    value = expand_all(_yaml(text, where), where=where)
    if isinstance(value, list):
        return [_text(item, where) for item in value]
    return [value if isinstance(value, str) else text]


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise UsageError(f"{where}: {_kind_of(value)} where a text is needed", hint="put quotes around it")
    return value


def _mapping(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise UsageError(
            f"{where}: {_kind_of(value)} where a mapping is needed",
            hint="write it like '{key: value}' or as JSON",
        )
    return value


def _kind_of(value: Any) -> str:
    names: dict[type, str] = {
        dict: "a mapping", list: "a list", str: "a text", bool: "true or false", int: "a number", float: "a number"
    }  # fmt: skip
    return names.get(type(value), "nothing (null)")
