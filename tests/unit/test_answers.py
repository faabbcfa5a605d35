"""What an answer that refuses says to do, and which of its headers names the request."""

from __future__ import annotations

import pytest
import respx

from llamacloud_cli.api.answers import read_answer, request_id, text_of, words_of
from llamacloud_cli.errors import ApiError
from llamacloud_cli.operations import Request
from tests.clients import API, client


def refusal(status: int, *, base_url: str = "https://api.example", body: bytes = b"") -> ApiError:
    """Gives the error that a status stands for."""
    with pytest.raises(ApiError) as caught:
        read_answer(status, {}, body, key_source="--api-key", base_url=base_url)
    return caught.value


@pytest.mark.parametrize(
    ("status", "hint"),
    [
        (402, "the plan is out of credits"),
        (403, "the key (from --api-key) may not use this; check --project-id and --organization-id"),
        (404, "check the id, the project and the region; what has expired is gone"),
        (429, "slow down, or try again later"),
        (500, "the service failed; try again later"),
        (599, "the service failed; try again later"),
        (400, None),
        (405, None),
        (499, None),
    ],
)
def test_each_status_has_its_own_hint(status: int, hint: str | None) -> None:
    assert refusal(status).hint == hint


def test_a_key_that_is_refused_in_one_region_is_sent_to_the_other() -> None:
    """The hint names the region that the call did not go to."""
    america = refusal(401, base_url="https://api.cloud.llamaindex.ai").hint or ""
    europe = refusal(401, base_url="https://api.cloud.eu.llamaindex.ai").hint or ""
    assert america.endswith("for the EU region, pass --base-url https://api.cloud.eu.llamaindex.ai")
    assert europe.endswith("for the North America region, leave --base-url out")


@pytest.mark.parametrize("name", ["x-request-id", "request-id", "x-correlation-id", "x-amzn-trace-id", "cf-ray"])
def test_any_usual_header_names_the_request(name: str) -> None:
    assert request_id({"content-type": "text/html", name: "req-1"}) == "req-1"


def test_the_services_own_header_comes_before_those_of_what_stands_in_front_of_it() -> None:
    """An empty one is none."""
    assert request_id({"cf-ray": "edge", "x-request-id": "own"}) == "own"
    assert request_id({"cf-ray": "edge", "x-request-id": ""}) == "edge"
    assert request_id({}) is None


def test_each_place_and_message_of_a_refusal_is_told() -> None:
    error = refusal(422, body=b'{"detail": [{"loc": ["body", 0], "msg": "no tea"}, {"msg": "no milk"}, 5]}')
    assert error.message.endswith(": body.0: no tea; no milk; 5")


def test_half_a_surrogate_pair_is_a_question_mark_to_people_and_no_id() -> None:
    """UTF-8 has no bytes for it, so no terminal and no URL could take it."""
    assert words_of("a\ud800b") == "a?b"
    assert text_of("a\ud800b") is None
    assert (words_of("é"), text_of("é")) == ("é", "é")
    assert (words_of(""), text_of("")) == (None, None)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (61, "61 seconds"),
        (7199, "7199 seconds"),
        (7200, "2.0 hours"),
        (172640, "48.0 hours"),
        (172799, "48.0 hours"),
        (172800, "2 days"),
        (864000000, "10,000 days"),
        (999950500, "11,574 days"),
        (1000000000, "a very long time"),
    ],
)
def test_when_to_come_back_is_told_in_words(seconds: int, words: str) -> None:
    with respx.mock(base_url=API) as api:
        api.get("/x").respond(429, headers={"retry-after": str(seconds)})
        with pytest.raises(ApiError) as caught:
            client(9).send(Request("GET", "/x"))
    assert caught.value.hint == f"the server asks to come back in {words}"


def test_an_answer_in_plain_words_is_told_on_one_line() -> None:
    assert refusal(400, body=b"  There is\r\n\tno   tea.\n").message.endswith(": There is no tea.")


def test_of_a_refusal_that_is_an_object_its_message_is_told() -> None:
    error = refusal(409, body=b'{"detail": {"code": 5, "message": "no tea"}}')
    assert error.message == "409 Conflict: no tea"


@pytest.mark.parametrize(
    ("content_type", "body"), [("Text/HTML; charset=utf-8", b"Bad gateway"), ("text/plain", b" <p>Bad gateway</p>")]
)
def test_a_page_is_known_by_its_type_or_its_first_letter(content_type: str, body: bytes) -> None:
    with pytest.raises(ApiError) as caught:
        read_answer(502, {"content-type": content_type}, body, key_source="--api-key", base_url="https://api.example")
    assert caught.value.message == "502 Bad Gateway: an HTML page"


@pytest.mark.parametrize("value", [None, 5, 0, True, [], ["a"], {}])
def test_what_is_no_text_is_neither_words_nor_an_id(value: object) -> None:
    assert (words_of(value), text_of(value)) == (None, None)
