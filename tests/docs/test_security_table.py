"""The table of docs/security.md names tests that are there, for every row."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
TABLE = (TESTS.parent / "docs" / "security.md").read_text(encoding="utf-8").partition("## What is promised")[2]
ROWS = re.findall(r"^\|([^|]*)\|([^|]+)\|([^|]+)\|$", TABLE.partition("## Dependencies")[0], re.MULTILINE)[2:]


def test_all_twelve_rows_are_there() -> None:
    assert [int(found[1]) for found in (re.match(r" (\d+) ", name) for name, _, _ in ROWS) if found] == [*range(1, 13)]


@pytest.mark.parametrize("shown_by", [shown_by for _, _, shown_by in ROWS])
def test_what_shows_a_promise_is_there(shown_by: str) -> None:
    """Files, and the classes and parts of names of tests in them."""
    names = re.findall(r"`([\w/]+\.py)(?:::(\w+))?`(?: \(`…(\w+?)(?:_?…)?`\))?", shown_by)
    assert names, shown_by
    for path, one, part in names:
        text = (TESTS / path).read_text(encoding="utf-8")
        assert f"class {one}" in text or f"def {one}" in text or not one, (path, one)
        assert part in text, (path, part)
