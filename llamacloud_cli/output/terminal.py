"""What may reach a terminal: text without control characters."""

from __future__ import annotations

import re

# Each of these can hide, forge or reorder text, or steer a terminal, and none has a glyph:
# - C0 and C1 controls and DEL (tab and line feed are dealt with apart);
# - what Unicode calls Default_Ignorable_Code_Point (DerivedCoreProperties.txt): bidirectional controls, zero-width
#   characters, variation selectors, fillers, tags, the byte order mark;
# - line and paragraph separators, interlinear annotations, controls of hieroglyphs, surrogates.
# An emoji that zero-width joiners or variation selectors make of several is therefore shown in its parts.
_UNSAFE = (
    r"\x00-\x08\x0b-\x1f\x7f-\x9f"
    r"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    r"\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    r"\u2028\u2029\ufff9-\ufffb\U00013430-\U0001343f\ud800-\udfff"
)
_CONTROL = re.compile(f"[{_UNSAFE}]")
_CONTROL_OR_BREAK = re.compile(f"[\t\n{_UNSAFE}]")


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
