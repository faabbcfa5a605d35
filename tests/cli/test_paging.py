"""`batches list` follows page tokens to the end, notices when there is none, and asks for no page too many."""

from __future__ import annotations

import io
import threading
from typing import TYPE_CHECKING

import pytest

from llamacloud_cli.api.pagination import fetch_pages
from llamacloud_cli.context import Context, Streams
from llamacloud_cli.main import main
from llamacloud_cli.operations import Request
from tests.clients import client
from tests.commands import LIST, failure
from tests.conftest import KEY, Stream
from tests.servers import DROP, Reply, ScriptedServer, Seen, batch, page

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from tests.conftest import Runner


def book(**pages: Reply) -> Callable[[Seen], Reply]:
    """Gives a script of pages by their tokens; `first` is the page without one."""
    return lambda seen: pages[dict(seen.query).get("page_token", "first")]


def of(*identifiers: str, token: str | None = None, status: str = "RUNNING") -> Reply:
    return Reply(body=page(*(batch(one, status=status) for one in identifiers), token=token))


def tokens(server: ScriptedServer) -> list[str | None]:
    return [dict(seen.query).get("page_token") for seen in server.seen]


class TestToTheEnd:
    def test_each_batch_once_and_in_order(self, run: Runner, server: ScriptedServer) -> None:
        server.script = book(first=of("1", "2", token="a"), a=of("3", token="b"), b=of("4"))
        assert run(*LIST, "-q").stdout == "1\n2\n3\n4\n"
        assert tokens(server) == [None, "a", "b"]

    def test_an_empty_page_with_a_token_goes_on(self, run: Runner, server: ScriptedServer) -> None:
        server.script = book(first=of(token="a"), a=of(token="b"), b=of("1", token="c"), c=of())
        assert run(*LIST, "-q").stdout == "1\n"
        assert tokens(server) == [None, "a", "b", "c"]

    def test_an_empty_token_is_the_end(self, run: Runner, server: ScriptedServer) -> None:
        server.script = book(first=of("1", token=""))
        assert run(*LIST, "-q") == (0, "1\n", "")
        assert len(server.seen) == 1

    def test_a_page_without_a_token_field_is_the_end(self, run: Runner, server: ScriptedServer) -> None:
        server.script = [Reply(body={"items": [batch("1")]})]
        assert run(*LIST, "-q") == (0, "1\n", "")
        assert len(server.seen) == 1

    def test_the_other_parameters_come_with_every_page(self, run: Runner, server: ScriptedServer) -> None:
        server.script = book(first=of("1", token="a"), a=of("2"))
        run(*LIST, "--page-size", "1", "--project-id", "p", "--status", "FAILED")
        wanted = [("page_size", "1"), ("project_id", "p"), ("status", "FAILED")]
        assert [sorted(seen.query) for seen in server.seen] == [wanted, sorted([*wanted, ("page_token", "a")])]

    @pytest.mark.parametrize("token", ["a b&c=d", "+/=", "é\u202e", "%2F", "'; rm -rf /", '"', "\\", "x" * 8000])
    def test_any_token_arrives_as_it_came(self, run: Runner, server: ScriptedServer, token: str) -> None:
        server.script = [of("1", token=token), of("2")]
        assert run(*LIST, "-q").stdout == "1\n2\n"
        assert tokens(server) == [None, token]

    def test_raw_prints_one_page_as_it_came(self, run: Runner, server: ScriptedServer) -> None:
        body = b'{"items": [ ], "next_page_token": "a", "x": 1.10}'
        server.script = [Reply(body=body)]
        assert run(*LIST, "--format", "raw").stdout == body.decode() + "\n"
        assert len(server.seen) == 1


