"""Stopping many threads at once: whoever sleeps or is about to send finds out."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Stopped(Exception):  # noqa: N818 - no error: the user asked for it
    """The run is being stopped; nothing more is sent."""


class Stop:
    """The wish to stop, shared by the threads of a run.

    Args:
        sleep: waits for some seconds in place of the clock, or None.
    """

    def __init__(self, sleep: Callable[[float], None] | None = None) -> None:
        self._event = threading.Event()
        self._sleep = sleep

    def set(self) -> None:
        """Stops."""
        self._event.set()

    @property
    def wanted(self) -> bool:
        """Whether to stop."""
        return self._event.is_set()

    def check(self) -> None:
        """Goes on, or ends this thread's work.

        Raises:
            Stopped: the run is being stopped.
        """
        if self._event.is_set():
            raise Stopped

    def sleep(self, seconds: float) -> None:
        """Waits for some seconds.

        Raises:
            Stopped: the run is being stopped.
        """
        self.check()
        if self._sleep is not None:
            self._sleep(seconds)
        else:
            self._event.wait(seconds)
        self.check()
