"""Waiting for batches: what a batch and its jobs are taken for, when they are asked again, and how that ends."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest
import respx

from llamacloud_cli.errors import (
    ApiError,
    AuthenticationError,
    BatchFailedError,
    CliError,
    NetworkError,
    PartialFailureError,
    UsageError,
    WaitTimeoutError,
)
from llamacloud_cli.workflows.wait import (
    LONGEST_OUTAGE_SECONDS,
    Follower,
    Pauses,
    WaitOptions,
    raise_for_outcome,
    wait_for_batches,
)
from llamacloud_cli.workflows.watch import JOB_GONE, PATIENCE_WITH_REFERENCES, BatchWatch, FileOutcome
from tests.clients import API, client
from tests.servers import page

if TYPE_CHECKING:
    from collections.abc import Callable

BATCH = "/api/v2/batches/bat-1"
JOBS = "/api/v2/parse"
SCOPE = (("project_id", "prj-1"),)


@pytest.fixture
def api() -> Any:
    """The API as respx plays it; a request that no route knows fails the test."""
    with respx.mock(base_url=API, assert_all_called=False) as router:
        yield router


def result(number: int, job: str | None = "pjb", **more: Any) -> dict[str, Any]:
    """Gives what a batch says of one file."""
    reference = {"type": "parse_v2", "id": f"{job}-{number}"} if job else None
    return {"source_directory_file_id": f"dfl-{number}", "job_reference": reference, **more}


def answer(status: str, *results: Any) -> dict[str, Any]:
    return {"id": "bat-1", "status": status, "results": list(results) or None}


def jobs(*statuses: str, **more: Any) -> dict[str, Any]:
    return page(*({"id": f"pjb-{number}", "status": status, **more} for number, status in enumerate(statuses)))


class TestOneBatch:
    def watch(self) -> BatchWatch:
        return BatchWatch(client(), "bat-1", SCOPE)

    def test_one_that_goes_on_is_asked_for_with_its_results_and_its_jobs_are_not(self, api: respx.MockRouter) -> None:
        asked = api.get(BATCH).respond(json=answer("RUNNING", result(0)))
        watch = self.watch()
        watch.step()
        assert (watch.status, watch.over) == ("RUNNING", False)
        assert list(watch.outcomes()) == [FileOutcome("dfl-0", "parse_v2", "pjb-0", "PENDING", None)]
        assert list(asked.calls.last.request.url.params.multi_items()) == [
            ("expand", "results"),
            ("project_id", "prj-1"),
        ]

    def test_one_that_is_completed_is_over_when_its_jobs_are(self, api: respx.MockRouter) -> None:
        """The batch itself is not asked for again meanwhile, nor is a job that has ended."""
        batch = api.get(BATCH).respond(json=answer("COMPLETED", result(0), result(1)))
        listed = api.get(JOBS).respond(json=jobs("COMPLETED", "RUNNING"))
        watch = self.watch()
        watch.step()
        first = watch.progress()
        assert (first.over, first.jobs, first.done, first.failed) == (False, 2, 1, 0)
        listed.respond(json=page({"id": "pjb-1", "status": "FAILED", "error_message": "no pages"}))
        watch.step()
        assert watch.over
        assert [(one.status, one.error) for one in watch.outcomes()] == [("COMPLETED", None), ("FAILED", "no pages")]
        assert (watch.progress().done, watch.progress().failed) == (2, 1)
        assert batch.call_count == 1
        assert listed.calls.last.request.url.params.get_list("job_ids") == ["pjb-1"]

    @pytest.mark.parametrize("status", ["FAILED", "CANCELLED"])
    def test_one_that_ended_otherwise_is_over_whatever_its_jobs_do(self, api: respx.MockRouter, status: str) -> None:
        api.get(BATCH).respond(json=answer(status, result(0), result(1, None)))
        api.get(JOBS).respond(json=jobs("RUNNING"))
        watch = self.watch()
        watch.step()
        assert watch.over
        assert [one.status for one in watch.outcomes()] == ["RUNNING", "FAILED"]

    @pytest.mark.parametrize(
        ("status", "words"), [("FAILED", "the job ended FAILED"), ("CANCELLED", "ended CANCELLED")]
    )
    def test_a_job_that_failed_without_a_word_has_a_reason(
        self, api: respx.MockRouter, status: str, words: str
    ) -> None:
        api.get(BATCH).respond(json=answer("COMPLETED", result(0)))
        api.get(JOBS).respond(json=jobs(status))
        watch = self.watch()
        watch.step()
        (outcome,) = watch.outcomes()
        assert outcome.status == status
        assert words in (outcome.error or "")

    def test_a_job_that_succeeded_has_no_error_whatever_it_says(self, api: respx.MockRouter) -> None:
        api.get(BATCH).respond(json=answer("COMPLETED", result(0)))
        api.get(JOBS).respond(json=jobs("COMPLETED", error_message="a warning"))
        watch = self.watch()
        watch.step()
        assert [one.error for one in watch.outcomes()] == [None]

    def test_a_job_that_its_listing_leaves_out_is_asked_for_by_its_id(self, api: respx.MockRouter) -> None:
        """Where that does not know it either, it is gone, and failed."""
        api.get(BATCH).respond(json=answer("COMPLETED", result(0), result(1)))
        api.get(JOBS).respond(json=page())
        api.get(f"{JOBS}/pjb-0").respond(json={"job": {"id": "pjb-0", "status": "COMPLETED"}})
        api.get(f"{JOBS}/pjb-1").respond(404)
        watch = self.watch()
        watch.step()
        assert watch.over
        assert [(one.status, one.error) for one in watch.outcomes()] == [("COMPLETED", None), ("FAILED", JOB_GONE)]

    def test_one_that_names_no_job_yet_is_asked_a_few_times_more(self, api: respx.MockRouter) -> None:
        asked = api.get(BATCH).respond(json=answer("COMPLETED", result(0, None)))
        watch, steps = self.watch(), 0
        while not watch.over:
            assert [one.status for one in watch.outcomes()] == (["PENDING"] if steps else [])
            watch.step()
            steps += 1
        assert steps == PATIENCE_WITH_REFERENCES + 1
        assert asked.call_count == steps
        (outcome,) = watch.outcomes()
        assert (outcome.status, outcome.job_id) == ("FAILED", None)
        assert "neither a job nor an error" in (outcome.error or "")

    def test_a_file_with_an_error_needs_no_job(self, api: respx.MockRouter) -> None:
        asked = api.get(BATCH).respond(json=answer("COMPLETED", result(0, None, error_message="unreadable")))
        watch = self.watch()
        watch.step()
        assert watch.over
        assert asked.call_count == 1
        assert [(one.status, one.error) for one in watch.outcomes()] == [("FAILED", "unreadable")]

    @pytest.mark.parametrize("reference", [{"type": "other", "id": "j"}, {"type": "parse_v2"}, {"id": "j"}, "text", 5])
    def test_a_reference_to_no_known_job_is_none(self, api: respx.MockRouter, reference: Any) -> None:
        one = {"source_directory_file_id": "dfl-0", "job_reference": reference, "error_message": "why"}
        api.get(BATCH).respond(json=answer("COMPLETED", one))
        watch = self.watch()
        watch.step()
        assert list(watch.outcomes()) == [FileOutcome("dfl-0", None, None, "FAILED", "why")]

    def test_a_job_whose_id_could_lead_elsewhere_is_not_asked_for(self, api: respx.MockRouter) -> None:
        one = {**result(0), "job_reference": {"type": "parse_v2", "id": ".."}}
        api.get(BATCH).respond(json=answer("COMPLETED", one))
        watch = self.watch()
        watch.step()
        (outcome,) = watch.outcomes()
        assert (outcome.job_id, outcome.status) == (None, "FAILED")
        assert "a job whose id" in (outcome.error or "")

    @pytest.mark.parametrize(
        "body",
        [{}, {"status": 5}, {"status": "RUNNING", "results": {"a": 1}}, answer("RUNNING", 5), answer("RUNNING", {})],
    )
    def test_an_answer_without_sense_changes_nothing(self, api: respx.MockRouter, body: Any) -> None:
        api.get(BATCH).respond(json=body)
        watch = self.watch()
        with pytest.raises(ApiError, match="makes no sense"):
            watch.step()
        assert (watch.status, watch.document, watch.progress().jobs) == ("", None, None)


class TestPauses:
    def test_grow_by_half_up_to_thirty_seconds_with_a_jitter_of_fifteen_percent(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        bounds: list[tuple[float, float]] = []

        def middle(low: float, high: float) -> float:
            bounds.append((low, high))
            return (low + high) / 2

        monkeypatch.setattr(random, "uniform", middle)
        pauses = Pauses()
        assert [pauses.next() for _ in range(9)] == [2.0, 3.0, 4.5, 6.75, 10.125, 15.1875, 22.78125, 30.0, 30.0]
        assert set(bounds) == {(0.85, 1.15)}
        pauses.restart()
        assert pauses.next() == 2.0

    def test_a_first_one_of_more_than_that_stays(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(random, "uniform", lambda *_: 1.0)
        pauses = Pauses(45.0)
        assert [pauses.next(), pauses.next()] == [45.0, 45.0]


class Scripted:
    """Stands for a watch whose steps are given: a status, or a failure."""

    def __init__(self, identifier: str, *steps: str | CliError, seen: bool = False) -> None:
        self.id, self.status, self.over = identifier, "", False
        self.document: object = "seen" if seen else None
        self.errors: list[str | None] = [None]
        self._steps = list(steps)

    def step(self) -> None:
        step = self._steps.pop(0)
        if isinstance(step, CliError):
            raise step
        self.status, self.document = step, "seen"
        self.over = step in ("COMPLETED", "FAILED", "CANCELLED")

    def outcomes(self) -> Any:
        status = "FAILED" if self.status == "FAILED" else "COMPLETED"
        yield from (FileOutcome(f"dfl-{n}", "parse_v2", None, status, error) for n, error in enumerate(self.errors))

    def progress(self) -> str:
        return f"{self.id} {self.status}"


class Watcher:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.seen: list[str] = []
        self.hints: list[str] = []
        self.note = self.notes.append
        self.hint = self.hints.append
        self.batch = self.seen.append


class Clock:
    """Time that passes when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.sleeps: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.sleeps.append(seconds)
        self.now += seconds


