"""The life of one shard: what the ledger says at the moment of each request, and what a shard that was cut off does."""

from __future__ import annotations

import hashlib
import os
import threading
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import respx

from llamacloud_cli.api.configurations import Configuration
from llamacloud_cli.errors import ApiError, OutcomeUnknownError
from llamacloud_cli.workflows.ledger import Ledger
from llamacloud_cli.workflows.ledger_files import FileBook, Found
from llamacloud_cli.workflows.ledger_shards import ShardBook
from llamacloud_cli.workflows.pool import Pool
from llamacloud_cli.workflows.shards import ShardRun, Tools
from llamacloud_cli.workflows.stop import Stop
from llamacloud_cli.workflows.tally import Tally
from tests.clients import API, client
from tests.servers import batch, page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

DIRECTORIES = "/api/v1/beta/directories"
FILES = f"{DIRECTORIES}/dir-1/files"
BATCHES = "/api/v2/batches"
JOB = {"configuration_id": "cfg-1", "type": "parse_v2"}


class Collector:
    """Stands for what fetches results: collects all, and keeps of which job."""

    mark = "noted"

    def __init__(self) -> None:
        self.jobs: list[str] = []

    def collect(self, finished: Any) -> bool:
        self.jobs.append(finished.job_id)
        return True


class Life:
    """A ledger with the files of one shard, an API, and what happens between them."""

    def __init__(self, folder: Path, api: respx.MockRouter) -> None:
        self.api = api
        self.ledger = Ledger(folder / "ledger")
        plan, run = self.ledger.plan("key", "parse_v2", "cfg-1"), self.ledger.next_run()
        found = []
        for name in ("a", "b"):
            path = folder / f"{name}.txt"
            path.write_text(name)
            sha256 = hashlib.sha256(name.encode()).hexdigest()
            state = path.stat()
            found.append(Found(os.fsencode(path), path.name.encode(), 1, state.st_mtime_ns, sha256, ".txt", None))
        self.files = FileBook(self.ledger, plan, run)
        self.files.add(found)
        self.book = ShardBook(self.ledger, plan, run)
        self.book.assign(9)
        (shard,) = self.book.going_on()
        self.id = shard.id
        self.requests: list[str] = []
        self.states: dict[str, Any] = {}
        self.slept: list[float] = []
        self.on_sleep: Callable[[], object] = lambda: None
        self.notes: list[str] = []
        self.collector, self.tally, self.pool = Collector(), Tally(), Pool(2)
        self.batches: list[Any] = []
        self.answers: dict[str, httpx.Response] = {}
        self.there: list[Any] = []
        api.route().mock(side_effect=self._answer)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        name = f"{request.method} {request.url.path}"
        self.requests.append(name)
        shard = self.book.get(self.id)
        self.states.setdefault(name, (shard.directory_asked, shard.directory_id, shard.state))
        if name in self.answers:
            return self.answers[name]
        if name == f"POST {BATCHES}":
            self.batches.append(batch("bat-1", source_directory_id="dir-1", config={"job": JOB}))
            return httpx.Response(201, json=self.batches[0])
        if name == f"POST {FILES}/upload":
            letter = "a" if b'filename="a.txt"' in request.content else "b"
            return httpx.Response(201, json={"id": f"dfl-{letter}"})
        results = [
            {"source_directory_file_id": f"dfl-{one}", "job_reference": {"type": "parse_v2", "id": f"pjb-{one}"}}
            for one in "ab"
        ]
        known = {
            f"POST {DIRECTORIES}": {"id": "dir-1"},
            f"GET {DIRECTORIES}": page(),
            f"GET {FILES}": page(*self.there),
            f"GET {BATCHES}": page(*self.batches),
            f"GET {BATCHES}/bat-1": {"id": "bat-1", "status": "COMPLETED", "results": results},
            "GET /api/v2/parse": page(*({"id": f"pjb-{one}", "status": "COMPLETED"} for one in "ab")),
        }
        return httpx.Response(200, json=known[name])

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.on_sleep()

    def run(self) -> None:
        tools = Tools(
            client=client(),
            configuration=Configuration("cfg-1", "parse_v2"),
            scope=(),
            shards=self.book,
            collector=self.collector,  # type: ignore[arg-type]
            pool=self.pool,
            uploading=threading.Lock(),
            stop=Stop(self._sleep),
            tally=self.tally,
            note=self.notes.append,
            interval=2.0,
        )
        ShardRun(self.book.get(self.id), tools).run()

    def count(self, request: str) -> int:
        return self.requests.count(request)

    def errors(self) -> list[str | None]:
        return [entry.error for entry in self.files.entries()]

    @property
    def state(self) -> str:
        return self.book.get(self.id).state

    def close(self) -> None:
        self.pool.close()
        self.ledger.close()


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Life]:
    with respx.mock(base_url=API, assert_all_called=False) as router:
        found = Life(tmp_path, router)
        yield found
        found.close()


