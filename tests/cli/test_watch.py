"""`batches watch`: a live table on a terminal, a JSON document for each change of a status in a pipe."""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.processes import PROGRAM, environment
from tests.servers import RESET, Reply, ScriptedServer, Seen, batch, page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Runner

GOING = ("PENDING", "THROTTLED", "RUNNING")


class Service:
    """Batches that go through some statuses; the last ones stay.

    Args:
        batches: the statuses of each batch by its id, one for each round of listings; where nothing is listed, one for
            each time that it is asked for. None says that it is not there yet.

    Attributes:
        asked: the statuses that were listed and the ids that were asked for, in order.
        faults: answers that are given first.
    """

    def __init__(self, **batches: list[str | None]) -> None:
        self.batches = {name.replace("_", "-"): statuses for name, statuses in batches.items()}
        self.asked: list[str] = []
        self.faults: list[Reply] = []

    def __call__(self, seen: Seen) -> Reply:
        if seen.method != "GET":
            return Reply(405)
        query = dict(seen.query)
        name = seen.path.rpartition("/")[2]
        self.asked.append(query.get("status", name))
        if self.faults:
            return self.faults.pop(0)
        if seen.path == "/api/v2/batches":
            found = [self._batch(one) for one in self.batches if self._status(one) == query["status"]]
            return Reply(body=page(*found))
        if name not in self.batches:
            return Reply(404, {"detail": f"Batch {name} not found"})
        return Reply(body=self._batch(name, results=True))

    def _status(self, name: str) -> str | None:
        statuses = self.batches[name]
        rounds = self.asked.count("PENDING") or self.asked.count(name)
        return statuses[min(max(rounds - 1, 0), len(statuses) - 1)]

    def _batch(self, name: str, *, results: bool = False) -> dict[str, Any]:
        status = self._status(name)
        mapped = [
            {
                "source_directory_file_id": f"dfl-{n}",
                "job_reference": None,
                "error_message": "Unreadable" if n else None,
            }
            for n in range(2)
        ]
        over = status not in GOING
        return batch(name, status=status, results=mapped if results and over else None)


def changes(text: str) -> list[tuple[str, str]]:
    return [(one["id"], one["status"]) for one in map(json.loads, text.splitlines())]


