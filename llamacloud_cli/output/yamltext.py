"""A document as YAML, in words that YAML 1.1 and 1.2 read alike; number literals stay as they came."""

from __future__ import annotations

import io
import json
import re
from typing import Any

from ruamel.yaml import YAML

_PLAIN = re.compile(r"[A-Za-z_/][A-Za-z0-9_./@+-]*(?: [A-Za-z0-9_./@+-]+)*")
_WORDS_WITH_MEANING = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})


class _Number(str):
    """A number as the server wrote it."""

    __slots__ = ()


def _represent_text(representer: Any, text: str) -> Any:
    plain = _PLAIN.fullmatch(text) and text.lower() not in _WORDS_WITH_MEANING
    style = None if plain else "|" if _fits_a_block(text) else '"'
    return representer.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _fits_a_block(text: str) -> bool:
    """Tells whether a text of several lines reads well as a block and survives it."""
    lines = text.split("\n")
    printable = all(line.isprintable() and line == line.rstrip() for line in lines)
    return len(lines) > 2 and printable and bool(lines[0]) and lines[0] == lines[0].lstrip()  # noqa: PLR2004


def _represent_number(representer: Any, number: _Number) -> Any:
    kind = "float" if re.search(r"[.eE]", number) else "int"
    return representer.represent_scalar(f"tag:yaml.org,2002:{kind}", str(number))


def _writer() -> YAML:
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.allow_unicode = True
    yaml.width = 1_000_000
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment] # its stub knows None alone
    yaml.representer.ignore_aliases = lambda _value: True
    yaml.representer.add_representer(str, _represent_text)
    yaml.representer.add_representer(_Number, _represent_number)
    return yaml


def to_yaml(text: bytes) -> str:
    """Gives a JSON text as one YAML document, with a line break at its end."""
    value = json.loads(text, parse_float=_Number, parse_int=_Number)
    stream = io.StringIO()
    _writer().dump(value, stream)
    written = stream.getvalue()
    return written.removesuffix("...\n")
