"""Real shells that complete command lines, with a `llamacloud-prod` in PATH that notes each call of it."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pexpect
import pyte

if TYPE_CHECKING:
    from collections.abc import Sequence

SCRIPTS = Path(__file__).parents[2] / "completions"
SECONDS = 60
_ROWS, _COLUMNS = 200, 120
_BREAKS = "\"'@><=;|&(:"  # bash's COMP_WORDBREAKS without blanks
_STUB = """#!/bin/sh
printf '%s' "${0##*/}" >> "$CALLS"
printf ' [%s]' "$@" >> "$CALLS"
echo >> "$CALLS"
[ -n "$NEVER_ASKED" ] || cat "$IDS"
"""


class Desk(NamedTuple):
    """Where a shell is started.

    Attributes:
        folder: its working folder.
        bin: the folder of `llamacloud-prod`, first in PATH.
        calls: lists the calls of it, and of Python.
        ids: what it prints.
    """

    folder: Path
    bin: Path
    calls: Path
    ids: Path

    @property
    def env(self) -> dict[str, str]:
        return {
            "PATH": f"{self.bin}:/usr/bin:/bin",
            "HOME": str(self.folder.parent / "home"),
            "CALLS": str(self.calls),
            "IDS": str(self.ids),
            "TERM": "xterm",
            "LANG": "C.UTF-8",
            "LC_ALL": "C.UTF-8",
        }

    def asked(self) -> list[str]:
        """Gives the calls, one a line."""
        return self.calls.read_text(encoding="utf-8").splitlines() if self.calls.exists() else []


def make_desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path / "work", tmp_path / "bin", tmp_path / "calls", tmp_path / "ids")
    for folder in (desk.folder, desk.bin, tmp_path / "home"):
        folder.mkdir()
    for name in ("llamacloud-prod", "python", "python3"):
        (desk.bin / name).write_text(_STUB, encoding="utf-8")
        (desk.bin / name).chmod(0o755)
    desk.ids.write_text("", encoding="utf-8")
    return desk


def _finish(argv: Sequence[str], desk: Desk, stdin: str) -> str:
    done = subprocess.run(
        argv, input=stdin, env=desk.env, cwd=desk.folder, capture_output=True, check=False, text=True, timeout=SECONDS,
        encoding="utf-8",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


def _words(line: str) -> tuple[list[str], str]:
    """Takes a line apart as readline does; gives the words, and the piece that a completion replaces."""
    words = re.findall(rf"[^\s{_BREAKS}]+|[{_BREAKS}]+", line)
    if line[-1:].isspace():
        return [*words, ""], ""
    return words, "" if line[-1] in _BREAKS else words[-1]


def bash(desk: Desk, *lines: str, before: str = "") -> list[list[str]]:
    """Gives what bash offers for each line, without a terminal: it calls the function as readline would."""
    parts = [f"set -u; {before}\nsource {shlex.quote(str(SCRIPTS / 'llamacloud-prod.bash'))}"]
    for line in lines:
        words, piece = _words(line)
        quoted = " ".join(map(shlex.quote, words))
        parts.append(
            f"COMP_WORDS=({quoted}) COMP_CWORD={len(words) - 1} COMP_LINE={shlex.quote(line)} COMP_POINT={len(line)}\n"
            f"_llamacloud_prod llamacloud-prod {shlex.quote(piece)} ''\n"
            'for one in ${COMPREPLY[@]+"${COMPREPLY[@]}"}; do printf "%s\\n" "$one"; done; echo ---'
        )
    return _split(_finish(["bash", "--norc", "--noprofile"], desk, "\n".join(parts)))


def fish(desk: Desk, *lines: str, before: str = "") -> list[list[str]]:
    """Gives what fish offers for each line, each with its description behind a tab."""
    script = shlex.quote(str(SCRIPTS / "llamacloud-prod.fish"))
    asks = "\n".join(f"complete -C {shlex.quote(line)}; echo ---" for line in lines)
    return _split(_finish(["fish", "--no-config"], desk, f"{before}\nsource {script}\n{asks}"))


def _split(text: str) -> list[list[str]]:
    return [part.strip("\n").split("\n") if part.strip("\n") else [] for part in text.split("---\n")[:-1]]


class Terminal:
    """A shell at a terminal.

    Args:
        argv: the shell.
        desk: where it is started.
        start: is typed first.
        end: is typed behind keys, and shown when the shell has dealt with them.
        columns: the width of the terminal.
    """

    def __init__(
        self, argv: Sequence[str], desk: Desk, start: str, *, end: tuple[str, str], columns: int = _COLUMNS
    ) -> None:
        self._end = end
        self._screen = pyte.Screen(columns, _ROWS)
        self._stream = pyte.Stream(self._screen)
        env = {**desk.env, "COLUMNS": str(columns), "LINES": str(_ROWS)}
        self._shell = pexpect.spawn(
            argv[0], list(argv[1:]), env=env, cwd=str(desk.folder), dimensions=(_ROWS, columns), encoding="utf-8",
            timeout=SECONDS,
        )  # fmt: skip
        self._shell.sendline(f"{start}; echo is' 'ready")
        self._shell.expect("is ready\r?\n")

    def type(self, keys: str) -> list[str]:
        """Types keys on an empty line of an empty screen, and gives the lines of the screen."""
        typed, shown = self._end
        self._shell.send(f"\x15\x0c{keys}{typed}")
        self._shell.expect_exact(shown)
        self._stream.feed(self._shell.before)
        return [line.rstrip() for line in self._screen.display if line.strip()]

    def close(self) -> None:
        self._shell.close(force=True)


def bash_terminal(desk: Desk, before: str = "") -> Terminal:
    script = shlex.quote(str(SCRIPTS / "llamacloud-prod.bash"))
    start = (
        f"PS1='> '; {before} source {script}; bind 'set bell-style none'; bind 'set page-completions off'; "
        "bind 'set completion-query-items 0'"
    )
    return Terminal(["bash", "--norc", "--noprofile"], desk, start, end=("%%", "%%"))


ZSH_START = (
    "PS1='> '; LISTMAX=0; mark() { print -n '\\e]0;done\\a' }; zle -N mark; bindkey '^G' mark; autoload -U compinit; {}"
)


def zsh_terminal(desk: Desk, how: str = "autoload", *, columns: int = _COLUMNS) -> Terminal:
    """Gives a zsh that has the script autoloaded by compinit, or sourced."""
    if how == "autoload":
        load = f"fpath=({shlex.quote(str(SCRIPTS))} $fpath); compinit -D -u"
    else:
        load = f"compinit -D -u; source {shlex.quote(str(SCRIPTS / '_llamacloud-prod'))}"
    return Terminal(
        ["zsh", "-f"], desk, ZSH_START.replace("{}", load), end=("\x07", "\x1b]0;done\x07"), columns=columns
    )
