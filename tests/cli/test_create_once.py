"""A create costs money: at most one POST that may have taken effect is ever sent, whatever comes back."""

from __future__ import annotations

import gzip
import json
import signal
import threading
import time
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from llamacloud_cli.errors import ExitStatus
from tests.commands import CREATE, failure
from tests.servers import DROP, MADE, RESET, BatchService, Reply, ScriptedServer, batch, page

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Runner

CREATED = Reply(201, MADE)
CHECK = "`llamacloud-prod batches list --source-directory-id dir-1`"
CONFIG = {"job": {"configuration_id": "cfg-1", "type": "parse_v2"}}

UNCLEAR = {
    "reset": RESET,
    "dropped": DROP,
    "reset in the body": Reply(201, batch(), cut=-3, reset=True),
    "status 500": Reply(500, {"detail": "oops"}),
    "status 502": Reply(502, b"<html><title>Bad Gateway</title></html>"),
    "status 503": Reply(503),
    "status 503 with a wish": Reply(503, headers={"retry-after": "1"}),
    "status 504": Reply(504),
    "status 599": Reply(599),
    "status 408": Reply(408),
    "status 409": Reply(409, {"detail": "conflict"}),
    "answer cut in the headers": Reply(201, batch(), cut=30),
    "answer cut in the body": Reply(201, batch(), cut=-3),
    "answer empty": Reply(201, b""),
    "answer 204": Reply(204, b""),
    "answer not JSON": Reply(201, b"created!"),
    "answer JSON cut short": Reply(201, b'{"id": "bat-'),
    "answer HTML": Reply(200, b"<html>"),
    "answer without id": Reply(201, {"status": "PENDING"}),
    "answer with an empty id": Reply(201, {"id": ""}),
    "answer with a number for id": Reply(201, {"id": 7}),
    "answer an array": Reply(201, [batch()]),
    "answer null": Reply(201, b"null"),
    "answer gzip cut short": Reply(201, gzip.compress(json.dumps(batch()).encode())[:-9], {"content-encoding": "gzip"}),
    "answer in an unknown encoding": Reply(201, b"xx", {"content-encoding": "br"}),
    "no HTTP": Reply(raw=b"SSH-2.0-OpenSSH_9.6\r\n"),
}
unclear = pytest.mark.parametrize("reply", UNCLEAR.values(), ids=UNCLEAR)


def adopted(run: Runner, identifier: str = "bat-new-1", *argv: str) -> str:
    """Checks that a create printed the batch that it found, and gives the warning."""
    result = run(*CREATE, *argv)
    assert result.status == ExitStatus.OK, result.stderr
    assert result.json["id"] == identifier
    assert "warning: " in result.stderr
    return result.stderr


def unknown(run: Runner, *argv: str) -> str:
    """Checks that a create ended without a known outcome, and gives what it said."""
    result = run(*CREATE, *argv)
    assert result.status == ExitStatus.OUTCOME_UNKNOWN, result.stderr
    assert result.stdout == ""
    assert "may or may not have been created" in result.stderr
    assert CHECK in result.stderr
    return result.stderr


