"""A document as a tree: texts as they came, paths that lead to each value, filtering."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llamacloud_cli.errors import TransformError
from llamacloud_cli.explore.nodes import WHOLE, ListNode, Node, filtered, gjson_path, matching, shown_path
from llamacloud_cli.jsontext import Document
from llamacloud_cli.output.gjson import get
from tests.explore.screens import document

KEYS = st.text(max_size=6) | st.sampled_from(
    ["id", "a.b", "x*", "@this", "#", "0", "-1", "", "a|b", '"', "\\", "é", "{"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(value=VALUES)
def test_a_path_that_is_given_leads_to_the_value(value: Any) -> None:
    """Where none does, as for an empty key, none is given."""
    top = Node(document(value))
    text = top.document.source().decode()
    for node in top.walk():
        path = gjson_path(node, within=top)
        if path is not None:
            assert json.loads(get(text, path).raw) == node.value


@given(value=st.dictionaries(st.from_regex(r"[A-Za-z_][A-Za-z0-9_. *?|#@-]{0,8}", fullmatch=True), VALUES, max_size=5))
def test_a_key_of_usual_characters_has_a_path(value: dict[str, Any]) -> None:
    top = Node(document(value))
    assert all(gjson_path(child, within=top) is not None for child in top.children)


@given(value=VALUES)
def test_walking_meets_every_value_once_in_the_order_of_the_text(value: Any) -> None:
    def count(one: Any) -> int:
        parts = one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
        return 1 + sum(map(count, parts))

    top = Node(document(value))
    assert len(list(top.walk())) == count(value)
    assert next(top.walk()) is top


def test_numbers_and_the_order_of_keys_stay_as_the_server_wrote_them() -> None:
    top = Node(Document(b'{"z": 1.10, "a": 12345678901234567890123, "m": 1e400, "z2": [1.50]}'))
    assert [child.key for child in top.children] == ["z", "a", "m", "z2"]
    assert [child.literal() for child in top.children] == ["1.10", "12345678901234567890123", "1e400", "[1]"]
    assert '"z2": [\n    1.50\n  ]' in top.text()


def test_a_key_that_comes_twice_is_shown_twice_and_only_the_first_has_a_path() -> None:
    top = Node(Document(b'{"a": 1.0, "a": 2.0}'))
    assert [child.literal() for child in top.children] == ["1.0", "2.0"]
    assert [gjson_path(child, within=top) for child in top.children] == ["a", None]


def test_the_whole_has_a_path_too() -> None:
    top = Node(document({"a": 1}))
    assert gjson_path(top, within=top) == shown_path(top, within=top) == WHOLE


def test_control_characters_are_shown_as_escapes() -> None:
    assert Node(document("\x1b]0;x\x07")).literal() == '"\\u001b]0;x\\u0007"'
    assert Node(document({"a": "\u202e\x9b"})).text() == '{\n  "a": "\\u202e\\u009b"\n}'


@pytest.mark.parametrize(
    ("value", "words", "found"),
    [("Invoice 7", "invoice", True), (17.5, "7.5", True), (None, "null", True), ("a", "b", False), (["a"], "a", False)],
)
def test_matching_looks_at_keys_and_scalars_in_any_case(value: Any, words: str, found: bool) -> None:
    assert matching(Node(document(value)), words) is found
    assert matching(Node(document(value), "The_Key"), "the_key")


class TestFilter:
    def test_of_an_answer_gives_what_the_path_finds(self) -> None:
        top = Node(Document(b'{"results": [{"n": 1.10}, {"n": 2}]}'))
        assert filtered(top, "results.#.n").text() == "[\n  1.10,\n  2\n]"

    def test_of_a_list_is_applied_to_each_item_as_transform_does(self) -> None:
        top = ListNode([document({"id": "a"}), document({"other": 1}), document({"id": "b"})])
        assert filtered(top, "id").value == ["a", "b"]

    def test_of_a_list_with_a_hash_is_applied_to_the_whole(self) -> None:
        top = ListNode([document({"id": "a", "n": 1}), document({"id": "b", "n": 2})])
        assert filtered(top, "#(n>1)#").value == [{"id": "b", "n": 2}]
        assert filtered(top, "#").value == 2

    @pytest.mark.parametrize("path", ["none", "#(", "@nothing", "a.0"])
    def test_that_finds_nothing_says_so(self, path: str) -> None:
        with pytest.raises(TransformError, match="finds nothing"):
            filtered(Node(document({"a": {}})), path)
        with pytest.raises(TransformError, match="finds nothing"):
            filtered(ListNode([document({"a": {}})]), path)

    def test_that_gives_no_json_says_so(self) -> None:
        with pytest.raises(TransformError, match="no JSON"):
            filtered(Node(document({})), "!{")
