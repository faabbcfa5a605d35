"""Row 10: SIGINT, SIGTERM and SIGHUP end the program by the signal itself, quietly, at every stage."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import KEY
from tests.processes import PROGRAM, environment, python
from tests.servers import Reply, ScriptedServer, Seen, batch, page
from tests.workflows.conftest import Service, Tool, manifest, written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals are those of POSIX")

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LATER = 60.0  # seconds; longer than any test waits


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 40
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


@contextmanager
def started(*argv: str, env: dict[str, str]) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Starts a command line once for each signal; they are gone at the end."""
    with ExitStack() as stack:
        found = []
        for _ in SIGNALS:
            process = subprocess.Popen(
                [*PROGRAM, *argv], env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                start_new_session=True,
            )  # fmt: skip
            stack.callback(process.communicate)
            stack.callback(process.kill)
            found.append(process)
        yield found


def end(processes: list[subprocess.Popen[bytes]], *, words: str = "") -> None:
    """Sends each its signal: it ends by that, at once and without a traceback; Ctrl-C may say how to go on."""
    for process, number in zip(processes, SIGNALS, strict=True):
        process.send_signal(number)
    began = time.monotonic()
    for process, number in zip(processes, SIGNALS, strict=True):
        _, stderr = process.communicate(timeout=LATER)
        assert process.returncode == -number, stderr
        text = stderr.decode()
        assert not any(word in text for word in ("Traceback", "Exception", "internal error", "error:", KEY)), text
        if number == signal.SIGINT:
            assert words in text
    assert time.monotonic() - began < LATER / 2


@pytest.fixture
def served() -> Iterator[ScriptedServer]:
    found = ScriptedServer()
    yield found
    found.close()


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_while_it_starts(number: signal.Signals) -> None:
    """It comes while modules are imported, when nothing could catch it."""
    code = f"""
import os, sys
class Finder:
    @staticmethod
    def find_spec(name, path, target=None):
        if name == "llamacloud_cli.main":
            os.kill(os.getpid(), {int(number)})
sys.meta_path.insert(0, Finder)
sys.argv = ["llamacloud-prod", "batches", "list"]
from llamacloud_cli.__main__ import run
run()
"""
    done = python(code)
    assert (done.returncode, done.stdout, done.stderr) == (-number, "", "")


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="only Linux tells of connections that are being made")
def test_while_it_connects() -> None:
    """Nobody takes the connection: the queue of the port is full."""
    with socket.socket() as full, ExitStack() as stack:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(("127.0.0.1", port))
        trying = f":{port:04X} 02 "  # SYN_SENT

        def count() -> int:
            return Path("/proc/net/tcp").read_text().count(trying)

        time.sleep(0.1)
        before = count()
        env = environment(f"http://127.0.0.1:{port}")
        with started("batches", "get", "bat-1", env=env) as processes:
            until(lambda: count() >= before + 3)
            end(processes)


STAGES: dict[str, tuple[tuple[str, ...], Callable[[Seen], Reply], str]] = {
    "an answer": (("batches", "get", "bat-1"), lambda _: Reply(body=batch(), delay=LATER), ""),
    "half an answer": (("batches", "get", "bat-1"), lambda _: Reply(body=batch(), drip=0.5), ""),
    "the next page": (
        ("batches", "list"),
        lambda seen: Reply(body=page(token="b"), delay=LATER if dict(seen.query).get("page_token") else 0),
        "",
    ),
    "a pause before a repeat": (("batches", "get", "bat-1"), lambda _: Reply(503, headers={"retry-after": "50"}), ""),
    "a batch": (
        ("batches", "wait", "bat-1", "--interval", "50s"),
        lambda _: Reply(body=batch(status="RUNNING")),
        "  llamacloud-prod batches wait bat-1\n",
    ),
}


@pytest.mark.parametrize("stage", STAGES)
def test_while_it_waits_for(stage: str, served: ScriptedServer) -> None:
    argv, script, words = STAGES[stage]
    served.script = script
    wanted = 6 if stage == "the next page" else 3
    with started(*argv, env=environment(served.url)) as processes:
        until(lambda: len(served.seen) >= wanted)
        time.sleep(0.5)
        end(processes, words=words)


def test_while_it_writes_into_a_pipe_that_nobody_reads(served: ScriptedServer) -> None:
    """What was written before is whole documents, one a line, but for the last one."""
    items = [batch(f"bat-{number}", note="x" * 900) for number in range(50)]
    served.script = lambda seen: Reply(body=page(*items, token=str(len(served.seen))))
    with started("batches", "list", "--format", "jsonl", env=environment(served.url)) as processes:
        seen: list[int] = []
        while len(seen) < 20 or len(set(seen[-20:])) > 1:  # until no page is fetched any more
            seen.append(len(served.seen) if len(served.seen) >= 6 else -len(seen))
            time.sleep(0.05)
        end(processes)


