"""Draws docs/pictures/*.svg from real commands on the sandbox: `python -m docs.pictures` in the top folder.

Each command runs on a terminal of 100 columns; what stays on it is drawn, in a light and in a dark theme. Ids and times
are replaced by ones that do not change, so that a second run gives the same pictures. The one exception is the picture
of a run that is going on: which moment it shows is up to the machine, so it is no part of `generate.py --check`.
"""

from __future__ import annotations

import io
import re
import sys
import tempfile
import uuid
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import pyte
from rich.color_triplet import ColorTriplet
from rich.console import Console
from rich.style import Style
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from tests.docs.terminal import COLUMNS, Terminal

PICTURES = Path(__file__).parent / "pictures"
SAMPLES = Path(__file__).parents[1] / "llamacloud_cli" / "sandbox" / "samples"
_LIGHT = (
    "24292f cf222e 116329 825000 0969da 8250df 1b7c83 6e7781 8c959f a40e26 1a7f37 9a6700 218bff a475f9 3192aa 1f2328"
)
_DARK = (
    "484f58 ff7b72 3fb950 d29922 58a6ff bc8cff 39c5cf b1bac4 6e7681 ffa198 56d364 e3b341 79c0ff d2a8ff 56d4dd f0f6fc"
)


def _theme(background: str, foreground: str, colors: str) -> TerminalTheme:
    """Makes a theme of hexadecimal colours, the eight normal ones first."""
    parsed = [ColorTriplet(*bytes.fromhex(color)) for color in (background, foreground, *colors.split())]
    return TerminalTheme(parsed[0], parsed[1], list(parsed[2:10]), list(parsed[10:]))


THEMES = {"light": _theme("ffffff", "1f2328", _LIGHT), "dark": _theme("0d1117", "e6edf3", _DARK)}
FONTS = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace"
# Rich's own frame asks a web server for its font; this one takes what is there.
FRAME = """<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: FONTS; font-size: {char_height}px; line-height: {line_height}px; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
""".replace("FONTS", FONTS)


_GAP = Style(italic=True)
_ROWS = 100  # more than any command prints


class Picture(NamedTuple):
    """A picture of one command.

    Attributes:
        command: what is typed.
        before: what is run before it and not shown.
        during: text that tells the moment to show, where it is not the end.
        most: lines to show.
    """

    name: str
    command: str
    before: tuple[str, ...] = ()
    during: str | None = None
    most: int = _ROWS


_JOB = "--config '{job: {configuration_id: cfg-PARSE_AGENTIC, type: parse_v2}}'"
_CREATE = f"llamacloud-prod batches create --source-directory-id $directory {_JOB} -q"
ALL = (
    Picture(
        "progress",
        "llamacloud-prod batches run documents --parse -o out",
        ("export LLAMA_CLOUD_SANDBOX_SPEED=2",),
        r"results.* [1-5] of 6",
    ),
    Picture(
        "run",
        "llamacloud-prod batches run documents --parse -o out",
        ("rm -r out; export LLAMA_CLOUD_SANDBOX_SPEED=instant",),
    ),
    Picture(
        "list",
        "llamacloud-prod batches list",
        (
            "directory=$(llamacloud-prod batches list --max-items 1 --transform source_directory_id -r)",
            "llamacloud-prod batches run documents/*.txt --extract invoice.schema.json -o fields",
            f"cancelled=$(LLAMA_CLOUD_SANDBOX_SPEED=4 {_CREATE})",
            "LLAMA_CLOUD_SANDBOX_SPEED=100 llamacloud-prod batches cancel $cancelled --wait",
            f"LLAMA_CLOUD_SANDBOX_SPEED=0.5 {_CREATE}",
        ),
    ),
    Picture(
        "get",
        "llamacloud-prod batches get $batch --expand results",
        ("batch=$(llamacloud-prod batches list -q | sed -n 3p)",),
    ),
    Picture("error", "llamacloud-prod batches create --source-directory-id dir-1 --config '{job: {type: parse_v2}'"),
    Picture("help", "llamacloud-prod batches results --help", most=34),
)


