"""Crashes in one line: what Python would print of one by itself is a traceback and a text that may hold anything.

The text of an unexpected exception is never shown, since a key may be in it. Its kind and its place must do.
"""

from __future__ import annotations

import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType


def in_words(error: BaseException) -> str:
    """Gives the kind of an exception and the place where it was raised."""
    return _words(type(error), error.__traceback__)


def install() -> None:
    """Takes the place of what prints exceptions that nothing caught: of this thread, of others, and of finalizers."""
    sys.excepthook = lambda kind, _, trace: _tell(kind, trace)
    threading.excepthook = lambda crash: _tell(crash.exc_type, crash.exc_traceback)
    sys.unraisablehook = lambda crash: _tell(crash.exc_type, crash.exc_traceback)


def _tell(kind: type[BaseException], trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt | SystemExit):
        return
    with suppress(Exception):  # there may be no standard error any more
        sys.stderr.write(f"error: {_words(kind, trace)}\n")
        sys.stderr.flush()


def _words(kind: type[BaseException], trace: TracebackType | None) -> str:
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}" if trace else "?"
    return f"internal error: {kind.__name__} at {place}"
