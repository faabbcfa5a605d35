"""The pace of a run: the arithmetic of what is learned from refusals, and the workers that share it."""

from __future__ import annotations

import threading
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from llamacloud_cli.errors import ApiError
from llamacloud_cli.workflows.pool import Pool
from llamacloud_cli.workflows.stop import Stop, Stopped
from llamacloud_cli.workflows.throttle import MOST_REFUSALS, SAMPLE, Throttle

if TYPE_CHECKING:
    from collections.abc import Iterator


class Pace:
    """A throttle on a clock that passes when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0
        self.sleeps: list[float] = []
        self.stop = Stop(self._sleep)
        self.throttle = Throttle(self.stop, lambda: self.now)

    def _sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.now += seconds

    def passes(self, takes: float = 0.0) -> float:
        """Makes a call that passes; gives how long it was held back."""
        before = sum(self.sleeps)

        def call() -> None:
            self.now += takes

        self.throttle.run(call)
        return round(sum(self.sleeps) - before, 9)

    def refused(self, wished: float | None, *, status: int = 429, retryable: bool = True) -> float:
        """Makes a call that is refused once; gives how long its repeat was held back."""
        error = ApiError("too fast", status=status, retryable=retryable)
        error.retry_after = wished
        left, before = [error], sum(self.sleeps)

        def call() -> None:
            if left:
                raise left.pop()

        self.throttle.run(call)
        return round(sum(self.sleeps) - before, 9)


@pytest.fixture
def pace() -> Pace:
    return Pace()


class TestAfterARefusal:
    @pytest.mark.parametrize(("wished", "pause"), [(7.0, 7.0), (0.0, 0.0), (None, 1.0), (60.0, 60.0)])
    def test_the_pause_is_the_one_that_was_asked_for_or_a_second(
        self, pace: Pace, wished: float | None, pause: float
    ) -> None:
        assert pace.refused(wished) == pause

    def test_a_pause_of_more_than_a_minute_is_not_waited_for(self, pace: Pace) -> None:
        """It is that call's answer; the others wait for a minute."""
        with pytest.raises(ApiError):
            pace.refused(60.5)
        assert pace.sleeps == []
        assert pace.passes() == 60.0

    @pytest.mark.parametrize(("status", "retryable"), [(503, True), (429, False)])
    def test_any_other_failure_is_passed_on(self, pace: Pace, status: int, retryable: bool) -> None:
        with pytest.raises(ApiError):
            pace.refused(5.0, status=status, retryable=retryable)
        assert pace.passes() == 0.0

    def test_too_little_is_known_for_a_rate_so_an_eighth_of_the_pause_lies_between_calls(self, pace: Pace) -> None:
        """And a tenth less with each call that passes."""
        pace.refused(8.0)
        assert [pace.passes() for _ in range(3)] == [1.0, 0.9, 0.81]

    def test_a_shorter_pause_later_does_not_quicken_the_pace(self, pace: Pace) -> None:
        pace.refused(8.0)
        assert pace.refused(0.8) == 1.0 + 0.9
        assert pace.passes() == 0.9

    def test_with_enough_calls_the_rate_is_theirs_over_the_whole_time(self, pace: Pace) -> None:
        """Ten calls in 5 seconds and a pause of 15 are one in 2 seconds, and a bit of caution."""
        for _ in range(SAMPLE):
            pace.passes(0.5)
        assert pace.refused(15.0) == 15.0
        assert pace.passes() == round(20.0 / SAMPLE * 1.05, 9)
        assert pace.passes() == round(20.0 / SAMPLE * 1.05 * 0.99, 9)

    def test_with_one_call_less_it_is_a_guess(self, pace: Pace) -> None:
        for _ in range(SAMPLE - 1):
            pace.passes(0.5)
        assert pace.refused(16.0) == 16.0
        assert pace.passes() == 2.0

    def test_what_passed_before_an_idle_time_says_nothing(self, pace: Pace) -> None:
        for _ in range(SAMPLE):
            pace.passes(0.5)
        pace.now += 100.0
        assert pace.refused(8.0) == 8.0
        assert pace.passes() == 1.0

    def test_a_short_rest_is_a_part_of_the_busy_time(self, pace: Pace) -> None:
        for _ in range(SAMPLE):
            pace.passes(0.5)
        pace.now += 1.0
        assert pace.refused(14.0) == 14.0
        assert pace.passes() == round(20.0 / SAMPLE * 1.05, 9)

    def test_calls_that_were_under_way_before_teach_nothing_more(self, pace: Pace) -> None:
        """Only the pause that they ask for counts, where it is longer."""
        second = iter([12.0])

        def call() -> None:
            wished = next(second, None)
            if wished is not None:
                # While this one is under way, another one is refused.
                with pytest.raises(ApiError):
                    pace.throttle.run(lambda: _refuse(61.0))
                raise _refusal(wished)

        pace.throttle.run(call)
        assert sum(pace.sleeps) == 60.0
        assert pace.passes() == 60.0 / 8

    def test_a_pause_that_has_become_tiny_is_none(self, pace: Pace) -> None:
        pace.refused(0.0081)
        assert pace.passes() == round(0.0081 / 8, 9)
        assert pace.passes() == 0.0

    def test_one_call_that_is_always_refused_ends_with_that(self, pace: Pace) -> None:
        calls: list[float] = []

        def call() -> None:
            calls.append(pace.now)
            raise _refusal(2.0)

        with pytest.raises(ApiError):
            pace.throttle.run(call)
        assert len(calls) == MOST_REFUSALS
        assert all(later - sooner >= 2.0 for sooner, later in pairwise(calls))

    def test_who_waits_for_a_turn_is_stopped(self, pace: Pace) -> None:
        pace.stop.set()
        with pytest.raises(Stopped):
            pace.passes()


