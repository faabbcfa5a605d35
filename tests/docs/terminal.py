"""A shell on a terminal of its own: runs one command after the other and gives what the terminal shows of each."""

from __future__ import annotations

import fcntl
import os
import re
import select
import struct
import subprocess
import sysconfig
import termios
import time
from typing import TYPE_CHECKING, NamedTuple, Self

import pyte

if TYPE_CHECKING:
    from pathlib import Path

COLUMNS, ROWS = 100, 50
_LONGEST_LINE, _MOST_LINES = 4000, 2000
_SECONDS = 60.0
_END = re.compile(rb"\x1e(\d+)\x1e")
_LOOP = r"""
exec 3<"$1"
status=0
while IFS= read -r -d '' command <&3; do
  (exit "$status")
  eval "$command"
  status=$?
  printf '\036%d\036' "$status"
done
"""


class Shown(NamedTuple):
    """What a command left behind.

    Attributes:
        text: the lines on the terminal, without blanks at their ends.
        written: all that was written to the terminal, with its control sequences.
    """

    status: int
    text: str
    written: str


class Terminal:
    """A bash whose standard streams are a terminal of 100 columns. Nothing of the caller's settings is in it.

    Args:
        folder: becomes its current folder, below which its HOME is.
        sandbox: whether the tool uses the embedded sandbox without being told to.
    """

    def __init__(self, folder: Path, *, sandbox: bool) -> None:
        home = folder / "home"
        work = folder / "work"
        for path in (home, work):
            path.mkdir()
        commands = folder / "commands"
        os.mkfifo(commands)
        self._screen_of, side = os.openpty()
        fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self._bash = subprocess.Popen(
            ["bash", "--noprofile", "--norc", "-c", _LOOP, "bash", str(commands)],
            cwd=work,
            env=_environment(home, sandbox=sandbox),
            stdin=side,
            stdout=side,
            stderr=side,
            start_new_session=True,
        )
        os.close(side)
        self._commands = commands.open("wb", buffering=0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Ends the shell and all that it started."""
        self._commands.close()
        os.killpg(self._bash.pid, 9)
        self._bash.wait()
        os.close(self._screen_of)

    def run(self, command: str) -> Shown:
        """Runs one command to its end.

        Raises:
            TimeoutError: it took more than a minute.
        """
        self._commands.write(command.encode() + b"\0")
        data, deadline = b"", time.monotonic() + _SECONDS
        while (end := _END.search(data)) is None:
            ready, _, _ = select.select([self._screen_of], [], [], max(deadline - time.monotonic(), 0))
            if not ready:
                raise TimeoutError(f"{command!r} goes on after {_SECONDS:.0f} s: {data[-2000:]!r}")
            data += os.read(self._screen_of, 65536)
        written = data[: end.start()].decode("utf-8", "replace")
        return Shown(int(end[1]), as_shown(written), written)


def as_shown(text: str) -> str:
    """Gives the lines that stay on a terminal after a text with its control sequences. Lines are not folded."""
    screen = pyte.Screen(_LONGEST_LINE, _MOST_LINES)
    pyte.Stream(screen).feed(text)
    lines = []
    for number in range(screen.cursor.y + 1):
        row = screen.buffer[number]
        lines.append("".join(row[column].data for column in range(max(row, default=-1) + 1)).rstrip())
    return "\n".join(lines).rstrip("\n")


def _environment(home: Path, *, sandbox: bool) -> dict[str, str]:
    scripts = sysconfig.get_path("scripts")
    env = {
        "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(home),
        "TERM": "xterm-256color",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "LLAMA_CLOUD_SANDBOX_SPEED": "instant",
    }
    return {**env, "LLAMA_CLOUD_SANDBOX": "1"} if sandbox else env
