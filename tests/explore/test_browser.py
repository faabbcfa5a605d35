"""The screen over JSON, key by key."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

import pytest

from llamacloud_cli.errors import ApiError
from llamacloud_cli.jsontext import Document
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


class TestWhatIsShown:
    def test_an_array_of_objects_is_a_table_and_all_of_it_a_tree(self) -> None:
        async def scenario(pilot: Pilot[None]) -> None:
            text = screen(pilot)
            assert "source_directory_file_id  id     error_message" in text
            assert "dfl-1                            Unreadable" in text
            assert '├ id: "bat-1"' in text
            assert "▼ results: [2]" in text
            assert status(pilot).startswith("results.0")
            assert status(pilot).endswith("2 rows")

        play(explorer(answer(BATCH)), scenario)

    def test_numbers_are_shown_as_they_came(self) -> None:
        text = b'{"credits": 1.10, "rows": [{"n": 1.50, "big": 12345678901234567890123}]}'

        async def scenario(pilot: Pilot[None]) -> None:
            assert "credits: 1.10" in screen(pilot)
            assert "1.50  12345678901234567890123" in screen(pilot)

        play(explorer(answer({})._replace(document=Document(text))), scenario)

    def test_without_an_array_of_objects_there_is_no_table(self) -> None:
        async def scenario(pilot: Pilot[None]) -> None:
            assert lines(pilot)[1].startswith(" ▼ {2}")

        play(explorer(answer({"a": [1, 2], "b": {"c": None}})), scenario)

    @pytest.mark.parametrize("value", [{}, [], "text", 1.5, None, [[]]])
    def test_any_json_can_be_shown(self, value: Any) -> None:
        async def scenario(pilot: Pilot[None]) -> None:
            await press(pilot, "down", "enter", "p", "slash", "text:?!", "enter", "n", "N", "home", "c")
            assert clipboard(pilot) == (value if isinstance(value, str) else json.dumps(value, indent=2))

        play(explorer(answer(value)), scenario)

    def test_an_empty_list_is_shown(self) -> None:
        async def scenario(pilot: Pilot[None]) -> None:
            assert "all 0" in status(pilot)
            await press(pilot, "down", "enter", "c", "p", "f", "text:id", "enter")
            assert "finds nothing" in status(pilot)

        play(explorer(listing([])), scenario)

    def test_a_deep_and_a_wide_value_can_be_opened(self) -> None:
        deep: Any = 1
        for _ in range(200):
            deep = {"in": deep}

        async def scenario(pilot: Pilot[None]) -> None:
            await press(pilot, "slash", "text:199", "enter")
            assert "match 1 of 1" in status(pilot)

        play(explorer(answer({"deep": deep, "wide": list(range(200))})), scenario)


class TestHostileText:
    """A server's text is shown as it is, neither drawn by nor understood as markup or control characters."""

    TEXT = "[bold]x[/bold] [@click=app.quit]y[/] \x1b]0;title\x07 \x1b[2J :smile: \u202e $x"

    @pytest.mark.parametrize("size", [(80, 24), (40, 15)])
    def test_is_shown_as_it_is(self, size: tuple[int, int]) -> None:
        value = {self.TEXT: self.TEXT, "rows": [{"id": self.TEXT, self.TEXT: 1}]}

        async def scenario(pilot: Pilot[None]) -> None:
            for key in ("tab", "down", "down", "right", "down", "p", "z", "z", "question_mark", "escape"):
                await press(pilot, key)
                text = screen(pilot)
                assert not set(text) & {"\x1b", "\x07", "\u202e"}
            await press(pilot, "slash", "text:BOLD", "enter")
            assert "[bold]x[/bold]" in screen(pilot)
            assert ":smile:" in screen(pilot) or size[0] < 80

        play(explorer(answer(value)._replace(title=self.TEXT, note=self.TEXT)), scenario, size)

    def test_is_copied_without_control_characters(self) -> None:
        async def scenario(pilot: Pilot[None]) -> None:
            await press(pilot, "down", "c")
            assert clipboard(pilot) == "a\\x1b[31m\nb[bold]"

        play(explorer(answer({"a": "a\x1b[31m\nb[bold]"})), scenario)

    def test_of_an_error_is_shown_as_it_is(self) -> None:
        async def scenario(pilot: Pilot[None]) -> None:
            await press(pilot, "enter")
            assert "[red]no[/red]\\x1b[0m" in status(pilot)

        guide = FakeGuide(away=ApiError("[red]no[/red]\x1b[0m"))
        play(explorer(listing([item(1, to="away")]), guide), scenario)


class TestCopy:
    def test_a_text_is_copied_without_quotes_and_anything_else_as_json(self) -> None:
        text = b'{"a": "x \\"y\\"", "n": 1.10, "o": {"k": [1.0]}}'

        async def scenario(pilot: Pilot[None]) -> None:
            await press(pilot, "down", "c")
            assert clipboard(pilot) == 'x "y"'
            assert status(pilot).startswith("copied value, 5 characters")
            await press(pilot, "down", "c")
            assert clipboard(pilot) == "1.10"
            await press(pilot, "down", "c")
            assert clipboard(pilot) == '{\n  "k": [\n    1.0\n  ]\n}'

        play(explorer(answer({})._replace(document=Document(text))), scenario)

    def test_a_path_within_a_list_is_that_within_its_item(self) -> None:
        """As `batches list --transform` takes it."""

        async def scenario(pilot: Pilot[None]) -> None:
            await press(pilot, "p")
            assert clipboard(pilot) == "@this"
            await press(pilot, "slash", "text:size", "enter", "p")
            assert clipboard(pilot) == "size"
            assert status(pilot).startswith("copied path size")

        play(explorer(listing([item(1), item(2)])), scenario)

    def test_a_key_with_special_characters_is_escaped(self) -> None:
        async def scenario(pilot: Pilot[None]) -> None:
            await press(pilot, "down", "p")
            assert clipboard(pilot) == r"a\.b\*"

        play(explorer(answer({"a.b*": 1})), scenario)

    def test_what_no_path_leads_to_says_so(self) -> None:
        async def scenario(pilot: Pilot[None]) -> None:
            await press(pilot, "down", "p")
            assert status(pilot).startswith("no GJSON path leads here")
            assert clipboard(pilot) == ""

        play(explorer(answer({"": 1})), scenario)

    def test_more_than_terminals_take_is_said(self) -> None:
        async def scenario(pilot: Pilot[None]) -> None:
            await press(pilot, "down", "c")
            assert "100,000 bytes may be more than the terminal takes" in status(pilot)

        play(explorer(answer({"a": "x" * 100_000})), scenario, (120, 24))


