"""What is repeated, how often and after which pause; requests are counted at the server."""

from __future__ import annotations

import gzip
import json
import time
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llamacloud_cli.api.retries import Budget, Retries, read_date, retry_after
from llamacloud_cli.errors import ApiError
from tests.commands import CANCEL, GET, LIST, failure, repeatable_command
from tests.servers import DROP, RESET, Reply, ScriptedServer, batch, page, refusing_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Runner
    from tests.servers import Seen

NO_WAIT = 20  # seconds; noisy machines stay far below, a call without a deadline far above
GOOD = Reply(body=batch())
ZIPPED = gzip.compress(json.dumps(batch()).encode())
PASSING = [408, 425, 429, 500, 502, 503, 504]

BROKEN = {
    "reset": RESET,
    "dropped": DROP,
    "cut in the headers": Reply(body=batch(), cut=40),
    "cut in the body": Reply(body=batch(), cut=-3),
    "reset in the body": Reply(body=batch(), cut=-3, reset=True),
    "gzip cut short": Reply(body=ZIPPED[:-9], headers={"content-encoding": "gzip"}),
    "gzip broken": Reply(body=b"\x1f\x8b" + bytes(40), headers={"content-encoding": "gzip"}),
    "chunks without end": Reply(raw=b'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{"a":\r\n'),
}


