"""One pace for all threads of a run: what one of them learns of the service's limits holds for the others.

A 429 stops every thread for as long as the service asks. From how much passed in the busy time until then follows a
rate, at which the threads go on; it rises slowly while nothing is refused, since not all limits are published, and
they may change.
"""

from __future__ import annotations

import threading
from http import HTTPStatus
from time import monotonic
from typing import TYPE_CHECKING, TypeGuard, TypeVar

from llamacloud_cli.api.retries import LONGEST_PAUSE_SECONDS
from llamacloud_cli.errors import ApiError, CliError

if TYPE_CHECKING:
    from collections.abc import Callable

    from llamacloud_cli.workflows.stop import Stop

T = TypeVar("T")

PAUSE_WITHOUT_WISH_SECONDS = 1.0
MOST_REFUSALS = 30
"""How often one call may be refused with 429 before that is its answer."""
LONGEST_REFUSAL_SECONDS = 600.0
"""For how long every call may be refused before that is the answer: a run in CI must not hang for hours."""
SAMPLE = 10
"""Calls that must have passed before a rate is taken from them."""
_SAFETY = 1.05
_RECOVERY = 0.99
"""What the pause between two calls shrinks to with each call that passes: to half in 69."""
_GUESS = 1 / 8
"""The pause between two calls where too few have passed to learn from, as a share of the pause that was asked for."""
_GUESS_RECOVERY = 0.9
_IDLE_SECONDS = 2.0
"""A time without calls that ends a busy time: what passed before says nothing of a limit."""
_NO_PAUSE_SECONDS = 0.001


class Throttle:
    """Paces calls from many threads.

    Args:
        stop: ends the waiting.
        clock: gives seconds that never go back.
    """

    def __init__(self, stop: Stop, clock: Callable[[], float] = monotonic) -> None:
        self._stop = stop
        self._clock = clock
        self._lock = threading.Lock()
        self._closed_until = 0.0
        self._next_start = 0.0
        self._interval = 0.0
        self._recovery = _RECOVERY
        self._last_start = self._busy_since = clock()
        self._passed = 0
        self._refused_since: float | None = None

    def run(self, call: Callable[[], T]) -> T:
        """Makes a call when its turn has come, and again after each 429 that may pass.

        Raises:
            Stopped: the run is being stopped.
            CliError: any other failure, a 429 with a pause of more than a minute, or too many of them, of this call
                or for too long of all.
        """
        for _ in range(MOST_REFUSALS):
            started = self._wait_for_turn()
            try:
                result = call()
            except CliError as error:
                if not _is_refusal(error):
                    self._refused_since = None
                    raise
                refused = error
                refused_for = self._note_refusal(error.retry_after, started)
                if (error.retry_after or 0) > LONGEST_PAUSE_SECONDS or refused_for >= LONGEST_REFUSAL_SECONDS:
                    raise
            else:
                self._note_success()
                return result
        raise refused

    def _wait_for_turn(self) -> float:
        while True:
            self._stop.check()
            with self._lock:
                now = self._clock()
                at = max(self._closed_until, self._next_start)
                if at <= now:
                    if now - max(self._last_start, self._closed_until) > max(_IDLE_SECONDS, 2 * self._interval):
                        self._busy_since, self._passed = now, 0
                    self._last_start = now
                    self._next_start = now + self._interval
                    return now
            self._stop.sleep(at - now)

    def _note_refusal(self, wished: float | None, started: float) -> float:
        """Gives for how many seconds nothing but refusals has come."""
        with self._lock:
            now = self._clock()
            if self._refused_since is None:
                self._refused_since = now
            self._learn(wished, started, now)
            return now - self._refused_since

    def _learn(self, wished: float | None, started: float, now: float) -> None:
        pause = min(PAUSE_WITHOUT_WISH_SECONDS if wished is None else wished, LONGEST_PAUSE_SECONDS)
        was_open = started >= self._closed_until and self._closed_until <= now
        self._closed_until = max(self._closed_until, now + pause)
        if not was_open:
            return  # this call had been sent before another one learned of the limit
        if self._passed < SAMPLE:
            if self._interval < pause * _GUESS:
                self._interval, self._recovery = pause * _GUESS, _GUESS_RECOVERY
            return
        window = max(self._closed_until - self._busy_since, _NO_PAUSE_SECONDS)
        self._interval, self._recovery = window / self._passed * _SAFETY, _RECOVERY
        self._busy_since, self._passed = self._closed_until, 0

    def _note_success(self) -> None:
        with self._lock:
            self._refused_since = None
            self._passed += 1
            self._interval *= self._recovery
            if self._interval < _NO_PAUSE_SECONDS:
                self._interval = 0.0


def _is_refusal(error: CliError) -> TypeGuard[ApiError]:
    return isinstance(error, ApiError) and error.status == HTTPStatus.TOO_MANY_REQUESTS and error.retryable
