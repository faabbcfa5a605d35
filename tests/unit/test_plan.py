"""Which files a run takes: what is found below a folder, what is left alone, and what is said of that."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, Any

import pytest

from llamacloud_cli.errors import UsageError
from llamacloud_cli.workflows.ledger_files import Found
from llamacloud_cli.workflows.plan import PlanOptions, Scanner, check_sources, digest_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with two files that can be read, and others."""
    for name in ("b.pdf", "sub/a.PDF", "sub/deep/c.txt", "notes.xyz", "sub/other.xyz", "Makefile"):
        path = tmp_path / "root" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    return tmp_path / "root"


def scanner(*paths: Path | str, known: Callable[..., str | None] = lambda *_: None, **options: Any) -> Scanner:
    names = [os.fsencode(path) for path in paths]
    return Scanner(PlanOptions(names, "parse_v2", **options), known, lambda: None)


def sources(*paths: Path | str, **options: Any) -> list[str]:
    return [os.fsdecode(file.source) for file in scanner(*paths, **options).files()]


class TestAFolder:
    def test_gives_its_files_by_name_and_each_with_its_digest(self, root: Path) -> None:
        files = list(scanner(root).files())
        assert [file.source for file in files] == [b"b.pdf", b"sub/a.PDF", b"sub/deep/c.txt"]
        state = (root / "sub" / "a.PDF").stat()
        assert files[1] == Found(
            os.fsencode(root / "sub" / "a.PDF"),
            b"sub/a.PDF",
            9,
            state.st_mtime_ns,
            hashlib.sha256(b"sub/a.PDF").hexdigest(),
            ".pdf",
            None,
        )

    def test_of_several_each_gives_its_name_to_its_files(self, root: Path) -> None:
        assert sources(root / "sub", root / "b.pdf") == ["sub/a.PDF", "sub/deep/c.txt", "b.pdf"]

    def test_types_that_the_service_does_not_read_are_counted(self, root: Path) -> None:
        found = scanner(root)
        list(found.files())
        assert found.ignored.lines() == [
            "left alone: 3 files of types that the service does not read (.xyz, without a type)"
        ]

    def test_patterns_choose_among_the_types_that_it_reads(self, root: Path) -> None:
        assert sources(root, include=["*.pdf", "*.PDF", "*.xyz"]) == ["b.pdf", "sub/a.PDF"]
        assert sources(root, exclude=["sub/deep/"]) == ["b.pdf", "sub/a.PDF"]
        assert sources(root, exclude=["*.pdf"]) == ["sub/a.PDF", "sub/deep/c.txt"]
        assert sources(root, leave_out=frozenset({os.fsencode(root / "sub")})) == ["b.pdf"]

    def test_a_pattern_of_a_kind_of_letters_is_read_without_a_warning(self, root: Path) -> None:
        """Of `[[:lower:]]` Python says, as it reads it, that its meaning may change."""
        assert "b.pdf" in sources(root, exclude=["[[:lower:]]-no"])

    def test_a_pattern_that_cannot_be_read_is_wrong_usage(self, root: Path) -> None:
        for where in ("include", "exclude"):
            with pytest.raises(UsageError, match=f"--{where}: "):
                sources(root, **{where: ["[z-a]"]})

    def test_a_link_to_a_file_in_it_is_followed_and_any_other_left_alone(self, root: Path, tmp_path: Path) -> None:
        (tmp_path / "out.pdf").write_bytes(b"x")
        (root / "sub" / "in.pdf").symlink_to(root / "b.pdf")
        (root / "sub" / "in.xyz").symlink_to(root / "notes.xyz")
        (root / "out.pdf").symlink_to(tmp_path / "out.pdf")
        (root / "folder.pdf").symlink_to(root / "sub")
        found = scanner(root)
        files = {os.fsdecode(file.source): file for file in found.files()}
        assert list(files) == ["b.pdf", "sub/a.PDF", "sub/deep/c.txt", "sub/in.pdf"]
        assert files["sub/in.pdf"].path == os.fsencode(root / "b.pdf")
        assert found.ignored.links == 2
        assert "left alone: 2 symbolic links to folders or out of the folder" in found.ignored.lines()

    @pytest.mark.parametrize("count", [1, 10, 11])
    def test_what_cannot_be_read_is_told_of_up_to_ten(self, root: Path, count: int) -> None:
        """And the others are found all the same."""
        for number in range(count):
            (root / f"gone-{number:02d}.pdf").symlink_to(root / "missing")
        found = scanner(root)
        assert len(list(found.files())) == 3
        lines = [line for line in found.ignored.lines() if "No such file" in line]
        assert lines[0] == f"left alone: {os.fspath(root / 'gone-00.pdf')!r}: No such file or directory"
        assert len(lines) == min(count, 10)
        more = [f"left alone: {count - 10} more that cannot be read"] if count > 10 else []
        assert found.ignored.lines()[1 + len(lines) :] == more

    def test_a_folder_that_goes_away_meanwhile_is_told_of(self, root: Path) -> None:
        found = scanner(root)
        files = found.files()
        next(files)
        for path in sorted((root / "sub").rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        (root / "sub").rmdir()
        assert list(files) == []
        assert found.ignored.unreadable == [f"{os.fspath(root / 'sub')!r}: No such file or directory"]

    def test_a_pipe_is_no_file(self, root: Path) -> None:
        os.mkfifo(root / "pipe.pdf")
        assert sources(root) == ["b.pdf", "sub/a.PDF", "sub/deep/c.txt"]


class TestAFile:
    def test_is_known_by_the_path_that_was_named(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """But by its name alone where that path leads from the top or climbs."""
        monkeypatch.chdir(root)
        assert sources("sub/./a.PDF") == ["sub/a.PDF"]
        assert sources(root / "sub" / "a.PDF") == ["a.PDF"]
        assert sources("sub/../sub/a.PDF") == ["a.PDF"]

    def test_that_has_not_changed_is_not_read_again(self, root: Path) -> None:
        asked: list[Any] = []

        def known(*key: Any) -> str:
            asked.append(key)
            return "d" * 64

        (file,) = scanner(root / "b.pdf", known=known).files()
        assert file.sha256 == "d" * 64
        assert asked == [(os.fsencode(root / "b.pdf"), 5, (root / "b.pdf").stat().st_mtime_ns)]

    def test_that_is_empty_is_refused_and_not_read(self, root: Path) -> None:
        (root / "b.pdf").write_bytes(b"")
        (file,) = scanner(root / "b.pdf", known=lambda *_: pytest.fail("it was asked for")).files()
        assert file.sha256 is None
        assert file.refusal

    def test_that_is_no_longer_there_is_refused(self, root: Path) -> None:
        def known(*_: Any) -> None:
            (root / "b.pdf").unlink()

        (file,) = scanner(root / "b.pdf", known=known).files()
        assert (file.sha256, file.refusal) == (None, "the file cannot be read: No such file or directory")

    @pytest.mark.parametrize("become", ["empty", "a pipe"])
    def test_that_has_become_empty_or_a_pipe_is_refused(self, root: Path, become: str) -> None:
        def known(*_: Any) -> None:
            (root / "b.pdf").unlink()
            if become == "empty":
                (root / "b.pdf").touch()
            else:
                os.mkfifo(root / "b.pdf")

        (file,) = scanner(root / "b.pdf", known=known).files()
        assert (file.sha256, file.size, file.refusal) == (None, 0, "the file is empty")

    def test_is_digested_as_long_as_it_was_when_it_was_opened(self, root: Path) -> None:
        """What is added meanwhile is of the next run."""
        path = root / "b.pdf"
        path.write_bytes(b"x" * 3_000_000)
        added: list[int] = []

        def check() -> None:
            if not added:
                added.append(1)
                with path.open("ab") as file:
                    file.write(b"more")

        digest, state = digest_of(os.fsencode(path), check)
        assert digest == hashlib.sha256(b"x" * 3_000_000).hexdigest()
        assert state.st_size == 3_000_000

    def test_ends_when_the_run_does(self, root: Path) -> None:
        def check() -> None:
            raise KeyError

        with pytest.raises(KeyError):
            digest_of(os.fsencode(root / "b.pdf"), check)


class TestWhatCannotBeUsed:
    @pytest.mark.parametrize(
        ("name", "words"),
        [
            ("missing.pdf", r"missing\.pdf': No such file or directory$"),
            ("notes.xyz", "does not read files of type '.xyz'"),
            ("Makefile", r"does not read files of type '\(none\)'"),
            ("pipe.pdf", "neither a file nor a folder"),
            ("a\0b.pdf", "embedded null"),
        ],
    )
    def test_is_named_before_anything_is_read(self, root: Path, name: str, words: str) -> None:
        os.mkfifo(root / "pipe.pdf")
        options = PlanOptions([os.fsencode(root / "b.pdf"), os.fsencode(root) + b"/" + name.encode()], "parse_v2")
        with pytest.raises(UsageError, match=words):
            check_sources(options)

    def test_nothing_to_run_on_says_what_was_left_alone(self, root: Path) -> None:
        check_sources(PlanOptions([os.fsencode(root)], "parse_v2"))
        with pytest.raises(UsageError, match="no files to run on") as caught:
            check_sources(PlanOptions([os.fsencode(root)], "parse_v2", include=["*.xyz"]))
        assert "types that the service does not read (.xyz)" in (caught.value.hint or "")
        with pytest.raises(UsageError) as caught:
            check_sources(PlanOptions([os.fsencode(root)], "parse_v2", include=["*.none"]))
        assert caught.value.hint == "are the PATHs and patterns right?"

    def test_no_file_is_read_to_find_that_out(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("llamacloud_cli.workflows.plan.digest_of", lambda *_: pytest.fail("it was read"))
        check_sources(PlanOptions([os.fsencode(root)], "parse_v2"))