RUN_STAGES: dict[str, dict[str, Any]] = {
    "it uploads": {"match": {"method": "POST", "path": "*/files/upload"}, "after": 2},
    "it asks how a batch is": {"match": {"method": "GET", "path": "/api/v2/batches/*"}},
    "it fetches results": {"match": {"method": "GET", "path": "/api/v2/parse/*"}, "after": 2},
}


@pytest.mark.parametrize(
    ("stage", "number"),
    [
        ("it uploads", signal.SIGHUP),
        ("it uploads", signal.SIGTERM),
        ("it uploads", signal.SIGINT),
        ("it asks how a batch is", signal.SIGTERM),
        ("it fetches results", signal.SIGTERM),
        ("it fetches results", signal.SIGINT),
    ],
)
def test_a_run_goes_on_where_it_was_when_a_signal_came_while(
    stage: str,
    number: signal.Signals,
    service: Service,
    tool: Tool,
    source: Callable[..., Path],
    tmp_path: Path,
) -> None:
    folder, out = source(count=6), tmp_path / "out"
    argv = ("batches", "run", str(folder), "--parse", "-o", str(out), "--interval", "100ms", "--concurrency", "2")
    service.faults({**RUN_STAGES[stage], "delay": 5.0})
    with subprocess.Popen(
        [*PROGRAM, *argv], env={**tool.env, "PYTHONPATH": str(Path(__file__).parents[2])},
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        until(lambda: bool(service.uploads()) if stage == "it uploads" else bool(service.batches()))
        time.sleep(0.5)
        process.send_signal(number)
        _, stderr = process.communicate(timeout=LATER)
    assert process.returncode == -number, stderr
    assert not any(word in stderr.decode() for word in ("Traceback", "Exception", "internal error", KEY))
    service.no_faults()
    assert all(text.startswith("text of") and text.endswith("\n") for text in written(out).values()), "a partial file"
    result = tool(*argv)
    assert result.status == 0, result.stderr
    assert len(service.batches()) == 1
    assert len({file["unique_id"] for file in service.uploads()}) == len(service.uploads()) == 6
    assert sorted(line["status"] for line in manifest(out)) == ["COMPLETED"] * 6


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT], ids=["HUP", "INT"])
def test_a_signal_that_the_caller_ignores_stays_ignored(number: signal.Signals, served: ScriptedServer) -> None:
    """So `nohup` and background jobs of a shell work."""
    served.script = [Reply(body=batch(), delay=1.0)]
    code = (
        f"import os, signal, sys; signal.signal({int(number)}, signal.SIG_IGN); "
        "os.execv(sys.executable, [sys.executable, '-m', 'llamacloud_cli', 'batches', 'get', 'bat-1', '-q'])"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], env=environment(served.url), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
    ) as process:
        until(lambda: served.seen)
        process.send_signal(number)
        stdout, _ = process.communicate(timeout=LATER)
    assert (process.returncode, stdout) == (0, b"bat-1\n")


@pytest.mark.parametrize("number", [*SIGNALS, None], ids=["INT", "TERM", "HUP", "no signal"])
def test_a_terminal_gets_its_cursor_back_whoever_ends_a_live_display(
    number: signal.Signals | None, served: ScriptedServer
) -> None:
    import pty

    served.script = lambda _: Reply(body=batch(status="RUNNING"))
    ours, its = pty.openpty()
    env = environment(served.url, TERM="xterm", COLUMNS="80", LINES="24")
    argv = ("batches", "wait", "bat-1", "--interval", "50s", *(("--timeout", "1s") if number is None else ()))
    shown = b""
    with subprocess.Popen(
        [*PROGRAM, *argv], env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=its
    ) as process:
        os.close(its)
        while b"RUNNING" not in shown:
            shown += os.read(ours, 65536)
        if number is not None:
            process.send_signal(number)
        with suppress(OSError):  # the end, on Linux
            while piece := os.read(ours, 65536):
                shown += piece
        process.wait(timeout=LATER)
    os.close(ours)
    assert process.returncode == (8 if number is None else -number)
    assert b"\x1b[?25l" in shown
    assert shown.rindex(b"\x1b[?25h") > shown.rindex(b"\x1b[?25l")
    assert b"Traceback" not in shown
