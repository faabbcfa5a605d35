"""Row 3. Whose wish for a pause counts, what is repeated, and how often in a whole run."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tests.commands import CREATE, GET, repeatable_command
from tests.servers import MADE, BatchService, Reply, ScriptedServer, batch, page

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Runner
    from tests.faults.server import Relay
    from tests.workflows.conftest import Tool

GOOD = Reply(body=batch())
THEN = datetime(2031, 3, 9, 8, 7, 6, tzinfo=UTC)
DATE = "Sun, 09 Mar 2031 08:07:01 GMT"
IMF, RFC850, ASCTIME = "%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y"


@pytest.mark.parametrize(
    ("headers", "pause"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": "60"}, 60.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after": THEN.strftime(IMF), "date": DATE}, 5.0),
        ({"retry-after": THEN.strftime(RFC850), "date": DATE}, 5.0),
        ({"retry-after": THEN.strftime(ASCTIME), "date": DATE}, 5.0),
    ],
    ids=["seconds", "zero", "sixty", "fraction", "ms-first", "date-imf", "date-rfc850", "date-asctime"],
)
@pytest.mark.parametrize("status", [429, 503])
def test_row03_retry_after_is_honoured_by_the_clock_of_the_server(
    run: Runner, server: ScriptedServer, headers: dict[str, str], pause: float, status: int
) -> None:
    server.script = [Reply(status, headers=headers), GOOD]
    assert run(*GET).status == 0
    assert run.sleeps == [pause]


@pytest.mark.parametrize(
    "wish", ["-1", "-86400", "nan", "NaN", "inf", "-inf", "", "soon", "1e400", "0x10", "Sun, 06 Nov 1994 08:49:37 GMT",
             "Sun, 99 Nov 2994 08:49:37 GMT"],
)  # fmt: skip
def test_row03_negative_nan_past_and_senseless_wishes_are_none(run: Runner, server: ScriptedServer, wish: str) -> None:
    server.script = [Reply(503, headers={"retry-after": wish}), GOOD]
    assert run(*GET).status == 0
    assert len(run.sleeps) == 1
    assert 0 <= run.sleeps[0] <= 0.5


LONG = {
    "61": ({"retry-after": "61"}, "61 seconds"),
    "86400": ({"retry-after": "86400"}, "24.0 hours"),
    "huge": ({"retry-after": "9" * 400}, "a very long time"),
    "ms": ({"retry-after-ms": "61000"}, "61 seconds"),
    "date": ({"retry-after": THEN.strftime(IMF), "date": "Sun, 09 Mar 2031 08:05:06 GMT"}, "120 seconds"),
}


@pytest.mark.parametrize(("headers", "when"), LONG.values(), ids=LONG)
@repeatable_command
def test_row03_over_a_minute_fails_at_once_and_says_when_to_come_back(
    run: Runner, server: ScriptedServer, argv: tuple[str, ...], headers: dict[str, str], when: str
) -> None:
    server.script = [Reply(429, headers=headers)]
    result = run(*argv)
    assert (result.status, result.stdout) == (1, "")
    assert f"come back in {when}" in result.stderr
    assert (len(server.seen), run.sleeps) == (1, [])


def test_row03_a_create_over_a_minute_fails_at_once_too(run: Runner, server: ScriptedServer) -> None:
    server.script = BatchService(Reply(429, headers={"retry-after": "86400"}), effect=(False,))
    result = run(*CREATE)
    assert (result.status, result.stdout) == (1, "")
    assert "come back in 24.0 hours" in result.stderr
    assert (len(server.of("POST")), run.sleeps) == (1, [])


@pytest.mark.parametrize("status", [429, 503])
def test_row03_wait_does_not_go_on_asking_when_told_to_come_back_tomorrow(
    run: Runner, server: ScriptedServer, status: int
) -> None:
    server.script = [Reply(body=batch()), Reply(status, headers={"retry-after": "86400"})]
    result = run("batches", "wait", "bat-1", "--timeout", "10s")
    assert result.status == 1
    assert "come back in 24.0 hours" in result.stderr
    assert len(server.seen) == 2


@repeatable_command
@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_row03_what_may_pass_is_repeated(
    run: Runner, server: ScriptedServer, argv: tuple[str, ...], status: int
) -> None:
    server.script = [Reply(status), Reply(status), Reply(body=page(batch()) if argv[1] == "list" else batch())]
    assert run(*argv).status == 0
    assert len(server.seen) == 3


@pytest.mark.parametrize("status", [425, 429])
def test_row03_a_create_is_repeated_after_425_and_429_alone(run: Runner, server: ScriptedServer, status: int) -> None:
    service = BatchService(Reply(status), Reply(201, MADE), effect=(False, True))
    server.script = service
    assert run(*CREATE).status == 0
    assert len(service.made) == 1


@repeatable_command
@pytest.mark.parametrize("status", [429, 500, 503])
def test_row03_x_should_retry_false_is_obeyed(
    run: Runner, server: ScriptedServer, argv: tuple[str, ...], status: int
) -> None:
    server.script = [Reply(status, headers={"x-should-retry": "false", "retry-after": "1"})]
    assert run(*argv).status == 1
    assert (len(server.seen), run.sleeps) == (1, [])


@repeatable_command
@pytest.mark.parametrize("status", [400, 401, 404, 409, 422, 501])
def test_row03_x_should_retry_true_is_not_believed(
    run: Runner, server: ScriptedServer, argv: tuple[str, ...], status: int
) -> None:
    server.script = [Reply(status, headers={"x-should-retry": "true"})]
    assert run(*argv).status != 0
    assert len(server.seen) == 1


@pytest.mark.parametrize("status", [400, 409, 500])
def test_row03_x_should_retry_true_makes_no_second_create(run: Runner, server: ScriptedServer, status: int) -> None:
    server.script = BatchService(Reply(status, headers={"x-should-retry": "true"}))
    run(*CREATE)
    assert len(server.of("POST")) == 1


def test_row03_one_budget_for_a_whole_listing(run: Runner, server: ScriptedServer) -> None:
    """Every page fails once: with one repeat for each call there are ten in all, and half a one more a success."""
    asked: dict[str, int] = {}

    def script(seen) -> Reply:
        token = dict(seen.query).get("page_token", "0")
        asked[token] = asked.get(token, 0) + 1
        return Reply(503) if asked[token] == 1 else Reply(body=page(batch(token), token=str(int(token) + 1)))

    server.script = script
    result = run(*("batches", "list", "-q", "--max-retries", "1"))
    assert result.status == 1
    assert "what was printed is not all" in result.stderr
    assert len(server.seen) == 19 * 2 + 1


def test_row03_an_outage_in_the_middle_of_run_is_not_hammered(
    relay: Callable[..., Relay], tool: Tool, source, tmp_path: Path
) -> None:
    """Sixty files and sixteen of them at a time: without a budget that would be some 360 requests."""
    way = relay(lambda seen, _: Reply(503) if seen.path.endswith("/upload") else None)
    command = ("batches", "run", str(source(count=60)), "--parse", "-o", str(tmp_path / "out"), "--concurrency", "16")
    result = tool(*command)
    assert (result.status, result.stdout) == (1, "")
    assert sum(seen.path.endswith("/upload") for seen in way.seen) <= 16 + 50
    relay()
    assert tool(*command).status == 0