def _refusal(wished: float | None) -> ApiError:
    error = ApiError("too fast", status=429, retryable=True)
    error.retry_after = wished
    return error


def _refuse(wished: float | None) -> None:
    raise _refusal(wished)


def _fail(_: object) -> None:
    raise KeyError


class TestStop:
    def test_sleeping_ends_when_it_is_set(self) -> None:
        stop = Stop()
        threading.Timer(0.05, stop.set).start()
        with pytest.raises(Stopped):
            stop.sleep(30.0)
        assert stop.wanted

    def test_before_it_is_set_nothing_ends(self) -> None:
        stop = Stop()
        stop.check()
        stop.sleep(0.0)
        assert not stop.wanted

    def test_who_would_sleep_after_it_was_set_does_not(self) -> None:
        slept: list[float] = []
        stop = Stop(slept.append)
        stop.set()
        with pytest.raises(Stopped):
            stop.sleep(1.0)
        assert slept == []


class TestPool:
    @pytest.fixture
    def pool(self) -> Iterator[Pool]:
        found = Pool(3)
        yield found
        found.close()
        found.join(10)
        assert not any(thread.is_alive() for thread in found._threads)

    def test_every_item_is_worked_on_before_it_returns(self, pool: Pool) -> None:
        done: list[int] = []
        pool.each(done.append, range(100))
        assert sorted(done) == list(range(100))

    def test_as_many_at_a_time_as_there_are_workers(self, pool: Pool) -> None:
        together = threading.Barrier(3)
        pool.each(lambda _: together.wait(10), range(6))

    def test_items_are_read_as_fast_as_they_are_worked_on(self, pool: Pool) -> None:
        """Two for each worker and no more: there may be a million of them."""
        read: list[int] = []
        go = threading.Event()

        def items() -> Iterator[int]:
            for number in range(50):
                read.append(number)
                yield number

        thread = threading.Thread(target=pool.each, args=(lambda _: go.wait(10), items()))
        thread.start()
        go.wait(0.2)
        held = len(read)
        go.set()
        thread.join(10)
        assert held <= 7
        assert len(read) == 50

    def test_the_first_failure_is_raised_and_what_was_not_begun_is_left(self, pool: Pool) -> None:
        begun: list[int] = []

        def work(number: int) -> None:
            begun.append(number)
            if number == 0:
                raise KeyError(number)

        with pytest.raises(KeyError):
            pool.each(work, range(1000))
        assert len(begun) < 100

    def test_after_a_failure_no_more_items_are_read(self, pool: Pool) -> None:
        read: list[int] = []

        def items() -> Iterator[int]:
            for number in range(1000):
                read.append(number)
                yield number

        with pytest.raises(KeyError):
            pool.each(_fail, items())
        assert len(read) <= 7

    def test_so_is_a_failure_of_what_gives_the_items(self, pool: Pool) -> None:
        def items() -> Iterator[int]:
            yield 1
            raise OSError

        done: list[int] = []
        with pytest.raises(OSError):  # noqa: PT011 - any
            pool.each(done.append, items())
        pool.each(done.append, [2])
        assert done[-1] == 2

    def test_several_groups_share_the_workers(self, pool: Pool) -> None:
        """What one thread gives fails alone."""
        failed: list[str] = []

        def fail() -> None:
            try:
                pool.each(_fail, range(3))
            except KeyError:
                failed.append("failed")

        thread = threading.Thread(target=fail)
        thread.start()
        done: list[int] = []
        pool.each(done.append, range(30))
        thread.join(10)
        assert (sorted(done), failed) == (list(range(30)), ["failed"])
