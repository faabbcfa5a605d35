"""Row 1. Looking for the batch of a create whose answer was lost, in listings that misbehave themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.commands import CREATE
from tests.faults.server import read_head
from tests.faults.test_row04_answers import CUT, NO_ANSWER
from tests.faults.test_row05_network import STAGES, before_the_request
from tests.servers import DROP, BatchService, Reply, ScriptedServer, batch, page

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from tests.conftest import Result, Runner
    from tests.faults.server import WireServer
    from tests.servers import Seen

NEW = batch("bat-new", status="PENDING")
FOUND = Reply(body=page(NEW))


def lost(*listings: Reply) -> Callable[[Seen], Reply]:
    """Gives a script whose creates get no answer, and whose listings are these; the last one repeats."""
    asked: list[Seen] = []

    def script(seen: Seen) -> Reply:
        if seen.method == "POST":
            return DROP
        asked.append(seen)
        return listings[min(len(asked), len(listings)) - 1]

    return script


def unknown(result: Result, server: ScriptedServer) -> str:
    """Checks what holds where no batch was found, and gives what is on standard error."""
    assert (result.status, result.stdout) == (9, "")
    assert "check with `llamacloud-prod batches list --source-directory-id dir-1`" in result.stderr
    assert "Traceback" not in result.stderr
    assert len(server.of("POST")) == 1
    return result.stderr


class TestPages:
    @pytest.mark.parametrize(
        "listings",
        [
            (Reply(body=page(NEW, NEW)),),
            (Reply(body=page(NEW, token="t")), FOUND),
            (Reply(body=page(token="t")), FOUND),
            (Reply(body=page(batch("bat-x", config=None), None, 7, {"id": 7}, token="t")), FOUND),
        ],
        ids=["twice-on-a-page", "on-both-pages", "on-the-second-alone", "after-what-is-no-batch"],
    )
    def test_row01_one_batch_is_one_wherever_and_however_often_it_is_listed(
        self, run: Runner, server: ScriptedServer, listings: tuple[Reply, ...]
    ) -> None:
        """A batch that comes up while the pages are fetched moves the others on, so that one may be on two of them."""
        server.script = lost(*listings)
        assert run(*CREATE).json["id"] == "bat-new"
        assert (len(server.of("POST")), len(server.of("GET"))) == (1, len(listings))

    def test_row01_a_later_page_that_fails_leaves_open_whether_there_are_others(
        self, run: Runner, server: ScriptedServer
    ) -> None:
        whole = Reply(body=page(NEW, token="t"))
        server.script = lost(whole, Reply(500), whole, Reply(body=page()))
        assert run(*CREATE).json["id"] == "bat-new"
        assert run.sleeps == [1.0]

    def test_row01_a_listing_without_end_is_not_followed_again_and_again(
        self, run: Runner, server: ScriptedServer
    ) -> None:
        server.script = lambda seen: (
            DROP if seen.method == "POST" else Reply(body=page(NEW, token=str(len(server.seen))))
        )
        assert "the listing does not end" in unknown(run(*CREATE), server)
        assert len(server.of("GET")) == 1000

    def test_row01_where_nothing_is_printed_no_error_speaks_of_what_was(
        self, run: Runner, server: ScriptedServer
    ) -> None:
        server.script = [Reply(body=page(NEW, token="t")), Reply(400)]
        result = run(*CREATE, "--list-before")
        assert (result.status, result.stdout) == (1, "")
        assert "nothing was created" in result.stderr
        assert "--page-token" not in result.stderr


PASSING = {
    "dropped": DROP,
    "500": Reply(500),
    "408": Reply(408),
    "429": Reply(429),
    "html": Reply(200, b"<html>starting</html>"),
    "empty": Reply(200, b""),
    "json-cut-short": Reply(200, b'{"items": [{"id": "bat-'),
    "no-items": Reply(200, {}),
    "no-whole-answer": Reply(body=page(NEW), cut=-3),
}
REFUSED = {
    "302": Reply(302, b"", {"location": "https://elsewhere.example"}),
    "400": Reply(400),
    "401": Reply(401),
    "404": Reply(404),
    "501": Reply(501),
    "503-x-should-retry-false": Reply(503, headers={"x-should-retry": "false"}),
}


class TestFailures:
    @pytest.mark.parametrize("reply", PASSING.values(), ids=PASSING)
    def test_row01_a_listing_that_may_be_well_in_a_second_is_asked_for_again(
        self, run: Runner, server: ScriptedServer, reply: Reply
    ) -> None:
        server.script = lost(reply, FOUND)
        assert run(*CREATE).json["id"] == "bat-new"
        assert (len(server.of("POST")), len(server.of("GET")), run.sleeps) == (1, 2, [1.0])

    @pytest.mark.parametrize("reply", REFUSED.values(), ids=REFUSED)
    def test_row01_one_that_is_refused_is_asked_for_once(
        self, run: Runner, server: ScriptedServer, reply: Reply
    ) -> None:
        server.script = lost(reply)
        assert f"cannot be listed: {reply.status}" in unknown(run(*CREATE), server)
        assert (len(server.of("GET")), run.sleeps) == (1, [])

    def test_row01_all_connections_dropped_for_good_end_after_a_minute(
        self, run: Runner, server: ScriptedServer
    ) -> None:
        server.script = [DROP]
        assert "cannot be listed" in unknown(run(*CREATE), server)
        assert 40 <= sum(run.sleeps) <= 60
        assert len(server.seen) <= 20


class TestRetryAfter:
    @pytest.mark.parametrize("status", [429, 503])
    def test_row01_the_pause_that_a_listing_asks_for_is_kept(
        self, run: Runner, server: ScriptedServer, status: int
    ) -> None:
        server.script = lost(Reply(status, headers={"retry-after": "30"}), Reply(body=page()), FOUND)
        assert run(*CREATE).json["id"] == "bat-new"
        assert run.sleeps == [30.0, 15.0]

    def test_row01_never_past_the_end_of_the_search(self, run: Runner, server: ScriptedServer) -> None:
        server.script = lost(Reply(429, headers={"retry-after": "40"}))
        unknown(run(*CREATE), server)
        assert run.sleeps == [40.0, pytest.approx(10.0, abs=5.0)]

    def test_row01_a_pause_of_more_than_a_minute_ends_the_search_at_once(
        self, run: Runner, server: ScriptedServer
    ) -> None:
        server.script = lost(Reply(429, headers={"retry-after": "7200"}))
        assert "the server asks to come back in 2.0 hours" in unknown(run(*CREATE), server)
        assert (len(server.of("GET")), run.sleeps) == (1, [])


ROW_4 = {**{kind: reply for kind, (reply, _) in NO_ANSWER.items()}, **CUT}


@pytest.mark.parametrize("reply", ROW_4.values(), ids=ROW_4)
def test_row01_no_answer_of_row_4_loses_a_batch_or_makes_two(run: Runner, server: ScriptedServer, reply: Reply) -> None:
    service = BatchService(reply)
    server.script = service
    result = run(*CREATE)
    assert (result.status, result.json["id"]) == (0, "bat-new-1"), result.stderr
    assert len(service.made) == len(server.of("POST")) == 1


@pytest.mark.parametrize("stage", STAGES)
def test_row01_a_reset_at_any_stage_is_followed_by_no_second_post(
    run: Runner, wire: Callable[..., WireServer], stage: Callable[[socket.socket], None]
) -> None:
    heads: list[bytes] = []

    def talk(connection: socket.socket) -> None:
        if server.connections == 1:
            stage(connection)
            return
        heads.append(read_head(connection))
        connection.sendall(Reply(body=page()).to_bytes())

    server = wire(talk)
    run.base_url = server.url
    result = run(*CREATE)
    assert (result.status, result.stdout) == (9, "")
    # A connection that is reset at once may have been none at all, so that nothing was sent by it.
    assert sum(head.startswith(b"POST") for head in heads) <= (stage is before_the_request)
    assert any(head.startswith(b"GET /api/v2/batches?") for head in heads)
