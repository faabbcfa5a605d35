"""A YAML text with its name: turns an offset in it into an error that shows the place."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from llamacloud_cli.errors import UsageError

_TELLS_OF_SECRETS = re.compile(r"webhook|secret|passw|authorization|api[-_]?key|bearer|://[^\s/]*@", re.IGNORECASE)
# The first key of a line; names of fields and headers hold no digits, but most secrets do.
_FIRST_KEY = re.compile(r"[ \t\[{,-]*+[\"']?[A-Za-z][A-Za-z_-]*+[\"']?[ \t]*+:(?=\s|$)")
_NOT_STRUCTURE = re.compile(r"[^ \t\r\n\[\]{}:,-]")
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

    def error(
        self, problem: str, offset: int, hint: str, *, word: str | None = None, advised: str | None = None
    ) -> UsageError:
        """Give the error for a problem at an offset (in characters) of the text.

        The message names the line and the column, both from 1; the column counts characters.
        The snippet is that line, cut to 76 columns around the place, above a caret. Where there may be secrets,
        such as those of a webhook, the snippet shows the line's first key alone, and messages no words of the text.

        Args:
            problem: what is wrong, without words of the text but where `{}` stands for one.
            offset: where.
            hint: what to do about it; `{}` as in the problem.
            word: the piece of the text that stands for `{}` in the problem; None leaves it.
            advised: the same for the hint.
        """
        offset = min(offset, len(self.text))
        line, start = self._line_start(offset)
        text = self.text
        if self.tells_of_secrets():
            text = _masked(text, start)
        if word is not None:
            problem = problem.replace("{}", self._quoted(word))
        if advised is not None:
            hint = hint.replace("{}", self._quoted(advised))
        return UsageError(
            f"{self.where}: {problem}, line {line}, column {offset - start + 1}",
            hint=hint,
            snippet=_snippet(text, start, offset),
        )

    def tells_of_secrets(self) -> bool:
        """Tell whether the text may hold secrets, such as those of a webhook."""
        return bool(_TELLS_OF_SECRETS.search(self.where) or _TELLS_OF_SECRETS.search(self.text))

    def place(self, offset: int) -> str:
        """Name an offset, as `line 1, column 5`."""
        line, start = self._line_start(offset)
        return f"line {line}, column {offset - start + 1}"

    def _quoted(self, word: str) -> str:
        return "'***'" if len(word) > 1 and self.tells_of_secrets() else quoted(word)

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


def _masked(text: str, start: int) -> str:
    """Mask the line that starts there but for its first key and brackets; as long as before, for the caret."""
    line_break = _LINE_BREAK.search(text, start)
    end = line_break.start() if line_break else len(text)
    key = _FIRST_KEY.match(text, start, end)
    after = key.end() if key else start
    return text[:after] + _NOT_STRUCTURE.sub("*", text[after:end]) + text[end:]


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
