"""bash at a terminal, and what only bash needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.completion.conftest import needs_bash
from tests.completion.shells import bash, bash_terminal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.completion.shells import Desk, Terminal

pytestmark = needs_bash


@pytest.fixture
def terminal(desk: Desk) -> Iterator[Terminal]:
    shell = bash_terminal(desk)
    yield shell
    shell.close()


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("llamacloud-prod bat\tli\t", "> llamacloud-prod batches list"),
        ("llamacloud-prod batches list --stat\tRU\t", "> llamacloud-prod batches list --status RUNNING"),
        ("llamacloud-prod batches list --status=RU\t", "> llamacloud-prod batches list --status=RUNNING"),
        ("llamacloud-prod batches list --base-url=https://api.cloud.e\t",
         "> llamacloud-prod batches list --base-url=https://api.cloud.eu.llamaindex.ai"),
        ("llamacloud-prod batches get b\t", "> llamacloud-prod batches get bat:1"),
        ("llamacloud-prod batches get bat:\t", "> llamacloud-prod batches get bat:1"),
        ("llamacloud-prod batches get --batch-id=bat:\t", "> llamacloud-prod batches get --batch-id=bat:1"),
        ("llamacloud-prod batches create --config=@fi\t", r"> llamacloud-prod batches create --config=@file\ one.yaml"),
        ("llamacloud-prod batches run fi\t", r"> llamacloud-prod batches run file\ one.yaml"),
        ("llamacloud-prod batches run file\\ o\t", r"> llamacloud-prod batches run file\ one.yaml"),
        ('llamacloud-prod batches run "file o\t', '> llamacloud-prod batches run "file one.yaml"'),
        ('llamacloud-prod batches create --config "@file o\t',
         '> llamacloud-prod batches create --config "@file one.yaml"'),
        ("cd /; /nowhere/llamacloud-prod batches li\t", "> cd /; /nowhere/llamacloud-prod batches list"),
        ("llamacloud-prod sandbox serve --speed in\t", "> llamacloud-prod sandbox serve --speed instant"),
    ],
)  # fmt: skip
def test_tab_completes(terminal: Terminal, desk: Desk, typed: str, line: str) -> None:
    (desk.folder / "file one.yaml").touch()
    desk.ids.write_text("bat:1\tRUNNING\n", encoding="utf-8")
    assert terminal.type(typed)[-1] == line


def test_a_second_tab_lists_ids_with_what_is_known_of_them(terminal: Terminal, desk: Desk) -> None:
    desk.ids.write_text("bat-2\tRUNNING, 3 h ago\nbat-1\tFAILED, 2 d ago\n", encoding="utf-8")
    lines = terminal.type("llamacloud-prod batches get bat-\t\t")
    assert "bat-2  (RUNNING, 3 h ago)" in " ".join(lines)
    assert lines[-1] == "> llamacloud-prod batches get bat-"


def test_flags_that_were_given_are_not_offered_again(desk: Desk) -> None:
    """Unless they may be given again; the short name of a flag stands for the long one too."""
    lines = ["batches list --format json --form", "batches run -o out --out", "batches list --status FAILED --stat"]
    found = bash(desk, *(f"llamacloud-prod {line}" for line in lines))
    assert found == [["--format-error"], [], ["--status"]]


def test_flags_are_offered_where_a_command_takes_nothing_else(desk: Desk) -> None:
    (found,) = bash(desk, "llamacloud-prod batches list ")
    assert "--status" in found


@pytest.mark.parametrize("options", ["set -f", "set -e", "shopt -s nullglob", "IFS=x", "set -o posix", "set -u"])
def test_works_whatever_options_the_shell_has(desk: Desk, options: str) -> None:
    (found,) = bash(desk, "llamacloud-prod batches list --status=C", before=options)
    assert found == ["COMPLETED", "CANCELLED"]


def test_works_where_equals_signs_and_colons_break_no_words(desk: Desk) -> None:
    """As many people set COMP_WORDBREAKS; readline then replaces the whole word."""
    terminal = bash_terminal(desk, "COMP_WORDBREAKS=${COMP_WORDBREAKS//[=:@]/};")
    try:
        line = terminal.type("llamacloud-prod batches list --status=RU\t")[-1]
        assert line == "> llamacloud-prod batches list --status=RUNNING"
    finally:
        terminal.close()


def test_quotes_file_names_itself_where_readline_does_not(desk: Desk) -> None:
    """As in bash 3.2, which has no compopt."""
    (desk.folder / "a b.yaml").touch()
    (desk.folder / "a c").mkdir()
    (found,) = bash(desk, "llamacloud-prod batches run a", before="enable -n compopt")
    assert sorted(found) == [r"a\ b.yaml", r"a\ c/"]
