"""Row 2. Tokens of thousands of characters: a repeat is found, and a listing of any length takes little memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.commands import LIST
from tests.faults.conftest import MIB
from tests.servers import Reply, ScriptedServer, batch, page

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Runner
    from tests.faults.conftest import Measured
    from tests.servers import Seen

LENGTH = 7900
PAGES = 3000


def token(number: int) -> str:
    return str(number).ljust(LENGTH, "x")


@pytest.mark.parametrize("circle", [1, 2, 5])
def test_row02_a_long_token_that_comes_again_ends_the_listing(run: Runner, server: ScriptedServer, circle: int) -> None:
    server.script = lambda _: Reply(body=page(batch(), token=token(len(server.seen) % circle)))
    result = run(*LIST)
    assert result.status == 1
    assert "a page token that it had given before" in result.stderr
    assert len(server.seen) == circle + 1


def test_row02_many_long_tokens_take_little_memory(server: ScriptedServer, measure: Callable[..., Measured]) -> None:
    """All tokens together would be 23 MiB; a listing of one page is the measure of what else there is."""

    def pages(most: int) -> Callable[[Seen], Reply]:
        first = len(server.seen)
        return lambda _: Reply(
            body=page(
                batch(f"bat-{len(server.seen)}"),
                token=token(len(server.seen)) if len(server.seen) - first < most else None,
            )
        )

    server.script = pages(1)
    one = measure(server.url, *LIST)
    server.script = pages(PAGES)
    many = measure(server.url, *LIST)
    assert (one.status, many.status) == (0, 0), many.stderr
    assert many.stdout.count(b'"id"') == PAGES
    assert many.memory - one.memory < 12 * MIB
