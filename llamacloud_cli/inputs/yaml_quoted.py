"""Quoted scalars of YAML 1.2: what stands between the quotes, with escapes and line folding undone.

Section numbers in comments are those of https://yaml.org/spec/1.2.2/.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llamacloud_cli.inputs.yaml_source import Source

_HEX = "[0-9a-fA-F]"
_BREAK = r"(?:\r\n?|\n)"
# 6.5 Line folding: line breaks with the blanks around them; `indent` is the white space after them.
FOLD = rf"[ \t]*+{_BREAK}(?P<more>(?:[ \t]*+{_BREAK})*+)(?P<indent>[ \t]*+)"
_LINE_BREAK = re.compile(_BREAK)
_DOCUMENT_MARKER = re.compile(r"[\r\n](?:---|\.\.\.)(?=[ \t\r\n])")

# 7.3.1 and 7.3.2, quotes included
_SCALARS = {
    '"': re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL),
    "'": re.compile(r"'[^']*+(?:''[^']*+)*+'"),
}
# A run of blanks inside a line is matched as one: tried at each of them, a fold would cost its square.
_FOLD_OR_BLANKS = rf"(?P<fold>{FOLD})|[ \t]++"
_PARTS = {
    '"': re.compile(
        rf"\\(?:(?P<join>{_BREAK}(?P<empty>(?:[ \t]*+{_BREAK})*+)[ \t]*+)"
        rf"|u(?P<pair>[dD][89abAB]{_HEX}{{2}}\\u[dD][c-fC-F]{_HEX}{{2}})"
        rf"|(?P<code>x{_HEX}{{2}}|u{_HEX}{{4}}|U{_HEX}{{8}})|(?P<char>.))|{_FOLD_OR_BLANKS}",
        re.DOTALL,
    ),
    "'": re.compile(rf"(?P<quote>'')|{_FOLD_OR_BLANKS}"),
}
# 5.7 Escaped characters
_ESCAPES = dict(zip('0abt\tnvfre "/\\N_LP', '\0\a\b\t\t\n\v\f\r\x1b "/\\\x85\xa0\u2028\u2029', strict=True))


def quoted_scalar(source: Source, start: int) -> tuple[str, int]:
    """Give the text of the quoted scalar that starts at an offset, and the offset after its end.

    A surrogate pair of escapes is one character, as in JSON.

    Raises:
        UsageError: the quote is not closed, or an escape stands for nothing.
    """
    style = source.text[start]
    match = _SCALARS[style].match(source.text, start)
    if match is None:
        raise source.error(f"the quote {style} is never closed", start, f"Add the closing {style}.")
    marker = _DOCUMENT_MARKER.search(source.text, start, match.end())
    if marker:
        hint = f"Add the closing {style} before it, or indent the line."
        raise source.error("a document marker inside quotes", marker.start() + 1, hint)

    def part(found: re.Match[str]) -> str:
        return _part(found, source, start + 1)

    return _PARTS[style].sub(part, match[0][1:-1]), match.end()


def _part(match: re.Match[str], source: Source, start: int) -> str:
    """Give what a part stands for; `start` is the offset of the text that the match is in."""
    offset = start + match.start()
    match match.lastgroup:
        case "fold":
            text = folded(match["more"])
        case "quote":
            text = "'"
        case "join":
            text = _further(match["empty"])
        case "pair":
            high, low = match["pair"].split("\\u")
            text = chr(0x10000 + ((int(high, 16) & 0x3FF) << 10) + (int(low, 16) & 0x3FF))
        case "code":
            text = _character(match["code"], source, offset)
        case "char":
            text = _escaped(match["char"], source, offset)
        case _:
            text = match[0]
    return text


def _escaped(char: str, source: Source, offset: int) -> str:
    if char not in _ESCAPES:
        hint = "In double quotes write \\\\ for a backslash, or use single quotes."
        raise source.error("unknown escape {}", offset, hint, word="\\" + char)
    return _ESCAPES[char]


def _character(code: str, source: Source, offset: int) -> str:
    number = int(code[1:], 16)
    if number > 0x10FFFF or 0xD800 <= number <= 0xDFFF:  # noqa: PLR2004 - the ranges of Unicode
        hint = "Write the character itself, or both halves of its surrogate pair."
        raise source.error("an escape that stands for no character: {}", offset, hint, word="\\" + code)
    return chr(number)


def folded(further: str) -> str:
    """Give what line breaks are folded to: one is a space, the further ones stand for themselves."""
    return _further(further) or " "


def _further(breaks: str) -> str:
    return "\n" * len(_LINE_BREAK.findall(breaks))
