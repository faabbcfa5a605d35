"""When a failed call is made again, and how long after: which failures, and whose wish for a pause counts."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING, NamedTuple, TypeVar, cast

from llamacloud_cli.errors import ApiError, CliError, NetworkError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tenacity import RetryCallState

T = TypeVar("T")

LONGEST_PAUSE_SECONDS = 60.0
FIRST_BACKOFF_SECONDS = 0.5
LONGEST_BACKOFF_SECONDS = 8.0


class Budget:
    """How many repeats one run may still make, so that many calls at once do not hammer a service that is down.

    Each repeat takes one; each call that succeeds gives back a part of one.
    """

    def __init__(self, size: int) -> None:
        self._size = float(size)
        self._left = float(size)
        self._lock = threading.Lock()

    def take(self) -> bool:
        """Takes one repeat; tells whether there was one."""
        with self._lock:
            if self._left < 1:
                return False
            self._left -= 1
            return True

    def give_back(self) -> None:
        """Notes a call that succeeded."""
        with self._lock:
            self._left = min(self._size, self._left + 0.5)


class Retries(NamedTuple):
    """How calls are repeated.

    Attributes:
        limit: how often one call is repeated at most.
        budget: shared by all calls of a run.
        sleep: waits for some seconds.
        notice: told before each pause.
    """

    limit: int
    budget: Budget
    sleep: Callable[[float], None]
    notice: Callable[[str], None]

    def call(self, attempt: Callable[[], T], *, surely_undone: bool = False) -> T:
        """Makes a call, and makes it again after a failure that may pass.

        Args:
            attempt: makes the call once.
            surely_undone: repeat it only where it surely had no effect, as for a create: the connection was never
                made, or the server said 425 or 429.

        Raises:
            CliError: the last failure.
        """
        worth = _surely_undone if surely_undone else may_pass
        try:
            result = attempt()
        except CliError as error:
            if self.limit < 1 or not worth(error) or not self.budget.take():
                raise
            return self._again(attempt, error, worth)
        self.budget.give_back()
        return result

    def _again(self, attempt: Callable[[], T], first: CliError, worth: Callable[[BaseException], bool]) -> T:
        """Goes on after the first failure. tenacity keeps the clock; it is imported when something has failed."""
        from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

        known: list[CliError] = [first]
        # Full jitter, any pause from nothing to a bound that doubles:
        # https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
        jitter = wait_random_exponential(multiplier=FIRST_BACKOFF_SECONDS, max=LONGEST_BACKOFF_SECONDS)
        enough = stop_after_attempt(self.limit + 1)

        def attempt_or_first() -> T:
            if known:
                raise known.pop()
            return attempt()

        def pause(state: RetryCallState) -> float:
            wished: float | None = getattr(_error(state), "retry_after", None)
            return jitter(state) if wished is None else wished

        def stop(state: RetryCallState) -> bool:
            # The first repeat has been paid for already.
            return enough(state) or (state.attempt_number > 1 and not self.budget.take())

        retrying = Retrying(
            retry=retry_if_exception(worth),
            wait=pause,
            stop=stop,
            sleep=self.sleep,
            before_sleep=self._tell,
            reraise=True,
        )
        try:
            result = retrying(attempt_or_first)
        except CliError as error:
            error.message += f" (tried {retrying.statistics['attempt_number']} times)"
            raise
        self.budget.give_back()
        return result

    def _tell(self, state: RetryCallState) -> None:
        pause = state.next_action.sleep if state.next_action else 0.0
        times = f"{state.attempt_number} of {self.limit}"
        self.notice(f"{_error(state).message}; trying again in {pause:.1f} s ({times})")


def _error(state: RetryCallState) -> CliError:
    """Gives the failure that an attempt ended with; only such failures are repeated."""
    return cast("CliError", state.outcome and state.outcome.exception())


def may_pass(error: BaseException) -> bool:
    """Tells whether a failure may pass within a minute, so that a call is worth repeating."""
    return isinstance(error, ApiError | NetworkError) and error.retryable and _pause_is_short(error)


def _surely_undone(error: BaseException) -> bool:
    if isinstance(error, NetworkError):
        return error.retryable and not error.maybe_sent
    return isinstance(error, ApiError) and error.status in (425, 429) and error.retryable and _pause_is_short(error)


def _pause_is_short(error: ApiError | NetworkError) -> bool:
    wished = getattr(error, "retry_after", None)
    return wished is None or wished <= LONGEST_PAUSE_SECONDS


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Gives the seconds for which the server asks to be left alone, or None.

    Reads `retry-after-ms`, then `Retry-After` in seconds or as a date, which is measured against the server's own
    `Date`: clocks differ. What is negative, in the past or no number is no wish.

    Args:
        headers: of the answer; their names may be asked for in lower case.
        now: this machine's time in seconds since 1970, for a server that sends no `Date`.
    """
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    text = headers.get("retry-after")
    seconds = _number(text)
    if seconds is not None or text is None:
        return seconds
    then = read_date(text)
    if then is None:
        return None
    here = read_date(headers.get("date", ""))
    left = then - (now if here is None else here)
    return left if left >= 0 else None


def _number(text: str | None) -> float | None:
    """Gives a number of digits, with a fraction or not, or None; one of very many digits is infinite."""
    return float(text) if re.fullmatch(r"[0-9]+(\.[0-9]*)?", text or "") and text else None


def read_date(text: str) -> float | None:
    """Gives any of the three date forms of RFC 9110, section 5.6.7, as seconds since 1970, or None."""
    if not text:
        return None
    from datetime import UTC
    from email.utils import parsedate_to_datetime

    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
