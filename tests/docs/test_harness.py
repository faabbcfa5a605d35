"""The comparison of pages with terminals fails where it should."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.docs.matching import Binding
from tests.docs.pages import read_page

if TYPE_CHECKING:
    from pathlib import Path

ONE, OTHER, THIRD = (f"{digit * 8}-0000-4000-8000-000000000000" for digit in "123")


@pytest.mark.parametrize(
    ("shown", "actual", "same"),
    [
        ("", "", True),
        ("", "x", False),
        ("a", "a", True),
        ("a", "ab", False),
        ("a", "a\nb", False),
        ("a…c", "abbc", True),
        ("a…c", "ab\nbc", False),
        ("a\n…\nb", "a\nx\ny\nb", True),
        ("a\n…\nb", "a\nb", True),
        ("a\n…\nb", "a\nx", False),
        ("…", "", True),
        ("a.c", "abc", False),
        ("2026-11-24T17:00:00Z", "2027-01-01T00:00:00.123456Z", True),
        ("17 files, 0s", "17 files, 12s", True),
        ("17 files, 0s", "18 files, 0s", False),
        ("3s ago", "10m ago", True),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:41234/", True),
    ],
)
def test_only_an_ellipsis_and_noise_may_differ(shown: str, actual: str, same: bool) -> None:
    assert Binding().matches(shown, actual) == same


def test_an_id_is_the_same_all_over_a_page() -> None:
    """The page's id stands for the one that the terminal showed first, in output and in commands."""
    binding = Binding()
    assert binding.matches(f"made bat-{ONE} from dir-{OTHER}", f"made bat-{THIRD} from dir-{ONE}")
    assert binding.matches(f"bat-{ONE}", f"bat-{THIRD}")
    assert not binding.matches(f"bat-{ONE}", f"bat-{ONE}")
    assert binding.translate(f"get bat-{ONE} dir-{OTHER}") == f"get bat-{THIRD} dir-{ONE}"


def test_ids_that_change_places_are_told_apart() -> None:
    binding = Binding()
    assert binding.matches(f"{ONE} {OTHER}", f"{OTHER} {ONE}")
    assert binding.translate(f"{ONE} {OTHER}") == f"{OTHER} {ONE}"


def test_an_id_that_comes_twice_in_one_output_is_one() -> None:
    assert Binding().matches(f"{ONE} {ONE}", f"{OTHER} {OTHER}")
    assert not Binding().matches(f"{ONE} {ONE}", f"{OTHER} {THIRD}")


def test_a_file_of_a_page_is_written_before_its_commands(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("<!-- test: file a b.txt -->\n```yaml\n$x: 'y'\n```\n```console\n$ true\n```\n", encoding="utf-8")
    assert [exchange.command for exchange in read_page(page).exchanges] == [
        "cat > 'a b.txt' <<'END OF FILE'\n$x: 'y'\nEND OF FILE",
        "true",
    ]


def test_a_session_is_read_with_its_continued_lines(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "<!-- test: needs jq, openssl; without sandbox -->\n\nText.\n\n"
        "```console\n$ cat <<X\n> a\n> X\na\n$ echo \\\n    b\nb\n\n$ true\n```\n\n"
        "```sh\nnot run\n```\n\n1. In a list:\n\n   ```\n   $ false\n   ```\n\n"
        "```console\n$ python3 -m venv .venv && rest\n```\n",
        encoding="utf-8",
    )
    read = read_page(page)
    assert [(exchange.command, exchange.output, exchange.line) for exchange in read.exchanges] == [
        ("cat <<X\na\nX", "a", 6),
        ("echo \\\n    b", "b\n", 10),
        ("true", "", 14),
        ("false", "", 24),
    ]
    assert (read.needs, read.sandbox) == (("jq", "openssl"), False)


@pytest.mark.skipif(os.name != "posix", reason="sessions are run by bash on a POSIX terminal")
def test_a_terminal_keeps_state_and_shows_what_stays(tmp_path: Path) -> None:
    """Standard error is on it as well, and what a program takes back is not."""
    from tests.docs.terminal import Terminal

    with Terminal(tmp_path, sandbox=True) as terminal:
        assert terminal.run("name=value; cd /").text == ""
        assert terminal.run('echo "$name" $PWD >&2; false')[:2] == (1, "value /")
        assert terminal.run("echo $? $LLAMA_CLOUD_SANDBOX; stty size; test -t 1")[:2] == (0, "1 1\n50 100")
        assert terminal.run(r"printf 'gone\033[2K\r\033[1mstays\033[0m\n'").text == "stays"