class TestFailuresMeanwhile:
    def passes(self, error: CliError, *, seen: bool) -> bool:
        notes: list[str] = []
        follower = Follower(Scripted("bat-1", error, seen=seen), 2.0, notes.append, lambda: 0.0)  # type: ignore[arg-type]
        try:
            follower.step()
        except CliError:
            assert notes == []
            return False
        assert notes == ["bat-1: no; asking again"]
        assert follower.due > 0
        return True

    @pytest.mark.parametrize(
        ("error", "before", "after"),
        [
            (NetworkError("no", maybe_sent=True), True, True),
            (NetworkError("no", maybe_sent=False), False, True),
            (NetworkError("no", maybe_sent=True, retryable=False), False, False),
            (ApiError("no", status=503, retryable=True), True, True),
            (ApiError("no", status=400), False, False),
            (UsageError("no"), False, False),
        ],
    )
    def test_are_passed_over_where_they_may_pass(self, error: CliError, before: bool, after: bool) -> None:
        """Where no connection was made, only once the batch has been seen: else the address may be wrong."""
        assert self.passes(error, seen=False) is before
        assert self.passes(error, seen=True) is after

    def test_nothing_but_failures_for_half_an_hour_is_an_error(self) -> None:
        """It says so, and that the batch may go on; an answer in between begins the half hour anew."""
        outage = [NetworkError("no", maybe_sent=True) for _ in range(120)]
        clock, watch = Clock(), Scripted("bat-1", *outage[:40], "RUNNING", *outage[40:], seen=True)
        follower = Follower(watch, 2.0, lambda _: None, clock)  # type: ignore[arg-type]

        def ask_until(over: Callable[[], bool]) -> None:
            while not over():
                follower.step()
                clock.sleep(follower.due - clock.now)

        ask_until(lambda: bool(watch.status))
        began = clock.now
        with pytest.raises(NetworkError) as caught:
            ask_until(lambda: False)
        assert LONGEST_OUTAGE_SECONDS <= clock.now - began <= LONGEST_OUTAGE_SECONDS + 60
        assert caught.value.message.startswith("no; bat-1 has been asked for in vain for 30m")
        assert "may go on" in (caught.value.hint or "")