class TestInAPipe:
    def test_each_change_of_a_status_is_a_document_on_a_line(self, run: Runner, server: ScriptedServer) -> None:
        server.script = Service(bat_1=["PENDING", "RUNNING", "RUNNING", "COMPLETED"], bat_2=["RUNNING", "FAILED"])
        result = run("batches", "watch")
        assert result.status == 0
        assert changes(result.stdout) == [
            ("bat-1", "PENDING"),
            ("bat-2", "RUNNING"),
            ("bat-1", "RUNNING"),
            ("bat-2", "FAILED"),
            ("bat-1", "COMPLETED"),
        ]
        assert json.loads(result.stdout.splitlines()[0]) == {
            "id": "bat-1", "status": "PENDING", "updated_at": "2026-08-20T18:11:20Z", "at": "2026-05-28T20:26:40Z"
        }  # fmt: skip
        assert result.stderr == ""

    def test_the_three_listings_of_what_goes_on_make_a_round(self, run: Runner, server: ScriptedServer) -> None:
        """A batch that has left them is asked for by itself."""
        service = server.script = Service(bat_1=["RUNNING", "RUNNING", "COMPLETED"])
        run("batches", "watch")
        assert service.asked == [*GOING, *GOING, *GOING, "bat-1"]
        assert run.sleeps == [5.0, 5.0]

    def test_batches_that_are_named_are_asked_for_one_by_one(self, run: Runner, server: ScriptedServer) -> None:
        service = server.script = Service(bat_1=["RUNNING", "RUNNING", "COMPLETED"])
        result = run("batches", "watch", "bat-1", "bat-1", "--interval", "2s")
        assert changes(result.stdout) == [("bat-1", "RUNNING"), ("bat-1", "COMPLETED")]
        assert service.asked == ["bat-1"] * 3
        assert run.sleeps == [2.0, 2.0]
        assert server.seen[0].query == [("expand", "results")]

    def test_many_that_are_named_are_listed(self, run: Runner, server: ScriptedServer) -> None:
        names = [f"bat-{number}" for number in range(10)]
        service = server.script = Service(**{name.replace("-", "_"): ["RUNNING"] * 3 + ["COMPLETED"] for name in names})
        service.batches["bat-other"] = ["RUNNING"]
        result = run("batches", "watch", *names)
        assert {name for name, _ in changes(result.stdout)} == set(names)
        assert service.asked[:10] == names
        assert service.asked[10:13] == list(GOING)
        assert len(service.asked) < 10 + 4 * 3 + 10 + 1

    def test_one_that_comes_up_later_is_watched_too(self, run: Runner, server: ScriptedServer) -> None:
        server.script = Service(
            bat_1=["RUNNING", "RUNNING", "COMPLETED"], bat_2=[None, "PENDING", "RUNNING", "CANCELLED"]
        )
        result = run("batches", "watch")
        assert result.status == 0
        assert changes(result.stdout)[-1] == ("bat-2", "CANCELLED")

    def test_nothing_that_goes_on_is_said_on_standard_error(self, run: Runner, server: ScriptedServer) -> None:
        server.script = Service(bat_1=["COMPLETED"])
        result = run("batches", "watch")
        assert (result.status, result.stdout, result.stderr) == (0, "", "nothing is going on\n")

    def test_ids_come_on_standard_input(self, run: Runner, server: ScriptedServer) -> None:
        server.script = Service(bat_1=["COMPLETED"], bat_2=["FAILED"])
        result = run("batches", "watch", "-", stdin="bat-2\n\nbat-1\n")
        assert changes(result.stdout) == [("bat-2", "FAILED"), ("bat-1", "COMPLETED")]
        assert run("batches", "watch", "-", stdin="\n").status == 2

    def test_the_options_for_printing_hold(self, run: Runner, server: ScriptedServer) -> None:
        for argv, expected in (
            (("-q",), "bat-1\n"),
            (("--transform", "status", "-r"), "COMPLETED\n"),
            (("--format", "yaml", "--transform", "id"), "bat-1\n"),
        ):
            server.script = Service(bat_1=["COMPLETED"])
            assert run("batches", "watch", "bat-1", *argv).stdout == expected
        server.script = Service(bat_1=["COMPLETED"])
        assert run("batches", "watch", "bat-1", "--format", "table").stdout.splitlines()[0].split() == [
            "ID", "STATUS", "UPDATED_AT", "AT"
        ]  # fmt: skip
        server.script = Service(bat_1=["COMPLETED"])
        assert changes(
            run("batches", "watch", "bat-1", "--format", "jsonl", "--color", "never", stdout_terminal=True).stdout
        )

    @pytest.mark.parametrize(
        "argv",
        [("--interval", "soon"), ("--timeout", "-1s"), ("bat 1",), ("..",), ("--format", "explore"), ("--dry-run",)],
    )
    def test_what_is_wrong_is_refused_before_anything_is_sent(
        self, argv: tuple[str, ...], run: Runner, server: ScriptedServer
    ) -> None:
        assert run("batches", "watch", *argv).status == 2
        assert server.seen == []

    def test_the_project_goes_along(self, run: Runner, server: ScriptedServer) -> None:
        server.script = Service(bat_1=["RUNNING", "COMPLETED"])
        run("batches", "watch", "--project-id", "prj-9")
        assert all(("project_id", "prj-9") in seen.query for seen in server.seen)


