"""Row 10: whatever ends the program at a terminal, the terminal shows what is typed and where, as before."""

from __future__ import annotations

import fcntl
import os
import select
import signal
import subprocess
import sys
import termios
import time
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests import canary
from tests.processes import environment
from tests.servers import Reply, ScriptedServer, batch, page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.servers import Seen

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
SECONDS = 60.0
STAGES = {
    "the question for a key": (("auth", "login"), b"API key for "),
    "the question for a yes": (("sandbox", "reset"), b"[y/N]"),
    "a live table": (("batches", "watch", "--interval", "50s"), b"going on"),
    "live progress": (("batches", "wait", "bat-1", "--interval", "50s"), b"RUNNING"),
    "the explorer": (("batches", "list", "--format", "explore"), b"bat-1"),
}
CHANGED_AND_PUT_RIGHT = {
    "the cursor": (b"\x1b[?25l", b"\x1b[?25h"),
    "the alternate screen": (b"\x1b[?1049h", b"\x1b[?1049l"),
    "the mouse": (b"\x1b[?1000h", b"\x1b[?1000l"),
    "pasting": (b"\x1b[?2004h", b"\x1b[?2004l"),
}

_AT_ITS_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, "-m", "llamacloud_cli", *sys.argv[1:]])
"""


class Ended(NamedTuple):
    """How a program ended at a terminal."""

    status: int
    written: bytes
    modes_before: list[object]
    modes_after: list[object]


@pytest.fixture
def service() -> Iterator[ScriptedServer]:
    def script(seen: Seen) -> Reply:
        return Reply(body=page(batch()) if seen.path.endswith("/batches") else batch())

    served = ScriptedServer(script)
    yield served
    served.close()


def end_at(service: ScriptedServer, argv: tuple[str, ...], words: bytes, number: int) -> Ended:
    """Starts a command line at a terminal of its own and sends it a signal once it has written some words."""
    ours, its = os.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, b"\x18\x00\x50\x00\x00\x00\x00\x00")
    before = termios.tcgetattr(its)
    process = subprocess.Popen(
        [sys.executable, "-c", _AT_ITS_TERMINAL, *argv],
        env=environment(service.url, TERM="xterm-256color", COLUMNS=None, LINES=None),
        stdin=its, stdout=its, stderr=its, start_new_session=True,
    )  # fmt: skip
    with process:
        written = _written(ours, lambda data: words in data)
        time.sleep(0.5)
        process.send_signal(number)
        written += _written(ours, lambda _: process.poll() is not None)
        written += _written(ours, lambda _: not select.select([ours], [], [], 0.2)[0])
    after = termios.tcgetattr(its)
    os.close(its)
    os.close(ours)
    canary.watch.look(written)
    return Ended(process.returncode, written, before, after)


def _written(terminal: int, is_over: Callable[[bytes], bool]) -> bytes:
    """Reads what is written to a terminal until something holds of it."""
    data, end = b"", time.monotonic() + SECONDS
    while not is_over(data):
        assert time.monotonic() < end, data[-500:]
        if select.select([terminal], [], [], 0.05)[0]:
            data += os.read(terminal, 65536)
    return data


@pytest.mark.skipif(os.name != "posix", reason="terminals of POSIX")
@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
@pytest.mark.parametrize("stage", STAGES)
def test_row10_a_signal_leaves_a_terminal_as_it_was_during(
    stage: str, number: signal.Signals, service: ScriptedServer
) -> None:
    ended = end_at(service, *STAGES[stage], number)
    assert ended.status == -number, ended.written[-500:]
    assert ended.modes_after == ended.modes_before, "echo is off, or keys come one by one"
    for what, (change, amends) in CHANGED_AND_PUT_RIGHT.items():
        assert ended.written.rfind(change) <= ended.written.rfind(amends), what
    assert b"Traceback" not in ended.written
    assert b"internal error" not in ended.written
