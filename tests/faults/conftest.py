"""A sandbox behind a relay for `run`, and the tool as a process whose memory is measured."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.faults.server import Relay, WireServer
from tests.processes import environment
from tests.workflows.conftest import Tool, service, source, start, tool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.workflows.conftest import Service

__all__ = ["service", "source", "start", "tool"]

MIB = 1024 * 1024
MOST_MEMORY = 200 * MIB
NO_WAIT = 60  # seconds; noisy machines stay far below, a call without a deadline far above
_MEASURED = """
import sys
from llamacloud_cli.main import main
status = main(sys.argv[2:])
sys.stdout.flush()
with open("/proc/self/status") as lines, open(sys.argv[1], "w") as out:
    out.write(next(line for line in lines if line.startswith("VmHWM")).split()[1])
sys.exit(status)
"""
"""`ru_maxrss` would count what the parent held before the process became Python."""


class Measured(NamedTuple):
    """What a process left behind, and the most memory that it had, in bytes."""

    status: int
    stdout: bytes
    stderr: str
    memory: int


@pytest.fixture
def measure(tmp_path: Path) -> Callable[..., Measured]:
    """Runs a command line in a process of its own."""
    if sys.platform != "linux":
        pytest.skip("the peak of a process is read from Linux's /proc")

    def run(url: str, *argv: str) -> Measured:
        peak, out = tmp_path / "peak", tmp_path / "stdout"
        with out.open("wb") as stdout:
            done = subprocess.run(
                [sys.executable, "-c", _MEASURED, str(peak), *argv],
                env=environment(url), stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.PIPE,
                check=False, timeout=120,
            )  # fmt: skip
        return Measured(done.returncode, out.read_bytes(), done.stderr.decode(), int(peak.read_text()) * 1024)

    return run


@pytest.fixture
def wire() -> Iterator[Callable[..., WireServer]]:
    """Starts servers that talk as they like."""
    started: list[WireServer] = []

    def begin(*args: object, **options: bool) -> WireServer:
        started.append(WireServer(*args, **options))
        return started[-1]

    yield begin
    for server in started:
        server.close()


@pytest.fixture
def relay(service: Service, tool: Tool) -> Iterator[Callable[..., Relay]]:
    """Starts relays to `service`; `tool` then talks to the last one."""
    started: list[Relay] = []

    def begin(*args: object, **options: object) -> Relay:
        started.append(Relay(service.sandbox.base_url, *args, **options))
        tool.env["LLAMA_CLOUD_BASE_URL"] = started[-1].url
        return started[-1]

    yield begin
    for one in started:
        one.close()