class TestAfterAnUnclearAnswer:
    @unclear
    def test_the_batch_that_was_made_is_found_and_printed(
        self, run: Runner, server: ScriptedServer, reply: Reply
    ) -> None:
        server.script = BatchService(reply)
        adopted(run)
        assert len(server.of("POST")) == 1

    @unclear
    def test_one_that_was_not_made_is_looked_for_during_most_of_a_minute(
        self, run: Runner, server: ScriptedServer, reply: Reply
    ) -> None:
        service = BatchService(reply, effect=(False,))
        server.script = service
        assert "no new batch of dir-1 has shown up" in unknown(run)
        assert len(server.of("POST")) == 1
        assert 40 <= sum(run.sleeps) <= 50
        assert 5 <= service.listings <= 20

    def test_a_time_out_likewise(self, run: Runner, server: ScriptedServer) -> None:
        server.script = BatchService(Reply(delay=2))
        assert "within 0.3 s" in adopted(run, "bat-new-1", "--http-timeout", "0.3")
        assert len(server.of("POST")) == 1

    def test_the_warning_says_why(self, run: Runner, server: ScriptedServer) -> None:
        server.script = BatchService(Reply(504, {"detail": "upstream is late"}))
        assert "upstream is late" in adopted(run)

    @pytest.mark.parametrize("hidden", [1, 3, 6])
    def test_a_batch_that_shows_up_late_is_waited_for(self, run: Runner, server: ScriptedServer, hidden: int) -> None:
        service = BatchService(DROP, hidden=hidden)
        server.script = service
        adopted(run)
        assert service.listings == hidden + 1
        assert len(run.sleeps) == hidden

    @pytest.mark.parametrize("limit", ["0", "9"])
    def test_max_retries_does_not_matter(self, run: Runner, server: ScriptedServer, limit: str) -> None:
        server.script = BatchService(Reply(500))
        adopted(run, "bat-new-1", "--max-retries", limit)
        assert len(server.of("POST")) == 1

    def test_a_service_that_cannot_list_either_is_asked_for_most_of_a_minute_and_not_hammered(
        self, run: Runner, server: ScriptedServer
    ) -> None:
        service = BatchService(Reply(503))
        service.fails_after = 0
        server.script = service
        assert "the batches of dir-1 cannot be listed: 503" in unknown(run)
        assert len(server.of("POST")) == 1
        assert service.listings <= 20
        assert sum(run.sleeps) <= 50

    def test_the_listing_is_that_of_the_same_project_and_the_check_as_well(
        self, run: Runner, server: ScriptedServer
    ) -> None:
        server.script = BatchService(DROP, effect=(False,))
        result = run(*CREATE, "--project-id", "p 1", "--organization-id", "o-1")
        assert result.status == ExitStatus.OUTCOME_UNKNOWN
        wanted = [("source_directory_id", "dir-1"), ("organization_id", "o-1"), ("project_id", "p 1")]
        assert all(sorted(seen.query) == sorted(wanted) for seen in server.of("GET"))
        assert "--project-id 'p 1'" in result.stderr
        assert "--organization-id o-1" in result.stderr


class TestWhichBatchIsTaken:
    def test_none_of_another_configuration(self, run: Runner, server: ScriptedServer) -> None:
        other = batch("bat-other", config={"job": {"configuration_id": "cfg-2", "type": "parse_v2"}})
        server.script = BatchService(Reply(500), effect=(False,), before=(other,))
        unknown(run)

    def test_none_of_another_directory_although_the_service_ignores_the_filter(
        self, run: Runner, server: ScriptedServer
    ) -> None:
        other = batch("bat-other", source_directory_id="dir-2")
        server.script = lambda seen: Reply(500) if seen.method == "POST" else Reply(body=page(other))
        unknown(run)

    @pytest.mark.parametrize("status", ["COMPLETED", "FAILED", "CANCELLED"])
    def test_none_that_was_over_before_by_the_clock_of_the_service(
        self, run: Runner, server: ScriptedServer, status: str
    ) -> None:
        old = batch("bat-old", status=status, created_at="2031-03-09T08:00:00Z")
        service = BatchService(Reply(500), effect=(False,), before=(old,))
        service.clock = "Sun, 09 Mar 2031 08:00:30 GMT"
        server.script = service
        unknown(run)

    def test_the_new_one_beside_old_ones(self, run: Runner, server: ScriptedServer) -> None:
        """Old ones may still be going on; by the clock of the service they are older than the create."""
        old = (
            batch("bat-old-1", status="COMPLETED", created_at="2026-08-20T18:00:00Z"),
            batch("bat-old-2", status="RUNNING", created_at="2026-08-20T18:00:00.5"),
        )
        service = BatchService(Reply(500), before=old)
        service.clock = "Thu, 20 Aug 2026 18:11:20 GMT"
        server.script = service
        adopted(run)

    @pytest.mark.parametrize("created_at", [None, "yesterday", 7])
    def test_a_time_that_cannot_be_read_excludes_nothing(
        self, run: Runner, server: ScriptedServer, created_at: object
    ) -> None:
        quick = batch("bat-quick", status="FAILED", created_at=created_at)
        service = BatchService(Reply(500), effect=(False,), before=(quick,))
        service.clock = "Thu, 20 Aug 2026 18:11:20 GMT"
        server.script = service
        adopted(run, "bat-quick")

    def test_none_of_several(self, run: Runner, server: ScriptedServer) -> None:
        server.script = BatchService(Reply(500), before=(batch("bat-a"),))
        said = unknown(run)
        assert "bat-a" in said
        assert "bat-new-1" in said
        assert len(server.of("POST")) == 1

    def test_one_on_a_later_page(self, run: Runner, server: ScriptedServer) -> None:
        def pages(seen: Any) -> Reply:
            if seen.method == "POST":
                return DROP
            if "page_token" not in dict(seen.query):
                return Reply(body=page(token="t"))
            return Reply(body=page(batch("bat-later")))

        server.script = pages
        adopted(run, "bat-later")

    @pytest.mark.parametrize("item", [None, 7, "text", [], {}, {"id": 7}, {"id": None, "config": CONFIG}])
    def test_nothing_that_is_no_batch(self, run: Runner, server: ScriptedServer, item: object) -> None:
        server.script = lambda seen: Reply(500) if seen.method == "POST" else Reply(body=page(item))
        unknown(run)


