"""What `--debug` shows of a call, and what of it is hidden."""

from __future__ import annotations

import re

import httpx
import pytest
import respx

from llamacloud_cli.api.client import Client, Connection
from llamacloud_cli.api.debuglog import MAX_SHOWN_BYTES, DebugLog
from llamacloud_cli.api.retries import Budget, Retries
from llamacloud_cli.errors import NetworkError
from llamacloud_cli.operations import Request
from tests.clients import API

KEY = "llx-0123456789abcdef"


@pytest.fixture
def lines() -> list[str]:
    return []


@pytest.fixture
def log(lines: list[str]) -> DebugLog:
    return DebugLog(lines.append, KEY)


@pytest.mark.parametrize(
    "name",
    ["Authorization", "authorization", "Proxy-Authorization", "Cookie", "Set-Cookie", "X-API-Key", "LC-Signature"],
)
def test_the_value_of_a_secret_header_is_hidden_whatever_it_is(log: DebugLog, lines: list[str], name: str) -> None:
    log.request("GET", "https://api.example/x", [(name, "some-other-secret"), ("accept", "text/plain")], b"")
    assert lines == ["> GET https://api.example/x", f"> {name}: ***", "> accept: text/plain"]


def test_an_answer_is_shown_with_its_headers_and_its_body(log: DebugLog, lines: list[str]) -> None:
    """The key is hidden wherever it stands; so is the signature of a URL."""
    headers = [("x-echo", f"it was {KEY}"), ("location", "https://s.example/x?X-Amz-Signature=abcdef&part=1")]
    log.answer(200, headers, b'{"a": "b"}', 1.5)
    assert lines == [
        "< 200 after 1.500 s",
        "< x-echo: it was ***",
        "< location: https://s.example/x?X-Amz-Signature=***&part=1",
        '< {"a": "b"}',
    ]


def test_a_call_without_an_answer_is_shown_with_the_reason(log: DebugLog, lines: list[str]) -> None:
    log.failure(f"no connection with {KEY}", 0.25)
    assert lines == ["< no answer after 0.250 s: no connection with ***"]


def test_a_body_that_is_no_json_is_shown_line_by_line(log: DebugLog, lines: list[str]) -> None:
    log.answer(502, [], b"one\ntwo \xff", 0.0)
    assert lines[1:] == ["< one", "< two \ufffd"]


def test_a_long_body_is_cut_and_a_huge_one_left_out(log: DebugLog, lines: list[str]) -> None:
    log.answer(200, [], b"x" * MAX_SHOWN_BYTES, 0.0)
    log.answer(200, [], b"x" * (MAX_SHOWN_BYTES + 1), 0.0)
    log.answer(200, [], b"x" * (1024 * 1024 + 1), 0.0)
    shown = [line for line in lines if "after" not in line]
    assert shown == [
        "< " + "x" * MAX_SHOWN_BYTES,
        "< " + "x" * MAX_SHOWN_BYTES + " … (65537 bytes in all)",
        "< (1,048,577 bytes)",
    ]


def test_a_call_of_the_client_that_gets_no_answer_is_shown(lines: list[str]) -> None:
    """And one that gets one is shown whole, without the key."""
    connection = Connection(API, loopback=False, api_key=KEY, key_source="x", timeout=5, ca_bundle=None, env={})
    retries = Retries(0, Budget(10), sleep=lambda _: None, notice=lambda _: None)
    caller = Client(connection, retries=retries, now=lambda: 0.0, debug=lines.append)
    with respx.mock(base_url=API) as api:
        route = api.get("/x").mock(side_effect=httpx.ConnectError("refused"))
        with pytest.raises(NetworkError):
            caller.send(Request("GET", "/x"))
        assert lines[0] == f"> GET {API}/x"
        assert "> authorization: ***" in lines
        assert re.fullmatch(rf"< no answer after 0\.\d+ s: {API}: no connection: refused", lines[-1])
        route.mock(return_value=httpx.Response(200, json={"a": KEY}))
        caller.send(Request("GET", "/x"))
        assert lines[-1] == '< {"a": "***"}'
