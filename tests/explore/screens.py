"""The explorer without a terminal: fake lists and guides, and what is on the screen as text."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from textual import events
from textual.pilot import Pilot

from llamacloud_cli.explore.app import ExplorerApp
from llamacloud_cli.explore.contents import Answer, Appearance, Content, Guide, Hints, Link, Listing
from llamacloud_cli.jsontext import Document, Items

if TYPE_CHECKING:
    import threading

NOW = 1_780_000_000.0
BATCH: dict[str, Any] = {
    "id": "bat-1",
    "config": {"job": {"type": "parse_v2"}},
    "results": [
        {"source_directory_file_id": "dfl-0", "job": {"id": "pjb-0"}, "error_message": None},
        {"source_directory_file_id": "dfl-1", "job": None, "error_message": "Unreadable"},
    ],
}
"""A batch with a file that became a job, and one that could not."""

Scenario = Callable[[Pilot[None]], Awaitable[None]]


def document(value: Any) -> Document:
    """Gives a value as a document, as a server writes it."""
    return Document(json.dumps(value).encode())


def answer(value: Any, **fields: Any) -> Answer:
    return Answer("answer", document(value), **fields)


def item(number: int, **fields: Any) -> dict[str, Any]:
    return {"id": f"bat-{number:03d}", "status": "RUNNING", "size": number, **fields}


class Signpost:
    """A guide for a place from which nothing leads anywhere."""

    def link(self, value: Any) -> Link | None:
        return None


class FakePages:
    """The pages after the first one of a list.

    Args:
        pages: their items; an exception in place of one is raised, once.
        gate: what each fetch waits for, or None.

    Attributes:
        fetched: how often a page was asked for.
    """

    def __init__(self, pages: list[list[Any] | Exception], gate: threading.Event | None = None) -> None:
        self._pages = pages
        self._gate = gate
        self.fetched = 0

    @property
    def more(self) -> bool:
        return bool(self._pages)

    def next(self) -> Items:
        self.fetched += 1
        if self._gate is not None:
            self._gate.wait(10)
        page = self._pages.pop(0)
        if isinstance(page, Exception):
            raise page
        return Items(page)


def listing(first: list[Any], *further: list[Any] | Exception, **fields: Any) -> Listing:
    """Gives a list whose further pages come when they are asked for."""
    return Listing("batches list", Items(first), FakePages(list(further)), **fields)


class FakeGuide:
    """Leads from values with a field `to` to the contents of that name.

    Attributes:
        opened: the names that were asked for.
    """

    def __init__(self, **contents: Content | Exception | list[Content | Exception]) -> None:
        self._contents = contents
        self.opened: list[str] = []

    def link(self, value: Any) -> Link | None:
        if not isinstance(value, dict) or "to" not in value:
            return None
        return Link(f"place {value['to']}", lambda: self._open(value["to"]))

    def _open(self, name: str) -> Content:
        self.opened.append(name)
        found = self._contents[name]
        one = found.pop(0) if isinstance(found, list) else found
        if isinstance(one, Exception):
            raise one
        return one


def explorer(content: Content, guide: Guide | None = None, *, color: bool = True, light: bool = False) -> ExplorerApp:
    return ExplorerApp(content, guide or Signpost(), Appearance(color, light, lambda: NOW), Hints())


def play(app: ExplorerApp, scenario: Scenario, size: tuple[int, int] = (80, 24)) -> None:
    """Runs the explorer without a terminal, and a scenario in it."""

    async def main() -> None:
        async with app.run_test(size=size) as pilot:
            await settled(pilot)
            await scenario(pilot)

    asyncio.run(main())


async def settled(pilot: Pilot[None]) -> None:
    """Waits until nothing is being fetched and the screen is drawn."""
    end = time.monotonic() + 20
    await pilot.pause()
    while getattr(pilot.app.screen, "is_waiting", False):
        assert time.monotonic() < end, "the explorer waits for ever"
        await asyncio.sleep(0.01)
        await pilot.pause()


async def until(pilot: Pilot[None], wanted: Callable[[], bool]) -> None:
    """Waits until something holds, as when one page leads to the next."""
    end = time.monotonic() + 20
    while not wanted():
        assert time.monotonic() < end, screen(pilot)
        await pilot.pause(0.02)


async def press(pilot: Pilot[None], *keys: str) -> None:
    """Presses keys, each when the one before has had its effect; `text:` types what follows."""
    for key in keys:
        if key.startswith("text:"):
            driver = pilot.app._driver
            assert driver is not None
            driver.send_message(events.Paste(key.removeprefix("text:")))
        else:
            await pilot.press(key)
        await settled(pilot)


def lines(pilot: Pilot[None]) -> list[str]:
    """Gives what is on the screen, without blanks at the ends of lines."""
    strips = pilot.app.screen._compositor.render_strips()
    return ["".join(segment.text for segment in strip).rstrip() for strip in strips]


def screen(pilot: Pilot[None]) -> str:
    return "\n".join(lines(pilot))


def status(pilot: Pilot[None]) -> str:
    """Gives the status line."""
    return lines(pilot)[-2].strip()


def clipboard(pilot: Pilot[None]) -> str:
    return pilot.app.clipboard
