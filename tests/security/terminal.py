"""What attacks a terminal, how to see that nothing did, and a terminal to see it on."""

from __future__ import annotations

import fcntl
import os
import re
import struct
import subprocess
import termios
import unicodedata
from typing import Any, NamedTuple

import pyte
import pytest

from tests.processes import PROGRAM, environment

ATTACKS = {
    "clear the screen": "\x1b[2J\x1b[H",
    "colour": "\x1b[31mred",
    "a link (OSC 8)": "\x1b]8;;https://evil.example\x1b\\click\x1b]8;;\x1b\\",
    "the clipboard (OSC 52)": "\x1b]52;c;ZXZpbA==\x07",
    "the title (OSC 0)": "\x1b]0;title\x07",
    "a device query": "\x1bP$q\x1b\\\x1b[c",
    "the alternate screen": "\x1b[?1049h\x1b[?25l",
    "a reset": "\x1bc",
    "C1 CSI": "\x9b31m",
    "C1 OSC": "\x9d52;c;ZXZpbA==\x9c",
    "NEL": "a\x85b",
    "carriage return": "safe\rEVIL",
    "backspace": "evil\x08\x08\x08\x08safe",
    "bell, NUL, DEL": "\x07\x00\x7f",
    "vertical tab, form feed": "\x0b\x0c",
    "shift out": "\x0e\x0f",
    "bidi override": "\u202egpj.exe\u202c",
    "bidi isolate": "\u2066x\u2069\u200e\u200f\u061c",
    "zero width": "a\u200bb\u200cc\u200dd\u2060e\ufefff",
    "a joined emoji": "\U0001f469\u200d\U0001f4bb",
    "variation selectors": "a\ufe0fb\U000e0100c\u180bd",
    "separators": "a\u2028b\u2029c",
    "tags": "a\U000e0041\U000e007fb",
    "fillers": "a\u3164b\u115fc\u180ed\u00ade\u2065f",
    "line breaks": "a\nerror: forged\n\tb",
}
every_attack = pytest.mark.parametrize("text", ATTACKS.values(), ids=ATTACKS)

STYLE = re.compile(r"\x1b\[[0-9;]*m")
# Unicode's Prepended_Concatenation_Mark: format characters that are seen.
_VISIBLE_FORMATS = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")
# Default_Ignorable_Code_Point, as far as the general category does not say it.
_IGNORABLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufff8\U000e0000-\U000e0fff]"
)


def is_dangerous(character: str) -> bool:
    """Tells whether a character steers a terminal, or is not seen there; tabs and line breaks are another matter."""
    if character in "\n\t" or character in _VISIBLE_FORMATS:
        return False
    hidden = unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")
    return hidden or _IGNORABLE.match(character) is not None


def assert_harmless(shown: str, *, lines: int | None = None) -> None:
    """Checks that nothing but styles, tabs and line breaks is more than text."""
    assert [character for character in STYLE.sub("", shown) if is_dangerous(character)] == []
    if lines is not None:
        assert shown.count("\n") == lines


def evil_batch(text: str) -> dict[str, Any]:
    """Gives a batch in which every text and one key is an attack."""
    return {
        "id": f"bat{text}",
        "status": text,
        "config": {"job": {"type": text, f"key{text}": [text, {text: text}]}},
        "project_id": text,
        "source_directory_id": text,
        "created_at": text,
        "updated_at": f"2026-11-24T17:00:00Z{text}",
        f"field{text}": text,
        "results": [
            {"source_directory_file_id": text, "job_reference": {"id": text, "type": text}, "error_message": text},
            {"source_directory_file_id": text, "job_reference": {"id": text, "type": "parse_v2"}},
            text,
        ],
    }


class Screen(pyte.Screen):
    """A terminal that notes what it is told to do, beyond text, styles and what redraws a line."""

    def __init__(self, columns: int, lines: int) -> None:
        self.orders: list[str] = []
        super().__init__(columns, lines)
        self.orders.clear()

    def set_title(self, param: str) -> None:
        self.orders.append(f"title {param}")

    def set_icon_name(self, param: str) -> None:
        self.orders.append(f"icon {param}")

    def bell(self, *_: Any) -> None:
        self.orders.append("bell")

    def report_device_attributes(self, *_: Any, **__: Any) -> None:
        self.orders.append("device query")

    def report_device_status(self, *_: Any) -> None:
        self.orders.append("status query")

    def define_charset(self, *_: Any) -> None:
        self.orders.append("charset")

    def shift_out(self) -> None:
        self.orders.append("shift out")

    def backspace(self) -> None:
        self.orders.append("backspace")

    def reset(self) -> None:
        self.orders.append("reset")
        super().reset()


class Shown(NamedTuple):
    """What a process left on a terminal.

    Attributes:
        written: all that it wrote, standard output and standard error as they came.
        screen: what a terminal made of it.
    """

    status: int
    written: str
    screen: Screen

    @property
    def rows(self) -> list[str]:
        return [row.rstrip() for row in self.screen.display]


def run_on_terminal(url: str, *argv: str, columns: int = 100, **changes: str | None) -> Shown:
    """Runs the program with standard output and standard error on a terminal of its own."""
    master, side = os.openpty()
    fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", 200, columns, 0, 0))
    mode = termios.tcgetattr(side)
    mode[1] &= ~termios.OPOST  # what was written, and not what the line discipline makes of it
    termios.tcsetattr(side, termios.TCSANOW, mode)
    env = environment(url, TERM="xterm-256color", COLUMNS=None, LINES=None, CI=None, **changes)
    process = subprocess.Popen([*PROGRAM, *argv], env=env, stdin=subprocess.DEVNULL, stdout=side, stderr=side)
    os.close(side)
    data = b""
    try:
        while piece := _read(master):
            data += piece
    finally:
        os.close(master)
    status = process.wait(timeout=60)
    written = data.decode("utf-8", "replace")
    screen = Screen(columns, 200)
    pyte.Stream(screen).feed(written.replace("\n", "\r\n"))
    return Shown(status, written, screen)


def _read(master: int) -> bytes:
    try:
        return os.read(master, 65536)
    except OSError:  # the other side is closed
        return b""
