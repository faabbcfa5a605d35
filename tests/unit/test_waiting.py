"""Waiting for batches: when they are asked again, and how that ends."""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING, Any

import pytest

from llamacloud_cli.errors import (
    ApiError,
    AuthenticationError,
    BatchFailedError,
    CliError,
    NetworkError,
    NotFoundError,
    PartialFailureError,
    UsageError,
    WaitTimeoutError,
)
from llamacloud_cli.workflows.limit import SHORTEST_CALL_SECONDS, TimeUpError, limited
from llamacloud_cli.workflows.wait import (
    LONGEST_OUTAGE_SECONDS,
    Follower,
    Pauses,
    WaitOptions,
    raise_for_outcome,
    wait_for_batches,
)
from llamacloud_cli.workflows.watch import FileOutcome
from tests.clients import client

if TYPE_CHECKING:
    from collections.abc import Callable


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

    def test_failures_are_asked_about_often_however_long_the_interval_is(self) -> None:
        """Two failures an hour apart are no outage of an hour."""
        clock = Clock()
        watch = Scripted("bat-1", NetworkError("no"), "RUNNING", NetworkError("no"), "COMPLETED", seen=True)
        follower = Follower(watch, 3600.0, lambda _: None, clock)  # type: ignore[arg-type]
        pauses = []
        while not watch.over:
            follower.step()
            pauses.append(follower.due - clock.now)
            clock.now = follower.due
        assert [pause < 31.0 for pause in pauses] == [True, False, True, False]

    @pytest.mark.parametrize("interval", [0.2, 2.0, 600.0])
    def test_a_batch_that_surely_exists_is_not_given_up_when_it_is_not_found_yet(self, interval: float) -> None:
        """The fourth time in a row is believed, half a minute later, whatever the interval is."""
        clock, missing = Clock(), [NotFoundError("404") for _ in range(8)]
        watch = Scripted("bat-1", *missing[:3], "RUNNING", *missing[3:])
        follower = Follower(watch, interval, lambda _: None, clock, exists=True)  # type: ignore[arg-type]
        pauses = []

        def ask() -> None:
            follower.step()
            pauses.append(follower.due - clock.now)
            clock.now = follower.due

        for _ in range(7):
            ask()
        with pytest.raises(NotFoundError):
            ask()
        assert pauses[:3] + pauses[4:] == pytest.approx([4.0, 8.0, 16.0] * 2)

    def test_any_other_batch_that_is_not_found_is_told_of_at_once(self) -> None:
        with pytest.raises(NotFoundError):
            Follower(Scripted("bat-1", NotFoundError("404")), 2.0, lambda _: None, Clock()).step()  # type: ignore[arg-type]


class TestSeveralBatches:
    def wait(
        self, monkeypatch: pytest.MonkeyPatch, *watches: Scripted, timeout: float | None = None, interval: float = 2.0
    ) -> tuple[Watcher, Clock, list[str]]:
        """Waits, with pauses of just 2, 3, 4.5 … seconds."""
        by_id = {one.id: one for one in watches}
        monkeypatch.setattr(random, "uniform", lambda *_: 1.0)
        monkeypatch.setattr("llamacloud_cli.workflows.wait.BatchWatch", lambda _client, name, *_: by_id[name])
        self.watcher, self.clock = Watcher(), Clock()
        self.finished: list[str] = []
        options = WaitOptions(timeout=timeout, interval=interval, sleep=self.clock.sleep, clock=self.clock)
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

    def test_pauses_may_be_shorter_than_a_second(self, monkeypatch: pytest.MonkeyPatch) -> None:
        watch = Scripted("bat-1", "PENDING", "PENDING", "COMPLETED")
        assert self.wait(monkeypatch, watch, interval=0.5)[1].sleeps == [0.5, 0.75]

    def test_the_time_is_up_although_one_goes_on(self, monkeypatch: pytest.MonkeyPatch) -> None:
        running = Scripted("bat-1", *["RUNNING"] * 9)
        with pytest.raises(WaitTimeoutError) as caught:
            self.wait(monkeypatch, running, Scripted("bat-2", "COMPLETED"), timeout=6.0)
        assert caught.value.message == "after 6s not done: bat-1 RUNNING"
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


class TestTheLimit:
    """What holds for the calls of a client until a moment, 10 seconds from now."""

    END = 10.0

    def test_a_pause_that_would_pass_it_lasts_until_then_and_is_the_last_one(self) -> None:
        clock, caller = Clock(), client()
        caller.retries = caller.retries._replace(sleep=clock.sleep)

        def pause_twice() -> None:
            with limited(caller, self.END, clock):
                caller.retries.sleep(4.0)
                caller.retries.sleep(7.0)

        with pytest.raises(TimeUpError):
            pause_twice()
        assert clock.sleeps == [4.0, 6.0]

    def test_a_call_may_take_what_is_left_but_five_seconds_in_any_case(self) -> None:
        clock, caller = Clock(), client()
        with limited(caller, self.END, clock):
            assert caller.patience() == self.END
            clock.now = 8.0
            assert caller.patience() == SHORTEST_CALL_SECONDS == 5.0

    def test_afterwards_nothing_is_left_of_it(self) -> None:
        clock, caller = Clock(), client()
        before = caller.retries
        with limited(caller, self.END, clock):
            assert caller.retries is not before
        assert caller.retries is before
        assert caller.patience() == math.inf


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
