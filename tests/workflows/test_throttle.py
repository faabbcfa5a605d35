"""One pace for all threads, learned from refusals."""

from __future__ import annotations

import threading
from contextlib import suppress

import pytest

from llamacloud_cli.errors import ApiError
from llamacloud_cli.workflows.stop import Stop, Stopped
from llamacloud_cli.workflows.throttle import LONGEST_REFUSAL_SECONDS, MOST_REFUSALS, Throttle


class Clock:
    """Time that passes when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class Limited:
    """A service that lets so many calls pass in each window, and says how long the window still is."""

    def __init__(self, clock: Clock, calls: int, window: float) -> None:
        self._clock, self._calls, self._window = clock, calls, window
        self._begin, self._used = clock.now, 0
        self.refused = 0
        self.early = 0
        self._open_at = 0.0

    def __call__(self) -> float:
        now = self._clock.now
        self._clock.now += 0.001  # what a call takes
        self.early += now < self._open_at
        if now - self._begin >= self._window:
            self._begin, self._used = now, 0
        if self._used >= self._calls:
            self.refused += 1
            self._open_at = self._begin + self._window
            raise refusal(self._open_at - now)
        self._used += 1
        return now


def refusal(wait: float | None, *, status: int = 429) -> ApiError:
    error = ApiError("too fast", status=status, retryable=True)
    error.retry_after = wait
    return error


@pytest.mark.parametrize(("calls", "window"), [(5, 1.0), (50, 5.0), (20, 60.0)])
def test_a_limit_is_learned_and_seldom_met_again(calls: int, window: float) -> None:
    """Of 400 calls few are refused, the time is near the least there is, and no call is sent while it is closed."""
    clock = Clock()
    throttle, service = Throttle(Stop(clock.sleep), clock), Limited(clock, calls, window)
    began = clock.now
    for _ in range(400):
        throttle.run(service)
    assert service.refused <= 40
    assert service.early == 0
    least = (400 / calls - 1) * window
    assert clock.now - began <= 1.6 * least


def test_a_service_without_limits_is_not_slowed_down() -> None:
    clock = Clock()
    throttle = Throttle(Stop(clock.sleep), clock)
    for _ in range(100):
        throttle.run(lambda: None)
    assert clock.now == 100.0


def test_one_refusal_stops_every_thread_for_as_long_as_was_asked() -> None:
    clock = Clock()
    throttle = Throttle(Stop(clock.sleep), clock)
    answers = [refusal(30.0)]

    def call() -> float:
        if answers:
            raise answers.pop()
        return clock.now

    assert throttle.run(call) >= 130.0
    assert throttle.run(call) >= 130.0


def test_a_pause_of_more_than_a_minute_is_told_at_once() -> None:
    clock = Clock()
    with pytest.raises(ApiError):
        Throttle(Stop(clock.sleep), clock).run(lambda: _raise(refusal(3600.0)))
    assert clock.now == 100.0


def test_a_call_that_is_refused_again_and_again_ends() -> None:
    clock, count = Clock(), [0]

    def call() -> None:
        count[0] += 1
        raise refusal(None)

    with pytest.raises(ApiError):
        Throttle(Stop(clock.sleep), clock).run(call)
    assert count[0] == MOST_REFUSALS


def test_a_service_that_refuses_every_call_for_ten_minutes_is_given_up() -> None:
    """Then each call ends at its first refusal, until one does otherwise: a run ends within minutes, not hours."""
    clock, count = Clock(), [0]
    throttle = Throttle(Stop(clock.sleep), clock)

    def call() -> None:
        count[0] += 1
        raise refusal(50.0)

    with pytest.raises(ApiError):
        throttle.run(call)
    assert LONGEST_REFUSAL_SECONDS <= clock.now - 100.0 < LONGEST_REFUSAL_SECONDS + 60.0
    before = count[0]
    with pytest.raises(ApiError):
        throttle.run(call)
    assert count[0] == before + 1
    for ending in (lambda: None, lambda: _raise(refusal(None, status=404))):
        before = count[0]
        with suppress(ApiError):
            throttle.run(ending)
        with pytest.raises(ApiError):
            throttle.run(call)
        assert count[0] > before + 10


def test_other_failures_are_none_of_its_business() -> None:
    clock = Clock()
    with pytest.raises(ApiError):
        Throttle(Stop(clock.sleep), clock).run(lambda: _raise(refusal(5.0, status=503)))
    assert clock.now == 100.0


def test_a_stop_ends_the_waiting_of_every_thread() -> None:
    stop = Stop()
    throttle = Throttle(stop)
    ended: list[str] = []

    def work() -> None:
        try:
            throttle.run(lambda: _raise(refusal(50.0)))
        except Stopped:
            ended.append("stopped")

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    stop.set()
    for thread in threads:
        thread.join(5)
    assert ended == ["stopped"] * 4


def _raise(error: Exception) -> None:
    raise error
