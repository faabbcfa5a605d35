"""Real processes: signals, pipes, full disks, streams that are closed, bare environments."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.commands import CANCEL, CREATE, GET, LIST
from tests.conftest import KEY
from tests.processes import PROGRAM, environment, finish, python
from tests.servers import Reply, ScriptedServer, batch, page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers import Seen

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals, /dev/full and bash are those of POSIX")

NO_WAIT = 20  # seconds; noisy machines stay far below, whoever waits for an answer far above
SLOW = Reply(body=batch(), delay=2 * NO_WAIT)


@pytest.fixture
def service() -> Iterator[ScriptedServer]:
    served = ScriptedServer([Reply(body=batch())])
    yield served
    served.close()


def shell(
    service: ScriptedServer, argv: tuple[str, ...], rest: str = "", **changes: str | None
) -> subprocess.CompletedProcess[str]:
    """Runs a command line in bash, with something behind it, such as a pipe."""
    line = f"{shlex.join((*PROGRAM, *argv))} {rest}"
    return finish("bash", "-o", "pipefail", "-c", line, url=service.url, **changes)


def start(service: ScriptedServer, *command: str) -> subprocess.Popen[str]:
    """Starts a process of its own group and waits until its first request has come."""
    process = subprocess.Popen(
        command,
        env=environment(service.url),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        start_new_session=True,
    )
    end = time.monotonic() + 30
    while not service.seen and time.monotonic() < end:
        time.sleep(0.01)
    time.sleep(0.1)  # until it waits for the answer
    return process


def clear(stderr: str) -> bool:
    """Tells whether standard error is free of what Python says by itself."""
    return not any(word in stderr for word in ("Traceback", "Exception ignored", "internal error", "Error:", KEY))


class TestSignals:
    @pytest.mark.parametrize("argv", [LIST, GET, CANCEL], ids=["list", "get", "cancel"])
    def test_ctrl_c_during_a_request_ends_the_process_by_sigint_and_quietly(
        self, service: ScriptedServer, argv: tuple[str, ...]
    ) -> None:
        service.script = [SLOW]
        process = start(service, *PROGRAM, *argv)
        process.send_signal(signal.SIGINT)
        began = time.monotonic()
        stdout, stderr = process.communicate(timeout=30)
        assert process.returncode == -signal.SIGINT
        assert (stdout, stderr) == ("", "")
        assert time.monotonic() - began < NO_WAIT

    def test_ctrl_c_during_start_up_ends_the_process_without_a_word(self) -> None:
        """It comes while the modules are imported, when nothing could catch it."""
        code = """
import os, signal, sys

