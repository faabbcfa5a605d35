"""Array queries: `#(path sign operand)`, and the values they hold for."""

from __future__ import annotations

import operator
import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from . import pattern
from .scan import BLANKS
from .text import as_boolean, kind, number, string, unescape

if TYPE_CHECKING:
    from collections.abc import Callable

_COMPARISONS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_TOKEN: Final = re.compile(
    r'\\.|(?P<string>"(?:[^"\\]|\\.)*"?)|(?P<open>[(\[])|(?P<close>[)\]])|(?P<sign>[!=<>%])', re.DOTALL
)
# `==` is another way to write `=`; a `!` that starts no sign leaves the query without one.
_SIGN: Final = re.compile(r"!=|!%|<=|>=|=?=|[<>%]|!\Z|")

_FALSEHOODS: Final = ("0", "f", "false")


class Query(NamedTuple):
    """What to look at in each element (`path`; empty: the element itself), and how it must compare.

    Without a `sign` it is enough that something is there.
    """

    path: str = ""
    sign: str = ""
    operand: str = ""
    operand_number: float = 0.0
    every: bool = False


UNCLOSED: Final = Query()
"""What a query without its closing bracket comes to: it takes the first element that is no container."""


def parse_query(path: str) -> tuple[Query, int] | None:
    """Reads the query that `path` starts with.

    Returns:
        The query and where in the path it ends; None when no bracket closes it.
    """
    depth = start = 0
    escaped = False
    for token in _TOKEN.finditer(path, 1):
        match token.lastgroup:
            case "open":
                depth += 1
            case "close" if depth == 1:
                end = token.start()
                break
            case "close":
                depth -= 1
            case "sign" if depth == 1:
                start = start or token.start()
            case "string":
                escaped = escaped or "\\" in token[0]
    else:
        return None
    comparison = path[start:end].strip(BLANKS) if start else ""
    sign = _SIGN.match(comparison)
    size = sign.end() if sign else 0
    operand = comparison[size:].strip(BLANKS)
    if len(operand) > 1 and operand[0] == operand[-1] == '"':
        operand = unescape(operand[1:-1]) if escaped else operand[1:-1]
    every = path.startswith("#", end + 1)
    query = Query(
        path=path[2 : start or end].strip(BLANKS),
        sign="=" if comparison[:size] == "==" else comparison[:size],
        operand=operand,
        operand_number=number(operand),
        every=every,
    )
    return query, end + 1 + every


def holds(query: Query, value: str) -> bool:
    """Tells whether `value`, found at the query's path, compares as the query asks."""
    operand = query.operand
    if operand.startswith("~"):
        # What the value comes to as a boolean is compared with true.
        truth = _as_boolean(value, operand[1:])
        value, operand = ("" if truth is None else "true" if truth else "false"), "true"
    if not value:
        return False
    if not query.sign:
        return True
    match kind(value):
        case "string":
            return _string_holds(query.sign, string(value), operand)
        case "number":
            compare = _COMPARISONS.get(query.sign)
            return compare is not None and compare(number(value), query.operand_number)
        case "true" | "false" as spelling:
            return _boolean_holds(query.sign, spelling, operand)
    return False


def _string_holds(sign: str, text: str, operand: str) -> bool:
    if sign in ("%", "!%"):
        return pattern.matches(text, operand) is (sign == "%")
    compare = _COMPARISONS.get(sign)
    return compare is not None and compare(text, operand)


def _boolean_holds(sign: str, truth: str, operand: str) -> bool:
    """False is less than true; whatever else the operand says, each is at its end of the order."""
    match sign:
        case "=" | "!=":
            return _COMPARISONS[sign](truth, operand)
        case "<" | ">":
            return (sign == "<") is (truth == "false") and operand == ("true" if sign == "<" else "false")
        case "<=" | ">=":
            return (sign == "<=") is (truth == "false")
    return False


def _as_boolean(value: str, conversion: str) -> bool | None:
    """What `~conversion` makes of a value; None if there is no such conversion."""
    found = kind(value)
    match conversion:
        case "*":
            return found != "missing"
        case "null":
            return found in ("missing", "null")
        case "true":
            return as_boolean(value)
        case "false":
            return (
                found in ("missing", "null", "false")
                or (found == "string" and string(value).lower() in _FALSEHOODS)
                or (found == "number" and number(value) == 0)
            )
    return None
