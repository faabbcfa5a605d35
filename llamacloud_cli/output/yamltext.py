"""A document as YAML, in words that YAML 1.1 and 1.2 read alike."""

from __future__ import annotations

import io
import json
import re
from typing import Any

from ruamel.yaml import YAML

from llamacloud_cli.errors import OutputError
from llamacloud_cli.jsontext import Number

_PLAIN = re.compile(r"[A-Za-z_/][A-Za-z0-9_./@+-]*(?: [A-Za-z0-9_./@+-]+)*")
_WORDS_WITH_MEANING = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
_FLOAT = re.compile(r"(?P<whole>-?[0-9]+)(?P<fraction>\.[0-9]+)?(?:[eE](?P<sign>[+-]?)(?P<exponent>[0-9]+))?")


class _Root(str):
    """A text that is the whole document. As a block it would stand at the margin, which YAML 1.1 does not read."""

    __slots__ = ()


def _represent_text(representer: Any, text: str) -> Any:
    plain = _PLAIN.fullmatch(text) and text.lower() not in _WORDS_WITH_MEANING
    style = None if plain else "|" if _fits_a_block(text) and not isinstance(text, _Root) else '"'
    return representer.represent_scalar("tag:yaml.org,2002:str", str(text), style=style)


def _fits_a_block(text: str) -> bool:
    """Tells whether a text of several lines reads well as a block and survives it."""
    lines = text.split("\n")
    printable = all(line.isprintable() and line == line.rstrip() for line in lines)
    # Readers differ about blanks at the start and about empty lines at the end.
    plain_ends = bool(lines[0]) and lines[0] == lines[0].lstrip() and not text.endswith("\n\n")
    return len(lines) > 2 and printable and plain_ends  # noqa: PLR2004


def _represent_number(representer: Any, number: Number) -> Any:
    """Writes a number literal as it came, but for an exponent: YAML 1.1 knows one after a point and with a sign."""
    parts = _FLOAT.fullmatch(number)
    if parts is None or not (parts["fraction"] or parts["exponent"]):
        return representer.represent_scalar("tag:yaml.org,2002:int", str(number))
    exponent = f"e{parts['sign'] or '+'}{parts['exponent']}" if parts["exponent"] else ""
    literal = f"{parts['whole']}{parts['fraction'] or '.0'}{exponent}"
    return representer.represent_scalar("tag:yaml.org,2002:float", literal)


def _writer() -> YAML:
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.allow_unicode = True
    yaml.width = 1_000_000
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment] # its stub knows None alone
    yaml.representer.ignore_aliases = lambda _value: True
    yaml.representer.add_representer(str, _represent_text)
    yaml.representer.add_representer(_Root, _represent_text)
    yaml.representer.add_representer(Number, _represent_number)
    return yaml


def to_yaml(text: bytes) -> str:
    """Gives a JSON text as one YAML document, with a line break at its end.

    Raises:
        OutputError: it is nested more deeply than the YAML writer can follow (some 250 levels).
    """
    stream = io.StringIO()
    try:
        value = json.loads(text, parse_float=Number, parse_int=Number)
        _writer().dump(_Root(value) if type(value) is str else value, stream)
    except RecursionError:
        raise OutputError(
            "--format yaml: the answer is nested too deeply to be written as YAML", hint="--format json prints it"
        ) from None
    # A scalar that is the whole document is followed by a line of dots, which separates nothing here.
    return stream.getvalue().removesuffix("\n").removesuffix("\n...") + "\n"
