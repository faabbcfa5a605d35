"""The key in what a server echoes: found in every spelling that JSON has for it, and nothing else touched."""

from __future__ import annotations

import json

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from llamacloud_cli.api.keymask import KeyMask

KEY = "llx-01/é😀cdef"
MASK = KeyMask(KEY)


@pytest.mark.parametrize(
    "spelt",
    [
        KEY,
        "llx-01/é😀cdef",
        r"llx\u002d01\/\u00e9\ud83d\ude00cdef",
        r"llx\u002D01\u002f\u00E9\uD83D\uDE00cdef",
        r"\u006clx-01/é😀cde\u0066",
    ],
)
def test_a_body_loses_it_in_any_spelling_of_json(spelt: str) -> None:
    body = f'{{"detail": "key {spelt}."}}'.encode()
    assert json.loads(MASK.body(body)) == {"detail": "key ***."}


@given(st.lists(st.integers(0, 2), min_size=len(KEY), max_size=len(KEY)))
def test_whichever_of_its_characters_are_escaped(ways: list[int]) -> None:
    def spell(character: str, way: int) -> str:
        if way == 0:
            return character
        escaped = "".join(f"\\u{unit:04x}" for unit in memoryview(character.encode("utf-16-le")).cast("H"))
        return escaped if way == 1 else escaped.upper().replace("\\U", "\\u")

    spelt = "".join(spell(character, way) for character, way in zip(KEY, ways, strict=True))
    assert json.loads(MASK.body(f'["{spelt}"]'.encode())) == ["***"]


def test_a_body_without_it_is_left_as_it_is() -> None:
    body = b'{"a": "\\u006clx-02", "b": "\\\\"}'
    assert MASK.body(body) == body


def test_headers_lose_it_and_keep_all_else() -> None:
    key = "llx-0123456789abcdef"
    headers = httpx.Headers([("x-a", f"it is {key}"), ("x-b", "other"), ("x-b", "twice")])
    assert KeyMask(key).headers(headers).multi_items() == [("x-a", "it is ***"), ("x-b", "other"), ("x-b", "twice")]


def test_a_key_so_short_that_it_may_be_a_word_is_left_alone() -> None:
    assert KeyMask("status7").body(b'["status7"]') == b'["status7"]'
    assert KeyMask("status77").body(b'["status77"]') == b'["***"]'


def test_half_a_surrogate_pair_in_it_hides_nothing() -> None:
    """JSON can spell one, so a server may echo it."""
    assert KeyMask("llx-01\ud800cdef").body(b'["llx-01\\ud800cdef", "llx-01cdef"]') == b'["***", "llx-01cdef"]'


@pytest.mark.parametrize(("refused", "shown"), [(True, '["***"]'), (False, '["s3cret"]')])
def test_a_short_secret_of_the_request_is_hidden_in_a_refusal_alone(refused: bool, shown: str) -> None:
    """An answer may hold the same letters as a word; words of a refusal matter less than the secret."""
    sent = {"webhook_configurations": [{"webhook_headers": {"authorization": "s3cret"}}]}
    assert MASK.echo(b'["s3cret"]', sent, refused=refused) == shown.encode()
