"""SIGTERM while something is under way that must be told of before the process ends."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


_ECHO_SECONDS = 1.0
"""`timeout` sends a process the signal twice, to itself and to its group."""


class _Terminated(BaseException):
    """SIGTERM came."""


@contextmanager
def told_of_sigterm(tell: Callable[[], None]) -> Iterator[None]:
    """Calls `tell` where SIGTERM comes within the block; then the process ends by it, as it would have.

    Whoever ignores or handles SIGTERM goes on doing so, and threads other than the main one cannot handle any.
    """
    if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGTERM) != signal.SIG_DFL:
        yield
        return
    came = -_ECHO_SECONDS

    def interrupt(*_: object) -> None:
        nonlocal came
        before, came = came, monotonic()
        if came - before >= _ECHO_SECONDS:
            raise _Terminated

    signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    except _Terminated:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a second one must not cut the words off
        tell()
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTERM)
        raise
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
