"""What the screens look like, kept as text: a change that is wanted is kept by RENEW_PICTURES=1."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from llamacloud_cli.errors import NetworkError
from llamacloud_cli.explore.contents import Content, Reading
from tests.explore.screens import FakeGuide, answer, explorer, lines, listing, play, press
from tests.servers import batch

if TYPE_CHECKING:
    from textual.pilot import Pilot

FOLDER = Path(__file__).with_name("pictures")
WINDOWS = {"80x24": (80, 24), "200x50": (200, 50), "40x15": (40, 15)}
STATUSES = ("RUNNING", "COMPLETED", "FAILED", "PENDING")
BATCHES = [
    batch(f"bat-{number:08d}-1111-4222-8333-444444444444", status=STATUSES[number % 4], to="batch")
    for number in range(30)
]
RESULTS = [
    {
        "source_directory_file_id": f"dfl-{number:08d}",
        "job_reference": None if number == 2 else {"id": f"pjb-{number:08d}", "type": "parse_v2"},
        "error_message": "Unsupported file type" if number == 2 else None,
        "to": "text",
    }
    for number in range(5)
]
MARKDOWN = """# Service report SR-1142

The pump was **replaced** on 14 March.

| part | number | price |
|---|---:|---:|
| pump | 1 | 1,240.00 |
| seal | 2 | 18.50 |

- tested at 6 bar
- no leaks
"""


class Scene(NamedTuple):
    """A screen, and the keys that lead to it."""

    keys: tuple[str, ...] = ()
    content: Content | None = None


SCENES = {
    "list": Scene(),
    "batch": Scene(("enter",)),
    "tree": Scene(("enter", "tab", "right", "down", "down")),
    "markdown": Scene(("enter", "enter")),
    "search": Scene(("enter", "slash", "text:unsupported", "enter")),
    "searching": Scene(("slash", "text:FAILED")),
    "filter": Scene(("f", 'text:{id,status,"type":config.job.type}', "enter")),
    "filter-error": Scene(("f", "text:resultz", "enter")),
    "failure": Scene(("enter",), answer({"id": "bat-1", "to": "nowhere"})),
    "help": Scene(("question_mark",)),
    "empty": Scene((), listing([])),
}


def guide() -> FakeGuide:
    return FakeGuide(
        batch=answer(batch("bat-1", status="COMPLETED", results=RESULTS))._replace(title="bat-00000000"),
        text=Reading("job pjb-00000000", MARKDOWN),
        nowhere=NetworkError("cannot connect to api.example.com", hint="is there a network?"),
    )


@pytest.fixture(autouse=True)
def _utc() -> None:
    """Times are shown in the local zone, which the surroundings of a test make UTC."""
    time.tzset()


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("name", SCENES)
def test_the_screen_looks_as_in_the_picture(name: str, window: str) -> None:
    scene = SCENES[name]
    picture = FOLDER / f"{name}-{window}.txt"

    async def scenario(pilot: Pilot[None]) -> None:
        await press(pilot, *scene.keys)
        text = await _at_rest(pilot)
        if os.environ.get("RENEW_PICTURES"):
            picture.write_text(text, encoding="utf-8")
        assert text == picture.read_text(encoding="utf-8"), f"{picture.name} is another; RENEW_PICTURES=1 keeps this"

    play(explorer(scene.content or listing(BATCHES, BATCHES), guide()), scenario, WINDOWS[window])


async def _at_rest(pilot: Pilot[None]) -> str:
    """Gives the screen when it has its last line, which comes late, and does not change any more."""
    text, before = "", None
    for _ in range(100):
        await pilot.pause(0.05)
        text = "\n".join(lines(pilot)) + "\n"
        if text == before and text.splitlines()[-1].strip():
            break
        before = text
    return text


def test_there_are_no_pictures_of_screens_that_are_no_more() -> None:
    expected = {f"{name}-{window}.txt" for name in SCENES for window in WINDOWS}
    assert {path.name for path in FOLDER.iterdir()} == expected
