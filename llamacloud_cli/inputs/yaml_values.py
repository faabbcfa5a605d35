"""YAML 1.2 (core schema), and so JSON, into plain Python values that can be sent as JSON.

JSON and single words take a fast way that does not load ruamel.yaml. It gives what the YAML reader gives,
and leaves to it whatever it cannot take, so that every error shows its place.

What the specification leaves open, or what JSON has no word for:

* A key that is no string becomes its text as written: `{1: a, 0x10: b, null: c}` has the keys "1", "0x10"
  and "null". Keys that become equal are duplicates and refused, as are lists and mappings as keys.
* `.inf` and `.nan` are refused as values. `NaN` and `Infinity` are strings, as the core schema has it.
* Merge keys (`<<`) are keys like any other. Tags other than the core schema's are refused.
* A `%YAML` directive other than 1.2 is refused: in 1.1 `yes` means true.
"""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any

from llamacloud_cli.errors import UsageError
from llamacloud_cli.inputs.yaml_schema import MAX_DEPTH, UnsendableError, plain_value
from llamacloud_cli.inputs.yaml_source import Source

if TYPE_CHECKING:
    from llamacloud_cli.inputs.yaml_schema import JsonValue

MAX_BYTES = 10 * 1024 * 1024

_NOT_JSON = object()
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")
# No indicator at the start, no blank, no bracket, no colon at the end: one plain scalar in any reading.
_WORD = re.compile(r"[A-Za-z0-9_/+~](?:[A-Za-z0-9_/+~.,=@:-]*[A-Za-z0-9_/+~.,=@-])?")


def parse(text: str, *, where: str) -> JsonValue:
    """Read one YAML 1.2 or JSON text; an empty one, or one of comments only, is None.

    Args:
        text: at most 10 MiB as UTF-8; a byte order mark at its start is passed over.
        where: what messages call the text, such as `--config`, `standard input` or `file c.yaml`.

    Returns:
        A value of dict, list, str, int, float, bool and None without NaN, infinity, lone surrogates or
        shared parts, at most 100 levels deep.

    Raises:
        UsageError: the text is no such value; the message names the line and column, the snippet shows them.
    """
    source = Source(text.removeprefix("\ufeff"), where)
    _check_size(source)
    if _WORD.fullmatch(source.text):
        try:
            return plain_value(source.text)
        except UnsendableError as error:
            raise source.error(error.problem, 0, error.hint, word=error.word) from None
    value = _json_value(source.text)
    return _yaml_value(source) if value is _NOT_JSON else value


def _yaml_value(source: Source) -> JsonValue:
    from llamacloud_cli.inputs.yaml_composer import compose

    return compose(source)


def _check_size(source: Source) -> None:
    """Refuse a text that is too long, or that cannot be UTF-8."""
    try:
        too_long = len(source.text) > MAX_BYTES or len(source.text.encode()) > MAX_BYTES
    except UnicodeEncodeError as error:
        raise source.error("not valid UTF-8", error.start, "Save or send the text as UTF-8.") from None
    if too_long:
        limit = f"{MAX_BYTES // 1024 // 1024} MiB"
        raise UsageError(f"{source.where}: larger than {limit}", hint=f"Give a text of at most {limit}.")


def _json_value(text: str) -> Any:
    """Give the value of a JSON text; _NOT_JSON if it is none, or none that can be sent."""
    try:
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_finite_float)
        if _SURROGATE_ESCAPE.search(text):
            json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return _NOT_JSON
    if text.count("[") + text.count("{") > MAX_DEPTH and _depth(value) > MAX_DEPTH:
        return _NOT_JSON
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) < len(pairs):
        raise ValueError("duplicate key")
    return mapping


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _finite_float(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError(text)
    return value


def _depth(value: Any) -> int:
    """Count the levels of lists and mappings, one level at a time: recursion is bounded by the stack."""
    depth, level = 0, [value]
    while level := [item for item in level if isinstance(item, list | dict)]:
        depth += 1
        level = [child for item in level for child in (item.values() if isinstance(item, dict) else item)]
    return depth
