"""Row 2. Page tokens that come twice, in a circle or without end: an error at the first repeat, nothing asked in vain.

An empty page with a token goes on; where a later page fails, what was printed stays valid and `--page-token` goes on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from llamacloud_cli.api.pagination import MOST_PAGES_WITHOUT_NEWS
from tests.commands import CREATE, LIST
from tests.servers import DROP, RESET, Reply, ScriptedServer, batch, page

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Runner
    from tests.servers import Seen


def token_of(seen: Seen) -> str:
    return dict(seen.query).get("page_token", "")


def pages(**book: Reply) -> Callable[[Seen], Reply]:
    """Gives a script of pages by their tokens; `first` is the page without one."""
    return lambda seen: book[token_of(seen) or "first"]


def of(*identifiers: str, token: str | None = None) -> Reply:
    return Reply(body=page(*(batch(one) for one in identifiers), token=token))


@pytest.mark.parametrize(
    ("book", "printed", "requests"),
    [
        ({"first": of("1", token="a"), "a": of("2", token="a")}, "1\n2\n", 2),
        ({"first": of("1", token="a"), "a": of("2", token="b"), "b": of("3", token="a")}, "1\n2\n3\n", 3),
        ({"first": of(token="a"), "a": of(token="b"), "b": of(token="a")}, "", 3),
    ],
    ids=["twice", "circle-a-b-a", "circle-of-empty-pages"],
)
def test_row02_a_token_seen_before_is_an_error_at_once(
    run: Runner, server: ScriptedServer, book: dict[str, Reply], printed: str, requests: int
) -> None:
    server.script = pages(**book)
    result = run(*LIST, "-q")
    assert (result.status, result.stdout) == (1, printed)
    assert "does not end" in result.stderr
    assert "may not be all" in result.stderr
    assert len(server.seen) == requests


@pytest.mark.parametrize("items", [[], [batch()]], ids=["empty", "the-same-item"])
def test_row02_fresh_tokens_without_end_that_bring_nothing_new(
    run: Runner, server: ScriptedServer, items: list[object]
) -> None:
    """Tokens never repeat, and after a thousand pages in vain the listing ends."""
    server.script = lambda seen: Reply(body=page(*items, token=str(int(token_of(seen) or 0) + 1)))
    result = run(*LIST, "-q")
    assert result.status == 1
    assert "does not end: the last 1,000 pages held nothing new" in result.stderr
    assert f"`--page-token {MOST_PAGES_WITHOUT_NEWS}` goes on" in result.stderr
    assert len(server.seen) == MOST_PAGES_WITHOUT_NEWS + 1


def test_row02_an_endless_listing_is_not_followed_for_ever_before_a_create(run: Runner, server: ScriptedServer) -> None:
    """Each page has a new batch, so that nothing but the number of pages ends it; nothing is created then."""

    def script(seen: Seen) -> Reply:
        number = int(token_of(seen) or 0) + 1
        return Reply(201, batch("bat-new")) if seen.method == "POST" else of(f"bat-{number}", token=str(number))

    server.script = script
    result = run(*CREATE, "--list-before")
    assert (result.status, result.stdout) == (1, "")
    assert "nothing was created" in result.stderr
    assert (len(server.of("GET")), server.of("POST")) == (1000, [])


@pytest.mark.parametrize("token", ["x" * 8001, 7, ["a"], {"a": 1}, True])
def test_row02_what_can_be_no_token_is_refused(run: Runner, server: ScriptedServer, token: object) -> None:
    server.script = [Reply(body={"items": [batch("1")], "next_page_token": token})]
    result = run(*LIST, "-q")
    assert (result.status, result.stdout) == (1, "")
    assert "`next_page_token`" in result.stderr
    assert len(server.seen) == 1


def test_row02_half_a_surrogate_pair_is_no_token(run: Runner, server: ScriptedServer) -> None:
    server.script = [Reply(body=b'{"items": [], "next_page_token": "\\ud800"}')]
    result = run(*LIST, "-q")
    assert (result.status, result.stdout) == (1, "")
    assert "`next_page_token`" in result.stderr


def test_row02_empty_pages_with_a_token_go_on(run: Runner, server: ScriptedServer) -> None:
    server.script = pages(first=of(token="a"), a=of(token="b"), b=of("1", token="c"), c=of())
    assert run(*LIST, "-q") == (0, "1\n", "")
    assert len(server.seen) == 4


SECOND = {
    "400": (Reply(400, {"detail": "token expired"}), 1),
    "401": (Reply(401), 4),
    "404": (Reply(404), 6),
    "503-always": (Reply(503), 1),
    "dropped": (DROP, 7),
    "reset": (RESET, 7),
    "html": (Reply(200, b"<html>"), 1),
    "truncated": (Reply(body=page(batch("3")), cut=-9), 7),
    "no-items": (Reply(body={"objects": []}), 1),
    "too-late": (Reply(delay=2), 7),
}


@pytest.mark.parametrize(("second", "status"), SECOND.values(), ids=SECOND)
def test_row02_the_second_page_fails_and_the_error_names_where_to_go_on(
    run: Runner, server: ScriptedServer, second: Reply, status: int
) -> None:
    server.script = pages(first=of("1", "2", token="tok-7"), **{"tok-7": second})
    result = run(*LIST, "--http-timeout", "0.5" if second.delay else "30", "--max-retries", "1")
    assert result.status == status
    assert [one["id"] for one in result.documents] == ["1", "2"]
    assert "what was printed is not all: `--page-token tok-7` goes on from here" in result.stderr
    assert result.stderr.count("\n") == 1
    server.script = pages(**{"tok-7": of("3")})
    assert run(*LIST, "-q", "--page-token", "tok-7").stdout == "3\n"
