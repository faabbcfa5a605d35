"""Row 1. A batch that was there before a create is not taken for its batch, and a batch that was made is told of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from llamacloud_cli.workflows.ledger import Ledger
from tests.commands import CREATE
from tests.servers import DROP, BatchService, Reply, ScriptedServer, batch, page
from tests.workflows.conftest import written

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Runner
    from tests.workflows.conftest import Service, Tool

NOW = "Thu, 20 Aug 2026 18:11:20 GMT"
HOUR_AGO = "2026-08-20T17:11:20Z"
YEARS_AGO = "2001-01-01T00:00:00Z"


class TestOldBatchThatGoesOn:
    """Somebody else's, of the same directory and configuration, which no command of this machine has met."""

    @pytest.mark.parametrize("status", ["PENDING", "THROTTLED", "RUNNING"])
    def test_row01_is_not_taken_where_the_create_had_no_effect(
        self, run: Runner, server: ScriptedServer, status: str
    ) -> None:
        service = BatchService(
            Reply(500), effect=(False,), before=(batch("bat-old", status=status, created_at=HOUR_AGO),)
        )
        service.clock = NOW
        server.script = service
        result = run(*CREATE)
        assert (result.status, result.stdout) == (9, "")
        assert len(server.of("POST")) == 1

    def test_row01_is_not_taken_while_the_new_one_has_not_shown_up(self, run: Runner, server: ScriptedServer) -> None:
        service = BatchService(DROP, hidden=3, before=(batch("bat-old", status="RUNNING", created_at=HOUR_AGO),))
        service.clock = NOW
        server.script = service
        assert run(*CREATE).json["id"] == "bat-new-1"
        assert len(server.of("POST")) == 1

    def test_row01_that_would_be_years_old_says_that_the_clocks_of_the_service_differ(
        self, run: Runner, server: ScriptedServer
    ) -> None:
        """No batch goes on for a day, so its `created_at` tells nothing of before and after."""
        made = batch("bat-made", status="PENDING", created_at=YEARS_AGO)
        server.script = lambda seen: DROP if seen.method == "POST" else Reply(body=page(made), headers={"date": NOW})
        assert run(*CREATE).json["id"] == "bat-made"


@pytest.mark.parametrize("flags", [("--transform", "nothing.here"), ("--transform", "config.#(x")])
def test_row01_a_batch_that_was_made_is_named_although_its_printing_fails(
    run: Runner, server: ScriptedServer, flags: tuple[str, ...]
) -> None:
    server.script = [Reply(201, batch("bat-made"))]
    result = run(*CREATE, *flags)
    assert "bat-made" in result.stdout + result.stderr
    assert len(server.of("POST")) == 1


@pytest.mark.parametrize("intent_at", [None, 0.0, 1e12], ids=["unknown", "long-ago", "in-the-future"])
def test_row01_no_clock_shortens_the_search_for_a_create_that_was_cut_off(
    service: Service, tool: Tool, source, tmp_path: Path, intent_at: float | None
) -> None:
    """The batch shows up a minute after the next run began, whenever the create was by the clock of the machine."""
    preset = "cfg-PARSE_AGENTIC"
    command = ("batches", "run", str(source("a.txt")), "--configuration", preset, "-o", str(tmp_path / "out"))
    service.faults({"match": {"method": "POST", "path": "/api/v2/batches"}, "status": 503})
    assert tool(*command, sleep=lambda _: None).status == 9
    service.no_faults()
    ledger = Ledger(tmp_path / "out" / ".llamacloud")
    ledger.change("UPDATE shard SET intent_at = ?", (intent_at,))
    ledger.close()
    directory = service.all("/api/v1/beta/directories")[0]["id"]
    config = {"job": {"type": "parse_v2", "configuration_id": preset}}
    waited: list[float] = []

    def sleep(seconds: float) -> None:
        if sum(waited) < 60 <= sum(waited) + seconds:
            body = {"source_directory_id": directory, "config": config}
            service.http.post("/api/v2/batches", json=body).raise_for_status()
        waited.append(seconds)

    result = tool(*command, sleep=sleep)
    assert result.status == 0, result.stderr
    assert "no second one is made" in result.stderr
    assert len(service.batches()) == 1
    assert written(tmp_path / "out") == {"a.txt.md": "text of a.txt\n"}
