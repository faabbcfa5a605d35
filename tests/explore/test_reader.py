"""The screen over a text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from llamacloud_cli.explore.contents import Reading
from llamacloud_cli.explore.pager import Pager
from tests.explore.screens import FakeGuide, clipboard, explorer, item, lines, listing, play, press, screen, status

if TYPE_CHECKING:
    from textual.pilot import Pilot

MARKDOWN = "# Report\n\nSome *words*.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n- one\n- two\n"


def test_markdown_is_drawn_and_m_shows_its_source() -> None:
    async def scenario(pilot: Pilot[None]) -> None:
        assert "Report" in screen(pilot)
        assert "# Report" not in screen(pilot)
        assert "│ 1 " in screen(pilot)
        assert "10 lines" in status(pilot)
        await press(pilot, "m")
        assert "# Report" in screen(pilot)
        assert "| 1 | 2 |" in screen(pilot)
        await press(pilot, "m")
        assert "# Report" not in screen(pilot)

    play(explorer(Reading("job pjb-1", MARKDOWN)), scenario)


def test_a_text_that_is_no_markdown_stays_as_it_is() -> None:
    async def scenario(pilot: Pilot[None]) -> None:
        assert "# Report" in screen(pilot)
        await press(pilot, "m")
        assert "# Report" in screen(pilot)
        assert status(pilot).startswith("this is no Markdown")

    play(explorer(Reading("job pjb-1", MARKDOWN, markdown=False)), scenario)


def test_html_would_be_left_out_so_the_source_is_shown() -> None:
    async def scenario(pilot: Pilot[None]) -> None:
        assert "<table><tr><td>17</td></tr></table>" in screen(pilot)
        assert "the source is shown, since it holds HTML; m draws it" in status(pilot)

    play(explorer(Reading("job pjb-1", "# A\n\n<table><tr><td>17</td></tr></table>\n")), scenario)


def test_a_long_text_is_shown_as_source_and_can_be_walked_through() -> None:
    text = "".join(f"Line {number} of a long text.\n\n" for number in range(40_000))

    async def scenario(pilot: Pilot[None]) -> None:
        assert "since it is long" in status(pilot)
        await press(pilot, "slash", "text:Line 39999", "enter")
        assert "Line 39999 of a long text." in screen(pilot)

    play(explorer(Reading("job pjb-1", text)), scenario)


@pytest.mark.parametrize("text", ["", "\n", "text without a line end", "\n\n\n"])
def test_any_text_can_be_shown(text: str) -> None:
    async def scenario(pilot: Pilot[None]) -> None:
        await press(pilot, "m", "m", "slash", "text:x", "enter", "n", "c")
        assert clipboard(pilot) == text

    play(explorer(Reading("job pjb-1", text)), scenario)


def test_hostile_text_is_shown_as_it_is() -> None:
    text = "[bold]x[/bold] \x1b[2J\x9b31m \u202e [link](javascript:x) :smile:\n"

    async def scenario(pilot: Pilot[None]) -> None:
        for key in ("m", "m", "pagedown"):
            assert "[bold]x[/bold]" in screen(pilot)
            assert not set(screen(pilot)) & {"\x1b", "\x9b", "\u202e"}
            await press(pilot, key)
        await press(pilot, "c")
        assert clipboard(pilot) == "[bold]x[/bold] \\x1b[2J\\x9b31m \\u202e [link](javascript:x) :smile:\n"

    play(explorer(Reading("job pjb-1", text)), scenario)


def test_a_link_is_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    app = explorer(Reading("job pjb-1", "[click me](https://example.com/)\n"))
    monkeypatch.setattr(app, "open_url", lambda url, **_: opened.append(url))

    async def scenario(pilot: Pilot[None]) -> None:
        row = next(index for index, line in enumerate(lines(pilot)) if "click me" in line)
        await pilot.click(offset=(lines(pilot)[row].index("click") + 2, row))
        await press(pilot)

    play(app, scenario)
    assert opened == []


def test_searching_goes_through_the_source() -> None:
    async def scenario(pilot: Pilot[None]) -> None:
        await press(pilot, "slash", "text:O", "enter")
        found = [status(pilot)]
        for key in ("n", "n", "N"):
            await press(pilot, key)
            found.append(status(pilot))
        assert [text.partition(" for ")[0] for text in found] == [
            "match 1 of 5",
            "match 2 of 5",
            "match 3 of 5",
            "match 2 of 5",
        ]
        assert [marked for marked, _ in _marked(pilot)] == ["o"]
        await press(pilot, "slash", "text:none", "enter")
        assert "is not in this text" in status(pilot)

    play(explorer(Reading("job pjb-1", MARKDOWN)), scenario)


def _marked(pilot: Pilot[None]) -> list[tuple[str, int]]:
    """Gives the parts that are marked as matches, with their lines."""
    style = pilot.app.screen.query_one(Pager).get_component_rich_style("pager--match")
    return [
        (segment.text, y)
        for y, strip in enumerate(pilot.app.screen._compositor.render_strips())
        for segment in strip
        if segment.style is not None and segment.style.bgcolor == style.bgcolor
    ]


@pytest.mark.parametrize("line", ["x" * 300 + "needle" + "y" * 100, "文字" * 100 + "needle", "a\tb " * 60 + "needle"])
def test_a_line_that_is_too_long_is_wrapped_and_its_match_is_found(line: str) -> None:
    async def scenario(pilot: Pilot[None]) -> None:
        await press(pilot, "slash", "text:needle", "enter")
        assert "".join(text for text, _ in _marked(pilot)) == "needle"
        await pilot.resize_terminal(30, 24)
        await press(pilot, "n")
        assert "".join(text for text, _ in _marked(pilot)) == "needle"
        assert all(len(text) <= 30 for text in lines(pilot))

    play(explorer(Reading("job pjb-1", f"first\n\n{line}\nlast\n", markdown=False)), scenario)


def test_escape_goes_back_and_r_asks_anew() -> None:
    def again() -> Reading:
        return Reading("job pjb-1", "newer\n")

    async def scenario(pilot: Pilot[None]) -> None:
        await press(pilot, "enter")
        assert lines(pilot)[0] == " batches list > job pjb-1"
        await press(pilot, "r")
        assert "newer" in screen(pilot)
        assert lines(pilot)[0] == " batches list > job pjb-1"
        await press(pilot, "slash", "escape", "escape")
        assert lines(pilot)[0] == " batches list"

    guide = FakeGuide(text=Reading("job pjb-1", "old\n", again=again))
    play(explorer(listing([item(1, to="text")]), guide), scenario)


def test_a_text_is_chosen_for_printing() -> None:
    app = explorer(Reading("job pjb-1", MARKDOWN))

    async def scenario(pilot: Pilot[None]) -> None:
        await pilot.press("o")

    play(app, scenario)
    assert app.outcome.chosen == MARKDOWN