class TestWithoutEnd:
    def test_a_token_that_comes_twice(self, run: Runner, server: ScriptedServer) -> None:
        server.script = [of("1", token="a")]
        result = run(*LIST, "-q")
        assert (result.status, result.stdout) == (1, "1\n1\n")
        assert "does not end" in result.stderr
        assert "'a'" in result.stderr
        assert len(server.seen) == 2

    def test_a_circle(self, run: Runner, server: ScriptedServer) -> None:
        server.script = book(first=of("1", token="a"), a=of("2", token="b"), b=of("3", token="a"))
        result = run(*LIST, "-q")
        assert (result.status, result.stdout) == (1, "1\n2\n3\n")
        assert "does not end" in result.stderr
        assert tokens(server) == [None, "a", "b"]

    def test_the_token_that_the_user_began_with(self, run: Runner, server: ScriptedServer) -> None:
        server.script = book(mine=of("1", token="mine"))
        result = run(*LIST, "-q", "--page-token", "mine")
        assert (result.status, result.stdout) == (1, "1\n")
        assert len(server.seen) == 1

    def test_a_circle_of_empty_pages(self, run: Runner, server: ScriptedServer) -> None:
        server.script = book(first=of(token="a"), a=of(token="b"), b=of(token="a"))
        failure(run(*LIST), 1)
        assert len(server.seen) == 3

    def test_a_circle_of_1000_pages(self, run: Runner, server: ScriptedServer) -> None:
        """However large the circle is, the first token that was seen before ends it."""

        def circle(seen: Seen) -> Reply:
            number = int(dict(seen.query).get("page_token", "0"))
            return of(f"bat-{number}", token=str(number % 1000 + 1))

        server.script = circle
        result = run(*LIST, "-q")
        assert result.status == 1
        assert result.stdout.split() == [f"bat-{number}" for number in range(1001)]
        assert len(server.seen) == 1001

    def test_no_error_where_max_items_ends_it_first(self, run: Runner, server: ScriptedServer) -> None:
        server.script = [of("1", token="a")]
        assert run(*LIST, "-q", "--max-items", "2") == (0, "1\n1\n", "")


class TestALaterPageFails:
    @pytest.mark.parametrize(
        ("second", "status", "words"),
        [
            (Reply(400, {"detail": "token expired"}), 1, "token expired"),
            (Reply(401, {"detail": "no"}), 4, "401"),
            (Reply(503), 1, "tried 6 times"),
            (DROP, 7, "disconnected"),
            (Reply(body=b"<html>"), 1, "HTML"),
            (Reply(body={"objects": []}), 1, "`items`"),
        ],
        ids=["400", "401", "503", "dropped", "HTML", "no items"],
    )
    def test_what_was_printed_stays_valid_and_the_error_names_where_to_go_on(
        self, run: Runner, server: ScriptedServer, second: Reply, status: int, words: str
    ) -> None:
        server.script = book(first=of("1", "2", token="tok-7"), **{"tok-7": second})
        result = run(*LIST)
        assert result.status == status
        assert [one["id"] for one in result.documents] == ["1", "2"]
        assert words in result.stderr
        assert "what was printed is not all" in result.stderr
        assert "`--page-token tok-7`" in result.stderr
        assert result.stderr.count("\n") == 1

    def test_the_listing_goes_on_from_there(self, run: Runner, server: ScriptedServer) -> None:
        server.script = book(first=of("1", token="a"), a=Reply(400), b=of("3"))
        assert run(*LIST, "-q").stdout == "1\n"
        server.script = book(a=of("2", token="b"), b=of("3"))
        assert run(*LIST, "-q", "--page-token", "a").stdout == "2\n3\n"

    def test_a_token_is_quoted_for_the_shell(self, run: Runner, server: ScriptedServer) -> None:
        server.script = book(first=of("1", token="a'; id #"), **{"a'; id #": Reply(400)})
        assert """`--page-token 'a'"'"'; id #'`""" in run(*LIST).stderr

    def test_no_token_where_the_first_page_fails(self, run: Runner, server: ScriptedServer) -> None:
        server.script = [Reply(400)]
        assert "--page-token" not in failure(run(*LIST), 1)


class TestPagesWithoutSense:
    @pytest.mark.parametrize(
        ("body", "words"),
        [
            ({}, "without an array `items`"),
            ({"items": None}, "without an array `items`"),
            ({"items": {"id": "1"}}, "without an array `items`"),
            ({"items": "bat-1"}, "without an array `items`"),
            ([batch()], "an array instead of an object"),
            ({"items": [], "next_page_token": 7}, "`next_page_token` is no text"),
            ({"items": [], "next_page_token": ["a"]}, "`next_page_token` is no text"),
        ],
    )
    def test_1_and_what_is_wrong(self, run: Runner, server: ScriptedServer, body: object, words: str) -> None:
        server.script = [Reply(body=body, headers={"x-request-id": "req-42"})]
        line = failure(run(*LIST), 1)
        assert words in line
        assert "req-42" in line

    def test_items_of_any_type_are_printed_as_they_are(self, run: Runner, server: ScriptedServer) -> None:
        server.script = [Reply(body=page(None, 7, "x", [1], {"a": 1}))]
        assert run(*LIST, "--format", "jsonl").stdout == 'null\n7\n"x"\n[1]\n{"a":1}\n'


