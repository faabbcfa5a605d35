"""Small parts of a run: its lock, its place, what it says at the end, and the lines of its manifest."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from llamacloud_cli.errors import BatchFailedError, PartialFailureError, UsageError
from llamacloud_cli.workflows import lock
from llamacloud_cli.workflows.ledger_files import Counts
from llamacloud_cli.workflows.lock import FolderLock
from llamacloud_cli.workflows.manifest import Entry
from llamacloud_cli.workflows.names import marked, safe_part, safe_path
from llamacloud_cli.workflows.results import BatchResults
from llamacloud_cli.workflows.run import Summary
from llamacloud_cli.workflows.session import place_of
from llamacloud_cli.workflows.tally import Tally
from llamacloud_cli.workflows.types import refusal_of

if TYPE_CHECKING:
    from collections.abc import Callable


class TestLock:
    def test_a_second_one_is_refused_at_once_and_names_the_process(self, tmp_path: Path) -> None:
        with FolderLock(tmp_path, "out"):
            with pytest.raises(UsageError) as caught, FolderLock(tmp_path, "out"):
                pass
            assert caught.value.message == f"another run is at work in 'out', process {os.getpid()}"
        with FolderLock(tmp_path, "out"):
            pass

    @pytest.mark.parametrize("held", [b"", b"no number"])
    def test_a_holder_that_did_not_say_who_it_is_is_not_named(self, tmp_path: Path, held: bytes) -> None:
        with FolderLock(tmp_path, "out"):
            (tmp_path / "lock").write_bytes(held)
            with pytest.raises(UsageError) as caught, FolderLock(tmp_path, "out"):
                pass
        assert caught.value.message == "another run is at work in 'out'"

    def test_the_process_of_an_earlier_run_is_forgotten(self, tmp_path: Path) -> None:
        (tmp_path / "lock").write_bytes(b"99999999999999")
        with FolderLock(tmp_path, "out"):
            assert (tmp_path / "lock").read_bytes() == str(os.getpid()).encode()

    def test_a_link_in_its_place_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "other").write_bytes(b"mine")
        (tmp_path / "lock").symlink_to(tmp_path / "other")
        with pytest.raises(UsageError) as caught, FolderLock(tmp_path, "out"):
            pass
        assert caught.value.message == "cannot use the folder 'out': lock: a symbolic link is in its place"
        assert (tmp_path / "other").read_bytes() == b"mine"

    def test_it_is_for_nobody_else(self, tmp_path: Path) -> None:
        before = os.umask(0)
        try:
            with FolderLock(tmp_path / "a", "out"):
                modes = [path.stat().st_mode & 0o777 for path in (tmp_path / "a", tmp_path / "a" / "lock")]
        finally:
            os.umask(before)
        assert modes == [0o700, 0o600]

    def test_one_that_cannot_be_taken_leaves_nothing_open(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        opened: list[int] = []
        open_private: Callable[..., int] = lock.open_private

        def note(*arguments: object) -> int:
            opened.append(open_private(*arguments))
            return opened[-1]

        monkeypatch.setattr(lock, "open_private", note)
        with FolderLock(tmp_path, "out"):
            with pytest.raises(UsageError), FolderLock(tmp_path, "out"):
                pass
            with pytest.raises(OSError, match="Bad file descriptor"):
                os.fstat(opened[1])


class TestPlace:
    def test_is_in_the_output_folder(self, tmp_path: Path) -> None:
        place = place_of(tmp_path / "out", [os.fsencode(tmp_path / "in")], None)
        assert (place.output, place.shown) == (tmp_path / "out", str(tmp_path / "out"))
        assert place.state.parent == tmp_path / "out"

    def test_is_else_that_of_the_paths_in_whatever_order(self, tmp_path: Path) -> None:
        one, other = os.fsencode(tmp_path / "a"), os.fsencode(tmp_path / "b")
        place = place_of(None, [one, other], tmp_path / "state")
        assert place == place_of(None, [other, one], tmp_path / "state")
        assert place.state.parent == tmp_path / "state" / "runs"
        assert place.output is None
        assert place != place_of(None, [one], tmp_path / "state")
        with pytest.raises(UsageError, match="no place to note"):
            place_of(None, [one], None)

    def test_is_not_a_folder_of_sources(self, tmp_path: Path) -> None:
        """Nor one beside them, where each PATH gives its results a folder of its name; a file gives none."""
        for name in ("a", "b"):
            (tmp_path / name).mkdir()
        (tmp_path / "c.pdf").write_bytes(b"x")
        a, b, c = (os.fsencode(tmp_path / name) for name in ("a", "b", "c.pdf"))
        for output, paths in ((tmp_path / "a", [a]), (tmp_path, [a, b]), (tmp_path, [c, b])):
            with pytest.raises(UsageError, match="would be taken for sources"):
                place_of(output, paths, None)
        for output, paths in ((tmp_path, [a]), (tmp_path, [c]), (tmp_path / "other", [a, b]), (tmp_path, [c, c])):
            assert place_of(output, paths, None).output == output


class TestSummary:
    def summary(self, failed: int = 0, refused: int = 0, unwritten: int = 0, **batches: int) -> Summary:
        return Summary(3, failed, refused, unwritten, 1, 1.0, 2.0, batches)

    def test_in_words(self) -> None:
        assert self.summary().line() == "3 files ok (1 done before), 0 failed, 1 credit, 2s"
        assert "1.5 credits" in self.summary()._replace(credits=1.5).line()

    @pytest.mark.parametrize(
        ("numbers", "flags"),
        [
            ((0, 0, 0), []),
            ((1, 0, 0), ["--retry-failed"]),
            ((1, 1, 0), ["--exclude"]),
            ((1, 0, 1), ["--overwrite"]),
            ((2, 1, 1), ["--overwrite", "--exclude"]),
            ((3, 1, 1), ["--retry-failed", "--overwrite", "--exclude"]),
        ],
    )
    def test_what_helps_is_said_of_each_kind_of_failure(self, numbers: tuple[int, int, int], flags: list[str]) -> None:
        words = self.summary(*numbers).hint()
        known = ["--retry-failed", "--overwrite", "--exclude"]
        assert [flag for flag in known if flag in words] == flags

    def test_it_ends_well_where_nothing_failed(self) -> None:
        self.summary(FAILED=0, COMPLETED=2).raise_for_outcome()
        self.summary(FAILED=1).raise_for_outcome()

    def test_it_ends_with_the_files_that_failed_or_the_batches(self) -> None:
        with pytest.raises(PartialFailureError, match=r"^2 of 5 files failed"):
            self.summary(2, COMPLETED=1).raise_for_outcome()
        with pytest.raises(BatchFailedError, match="1 CANCELLED and 2 FAILED; 2 files failed"):
            self.summary(2, COMPLETED=1, FAILED=2, CANCELLED=1).raise_for_outcome()


class TestResultsOfOneBatch:
    """How `batches results` ends."""

    def outcome(self, status: str, *entries: Entry) -> None:
        BatchResults("bat-1", status, list(entries)).raise_for_outcome()

    def test_well_where_every_file_succeeded(self) -> None:
        self.outcome("COMPLETED", Entry("a.pdf", status="COMPLETED"))

    @pytest.mark.parametrize("status", ["COMPLETED", "RUNNING"])
    def test_a_job_that_goes_on_is_not_done_yet(self, status: str) -> None:
        with pytest.raises(PartialFailureError, match=r"^not done yet: 1 file$"):
            self.outcome(status, Entry("a.pdf", status="COMPLETED"), Entry("b.pdf", status="RUNNING"))

    def test_so_is_a_batch_that_names_no_files(self) -> None:
        with pytest.raises(PartialFailureError, match=r"^the batch is PENDING and names no files yet$"):
            self.outcome("PENDING")

    @pytest.mark.parametrize("status", ["FAILED", "CANCELLED"])
    def test_a_batch_that_did_not_complete(self, status: str) -> None:
        with pytest.raises(BatchFailedError, match=f"^bat-1 ended {status}$"):
            self.outcome(status, Entry("a.pdf", status="RUNNING"))

    def test_with_the_files_that_failed(self) -> None:
        entries = (Entry(f"{one}.pdf", status=one) for one in ("COMPLETED", "FAILED", "CANCELLED"))
        with pytest.raises(PartialFailureError, match=r"^2 of 3 files failed$") as caught:
            self.outcome("COMPLETED", *entries)
        assert caught.value.hint is None


class TestManifest:
    @pytest.mark.parametrize(
        ("status", "error", "is_what"),
        [
            ("COMPLETED", None, (True, False, False)),
            ("COMPLETED", "in the way", (False, False, True)),
            ("FAILED", "bad", (False, False, False)),
            ("REFUSED", "too large", (False, True, False)),
            ("RUNNING", None, (False, False, False)),
        ],
    )
    def test_what_became_of_a_file(self, status: str, error: str | None, is_what: tuple[bool, ...]) -> None:
        entry = Entry("a.pdf", status=status, error=error)
        assert (entry.is_good, entry.is_refused, entry.is_unwritten) == is_what

    def test_why_it_has_no_result(self) -> None:
        assert Entry("a.pdf", job_id="pjb-1", error="bad").failure() == "failed: a.pdf (job pjb-1): bad"
        assert Entry("a.pdf", status="RUNNING").failure() == "failed: a.pdf: still RUNNING"

    def test_its_object(self) -> None:
        """`output` is the first of `outputs`."""
        fields = Entry("a.pdf", failed_pages=(1, 2), outputs=("a.md", "a.txt"), bytes=7).to_object()
        assert (fields["failed_pages"], fields["outputs"], fields["output"]) == ([1, 2], ["a.md", "a.txt"], "a.md")
        assert Entry("a.pdf").to_object()["output"] is None
        assert list(fields)[:3] == ["source", "sha256", "directory_file_id"]


class TestNames:
    def test_a_path_of_very_many_parts_keeps_its_end(self) -> None:
        parts = [f"p{number}" for number in range(40)]
        assert safe_path("/".join(parts)) == "/".join(parts[-32:])

    @pytest.mark.parametrize("name", ["console.pdf", "auxiliary", "nullable.md", "com10", "lpt.txt", "a.con"])
    def test_one_that_only_begins_as_a_device_is_left_as_it_is(self, name: str) -> None:
        assert safe_part(name) == name

    @pytest.mark.parametrize(("suffix", "kept"), [(".pdf", True), ("." + "x" * 19, True), ("." + "x" * 20, False)])
    def test_a_long_name_is_shortened_and_keeps_what_may_be_its_type(self, suffix: str, kept: bool) -> None:
        """Two that differ only behind the cut stay different."""
        one, other = (safe_part("é" * 150 + letter + suffix) for letter in "ab")
        assert one != other
        assert one.endswith(suffix) is kept
        assert 195 <= len(one.encode()) <= 200
        assert safe_part("x" * 196 + ".pdf") == "x" * 196 + ".pdf"

    def test_a_mark_stands_before_the_type(self) -> None:
        assert marked("a/b.pdf", b"1") == "a/b~6b86b273.pdf"
        assert marked("b", b"1") == "b~6b86b273"
        assert Path(marked("a.b/c", b"2")).parent == Path("a.b")

    @pytest.mark.parametrize(
        ("text", "path"),
        [
            ("a/b", "a/b"),
            ("../a/./b", "a/b"),
            ("..", "unnamed"),
            ("", "unnamed"),
            ("/a\\b", "a/b"),
            ("a/ ./b. ", "a/unnamed/b"),
            (" a ", "a"),
        ],
    )
    def test_nothing_climbs_and_what_remains_empty_is_unnamed(self, text: str, path: str) -> None:
        assert safe_path(text) == path


class TestLimits:
    @pytest.mark.parametrize(("product", "limit"), [("parse_v2", 512 * 1024 * 1024), ("extract_v2", 100 * 1024 * 1024)])
    def test_an_empty_file_and_one_past_the_limit_are_refused(self, product: str, limit: int) -> None:
        assert refusal_of(1, product) is None
        assert refusal_of(limit, product) is None
        assert refusal_of(0, product)
        assert refusal_of(limit + 1, product)


class TestTally:
    def test_what_shards_tell_is_added_to_what_was_there_before(self) -> None:
        tally = Tally()
        first = tally.progress()
        assert (first.found, first.total, first.done, first.failed, first.batches) == (0, 0, 0, 0, {})
        tally.start(
            "sending",
            Counts(files=9, refused=1, done_before=2, works=8, uploaded=3, done=2, failed=1, collected=1),
        )
        tally.add(uploaded=2, collected=1)
        tally.shard(1, "RUNNING", 2, 1)
        tally.shard(2, "RUNNING", 1, 0)
        shown = tally.progress()
        assert (shown.phase, shown.found, shown.skipped, shown.total) == ("sending", 9, 2, 8)
        assert (shown.uploaded, shown.done, shown.failed, shown.collected) == (5, 5, 2, 2)
        assert shown.batches == {"RUNNING": 2}
        tally.shard(1, "COMPLETED", 3, 1)
        tally.shard_ended(1)
        tally.shard_ended(7)
        shown = tally.progress()
        assert (shown.done, shown.failed, shown.batches) == (6, 2, {"COMPLETED": 1, "RUNNING": 1})
