"""A list is loaded as one scrolls."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, ClassVar

from llamacloud_cli.errors import ApiError, AuthenticationError
from llamacloud_cli.explore.contents import Listing
from llamacloud_cli.explore.widgets import Grid
from llamacloud_cli.jsontext import Items
from tests.explore.screens import (
    FakePages,
    clipboard,
    explorer,
    item,
    lines,
    listing,
    play,
    press,
    settled,
    status,
    until,
)

if TYPE_CHECKING:
    from textual.pilot import Pilot


class TestPages:
    ROWS: ClassVar = [[item(100 * page + row) for row in range(50)] for page in range(4)]

    def test_pages_are_fetched_when_one_comes_near_their_place_and_not_before(self) -> None:
        content = listing(*self.ROWS)

        async def scenario(pilot: Pilot[None]) -> None:
            assert content.pages.fetched == 0
            assert "50 loaded, more below" in status(pilot)
            pilot.app.screen.query_one(Grid).move_cursor(row=44)
            await press(pilot, "down")
            assert content.pages.fetched == 0
            await press(pilot, "down")
            assert content.pages.fetched == 1
            assert "100 loaded, more below" in status(pilot)
            await press(pilot, "end")
            assert content.pages.fetched == 2
            await press(pilot, "end")
            assert content.pages.fetched == 3
            assert "all 200" in status(pilot)
            await press(pilot, "end", "c")
            assert json.loads(clipboard(pilot))["id"] == "bat-349"
            assert content.pages.fetched == 3

        play(explorer(content), scenario)

    def test_a_window_that_is_not_filled_takes_more_pages(self) -> None:
        content = listing(*[[item(number)] for number in range(60)])

        async def scenario(pilot: Pilot[None]) -> None:
            def rows() -> int:
                return sum(line.startswith(" bat-") for line in lines(pilot))

            await until(pilot, lambda: rows() < 1 + content.pages.fetched)
            await settled(pilot)
            assert rows() < 1 + content.pages.fetched < rows() + 6

        play(explorer(content), scenario)

    def test_the_tree_takes_more_pages_as_well(self) -> None:
        content = listing(*self.ROWS)

        async def scenario(pilot: Pilot[None]) -> None:
            await press(pilot, "tab", "end")
            assert content.pages.fetched == 1
            await press(pilot, "home")
            assert content.pages.fetched == 1

        play(explorer(content), scenario)

    def test_an_empty_page_does_not_end_the_list(self) -> None:
        content = listing([item(0)], [], [], [item(1)])

        async def scenario(pilot: Pilot[None]) -> None:
            await until(pilot, lambda: "all 2" in status(pilot))

        play(explorer(content), scenario)

    def test_a_page_that_fails_is_said_and_r_tries_it_again(self) -> None:
        error = ApiError("503 Service Unavailable", status=503)
        content = listing(self.ROWS[0], error, self.ROWS[1])

        async def scenario(pilot: Pilot[None]) -> None:
            await press(pilot, "end")
            assert status(pilot).startswith("the next page: 503 Service Unavailable (r tries again)")
            assert "50 loaded, more below" in status(pilot)
            await press(pilot, "up", "down", "home", "end")
            assert content.pages.fetched == 1
            await press(pilot, "r")
            assert "all 100" in status(pilot)

        play(explorer(content), scenario, (120, 24))

    def test_a_key_that_is_refused_meanwhile_is_a_message_too(self) -> None:
        content = listing(self.ROWS[0], AuthenticationError("401 Unauthorized", status=401))

        async def scenario(pilot: Pilot[None]) -> None:
            await press(pilot, "end")
            assert "401 Unauthorized" in status(pilot)
            assert pilot.app.is_running

        play(explorer(content), scenario)

    def test_the_screen_does_not_wait_for_a_page(self) -> None:
        gate = threading.Event()
        pages = FakePages([self.ROWS[1]], gate)

        async def scenario(pilot: Pilot[None]) -> None:
            await pilot.press("end")
            await pilot.pause()
            assert "loading the next page" in status(pilot)
            await pilot.press("home", "c")
            assert json.loads(clipboard(pilot))["id"] == "bat-000"
            gate.set()
            await settled(pilot)
            assert "all 100" in status(pilot)

        play(explorer(Listing("batches list", Items(self.ROWS[0]), pages)), scenario)

    def test_nobody_who_quits_waits_for_a_page(self) -> None:
        gate = threading.Event()
        pages = FakePages([self.ROWS[1]], gate)

        async def scenario(pilot: Pilot[None]) -> None:
            await pilot.press("end")
            await pilot.pause()
            await pilot.press("q")

        play(explorer(Listing("batches list", Items(self.ROWS[0]), pages)), scenario)
        gate.set()

    def test_a_filter_takes_one_page_a_time(self) -> None:
        """It may find little, and would otherwise fetch all there is."""
        content = listing(*self.ROWS)

        async def scenario(pilot: Pilot[None]) -> None:
            await press(pilot, "f", "text:#(size>=40)#", "enter")
            assert content.pages.fetched == 0
            await press(pilot, "end")
            assert content.pages.fetched == 1
            await press(pilot, "c")
            assert json.loads(clipboard(pilot))["id"] == "bat-049"

        play(explorer(content), scenario)