class TestWhatSurelyHadNoEffect:
    @pytest.mark.parametrize("status", [425, 429])
    def test_425_and_429_are_repeated_and_make_one_batch(
        self, run: Runner, server: ScriptedServer, status: int
    ) -> None:
        service = BatchService(Reply(status), Reply(status), CREATED, effect=(False, False, True))
        server.script = service
        result = run(*CREATE)
        assert result.status == ExitStatus.OK
        assert result.json["id"] == "bat-new-3"
        assert result.stderr == ""
        assert [one["id"] for one in service.made] == ["bat-new-3"]
        assert server.of("GET") == []

    @pytest.mark.parametrize("status", [425, 429])
    def test_425_and_429_without_end_are_a_refusal(self, run: Runner, server: ScriptedServer, status: int) -> None:
        server.script = [Reply(status)]
        failure(run(*CREATE, "--max-retries", "2"), ExitStatus.FAILURE)
        assert len(server.of("POST")) == 3
        assert server.of("GET") == []

    def test_a_refused_connection_is_repeated_and_makes_one_batch(
        self, run: Runner, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        service = BatchService(CREATED)
        started: list[ScriptedServer] = []

        def start(_: float) -> None:
            if not started:
                started.append(ScriptedServer(service, port=server.port))

        server.close()
        monkeypatch.setattr(run, "_sleep", start)
        try:
            assert run(*CREATE).json["id"] == "bat-new-1"
        finally:
            started[0].close()
        assert len(service.made) == 1

    @pytest.mark.parametrize("status", [300, 307, 308, 400, 401, 402, 403, 404, 405, 413, 415, 422])
    def test_a_refusal_is_neither_repeated_nor_looked_for(
        self, run: Runner, server: ScriptedServer, status: int
    ) -> None:
        server.script = [Reply(status, {"detail": "no"}, {"location": "/elsewhere", "x-should-retry": "true"})]
        assert run(*CREATE).status in (ExitStatus.FAILURE, ExitStatus.AUTHENTICATION, ExitStatus.NOT_FOUND)
        assert len(server.seen) == 1
        assert run.sleeps == []

    def test_a_refusal_whose_body_is_cut_short_is_one(self, run: Runner, server: ScriptedServer) -> None:
        server.script = [Reply(422, {"detail": "x" * 100}, cut=-20)]
        failure(run(*CREATE), ExitStatus.FAILURE)
        assert len(server.seen) == 1

    def test_a_request_that_cannot_be_made_is_neither(self, run: Runner) -> None:
        run.base_url = "http://127.0.0.1:1/\udcff"
        failure(run(*CREATE), ExitStatus.USAGE)
        assert run.sleeps == []

    def test_what_follows_a_repeat_counts_as_the_first(self, run: Runner, server: ScriptedServer) -> None:
        """A 500 after a 429 may have taken effect, so it ends the repeating."""
        server.script = BatchService(Reply(429), Reply(500), effect=(False, True))
        adopted(run, "bat-new-2")
        assert len(server.of("POST")) == 2


class TestInterrupt:
    def test_during_the_request_says_what_to_check(self, run: Runner, server: ScriptedServer) -> None:
        def interrupt(_: object) -> None:
            time.sleep(0.2)  # until the command waits for the answer
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

        server.script = [Reply(201, batch(), effect=interrupt, delay=1)]
        result = run(*CREATE)
        assert (result.status, result.stdout) == (ExitStatus.INTERRUPTED, "")
        assert CHECK in result.stderr
        assert len(server.seen) == 1

    def test_while_looking_says_what_to_check(
        self, run: Runner, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def interrupt(_: float) -> NoReturn:
            raise KeyboardInterrupt

        monkeypatch.setattr(run, "_sleep", interrupt)
        server.script = BatchService(DROP, effect=(False,))
        result = run(*CREATE)
        assert (result.status, result.stdout) == (ExitStatus.INTERRUPTED, "")
        assert CHECK in result.stderr


class TestTheSearch:
    def test_ends_at_once_where_the_listing_is_refused_for_good(self, run: Runner, server: ScriptedServer) -> None:
        """Waiting does not help against a 403, or against a service that is no such API."""
        server.script = lambda seen: Reply(500) if seen.method == "POST" else Reply(403, {"detail": "no"})
        assert "cannot be listed: 403" in unknown(run)
        assert run.sleeps == []

    def test_takes_a_configuration_to_which_the_service_added_defaults(
        self, run: Runner, server: ScriptedServer
    ) -> None:
        job = {"configuration_id": "cfg-1", "type": "parse_v2", "version": None}
        made = batch("bat-new-1", config={"job": job})
        server.script = lambda seen: Reply(500) if seen.method == "POST" else Reply(body=page(made))
        adopted(run, "bat-new-1")


class TestWhatIsKnownOfTheDirectory:
    """Older batches are told by their ids where commands have met them, or where they are listed first."""

    @pytest.mark.parametrize("status", ["PENDING", "RUNNING", "COMPLETED", "FAILED", "CANCELLED"])
    @pytest.mark.parametrize("created_at", ["2001-01-01T00:00:00Z", "2099-01-01T00:00:00Z", None, "yesterday", 7])
    @pytest.mark.parametrize("way", ["met before", "--list-before"])
    def test_none_that_was_there_before_is_taken_whatever_the_clocks_say(
        self, run: Runner, server: ScriptedServer, status: str, created_at: object, way: str
    ) -> None:
        old = batch("bat-old", status=status, created_at=created_at)
        server.script = BatchService(Reply(500), effect=(False,), before=(old,))
        if way == "met before":
            assert run("batches", "list", "--source-directory-id", "dir-1").status == 0
        unknown(run, *([way] if way.startswith("--") else []))

    @pytest.mark.parametrize("way", ["met before", "--list-before"])
    def test_the_new_one_is_taken_beside_those(self, run: Runner, server: ScriptedServer, way: str) -> None:
        old = (batch("bat-old-1", status="COMPLETED"), batch("bat-old-2", created_at="2099-01-01T00:00:00Z"))
        server.script = BatchService(Reply(500), before=old)
        if way == "met before":
            assert run("batches", "list", "--source-directory-id", "dir-1").status == 0
        adopted(run, "bat-new-1", *([way] if way.startswith("--") else []))


class TestListBefore:
    """`--list-before`."""

    def test_is_one_request_more_and_only_where_it_is_asked_for(self, run: Runner, server: ScriptedServer) -> None:
        server.script = BatchService(Reply(201, MADE))
        assert run(*CREATE).status == 0
        assert [seen.method for seen in server.seen] == ["POST"]
        assert run(*CREATE, "--list-before", "--project-id", "p").status == 0
        assert [seen.method for seen in server.seen] == ["POST", "GET", "POST"]
        assert server.of("GET")[0].query == [("source_directory_id", "dir-1"), ("project_id", "p")]

    @pytest.mark.parametrize("way", ["variable", "user's file", "project's file"])
    def test_may_be_a_setting(
        self, run: Runner, server: ScriptedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
    ) -> None:
        monkeypatch.chdir(tmp_path)
        server.script = BatchService(Reply(201, MADE))
        env = {"LLAMA_CLOUD_LIST_BEFORE": "1"} if way == "variable" else {}
        if way != "variable":
            place = ("--project",) if way.startswith("project") else ()
            assert run("config", "set", "list_before", "true", *place).status == 0
        assert run(*CREATE, env=env).status == 0
        assert [seen.method for seen in server.seen] == ["GET", "POST"]

    def test_a_setting_that_is_no_truth_value_is_told_before_anything_is_sent(
        self, run: Runner, server: ScriptedServer
    ) -> None:
        result = run(*CREATE, env={"LLAMA_CLOUD_LIST_BEFORE": "perhaps"})
        assert "LLAMA_CLOUD_LIST_BEFORE: neither true nor false" in failure(result, 2)
        assert server.seen == []

    @pytest.mark.parametrize("reply", [Reply(503), Reply(504), DROP, RESET, Reply(429, headers={"retry-after": "90"})])
    def test_a_service_that_is_too_unwell_for_it_is_not_asked_to_create(
        self, run: Runner, server: ScriptedServer, reply: Reply
    ) -> None:
        server.script = [reply]
        result = run(*CREATE, "--list-before")
        assert result.status in (ExitStatus.FAILURE, ExitStatus.NETWORK)
        assert "nothing was created" in result.stderr
        assert server.of("POST") == []

    @pytest.mark.parametrize("reply", [*map(Reply, [401, 403, 404, 422]), Reply(body={"objects": []})])
    def test_nor_is_one_that_refuses_it_or_makes_no_sense(
        self, run: Runner, server: ScriptedServer, reply: Reply
    ) -> None:
        server.script = [reply]
        result = run(*CREATE, "--list-before")
        assert result.status != 0
        assert "nothing was created" in result.stderr
        assert server.of("POST") == []
