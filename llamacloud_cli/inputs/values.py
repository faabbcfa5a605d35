"""The text of one flag, or one field of standard input, read by the kind of its parameter."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from llamacloud_cli.errors import UsageError
from llamacloud_cli.inputs.files import expand, expand_all, is_reference
from llamacloud_cli.operations import Kind
from llamacloud_cli.spelling import did_you_mean, nearest

if TYPE_CHECKING:
    from llamacloud_cli.operations import Parameter

OMIT: Any = object()
"""Stands for a value that is to be left out of the request."""

_INTEGER = re.compile(r"([+-]?)(?:0[xX](_?[0-9a-fA-F])+|0[bB](_?[01])+|0[oO]?(_?[0-7])+|[1-9](_?[0-9])*|0)")
_INT64 = range(-(2**63), 2**63)
_LONGEST_INTEGER = 80  # characters: 64 binary digits with prefix, sign and some underscores
_LONGEST_SHOWN = 60  # characters of a wrong value in a message
_DATE = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})"
    r"(?:[Tt _](\d{2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s?(?:[Zz]|[+-](\d{2})(?::?(\d{2}))?)?)?",
    re.ASCII,
)
_TIMESTAMP = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?")


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
    content = expand(text, where=where)
    if parameter.kind is not Kind.TEXT and is_reference(text):
        content = content.strip()  # an editor ends a file with a line break, which is no part of a number or a date
    value = _read_scalar(parameter, content, where)
    return [value] if _is_several(parameter) else value


def read_value(parameter: Parameter, value: Any, where: str) -> Any:
    """Gives the value of a field that is structured already: from standard input or from YAML.

    Raises:
        UsageError: it is not of the parameter's kind.
    """
    if value is None and (parameter.nullable or parameter.required):
        return OMIT
    kind = parameter.kind
    if kind in (Kind.OBJECT, Kind.OBJECTS) and isinstance(value, str) and is_reference(value):
        value = _yaml(value, where)
    value = expand_all(value, where=where)
    if kind is Kind.FLAG and isinstance(value, bool):
        value = "true" if value else "false"
    if kind is Kind.OBJECT:
        return _mapping(value, where)
    if kind is Kind.OBJECTS:
        items = value if isinstance(value, list) else [value]
        return [_mapping(item, where) for item in items]
    if kind is Kind.TEXTS or _is_several(parameter):
        texts = [_text(item, where) for item in (value if isinstance(value, list) else [value])]
        return texts if kind is Kind.TEXTS else [_read_scalar(parameter, text, where) for text in texts]
    if kind is Kind.INTEGER and not isinstance(value, str):
        if not isinstance(value, int) or isinstance(value, bool) or value not in _INT64:
            raise UsageError(f"{where}: {_kind_of(value)} where a whole number of 64 bits is needed")
        return value
    return _read_scalar(parameter, _text(value, where), where)


def read_integer(text: str, *, where: str) -> int:
    """Gives a whole number as Go's `strconv.ParseInt(text, 0, 64)` reads it: 0x10, 0o17, 017, 0b101, 1_000.

    Raises:
        UsageError: it is none, or is larger than 64 bits.
    """
    digits = text.replace("_", "")
    readable = _INTEGER.fullmatch(text) and len(digits.lstrip("+-0")) <= _LONGEST_INTEGER
    number = _go_integer(digits) if readable else None
    if number is None or number not in _INT64:
        raise UsageError(f"{where}: {_shown(text)} is no whole number", hint="write it like 50")
    return number


def _go_integer(digits: str) -> int:
    sign, magnitude = (-1, digits[1:]) if digits[:1] == "-" else (1, digits.lstrip("+"))
    if magnitude[:1] == "0" and magnitude[1:2].isdigit():
        return sign * int(magnitude, 8)
    return sign * int(magnitude, 0)


def _is_several(parameter: Parameter) -> bool:
    """Tells whether the values of a scalar parameter add up to a list."""
    return parameter.kind is Kind.CHOICE and parameter.repeatable


def _read_scalar(parameter: Parameter, text: str, where: str) -> str | int:
    if parameter.kind is Kind.INTEGER:
        return read_integer(text, where=where)
    if parameter.kind is Kind.FLAG:
        return read_choice(text, ("true", "false"), where=where) == "true"
    if parameter.kind is Kind.CHOICE:
        if parameter.repeatable and "," in text and where.startswith("--"):
            raise UsageError(f"{where}: one value at a time, not {_shown(text)}", hint=f"{where} may be repeated")
        return read_choice(text, parameter.choices, where=where)
    if parameter.kind is Kind.DATETIME:
        _check_date(text, where)
    is_id = parameter.kind is Kind.TEXT and parameter.name.endswith("_id")
    if (parameter.required or is_id) and not text.strip():
        raise UsageError(f"{where}: empty", hint="is a variable unset?")
    return sendable(text, where)


def read_choice(text: str, choices: tuple[str, ...], *, where: str) -> str:
    """Gives the choice that a text names, in any case.

    Raises:
        UsageError: it names none; the message says which there are and which may have been meant.
    """
    for choice in choices:
        if choice.lower() == text.strip().lower():
            return choice
    raise UsageError(
        f"{where}: no value {_shown(text)}{did_you_mean(nearest(text, choices))}",
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
    raise UsageError(f"{where}: {_shown(text)} is no date", hint="write it like 2026-11-24 or 2026-11-24T17:00:00Z")


def _yaml(text: str, where: str) -> Any:
    from llamacloud_cli.inputs.yaml_values import parse

    if is_reference(text):
        return parse(expand(text, where=where), where=f"{where}, file {text[1:]}")
    return parse(text, where=where)


def _read_texts(text: str, where: str) -> list[str]:
    """Reads one text, or a YAML list of texts."""
    content = expand(text, where=where)
    if not content.lstrip().startswith(("[", "{", "- ", '"', "'")):
        return [sendable(content, where)]
    value = expand_all(_yaml(text, where), where=where)
    if isinstance(value, list):
        return [_text(item, where) for item in value]
    if isinstance(value, dict):
        return [_text(value, where)]
    return [value if isinstance(value, str) else content]


def sendable(text: str, where: str) -> str:
    """Gives a text back that can be sent.

    Raises:
        UsageError: it came as bytes that are no UTF-8. It is not quoted: it may be a secret.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        raise UsageError(f"{where}: not UTF-8 text") from None
    return text


def _shown(text: str) -> str:
    return repr(text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "…")


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise UsageError(f"{where}: {_kind_of(value)} where a text is needed", hint="put quotes around it")
    return value


def _mapping(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise UsageError(
            f"{where}: {_kind_of(value)} where a mapping is needed",
            hint="write it like '{key: value}', as JSON, or as @FILE, which reads it from a file",
        )
    return value


def _kind_of(value: Any) -> str:
    names: dict[type, str] = {
        dict: "a mapping", list: "a list", str: "a text", bool: "true or false", int: "a number", float: "a number"
    }  # fmt: skip
    return names.get(type(value), "nothing (null)")
