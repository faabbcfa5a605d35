"""Row 3. What a server wishes for never outlasts `--timeout`, and a pause of more than a minute fails at once."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.processes import PROGRAM, finish
from tests.servers import Reply, ScriptedServer, batch, page

if TYPE_CHECKING:
    from tests.servers import Seen

LATER = Reply(503, headers={"Retry-After": "50"})
HANGS = Reply(delay=40)
WAYS = {"wait": ("wait", "bat-1"), "watch": ("watch", "bat-1"), "watch-all": ("watch",)}
ways = pytest.mark.parametrize("argv", WAYS.values(), ids=WAYS)


def running(seen: Seen) -> Reply:
    one = batch("bat-1", status="RUNNING")
    return Reply(body=page(one) if seen.path == "/api/v2/batches" else one)


class TestTimeout:
    @pytest.mark.parametrize("reply", [LATER, HANGS], ids=["pause-wished", "no-answer"])
    @ways
    def test_row03_timeout_ends_waiting_whatever_a_call_would_still_take(
        self, server: ScriptedServer, argv: tuple[str, ...], reply: Reply
    ) -> None:
        """The pauses that were wished for would take four minutes, the calls without an answer six."""
        server.script = lambda seen: running(seen) if len(server.seen) <= 3 else reply
        began = time.monotonic()
        done = finish(*PROGRAM, "batches", *argv, "--interval", "200ms", "--timeout", "2s", url=server.url)
        assert done.returncode == 8, done.stderr
        assert "bat-1 RUNNING" in done.stderr
        assert time.monotonic() - began < 30, "neither the pause nor the call is waited out"


class TestPauseOfMoreThanAMinute:
    @pytest.mark.parametrize("wish", ["86400", "9" * 400])
    @ways
    def test_row03_fails_at_once_and_says_when_to_come_back(
        self, server: ScriptedServer, argv: tuple[str, ...], wish: str
    ) -> None:
        server.script = lambda seen: (
            running(seen) if len(server.seen) <= 3 else Reply(503, headers={"Retry-After": wish})
        )
        done = finish(*PROGRAM, "batches", *argv, "--interval", "200ms", url=server.url)
        assert done.returncode == 1, done.stderr
        assert "the server asks to come back in" in done.stderr
