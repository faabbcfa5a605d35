"""A fixed number of worker threads, shared by all that a run does at the same time."""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

CONCURRENCY = 8
"""Files that are worked on at a time, where nothing else is asked for."""
_AHEAD = 2
"""Items that wait for each worker: enough to keep it busy, few enough to keep memory flat."""


class _Group:
    """The items of one `each`: how many are under way, and the first thing that went wrong."""

    def __init__(self, limit: int) -> None:
        self.slots = threading.Semaphore(limit)
        self.limit = limit
        self.error: BaseException | None = None

    def run(self, work: Callable[[Any], object], item: Any) -> None:
        try:
            if self.error is None:
                work(item)
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits
            self.error = self.error or error
        finally:
            self.slots.release()


class Pool:
    """Worker threads. They are daemons: a process that must end does not wait for them.

    Args:
        size: how many.
    """

    def __init__(self, size: int) -> None:
        self._queue: queue.SimpleQueue[tuple[_Group, Callable[[Any], object], Any] | None] = queue.SimpleQueue()
        self._size = size
        self._threads = [threading.Thread(target=self._serve, name=f"worker-{n}", daemon=True) for n in range(size)]
        for thread in self._threads:
            thread.start()

    def each(self, work: Callable[[Any], object], items: Iterable[Any]) -> None:
        """Works on every item, side by side, and returns when all are done.

        Args:
            work: takes one item; called from the workers.
            items: read as fast as they are worked on.

        Raises:
            BaseException: the first failure; items that were not begun by then are left.
        """
        group = _Group(self._size * _AHEAD)
        try:
            for item in items:
                group.slots.acquire()
                if group.error is not None:
                    group.slots.release()
                    break
                self._queue.put((group, work, item))
        except BaseException as error:
            group.error = error  # what waits in the queue is left
            raise
        finally:
            for _ in range(group.limit):
                group.slots.acquire()
        if group.error is not None:
            raise group.error

    def close(self) -> None:
        """Lets the workers end when they have done what was given to them."""
        for _ in self._threads:
            self._queue.put(None)

    def join(self, timeout: float) -> None:
        """Waits for the workers to end, for some seconds each at most."""
        for thread in self._threads:
            thread.join(timeout)

    def _serve(self) -> None:
        while (task := self._queue.get()) is not None:
            group, work, item = task
            group.run(work, item)
