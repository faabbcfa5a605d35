"""GJSON paths give what github.com/tidwall/gjson v1.18.0 gives, for any path, and never raise."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llamacloud_cli.output.gjson import Result, get

VECTORS = Path(__file__).parent.parent / "vectors"

BATCH = """{
  "id": "bat-1", "status": "FAILED", "total": 7.50, "note": null, "path": "C:\\\\dir\\u00e9", "x.y": {"a*": 1},
  "items": [
    {"id": "i-1", "status": "FAILED", "error": "boom"},
    {"id": "i-2", "status": "COMPLETED"},
    {"id": "i-3", "status": "FAILED", "error": ""}
  ]
}"""


def recorded(name: str) -> list[Any]:
    """The pairs of document and path in a file of vectors, with the answers of the library itself."""
    vectors = json.loads((VECTORS / name).read_text(encoding="utf-8"))
    return [
        pytest.param(vectors["documents"][case["document"]], case, id=f"{number}: {case['path']}")
        for number, case in enumerate(vectors["cases"])
    ]


@pytest.mark.parametrize(("text", "case"), recorded("gjson.json") + recorded("gjson_recorded.json"))
def test_the_answer_is_that_of_the_library(text: str, case: dict[str, Any]) -> None:
    assert get(text, case["path"]) == Result(case["exists"], case["raw"], case["string"])


@pytest.mark.parametrize(
    ("path", "raw"),
    [
        ("total", "7.50"),
        ("path", '"C:\\\\dir\\u00e9"'),
        ("items.1", '{"id": "i-2", "status": "COMPLETED"}'),
    ],
)
def test_an_answer_keeps_the_spelling_of_the_document(path: str, raw: str) -> None:
    assert get(BATCH, path).raw == raw


@pytest.mark.parametrize(
    ("path", "string"),
    [("total", "7.5"), ("path", "C:\\diré"), ("note", ""), ("items.1.status", "COMPLETED"), ("items.#", "3")],
)
def test_the_string_of_an_answer_is_what_it_means(path: str, string: str) -> None:
    assert get(BATCH, path).string == string


@pytest.mark.parametrize(
    ("number", "string"),
    [
        ("-0", "-0"),
        ("-0.0", "-0"),
        ("1e21", "1000000000000000000000"),
        ("-1.25e-7", "-0.000000125"),
        ("12345678901234567890", "12345678901234567890"),
        ("12345678901234567890.0", "12345678901234567000"),
        ("1e999", "+Inf"),
    ],
)
def test_a_number_that_is_no_plain_integer_is_written_in_the_fewest_digits(number: str, string: str) -> None:
    assert get(number, "@this") == Result(exists=True, raw=number, string=string)


def test_null_exists_and_a_missing_value_does_not() -> None:
    assert get(BATCH, "note") == Result(exists=True, raw="null", string="")
    assert get(BATCH, "nothing") == Result(exists=False, raw="", string="")


@pytest.mark.parametrize(
    ("path", "raw"),
    [
        ("items.#.error", '["boom",""]'),
        ("[nothing,note]", "[null]"),
        ("{nothing,note}", '{"note":null}'),
        ('items.#(error!="")#.id', '["i-1"]'),
        ("items.#(error==~null)#.id", '["i-2"]'),
    ],
)
def test_missing_values_leave_no_trace_in_arrays_and_multipaths(path: str, raw: str) -> None:
    assert get(BATCH, path).raw == raw


@pytest.mark.parametrize(
    ("path", "raw"),
    [
        ('items.#(status=="FAILED")#.id|0', '"i-1"'),
        ('items.#(status=="FAILED")#|#', "2"),
        ('items.#(status=="NONE")#|#', "0"),
        ('items.#(status=="NONE")#|0', ""),
        ('items.#(status=="NONE")#.id|0', "[]"),
    ],
)
def test_a_pipe_behind_the_path_of_a_query_counts_only_if_the_query_finds_something(path: str, raw: str) -> None:
    assert get(BATCH, path).raw == raw


@pytest.mark.parametrize("path", ["", ".", "|", "#", "@", "!", "[", "{", "id.", "items.#(", "items|", "@unknown"])
def test_a_path_that_means_nothing_finds_nothing(path: str) -> None:
    assert not get(BATCH, path).exists


DEPTH = 1000


@pytest.mark.parametrize(
    ("text", "path", "string"),
    [
        ('{"a":' * DEPTH + "1" + "}" * DEPTH, ".".join(["a"] * DEPTH), "1"),
        ('{"a":' * DEPTH + "1" + "}" * DEPTH, ".".join(["*"] * DEPTH), "1"),
        ('{"a":' * DEPTH + "1" + "}" * DEPTH, "|".join(["a"] * DEPTH), "1"),
        ('{"a":' * DEPTH + "1" + "}" * DEPTH + " ", "a.@this|nothing", ""),
        ("[" * DEPTH + "]" * DEPTH, ".".join(["#"] * DEPTH), "[" * (DEPTH - 1) + "0" + "]" * (DEPTH - 1)),
        ("[" * DEPTH + "1" + "]" * DEPTH, '@flatten:{"deep":true}', "[1]"),
        ("[" * DEPTH + "1" + "]" * DEPTH, "@pretty|@ugly", "[" * DEPTH + "1" + "]" * DEPTH),
        ("[" * DEPTH + "1" + "]" * DEPTH, "@valid|@tostr|@fromstr|#", "1"),
        ("[" * DEPTH + '{"a":1}' + "]" * DEPTH, "@dig:a", "[1]"),
        ('{"a":1}', "[" * DEPTH + "a" + "]" * DEPTH, "[" * DEPTH + "1" + "]" * DEPTH),
        ("[" * DEPTH + "1" + "]" * DEPTH, "#(" * DEPTH + ">0" + ")" * DEPTH + "|#", "1"),
    ],
    ids=["dots", "wildcards", "pipes", "skip", "each", "flatten", "pretty", "valid", "dig", "multipath", "query"],
)
def test_neither_document_nor_path_can_nest_too_deep(text: str, path: str, string: str) -> None:
    assert get(text, path).string == string


@pytest.mark.parametrize(
    ("path", "string"),
    [
        ("0" * 5000 + "1", "2"),
        ("9" * 5000, ""),
        ("#(==1" + "0" * 5000 + ")", ""),
        ('@pretty:{"width":' + "9" * 5000 + "}|0", "1"),
        ('@pretty:{"width":"' + "9" * 5000 + '"}|0', "1"),
    ],
)
def test_no_number_in_a_path_is_too_long(path: str, string: str) -> None:
    assert get("[1, 2]", path).string == string


def test_a_pattern_of_many_stars_takes_no_longer_than_one_of_few() -> None:
    text = json.dumps(["a" * 2000])
    assert not get(text, f'#(%"{"*a" * 500}*b")').exists
    assert get(text, f'#(%"{"*a" * 500}*")').exists


NAMES = ["a", "b", "id", "x.y", "é", "0", "", "#", "@this"]

# Strings without brackets: a path can search a string for containers, and what it finds there is no JSON.
texts = st.text(st.characters(exclude_characters="[{", exclude_categories=["Cs"]), max_size=5)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES) | texts, inner, max_size=3),
    max_leaves=12,
)
documents = st.builds(json.dumps, values, indent=st.sampled_from([None, 2]), ensure_ascii=st.booleans())

# A constant, `@fromstr` and a joined empty object may give text that is no JSON, as in the library.
PIECES = (
    *NAMES, *'.|.|.|#*?\\:,()[]{}"=<>%~ 1', "#(", ")#", "==", "!=", "!%", "~true", '"a"', '{"a":', "..",
    "@keys", "@values", "@reverse", "@flatten", '@flatten:{"deep":true}', "@join", "@group", "@dig:", "@tostr",
    "@pretty", '@pretty:{"sortKeys":true,"width":10}', "@ugly", "@valid", "@unknown", "#(a==1)#", "#.a", "{a,b}",
)  # fmt: skip
paths = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)


@given(documents, paths | st.text())
def test_no_path_raises(text: str, path: str) -> None:
    result = get(text, path)
    assert result.exists == bool(result.raw)


@given(documents, paths)
def test_an_answer_is_json(text: str, path: str) -> None:
    if (result := get(text, path)).exists:
        json.loads(result.raw)


@given(st.dictionaries(texts.filter(bool), values, min_size=1))
def test_a_member_is_found_by_its_name_with_all_that_is_special_escaped(members: dict[str, Any]) -> None:
    name, value = next(iter(members.items()))
    path = "".join(f"\\{character}" for character in name)
    assert json.loads(get(json.dumps(members), path).raw) == value


@given(st.lists(values))
def test_an_array_has_as_many_elements_as_it_has(elements: list[Any]) -> None:
    text = json.dumps(elements)
    assert get(text, "#").raw == str(len(elements))
    assert [json.loads(get(text, str(index)).raw) for index in range(len(elements))] == elements


@given(documents, st.sampled_from(["@this", "@pretty", '@pretty:{"width":0,"sortKeys":true}', "@ugly"]))
def test_text_laid_out_or_squeezed_means_the_same(text: str, path: str) -> None:
    assert json.loads(get(text, path).raw) == json.loads(text)


@given(documents)
def test_text_made_a_string_is_that_string(text: str) -> None:
    assert get(text, "@tostr").string == text
