"""A YAML text with its name: turns an offset in it into an error that shows the place."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from llamacloud_cli.errors import UsageError

_TELLS_OF_SECRETS = re.compile(r"webhook|secret|passw|authorization|api[-_]?key|bearer|://[^\s/]*@", re.IGNORECASE)
# What is no key of a mapping: a word without a colon and a blank, or a closing quote and a colon, behind it.
_VALUE = re.compile(r"[^\s{}\[\],:\"'#]+(?![^\s{}\[\],:\"'#])(?!['\"][ \t]*:|[ \t]*:(?:\s|$))")
_QUOTED = re.compile(r"'[^']{2,}'")
_LINE_BREAK = re.compile(r"\r\n?|\n")
_SNIPPET_COLUMNS = 76
_NAME_COLUMNS = 40
_CUT = "..."


@dataclass(frozen=True, slots=True)
class Source:
    """One text and the name of the place that it came from.

    Attributes:
        text: the text, without a byte order mark.
        where: what messages call it, such as `--config` or `standard input`.
    """

    text: str
    where: str

    def error(self, problem: str, offset: int, hint: str) -> UsageError:
        """Give the error for a problem at an offset (in characters) of the text.

        The message names the line and the column, both from 1; the column counts characters.
        The snippet is that line, cut to 76 columns around the place, above a caret. Where there may be secrets,
        such as those of a webhook, neither shows a value.
        """
        offset = min(offset, len(self.text))
        line, start = self._line_start(offset)
        text = self.text
        if _TELLS_OF_SECRETS.search(self.where) or _TELLS_OF_SECRETS.search(text):
            text = _VALUE.sub(lambda found: "*" * len(found[0]), text)  # as long as before, for the caret
            problem, hint = _QUOTED.sub("'***'", problem), _QUOTED.sub("'***'", hint)
        return UsageError(
            f"{self.where}: {problem}, line {line}, column {offset - start + 1}",
            hint=hint,
            snippet=_snippet(text, start, offset),
        )

    def place(self, offset: int) -> str:
        """Name an offset, as `line 1, column 5`."""
        line, start = self._line_start(offset)
        return f"line {line}, column {offset - start + 1}"

    def _line_start(self, offset: int) -> tuple[int, int]:
        """Give the line of an offset, from 1, and the offset at which that line starts."""
        line, start = 1, 0
        for line_break in _LINE_BREAK.finditer(self.text, 0, offset):
            line, start = line + 1, line_break.end()
        return line, start


def quoted(name: str) -> str:
    """Give a piece of the user's text for a message: in quotes, cut, control characters escaped."""
    cells = [_cell(char)[0] for char in name[: _NAME_COLUMNS + 1]]
    if len(cells) > _NAME_COLUMNS:
        cells[_NAME_COLUMNS:] = [_CUT]
    return "'" + "".join(cells) + "'"


def _cell(char: str) -> tuple[str, int]:
    """Give what stands for a character on a terminal, and how many columns that takes."""
    if char == "\t":
        return " ", 1
    if not char.isprintable():
        # Control and format characters could move the cursor or turn the text around, and an unusual
        # space looks like a usual one.
        shown = char.encode("unicode_escape").decode("ascii")
        return shown, len(shown)
    if unicodedata.category(char) in {"Mn", "Me"}:
        return char, 0
    return char, 2 if unicodedata.east_asian_width(char) in {"W", "F"} else 1


def _snippet(text: str, start: int, offset: int) -> str:
    line_break = _LINE_BREAK.search(text, offset)
    end = line_break.start() if line_break else len(text)
    low, high = max(start, offset - _SNIPPET_COLUMNS), min(end, offset + _SNIPPET_COLUMNS)
    before = [_cell(char) for char in text[low:offset]]
    after = [_cell(char) for char in text[offset:high]]
    left, right = _width(before), _width(after)
    room = _SNIPPET_COLUMNS
    if left + right > room or low > start or high < end:
        room -= 2 * len(_CUT)
    while left + right > room:
        if left > right:
            low += 1
            left -= before.pop(0)[1]
        else:
            high -= 1
            right -= after.pop()[1]
    head = _CUT if low > start else ""
    tail = _CUT if high < end else ""
    shown = head + "".join(cell for cell, _ in before + after) + tail
    return f"{shown}\n{' ' * (len(head) + left)}^"


def _width(cells: list[tuple[str, int]]) -> int:
    return sum(width for _, width in cells)
