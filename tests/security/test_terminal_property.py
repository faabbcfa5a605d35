"""Any text in any field, in any format: nothing on a terminal but what is seen."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from llamacloud_cli.errors import ApiError, UsageError
from llamacloud_cli.output.errors import as_text
from tests.commands import GET, LIST
from tests.conftest import Runner
from tests.security.terminal import STYLE, assert_harmless, evil_batch, is_dangerous
from tests.servers import Reply, ScriptedServer, page

if TYPE_CHECKING:
    from collections.abc import Iterator

FORMATS = ("auto", "json", "jsonl", "pretty", "raw", "table", "yaml")
# Half of the characters are chosen to do harm; the others are any that JSON can hold.
hostile = st.sampled_from(
    "\x00\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x1b\x7f\x85\x90\x9b\x9c\x9d[]();?#\\\"'"
    "\u00ad\u034f\u061c\u115f\u200b\u200d\u200e\u2028\u202e\u2066\u3164\ufe0f\ufeff\U000e0041\U000e0100"
)
texts = st.text(hostile | st.characters(exclude_categories=["Cs"]), max_size=12)
values = st.recursive(
    texts | st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
fields = ("id", "status", "created_at", "config", "results", "local_names", "source_directory_id", "project_id")
batches = st.dictionaries(st.sampled_from(fields) | texts, values, max_size=8)


@pytest.fixture(scope="module")
def server() -> Iterator[ScriptedServer]:
    """One server for all examples of a property."""
    scripted = ScriptedServer()
    yield scripted
    scripted.close()


@pytest.fixture(autouse=True)
def _terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")


def shown_by(server: ScriptedServer, body: Any, *argv: str) -> str:
    server.script = [Reply(body=json.dumps(body, ensure_ascii=False).encode())]
    run = Runner()
    run.base_url = server.url
    result = run(*argv, stdout_terminal=True, stderr_terminal=True)
    assert result.status == 0, result.stderr
    assert_harmless(result.stderr)
    return result.stdout


@settings(max_examples=15)
@given(value=batches, width=st.sampled_from([20, 40, 80, 200]), color=st.sampled_from(["always", "never"]))
@example(value=evil_batch("\x1b]52;c;ZXZpbA==\x07"), width=80, color="always")
@example(value=evil_batch("\U0001f468\u200d\U0001f469\u200d\U0001f467\ufe0f"), width=40, color="always")
def test_an_answer_is_harmless_in_every_format(
    server: ScriptedServer, value: dict[str, Any], width: int, color: str
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", str(width))
        for name in FORMATS:
            for argv, body in ((GET, value), (LIST, page(value))):
                shown = shown_by(server, body, *argv, "--format", name, "--color", color)
                assert_harmless(shown)
                if name in ("json", "jsonl"):
                    assert json.loads(STYLE.sub("", shown)) == value


@settings(max_examples=60)
@given(text=texts, other=texts)
def test_an_error_is_harmless_in_every_format(text: str, other: str) -> None:
    refusal = ApiError(text, hint=other, detail=[{"loc": [text], "msg": other}], request_id=other, status=422)
    refusal.body = json.dumps({"detail": text}, ensure_ascii=False).encode()
    page_of_a_proxy = ApiError(text)
    page_of_a_proxy.body = f"<p>{text}".encode()
    for error in (refusal, page_of_a_proxy, UsageError(text, hint=other, snippet=f"1 | {text}\n    ^")):
        for name in ("auto", "json", "jsonl", "pretty", "raw", "yaml"):
            for path in (None, "error.detail", "error.message", "detail"):
                shown = as_text(error, error_format=name, path=path, terminal=True)
                assert not any(map(is_dangerous, shown))


@settings(max_examples=40)
@given(text=texts)
def test_what_is_shown_of_a_cell_tells_what_was_there(server: ScriptedServer, text: str) -> None:
    """Nothing is left out: each character is there, or its escape is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "500")
        words = ("--columns", "name", "--no-header", "--color", "never")
        row = shown_by(server, page({"name": text + "."}), *LIST, *words).removesuffix("\n")
    names = {"\n": "n", "\t": "t", "\r": "r"}

    def escape(character: str) -> str:
        code = ord(character)
        width, letter = (2, "x") if code < 0x100 else (4, "u") if code < 0x10000 else (8, "U")
        return f"\\{names[character]}" if character in names else f"\\{letter}{code:0{width}x}"

    assert row == re.sub(r"(?s).", lambda one: escape(one[0]) if _hidden(one[0]) else one[0], text) + "."


def _hidden(character: str) -> bool:
    return character in "\n\t" or is_dangerous(character)