class TestSeveralBatches:
    def wait(
        self, monkeypatch: pytest.MonkeyPatch, *watches: Scripted, timeout: float | None = None
    ) -> tuple[Watcher, Clock, list[str]]:
        """Waits, with pauses of just 2, 3, 4.5 … seconds."""
        by_id = {one.id: one for one in watches}
        monkeypatch.setattr(random, "uniform", lambda *_: 1.0)
        monkeypatch.setattr("llamacloud_cli.workflows.wait.BatchWatch", lambda _client, name, *_: by_id[name])
        self.watcher, self.clock = Watcher(), Clock()
        self.finished: list[str] = []
        options = WaitOptions(timeout=timeout, sleep=self.clock.sleep, clock=self.clock)
        ids = [one.id for one in watches]
        wait_for_batches(
            client(),
            [*ids, ids[0]],
            options,
            self.watcher,  # type: ignore[arg-type]
            lambda one: self.finished.append(one.id),
        )
        return self.watcher, self.clock, self.finished

    def test_each_is_asked_for_at_its_own_pace_until_it_is_over(self, monkeypatch: pytest.MonkeyPatch) -> None:
        slow = Scripted("bat-1", "PENDING", "PENDING", "RUNNING", "COMPLETED")
        watcher, clock, finished = self.wait(monkeypatch, slow, Scripted("bat-2", "COMPLETED"))
        assert finished == ["bat-2", "bat-1"]
        assert watcher.seen == ["bat-1 PENDING", "bat-2 COMPLETED", "bat-1 PENDING", "bat-1 RUNNING", "bat-1 COMPLETED"]
        assert clock.sleeps == [2.0, 3.0, 2.0]  # what has changed is asked for again soon
        assert watcher.notes == []

    def test_the_time_is_up_although_one_goes_on(self, monkeypatch: pytest.MonkeyPatch) -> None:
        running = Scripted("bat-1", *["RUNNING"] * 9)
        with pytest.raises(WaitTimeoutError) as caught:
            self.wait(monkeypatch, running, Scripted("bat-2", "COMPLETED"), timeout=6.0)
        assert caught.value.message.endswith("not done: bat-1 RUNNING")
        assert caught.value.hint == "it goes on; wait again with `llamacloud-prod batches wait bat-1`"
        assert sum(self.clock.sleeps) == 6.0

    @pytest.mark.parametrize(("count", "more"), [(5, ""), (7, " and 2 more")])
    def test_five_that_go_on_are_named(self, monkeypatch: pytest.MonkeyPatch, count: int, more: str) -> None:
        watches = [Scripted(f"bat-{number}", "RUNNING") for number in range(count)]
        with pytest.raises(WaitTimeoutError) as caught:
            self.wait(monkeypatch, *watches, timeout=1.0)
        named = ", ".join(f"bat-{number} RUNNING" for number in range(5))
        assert caught.value.message.endswith(f"not done: {named}{more}")

    def test_one_that_is_lost_does_not_keep_the_others_and_is_told_at_the_end(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        lost = Scripted("bat-1", ApiError("gone", status=404))
        failed = Scripted("bat-2", "FAILED")
        with pytest.raises(ApiError, match="gone"):
            self.wait(monkeypatch, lost, failed, Scripted("bat-3", "COMPLETED"))
        assert self.finished == ["bat-2", "bat-3"]
        assert "bat-1: gone" in self.watcher.notes
        assert "not completed: bat-2 FAILED" in self.watcher.notes

    def test_the_only_one_that_is_lost_is_told_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(ApiError, match="gone"):
            self.wait(monkeypatch, Scripted("bat-1", ApiError("gone", status=404)))
        assert self.watcher.notes == []

    def test_a_key_that_is_refused_ends_it_at_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(AuthenticationError):
            self.wait(
                monkeypatch, Scripted("bat-1", AuthenticationError("no", status=401)), Scripted("bat-2", "FAILED")
            )
        assert self.finished == []


class TestHowItEnds:
    def outcome(self, *watches: Scripted) -> list[str]:
        notes: list[str] = []
        self.notes = notes
        raise_for_outcome(watches, notes.append)  # type: ignore[arg-type]
        return notes

    def done(self, status: str, *errors: str | None) -> Scripted:
        watch = Scripted("bat-1", status)
        watch.step()
        watch.errors = list(errors)
        return watch

    def test_well_where_every_file_succeeded(self) -> None:
        assert self.outcome(self.done("COMPLETED", None, None)) == []

    @pytest.mark.parametrize(("count", "more"), [(10, []), (12, ["2"])])
    def test_with_the_files_that_failed(self, count: int, more: list[str]) -> None:
        with pytest.raises(PartialFailureError, match=f"^{count} of {count + 1} files failed"):
            self.outcome(self.done("COMPLETED", None, *["bad"] * count))
        assert self.notes[0] == "failed: dfl-1: bad"
        assert self.notes[10:] == [
            f"… and {number} more; `llamacloud-prod batches results bat-1` lists all" for number in more
        ]
        assert len(self.notes) == 10 + len(more)

    @pytest.mark.parametrize("status", ["FAILED", "CANCELLED"])
    def test_with_the_batches_that_did_not_complete(self, status: str) -> None:
        with pytest.raises(BatchFailedError, match=f"not completed: bat-1 {status}"):
            self.outcome(self.done(status), self.done("COMPLETED", "bad"))