class TestFromBeginningToEnd:
    def test_each_request_is_noted_before_it_is_sent(self, life: Life) -> None:
        """So that a process that is killed at any moment knows what may have taken effect."""
        life.run()
        assert life.states[f"POST {DIRECTORIES}"] == (1, None, "open")
        assert life.states[f"POST {FILES}/upload"] == (1, "dir-1", "open")
        assert life.states[f"POST {BATCHES}"] == (1, "dir-1", "intent")
        assert life.states[f"GET {BATCHES}/bat-1"] == (1, "dir-1", "created")
        assert life.state == "ended"

    def test_each_request_is_made_once(self, life: Life) -> None:
        life.run()
        assert sorted(life.requests) == sorted(
            [
                f"POST {DIRECTORIES}",
                *[f"POST {FILES}/upload"] * 2,
                f"POST {BATCHES}",
                f"GET {BATCHES}/bat-1",
                "GET /api/v2/parse",
            ]
        )
        assert sorted(life.collector.jobs) == ["pjb-a", "pjb-b"]

    def test_the_numbers_are_told(self, life: Life) -> None:
        life.run()
        shown = life.tally.progress()
        assert (shown.uploaded, shown.sent, shown.uploaded_bytes, shown.failed) == (2, 2, 2, 0)
        assert (shown.batches, shown.done, shown.collected) == ({"COMPLETED": 1}, 2, 2)

    def test_a_batch_that_failed_has_no_reliable_results(self, life: Life) -> None:
        results = [{"source_directory_file_id": "dfl-a", "job_reference": {"type": "parse_v2", "id": "pjb-a"}}]
        failed = {"id": "bat-1", "status": "FAILED", "results": results}
        life.answers[f"GET {BATCHES}/bat-1"] = httpx.Response(200, json=failed)
        life.run()
        assert life.errors() == ["bat-1 ended FAILED"] * 2
        assert life.collector.jobs == []
        assert life.state == "ended"

    def test_a_batch_that_is_not_known_any_more_is_the_end(self, life: Life) -> None:
        life.answers[f"GET {BATCHES}/bat-1"] = httpx.Response(404)
        life.run()
        assert life.errors() == ["bat-1 is not known any more"] * 2
        assert life.state == "ended"
        assert life.count(f"GET {BATCHES}/bat-1") == 4, "once may be a service that has not told all its parts yet"
        assert [pause for pause in life.slept if pause > 1] == pytest.approx([4.0, 8.0, 16.0], abs=1.0)

    def test_one_that_is_known_a_moment_later_goes_on(self, life: Life) -> None:
        life.answers[f"GET {BATCHES}/bat-1"] = httpx.Response(404)
        life.on_sleep = lambda: life.answers.clear() if life.count(f"GET {BATCHES}/bat-1") == 2 else None
        life.run()
        assert life.errors() == [None, None]
        assert sorted(life.collector.jobs) == ["pjb-a", "pjb-b"]

    def test_a_listing_of_jobs_that_is_not_there_says_nothing_of_the_batch(self, life: Life) -> None:
        life.answers["GET /api/v2/parse"] = httpx.Response(404)
        with pytest.raises(ApiError, match="the jobs of bat-1 cannot be listed: 404"):
            life.run()
        assert (life.state, life.errors()) == ("created", [None, None])

    def test_the_answer_for_another_batch_is_none(self, life: Life) -> None:
        life.answers[f"GET {BATCHES}/bat-1"] = httpx.Response(200, json=batch("bat-2", status="COMPLETED"))
        with pytest.raises(ApiError, match="another batch than the one that was asked for"):
            life.run()
        assert (life.state, life.errors()) == ("created", [None, None])


class TestFilesThatAreRefused:
    @pytest.mark.parametrize("status", [400, 413, 415, 422])
    def test_are_failures_of_their_own_and_without_any_file_there_is_no_batch(self, life: Life, status: int) -> None:
        life.answers[f"POST {FILES}/upload"] = httpx.Response(status)
        life.run()
        assert all(str(status) in (error or "") for error in life.errors())
        assert life.count(f"POST {BATCHES}") == 0
        assert (life.state, life.tally.progress().failed) == ("ended", 2)

    @pytest.mark.parametrize("status", [401, 402, 404, 500])
    def test_any_other_failure_ends_the_run(self, life: Life, status: int) -> None:
        """Another one goes on from here."""
        life.answers[f"POST {FILES}/upload"] = httpx.Response(status)
        with pytest.raises(ApiError):
            life.run()
        assert (life.state, life.errors()) == ("open", [None, None])
        assert life.count(f"POST {BATCHES}") == 0

    def test_one_that_changed_meanwhile_is_a_failure_of_its_own(self, life: Life, tmp_path: Path) -> None:
        (tmp_path / "a.txt").write_text("changed")
        life.run()
        first, second = life.errors()
        assert first is not None
        assert second is None
        assert life.count(f"POST {BATCHES}") == 1

    def test_one_that_is_gone_meanwhile_counts_as_failed_and_not_as_sent(self, life: Life, tmp_path: Path) -> None:
        (tmp_path / "a.txt").unlink()
        life.run()
        shown = life.tally.progress()
        assert (shown.failed, shown.sent, shown.uploaded) == (1, 1, 1)