class TestSize:
    @pytest.mark.parametrize("size", [(40, 15), (20, 8), (80, 24), (200, 50), (10, 4)])
    def test_nothing_breaks_in_any_window(self, size: tuple[int, int]) -> None:
        async def scenario(pilot: Pilot[None]) -> None:
            await press(
                pilot, "down", "tab", "down", "z", "escape", "question_mark", "escape", "slash", "escape", "enter"
            )
            await pilot.resize_terminal(60, 20)
            await press(pilot, "tab", "z", "z")
            assert len(lines(pilot)) == 20

        play(explorer(answer(BATCH)), scenario, size)

    def test_zoom_gives_the_value_the_whole_screen(self) -> None:
        async def scenario(pilot: Pilot[None]) -> None:
            assert '"parse_v2"' not in screen(pilot)
            pilot.app.screen.query_one("#detail").focus()
            await press(pilot, "tab", "z")
            assert pilot.app.screen.has_class("-zoom-grid") or pilot.app.screen.has_class("-zoom-tree")
            await press(pilot, "z")
            assert not any(name.startswith("-zoom") for name in pilot.app.screen.classes)

        play(explorer(answer(BATCH)), scenario, (40, 15))

    @pytest.mark.parametrize(("pane", "tabs"), [("grid", 0), ("tree", 1), ("detail", 2)])
    def test_zoom_fills_the_screen_with_the_pane(self, pane: str, tabs: int) -> None:
        """All lines but the title, a scroll bar, the status and the keys are its own."""

        async def scenario(pilot: Pilot[None]) -> None:
            await press(pilot, *["tab"] * tabs, "z")
            assert pilot.app.screen.query_one(f"#{pane}").size.height >= 24 - 4
            await press(pilot, "z")
            assert pilot.app.screen.query_one(f"#{pane}").size.height < 24 / 2

        play(explorer(listing([item(number) for number in range(40)])), scenario)


def test_a_value_is_chosen_for_printing() -> None:
    app = explorer(answer({"a": "x"}))

    async def scenario(pilot: Pilot[None]) -> None:
        await press(pilot, "down")
        await pilot.press("o")

    play(app, scenario)
    assert app.outcome.chosen == "x"


def test_ctrl_c_ends_it_as_an_interrupt() -> None:
    app = explorer(answer({}))

    async def scenario(pilot: Pilot[None]) -> None:
        await pilot.press("ctrl+c")

    play(app, scenario)
    assert app.outcome.signal == 2


def test_hints_of_other_threads_are_shown() -> None:
    app = explorer(answer({}))

    async def scenario(pilot: Pilot[None]) -> None:
        thread = threading.Thread(target=app._hints, args=("429; trying again in 3.0 s [bold]",))
        thread.start()
        await settled(pilot)
        thread.join()
        await settled(pilot)
        assert status(pilot).startswith("429; trying again in 3.0 s [bold]")

    play(app, scenario)


def test_an_unforeseen_failure_is_raised_without_a_traceback_on_the_screen(capsys: pytest.CaptureFixture[str]) -> None:
    """Textual would print the values of variables, a key among them."""
    app = explorer(answer({}))

    async def scenario(pilot: Pilot[None]) -> None:
        def broken() -> None:
            secret = "llx-secret"  # noqa: F841 - what a traceback would show
            raise ZeroDivisionError

        app.call_later(broken)
        await pilot.pause(0.1)

    with pytest.raises(ZeroDivisionError):
        play(app, scenario)
    assert isinstance(app.failure, ZeroDivisionError)
    assert "llx-secret" not in "".join(capsys.readouterr())


@pytest.mark.parametrize("light", [False, True])
def test_there_is_a_light_and_a_dark_theme(light: bool) -> None:
    app = explorer(answer({}), light=light)

    async def scenario(pilot: Pilot[None]) -> None:
        assert app.current_theme.dark is not light
        await press(pilot, "t")
        assert app.current_theme.dark is light

    play(app, scenario)


def test_without_colour_nothing_has_a_colour_and_the_cursor_is_seen() -> None:
    app = explorer(listing([item(0), item(1, status="FAILED")]), color=False)

    async def scenario(pilot: Pilot[None]) -> None:
        await press(pilot, "slash", "text:none", "enter")
        segments = [segment for strip in app.screen._compositor.render_strips() for segment in strip]
        styles = [segment.style for segment in segments if segment.style is not None]
        colors = {color for style in styles for color in (style.color, style.bgcolor) if color is not None}
        assert {color.name for color in colors} <= {"default"}
        assert any(style.reverse for style in styles)

    play(app, scenario)