class Interrupting:
    @staticmethod
    def find_spec(name, path, target=None):
        if name == "llamacloud_cli.main":
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Interrupting)
sys.argv = ["llamacloud-prod", "batches", "list"]
from llamacloud_cli.__main__ import run
run()
"""
        done = python(code)
        assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, "", "")

    def test_ctrl_c_during_a_create_says_what_to_check(self, service: ScriptedServer) -> None:
        service.script = [SLOW]
        process = start(service, *PROGRAM, *CREATE)
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=30)
        assert process.returncode == -signal.SIGINT
        assert stdout == ""
        assert "`llamacloud-prod batches list --source-directory-id dir-1`" in stderr
        assert clear(stderr)

    @pytest.mark.parametrize("ids", [("bat-1",), ("bat-1", "bat-2")])
    def test_ctrl_c_while_it_waits_says_how_to_wait_again(self, service: ScriptedServer, ids: tuple[str, ...]) -> None:
        """For all that were waited for; to end one batch is a line for copying, too."""
        service.script = [SLOW]
        process = start(service, *PROGRAM, "batches", "wait", *ids)
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=30)
        assert (process.returncode, stdout) == (-signal.SIGINT, "")
        commands = [line for line in stderr.splitlines() if line.startswith("  llamacloud-prod ")]
        assert commands[0] == f"  llamacloud-prod batches wait {' '.join(ids)}"
        assert commands[1:] == ([f"  llamacloud-prod batches cancel {ids[0]}"] if len(ids) == 1 else [])

    def test_ctrl_c_during_a_pause_before_a_repeat(self, service: ScriptedServer) -> None:
        service.script = [Reply(503, headers={"retry-after": "30"})]
        process = start(service, *PROGRAM, *GET)
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=30) == ("", "")
        assert process.returncode == -signal.SIGINT

    def test_ctrl_c_while_the_next_page_is_fetched_leaves_whole_documents(self, service: ScriptedServer) -> None:
        service.script = [Reply(body=page(batch("1"), token="a")), SLOW]
        process = start(service, *PROGRAM, *LIST, "--format", "jsonl")
        while len(service.seen) < 2:
            time.sleep(0.01)
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=30)
        assert process.returncode == -signal.SIGINT
        assert [json.loads(line)["id"] for line in stdout.splitlines()] == ["1"]
        assert stderr == ""

    def test_a_shell_loop_around_it_stops_too(self, service: ScriptedServer) -> None:
        service.script = [SLOW]
        loop = f"for i in 1 2 3; do {shlex.join((*PROGRAM, *GET))}; done"
        process = start(service, "bash", "-c", loop)
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=30)
        assert process.returncode == -signal.SIGINT
        assert len(service.seen) == 1

    def test_sigterm_ends_it_at_once_without_a_traceback(self, service: ScriptedServer) -> None:
        service.script = [SLOW]
        process = start(service, *PROGRAM, *GET)
        process.terminate()
        stdout, stderr = process.communicate(timeout=5)
        assert process.returncode == -signal.SIGTERM
        assert stdout == ""
        assert clear(stderr)


class TestPipes:
    @staticmethod
    def without_end(seen: Seen) -> Reply:
        number = int(dict(seen.query).get("page_token", "0"))
        items = [batch(f"bat-{number}-{position}", note="x" * 500) for position in range(50)]
        return Reply(body=page(*items, token=str(number + 1)))

    @pytest.mark.parametrize("form", ["json", "jsonl", "yaml", "table"])
    def test_a_reader_that_has_seen_enough_is_no_error(self, service: ScriptedServer, form: str) -> None:
        """Under `pipefail`; the listing has no end, so nothing but the pipe ends it."""
        service.script = self.without_end
        done = shell(service, (*LIST, "--format", form), "| head -1")
        assert done.stderr == ""
        assert done.returncode == 0
        assert done.stdout.count("\n") == 1

    def test_nor_is_one_that_reads_nothing(self, service: ScriptedServer) -> None:
        service.script = self.without_end
        done = shell(service, LIST, "| true")
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")

    def test_after_a_create_the_id_is_told_nevertheless(self, service: ScriptedServer) -> None:
        service.script = [Reply(201, batch("bat-77"), delay=0.5)]
        done = shell(service, CREATE, "| true")
        assert done.returncode == 0
        assert "bat-77" in done.stderr
        assert clear(done.stderr)

    def test_help_into_a_closed_pipe(self, service: ScriptedServer) -> None:
        done = shell(service, ("batches", "create", "--help"), "| true")
        assert (done.returncode, done.stderr) == (0, "")

    def test_a_pipe_to_standard_error_that_is_closed(self, service: ScriptedServer) -> None:
        service.script = [Reply(404, {"detail": "gone"})]
        done = shell(service, GET, "2> >(true)")
        assert (done.returncode, done.stdout) == (6, "")


class TestStandardOutputThatCannotBeWritten:
    @pytest.mark.parametrize("argv", [LIST, GET, CANCEL], ids=["list", "get", "cancel"])
    @pytest.mark.parametrize(
        ("rest", "words"), [("> /dev/full", "No space left on device"), (">&-", "standard output is closed")]
    )
    def test_1_with_one_clear_line(self, service: ScriptedServer, argv: tuple[str, ...], rest: str, words: str) -> None:
        service.script = [Reply(body=page(batch()) if argv == LIST else batch())]
        done = shell(service, argv, rest)
        assert done.returncode == 1
        assert done.stderr.startswith("error: standard output")
        assert words in done.stderr
        assert done.stderr.count("\n") == 1

    @pytest.mark.parametrize("rest", ["> /dev/full", ">&-"])
    @pytest.mark.parametrize("form", [(), ("-q",), ("--format", "yaml"), ("--transform", "status")])
    def test_after_a_create_the_id_is_on_standard_error(
        self, service: ScriptedServer, rest: str, form: tuple[str, ...]
    ) -> None:
        service.script = [Reply(201, batch("bat-77"))]
        done = shell(service, (*CREATE, *form), rest)
        assert done.returncode == 1
        assert "bat-77" in done.stderr
        assert clear(done.stderr)
        assert len(service.seen) == 1

    def test_a_disk_that_is_full_in_the_middle_of_a_list(self, service: ScriptedServer, tmp_path: Path) -> None:
        """A limit on the size of files stands for a disk that fills up; what was written before is whole."""
        service.script = TestPipes.without_end
        out = tmp_path / "out.jsonl"
        line = f"ulimit -f 256; trap '' XFSZ; {shlex.join((*PROGRAM, *LIST, '--format', 'jsonl'))} > {out}"
        done = finish("bash", "-c", line, url=service.url)
        assert done.returncode == 1
        assert done.stderr.startswith("error: standard output: File too large")
        whole, _, _ = out.read_bytes().rpartition(b"\n")
        assert all(json.loads(one)["id"] for one in whole.splitlines())

    @pytest.mark.parametrize("rest", ["2> /dev/full", "2>&-"])
    def test_the_status_counts_where_standard_error_cannot_be_written(self, service: ScriptedServer, rest: str) -> None:
        service.script = [Reply(404, {"detail": "gone"})]
        done = shell(service, (*GET, "--debug"), rest)
        assert (done.returncode, done.stdout) == (6, "")

    def test_help_to_a_full_disk(self, service: ScriptedServer) -> None:
        done = shell(service, ("batches", "get", "--help"), "> /dev/full")
        assert done.returncode == 1
        assert done.stderr.count("\n") == 1
        assert clear(done.stderr)


class TestSurroundings:
    def ids(self, done: subprocess.CompletedProcess[str]) -> Any:
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        return json.loads(done.stdout)["id"]

    def test_standard_input_closed(self, service: ScriptedServer) -> None:
        assert self.ids(shell(service, GET, "<&-")) == "bat-1"

    def test_all_streams_closed(self, service: ScriptedServer) -> None:
        done = shell(service, GET, "<&- >&- 2>&-")
        assert (done.returncode, done.stdout, done.stderr) == (1, "", "")

    def test_no_home(self, service: ScriptedServer) -> None:
        assert self.ids(shell(service, GET, HOME=None, XDG_CONFIG_HOME=None)) == "bat-1"

    def test_a_home_that_is_not_there(self, service: ScriptedServer) -> None:
        assert self.ids(shell(service, GET, HOME="/nonexistent")) == "bat-1"

    @pytest.mark.parametrize("coerced", ["0", "1"])
    def test_locale_c(self, service: ScriptedServer, coerced: str) -> None:
        service.script = [Reply(body=batch(name="Grüße 🦙"))]
        plain = {"LC_ALL": "C", "PYTHONUTF8": coerced, "PYTHONCOERCECLOCALE": coerced}
        for form in ("json", "yaml", "raw", "pretty", "table"):
            done = shell(service, (*GET, "--format", form), **plain)
            assert done.returncode == 0, done.stderr
            assert done.stderr == ""
        done = shell(service, ("batches", "get", "--help"), **plain)
        assert (done.returncode, done.stderr) == (0, "")
        service.script = [Reply(404, {"detail": "größer"})]
        done = shell(service, GET, **plain)
        assert done.returncode == 6
        assert clear(done.stderr)
        assert "404 Not Found" in done.stderr
