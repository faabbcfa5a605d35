"""Row 9: an id, whoever chose it, cannot change where a request goes, what a file is called or what a line says."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llamacloud_cli.errors import ApiError
from llamacloud_cli.ids import path_segment, problem_of_id
from tests.commands import failure
from tests.servers import Reply, ScriptedServer, Seen, batch, page

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Runner

COMMANDS = {
    "get": ("batches", "get"),
    "cancel": ("batches", "cancel"),
    "cancel and wait": ("batches", "cancel", "--wait"),
    "wait": ("batches", "wait"),
    "results": ("batches", "results"),
}
every_command_with_an_id = pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
IMPOSSIBLE = ["", " ", ".", "..", "a\nb", "a\rb", "\x1b[2J", "a\0b", "\x7f", "a\x85b", "a\udc80b", "\ud800"]
ODD = [
    "a/../b",
    "../..",
    "..\\..",
    "%2e%2e",
    "a?x=1",
    "a#b",
    "a;b",
    "a//b",
    "/",
    "a%2Fb",
    "\uff0e\uff0e",
    "a:b@c",
    "~",
    "*",
]


def by_any_way(command: tuple[str, ...], identifier: str) -> list[tuple[str, ...]]:
    """Gives the ways in which a command takes an id from its command line."""
    ways = [(*command, "--", identifier)]
    return [*ways, (*command, f"--batch-id={identifier}")] if command[1] in ("get", "cancel") else ways


class TestIdsOfUsers:
    @every_command_with_an_id
    @pytest.mark.parametrize("identifier", IMPOSSIBLE)
    def test_that_can_be_none_are_refused_and_nothing_is_sent(
        self, run: Runner, server: ScriptedServer, command: tuple[str, ...], identifier: str
    ) -> None:
        for argv in by_any_way(command, identifier):
            failure(run(*argv), 2)
        assert server.seen == []

    @every_command_with_an_id
    @pytest.mark.parametrize("identifier", ODD)
    def test_of_any_other_text_are_one_segment_of_the_path(
        self, run: Runner, server: ScriptedServer, command: tuple[str, ...], identifier: str
    ) -> None:
        server.script = [Reply(404, {"detail": "no"})]
        for argv in by_any_way(command, identifier):
            assert run(*argv).status == 6
        for seen in server.seen:
            segments = seen.target.partition("?")[0].split("/")
            assert segments[:4] == ["", "api", "v2", "batches"]
            assert unquote(segments[4]) == identifier
            assert segments[5:] == (["cancel"] if command[1] == "cancel" else [])

    @pytest.mark.parametrize("way", ["get", "cancel"])
    def test_on_standard_input_are_held_to_the_same(self, run: Runner, server: ScriptedServer, way: str) -> None:
        failure(run("batches", way, stdin='{"batch_id": ".."}'), 2)
        failure(run("batches", way, stdin='{"batch_id": "a\\nb"}'), 2)
        assert server.seen == []

    @pytest.mark.parametrize("identifier", ["..", "a b", "a\tb", "\x1b[2J", "not\x00one"])
    def test_in_a_list_on_standard_input_as_well(self, run: Runner, server: ScriptedServer, identifier: str) -> None:
        failure(run("batches", "wait", "-", stdin=f"bat-1\n{identifier}\n"), 2)
        assert server.seen == []

    def test_of_a_directory_are_sent_as_data_alone(self, run: Runner, server: ScriptedServer) -> None:
        server.script = [Reply(body=page())]
        run("batches", "list", "--source-directory-id", "../../x?y=1&z", "--project-id", "a/../b")
        assert server.seen[0].path == "/api/v2/batches"
        assert ("source_directory_id", "../../x?y=1&z") in server.seen[0].query
        assert ("project_id", "a/../b") in server.seen[0].query


def service_that_names(*, batch_id: str = "bat-1", job: str = "pjb-1", directory: str = "dir-1", file: str = "dfl-1"):
    """Gives a script whose answers hold these ids."""

    def script(seen: Seen) -> Reply:
        if seen.path.startswith("/api/v2/batches"):
            result: dict[str, Any] = {
                "source_directory_file_id": file,
                "job_reference": {"id": job, "type": "parse_v2"},
            }
            return Reply(
                body=batch(batch_id, status="COMPLETED", source_directory_id=directory, results=[result])
                if seen.method == "POST" or seen.path != "/api/v2/batches"
                else page()
            )
        if seen.path == "/api/v2/parse":
            return Reply(body=page({"id": job, "status": "COMPLETED"}))
        if seen.path.startswith("/api/v2/parse/"):
            pages = {"pages": [{"page_number": 1, "markdown": "text", "success": True}]}
            return Reply(body={"job": {"id": job, "status": "COMPLETED"}, "markdown": pages})
        return Reply(body=page())

    return script


HOSTILE = ["..", ".", "", " ", "a\nb", "\x1b[2J", "a\udc80"]


class TestIdsOfTheService:
    @pytest.mark.parametrize("identifier", HOSTILE)
    @pytest.mark.parametrize("what", ["job", "directory"])
    @pytest.mark.parametrize("command", ["wait", "results", "results into a folder"])
    def test_that_can_be_none_are_not_asked_for(
        self, run: Runner, server: ScriptedServer, identifier: str, what: str, command: str, tmp_path: Path
    ) -> None:
        server.script = service_that_names(**{what: identifier})
        argv = ("-o", str(tmp_path / "out")) if "folder" in command else ()
        result = run("batches", command.partition(" ")[0], "bat-1", *argv)
        for seen in server.seen:
            parts = seen.target.partition("?")[0].split("/")
            assert all(part.strip() and part not in (".", "..") for part in parts[1:]), seen.target
            assert not {"%0A", "%1B", "%20"} & {part[1:4] for part in parts}, seen.target
            assert parts[2] in ("v1", "v2")
            assert len(parts) > 3
        assert "\x1b" not in result.stderr
        assert "Traceback" not in result.stderr
        assert "internal error" not in result.stderr
        if what == "job":
            assert result.status == 3
            assert "job whose id" in result.stderr or identifier in ("", "a\udc80"), "these count as no job at all"

    @pytest.mark.parametrize("identifier", ["../x", "a/../../b", "..%2f..", "a?b#c"])
    def test_of_odd_characters_stay_one_segment(self, run: Runner, server: ScriptedServer, identifier: str) -> None:
        server.script = service_that_names(job=identifier, directory=identifier)
        assert run("batches", "results", "bat-1").status == 0
        asked = [unquote(seen.target.partition("?")[0].removeprefix("/api/v2/parse/")) for seen in server.seen]
        assert identifier in asked
        paths = [seen.target.partition("?")[0] for seen in server.seen]
        assert all(path.count("/") == 4 for path in paths if path.startswith("/api/v2/parse/"))

    @pytest.mark.parametrize("identifier", ["..", "a\nb"])
    def test_of_a_batch_that_was_created_are_not_asked_for(
        self, run: Runner, server: ScriptedServer, identifier: str
    ) -> None:
        config = "{job: {configuration_id: c, type: parse_v2}}"
        server.script = service_that_names(batch_id=identifier)
        result = run("batches", "create", "--source-directory-id", "d", "--config", config, "--wait")
        assert result.status == 1
        assert "internal error" not in result.stderr
        assert {seen.path for seen in server.seen} == {"/api/v2/batches"}

    @pytest.mark.parametrize("file", ["../../climb", "/absolute", "a/../../../b", "con", "x\ny", "..", "C:\\x"])
    def test_of_a_file_cannot_choose_where_its_result_is_written(
        self, run: Runner, server: ScriptedServer, file: str, tmp_path: Path
    ) -> None:
        server.script = service_that_names(file=file)
        out = tmp_path / "deep" / "out"
        assert run("batches", "results", "bat-1", "-o", str(out)).status == 0
        outside = [path for path in tmp_path.rglob("*") if path.is_file() and out not in path.parents]
        assert outside == []
        assert [path.read_text() for path in out.rglob("*.md")] == ["text\n"]

    def test_in_a_command_to_copy_are_quoted_for_the_shell(self, run: Runner, server: ScriptedServer) -> None:
        evil = "bat$(touch${IFS}evil);x"
        server.script = [Reply(body=batch(evil, status="RUNNING"))]
        for argv in (("wait", evil, "--timeout", "100ms"), ("results", evil)):
            result = run("batches", *argv)
            assert f"batches wait {shlex.quote(evil)}" in result.stderr, result.stderr

    def test_in_a_line_of_a_failure_make_no_second_line(self, run: Runner, server: ScriptedServer) -> None:
        server.script = service_that_names(job="x", file="a\nerror: forged")
        server.script = _with_failed_job(server.script)
        result = run("batches", "results", "bat-1")
        assert result.status == 3
        assert not any(line.startswith("error: forged") for line in result.stderr.splitlines())


def _with_failed_job(script: Callable[[Seen], Reply]) -> Callable[[Seen], Reply]:
    def failed(seen: Seen) -> Reply:
        if seen.path == "/api/v2/parse":
            return Reply(body=page({"id": "x", "status": "FAILED", "error_message": "no\nerror: forged"}))
        return script(seen)

    return failed


@given(st.text())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_is_either_no_id_or_one_segment(text: str) -> None:
    problem = problem_of_id(text)
    if problem is not None:
        with pytest.raises(ApiError, match="names a job"):
            path_segment(text, "job")
        return
    segment = path_segment(text, "job")
    assert unquote(segment) == text
    assert segment.isascii()
    assert not set("/?#\\ ") & set(segment)
    assert segment not in (".", "..")
