"""`sandbox serve|path|reset` and the global flag `--sandbox`, as a user meets them."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import httpx
import pytest

from tests.servers import Reply, page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Runner
    from tests.servers import ScriptedServer

ROOT = Path(__file__).parents[2]
LINE = re.compile(r"(export )?LLAMA_CLOUD_BASE_URL=(http://127\.0\.0\.1:\d+) LLAMA_CLOUD_API_KEY=(\S+)\n")


class Served(NamedTuple):
    """A sandbox in a process of its own, and what its line says."""

    process: subprocess.Popen[str]
    line: str
    base_url: str
    key: str

    def stop(self, number: int = signal.SIGTERM) -> str:
        """Ends it by a signal and gives what it wrote to standard error."""
        self.process.send_signal(number)
        return self.process.communicate(timeout=20)[1]


@contextmanager
def serving(*argv: str, home: Path) -> Iterator[Served]:
    """Runs `sandbox serve` until it is stopped, at the latest at the end."""
    env = {**os.environ, "HOME": str(home), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "llamacloud_cli", "sandbox", "serve", *argv]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=env, text=True, stdout=pipe, stderr=pipe, stdin=subprocess.DEVNULL) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            found = LINE.fullmatch(line)
            assert found, line
            yield Served(process, line, found[2], found[3])
        finally:
            process.kill()


def make_batch(base_url: str, key: str) -> str:
    """Creates a batch of one file and gives its id."""
    api = httpx.Client(base_url=base_url, headers={"authorization": f"Bearer {key}"})
    directory = api.post("/api/v1/beta/directories", json={"name": "d", "type": "ephemeral"}).json()["id"]
    files = {"upload_file": ("a.txt", b"Total: 3")}
    api.post(f"/api/v1/beta/directories/{directory}/files/upload", files=files).raise_for_status()
    job = {"type": "parse_v2", "configuration_id": "cfg-PARSE_AGENTIC"}
    made = api.post("/api/v2/batches", json={"source_directory_id": directory, "config": {"job": job}})
    api.close()
    identifier: str = made.json()["id"]
    return identifier


def test_serve_prints_one_line_that_other_commands_can_use(run: Runner, tmp_path: Path) -> None:
    """The address and the key are all that another process needs."""
    with serving("--data", str(tmp_path / "data"), "--speed", "instant", home=tmp_path) as served:
        made = make_batch(served.base_url, served.key)
        listed = run("batches", "list", "-q", "--base-url", served.base_url, env={"LLAMA_CLOUD_API_KEY": served.key})
    assert (listed.status, listed.stdout) == (0, f"{made}\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_ends_cleanly_on_a_signal_and_loses_nothing(number: int, run: Runner, tmp_path: Path) -> None:
    """Status 0, nothing on standard error, and the batch is there afterwards."""
    data = str(tmp_path / "data")
    with serving("--data", data, "--speed", "instant", home=tmp_path) as served:
        made = make_batch(served.base_url, served.key)
        assert served.stop(number) == ""
        assert served.process.returncode == 0
    assert run("--sandbox", "--sandbox-data", data, "batches", "get", made).json["status"] == "COMPLETED"


def test_export_makes_the_line_fit_for_eval(tmp_path: Path) -> None:
    """`eval` of the line sets both variables for the programs that follow."""
    with serving("--export", "--data", str(tmp_path / "data"), home=tmp_path) as served:
        assert served.line.startswith("export ")
    command = ["bash", "-c", 'eval "$1"; env', "-", served.line]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={"PATH": os.environ["PATH"]})
    assert f"LLAMA_CLOUD_BASE_URL={served.base_url}\n" in done.stdout
    assert f"LLAMA_CLOUD_API_KEY={served.key}\n" in done.stdout


@pytest.mark.parametrize(
    ("text", "sandbox"), [("1", True), ("TRUE", True), ("Yes", True), ("0", False), ("off", False)]
)
def test_the_variable_is_yes_or_no_in_any_case(run: Runner, server: ScriptedServer, text: str, sandbox: bool) -> None:
    server.script = [Reply(body=page())]
    assert run("batches", "list", env={"LLAMA_CLOUD_SANDBOX": text}).status == 0
    assert bool(server.seen) != sandbox


@pytest.mark.parametrize("text", ["2", "maybe", " 1", "ja"])
def test_any_other_text_in_the_variable_sends_nothing_to_the_service(
    run: Runner, server: ScriptedServer, text: str
) -> None:
    """Taken for no, it would send to the service, for money, what was meant for the sandbox."""
    refused = run("batches", "list", env={"LLAMA_CLOUD_SANDBOX": text})
    line = f"error: LLAMA_CLOUD_SANDBOX: {text!r} is neither yes nor no — set it to 1 or 0\n"
    assert (refused.status, refused.stderr, server.seen) == (2, line, [])


@pytest.mark.parametrize("command", [("batches", "list"), ("batches", "run", ".", "--parse"), ("doctor",)])
def test_a_folder_without_the_sandbox_sends_nothing_to_the_service(
    run: Runner, server: ScriptedServer, tmp_path: Path, command: tuple[str, ...]
) -> None:
    """Who names the sandbox's folder means the sandbox."""
    refused = run(*command, "--sandbox-data", str(tmp_path))
    assert (refused.status, refused.stdout, server.seen) == (2, "", [])
    assert (
        refused.stderr == "error: --sandbox-data: only with --sandbox — add --sandbox, or set LLAMA_CLOUD_SANDBOX=1\n"
    )
    assert run("batches", "list", "--sandbox-data", str(tmp_path), env={"LLAMA_CLOUD_SANDBOX": "1"}).status == 0
    assert server.seen == []


