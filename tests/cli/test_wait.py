"""`batches wait`, and `--wait` on create and cancel."""

from __future__ import annotations

import itertools
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.processes import PROGRAM, environment
from tests.servers import RESET, Reply, ScriptedServer, Seen, batch, page

if TYPE_CHECKING:
    from tests.conftest import Runner


class Api:
    """Answers as a service does whose batch and jobs go through some states, one an answer.

    Args:
        batches: statuses of the batch; the last one stays.
        jobs: statuses of its jobs, for each listing of them; the last ones stay.
        replies: given first, whatever is asked.
    """

    def __init__(self, batches: list[str], jobs: list[list[str]], replies: list[Reply] | None = None) -> None:
        self.batches, self.jobs, self.replies = batches, jobs, replies or []
        self.asked: list[str] = []

    def __call__(self, seen: Seen) -> Reply:
        self.asked.append(seen.path)
        if self.replies:
            return self.replies.pop(0)
        if seen.path == "/api/v2/parse":
            statuses = self.jobs.pop(0) if len(self.jobs) > 1 else self.jobs[0]
            return Reply(body=page(*(_job(number, status) for number, status in enumerate(statuses))))
        if seen.path.startswith("/api/v2/batches"):
            status = self.batches.pop(0) if len(self.batches) > 1 else self.batches[0]
            identifier = seen.path.split("/")[4] if seen.path.count("/") > 3 else "bat-1"
            return Reply(body=batch(identifier, status=status, results=self._results(status)))
        return Reply(404, {"detail": "no"})

    def _results(self, status: str) -> list[Any] | None:
        if status not in ("COMPLETED", "CANCELLED", "FAILED"):
            return None
        return [
            {
                "source_directory_file_id": f"dfl-{number}",
                "job_reference": {"id": f"pjb-{number}", "type": "parse_v2"},
                "error_message": None,
            }
            for number in range(len(self.jobs[0]))
        ]


def _job(number: int, status: str) -> dict[str, Any]:
    error = "The file is broken" if status == "FAILED" else None
    return {"id": f"pjb-{number}", "project_id": "prj-1", "status": status, "error_message": error}


def test_it_waits_for_the_batch_and_then_for_its_jobs(run: Runner, server: ScriptedServer) -> None:
    """COMPLETED only says that each file has a job."""
    server.script = Api(
        ["PENDING", "THROTTLED", "RUNNING", "COMPLETED"],
        [["RUNNING", "PENDING"], ["COMPLETED", "RUNNING"], ["COMPLETED", "COMPLETED"]],
    )
    result = run("batches", "wait", "bat-1")
    assert result.status == 0
    assert result.json["status"] == "COMPLETED"
    assert len(result.json["results"]) == 2
    assert [line.rpartition(", ")[0] for line in result.stderr.splitlines()] == [
        "bat-1 PENDING",
        "bat-1 THROTTLED",
        "bat-1 RUNNING",
        "bat-1 COMPLETED, 0 of 2 jobs done",
        "bat-1 COMPLETED, 1 of 2 jobs done",
        "bat-1 COMPLETED, 2 of 2 jobs done",
    ]
    assert ("expand", "results") in server.seen[0].query


def test_jobs_that_are_done_are_not_asked_again(run: Runner, server: ScriptedServer) -> None:
    server.script = Api(["COMPLETED"], [["COMPLETED", "RUNNING"], ["COMPLETED", "COMPLETED"]])
    assert run("batches", "wait", "bat-1").status == 0
    listings = [seen for seen in server.seen if seen.path == "/api/v2/parse"]
    asked = [[value for name, value in seen.query if name == "job_ids"] for seen in listings]
    assert asked == [["pjb-0", "pjb-1"], ["pjb-1"]]
    assert sum(seen.path.endswith("/bat-1") for seen in server.seen) == 1


def test_the_pauses_grow_and_differ(run: Runner, server: ScriptedServer) -> None:
    """From --interval by a half each time, up to 30 seconds, give or take 15 %."""
    server.script = Api(["RUNNING"] * 15 + ["COMPLETED"], [["COMPLETED"]])
    run("batches", "wait", "bat-1", "--interval", "1s")
    for pause, expected in zip(
        run.sleeps[1:], itertools.accumulate(range(13), lambda x, _: min(x * 1.5, 30), initial=1.5), strict=False
    ):
        assert 0.84 * expected <= pause <= 1.16 * expected
    assert len(set(run.sleeps)) == len(run.sleeps)


@pytest.mark.parametrize("status", ["THROTTLED", "QUEUED_BY_A_LATER_VERSION", ""])
def test_a_status_that_is_not_terminal_goes_on(status: str, run: Runner, server: ScriptedServer) -> None:
    server.script = Api([status, "COMPLETED"], [["COMPLETED"]])
    assert run("batches", "wait", "bat-1").status == 0


