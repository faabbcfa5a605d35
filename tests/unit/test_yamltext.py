"""YAML output: read again by YAML 1.2 and by YAML 1.1 it is the value that it was written from."""

from __future__ import annotations

import json
from importlib import import_module
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from llamacloud_cli.errors import OutputError
from llamacloud_cli.inputs.yaml_values import parse
from llamacloud_cli.output.yamltext import to_yaml

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=15,
)
# Texts that some YAML reader takes for something else, or that are hard to write.
tricky = st.sampled_from(
    [
        *("yes", "No", "ON", "y", "null", "~", "", " ", "0x1f", "017", "1_000", "12:30", "1e3", ".5", ".inf", "true"),
        *("-", "- a", "2026-11-24", "a: b", "a #b", "#", "!x", "&x", "*x", "|", ">", "%", "@x", "`x", "{", "[", "?"),
        *("a\nb", "a\n", "\na", "a\n\nb\n", " a\nb", "a\n b", "a \nb", "a\tb", "a\r\nb", "a\nb\n...", "a\n---\nb"),
        *("'", '"', "\\", "\x85", "\u2028", "\ufeff", "=", "<<", "...", "---", "NaN", "a  b", "é", "😀", "a\n\n\n"),
        *("\x1b[0m", "\x00", "\x7f", "\x9f", "a" * 200, "a\n#b\nc\n"),
    ]
)


yaml_1_1: Any = import_module("yaml")  # PyYAML, which reads YAML 1.1 and comes without types


def _exact(value: Any) -> str:
    return json.dumps(value)


def _as_yaml_1_2(text: str) -> Any:
    reader = YAML(typ="safe", pure=True)
    reader.version = (1, 2)
    return reader.load(text)


class TestAnyValue:
    @settings(deadline=None, max_examples=100)
    @given(value=json_values | tricky | st.lists(tricky) | st.dictionaries(tricky, tricky))
    @example(value=1e400 / 1e92)
    @example(value={"a": {}, "b": [], "c": [[], {}], "d": [[1, [2]], {"e": [{"f": None}]}]})
    @example(value=[1e22, 1e-7, 5e-324, 1.7976931348623157e308, -0.0, 10**30])
    def test_is_the_same_to_readers_of_yaml_1_2_and_1_1(self, value: Any) -> None:
        text = to_yaml(json.dumps(value).encode())
        assert _exact(_as_yaml_1_2(text)) == _exact(value)
        assert _exact(yaml_1_1.safe_load(text)) == _exact(value)
        assert text.endswith("\n")

    @settings(deadline=None)
    @given(value=json_values | tricky | st.dictionaries(tricky, tricky))
    def test_is_the_same_to_this_tool(self, value: Any) -> None:
        assert _exact(parse(to_yaml(json.dumps(value).encode()), where="test")) == _exact(value)

    @settings(deadline=None)
    @given(values=st.lists(json_values | tricky, min_size=1))
    def test_of_several_can_be_told_apart_by_three_dashes(self, values: list[Any]) -> None:
        text = "---\n".join(to_yaml(json.dumps(value).encode()) for value in values)
        assert [_exact(value) for value in yaml_1_1.safe_load_all(text)] == [_exact(value) for value in values]


@pytest.mark.parametrize(
    ("literal", "written"),
    [
        ("1", "1"),
        ("-0", "-0"),
        ("1.10", "1.10"),
        ("-0.0", "-0.0"),
        ("12345678901234567890123", "12345678901234567890123"),
        ("1e400", "1.0e+400"),
        ("1E5", "1.0e+5"),
        ("1.50e3", "1.50e+3"),
        ("1e-7", "1.0e-7"),
        ("1.5E+3", "1.5e+3"),
        ("9" * 5000, "9" * 5000),
    ],
)
def test_numbers_keep_their_literals_but_for_what_yaml_1_1_needs_of_an_exponent(literal: str, written: str) -> None:
    assert to_yaml(literal.encode()) == f"{written}\n"
    assert to_yaml(f"[{literal}]".encode()) == f"- {written}\n"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"id": "bat-1", "status": "RUNNING"}, "id: bat-1\nstatus: RUNNING\n"),
        ({"zeta": 1, "alpha": 2}, "zeta: 1\nalpha: 2\n"),
        ({"a": {"b": {"c": None}}}, "a:\n  b:\n    c: null\n"),
        ({"l": ["a", {"b": 1, "c": 2}]}, "l:\n- a\n- b: 1\n  c: 2\n"),
        ({"e": {}, "f": []}, "e: {}\nf: []\n"),
        ({"on": "yes", "n": "null"}, '"on": "yes"\n"n": "null"\n'),
        ({"t": "one\ntwo\nthree\n"}, "t: |\n  one\n  two\n  three\n"),
        ({"t": "2026-11-24T17:00:00Z"}, 't: "2026-11-24T17:00:00Z"\n'),
        ("x" * 500 + " " + "y" * 500, "x" * 500 + " " + "y" * 500 + "\n"),
    ],
)
def test_reads_well(value: Any, text: str) -> None:
    assert to_yaml(json.dumps(value).encode()) == text


def test_a_value_that_stands_in_two_places_is_written_twice() -> None:
    assert "&" not in to_yaml(b'[{"a": 1}, {"a": 1}, "x", "x"]')


def test_what_is_nested_too_deeply_is_refused() -> None:
    with pytest.raises(OutputError, match="nested too deeply"):
        to_yaml(b"[" * 900 + b"]" * 900)
