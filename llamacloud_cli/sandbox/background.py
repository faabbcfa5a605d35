"""A thread that looks for work until it is told to stop."""

from __future__ import annotations

import logging
import threading
from abc import ABC, abstractmethod

logger = logging.getLogger(__name__)

POLL = 0.5
"""Seconds between looks for work that another process on the same folder made."""
_SHORTEST_WAIT = 0.001


class Background(ABC):
    """Does one piece of work after another in a thread of its own, and waits where there is none.

    Args:
        name: of the thread.
    """

    def __init__(self, name: str) -> None:
        self._wake = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Starts the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread after the piece of work under way; the rest is done when the folder is served again."""
        self._stopping = True
        self._wake.set()
        self._thread.join()

    def notify(self) -> None:
        """Says that there may be work."""
        self._wake.set()

    @abstractmethod
    def work(self) -> float:
        """Does one piece of work; gives the seconds until the next one may be due, 0 for at once."""

    def _run(self) -> None:
        while not self._stopping:
            self._wake.clear()
            try:
                wait = self.work()
            except Exception:  # the thread outlives a full disk
                logger.exception("%s failed", self._thread.name)
                wait = POLL
            if wait > 0:
                self._wake.wait(max(min(wait, POLL), _SHORTEST_WAIT))