@pytest.mark.parametrize("fault", [Reply(503), Reply(500), Reply(429, headers={"Retry-After": "1"}), RESET])
def test_failures_that_may_pass_do_not_end_it(fault: Reply, run: Runner, server: ScriptedServer) -> None:
    """Twenty in a row are more than the retries of several calls."""
    api = Api(["RUNNING", "COMPLETED"], [["COMPLETED"]])

    def script(seen: Seen) -> Reply:
        reply = api(seen)
        if len(api.asked) == 1:
            api.replies = [fault] * 20
        return reply

    server.script = script
    result = run("batches", "wait", "bat-1")
    assert result.status == 0
    assert "asking again" in result.stderr


def test_what_will_not_pass_ends_it(run: Runner, server: ScriptedServer) -> None:
    server.script = [Reply(body=batch(status="RUNNING")), Reply(404, {"detail": "Batch bat-1 not found"})]
    assert run("batches", "wait", "bat-1").status == 6
    server.script = lambda _: Reply(401, {"detail": "Invalid API Key"})
    assert run("batches", "wait", "bat-1").status == 4


def test_a_service_that_cannot_be_reached_at_all_ends_it(run: Runner, server: ScriptedServer) -> None:
    server.close()
    assert run("batches", "wait", "bat-1", "--max-retries", "1").status == 7


class TestOutcomes:
    @pytest.mark.parametrize("status", ["FAILED", "CANCELLED"])
    def test_a_batch_that_did_not_complete_gives_status_5(
        self, status: str, run: Runner, server: ScriptedServer
    ) -> None:
        """The same for one that was over before."""
        server.script = Api([status], [["RUNNING"]])
        result = run("batches", "wait", "bat-1")
        assert result.status == 5
        assert f"not completed: bat-1 {status}" in result.stderr
        assert result.json["status"] == status

    def test_files_that_failed_give_status_3_and_are_named(self, run: Runner, server: ScriptedServer) -> None:
        server.script = Api(["COMPLETED"], [["COMPLETED", "FAILED", "CANCELLED"]])
        result = run("batches", "wait", "bat-1")
        assert result.status == 3
        assert "failed: dfl-1 (job pjb-1): The file is broken\n" in result.stderr
        assert "failed: dfl-2 (job pjb-2): the job ended CANCELLED\n" in result.stderr
        assert "error: 2 of 3 files failed" in result.stderr

    def test_a_file_that_got_no_job_counts_as_failed(self, run: Runner, server: ScriptedServer) -> None:
        results = [{"source_directory_file_id": "dfl-1", "job_reference": None, "error_message": "Unreadable"}]
        server.script = lambda _: Reply(body=batch(status="COMPLETED", results=results))
        result = run("batches", "wait", "bat-1")
        assert result.status == 3
        assert "failed: dfl-1: Unreadable" in result.stderr

    def test_a_file_without_job_and_error_is_waited_for_a_while(self, run: Runner, server: ScriptedServer) -> None:
        results = [{"source_directory_file_id": "dfl-1", "job_reference": None, "error_message": None}]
        server.script = lambda _: Reply(body=batch(status="COMPLETED", results=results))
        result = run("batches", "wait", "bat-1")
        assert result.status == 3
        assert len(server.seen) == 6
        assert "names neither a job nor an error" in result.stderr

    def test_the_time_is_up_with_status_8_while_the_batch_goes_on(self, run: Runner, server: ScriptedServer) -> None:
        server.script = Api(["RUNNING"], [[]])
        result = run("batches", "wait", "bat-1", "--timeout", "10ms", "--interval", "1s", "--project-id", "prj-1")
        assert result.status == 8
        assert "error: after 0s not done: bat-1 RUNNING — it goes on; wait again with" in result.stderr
        assert "`llamacloud-prod batches wait bat-1 --project-id prj-1`" in result.stderr
        assert sum(run.sleeps) <= 0.01


class TestSeveral:
    def test_each_is_printed_once_when_it_is_done(self, run: Runner, server: ScriptedServer) -> None:
        server.script = Api(["COMPLETED"], [["COMPLETED"]])
        result = run("batches", "wait", "bat-1", "bat-2", "bat-1", "--format", "jsonl", "--transform", "id", "-r")
        assert result.status == 0
        assert result.stdout == "bat-1\nbat-2\n"

    def test_one_that_is_not_known_does_not_keep_the_others(self, run: Runner, server: ScriptedServer) -> None:
        """Its status comes first at the end."""
        api = Api(["RUNNING", "COMPLETED"], [["COMPLETED", "FAILED"]])
        server.script = lambda seen: Reply(404, {"detail": "unknown"}) if "bat-no" in seen.path else api(seen)
        result = run("batches", "wait", "bat-no", "bat-1", "--format", "jsonl", "--transform", "id", "-r")
        assert result.status == 6
        assert result.stdout == "bat-1\n"
        assert "bat-no: 404 Not Found: unknown\n" in result.stderr
        assert "failed: dfl-1 (job pjb-1): The file is broken\n" in result.stderr
        assert "1 of 2 files failed\n" in result.stderr

    def test_ids_come_on_standard_input(self, run: Runner, server: ScriptedServer) -> None:
        server.script = Api(["COMPLETED"], [["COMPLETED"]])
        result = run("batches", "wait", "-", "-q", stdin="bat-1\n\n  bat-2  \n")
        assert result.stdout == "bat-1\nbat-2\n"

    @pytest.mark.parametrize("argv", [(), ("-",), ("..",), ("bat 1",), ("",)])
    def test_no_id_or_no_id_at_all_is_refused(self, argv: tuple[str, ...], run: Runner, server: ScriptedServer) -> None:
        assert run("batches", "wait", *argv).status == 2
        assert server.seen == []