class TestWhatIsRepeated:
    @pytest.mark.parametrize("argv", [GET, CANCEL], ids=["get", "cancel"])
    @pytest.mark.parametrize("status", PASSING)
    def test_a_status_that_may_pass(
        self, run: Runner, server: ScriptedServer, argv: tuple[str, ...], status: int
    ) -> None:
        server.script = [Reply(status), Reply(status), GOOD]
        result = run(*argv)
        assert result.status == 0
        assert result.json["id"] == "bat-1"
        assert [seen.path for seen in server.seen] == [server.seen[0].path] * 3
        assert len(run.sleeps) == 2

    @pytest.mark.parametrize("argv", [GET, CANCEL], ids=["get", "cancel"])
    @pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 410, 422, 501, 505])
    def test_not_a_status_that_stays(
        self, run: Runner, server: ScriptedServer, argv: tuple[str, ...], status: int
    ) -> None:
        server.script = [Reply(status, {"detail": "no"})]
        assert run(*argv).status != 0
        assert len(server.seen) == 1
        assert run.sleeps == []

    @pytest.mark.parametrize("argv", [GET, CANCEL], ids=["get", "cancel"])
    @pytest.mark.parametrize("reply", BROKEN.values(), ids=BROKEN)
    def test_an_answer_that_breaks_off(
        self, run: Runner, server: ScriptedServer, argv: tuple[str, ...], reply: Reply
    ) -> None:
        server.script = [reply, reply, GOOD]
        assert run(*argv).json["id"] == "bat-1"
        assert len(server.seen) == 3

    def test_an_answer_that_does_not_come_in_time(self, run: Runner, server: ScriptedServer) -> None:
        server.script = [Reply(delay=2), GOOD]
        assert run(*GET, "--http-timeout", "0.2").status == 0
        assert len(server.seen) == 2

    def test_a_refused_connection(self, run: Runner, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> None:
        """The service comes up during the second pause."""
        started: list[ScriptedServer] = []
        pauses: list[float] = []

        def pause(seconds: float) -> None:
            pauses.append(seconds)
            if len(pauses) == 2:
                server.close()
                started.append(ScriptedServer([GOOD], port=server.port))

        server.close()
        monkeypatch.setattr(run, "_sleep", pause)
        try:
            assert run(*GET).status == 0
        finally:
            for late in started:
                late.close()
        assert len(pauses) == 2

    def test_not_an_answer_without_sense(self, run: Runner, server: ScriptedServer) -> None:
        server.script = [Reply(body=b"<html>")]
        failure(run(*GET), 1)
        assert len(server.seen) == 1

    def test_a_later_page_too(self, run: Runner, server: ScriptedServer) -> None:
        server.script = [Reply(body=page(batch("bat-1"), token="t")), Reply(502), Reply(body=page(batch("bat-2")))]
        result = run(*LIST)
        assert [one["id"] for one in result.documents] == ["bat-1", "bat-2"]
        assert [dict(seen.query).get("page_token") for seen in server.seen] == [None, "t", "t"]


class TestHowOften:
    @repeatable_command
    @pytest.mark.parametrize(("flags", "requests"), [((), 6), (("--max-retries", "2"), 3), (("--max-retries", "0"), 1)])
    def test_as_max_retries_says(
        self, run: Runner, server: ScriptedServer, argv: tuple[str, ...], flags: tuple[str, ...], requests: int
    ) -> None:
        server.script = [Reply(503, {"detail": "overloaded"})]
        line = failure(run(*argv, *flags), 1)
        assert len(server.seen) == requests
        assert len(run.sleeps) == requests - 1
        assert (f"tried {requests} times" in line) == (requests > 1)

    def test_refused_connections_as_max_retries_says(self, run: Runner) -> None:
        with refusing_port() as port:
            run.base_url = f"http://127.0.0.1:{port}"
            failure(run(*GET, "--max-retries", "3"), 7)
        assert len(run.sleeps) == 3

    def test_very_many_times_without_an_overflow(self, run: Runner, server: ScriptedServer) -> None:
        server.script = [Reply(503)]
        failure(run(*GET, "--max-retries", "1100"), 1)
        assert len(server.seen) == 1101
        assert max(run.sleeps) <= 8

    def test_one_budget_for_all_pages_of_a_run(self, run: Runner, server: ScriptedServer) -> None:
        """With `--max-retries 1` there are 10 repeats, and half a one more for each success."""
        asked: dict[str, int] = {}

        def every_page_fails_once(seen: Seen) -> Reply:
            token = dict(seen.query).get("page_token", "0")
            asked[token] = asked.get(token, 0) + 1
            return Reply(503) if asked[token] == 1 else Reply(body=page(batch(), token=str(int(token) + 1)))

        server.script = every_page_fails_once
        result = run(*LIST, "--max-retries", "1", "-q")
        assert result.status == 1
        assert result.stdout == "bat-1\n" * 19
        assert len(server.seen) == 19 * 2 + 1

    def test_the_budget_gives_back_half_a_repeat_for_each_success(self) -> None:
        budget = Budget(2)
        assert [budget.take(), budget.take(), budget.take()] == [True, True, False]
        budget.give_back()
        assert not budget.take()
        budget.give_back()
        assert [budget.take(), budget.take()] == [True, False]

    def test_a_call_that_needs_no_repeat_gives_back_as_well(self) -> None:
        budget = Budget(1)
        retries = Retries(1, budget, sleep=lambda _: None, notice=lambda _: None)
        assert budget.take()
        for _ in range(2):
            retries.call(lambda: None)
        assert budget.take()

    @pytest.mark.parametrize("size", [0, 1, 2, 5])
    def test_every_repeat_of_a_call_takes_one(self, size: int) -> None:
        calls: list[int] = []

        def fail() -> None:
            calls.append(size)
            raise ApiError("no", status=503, retryable=True)

        with pytest.raises(ApiError):
            Retries(9, Budget(size), sleep=lambda _: None, notice=lambda _: None).call(fail)
        assert len(calls) == 1 + size

    def test_the_budget_never_grows_past_its_size(self) -> None:
        budget = Budget(1)
        for _ in range(10):
            budget.give_back()
        assert [budget.take(), budget.take()] == [True, False]


class TestPauses:
    def test_full_jitter_between_nothing_and_a_bound_that_doubles_up_to_8_seconds(
        self, run: Runner, server: ScriptedServer
    ) -> None:
        server.script = [Reply(503)]
        rounds = 12
        for _ in range(rounds):
            run(*GET, "--max-retries", "7")
        assert len(run.sleeps) == 7 * rounds
        for number, bound in enumerate([0.5, 1, 2, 4, 8, 8, 8]):
            pauses = run.sleeps[number::7]
            assert all(0 <= pause <= bound for pause in pauses)
            assert max(pauses) - min(pauses) > bound / 10  # not the same each time
            assert min(pauses) < bound / 2 < max(pauses)

    @pytest.mark.parametrize(
        ("headers", "pause"),
        [
            ({"retry-after": "7"}, 7.0),
            ({"retry-after": "1.5"}, 1.5),
            ({"retry-after": "0"}, 0.0),
            ({"retry-after": "60"}, 60.0),
            ({"retry-after-ms": "1500"}, 1.5),
            ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
            ({"retry-after-ms": "soon", "retry-after": "9"}, 9.0),
        ],
    )
    def test_as_the_server_wishes(
        self, run: Runner, server: ScriptedServer, headers: dict[str, str], pause: float
    ) -> None:
        server.script = [Reply(429, headers=headers), GOOD]
        assert run(*GET).status == 0
        assert run.sleeps == [pause]

    @pytest.mark.parametrize("form", ["%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y"])
    def test_until_a_date_by_the_clock_of_the_server(self, run: Runner, server: ScriptedServer, form: str) -> None:
        """All three forms of RFC 9110; the server's clock is far from ours."""
        then = datetime(2031, 3, 9, 8, 7, 6, tzinfo=UTC)
        date = format_datetime(then.replace(second=1), usegmt=True)
        server.script = [Reply(503, headers={"date": date, "retry-after": then.strftime(form)}), GOOD]
        assert run(*GET).status == 0
        assert run.sleeps == [5.0]

    def test_until_a_date_by_our_clock_where_the_server_shows_none(self, run: Runner, server: ScriptedServer) -> None:
        then = datetime.fromtimestamp(run.now + 12, UTC)
        server.script = [Reply(503, headers={"retry-after": format_datetime(then, usegmt=True)}), GOOD]
        assert run(*GET).status == 0
        assert run.sleeps == [12.0]

    @pytest.mark.parametrize(
        "wish",
        ["-1", "-0.5", "nan", "inf", "-inf", "", "soon", "1e400", "0x10", "1_0", "Sun, 06 Nov 1994 08:49:37 GMT"],
    )
    def test_a_wish_that_is_none_is_ignored(self, run: Runner, server: ScriptedServer, wish: str) -> None:
        server.script = [Reply(503, headers={"retry-after": wish, "retry-after-ms": "-1"}), GOOD]
        assert run(*GET).status == 0
        assert len(run.sleeps) == 1
        assert 0 <= run.sleeps[0] <= 0.5

    @pytest.mark.parametrize(
        ("headers", "when"),
        [
            ({"retry-after": "61"}, "61 seconds"),
            ({"retry-after": "86400"}, "24.0 hours"),
            ({"retry-after": "1" + "0" * 30}, "a very long time"),
            ({"retry-after": "9" * 400}, "a very long time"),
            ({"retry-after-ms": "61000"}, "61 seconds"),
            (
                {"date": "Mon, 09 Mar 2026 08:00:00 GMT", "retry-after": "Mon, 09 Mar 2026 08:02:00 GMT"},
                "120 seconds",
            ),
        ],
    )
    def test_over_a_minute_fails_at_once_and_says_when_to_come_back(
        self, run: Runner, server: ScriptedServer, headers: dict[str, str], when: str
    ) -> None:
        server.script = [Reply(429, headers=headers)]
        assert f"come back in {when}" in failure(run(*GET), 1)
        assert len(server.seen) == 1
        assert run.sleeps == []

    @pytest.mark.parametrize("word", ["false", "False", " FALSE "])
    def test_x_should_retry_false_is_obeyed(self, run: Runner, server: ScriptedServer, word: str) -> None:
        server.script = [Reply(503, headers={"x-should-retry": word})]
        failure(run(*GET), 1)
        assert len(server.seen) == 1

    @pytest.mark.parametrize("status", [400, 404, 409, 422, 501])
    def test_x_should_retry_true_is_not_believed(self, run: Runner, server: ScriptedServer, status: int) -> None:
        server.script = [Reply(status, headers={"x-should-retry": "true"})]
        assert run(*GET).status != 0
        assert len(server.seen) == 1

    def test_a_person_at_a_terminal_sees_what_is_waited_for(self, run: Runner, server: ScriptedServer) -> None:
        server.script = [Reply(503, {"detail": "overloaded"}, {"retry-after": "7"}), GOOD]
        result = run(*GET, stderr_terminal=True)
        assert "overloaded; trying again in 7.0 s (1 of 5)" in result.stderr

    @given(st.text(max_size=60), st.text(max_size=40))
    def test_any_header_gives_a_pause_that_is_not_negative_or_none(self, wish: str, date: str) -> None:
        pause = retry_after({"retry-after": wish, "date": date}, 0.0)
        assert pause is None or pause >= 0

    @given(st.datetimes(datetime(1970, 1, 1), datetime(9999, 1, 1)))  # noqa: DTZ001 - HTTP's dates name no zone
    def test_every_date_of_http_is_read(self, moment: datetime) -> None:
        moment = moment.replace(microsecond=0, tzinfo=UTC)
        assert read_date(format_datetime(moment, usegmt=True)) == moment.timestamp()


class TestDeadline:
    """`--http-timeout` bounds the whole call, however steadily bytes come."""

    def spent(self, run: Runner, *argv: str) -> float:
        began = time.monotonic()
        line = failure(run(*argv, "--http-timeout", "0.5", "--max-retries", "0"), 7)
        assert "no whole answer within 0.5 s" in line
        return time.monotonic() - began

    @repeatable_command
    def test_headers_byte_by_byte(self, run: Runner, server: ScriptedServer, argv: tuple[str, ...]) -> None:
        server.script = [Reply(body=batch(), drip=0.1)]
        assert 0.4 < self.spent(run, *argv) < NO_WAIT

    @repeatable_command
    @pytest.mark.parametrize("head", [b"content-length: 1000\r\n", b"", b"transfer-encoding: chunked\r\n"])
    def test_a_body_byte_by_byte(self, run: Runner, server: ScriptedServer, argv: tuple[str, ...], head: bytes) -> None:
        def bytes_without_end() -> Iterator[bytes]:
            while True:
                yield b"1\r\n \r\n" if b"chunked" in head else b" "
                time.sleep(0.1)

        server.script = [Reply(raw=b"HTTP/1.1 200 OK\r\n" + head + b"\r\n", more=bytes_without_end)]
        assert 0.4 < self.spent(run, *argv) < NO_WAIT

    def test_informational_answers_without_end(self, run: Runner, server: ScriptedServer) -> None:
        def continues() -> Iterator[bytes]:
            while True:
                yield b"HTTP/1.1 102 Processing\r\n\r\n"
                time.sleep(0.05)

        server.script = [Reply(raw=b"", more=continues)]
        assert 0.4 < self.spent(run, *GET) < NO_WAIT

    def test_each_call_has_its_own(self, run: Runner, server: ScriptedServer) -> None:
        """Ten pages of 0.4 s each take longer than the deadline of one call."""

        def slow(seen: Seen) -> Reply:
            number = int(dict(seen.query).get("page_token", "0")) + 1
            return Reply(body=page(batch(), token=str(number) if number < 10 else None), delay=0.4)

        server.script = slow
        assert run(*LIST, "-q", "--http-timeout", "3").stdout == "bat-1\n" * 10
