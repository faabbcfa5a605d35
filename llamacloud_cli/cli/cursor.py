"""The cursor of a terminal, which a live display hides: whoever ends the process gets it back."""

from __future__ import annotations

import os
import signal
import sys
import threading
from contextlib import suppress
from typing import IO

_SHOW = b"\x1b[?25h\r\n"  # DECTCEM: https://vt100.net/docs/vt510-rm/DECTCEM.html


def give_back_cursor(stream: IO[str]) -> None:
    """Shows the cursor when SIGTERM or SIGHUP ends this process, which they do as they did before.

    Signals that the caller ignores or handles are left alone, and so is a stream that is not this process's own.

    Args:
        stream: the terminal.
    """
    if stream not in (sys.__stderr__, sys.__stdout__) or threading.current_thread() is not threading.main_thread():
        return

    def end(number: int, _: object) -> None:
        with suppress(OSError):
            os.write(stream.fileno(), _SHOW)
        signal.signal(number, signal.SIG_DFL)
        signal.raise_signal(number)
        os._exit(128 + number)  # as shells have it; Linux keeps such a signal from the first process of a container

    for name in ("SIGTERM", "SIGHUP"):
        found = getattr(signal, name, None)
        if found is not None and signal.getsignal(found) == signal.SIG_DFL:
            signal.signal(found, end)
