"""SIGTERM or SIGHUP while something is under way that must be told of, or put right, before the process ends."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


_ECHO_SECONDS = 1.0
"""`timeout` sends a process the signal twice, to itself and to its group."""


class _Terminated(BaseException):
    """A signal came that ends the process."""


@contextmanager
def told_of_the_end(tell: Callable[[], None]) -> Iterator[None]:
    """Leaves the block and calls `tell` where SIGTERM or SIGHUP comes; then the process ends by it, as it would have.

    So it does where something in the block fails on the way out, as a terminal does that is gone.

    Whoever ignores or handles them goes on doing so, and threads other than the main one cannot handle any.
    """
    ours = _unhandled() if threading.current_thread() is threading.main_thread() else []
    came = -_ECHO_SECONDS
    ends: list[int] = []

    def interrupt(number: int, _: object) -> None:
        nonlocal came
        before, came = came, monotonic()
        if came - before >= _ECHO_SECONDS:
            ends.append(number)
            raise _Terminated

    try:
        try:
            _handle(ours, interrupt)
            yield
        finally:
            # Ignored once one came: a second one must not cut the words off.
            _handle(ours, signal.SIG_IGN if ends else signal.SIG_DFL)
    except BaseException:
        if not ends:
            raise
    if ends:
        _handle(ours, signal.SIG_IGN)  # again: one that came while the handlers were being put back cut that short
        try:
            tell()
        finally:
            _end_by(ends[0])


def _end_by(number: int) -> NoReturn:
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
    os._exit(128 + number)  # as shells have it; Linux keeps such a signal from the first process of a container


def _unhandled() -> list[int]:
    """Gives those of the signals that end this process as they would any."""
    found = (getattr(signal, name, None) for name in ("SIGTERM", "SIGHUP"))  # Windows has no SIGHUP
    return [number for number in found if number is not None and signal.getsignal(number) == signal.SIG_DFL]


def _handle(numbers: list[int], handler: Any) -> None:
    for number in numbers:
        signal.signal(number, handler)