class TestWaitFlag:
    CREATE = ("batches", "create", "--config", "{job: {configuration_id: cfg-1, type: parse_v2}}",
              "--source-directory-id", "dir-1")  # fmt: skip

    def test_create_prints_the_batch_when_it_is_done(self, run: Runner, server: ScriptedServer) -> None:
        server.script = Api(["PENDING", "RUNNING", "COMPLETED"], [["COMPLETED"]])
        result = run(*self.CREATE, "--wait")
        assert result.status == 0
        assert result.json["status"] == "COMPLETED"
        assert "created batch bat-1" in result.stderr
        assert server.seen[0].json == {
            "config": {"job": {"configuration_id": "cfg-1", "type": "parse_v2"}}, "source_directory_id": "dir-1"
        }  # fmt: skip

    def test_create_goes_on_where_the_new_batch_is_not_found_yet(self, run: Runner, server: ScriptedServer) -> None:
        """A batch that was paid for is not given up since one part of the service does not know it yet."""
        server.script = Api(["COMPLETED"], [["COMPLETED"]], [Reply(body=batch()), Reply(404), Reply(404)])
        result = run(*self.CREATE, "--wait")
        assert (result.status, result.json["status"]) == (0, "COMPLETED")
        assert result.stderr.count("asking again") == 2
        assert len(server.of("POST")) == 1

    def test_cancel_waits_until_it_is_cancelled(self, run: Runner, server: ScriptedServer) -> None:
        server.script = Api(["RUNNING", "RUNNING", "CANCELLED"], [["CANCELLED"]])
        result = run("batches", "cancel", "bat-1", "--wait")
        assert result.status == 5
        assert result.json["status"] == "CANCELLED"

    @pytest.mark.parametrize("argv", [("--timeout", "5s"), ("--interval", "5s"), ("--wait", "--timeout", "soon")])
    def test_wrong_flags_are_refused_before_anything_is_sent(
        self, argv: tuple[str, ...], run: Runner, server: ScriptedServer
    ) -> None:
        assert run(*self.CREATE, *argv).status == 2
        assert run("batches", "cancel", "bat-1", *argv).status == 2
        assert server.seen == []


def test_a_terminal_sees_a_display_that_leaves_only_lines_behind(run: Runner, server: ScriptedServer) -> None:
    server.script = Api(["RUNNING", "COMPLETED"], [["FAILED"]])
    result = run("batches", "wait", "bat-1", stderr_terminal=True)
    assert "bat-1 RUNNING" in result.stderr
    assert "\x1b[" in result.stderr
    assert "failed: dfl-0 (job pjb-0): The file is broken\n" in result.stderr
    assert result.stderr.splitlines()[-1].startswith("error: 1 of 1 file failed")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("bat-1",), "next: llamacloud-prod batches results bat-1"),
        (("bat-1", "--project-id", "p"), "next: llamacloud-prod batches results bat-1 --project-id p"),
        (("bat-1", "--json"), None),
        (("bat-1", "bat-2"), None),
    ],
)
def test_a_person_is_told_what_comes_after_one_batch(
    run: Runner, server: ScriptedServer, words: tuple[str, ...], line: str | None
) -> None:
    server.script = Api(["COMPLETED"], [["COMPLETED"]])
    result = run("batches", "wait", *words, "--color", "never", stdout_terminal=True, stderr_terminal=True)
    assert result.status == 0
    assert [said for said in result.stderr.splitlines() if said.startswith("next: ")] == ([line] if line else [])


@pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal")
def test_on_a_terminal_what_is_printed_waits_until_the_live_display_is_gone(server: ScriptedServer) -> None:
    """bat-1 is done while the display still shows bat-2."""
    pexpect = pytest.importorskip("pexpect")
    pyte = pytest.importorskip("pyte")
    first, second = (Api(["RUNNING"] * asked + ["COMPLETED"], [["COMPLETED"]]) for asked in (2, 6))
    server.script = lambda seen: (second if "bat-2" in seen.path else first)(seen)
    child = pexpect.spawn(
        PROGRAM[0], [*PROGRAM[1:], "batches", "wait", "bat-1", "bat-2", "--interval", "0.1s"],
        env={**environment(server.url), "TERM": "xterm-256color"}, dimensions=(24, 80), timeout=30,
    )  # fmt: skip
    window = pyte.Screen(80, 24)
    pyte.ByteStream(window).feed(child.read())
    child.close()
    assert child.exitstatus == 0
    assert [line.split()[0] for line in window.display if line.strip()] == ["ID", "bat-1", "bat-2"]