def test_the_flag_works_at_every_level_and_keeps_its_data(run: Runner, tmp_path: Path) -> None:
    """What one process stored, the next one lists; no key and no base URL are needed."""
    data = ("--sandbox-data", str(tmp_path / "data"))
    keyless = {"LLAMA_CLOUD_API_KEY": None}
    assert run("--sandbox", *data, "batches", "list", env=keyless).stdout == ""
    with serving("--data", data[1], home=tmp_path) as served:
        made = make_batch(served.base_url, served.key)
    for argv in (
        ("--sandbox", *data, "batches", "list", "-q"),
        ("batches", "--sandbox", *data, "list", "-q"),
        ("batches", "list", "-q", "--sandbox", *data),
    ):
        assert run(*argv, env=keyless).stdout == f"{made}\n"


def test_the_variable_does_the_same_and_a_base_url_wins_over_it(run: Runner, tmp_path: Path) -> None:
    """A flag is nearer than a variable."""
    env = {"LLAMA_CLOUD_SANDBOX": "1", "LLAMA_CLOUD_SANDBOX_DATA": str(tmp_path / "data")}
    assert run("batches", "list", env=env).status == 0
    assert (tmp_path / "data").is_dir()
    refused = run("batches", "list", "--base-url", "http://127.0.0.1:9", "--max-retries", "0", env=env)
    assert refused.status == 7
    both = run("batches", "list", "--sandbox", "--base-url", "http://127.0.0.1:9")
    assert (both.status, both.stderr) == (2, "error: --sandbox and --base-url exclude each other\n")


def test_path_names_the_folder_and_reset_empties_it(run: Runner, tmp_path: Path) -> None:
    """Without a terminal, reset wants --yes."""
    data = tmp_path / "data"
    flags = ("--sandbox-data", str(data))
    assert run("sandbox", "path", *flags).stdout == f"{data}\n"
    run("batches", "list", "--sandbox", *flags)
    assert run("sandbox", "reset", *flags).status == 2
    assert data.exists()
    assert run("sandbox", "reset", "--yes", *flags).status == 0
    assert not data.exists()


def test_reset_is_refused_while_a_sandbox_runs_on_the_folder(run: Runner, tmp_path: Path) -> None:
    """Its clients would lose what was acknowledged."""
    data = str(tmp_path / "data")
    with serving("--data", data, home=tmp_path) as served:
        refused = run("sandbox", "reset", "--yes", "--sandbox-data", data)
        assert refused.status == 2
        assert "a sandbox is running on it" in refused.stderr
        make_batch(served.base_url, served.key)
    assert run("sandbox", "reset", "--yes", "--sandbox-data", data).status == 0


def test_the_default_folder_is_in_the_users_data(run: Runner) -> None:
    """As platformdirs names it; the tests' HOME is a temporary one."""
    path = run("sandbox", "path").stdout.strip()
    assert path.startswith(os.environ["HOME"])
    assert path.endswith("llamacloud-prod/sandbox")


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (("--port", "65536"), "error: --port: 65536 is no TCP port"),
        (("--port", "x"), "error: --port: 'x' is no whole number"),
        (("--speed", "0"), "error: --speed: '0' is no speed"),
        (("--fault", "missing.yaml"), "error: --fault: cannot read file 'missing.yaml'"),
        (("--host", "0.0.0.0"), "error: the sandbox listens on loopback addresses only"),
    ],
)
def test_serve_refuses_what_it_cannot_do_in_one_line(
    run: Runner, argv: tuple[str, ...], message: str, tmp_path: Path
) -> None:
    """Status 2, and nothing is served."""
    refused = run("sandbox", "serve", "--data", str(tmp_path / "d"), *argv)
    assert refused.status == 2
    assert refused.stderr.startswith(message)
    assert refused.stderr.count("\n") == 1


def test_faults_from_a_file_reach_the_client(run: Runner, tmp_path: Path) -> None:
    """A rule that answers 503 twice: the command repeats the call and succeeds."""
    rules = tmp_path / "faults.yaml"
    rules.write_text("requests: [{match: {path: /api/v2/batches}, status: 503, times: 2}]\n", encoding="utf-8")
    with serving("--data", str(tmp_path / "data"), "--fault", str(rules), home=tmp_path) as served:
        listed = run("batches", "list", "--base-url", served.base_url, env={"LLAMA_CLOUD_API_KEY": served.key})
    assert (listed.status, len(run.sleeps)) == (0, 2)


def test_a_batch_goes_on_while_no_process_runs(run: Runner, tmp_path: Path) -> None:
    """State follows from what is stored and the clock."""
    data = str(tmp_path / "data")
    with serving("--data", data, "--speed", "20", home=tmp_path) as served:
        made = make_batch(served.base_url, served.key)
    get = ("batches", "get", made, "--expand", "results", "--sandbox", "--sandbox-data", data)
    deadline = time.monotonic() + 20
    while (batch := run(*get).json)["status"] != "COMPLETED":
        assert batch["status"] in ("PENDING", "RUNNING")
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert len(batch["results"]) == 1