class Steady:
    """Replaces what differs from run to run by text of the same length."""

    def __init__(self) -> None:
        self._ids: dict[str, str] = {}

    def __call__(self, text: str) -> str:
        """Gives the text with ids and times that do not change."""
        text = re.sub(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", self._id, text)
        text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "2026-11-24 17:00:00", text)
        text = re.sub(r"(\d+)s ago(\)?)", lambda age: f"3s ago{age[2]}{' ' * (len(age[1]) - 1)}", text)
        return re.sub(r"(?<=, )\d(?=s\r?\n)", "4", text)

    def _id(self, found: re.Match[str]) -> str:
        return self._ids.setdefault(found[0], str(uuid.uuid5(uuid.NAMESPACE_OID, str(len(self._ids)))))


def main() -> None:
    """Draws all pictures."""
    PICTURES.mkdir(exist_ok=True)
    steady = Steady()
    with tempfile.TemporaryDirectory() as folder, Terminal(Path(folder), sandbox=True) as terminal:
        terminal.run(f"cp -r '{SAMPLES}' documents; echo 'not a PDF' > documents/scan-0042.pdf")
        terminal.run("""echo '{"type": "object", "properties": {"total": {"type": "string"}}}' > invoice.schema.json""")
        for picture in ALL:
            for command in picture.before:
                terminal.run(command)
            command = terminal.run(f'echo "{picture.command}"').text if "$" in picture.command else picture.command
            written = terminal.run(picture.command).written
            _draw(picture, steady(f"{command}\n"), steady(written))


def _draw(picture: Picture, command: str, written: str) -> None:
    lines = _moment(written, picture.during) if picture.during else _lines(written)
    if len(lines) > picture.most:
        lines[picture.most :] = [Text("…")]
    for theme, colors in THEMES.items():
        console = Console(
            width=COLUMNS, record=True, file=io.StringIO(), force_terminal=True, color_system="truecolor", emoji=False
        )
        console.print(Text.assemble(("$ ", "bright_black"), (command.rstrip("\n"), "bold")), soft_wrap=True)
        for line in lines:
            console.print(line, no_wrap=True, crop=False, overflow="ignore")
        svg = console.export_svg(title="", theme=colors, code_format=FRAME, unique_id=f"{picture.name}-{theme}")
        svg = svg.replace("rgba(255,255,255,0.35)", "#8b949e")  # the frame's line, on light pages as well
        path = PICTURES / f"{picture.name}-{theme}.svg"
        path.write_text(svg, encoding="utf-8")
        print(f"wrote: {path.relative_to(PICTURES.parents[1])}", file=sys.stderr)


def _moment(written: str, wanted: str) -> list[Text]:
    """Gives what was on the terminal before it was redrawn, in the middle of the moments that show what is wanted."""
    moments = []
    for redraw in re.finditer(r"(?<!\x1b\[2K)\r?\x1b\[2K\x1b\[1A", written):
        lines = _lines(written[: redraw.start()])
        if re.search(wanted, "\n".join(line.plain for line in lines)):
            moments.append(lines)
    if not moments:
        raise SystemExit(f"no moment showed {wanted!r}; run this again")
    return moments[len(moments) // 2]


def _lines(written: str) -> list[Text]:
    """Gives the lines of a terminal with their colours."""
    screen = pyte.Screen(COLUMNS, _ROWS)
    pyte.Stream(screen).feed(written)
    lines = [_line(screen.buffer[number]) for number in range(_ROWS)]
    while lines and not lines[-1].plain:
        lines.pop()
    return lines


def _line(row: dict[int, pyte.screens.Char]) -> Text:
    text = Text()
    characters = (row[column] for column in range(COLUMNS))
    for (color, bold), run in groupby(characters, key=lambda character: (character.fg, character.bold)):
        style = Style(color=_color(color), bold=bold)
        # Gaps have a style of their own, so that what follows them gets its own place, whatever the font's width.
        for piece in re.split("(^ +|  +)", "".join(character.data for character in run)):
            text.append(piece, _GAP if piece.isspace() else style)
    text.rstrip()
    return text


def _color(name: str) -> str | None:
    """Gives Rich's name of a colour of pyte."""
    if name == "default":
        return None
    if re.fullmatch("[0-9a-f]{6}", name):
        return f"#{name}"
    name = name.replace("brown", "yellow")
    return f"bright_{name.removeprefix('bright')}" if name.startswith("bright") else name


if __name__ == "__main__":
    main()
