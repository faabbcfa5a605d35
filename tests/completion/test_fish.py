"""What only fish shows: descriptions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.completion.conftest import needs_fish
from tests.completion.shells import fish

if TYPE_CHECKING:
    from tests.completion.shells import Desk

pytestmark = needs_fish


def test_commands_flags_and_ids_have_descriptions(desk: Desk) -> None:
    desk.ids.write_text("bat-1\tRUNNING, 3 h ago\n", encoding="utf-8")
    lines = ["llamacloud-prod batches l", "llamacloud-prod batches list --loc", "llamacloud-prod batches get b"]
    found = fish(desk, *lines)
    assert found[0] == ["list\tList batches, all pages"]
    assert found[1][0].startswith("--local-names\tAdd the names of the source files")
    assert found[2] == ["bat-1\tRUNNING, 3 h ago"]


def test_an_alias_completes_as_the_program_does(desk: Desk) -> None:
    assert fish(desk, "lp batches li", before="alias lp llamacloud-prod") == [["list\tList batches, all pages"]]
