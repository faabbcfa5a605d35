"""Results are written whole or not at all, below one folder, and never over another file unasked."""

from __future__ import annotations

import hashlib
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING

import pytest

from llamacloud_cli.errors import UsageError
from llamacloud_cli.workflows.folder import OutputFolder, RefusedError
from llamacloud_cli.workflows.ledger import LEDGER_NAME, MIGRATIONS, Ledger
from llamacloud_cli.workflows.lock import FolderLock
from llamacloud_cli.workflows.pool import Pool

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[OutputFolder]:
    opened = OutputFolder(tmp_path / "out")
    yield opened
    opened.close()


def put(text: str):
    return lambda file: file.write(text.encode())


def test_a_file_is_written_below_folders_that_are_made(folder: OutputFolder) -> None:
    digest = hashlib.sha256(b"text").hexdigest()
    assert folder.write("a/b/c.md", put("text"), overwrite=False) == (4, digest, True)
    assert (folder.path / "a" / "b" / "c.md").read_text() == "text"
    assert folder.size_of("a/b/c.md") == 4
    assert folder.size_of("a/b/d.md") is None


def test_the_same_file_again_changes_nothing(folder: OutputFolder) -> None:
    folder.write("a.md", put("text"), overwrite=False)
    before = (folder.path / "a.md").stat()
    for overwrite in (False, True):
        assert not folder.write("a.md", put("text"), overwrite=overwrite).changed
    assert (folder.path / "a.md").stat().st_ino == before.st_ino


def test_a_different_file_is_replaced_only_when_asked(folder: OutputFolder) -> None:
    (folder.path / "a.md").write_text("mine")
    with pytest.raises(RefusedError, match="a different file is there"):
        folder.write("a.md", put("text"), overwrite=False)
    assert (folder.path / "a.md").read_text() == "mine"
    folder.write("a.md", put("text"), overwrite=True)
    assert (folder.path / "a.md").read_text() == "text"


def test_a_file_of_ours_is_replaced_while_it_is_as_it_was_written(folder: OutputFolder) -> None:
    ours = folder.write("a.md", put("old"), overwrite=False).sha256
    assert folder.write("a.md", put("text"), overwrite=False, ours=ours).changed
    (folder.path / "a.md").write_text("edited")
    with pytest.raises(RefusedError, match="a different file is there"):
        folder.write("a.md", put("new"), overwrite=False, ours=ours)
    assert (folder.path / "a.md").read_text() == "edited"


@pytest.mark.parametrize("rest", ["", "te"])
def test_a_file_that_holds_only_the_beginning_is_replaced(rest: str, folder: OutputFolder) -> None:
    (folder.path / "a.md").write_text(rest)
    folder.write("a.md", put("text"), overwrite=False)
    assert (folder.path / "a.md").read_text() == "text"


def test_a_file_in_the_place_of_a_folder_is_refused(folder: OutputFolder) -> None:
    (folder.path / "a").write_text("file")
    with pytest.raises(RefusedError, match=r"^a/b\.md: not written: not a directory is in its place or on the way"):
        folder.write("a/b.md", put("text"), overwrite=True)


@pytest.mark.parametrize("overwrite", [False, True])
def test_nothing_is_left_of_a_file_whose_writing_fails(overwrite: bool, folder: OutputFolder) -> None:
    def fail(file: IO[bytes]) -> None:
        file.write(b"half")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        folder.write("a.md", fail, overwrite=overwrite)
    assert [path for path in folder.path.rglob("*") if path.is_file()] == []


def test_what_a_killed_process_was_writing_is_cleaned_away(folder: OutputFolder) -> None:
    (folder.path / ".llamacloud" / "tmp" / "half").write_text("half")
    folder.clean()
    assert list((folder.path / ".llamacloud" / "tmp").iterdir()) == []


class TestLock:
    def test_it_is_held_by_one_process_and_let_go_when_that_is_killed(self, tmp_path: Path) -> None:
        code = (
            "import sys, time; from pathlib import Path; from llamacloud_cli.workflows.lock import FolderLock\n"
            "with FolderLock(Path(sys.argv[1]), 'out'): print('held', flush=True); time.sleep(60)"
        )
        command = [sys.executable, "-c", code, str(tmp_path)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as holder:
            assert holder.stdout is not None
            assert holder.stdout.readline() == b"held\n"
            with pytest.raises(UsageError, match=rf"another run is at work in 'out', process {holder.pid}"):
                FolderLock(tmp_path, "out").__enter__()
            holder.send_signal(signal.SIGKILL)
            holder.wait()
        with FolderLock(tmp_path, "out"):
            pass


class TestLedger:
    def test_one_of_a_newer_version_is_refused(self, tmp_path: Path) -> None:
        ledger = Ledger(tmp_path)
        ledger.change(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
        ledger.close()
        with pytest.raises(UsageError, match="newer version"):
            Ledger(tmp_path)

    def test_one_that_is_no_database_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / LEDGER_NAME).write_text("no database, but long enough to look at" * 100)
        with pytest.raises(UsageError, match="cannot be opened"):
            Ledger(tmp_path)

    def test_it_is_readable_by_its_owner_alone(self, tmp_path: Path) -> None:
        Ledger(tmp_path / "own").close()
        assert (tmp_path / "own").stat().st_mode & 0o077 == 0

    def test_a_transaction_that_fails_changes_nothing(self, tmp_path: Path) -> None:
        ledger = Ledger(tmp_path)

        def fail() -> None:
            with ledger.transaction(flushed=True) as db:
                db.execute("INSERT INTO counter VALUES ('x', 1)")
                raise RuntimeError

        with pytest.raises(RuntimeError):
            fail()
        assert ledger.rows("SELECT * FROM counter") == []
        assert [ledger.next_run(), ledger.next_run()] == [1, 2]
        ledger.close()


class TestPool:
    def test_it_works_on_everything_side_by_side(self) -> None:
        pool, seen, together = Pool(4), [], threading.Barrier(4)
        pool.each(lambda item: (together.wait(5), seen.append(item)), range(40))
        assert sorted(seen) == list(range(40))
        pool.close()
        pool.join(5)

    def test_it_reads_no_further_ahead_than_its_workers_need(self) -> None:
        """However many items there are, few are in memory."""
        pool, taken, hold = Pool(2), [], threading.Event()
        running = threading.Thread(target=pool.each, args=(lambda _: hold.wait(5), map(taken.append, range(1000))))
        running.start()
        time.sleep(0.2)
        assert len(taken) <= 6
        hold.set()
        running.join(5)
        assert len(taken) == 1000
        pool.close()

    def test_the_first_failure_ends_it_and_what_was_not_begun_is_left(self) -> None:
        pool, begun = Pool(2), []

        def work(item: int) -> None:
            begun.append(item)
            if item == 3:
                raise OSError("three")

        with pytest.raises(OSError, match="three"):
            pool.each(work, range(1000))
        assert len(begun) < 20
        pool.close()


def test_descriptors_are_given_back(folder: OutputFolder) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    for number in range(50):
        folder.write(f"a/b/{number}.md", put("text"), overwrite=False)
    assert len(list(Path("/proc/self/fd").iterdir())) == before
