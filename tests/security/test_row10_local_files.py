"""Row 10: pipes and devices as files, files that change or vanish, and large ones in little memory."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from llamacloud_cli.inputs import files
from tests.commands import CONFIG, failure
from tests.conftest import KEY
from tests.processes import PROGRAM, ROOT, environment, finish
from tests.workflows.conftest import Service, Tool, manifest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Runner

pytestmark = pytest.mark.skipif(os.name != "posix", reason="pipes and devices as files are those of POSIX")

CREATE = ("batches", "create", "--dry-run", "--config", CONFIG, "--source-directory-id")
MODEST_KIB = 250 * 1024
"""Far below what a file or device without end would take."""


def peak_kib(argv: tuple[str, ...], stdin: str = os.devnull) -> tuple[int, str, int]:
    """Runs a command line; gives its status, standard error and the most memory that it took, in KiB."""
    code = (
        "import sys\nfrom llamacloud_cli.main import main\nstatus = main(sys.argv[1:])\n"
        "peak = [line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')]\n"
        "sys.stderr.write('PEAK ' + peak[0])\nsys.exit(status)"
    )
    with Path(stdin).open("rb") as file:
        done = subprocess.run(
            [sys.executable, "-c", code, *argv], env=environment("http://127.0.0.1:9"), stdin=file,
            capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
    stderr, _, peak = done.stderr.rpartition("PEAK ")
    return done.returncode, stderr, int(peak)


class TestPipesAndDevices:
    def test_a_pipe_is_read_like_a_file_while_it_is_written(self, run: Runner, tmp_path: Path) -> None:
        fifo = tmp_path / "fifo"
        os.mkfifo(fifo)

        def write() -> None:
            with fifo.open("w") as file:
                for piece in ("dir", "-", "1"):
                    file.write(piece)
                    file.flush()
                    time.sleep(0.1)

        writer = threading.Thread(target=write)
        writer.start()
        result = run(*CREATE, f"@{fifo}")
        writer.join()
        assert result.json["body"]["source_directory_id"] == "dir-1"

    def test_so_is_the_output_of_a_command_in_bash(self, tmp_path: Path) -> None:
        line = f"{shlex.join((*PROGRAM, *CREATE))} @<(sleep 0.3; printf dir-1)"
        done = finish("bash", "-c", line, url="http://127.0.0.1:9")
        assert '"source_directory_id": "dir-1"' in done.stdout

    @pytest.mark.parametrize("option", [("--source-directory-id",), ("--webhook-configuration",)])
    def test_one_that_nobody_writes_to_is_given_up(
        self, run: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: tuple[str, ...]
    ) -> None:
        monkeypatch.setattr(files, "PATIENCE_SECONDS", 0.2)
        os.mkfifo(tmp_path / "fifo")
        given = () if option == ("--source-directory-id",) else ("d", *option)
        line = failure(run(*CREATE, *given, f"@{tmp_path}/fifo"), 2)
        assert "nothing came from it for 0.2 s" in line
        assert files.PATIENCE_SECONDS < 60

    def test_so_is_a_schema(self, run: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(files, "PATIENCE_SECONDS", 0.2)
        os.mkfifo(tmp_path / "schema.json")
        (tmp_path / "a.txt").write_text("a")
        line = failure(run("batches", "run", str(tmp_path / "a.txt"), "--extract", str(tmp_path / "schema.json")), 2)
        assert "--extract: file" in line

    @pytest.mark.parametrize("device", ["/dev/zero", "/dev/urandom"])
    def test_one_without_end_is_read_no_further_than_is_allowed(self, device: str) -> None:
        status, stderr, peak = peak_kib((*CREATE, f"@data://{device}"))
        assert status == 2
        assert "larger than 10 MiB" in stderr
        assert peak < MODEST_KIB

    @pytest.mark.parametrize(
        "argv",
        [("batches", "list"), CREATE[:2], ("batches", "wait", "-"), ("batches", "run", "-", "--parse")],
        ids=["list", "create", "wait", "run"],
    )
    def test_nor_is_standard_input(self, argv: tuple[str, ...]) -> None:
        status, stderr, peak = peak_kib(argv, "/dev/zero")
        assert status == 2
        assert stderr.startswith("error: ")
        assert "MiB" in stderr
        assert peak < MODEST_KIB

    @pytest.mark.parametrize("name", ["fifo.txt", "/dev/zero", "/dev/null", "."])
    def test_what_is_no_file_is_no_value_or_source(self, run: Runner, tmp_path: Path, name: str) -> None:
        path = tmp_path / name
        if name.startswith("fifo"):
            os.mkfifo(path)
        if name != ".":
            assert "neither a file nor a folder" in failure(run("batches", "run", str(path), "--parse"), 2)
        else:
            assert "Is a directory" in failure(run(*CREATE, f"@{tmp_path}/"), 2)


class TestFilesThatChange:
    """What is uploaded is what was hashed, or nothing."""

    @pytest.mark.parametrize("change", ["longer", "shorter", "other", "gone", "a link", "a pipe"])
    def test_between_being_found_and_being_sent(
        self,
        change: str,
        service: Service,
        tool: Tool,
        source: Callable[..., Path],
        tmp_path: Path,
    ) -> None:
        folder = source("a.txt", "b.txt")
        secret = tmp_path / "secret"
        secret.write_text("text of a.txt\n")

        def work(_: float) -> None:
            (folder / "a.txt").unlink(missing_ok=True)
            if change == "a link":
                (folder / "a.txt").symlink_to(secret)
            elif change == "a pipe":
                os.mkfifo(folder / "a.txt")
            elif change != "gone":
                words = {"longer": "text of a.txt\nmore", "shorter": "text", "other": "TEXT of a.txt\n"}
                (folder / "a.txt").write_text(words[change])

        # The pause before a repeat comes after the files were found and before the first of them is sent.
        service.faults({"match": {"method": "POST", "path": "/api/v1/beta/directories"}, "status": 503, "times": 1})
        out = tmp_path / "out"
        result = tool("batches", "run", str(folder), "--parse", "-o", str(out), sleep=work)
        assert result.status == 3, result.stderr
        assert [file["display_name"] for file in service.uploads()] == ["b.txt"]
        line = next(line for line in manifest(out) if line["source"] == "a.txt")
        assert line["status"] == "FAILED"
        assert "changed" in line["error"] or "cannot be read" in line["error"]
        assert "internal error" not in result.stderr

    def test_while_being_read_for_the_first_time(self, tmp_path: Path) -> None:
        """A file that somebody appends to has an end all the same."""
        from llamacloud_cli.workflows.plan import digest_of

        path = tmp_path / "log.txt"
        path.write_bytes(b"x" * 3_000_000)
        pieces = []

        def check() -> None:
            with path.open("ab") as file:
                file.write(b"y" * 2_000_000)
            pieces.append(1)
            assert len(pieces) < 50

        _, state = digest_of(os.fsencode(path), check)
        assert state.st_size == 3_000_000


SINK = """
import re, socket, sys
server = socket.socket()
server.bind(("127.0.0.1", 0))
server.listen()
print(server.getsockname()[1], flush=True)
connection, _ = server.accept()
head = b""
while b"\\r\\n\\r\\n" not in head:
    head += connection.recv(65536)
