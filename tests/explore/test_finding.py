"""Searching, filtering and following, key by key."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

from textual.widgets import Input

from llamacloud_cli.errors import NetworkError
from llamacloud_cli.explore.contents import Reading
from tests.explore.screens import (
    BATCH,
    FakeGuide,
    answer,
    clipboard,
    explorer,
    item,
    lines,
    listing,
    play,
    press,
    screen,
    settled,
    status,
)

if TYPE_CHECKING:
    from textual.pilot import Pilot


class TestSearch:
    def test_goes_to_the_next_and_the_previous_match_and_around(self) -> None:
        async def scenario(pilot: Pilot[None]) -> None:
            await press(pilot, "slash", "text:DFL-", "enter")
            seen = [status(pilot)]
            for key in ("n", "n", "N"):
                await press(pilot, key)
                seen.append(status(pilot))
            assert [text[:14] for text in seen] == [
                "match 1 of 2 f",
                "match 2 of 2 f",
                "match 1 of 2 f",
                "match 2 of 2 f",
            ]
            assert "from the other end again" in seen[2]
            await press(pilot, "c")
            assert clipboard(pilot) == "dfl-1"

        play(explorer(answer(BATCH)), scenario)

    def test_opens_what_hides_the_match(self) -> None:
        async def scenario(pilot: Pilot[None]) -> None:
            assert "Unreadable" in screen(pilot)
            assert 'error_message: "Unreadable"' not in screen(pilot)
            await press(pilot, "slash", "text:unread", "enter")
            assert 'error_message: "Unreadable"' in screen(pilot)

        play(explorer(answer(BATCH)), scenario, (80, 40))

    def test_finds_keys(self) -> None:
        async def scenario(pilot: Pilot[None]) -> None:
            await press(pilot, "slash", "text:job", "enter", "p")
            assert clipboard(pilot) == "config.job"

        play(explorer(answer({"id": 1, "config": {"job": {"type": "parse_v2"}}})), scenario)

    def test_says_what_was_searched_where_there_is_no_match(self) -> None:
        async def scenario(pilot: Pilot[None]) -> None:
            await press(pilot, "slash", "text:none", "enter")
            assert status(pilot).startswith("'none' is not in the 40 loaded items")

        rows = [item(number) for number in range(40)]
        play(explorer(listing(rows, rows)), scenario)

    def test_is_given_up_with_escape(self) -> None:
        async def scenario(pilot: Pilot[None]) -> None:
            await press(pilot, "slash", "text:bat", "escape")
            assert not pilot.app.screen.query_one("#prompt").display
            assert pilot.app.is_running

        play(explorer(answer(BATCH)), scenario)


class TestFilter:
    def test_shows_what_a_path_finds_until_escape(self) -> None:
        async def scenario(pilot: Pilot[None]) -> None:
            await press(pilot, "f", "text:results.#(error_message!=~null)#", "enter")
            assert "dfl-1" in screen(pilot)
            assert "dfl-0" not in screen(pilot)
            assert "filtered" in status(pilot)
            await press(pilot, "escape")
            assert "dfl-0" in screen(pilot)

        play(explorer(answer(BATCH)), scenario)

    def test_an_error_stands_in_place_and_the_path_can_be_mended(self) -> None:
        async def scenario(pilot: Pilot[None]) -> None:
            await press(pilot, "f", "text:resultz", "enter")
            assert status(pilot).startswith("'resultz' finds nothing")
            assert "dfl-0" in screen(pilot)
            assert pilot.app.screen.query_one(Input).has_focus
            await press(pilot, "backspace", "text:s", "enter")
            assert "filtered" in status(pilot)

        play(explorer(answer(BATCH)), scenario)

    def test_paths_go_on_from_the_filter(self) -> None:
        async def scenario(pilot: Pilot[None]) -> None:
            await press(pilot, "f", "text:results.#(error_message!=~null)#", "enter")
            await press(pilot, "slash", "text:Unreadable", "enter", "p")
            assert clipboard(pilot) == "results.#(error_message!=~null)#|0.error_message"

        play(explorer(answer(BATCH)), scenario)

    def test_of_a_list_is_that_of_transform(self) -> None:
        async def scenario(pilot: Pilot[None]) -> None:
            await press(pilot, "f", "text:inner", "enter", "tab", "down", "right", "down", "p")
            assert clipboard(pilot) == "inner|n"
            await press(pilot, "f", *["backspace"] * 5, "text:#(size>0)#", "enter", "p")
            assert clipboard(pilot) == "#(size>0)#|0"

        play(explorer(listing([item(0, inner={"n": 5}), item(1, inner={"n": 6})])), scenario)


class TestFollowing:
    def test_enter_opens_what_a_row_leads_to_and_escape_comes_back(self) -> None:
        async def scenario(pilot: Pilot[None]) -> None:
            assert "⏎ place there" in status(pilot)
            await press(pilot, "down", "enter")
            assert lines(pilot)[0] == " batches list > answer"
            assert "dfl-0" in screen(pilot)
            await press(pilot, "escape")
            assert lines(pilot)[0] == " batches list"
            assert "match" not in status(pilot)
            await press(pilot, "c")
            assert json.loads(clipboard(pilot))["id"] == "bat-002"

        guide = FakeGuide(there=answer(BATCH))
        play(explorer(listing([item(1, to="there"), item(2, to="there")]), guide), scenario)
        assert guide.opened == ["there"]

    def test_a_failure_is_shown_and_r_tries_again(self) -> None:
        async def scenario(pilot: Pilot[None]) -> None:
            await press(pilot, "enter")
            assert status(pilot).startswith("place there: no connection (r tries again) — is there a network?")
            await press(pilot, "r")
            assert "dfl-0" in screen(pilot)

        failure = NetworkError("no connection", hint="is there a network?")
        guide = FakeGuide(there=[failure, answer(BATCH)])
        play(explorer(listing([item(1, to="there")]), guide), scenario, (120, 24))

    def test_what_leads_nowhere_is_opened_in_the_tree(self) -> None:
        async def scenario(pilot: Pilot[None]) -> None:
            await press(pilot, "enter")
            assert 'source_directory_file_id: "dfl-0"' in screen(pilot)
            await press(pilot, "enter")
            assert 'source_directory_file_id: "dfl-0"' not in screen(pilot)

        play(explorer(answer(BATCH)), scenario, (120, 40))

    def test_waiting_can_be_given_up(self) -> None:
        gate = threading.Event()

        class Slow(FakeGuide):
            def _open(self, name: str) -> Any:
                gate.wait(10)
                return super()._open(name)

        async def scenario(pilot: Pilot[None]) -> None:
            await pilot.press("enter")
            await pilot.pause()
            assert "loading place there" in status(pilot)
            await pilot.press("down", "escape")
            assert "given up" in status(pilot)
            gate.set()
            await settled(pilot)
            assert lines(pilot)[0] == " batches list"

        play(explorer(listing([item(1, to="there"), item(2)]), Slow(there=answer(BATCH))), scenario)

    def test_r_asks_anew_for_what_is_shown(self) -> None:
        async def scenario(pilot: Pilot[None]) -> None:
            await press(pilot, "r")
            assert '"new"' in screen(pilot)
            await press(pilot, "r")
            assert status(pilot).startswith("this cannot be loaded again")

        play(explorer(answer({"a": "old"}, again=lambda: answer({"a": "new"}))), scenario)

    def test_a_text_is_opened_as_such(self) -> None:
        async def scenario(pilot: Pilot[None]) -> None:
            await press(pilot, "enter")
            assert "Heading" in screen(pilot)
            assert "# Heading" not in screen(pilot)

        guide = FakeGuide(text=Reading("job pjb-1", "# Heading\n\nWords.\n"))
        play(explorer(listing([item(1, to="text")]), guide), scenario)

    def test_an_unforeseen_failure_is_a_message_as_well(self) -> None:
        async def scenario(pilot: Pilot[None]) -> None:
            await press(pilot, "enter")
            assert "internal error: ValueError" in status(pilot)
            assert "secret" not in screen(pilot)

        play(explorer(listing([item(1, to="there")]), FakeGuide(there=ValueError("secret"))), scenario)
