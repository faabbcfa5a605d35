"""The same command again goes on after Ctrl-C, kill -9, a full disk or a lost answer, and pays for nothing twice."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from llamacloud_cli.workflows.ledger import Ledger
from llamacloud_cli.workflows.lock import FolderLock
from tests.workflows.conftest import Service, Tool, manifest, written

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
HASTY = str(Path(__file__).with_name("hasty.py"))


def spawn(tool: Tool, *argv: str, hasty: bool = True) -> subprocess.Popen[bytes]:
    start = [HASTY] if hasty else ["-m", "llamacloud_cli"]
    return subprocess.Popen(
        [sys.executable, *start, *argv],
        env={**tool.env, "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def until(condition: Callable[[], object], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def check_whole(folder: Path, out: Path, service: Service, *, files: int, batches: int) -> None:
    """Every file has its whole result, and the service has each content once."""
    expected = {f"{path.relative_to(folder).as_posix()}.md": path.read_text() for path in folder.rglob("*.txt")}
    assert len(expected) == files
    assert written(out) == expected
    assert sorted(line["output"] for line in manifest(out)) == sorted(expected)
    assert len(service.batches()) == batches
    uploads = [file["unique_id"] for file in service.uploads()]
    assert len(uploads) == len(set(uploads)) == files
    assert list((out / ".llamacloud" / "tmp").iterdir()) == []


def test_kill_9_at_thirty_random_points_loses_and_doubles_nothing(
    service: Service, tool: Tool, source, tmp_path: Path
) -> None:
    folder, out = source(count=300), tmp_path / "out"
    command = ("batches", "run", str(folder), "--parse", "-o", str(out), "--batch-size", "50", "--concurrency", "2")
    service.faults({"delay": 0.04})  # slow enough for thirty kills to come before the end, on any machine
    dice, killed = random.Random(6), 0
    for _ in range(30):
        with spawn(tool, *command) as process:
            time.sleep(dice.uniform(0.3, 0.7))
            process.kill()
            process.communicate()
        killed += process.returncode == -signal.SIGKILL
        names = [name.removesuffix(".md") for name in written(out)] if out.exists() else []
        assert all(written(out)[f"{name}.md"] == (folder / name).read_text() for name in names), "a partial file"
    service.no_faults()
    with spawn(tool, *command) as process:
        _, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors.decode()
    assert killed == 30
    check_whole(folder, out, service, files=300, batches=6)


def test_uploads_that_take_effect_after_a_kill_are_not_sent_again_by_a_narrower_run(
    service: Service, tool: Tool, source, tmp_path: Path
) -> None:
    """Eight were on their way when the process died; the next one runs two other files alone."""
    folder, out = source(count=40), tmp_path / "out"
    command = ("batches", "run", str(folder), "--parse", "-o", str(out))
    service.faults({"match": {"path": "*/files/upload"}, "delay": 0.5})
    with spawn(tool, *command) as process:
        until(lambda: len(service.uploads()) >= 10)
        process.kill()
        process.communicate()
    assert tool(*command, "--include", "note-038.txt", "--include", "note-039.txt").status == 0
    assert len(service.uploads()) < 40
    service.no_faults()
    result = tool(*command)
    assert result.status == 0, result.stderr
    check_whole(folder, out, service, files=40, batches=2)


def test_a_batch_whose_create_was_cut_off_is_found_again(service: Service, tool: Tool, source, tmp_path: Path) -> None:
    """The process dies after the create was sent and before its answer came."""
    folder, out = source(count=4), tmp_path / "out"
    command = ("batches", "run", str(folder), "--parse", "-o", str(out))
    service.faults({"match": {"method": "POST", "path": "/api/v2/batches"}, "delay": 1.0, "times": 1})
    with spawn(tool, *command) as process:
        until(lambda: len(service.uploads()) == 4)
        time.sleep(0.4)
        process.kill()
        process.communicate()
    assert service.batches() == []
    time.sleep(1.0)
    assert len(service.batches()) == 1
    result = tool(*command)
    assert result.status == 0, result.stderr
    assert "no second one is made" in result.stderr
    check_whole(folder, out, service, files=4, batches=1)


def test_a_create_that_was_never_sent_is_sent_after_two_minutes(
    service: Service, tool: Tool, source, tmp_path: Path
) -> None:
    """The intent is on disk, but the batch never shows up."""
    folder, out = source(count=2), tmp_path / "out"
    command = ("batches", "run", str(folder), "--parse", "-o", str(out))
    service.faults({"match": {"method": "POST", "path": "/api/v2/batches"}, "status": 400})
    assert tool(*command).status == 1
    ledger = Ledger(out / ".llamacloud")
    ledger.change("UPDATE shard SET state = 'intent'")
    ledger.close()
    service.no_faults()
    waited: list[float] = []
    result = tool(*command, sleep=waited.append)
    assert result.status == 0, result.stderr
    assert 110 < sum(waited) < 150
    check_whole(folder, out, service, files=2, batches=1)


@pytest.mark.parametrize(
    "lost", [{"status": 503, "take_effect": True}, {"reset": True, "take_effect": True}, {"cut": 9}]
)
def test_a_lost_answer_to_a_create_makes_no_second_batch(
    lost: dict, service: Service, tool: Tool, source, tmp_path: Path
) -> None:
    folder, out = source(count=3), tmp_path / "out"
    service.faults({"match": {"method": "POST", "path": "/api/v2/batches"}, "times": 1, **lost})
    result = tool("batches", "run", str(folder), "--parse", "-o", str(out))
    assert result.status == 0, result.stderr
    check_whole(folder, out, service, files=3, batches=1)


@pytest.mark.parametrize(
    "lost", [{"status": 503, "take_effect": True}, {"reset": True, "take_effect": True}, {"cut": 9}]
)
def test_a_lost_answer_to_an_upload_makes_no_second_file(
    lost: dict, service: Service, tool: Tool, source, tmp_path: Path
) -> None:
    folder, out = source(count=3), tmp_path / "out"
    service.faults({"match": {"method": "POST", "path": "*/files/upload"}, "times": 2, **lost})
    result = tool("batches", "run", str(folder), "--parse", "-o", str(out))
    assert result.status == 0, result.stderr
    check_whole(folder, out, service, files=3, batches=1)


def test_a_service_that_is_gone_ends_the_run_with_status_7_and_the_next_one_goes_on(
    service: Service, tool: Tool, source, tmp_path: Path
) -> None:
    folder, out = source(count=6), tmp_path / "out"
    command = ("batches", "run", str(folder), "--parse", "-o", str(out))
    service.faults({"match": {"path": "*/files/upload"}, "after": 3, "reset": True})
    assert tool(*command).status == 7
    service.no_faults()
    result = tool(*command)
    assert result.status == 0, result.stderr
    check_whole(folder, out, service, files=6, batches=1)


def test_a_directory_that_is_gone_is_filled_again(service: Service, tool: Tool, source, tmp_path: Path) -> None:
    """Ephemeral directories clean themselves up."""
    folder, out = source(count=3), tmp_path / "out"
    command = ("batches", "run", str(folder), "--parse", "-o", str(out))
    service.faults({"match": {"method": "POST", "path": "/api/v2/batches"}, "status": 400})
    assert tool(*command).status == 1
    service.no_faults()
    for one in service.all("/api/v1/beta/directories"):
        service.http.delete(f"/api/v1/beta/directories/{one['id']}").raise_for_status()
    result = tool(*command)
    assert result.status == 0, result.stderr
    assert "is gone" in result.stderr
    check_whole(folder, out, service, files=3, batches=1)


class TestCtrlC:
    def test_it_stops_sending_and_says_how_to_go_on_and_how_to_cancel(self, start, source, tmp_path: Path) -> None:
        service = start(speed=4.0)
        tool = Tool(service, tmp_path / "home")
        folder, out = source(count=3), tmp_path / "out"
        base_url = service.sandbox.base_url
        command = ("batches", "run", str(folder), "--parse", "-o", str(out), "--interval", "200ms")
        directory = service.http.post("/api/v1/beta/directories", json={"name": "d", "type": "ephemeral"}).json()
        command += ("--base-url", base_url, "--project-id", directory["project_id"])
        with spawn(tool, *command, hasty=False) as process:
            until(service.batches)
            time.sleep(0.2)
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=10)
        assert process.returncode == -signal.SIGINT
        text = errors.decode()
        assert "the same command again goes on from here" in text
        assert "1 batch goes on at the service" in text
        again = f"--base-url {base_url} --project-id {directory['project_id']}"
        assert f"llamacloud-prod batches cancel {service.batches()[0]['id']} {again}\n" in text
        with spawn(tool, *command) as process:
            _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors.decode()
        check_whole(folder, out, service, files=3, batches=1)

    def test_a_second_one_ends_at_once(self, service: Service, tool: Tool, source, tmp_path: Path) -> None:
        folder = source(count=3)
        service.faults({"match": {"method": "POST", "path": "*/files/upload"}, "delay": 40})
        with spawn(tool, "batches", "run", str(folder), "--parse", "-o", str(tmp_path / "out"), hasty=False) as process:
            until(lambda: service.all("/api/v1/beta/directories"))
            time.sleep(0.3)
            process.send_signal(signal.SIGINT)
            time.sleep(0.5)
            assert process.poll() is None
            began = time.monotonic()
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=60)
        assert time.monotonic() - began < 20  # noisy machines; the upload would take twice that
        assert process.returncode == -signal.SIGINT


class TestFullDisk:
    def test_a_result_that_cannot_be_written_ends_the_run_with_one_line(
        self, service: Service, tool: Tool, source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        folder, out = source(count=8), tmp_path / "out"
        command = ("batches", "run", str(folder), "--parse", "-o", str(out))
        real, calls = os.fsync, []

        def full(descriptor: int) -> None:
            if ".llamacloud" in str(Path(f"/proc/self/fd/{descriptor}").readlink()):  # not the sandbox's
                calls.append(descriptor)
                if len(calls) > 3:
                    raise OSError(28, os.strerror(28))
            real(descriptor)

        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", full)
            result = tool(*command)
        assert result.status == 1
        assert "No space left on device — free some space and run the same command again" in result.stderr
        assert 0 < len(written(out)) <= 3
        assert all(text.startswith("text of") and text.endswith("\n") for text in written(out).values())
        assert tool(*command).status == 0
        check_whole(folder, out, service, files=8, batches=1)

    def test_on_a_file_system_that_is_really_full(self, service: Service, tool: Tool, source, tmp_path: Path) -> None:
        mounted = tmp_path / "mounted"
        mounted.mkdir()
        may = ["unshare", "-rm", "mount", "-t", "tmpfs", "-o", "size=100k", "tmpfs", str(mounted)]
        if shutil.which("unshare") is None or subprocess.run(may, capture_output=True, check=False).returncode:
            pytest.skip("this system lets no user mount a small file system")
        folder = source()
        folder.mkdir()
        for number in range(12):
            (folder / f"{number}.txt").write_text(f"{number}\n" * 12_000)
        run = f'"{sys.executable}" "{HASTY}" batches run "{folder}" --parse -o "{mounted}/out" >/dev/null'
        script = (
            f'mount -t tmpfs -o size=400k tmpfs "{mounted}"; {run}; echo "status $?" >&2; '
            f'find "{mounted}/out" -name "*.md" -size -2 >&2; mount -o remount,size=9m "{mounted}"; {run}; '
            f'echo "status $?" >&2; find "{mounted}/out" -name "*.md" | wc -l >&2'
        )
        env = {**tool.env, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            ["unshare", "-rm", "sh", "-c", script], env=env, capture_output=True, text=True, check=False, timeout=60
        )
        first, second = done.stderr.split("status 1\n")
        assert "free some space and run the same command again" in first
        assert "Traceback" not in done.stderr
        assert second.endswith("status 0\n12\n")
        assert len(service.batches()) == 1


def test_a_second_run_on_the_folder_says_so_and_ends_with_status_2(
    service: Service, tool: Tool, source, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    with FolderLock(out / ".llamacloud", "out"):
        result = tool("batches", "run", str(source(count=1)), "--parse", "-o", str(out))
    assert result.status == 2
    assert f"another run is at work in {str(out)!r}, process {os.getpid()}" in result.stderr
    assert service.uploads() == []