class TestEnding:
    def test_the_time_is_up_with_status_8(self, run: Runner, server: ScriptedServer) -> None:
        server.script = Service(bat_1=["RUNNING"])
        result = run("batches", "watch", "--timeout", "12s")
        assert result.status == 8
        assert "error: after 12s 1 still going on: bat-1 RUNNING" in result.stderr
        assert sum(run.sleeps) == 12.0

    @pytest.mark.parametrize(("count", "more"), [(5, ""), (7, " and 2 more")])
    def test_five_that_go_on_are_named_then(self, run: Runner, server: ScriptedServer, count: int, more: str) -> None:
        server.script = Service(**{f"bat_{number}": ["RUNNING"] for number in range(count)})
        result = run("batches", "watch", "--timeout", "12s")
        named = ", ".join(f"bat-{number} RUNNING" for number in range(5))
        assert f"{count} still going on: {named}{more} — " in result.stderr

    def test_follow_goes_on_when_nothing_goes_on(self, run: Runner, server: ScriptedServer) -> None:
        server.script = Service(bat_1=["RUNNING", "COMPLETED"], bat_2=[None, None, None, "RUNNING", "FAILED"])
        result = run("batches", "watch", "--follow", "--timeout", "1m")
        assert result.status == 8
        assert "nothing is going on" in result.stderr
        assert changes(result.stdout) == [
            ("bat-1", "RUNNING"), ("bat-1", "COMPLETED"), ("bat-2", "RUNNING"), ("bat-2", "FAILED")
        ]  # fmt: skip

    def test_one_that_is_not_there_does_not_keep_the_others(self, run: Runner, server: ScriptedServer) -> None:
        server.script = Service(bat_1=["RUNNING", "COMPLETED"])
        result = run("batches", "watch", "bat-1", "bat-no")
        assert result.status == 6
        assert ("bat-1", "COMPLETED") in changes(result.stdout)
        assert "Batch bat-no not found" in result.stderr

    def test_one_that_is_gone_meanwhile_is_over(self, run: Runner, server: ScriptedServer) -> None:
        service = Service(bat_1=["RUNNING"])
        server.script = lambda seen: Reply(404, {"detail": "gone"}) if len(service.asked) == 2 else service(seen)
        result = run("batches", "watch", "bat-1", "--timeout", "60s")
        assert result.status == 6
        assert changes(result.stdout) == [("bat-1", "RUNNING"), ("bat-1", "NOT FOUND")]
        assert "404 Not Found: gone" in result.stderr

    @pytest.mark.parametrize("fault", [Reply(503), Reply(429, headers={"retry-after": "30"}), RESET])
    def test_failures_that_may_pass_do_not_end_it(self, fault: Reply, run: Runner, server: ScriptedServer) -> None:
        """Five in a row are more than the retries of a call."""
        service, faults = Service(bat_1=["RUNNING", "RUNNING", "COMPLETED"]), [fault] * 5
        server.script = lambda seen: faults.pop() if len(service.asked) == 3 and faults else service(seen)
        result = run("batches", "watch", "--max-retries", "1")
        assert result.status == 0
        assert "asking again" in result.stderr
        assert (30.0 in run.sleeps) == (fault.status == 429)

    @pytest.mark.parametrize(("status", "exit_status"), [(401, 4), (400, 1)])
    def test_what_will_not_pass_ends_it(
        self, status: int, exit_status: int, run: Runner, server: ScriptedServer
    ) -> None:
        server.script = lambda _: Reply(status, {"detail": "no"})
        result = run("batches", "watch")
        assert result.status == exit_status
        assert result.stdout == ""

    def test_a_service_that_cannot_be_reached_ends_it(self, run: Runner, server: ScriptedServer) -> None:
        server.close()
        assert run("batches", "watch", "--max-retries", "0").status == 7


