"""The ledger of a run: what each step notes is what the next run finds, and nothing of another run or plan."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

from llamacloud_cli.api.jobs import JobState
from llamacloud_cli.errors import UsageError
from llamacloud_cli.workflows.collect import Kept, Output
from llamacloud_cli.workflows.fetch import JobResult
from llamacloud_cli.workflows.ledger import MIGRATIONS, Ledger, LedgerError
from llamacloud_cli.workflows.ledger_files import FileBook, Found
from llamacloud_cli.workflows.ledger_shards import Finished, ShardBook
from llamacloud_cli.workflows.watch import FileOutcome

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MARK = "markdown"


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    found = Ledger(tmp_path / "ledger")
    yield found
    found.close()


@pytest.fixture
def plan(ledger: Ledger) -> int:
    return ledger.plan("key", "parse_v2", "cfg-1")


def found(name: str, content: str | None = None, *, refusal: str | None = None, mtime: int = 1) -> Found:
    """Gives a file of 10 bytes; its content is named by one letter, and by its name unless given."""
    sha256 = None if refusal else (content or name)[0] * 64
    return Found(f"/in/{name}".encode(), name.encode(), 10, mtime, sha256, ".pdf", refusal)


class Books:
    """The files and shards of a run, over files of the given names."""

    def __init__(self, ledger: Ledger, plan: int, *names: str) -> None:
        self.run = ledger.next_run()
        self.files = FileBook(ledger, plan, self.run)
        self.shards = ShardBook(ledger, plan, self.run)
        self.files.add(found(name) for name in names)

    def sent(self, size: int = 10) -> int:
        """Takes all files up to their batch, and gives the shard."""
        self.shards.assign(size)
        (shard,) = self.shards.going_on()
        self.shards.asking_for_directory(shard.id)
        self.shards.has_directory(shard.id, "dir-1")
        for sending in self.shards.to_upload(shard.id):
            self.shards.uploaded(sending.id, f"dfl-{sending.unique_id[0]}")
        self.shards.about_to_create(shard.id)
        self.shards.created(shard.id, "bat-1")
        return shard.id

    def outcome(self, letter: str, status: str, error: str | None = None, job: str | None = "pjb") -> FileOutcome:
        job_id = f"{job}-{letter}" if job else None
        return FileOutcome(f"dfl-{letter}", "parse_v2" if job else None, job_id, status, error)

    def waiting(self) -> list[str]:
        return [one.job_id for one in self.shards.to_collect(MARK)]

    def statuses(self) -> dict[str, str]:
        return {entry.source: entry.status for entry in self.files.entries()}


class TestTheDatabase:
    def test_each_run_has_a_number_of_its_own(self, ledger: Ledger) -> None:
        assert [ledger.next_run() for _ in range(3)] == [1, 2, 3]

    def test_a_plan_is_found_again_by_its_key(self, ledger: Ledger) -> None:
        assert not ledger.has_plans()
        first = ledger.plan("a", "parse_v2", "cfg-1")
        second = ledger.plan("b", "parse_v2", "cfg-1")
        assert ledger.plan("a", "parse_v2", "cfg-1") == first != second
        assert ledger.has_plans()

    def test_a_choice_is_the_last_one(self, ledger: Ledger) -> None:
        assert ledger.choice("k") is None
        ledger.note_choice("k", "parse_v2", "cfg-1")
        ledger.note_choice("k", "extract_v2", "cfg-2")
        assert ledger.choice("k") == ("extract_v2", "cfg-2")

    def test_a_transaction_that_fails_has_changed_nothing(self, ledger: Ledger) -> None:
        def fail() -> None:
            with ledger.transaction(flushed=True) as db:
                db.execute("INSERT INTO choice VALUES ('k', 'p', 'c')")
                raise KeyError

        with pytest.raises(KeyError):
            fail()
        assert ledger.choice("k") is None
        ledger.note_choice("k", "p", "c")
        assert ledger.choice("k") == ("p", "c")

    @pytest.mark.parametrize("flushed", [False, True])
    def test_a_change_gives_the_id_of_its_row(self, ledger: Ledger, flushed: bool) -> None:
        """Flushed to disk or not; afterwards commits are as quick as before."""
        sql = "INSERT INTO plan (key, product, configuration_id) VALUES (?, 'p', 'c')"
        assert [ledger.change(sql, (key,), flushed=flushed) for key in "ab"] == [1, 2]
        assert ledger.rows("PRAGMA synchronous") == [(1,)]

    def test_a_flushed_change_is_synchronous_while_it_is_made(self, ledger: Ledger) -> None:
        with ledger.transaction(flushed=True):
            assert ledger.rows("PRAGMA synchronous") == [(2,)]
        with ledger.transaction():
            assert ledger.rows("PRAGMA synchronous") == [(1,)]
        assert ledger.rows("PRAGMA journal_mode") == [("wal",)]
        assert ledger.rows("PRAGMA foreign_keys") == [(1,)]

    @pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5])
    @pytest.mark.parametrize("size", [2, 3])
    def test_rows_are_read_a_page_at_a_time_and_each_once(self, ledger: Ledger, count: int, size: int) -> None:
        for number in range(count):
            ledger.plan(f"k{number}", "p", "c")
        sql = "SELECT id, key FROM plan WHERE product = ? AND id {after} ORDER BY id"
        assert [key for _, key in ledger.pages(sql, ("p",), size=size)] == [f"k{number}" for number in range(count)]

    def test_what_cannot_be_done_is_an_error_of_the_ledger(self, ledger: Ledger) -> None:
        for fail in (
            lambda: ledger.rows("SELECT x"),
            lambda: ledger.change("x"),
            lambda: ledger.change("x", flushed=True),
        ):
            with pytest.raises(LedgerError, match="cannot be written") as caught:
                fail()
            assert caught.value.code == "ledger"
        ledger.note_choice("k", "p", "c")

    def test_it_is_opened_again_as_it_was_and_one_of_a_newer_version_is_left_alone(self, tmp_path: Path) -> None:
        first = Ledger(tmp_path)
        first.note_choice("k", "parse_v2", "c")
        first.close()
        again = Ledger(tmp_path)
        assert again.choice("k") == ("parse_v2", "c")
        assert again.rows("PRAGMA user_version") == [(len(MIGRATIONS),)]
        again.change(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
        path = again.path
        again.close()
        with pytest.raises(UsageError, match="newer version"):
            Ledger(tmp_path)
        with sqlite3.connect(path) as db:
            assert db.execute("SELECT COUNT(*) FROM choice").fetchone() == (1,)
        db.close()

    def test_one_of_the_first_version_is_brought_up_to_date(self, tmp_path: Path) -> None:
        db = sqlite3.connect(tmp_path / "ledger.sqlite3")
        db.executescript(MIGRATIONS[0] + "INSERT INTO counter VALUES ('run', 7); PRAGMA user_version = 1;")
        db.close()
        found = Ledger(tmp_path)
        assert (found.next_run(), found.choice("k")) == (8, None)
        found.close()


class TestFiles:
    def test_a_digest_is_known_while_the_file_has_not_changed(self, ledger: Ledger, plan: int) -> None:
        files = Books(ledger, plan, "a.pdf").files
        assert files.known_sha256(b"/in/a.pdf", 10, 1) == "a" * 64
        assert files.known_sha256(b"/in/a.pdf", 11, 1) is None
        assert files.known_sha256(b"/in/a.pdf", 10, 2) is None
        assert files.known_sha256(b"/in/b.pdf", 10, 1) is None

    def test_two_of_one_content_are_one_piece_of_work(self, ledger: Ledger, plan: int) -> None:
        books = Books(ledger, plan, "a1.pdf", "a2.pdf", "b.pdf")
        books.files.add([found("c.pdf", refusal="too large")])
        assert books.files.new_work() == (2, 20)
        counts = books.files.counts(MARK)
        assert (counts.files, counts.refused, counts.works, counts.uploaded, counts.done) == (4, 1, 2, 0, 0)
        assert [entry.source for entry in books.files.refused()] == ["c.pdf"]
        assert books.statuses() == {"a1.pdf": "PENDING", "a2.pdf": "PENDING", "b.pdf": "PENDING", "c.pdf": "REFUSED"}

    def test_those_of_another_run_or_plan_do_not_count(self, ledger: Ledger, plan: int) -> None:
        Books(ledger, plan, "a.pdf", "b.pdf")
        Books(ledger, ledger.plan("other", "parse_v2", "cfg-2"), "a.pdf", "c.pdf")
        books = Books(ledger, plan, "b.pdf")
        assert books.files.new_work() == (1, 10)
        assert (books.files.counts(MARK).files, books.files.counts(MARK).works) == (1, 1)
        assert list(books.statuses()) == ["b.pdf"]
        assert [entry.source for entry in books.files.entries(of_all_runs=True)] == ["a.pdf", "b.pdf"]

    def test_two_of_one_name_go_to_two_places(self, ledger: Ledger, plan: int) -> None:
        books = Books(ledger, plan)
        books.files.add([found("a.pdf"), found("A.pdf", "b")])
        names = ledger.rows("SELECT name FROM file ORDER BY id")
        assert names[0] == ("a.pdf",)
        assert names[1][0].startswith("A~")

    def test_one_that_changed_lacks_its_results_again(self, ledger: Ledger, plan: int) -> None:
        books = Books(ledger, plan, "a.pdf")
        kept = Kept((Output("a.pdf.md", 3, "x" * 64),), None)
        (row,) = ledger.rows("SELECT id, work_id FROM file")
        books.files.collected(row[0], MARK, kept)
        books.files.add([found("a.pdf", mtime=2)])
        assert ledger.rows("SELECT collected, bytes FROM file") == [(MARK, 3)]
        books.files.add([found("a.pdf", "b", mtime=3)])
        assert ledger.rows("SELECT collected, outputs, bytes FROM file") == [(None, None, None)]
        assert books.files.sha256_of_output("a.pdf.md") == "x" * 64
        assert books.files.sha256_of_output("b.pdf.md") is None

    def test_of_two_of_one_content_the_changed_one_alone_lacks_its_results(self, ledger: Ledger, plan: int) -> None:
        books = Books(ledger, plan, "a1.pdf", "a2.pdf")
        for (file_id,) in ledger.rows("SELECT id FROM file"):
            books.files.collected(file_id, MARK, Kept((Output(f"{file_id}.md", 3, "x" * 64),), None))
        books.files.add([found("a2.pdf", "b", mtime=2)])
        assert ledger.rows("SELECT collected, mtime_ns FROM file ORDER BY id") == [(MARK, 1), (None, 2)]


class TestShards:
    def test_hold_so_many_pieces_of_work_at_most(self, ledger: Ledger, plan: int) -> None:
        books = Books(ledger, plan, *(f"{letter}.pdf" for letter in "abcde"))
        books.shards.assign(2)
        shards = list(books.shards.going_on())
        assert [len(list(books.shards.to_upload(shard.id))) for shard in shards] == [2, 2, 1]
        assert len({shard.directory_name for shard in shards}) == 3
        assert all(shard[2:] == (0, None, "open", None) for shard in shards)
        books.shards.assign(2)
        assert len(ledger.rows("SELECT DISTINCT shard_id FROM work")) == 3

    def test_what_is_uploaded_is_named_by_its_content(self, ledger: Ledger, plan: int) -> None:
        books = Books(ledger, plan, "a1.pdf", "a2.pdf")
        books.shards.assign(9)
        (shard,) = books.shards.going_on()
        (sending,) = books.shards.to_upload(shard.id)
        assert (sending.unique_id, sending.sha256, sending.size) == ("a" * 64 + ".pdf", "a" * 64, 10)
        assert (sending.path, sending.source, sending.mtime_ns) == (b"/in/a1.pdf", b"a1.pdf", 1)

    def test_each_step_is_noted(self, ledger: Ledger, plan: int) -> None:
        books = Books(ledger, plan, "a.pdf", "b.pdf")
        books.shards.assign(9)
        (shard,) = books.shards.going_on()
        assert (books.shards.has_unsent(shard.id), books.shards.has_files(shard.id)) == (True, False)
        books.shards.asking_for_directory(shard.id)
        books.shards.has_directory(shard.id, "dir-1")
        now = books.shards.get(shard.id)
        assert (now.directory_asked, now.directory_id, now.state) == (1, "dir-1", "open")
        first, second = books.shards.to_upload(shard.id)
        books.shards.uploaded(first.id, "dfl-a")
        assert (books.shards.has_unsent(shard.id), books.shards.has_files(shard.id)) == (True, True)
        books.shards.failed(second.id, "unreadable")
        assert not books.shards.has_unsent(shard.id)
        assert books.statuses() == {"a.pdf": "PENDING", "b.pdf": "FAILED"}
        books.shards.about_to_create(shard.id)
        assert books.shards.get(shard.id).state == "intent"
        books.shards.not_created(shard.id)
        assert books.shards.get(shard.id).state == "open"
        books.shards.created(shard.id, "bat-1")
        assert books.shards.get(shard.id)[4:] == ("created", "bat-1")
        assert books.shards.batches_going_on() == ["bat-1"]
        assert books.shards.statuses() == {"PENDING": 1}
        books.shards.end(shard.id, "gone")
        assert books.shards.get(shard.id).state == "ended"
        assert books.shards.batches_going_on() == []
        assert books.statuses() == {"a.pdf": "FAILED", "b.pdf": "FAILED"}
        assert [entry.error for entry in books.files.entries()] == ["gone", "unreadable"]

    def test_uploads_that_were_cut_off_are_found_by_their_content(self, ledger: Ledger, plan: int) -> None:
        books = Books(ledger, plan, "a.pdf", "b.pdf", "c.pdf")
        books.shards.assign(9)
        (shard,) = books.shards.going_on()
        there = [
            ("a" * 64 + ".pdf", "dfl-1"),
            ("b" * 64 + ".txt", "dfl-2"),
            ("z", "dfl-3"),
            ("c" * 64 + ".pdf", "dfl-4"),
        ]
        assert books.shards.uploaded_before(shard.id + 1, there) == 0
        assert books.shards.uploaded_before(shard.id, there) == 2
        assert books.shards.uploaded_before(shard.id, there) == 0
        assert [one.sha256[0] for one in books.shards.to_upload(shard.id)] == ["b"]

    def test_a_directory_that_is_gone_is_begun_again_under_another_name(self, ledger: Ledger, plan: int) -> None:
        books = Books(ledger, plan, "a.pdf", "b.pdf")
        books.shards.assign(9)
        (shard,) = books.shards.going_on()
        books.shards.asking_for_directory(shard.id)
        books.shards.has_directory(shard.id, "dir-1")
        books.shards.uploaded(next(books.shards.to_upload(shard.id)).id, "dfl-1")
        books.shards.begin_again(shard.id)
        again = books.shards.get(shard.id)
        assert again.directory_name != shard.directory_name
        assert again[2:] == (0, None, "open", None)
        assert len(list(books.shards.to_upload(shard.id))) == 2

    def test_what_is_not_wanted_any_more_leaves_a_shard_that_has_no_directory(self, ledger: Ledger, plan: int) -> None:
        Books(ledger, plan, "a.pdf", "b.pdf").shards.assign(9)
        books = Books(ledger, plan, "b.pdf")
        books.shards.assign(9)
        assert [len(list(books.shards.to_upload(shard.id))) for shard in books.shards.going_on()] == [1]
        assert ledger.rows("SELECT COUNT(*) FROM work WHERE shard_id IS NULL") == [(1,)]

    def test_but_stays_where_it_may_have_been_sent(self, ledger: Ledger, plan: int) -> None:
        first = Books(ledger, plan, "a.pdf", "b.pdf").shards
        first.assign(9)
        first.asking_for_directory(next(first.going_on()).id)
        Books(ledger, plan, "b.pdf").shards.assign(9)
        assert ledger.rows("SELECT COUNT(*), COUNT(DISTINCT shard_id) FROM work") == [(2, 1)]

    def test_what_a_shard_left_over_goes_to_another_one(self, ledger: Ledger, plan: int) -> None:
        first = Books(ledger, plan, "a.pdf", "b.pdf").shards
        first.assign(9)
        (shard,) = first.going_on()
        first.uploaded(next(first.to_upload(shard.id)).id, "dfl-a")
        first.created(shard.id, "bat-1")
        books = Books(ledger, plan, "a.pdf", "b.pdf")
        books.shards.assign(9)
        assert [one.batch_id for one in books.shards.going_on()] == ["bat-1", None]


class TestOutcomes:
    def test_of_each_file_are_noted_as_the_batch_tells_them(self, ledger: Ledger, plan: int) -> None:
        books = Books(ledger, plan, *(f"{letter}.pdf" for letter in "abcd"))
        shard = books.sent()
        outcomes = [
            books.outcome("a", "COMPLETED"),
            books.outcome("b", "RUNNING"),
            books.outcome("c", "FAILED", "no pages"),
            books.outcome("d", "FAILED", "no job", job=None),
        ]
        books.shards.note(shard, "RUNNING", outcomes)
        assert books.statuses() == {"a.pdf": "COMPLETED", "b.pdf": "RUNNING", "c.pdf": "FAILED", "d.pdf": "FAILED"}
        assert books.shards.statuses() == {"RUNNING": 1}
        counts = books.files.counts(MARK)
        assert (counts.uploaded, counts.done, counts.failed, counts.collected) == (4, 3, 2, 0)
        books.shards.note(shard, "COMPLETED", [books.outcome("a", "FAILED", "late"), books.outcome("b", "COMPLETED")])
        assert books.statuses()["a.pdf"] == "COMPLETED"  # what is over stays so
        assert books.statuses()["b.pdf"] == "COMPLETED"
        assert books.waiting() == ["pjb-a", "pjb-b"]

    def test_work_without_one_has_failed_when_the_shard_ends(self, ledger: Ledger, plan: int) -> None:
        books = Books(ledger, plan, "a.pdf", "b.pdf")
        shard = books.sent()
        books.shards.note(shard, "CANCELLED", [books.outcome("a", "COMPLETED"), books.outcome("b", "RUNNING")])
        books.shards.end(shard, "bat-1 ended CANCELLED")
        assert [entry.error for entry in books.files.entries()] == [None, "bat-1 ended CANCELLED"]
        assert list(books.shards.going_on()) == []

    def test_results_are_collected_once_for_each_file_and_kind(self, ledger: Ledger, plan: int) -> None:
        books = Books(ledger, plan, "a1.pdf", "a2.pdf", "b.pdf")
        shard = books.sent()
        books.shards.note(shard, "COMPLETED", [books.outcome("a", "COMPLETED"), books.outcome("b", "COMPLETED")])
        work, other = books.shards.to_collect(MARK, shard)
        assert work == Finished(work.id, "parse_v2", "pjb-a")
        first, second = books.files.targets(work.id, MARK)
        assert (first.name, second.name) == ("a1.pdf", "a2.pdf")
        kept = Kept((Output("a1.pdf.md", 3, "x" * 64), Output("a1.pdf.txt", 4, "y" * 64)), None)
        books.files.collected(first.id, MARK, kept)
        assert [target.name for target in books.files.targets(work.id, MARK)] == ["a2.pdf"]
        assert books.waiting() == ["pjb-a", "pjb-b"]
        books.files.collected(second.id, MARK, Kept((), "in the way"))
        assert books.waiting() == ["pjb-b"]
        assert [one.job_id for one in books.shards.to_collect("json")] == ["pjb-a", "pjb-b"]
        assert dict(books.files.kept_outputs(MARK)) == {first.id: {"a1.pdf.md": 3, "a1.pdf.txt": 4}}
        entry, refused, _ = books.files.entries()
        assert (entry.outputs, entry.bytes, entry.error) == (("a1.pdf.md", "a1.pdf.txt"), 7, None)
        assert (refused.outputs, refused.bytes, refused.error) == ((), None, "in the way")
        counts = books.files.counts(MARK)
        assert (counts.done_before, counts.collected) == (2, 1)
        books.files.try_refused_again()
        assert [target.name for target in books.files.targets(work.id, MARK)] == ["a2.pdf"]
        books.files.lost(first.id)
        assert [target.name for target in books.files.targets(work.id, MARK)] == ["a1.pdf", "a2.pdf"]
        assert books.files.targets(other.id, MARK)[0].name == "b.pdf"

    def test_what_a_job_cost_and_read_is_kept(self, ledger: Ledger, plan: int) -> None:
        books = Books(ledger, plan, "a1.pdf", "a2.pdf", "b.pdf")
        shard = books.sent()
        books.shards.note(shard, "COMPLETED", [books.outcome("a", "COMPLETED"), books.outcome("b", "COMPLETED")])
        work, other = books.shards.to_collect(MARK)
        assert books.files.credits() == 0.0
        books.shards.result(work.id, JobResult(JobState("pjb-a", "COMPLETED", None), 2.5, 7, (3, 4), {}))
        books.shards.result(other.id, JobResult(JobState("pjb-b", "COMPLETED", None), None, None, (), {}))
        assert books.files.credits() == 2.5
        shown = [(entry.credits, entry.pages, entry.failed_pages) for entry in books.files.entries()]
        assert shown == [(2.5, 7, (3, 4)), (2.5, 7, (3, 4)), (None, None, ())]

    def test_a_result_that_is_gone_is_a_failure_which_may_be_tried_again(self, ledger: Ledger, plan: int) -> None:
        books = Books(ledger, plan, "a.pdf", "b.pdf")
        shard = books.sent()
        books.shards.note(shard, "COMPLETED", [books.outcome("a", "COMPLETED"), books.outcome("b", "COMPLETED")])
        books.shards.lost_result(next(books.shards.to_collect(MARK)).id, "gone")
        assert books.statuses() == {"a.pdf": "FAILED", "b.pdf": "COMPLETED"}
        assert books.waiting() == ["pjb-b"]
        again = Books(ledger, plan, "b.pdf")
        again.files.retry_failed()
        assert ledger.rows("SELECT state FROM work ORDER BY id") == [("failed",), ("done",)]
        again = Books(ledger, plan, "a.pdf", "b.pdf")
        again.files.retry_failed()
        assert again.statuses() == {"a.pdf": "PENDING", "b.pdf": "COMPLETED"}
        assert again.files.new_work() == (1, 10)
        row: Any = ledger.rows("SELECT shard_id, file_id, job_type, job_id, job_status, error FROM work ORDER BY id")[0]
        assert row == (None,) * 6