class TestMaxItems:
    @pytest.mark.parametrize(
        ("limit", "printed", "requests"),
        [("0", 0, 0), ("1", 1, 1), ("2", 2, 1), ("3", 3, 2), ("4", 4, 2), ("5", 5, 3), ("6", 6, 3), ("-1", 6, 3)],
    )
    def test_no_page_is_asked_for_that_is_not_needed(
        self, run: Runner, server: ScriptedServer, limit: str, printed: int, requests: int
    ) -> None:
        server.script = book(first=of("1", "2", token="a"), a=of("3", "4", token="b"), b=of("5", "6"))
        result = run(*LIST, "-q", "--max-items", limit)
        assert result.status == 0
        assert result.stdout.split() == ["1", "2", "3", "4", "5", "6"][:printed]
        assert len(server.seen) == requests

    def test_it_counts_what_is_printed(self, run: Runner, server: ScriptedServer) -> None:
        """With several statuses, sorted out on this side, it is the fitting batches that count."""
        server.script = book(
            first=of("1", "2", status="RUNNING", token="a"),
            a=of("3", "4", status="FAILED", token="b"),
            b=of("5", status="PENDING", token="c"),
            c=of("6"),
        )
        result = run(*LIST, "-q", "--status", "FAILED", "--status", "PENDING", "--max-items", "3")
        assert result.stdout == "3\n4\n5\n"
        assert tokens(server) == [None, "a", "b"]


class TestStatuses:
    def test_one_is_asked_of_the_service(self, run: Runner, server: ScriptedServer) -> None:
        server.script = [of("1", status="FAILED")]
        assert run(*LIST, "-q", "--status", "failed", "--status", "FAILED").stdout == "1\n"
        assert server.seen[0].query == [("status", "FAILED")]

    def test_several_are_sorted_out_here(self, run: Runner, server: ScriptedServer) -> None:
        server.script = [
            Reply(body=page(batch("1", status="FAILED"), batch("2"), batch("3", status="PENDING"), None, {"id": "4"}))
        ]
        assert run(*LIST, "-q", "--status", "FAILED", "--status", "PENDING").stdout == "1\n3\n"
        assert server.seen[0].query == []


class _Waiting(io.BytesIO):
    """Standard output whose reader waits for something before it takes the first bytes."""

    def __init__(self, wait: Callable[[], bool]) -> None:
        super().__init__()
        self._wait = wait
        self.came: bool | None = None

    def write(self, data: Any) -> int:
        if self.came is None:
            self.came = self._wait()
        return super().write(data)


class TestOneRequestAhead:
    def context(self, server: ScriptedServer, out: _Waiting) -> Context:
        env = {"LLAMA_CLOUD_API_KEY": KEY, "LLAMA_CLOUD_BASE_URL": server.url}
        return Context(Streams(Stream(), io.TextIOWrapper(out, write_through=True), Stream()), env)

    def test_the_next_page_is_fetched_while_one_is_printed(self, server: ScriptedServer) -> None:
        """The first page cannot be printed before the second one was asked for; yet all are printed."""
        asked_for = threading.Event()
        server.script = book(first=of("1", token="a"), a=of("2")._replace(effect=lambda _: asked_for.set()))
        out = _Waiting(lambda: asked_for.wait(5))
        assert main([*LIST, "-q"], self.context(server, out)) == 0
        assert out.came
        assert out.getvalue() == b"1\n2\n"

    def test_but_not_the_one_after_it(self, server: ScriptedServer) -> None:
        """While the first page waits to be printed, the third one is not asked for."""
        asked_for = threading.Event()
        third = of("3")._replace(effect=lambda _: asked_for.set())
        server.script = book(first=of("1", token="a"), a=of("2", token="b"), b=third)
        out = _Waiting(lambda: asked_for.wait(0.3))
        assert main([*LIST, "-q"], self.context(server, out)) == 0
        assert not out.came
        assert out.getvalue() == b"1\n2\n3\n"

    def test_whoever_stops_does_not_wait_for_it(self, server: ScriptedServer) -> None:
        asked_for, stopped, answered = threading.Event(), threading.Event(), threading.Event()
        outcome: list[bool] = []

        def hold(_: Seen) -> None:
            asked_for.set()
            outcome.append(stopped.wait(5))
            answered.set()

        server.script = book(first=of("1", token="a"), a=of("2")._replace(effect=hold))
        caller = client(base_url=server.url)
        pages = fetch_pages(caller, Request("GET", "/api/v2/batches"))
        next(pages)
        assert asked_for.wait(5)
        pages.close()
        stopped.set()
        assert answered.wait(5)
        assert outcome == [True]
        for thread in threading.enumerate():
            if thread.name.startswith("next-page"):
                thread.join()
        caller.close()


def test_debug_shows_page_tokens_which_are_no_secrets(run: Runner, server: ScriptedServer) -> None:
    """Whoever looks into a listing that does not end needs them."""
    server.script = [Reply(body=page(batch(), token="token-2")), Reply(body=page(batch()))]
    result = run("batches", "list", "--debug")
    assert "page_token=token-2" in result.stderr
