"""What an answer would take in memory, and how far it would be indented, is reckoned before it is decoded."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from llamacloud_cli.api import weight
from llamacloud_cli.api.weight import Weight, weigh

STRINGS = st.text(alphabet='[]{}",:\\ aé\n', max_size=12)
VALUES: st.SearchStrategy[Any] = st.recursive(
    STRINGS | st.integers(0, 9) | st.none(),
    lambda inner: st.lists(inner, max_size=8) | st.dictionaries(STRINGS, inner, max_size=8),
    max_leaves=60,
)


@pytest.fixture
def blanks_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Weighs the indentation of every text, and nothing else."""
    monkeypatch.setattr(weight, "_LIGHT", 0)
    sizes = ("_STRING_BYTES", "_VALUE_BYTES", "_LIST_BYTES", "_DICT_BYTES", "_DEAREST", "_WIDEST_CHARACTER_BYTES")
    for name in (*sizes, "_SHORT"):
        monkeypatch.setattr(weight, name, 0)
    monkeypatch.setattr(weight, "_characters", lambda _: 0)


def blanks(value: Any) -> int:
    """Gives how many blanks of indentation a value has when it is printed."""
    lines = json.dumps(value, indent=2).splitlines()
    return sum(len(line) - len(line.lstrip(" ")) for line in lines)


def nested(depth: int, width: int, before: bytes = b"") -> bytes:
    """Gives the text of lists within lists: `width` numbers in the innermost, `before` in front of each inner list."""
    return (b"[" + before) * (depth - 1) + b"[" + b"1," * width + b"1]" + b"]" * (depth - 1)


@pytest.mark.usefixtures("blanks_alone")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(VALUES.filter(blanks))
@example(["]", ["]", ["]", ["]", ["]", [1] * 50, "["], "["], "["], "["], "["])
def test_a_text_that_would_be_indented_further_than_allowed_is_too_much(value: Any) -> None:
    """Brackets, quotes and backslashes in strings are no nesting and hide none."""
    for text in (orjson.dumps(value), json.dumps(value, indent=1).encode()):
        with pytest.MonkeyPatch.context() as patch:
            # The line that opens a list and the one that closes it are reckoned as one.
            patch.setattr(weight, "LARGEST_WEIGHT", blanks(value) // 2 - 1)
            assert weigh(text) is Weight.TOO_MUCH


@pytest.mark.parametrize("depth", [1, 2, 63, 64, 65, 200, 1023])
def test_few_values_may_be_nested_deeply(depth: int) -> None:
    assert weigh(b'["%s",%s]' % (b"x" * 70_000, nested(depth, 3))) is Weight.FINE


@pytest.mark.parametrize(("depth", "verdict"), [(20, Weight.FINE), (1000, Weight.TOO_MUCH)])
@pytest.mark.parametrize("before", [b"", b'"]",', b'"\\"]]",'], ids=["alone", "a-bracket-in-a-string", "after-a-quote"])
def test_as_many_values_are_too_much_only_where_they_are_nested_deeply(
    depth: int, verdict: Weight, before: bytes
) -> None:
    """Closing brackets in strings do not hide how deep the values are."""
    assert weigh(nested(depth, 40_000, before)) is verdict


@pytest.mark.usefixtures("blanks_alone")
def test_lists_in_mappings_and_mappings_in_lists_are_levels_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    text = b'[{"a":' * 10 + nested(1, 100) + b"}]" * 10
    monkeypatch.setattr(weight, "LARGEST_WEIGHT", 4000)  # a hundred commas at the 21st level are 4200 blanks
    assert weigh(text) is Weight.TOO_MUCH


def test_an_answer_that_is_not_json_is_weighed_without_harm() -> None:
    for text in (b"]" * 70_000, b'"' * 70_000, b"\\" * 70_000, b"[{" * 40_000, b"}{" * 40_000):
        assert weigh(text) in Weight


def test_an_escape_is_one_character_however_long_it_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """A character past U+007F may be the one for which two bytes are taken for each."""
    monkeypatch.setattr(weight, "LARGEST_WEIGHT", 2 * 40_000 + 1000)
    assert weigh(b'["%s"]' % (rb"\u00e9" * 40_000)) is Weight.FINE
    assert weigh(b'["%s"]' % (rb"\u00e9" * 41_000)) is Weight.TOO_MUCH


@pytest.mark.parametrize(("size", "verdict"), [(65536, Weight.FINE), (65537, Weight.TOO_DEEP)])
def test_a_text_of_64_kib_is_fine_whatever_it_holds(size: int, verdict: Weight) -> None:
    assert weigh(b"[" * size) is verdict


@pytest.mark.parametrize(("more", "verdict"), [(0, Weight.FINE), (1, Weight.TOO_MUCH)])
def test_64_mib_are_fine_and_a_byte_more_is_too_much(more: int, verdict: Weight) -> None:
    """A list is reckoned at 96 bytes, a comma at 40, a string at 64 and, with its quotes, what Python takes for it.

    That is a byte for each character, or four where one is beyond U+FFFF.
    """
    wide = (64 * 1024 * 1024 - 96 - 40 - 2 * 64 - 4) // 4
    text = '["' + "a" * (wide - 3) + "😀" + '","aa' + "a" * more + '"]'
    assert weigh(text.encode()) is verdict