class TestOnATerminal:
    @pytest.fixture(autouse=True)
    def _window(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("NO_COLOR", "1")
        monkeypatch.setenv("COLUMNS", "80")
        monkeypatch.setenv("LINES", "24")

    def test_the_last_table_stays(self, run: Runner, server: ScriptedServer) -> None:
        server.script = Service(bat_1=["RUNNING", "RUNNING", "COMPLETED"], bat_2=["PENDING", "FAILED"])
        run.now = 1_787_249_539.2  # a minute after the batches were created
        result = run("batches", "watch", stdout_terminal=True)
        assert result.status == 0
        table = result.stdout.rpartition("\x1b[2K")[2].splitlines()
        assert [line.split() for line in table] == [
            ["ID", "STATUS", "FILES", "AGE", "UPDATED"],
            ["bat-2", "FAILED", "2,", "1", "failed", "1m00s", "59s"],
            ["bat-1", "COMPLETED", "2,", "1", "failed", "1m00s", "59s"],
        ]
        assert "2 going on, asked every 5s; Ctrl-C ends" in result.stdout
        assert result.stderr == ""

    def test_the_cursor_is_given_back(self, run: Runner, server: ScriptedServer) -> None:
        server.script = [Reply(body=page(batch())), Reply(401, {"detail": "no"})]
        result = run("batches", "watch", stdout_terminal=True)
        assert result.status == 4
        assert result.stdout.rindex("\x1b[?25h") > result.stdout.rindex("\x1b[?25l")

    def test_what_went_wrong_is_red(self, run: Runner, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("NO_COLOR")
        server.script = Service(bat_1=["RUNNING", "FAILED"])
        result = run("batches", "watch", stdout_terminal=True)
        assert "\x1b[1;31mFAILED" in result.stdout

    def test_a_narrow_window_has_each_batch_on_lines_of_its_own(
        self, run: Runner, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("COLUMNS", "40")
        name = "bat-" + "0" * 36
        server.script = lambda _: Reply(body=batch(name, status="COMPLETED"))
        result = run("batches", "watch", name, stdout_terminal=True)
        table = result.stdout.rpartition("\x1b[2K")[2].splitlines()
        assert table[2] == name
        assert table[3].split()[:2] == ["COMPLETED", "-"]
        assert all(len(line) <= 40 for line in table)

    def test_more_batches_than_lines_are_counted_and_all_stand_at_the_end(
        self, run: Runner, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("LINES", "20")
        names = {f"bat_{number:02d}": ["RUNNING", "COMPLETED"] for number in range(40)}
        server.script = Service(**names)
        result = run("batches", "watch", stdout_terminal=True)
        assert "… and 24 more" in result.stdout
        assert result.stdout.rpartition("\x1b[2K")[2].count("COMPLETED") == 40

    def test_hostile_text_is_shown_as_it_is(
        self, run: Runner, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("COLUMNS", "160")
        odd = batch("bat-1", status="[red]DONE\x1b]0;x\x07", source_directory_id="[bold]\x1b[2J")
        server.script = [
            Reply(body=page(odd)),
            Reply(body=page()),
            Reply(body=page()),
            Reply(404, {"detail": "[x]\x1b"}),
        ]
        result = run("batches", "watch", stdout_terminal=True)
        assert "[red]DONE\\x1b]0;x\\x07" in result.stdout
        assert "[bold]\\x1b[2J" in result.stdout
        assert "\x07" not in result.stdout

    def test_a_dumb_terminal_gets_lines(self, run: Runner, server: ScriptedServer) -> None:
        server.script = Service(bat_1=["RUNNING", "COMPLETED"])
        result = run("batches", "watch", stdout_terminal=True, env={"TERM": "dumb"})
        assert changes(result.stdout) == [("bat-1", "RUNNING"), ("bat-1", "COMPLETED")]


class TestAsAProcess:
    """On a terminal of its own."""

    @pytest.fixture
    def going(self) -> Iterator[ScriptedServer]:
        scripted = ScriptedServer(Service(bat_1=["RUNNING"]))
        yield scripted
        scripted.close()

    @pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal")
    def test_ctrl_c_ends_it_by_the_signal_and_leaves_the_table_and_the_cursor(self, going: ScriptedServer) -> None:
        pexpect = pytest.importorskip("pexpect")
        pyte = pytest.importorskip("pyte")
        child = pexpect.spawn(
            PROGRAM[0], [*PROGRAM[1:], "batches", "watch"],
            env={**environment(going.url), "TERM": "xterm-256color"}, dimensions=(24, 80), timeout=30,
        )  # fmt: skip
        window = pyte.Screen(80, 24)
        stream = pyte.ByteStream(window)
        child.expect("going on")
        stream.feed(child.before + child.after)
        os.kill(child.pid, signal.SIGINT)
        stream.feed(child.read())
        child.close()
        assert child.signalstatus == signal.SIGINT
        text = "\n".join(window.display)
        assert "bat-1  RUNNING" in text
        assert not window.cursor.hidden
        assert "Traceback" not in text
