"""Each command, flag and enumerated value of the application is offered in each shell, nothing else, without Python."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.completion.conftest import levels, needs_bash, needs_fish, needs_zsh
from tests.completion.shells import bash, fish, zsh_terminal

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.completion.shells import Desk

in_bash_and_fish = pytest.mark.parametrize(
    "shell", [pytest.param(bash, marks=needs_bash, id="bash"), pytest.param(fish, marks=needs_fish, id="fish")]
)


def _texts(offers: list[str]) -> list[str]:
    return sorted(offer.partition("\t")[0] for offer in offers)


@in_bash_and_fish
class TestInBashAndFish:
    def test_offers_the_commands_of_each_group(self, shell: Callable[..., list[list[str]]], desk: Desk) -> None:
        groups = [level for level in levels() if level.commands]
        found = shell(desk, *(level.line for level in groups))
        assert [_texts(offers) for offers in found] == [sorted(level.commands) for level in groups]
        assert desk.asked() == []

    def test_offers_the_flags_of_each_command(self, shell: Callable[..., list[list[str]]], desk: Desk) -> None:
        every = levels()
        found = shell(desk, *(f"{level.line}-" for level in every))
        for level, offers in zip(every, found, strict=True):
            assert _texts(offers) == sorted(level.flags), level.line
        assert desk.asked() == []

    def test_offers_the_values_that_help_enumerates(self, shell: Callable[..., list[list[str]]], desk: Desk) -> None:
        cases = [
            (level.line, flag, values) for level in levels() for flag, values in level.flags.items() if len(values) > 1
        ]
        assert len(cases) > 30
        separate = shell(desk, *(f"{line}{flag} " for line, flag, _ in cases))
        joined = shell(desk, *(f"{line}{flag}=" for line, flag, _ in cases))
        for (line, flag, values), offers, behind_equals in zip(cases, separate, joined, strict=True):
            assert _texts(offers) == sorted(values), (line, flag)
            assert sorted(one.rpartition("=")[2] for one in _texts(behind_equals)) == sorted(values), (line, flag)
        assert desk.asked() == []

    def test_offers_no_command_behind_an_unknown_one(self, shell: Callable[..., list[list[str]]], desk: Desk) -> None:
        assert shell(desk, "llamacloud-prod nonsense ", "llamacloud-prod batches nonsense ") == [[], []]


@needs_zsh
def test_zsh_offers_the_commands_and_flags_of_each_command(desk: Desk) -> None:
    """The list at the terminal, with the names of one flag on one line."""
    terminal = zsh_terminal(desk)
    try:
        for level in levels():
            lines = terminal.type(f"{level.line}-\t")[1:]
            found = [name for line in lines for name in re.split(r" +-- ", line)[0].split()]
            assert sorted(found) == sorted(level.flags), level.line
            if level.commands:
                lines = terminal.type(f"{level.line}\t")[1:]
                assert sorted(line.split()[0] for line in lines) == sorted(level.commands)
    finally:
        terminal.close()
    assert desk.asked() == []
