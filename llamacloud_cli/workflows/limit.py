"""A moment at which waiting ends, whatever a call or the pause before its repeat would still take."""

from __future__ import annotations

import math
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from llamacloud_cli.api.client import Client

SHORTEST_CALL_SECONDS = 5.0
"""What a call may take in any case: one that is under way at the end may still tell that all is done."""


class TimeUpError(Exception):
    """The moment has come. It is no failure of a call, so nothing passes over it."""


@contextmanager
def limited(client: Client, end: float | None, clock: Callable[[], float]) -> Iterator[None]:
    """Ends the calls of a client, and the pauses between their repeats, at a moment.

    Args:
        client: whose calls.
        end: the moment by `clock`, or None for no limit.
        clock: gives seconds that never go back.

    Raises:
        TimeUpError: a call would be repeated after it.
    """
    if end is None:
        yield
        return
    retries = client.retries

    def sleep(seconds: float) -> None:
        left = end - clock()
        if seconds >= left:
            retries.sleep(max(left, 0.0))
            raise TimeUpError
        retries.sleep(seconds)

    client.retries = retries._replace(sleep=sleep)
    client.patience = lambda: max(end - clock(), SHORTEST_CALL_SECONDS)
    try:
        yield
    finally:
        client.retries = retries
        client.patience = lambda: math.inf
