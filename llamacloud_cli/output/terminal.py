"""What may reach a terminal: text without control characters."""

from __future__ import annotations

import re

# C0 and C1 controls, DEL, the bidirectional controls of Unicode, zero-width characters, line and paragraph
# separators, fillers without a glyph, the byte order mark and the tags block: none has a place in an answer, each
# can hide or forge text.
_UNSAFE = (
    r"\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164"
    r"\ufeff\uffa0\ufff9-\ufffb"
)
_UNSAFE_HIGH = r"\U000e0000-\U000e007f"
_CONTROL = re.compile(f"[{_UNSAFE}{_UNSAFE_HIGH}\ud800-\udfff]")
_CONTROL_OR_BREAK = re.compile(f"[\t\n{_UNSAFE}{_UNSAFE_HIGH}\ud800-\udfff]")


def clean(text: str) -> str:
    r"""Gives a text in which control characters are visible, such as `\x1b`; line breaks and tabs stay."""
    return _CONTROL.sub(lambda found: _visible(found[0]), text)


def clean_line(text: str) -> str:
    r"""Gives a text as one line: as `clean`, with line breaks and tabs visible as well."""
    return _CONTROL_OR_BREAK.sub(lambda found: _visible(found[0]), text)


def clean_json(text: str) -> str:
    r"""Gives a JSON text without raw control characters: they become `\u` escapes, so it says the same."""
    return _CONTROL.sub(lambda found: _json_escape(found[0]), text)


def _visible(character: str) -> str:
    named = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}.get(character)
    if named:
        return named
    code = ord(character)
    width, letter = (2, "x") if code < 1 << 8 else (4, "u") if code < 1 << 16 else (8, "U")
    return f"\\{letter}{code:0{width}x}"


def _json_escape(character: str) -> str:
    return "".join(f"\\u{unit:04x}" for unit in memoryview(character.encode("utf-16-le", "surrogatepass")).cast("H"))
