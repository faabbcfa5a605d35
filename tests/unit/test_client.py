"""What the client sends, seen by respx in place of a network."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import respx

from llamacloud_cli import __version__
from llamacloud_cli.api.client import Client, Connection, Payload, orjson_or_json
from llamacloud_cli.api.retries import Budget, Retries
from llamacloud_cli.errors import ApiError, AuthenticationError, NetworkError, NotFoundError
from llamacloud_cli.operations import Request

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = "llx-0123456789abcdef"
GET = Request("GET", "/api/v2/batches/bat-1")


def client(base_url: str = "https://api.example", *, limit: int = 0) -> Client:
    """Gives a client that repeats calls without waiting."""
    connection = Connection(
        base_url, loopback=False, api_key=KEY, key_source="a test", timeout=5, ca_bundle=None, env={}
    )
    retries = Retries(limit, Budget(10), sleep=lambda _: None, notice=lambda _: None)
    return Client(connection, retries=retries, now=lambda: 0.0)


@pytest.fixture
def api() -> Any:
    """The API as respx plays it; a request that no route knows fails the test."""
    with respx.mock(base_url="https://api.example") as router:
        yield router


def test_the_headers_are_those_of_the_reference_and_no_others(api: respx.MockRouter) -> None:
    """A GET has no Content-Type, and nothing tells more of this machine than the version of the tool."""
    route = api.get("/api/v2/batches/bat-1").respond(json={"id": "bat-1"})
    client().send(GET)
    sent = dict(route.calls.last.request.headers)
    assert sent == {
        "host": "api.example",
        "authorization": f"Bearer {KEY}",
        "accept": "application/json",
        "accept-encoding": "gzip",
        "user-agent": f"llamacloud-prod/{__version__}",
    }


def test_a_body_is_compact_json_with_its_content_type(api: respx.MockRouter) -> None:
    """Unicode goes as UTF-8, an integer past 64 bits stays exact."""
    route = api.post("/api/v2/batches").respond(201, json={"id": "bat-1"})
    client().send(Request("POST", "/api/v2/batches", body={"é": 2**70}))
    request = route.calls.last.request
    assert request.content == b'{"\xc3\xa9":1180591620717411303424}'
    assert request.headers["content-type"] == "application/json"


def test_a_path_prefix_of_the_base_url_is_kept() -> None:
    """Self-hosted services live below one."""
    with respx.mock as router:
        route = router.get("https://h.example/prefix/api/v2/batches/bat-1").respond(json={"id": "bat-1"})
        client("https://h.example/prefix").send(GET)
    assert route.called


def test_query_values_are_percent_encoded_and_keys_may_repeat(api: respx.MockRouter) -> None:
    """A blank is %20, a plus %2B; the order stays."""
    route = api.get("/api/v2/batches").respond(json={"items": []})
    client().send(Request("GET", "/api/v2/batches", (("expand", "a b+c"), ("expand", "ü&="))))
    assert route.calls.last.request.url.raw_path == b"/api/v2/batches?expand=a%20b%2Bc&expand=%C3%BC%26%3D"


def test_an_encoded_slash_in_a_path_stays_encoded(api: respx.MockRouter) -> None:
    """So that an id cannot become two segments."""
    route = api.get(url__regex=r".*").respond(json={"id": "x"})
    client().send(Request("GET", "/api/v2/batches/a%2Fb%252F"))
    assert route.calls.last.request.url.raw_path == b"/api/v2/batches/a%2Fb%252F"


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, ApiError), (401, AuthenticationError), (403, AuthenticationError), (404, NotFoundError), (500, ApiError)],
)
def test_a_refusal_becomes_the_error_of_its_kind(api: respx.MockRouter, status: int, kind: type[ApiError]) -> None:
    """With status, the API's own detail and the request id."""
    api.get("/api/v2/batches/bat-1").respond(status, json={"detail": "why"}, headers={"x-request-id": "req-7"})
    with pytest.raises(kind) as caught:
        client().send(GET)
    assert type(caught.value) is kind
    assert (caught.value.status, caught.value.detail, caught.value.request_id) == (status, "why", "req-7")


def test_a_failure_that_passes_is_repeated_until_it_has_passed(api: respx.MockRouter) -> None:
    """A broken connection, then 503, then the answer."""
    answers = [httpx.ReadError("reset"), httpx.Response(503), httpx.Response(200, json={"id": "bat-1"})]
    route = api.get("/api/v2/batches/bat-1").mock(side_effect=answers)
    assert client(limit=5).send(GET).document.value == {"id": "bat-1"}
    assert route.call_count == 3


def test_a_failure_that_stays_is_raised_after_the_last_repeat(api: respx.MockRouter) -> None:
    """Two repeats are three calls."""
    route = api.get("/api/v2/batches/bat-1").mock(side_effect=httpx.ConnectError("refused"))
    with pytest.raises(NetworkError, match="no connection"):
        client(limit=2).send(GET)
    assert route.call_count == 3


def test_integers_past_64_bits_leave_no_blanks_in_a_body() -> None:
    assert orjson_or_json({"a": 2**70, "b": [1, 2]}) == b'{"a":1180591620717411303424,"b":[1,2]}'


def test_an_upload_may_take_so_much_longer_than_another_call(
    api: respx.MockRouter, monkeypatch: pytest.MonkeyPatch
) -> None:
    allowed: list[float] = []

    @contextmanager
    def noting(seconds: float) -> Iterator[None]:
        allowed.append(seconds)
        yield

    monkeypatch.setattr("llamacloud_cli.api.client.deadline", noting)
    api.post("/upload").respond(json={})
    payload = Payload(lambda: iter([b"x"]), {"content-length": "1"}, 30.0)
    client().send_once(Request("POST", "/upload"), payload=payload)
    client().send_once(Request("POST", "/upload", body={}))
    assert allowed == [35.0, 5.0]
