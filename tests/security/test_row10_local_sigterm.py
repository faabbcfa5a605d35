"""Row 10: SIGTERM that comes twice at once, as `timeout` sends it, ends a create as one does: with what to check."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.processes import ROOT

pytestmark = pytest.mark.skipif(os.name != "posix", reason="SIGTERM is a signal of POSIX")

_TWICE = """
import os, signal
from llamacloud_cli.cli.termination import told_of_the_end

real = signal.signal

def late(number, handler):
    # The second signal comes before the first one has been taken note of.
    if handler == signal.SIG_IGN:
        os.kill(os.getpid(), signal.SIGTERM)
    return real(number, handler)

with told_of_the_end(lambda: os.write(1, b"told\\n")):
    signal.signal = late
    os.kill(os.getpid(), signal.SIGTERM)
    signal.pause()
"""


def test_row10_a_second_sigterm_at_once_is_no_crash() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _TWICE], env={**os.environ, "PYTHONPATH": str(ROOT)}, stdin=subprocess.DEVNULL,
        capture_output=True, check=False, timeout=30,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (-15, b"told\n", b"")
