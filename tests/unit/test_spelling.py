"""What a misspelt word may have meant."""

from __future__ import annotations

import pytest

from llamacloud_cli.spelling import did_you_mean, nearest


@pytest.mark.parametrize(
    ("word", "found"),
    [("gte", ["get"]), ("xyz", []), ("lists", ["list", "last"]), ("GET", ["get"]), ("faield", ["FAILED"]), ("", [])],
)
def test_the_nearest_words_are_found_in_any_case(word: str, found: list[str]) -> None:
    assert nearest(word, ["list", "last", "get", "FAILED"], count=2) == found


def test_no_more_are_given_than_asked_for() -> None:
    assert nearest("lists", ["list", "last"]) == ["list"]
    assert nearest("lists", ["list", "last"], count=2, alike=0.8) == ["list"]


def test_a_message_ends_in_a_question() -> None:
    assert did_you_mean(["--a"]) == "; did you mean --a?"
    assert did_you_mean(["--a", "--b"]) == "; did you mean --a or --b?"
    assert did_you_mean([]) == ""
