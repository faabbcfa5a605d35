"""Row 1. A create takes effect and its answer is lost: at most one POST that may have taken effect, nothing lost.

The batches of the directory are asked for up to about 60 s; the one that was not there before is taken; several or
none end with status 9 and what to check.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from tests.commands import CANCEL, CREATE
from tests.processes import PROGRAM, environment
from tests.servers import DROP, MADE, RESET, BatchService, Reply, ScriptedServer, batch, page
from tests.workflows.conftest import manifest, written

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Runner
    from tests.faults.server import Relay
    from tests.servers import Seen
    from tests.workflows.conftest import Service, Tool

CHECK = "`llamacloud-prod batches list --source-directory-id dir-1"
LOST = {
    "connection-dropped": DROP,
    "connection-reset": RESET,
    "500": Reply(500, {"detail": "oops"}),
    "502": Reply(502, b"<html>"),
    "503": Reply(503),
    "504": Reply(504),
    "408": Reply(408),
    "409": Reply(409, {"detail": "conflict"}),
    "303": Reply(303, b"", {"location": "/api/v2/batches/bat-new-1"}),
    "no-answer": Reply(delay=4),
    "200-truncated": Reply(200, batch(), cut=-5),
    "200-reset-in-body": Reply(200, batch(), cut=-5, reset=True),
    "200-empty": Reply(200, b""),
    "204": Reply(204, b""),
    "200-not-json": Reply(200, b"created!"),
    "200-json-cut-short": Reply(200, b'{"id": "bat-'),
    "200-html": Reply(200, b"<html>"),
    "200-no-id": Reply(200, {"status": "PENDING"}),
}
lost = pytest.mark.parametrize("reply", LOST.values(), ids=LOST)


def create(run: Runner, reply: Reply = DROP) -> tuple[str, ...]:
    """Gives the command line; where no answer comes at all, it does not wait for long."""
    return (*CREATE, "--http-timeout", "0.5" if reply.delay else "30")


@lost
def test_row01_the_batch_is_adopted_and_there_is_one_post(run: Runner, server: ScriptedServer, reply: Reply) -> None:
    service = BatchService(reply)
    server.script = service
    result = run(*create(run, reply))
    assert (result.status, result.json["id"]) == (0, "bat-new-1"), result.stderr
    assert "warning: " in result.stderr
    assert len(service.made) == len(server.of("POST")) == 1


@lost
def test_row01_without_effect_status_9_after_a_minute_of_looking(
    run: Runner, server: ScriptedServer, reply: Reply
) -> None:
    server.script = BatchService(reply, effect=(False,))
    result = run(*create(run, reply))
    assert (result.status, result.stdout) == (9, "")
    assert CHECK in result.stderr
    assert len(server.of("POST")) == 1
    assert 40 <= sum(run.sleeps) <= 60


def test_row01_dropped_once_then_well_again_makes_one_batch(run: Runner, server: ScriptedServer) -> None:
    """What answers the second POST well must never be asked: it would make a second batch."""
    service = BatchService(DROP, Reply(201, MADE))
    server.script = service
    assert run(*create(run)).json["id"] == "bat-new-1"
    assert len(service.made) == 1


@pytest.mark.parametrize("created_at", ["2001-01-01T00:00:00Z", "2099-01-01T00:00:00Z", None])
@pytest.mark.parametrize("date", ["Mon, 01 Jan 2001 00:00:00 GMT", "Thu, 01 Jan 2099 00:00:00 GMT", ""])
@pytest.mark.parametrize("way", ["met before", "--list-before"])
def test_row01_ids_tell_the_new_batch_whatever_the_clocks_say(
    run: Runner, server: ScriptedServer, created_at: str | None, date: str, way: str
) -> None:
    """Older batches are known by their ids: from an earlier command, or by a listing before the create."""
    service = BatchService(Reply(504), before=(batch("bat-old", created_at=created_at),))
    server.script = lambda seen: service(seen)._replace(headers={"date": date})
    if way == "met before":
        assert run("batches", "list", "--source-directory-id", "dir-1").status == 0
    assert run(*create(run), *([way] if way.startswith("--") else [])).json["id"] == "bat-new-1"


def test_row01_several_new_ones_are_status_9_and_all_named(run: Runner, server: ScriptedServer) -> None:
    service = BatchService(Reply(500))
    service.meanwhile = (batch("bat-of-another"),)
    server.script = service
    result = run(*create(run))
    assert (result.status, result.stdout) == (9, "")
    assert "bat-new-1" in result.stderr
    assert "bat-of-another" in result.stderr
    assert CHECK in result.stderr


def test_row01_one_of_another_configuration_is_not_adopted(run: Runner, server: ScriptedServer) -> None:
    service = BatchService(Reply(500), effect=(False,))
    service.meanwhile = (batch("bat-x", config={"job": {"configuration_id": "cfg-2", "type": "parse_v2"}}),)
    server.script = service
    assert run(*create(run)).status == 9


def test_row01_an_outage_that_lasts_is_not_hammered(run: Runner, server: ScriptedServer) -> None:
    service = BatchService(Reply(500))
    service.fails_after = 0
    server.script = service
    result = run(*create(run))
    assert (result.status, result.stdout) == (9, "")
    assert len(server.of("POST")) == 1
    assert len(server.seen) <= 20


def test_row01_a_service_that_cannot_list_is_not_asked_to_create(run: Runner, server: ScriptedServer) -> None:
    server.script = [Reply(503)]
    result = run(*create(run), "--list-before")
    assert (result.status, result.stdout) == (1, "")
    assert "nothing was created" in result.stderr
    assert server.of("POST") == []


RUN_LOST = {name: LOST[name] for name in LOST if name not in ("303", "502", "503", "200-html")}


@pytest.mark.parametrize("reply", RUN_LOST.values(), ids=RUN_LOST)
def test_row01_run_adopts_the_batch_of_its_own_directory(
    service: Service, relay: Callable[..., Relay], tool: Tool, source, tmp_path: Path, reply: Reply
) -> None:
    def misbehave(seen: Seen, way: Relay) -> Reply | None:
        if not is_create(seen):
            return None
        way.pass_on(seen)
        return reply

    way = relay(misbehave)
    limit = ("--http-timeout", "2") if reply.delay else ()
    result = tool("batches", "run", str(source("a.txt")), "--parse", "-o", str(tmp_path / "out"), *limit)
    assert result.status == 0, result.stderr
    assert [line["status"] for line in manifest(tmp_path / "out")] == ["COMPLETED"]
    assert len(service.batches()) == sum(is_create(seen) for seen in way.seen) == 1


def test_row01_run_without_effect_is_status_9_and_the_next_run_makes_one(
    service: Service, relay: Callable[..., Relay], tool: Tool, source, tmp_path: Path
) -> None:
    way = relay(lambda seen, _: DROP if is_create(seen) else None)
    command = ("batches", "run", str(source("a.txt")), "--parse", "-o", str(tmp_path / "out"))
    result = tool(*command)
    assert result.status == 9
    assert "llamacloud-prod batches list --source-directory-id" in result.stderr
    assert sum(is_create(seen) for seen in way.seen) == 1
    relay()
    assert tool(*command).status == 0
    assert len(service.batches()) == 1
    assert written(tmp_path / "out") == {"a.txt.md": "text of a.txt\n"}


def is_create(seen: Seen) -> bool:
    return (seen.method, seen.path) == ("POST", "/api/v2/batches")


class TestSigterm:
    """SIGTERM while a create may have taken effect: what to check, then death by SIGTERM (143 in a shell)."""

    def ended(self, server: ScriptedServer, requests: int, *flags: str) -> tuple[int, str]:
        process = subprocess.Popen(
            [*PROGRAM, *CREATE, *flags], env=environment(server.url), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip
        end = time.monotonic() + 30
        while len(server.seen) < requests and time.monotonic() < end:
            time.sleep(0.01)
        time.sleep(0.1)  # until it waits
        process.send_signal(signal.SIGTERM)
        _, stderr = process.communicate(timeout=30)
        return process.returncode, stderr.decode()

    def test_row01_sigterm_while_the_answer_is_awaited_says_what_to_check(self, server: ScriptedServer) -> None:
        server.script = [Reply(201, batch(), delay=5)]
        status, stderr = self.ended(server, 1, "--project-id", "p 1")
        assert status == -signal.SIGTERM
        assert f"{CHECK} --project-id 'p 1'`" in stderr
        assert "Traceback" not in stderr

    def test_row01_sigterm_while_looking_says_what_to_check(self, server: ScriptedServer) -> None:
        server.script = [DROP, Reply(body=page())]
        status, stderr = self.ended(server, 2)
        assert status == -signal.SIGTERM
        assert f"{CHECK}`" in stderr

    def test_row01_sigterm_before_the_create_is_sent_says_nothing(self, server: ScriptedServer) -> None:
        server.script = [Reply(body=page(), delay=5)]
        assert self.ended(server, 1, "--list-before") == (-signal.SIGTERM, "")

    @pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
    def test_row01_who_ignores_sigterm_goes_on_ignoring_it(self, server: ScriptedServer) -> None:
        server.script = [Reply(201, batch(), delay=1)]
        process = subprocess.Popen(
            ["sh", "-c", "trap '' TERM; exec \"$@\"", "sh", *PROGRAM, *CREATE], env=environment(server.url),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        )  # fmt: skip
        while not server.of("POST"):
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        stdout, _ = process.communicate(timeout=30)
        assert process.returncode == 0
        assert b"bat-1" in stdout


class TestCancel:
    """The same for a cancel, which is repeated: the repeat of one that took effect is refused."""

    def script(self, status: str, *, refusal: int = 409) -> Callable[[Seen], Reply]:
        posts: list[Seen] = []

        def answer(seen: Seen) -> Reply:
            if seen.method == "GET":
                return Reply(body=batch(status=status))
            posts.append(seen)
            return DROP if len(posts) == 1 else Reply(refusal, {"detail": "is over"})

        return answer

    @pytest.mark.parametrize("refusal", [400, 409, 422])
    def test_row01_a_cancel_whose_answer_was_lost_prints_the_cancelled_batch(
        self, run: Runner, server: ScriptedServer, refusal: int
    ) -> None:
        server.script = self.script("CANCELLED", refusal=refusal)
        result = run(*CANCEL, "--project-id", "p")
        assert (result.status, result.json["status"]) == (0, "CANCELLED")
        assert [(seen.method, seen.path, seen.query) for seen in server.seen] == [
            ("POST", "/api/v2/batches/bat-1/cancel", [("project_id", "p")]),
            ("POST", "/api/v2/batches/bat-1/cancel", [("project_id", "p")]),
            ("GET", "/api/v2/batches/bat-1", [("project_id", "p")]),
        ]

    @pytest.mark.parametrize("status", ["COMPLETED", "FAILED", "RUNNING"])
    def test_row01_the_refusal_stands_where_the_batch_is_not_cancelled(
        self, run: Runner, server: ScriptedServer, status: str
    ) -> None:
        server.script = self.script(status)
        result = run(*CANCEL)
        assert (result.status, result.stdout) == (1, "")
        assert "is over" in result.stderr

    def test_row01_a_clear_refusal_is_not_looked_into(self, run: Runner, server: ScriptedServer) -> None:
        server.script = [Reply(409, {"detail": "is over"})]
        assert run(*CANCEL).status == 1
        assert len(server.seen) == 1
