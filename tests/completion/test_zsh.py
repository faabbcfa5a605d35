"""zsh at a terminal, the script autoloaded and sourced."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.completion.conftest import needs_zsh
from tests.completion.shells import SCRIPTS, zsh_terminal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.completion.shells import Desk, Terminal

pytestmark = needs_zsh


@pytest.fixture(params=["autoload", "source"])
def terminal(desk: Desk, request: pytest.FixtureRequest) -> Iterator[Terminal]:
    shell = zsh_terminal(desk, request.param)
    yield shell
    shell.close()


def test_tab_completes(terminal: Terminal, desk: Desk) -> None:
    (desk.folder / "file one.yaml").touch()
    (desk.folder / "folder").mkdir()
    desk.ids.write_text("bat:1\tRUNNING\n", encoding="utf-8")
    for typed, line in {
        "llamacloud-prod bat\tli\t": "> llamacloud-prod batches list",
        "llamacloud-prod batches list --stat\tRU\t": "> llamacloud-prod batches list --status=RUNNING",
        "llamacloud-prod batches list --status RU\t": "> llamacloud-prod batches list --status RUNNING",
        "llamacloud-prod --format json batches --color=never li\t":
            "> llamacloud-prod --format json batches --color=never list",
        "llamacloud-prod batches get b\t": "> llamacloud-prod batches get bat:1",
        "llamacloud-prod batches create --config=@fi\t": r"> llamacloud-prod batches create --config=@file\ one.yaml",
        "llamacloud-prod batches run fi\t": r"> llamacloud-prod batches run file\ one.yaml",
        "llamacloud-prod batches run x -o f\t": "> llamacloud-prod batches run x -o folder/",
        "llamacloud-prod batches list --base-url https://api.cloud.e\t":
            "> llamacloud-prod batches list --base-url https://api.cloud.eu.llamaindex.ai",
        "/nowhere/llamacloud-prod batches li\t": "> /nowhere/llamacloud-prod batches list",
    }.items():  # fmt: skip
        assert terminal.type(typed)[-1] == line


def test_ids_are_listed_as_they_come_with_what_is_known_of_them(terminal: Terminal, desk: Desk) -> None:
    desk.ids.write_text("bat-9\tRUNNING, 3 h ago\nbat-10\tFAILED, 2 d ago\n", encoding="utf-8")
    lines = terminal.type("llamacloud-prod --sandbox --profile=work batches get \t\t")
    assert lines[1:] == ["bat-9   -- RUNNING, 3 h ago", "bat-10  -- FAILED, 2 d ago"]
    assert set(desk.asked()) == {"llamacloud-prod [completion] [ids] [batch] [--sandbox] [--profile=work]"}


def test_ids_are_never_evaluated_and_never_reach_the_terminal_with_controls(terminal: Terminal, desk: Desk) -> None:
    hostile = ["$(touch pwned)\tx", "`touch pwned`\tx", "a;touch pwned\tx", "bat-\x1b[2J\tx", "*\tx"]
    good = ["bat-1\t$(touch pwned)`touch pwned`\x1b[2J", "bat-2\t${(e):-$(touch pwned)}"]
    desk.ids.write_text("\n".join([*hostile, *good, ""]), encoding="utf-8")
    lines = terminal.type("llamacloud-prod batches get bat\t\t")
    assert [line.partition(" ")[0] for line in lines[1:]] == ["bat-1", "bat-2"]
    assert list(desk.folder.iterdir()) == []


@pytest.mark.parametrize("flag", ["--api-key llx-1", "--base-url $URL", "--profile `id`"])
def test_ids_are_not_asked_for_where_only_a_run_could_tell_whose_they_are(
    terminal: Terminal, desk: Desk, flag: str
) -> None:
    terminal.type(f"llamacloud-prod batches {flag} get \t")
    assert desk.asked() == []


def test_flags_that_were_given_are_not_offered_again(terminal: Terminal) -> None:
    assert terminal.type("llamacloud-prod batches list --format json --form\t")[-1].endswith("--format-error=")
    assert terminal.type("llamacloud-prod batches list --status FAILED --stat\t")[-1].endswith("--status=")


def test_lists_fit_a_narrow_terminal(desk: Desk) -> None:
    """Each flag on a line of its own, its description cut at the edge."""
    terminal = zsh_terminal(desk, columns=80)
    try:
        lines = terminal.type("llamacloud-prod batches create --webhook-configuration.\t\t")
        assert len(lines) == 6
        assert all(line.startswith("--webhook-configuration.webhook-") for line in lines[1:])
    finally:
        terminal.close()


def test_says_what_it_needs_where_there_is_no_completion_system(desk: Desk) -> None:
    done = subprocess.run(
        ["zsh", "-f", "-c", f"source {SCRIPTS}/_llamacloud-prod"],
        env=desk.env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == "llamacloud-prod: completion comes after `autoload -U compinit && compinit`\n"