length = int(re.search(rb"content-length: (\\d+)", head, re.I)[1])
left = length - len(head.partition(b"\\r\\n\\r\\n")[2])
buffer = bytearray(1 << 20)
while left > 0 and (count := connection.recv_into(buffer)):
    left -= count
body = b'{"id": "dfl-1", "unique_id": "u"}'
head = b"HTTP/1.1 200 OK\\r\\ncontent-type: application/json\\r\\ncontent-length: %d\\r\\n\\r\\n" % len(body)
connection.sendall(head + body)
print(length, left, flush=True)
"""

UPLOAD = """
import os, sys
from llamacloud_cli.context import Context
from llamacloud_cli.workflows.ledger_shards import Sending
from llamacloud_cli.workflows.plan import digest_of
from llamacloud_cli.workflows.uploads import upload_of
from llamacloud_cli.api.files import upload_file
path = os.fsencode(sys.argv[1])
digest, state = digest_of(path, lambda: None)
sending = Sending(1, "u", digest, state.st_size, path, path, state.st_mtime_ns)
print(upload_file(Context().client(), "dir-1", upload_of(sending, lambda: None), ()).id)
print([line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")][0])
"""
LARGE = 2 * 1024**3


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells how much memory was taken")
def test_a_file_of_2_gib_is_hashed_and_sent_in_less_than_100_mib(tmp_path: Path) -> None:
    path = tmp_path / "large.pdf"
    with path.open("wb") as file:
        file.truncate(LARGE)  # of holes: it takes no room
    sink = subprocess.Popen([sys.executable, "-c", SINK], stdout=subprocess.PIPE, text=True)
    with sink:
        assert sink.stdout is not None
        url = f"http://127.0.0.1:{sink.stdout.readline().strip()}"
        done = finish(sys.executable, "-c", UPLOAD, str(path), url=url)
        sink.kill() if done.returncode else None
        sent, left = (int(word) for word in sink.communicate(timeout=600)[0].split())
    assert done.returncode == 0, done.stderr
    identifier, peak = done.stdout.split()
    assert identifier == "dfl-1"
    assert left == 0
    assert sent > LARGE
    assert int(peak) < 100 * 1024
    path.unlink()


def test_a_large_file_is_planned_in_less_than_100_mib(tmp_path: Path) -> None:
    path = tmp_path / "large.pdf"
    with path.open("wb") as file:
        file.truncate(256 * 1024 * 1024)
    status, stderr, peak = peak_kib(("batches", "run", str(path), "--parse", "-o", str(tmp_path / "out"), "--dry-run"))
    assert status == 0, stderr
    assert peak < 100 * 1024
    path.unlink()


@pytest.mark.parametrize("number", range(2))
def test_two_runs_at_once_in_one_folder_do_not_mix(
    number: int,
    service: Service,
    tool: Tool,
    source: Callable[..., Path],
    tmp_path: Path,
) -> None:
    """One of them works, the others say so at once; with and without an output folder."""
    service.faults({"match": {"method": "POST", "path": "*/files/upload"}, "delay": 1.0})
    where = ("-o", str(tmp_path / "out")) if number else ()
    argv = ("batches", "run", str(source(count=3)), "--parse", "--interval", "100ms", *where)
    env = {**tool.env, "PYTHONPATH": str(ROOT)}
    processes = [
        subprocess.Popen(
            [*PROGRAM, *argv], env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for _ in range(3)
    ]
    outputs = [process.communicate(timeout=60) for process in processes]
    assert sorted(process.returncode for process in processes) == [0, 2, 2]
    for process, (_, stderr) in zip(processes, outputs, strict=True):
        assert KEY not in stderr.decode()
        if process.returncode:
            assert b"another run is at work in" in stderr
            assert stderr.count(b"\n") == 1
    assert len(service.uploads()) == 3
    assert len(service.batches()) == 1
