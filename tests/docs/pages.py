"""The sessions of a page: fenced blocks that begin with `$ `, as commands and what they print.

A command begins with `$ `. It goes on in the next line after a backslash at the end of a line, or where the next line
begins with `> `, as a shell shows it (here-documents need that). What follows, up to the next `$ `, is what the
terminal shows. `…` stands for any text within a line, and for any lines where it is a line of its own.

Blocks of one page share one shell: variables, the current folder and files last to the end of the page.
A comment of a page may set what its shell needs:

    <!-- test: needs jq, openssl; without sandbox -->

`needs`: the page is skipped where one of these programs is missing. `without sandbox`: LLAMA_CLOUD_SANDBOX is not set,
since the page starts a service of its own. A block that shows a file is written to that file where a comment stands
above it:

    <!-- test: file rules.yaml -->

byexample and cram do much of this. Neither binds ids or shows what a terminal shows, one has its own runner beside
pytest, the other its own file format; the whole of it is three short modules here.
"""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

_FENCE = re.compile(r"(?:^<!-- test: file ([^\n]+) -->\n)?^( *)(```+)[^\n`]*\n(.*?)^\2\3 *$", re.MULTILINE | re.DOTALL)
_COMMENT = re.compile(r"<!-- test: (?!file )(.*?) -->")
_FILE_END = "END OF FILE"
_INSTALLATION = re.compile(r"^\$ python3 -m venv ")
"""What installs is run by tests/test_readme.py and by the gate, which have an environment for it."""


class Exchange(NamedTuple):
    """One command and what the page shows below it.

    Attributes:
        command: as bash reads it.
        source: as the page shows it, without the line break at its end.
        output: lines joined by line breaks, without one at the end.
        line: where it stands, from 1.
        indentation: blanks before each line, where the block belongs to a list.
    """

    command: str
    source: str
    output: str
    line: int
    indentation: str = ""


class Page(NamedTuple):
    """A page and its sessions.

    Attributes:
        needs: programs without which it cannot be run.
        sandbox: whether its commands use the embedded sandbox without being told to.
    """

    path: Path
    exchanges: list[Exchange]
    needs: tuple[str, ...]
    sandbox: bool


def read_page(path: Path) -> Page:
    """Reads the sessions of one Markdown file."""
    text = path.read_text(encoding="utf-8")
    exchanges: list[Exchange] = []
    for fence in _FENCE.finditer(text):
        file, indentation, body = fence[1], fence[2], fence[4]
        if indentation:
            body = re.sub(rf"^{indentation}", "", body, flags=re.MULTILINE)
        if file:
            command = f"cat > {shlex.quote(file)} <<'{_FILE_END}'\n{body}{_FILE_END}"
            exchanges.append(Exchange(command, f"(file {file})", "", text.count("\n", 0, fence.start()) + 1))
        elif body.startswith("$ ") and not _INSTALLATION.match(body):
            first_line = text.count("\n", 0, fence.start()) + 2
            exchanges += [one._replace(indentation=indentation) for one in _exchanges(body, first_line)]
    comment = _COMMENT.search(text)
    settings = [part.strip() for part in comment[1].split(";")] if comment else []
    needs = [part.removeprefix("needs ").split(", ") for part in settings if part.startswith("needs ")]
    return Page(path, exchanges, tuple(name for names in needs for name in names), "without sandbox" not in settings)


def _exchanges(body: str, first_line: int) -> list[Exchange]:
    lines = body.splitlines()
    found: list[Exchange] = []
    position = 0
    while position < len(lines):
        start = position
        command = [lines[position].removeprefix("$ ")]
        position += 1
        while position < len(lines) and (command[-1].endswith("\\") or lines[position].startswith("> ")):
            command.append(lines[position].removeprefix("> "))
            position += 1
        output_from = position
        while position < len(lines) and not lines[position].startswith("$ "):
            position += 1
        source = "\n".join(lines[start:output_from])
        output = "\n".join(line.rstrip() for line in lines[output_from:position])
        found.append(Exchange("\n".join(command), source, output, first_line + start))
    return found
