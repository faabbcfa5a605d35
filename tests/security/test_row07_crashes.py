"""Row 7: no crash of any kind shows the key, or anything else that a variable held."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.conftest import KEY
from tests.processes import PROGRAM, environment, finish, python
from tests.servers import Reply, ScriptedServer, batch

if TYPE_CHECKING:
    from collections.abc import Iterator

# The program, with a client whose `send` does something else: `{body}`, where `secret` is the key.
PROGRAM_WITH = """
import sys, threading
from llamacloud_cli.api.client import Client
def send(self, *args, **kwargs):
    secret = self.connection.api_key
{body}
Client.send = send
sys.argv = ["llamacloud-prod", "batches", "get", "bat-1"]
from llamacloud_cli.__main__ import run
run()
"""
KINDS = (
    "RuntimeError(secret)",
    "MemoryError(secret)",
    "RecursionError(secret)",
    "SystemExit(secret)",
    "GeneratorExit(secret)",
    "UnicodeDecodeError('utf-8', secret.encode(), 0, 1, secret)",
    "ExceptionGroup(secret, [ValueError(secret)])",
    "KeyError(secret)",
    "OSError(5, secret, secret)",
)


def crash(body: str) -> subprocess.CompletedProcess[str]:
    indented = "\n".join(f"    {line}" for line in body.splitlines())
    return python(PROGRAM_WITH.format(body=indented), url="http://127.0.0.1:9")


def quiet(stderr: str) -> bool:
    return not any(word in stderr for word in ("Traceback", "Exception ignored", 'File "', KEY))


@pytest.mark.parametrize("kind", KINDS)
def test_an_exception_nobody_expected_is_told_by_kind_and_place(kind: str) -> None:
    done = crash(f"raise {kind}")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith(f"error: internal error: {kind.partition('(')[0]} at <string>:")
    assert done.stderr.count("\n") == 1
    assert quiet(done.stderr)


def test_so_is_one_of_another_thread() -> None:
    done = crash(
        "def work(): raise RuntimeError(secret)\n"
        "thread = threading.Thread(target=work)\nthread.start()\nthread.join()\nraise ValueError(secret)"
    )
    assert done.stderr.startswith("error: internal error: RuntimeError at <string>:6\n")
    assert quiet(done.stderr)


def test_so_is_one_of_a_finalizer() -> None:
    done = crash(
        "class Held:\n    def __del__(self): raise RuntimeError(secret)\n"
        "held = Held()\ndel held\nraise ValueError(secret)"
    )
    assert done.stderr.startswith("error: internal error: RuntimeError at <string>:7\n")
    assert quiet(done.stderr)


def test_so_is_one_that_main_itself_lets_out() -> None:
    done = python(
        "import sys, os, llamacloud_cli.main as m\n"
        "def main(argv): raise RuntimeError(os.environ['LLAMA_CLOUD_API_KEY'])\n"
        "m.main = main\nfrom llamacloud_cli.__main__ import run\nsys.argv = ['x', 'batches']\nrun()"
    )
    assert done.returncode == 1
    assert done.stderr == "error: internal error: RuntimeError at <string>:2\n"


def test_what_fails_while_things_are_closed_changes_nothing() -> None:
    done = python(
        "import sys\nfrom llamacloud_cli.context import Context\n"
        "def close(self): raise RuntimeError(self.env['LLAMA_CLOUD_API_KEY'])\nContext.close = close\n"
        "sys.argv = ['llamacloud-prod', 'batches', '--help']\nfrom llamacloud_cli.__main__ import run\nrun()"
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(os.name != "posix", reason="a process ends by a signal on POSIX alone")
def test_ctrl_c_while_an_error_is_told_ends_it_by_sigint_and_quietly() -> None:
    done = python(
        "import sys\nfrom llamacloud_cli.context import Context\n"
        "def close(self): raise KeyboardInterrupt\nContext.close = close\n"
        "sys.argv = ['llamacloud-prod', 'batches', 'nonsense']\nfrom llamacloud_cli.__main__ import run\nrun()"
    )
    assert done.returncode == -signal.SIGINT
    assert "Traceback" not in done.stderr


@pytest.fixture
def slow() -> Iterator[ScriptedServer]:
    served = ScriptedServer([Reply(body=batch(), delay=30)])
    yield served
    served.close()


@pytest.mark.skipif(os.name != "posix", reason="signals that kill are those of POSIX")
class TestFatalSignals:
    @pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT], ids=["SEGV", "ABRT"])
    def test_what_python_dumps_then_has_no_values(self, slow: ScriptedServer, number: signal.Signals) -> None:
        """`PYTHONFAULTHANDLER` and `-X dev` print the stacks of all threads."""
        with subprocess.Popen(
            [sys.executable, "-X", "dev", *PROGRAM[1:], "batches", "get", "bat-1", "--debug"],
            env=environment(slow.url, PYTHONFAULTHANDLER="1"),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            end = time.monotonic() + 30
            while not slow.seen and time.monotonic() < end:
                time.sleep(0.02)
            assert slow.seen[0].headers["authorization"] == f"Bearer {KEY}"
            process.send_signal(number)
            stdout, stderr = process.communicate(timeout=30)
        assert process.returncode == -number
        assert "Fatal Python error" in stderr
        assert KEY not in stdout + stderr

    def test_a_process_list_does_not_show_the_key(self, slow: ScriptedServer) -> None:
        """Other users see arguments and the title of a process, but not its environment."""
        with subprocess.Popen([*PROGRAM, "batches", "get", "bat-1"], env=environment(slow.url)) as process:
            end = time.monotonic() + 30
            while not slow.seen and time.monotonic() < end:
                time.sleep(0.02)
            shown = subprocess.run(
                ["ps", "-ww", "-o", "comm=,args=", "-p", str(process.pid)], capture_output=True, text=True, check=True
            ).stdout
            process.kill()
        assert "batches get bat-1" in shown
        assert KEY not in shown


def test_a_module_that_cannot_be_imported_is_no_traceback() -> None:
    """An installation that lacks a library says so in a line."""
    done = python(
        "import sys\nsys.modules['httpx'] = None\nsys.argv = ['llamacloud-prod', 'batches', 'get', 'bat-1']\n"
        "from llamacloud_cli.__main__ import run\nrun()",
        url="http://127.0.0.1:9",
    )
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert quiet(done.stderr)


def test_the_version_says_nothing_else() -> None:
    done = finish(*PROGRAM, "--version", PYTHONFAULTHANDLER="1")
    assert done.stderr == ""
