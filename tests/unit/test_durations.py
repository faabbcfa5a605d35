"""Lengths of time as people write them."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llamacloud_cli.durations import LONGEST_SECONDS, read_duration, show_duration
from llamacloud_cli.errors import UsageError


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("10m", 600),
        ("2h", 7200),
        ("1h30m", 5400),
        ("500ms", 0.5),
        ("45", 45),
        (" 1.5H ", 5400),
        ("1d", 86400),
    ],
)
def test_a_duration_is_read(text: str, seconds: float) -> None:
    assert read_duration(text, where="--timeout") == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "0", "0s", "-1s", "1x", "s", "1h garbage", "31d", "1 s", "٣s", "nan", "1e3"])
def test_what_is_none_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_duration(text, where="--timeout")
    assert caught.value.message.startswith(f"--timeout: {text!r}")
    assert "90s" in (caught.value.hint or "")


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(UsageError):
        assert 0 < read_duration(text, where="--timeout") <= LONGEST_SECONDS


@pytest.mark.parametrize(("seconds", "text"), [(7.9, "7s"), (125, "2m05s"), (3725, "1h02m")])
def test_a_duration_is_shown(seconds: float, text: str) -> None:
    assert show_duration(seconds) == text