class TestTheCreate:
    def test_that_is_refused_may_be_sent_again_by_another_run(self, life: Life) -> None:
        life.answers[f"POST {BATCHES}"] = httpx.Response(402)
        with pytest.raises(ApiError):
            life.run()
        assert life.state == "open"
        del life.answers[f"POST {BATCHES}"]
        life.run()
        assert (life.state, life.count(f"POST {BATCHES}"), life.count(f"POST {FILES}/upload")) == ("ended", 2, 2)

    def test_whose_outcome_is_unknown_is_looked_for_first_by_another_run(self, life: Life) -> None:
        life.answers[f"POST {BATCHES}"] = httpx.Response(500)
        with pytest.raises(OutcomeUnknownError) as caught:
            life.run()
        assert (caught.value.hint or "").endswith("; the same command again looks for it first")
        assert life.state == "intent"
        life.batches.append(batch("bat-1", source_directory_id="dir-1", config={"job": JOB}))
        life.run()
        assert (life.state, life.count(f"POST {BATCHES}")) == ("ended", 1)
        assert "found bat-1, whose create got no answer; no second one is made" in life.notes

    def test_that_surely_had_no_effect_is_sent_again(self, life: Life) -> None:
        """Which is sure when the call must have ended, and a minute more: 65 seconds."""
        life.answers[f"POST {BATCHES}"] = httpx.Response(500)
        with pytest.raises(OutcomeUnknownError):
            life.run()
        del life.answers[f"POST {BATCHES}"]
        before = sum(life.slept)
        life.run()
        assert 60.0 < sum(life.slept) - before <= 65.0
        assert (life.state, life.count(f"POST {BATCHES}")) == ("ended", 2)
        assert any("the create that was cut off had no effect" in note for note in life.notes)

    def test_is_not_sent_while_its_directory_cannot_be_listed(self, life: Life) -> None:
        life.answers[f"POST {BATCHES}"] = httpx.Response(500)
        life.answers[f"GET {BATCHES}"] = httpx.Response(403)
        for _ in range(2):
            with pytest.raises(OutcomeUnknownError):
                life.run()
        assert (life.state, life.count(f"POST {BATCHES}")) == ("intent", 1)


class TestAShardThatWasCutOff:
    def cut_off(self, life: Life) -> None:
        """The directory is there, and one file in it, which the ledger does not know yet."""
        life.book.asking_for_directory(life.id)
        life.book.has_directory(life.id, "dir-1")
        life.there = [{"id": "dfl-a", "unique_id": hashlib.sha256(b"a").hexdigest() + ".txt"}]

    def test_sends_what_its_directory_lacks(self, life: Life) -> None:
        self.cut_off(life)
        life.run()
        assert (life.count(f"POST {DIRECTORIES}"), life.count(f"POST {FILES}/upload")) == (0, 1)
        assert (life.state, life.errors()) == ("ended", [None, None])
        assert (life.tally.progress().uploaded, life.tally.progress().sent) == (2, 1)

    def test_begins_again_where_its_directory_is_gone(self, life: Life) -> None:
        self.cut_off(life)
        name = life.book.get(life.id).directory_name
        life.answers[f"GET {FILES}"] = httpx.Response(404)
        life.run()
        assert life.book.get(life.id).directory_name != name
        assert (life.count(f"POST {DIRECTORIES}"), life.count(f"POST {FILES}/upload")) == (1, 2)
        assert "the directory dir-1 is gone; its files are uploaded again" in life.notes

    def test_looks_for_a_directory_whose_create_may_have_had_an_effect(self, life: Life) -> None:
        life.book.asking_for_directory(life.id)
        name = life.book.get(life.id).directory_name
        life.answers[f"GET {DIRECTORIES}"] = httpx.Response(200, json=page({"id": "dir-1", "name": name}))
        life.run()
        assert (life.count(f"POST {DIRECTORIES}"), life.state) == (0, "ended")

    def test_follows_a_batch_that_is_there(self, life: Life) -> None:
        self.cut_off(life)
        life.book.created(life.id, "bat-1")
        life.run()
        assert (life.count(f"POST {BATCHES}"), life.count(f"POST {FILES}/upload")) == (0, 0)
        assert life.state == "ended"


def test_what_costs_money_survives_a_loss_of_power(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is about to be asked for is on the disk before its request, and a batch as soon as it is known."""
    flushed: list[str] = []
    change = life.ledger.change

    def note(sql: str, values: Any = (), **options: bool) -> int:
        if options.get("flushed"):
            flushed.append(sql.partition(" SET ")[2].partition(" WHERE ")[0])
        return change(sql, values, **options)

    monkeypatch.setattr(life.ledger, "change", note)
    life.run()
    assert flushed == ["directory_asked = 1", "state = 'intent'", "state = 'created', batch_id = ?"]
