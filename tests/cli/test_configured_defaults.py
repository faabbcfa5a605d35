"""What settings change in other commands: project, organization, format, columns, concurrency."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from llamacloud_cli.settings import userfile
from tests.commands import CREATE, GET, LIST, every_command, failure
from tests.servers import Reply, batch, page

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Runner
    from tests.servers import ScriptedServer

SCOPE = {"LLAMA_CLOUD_PROJECT_ID": "prj-env", "LLAMA_CLOUD_ORGANIZATION_ID": "org-env"}


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A git root as the current folder."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path / ".llamacloud.toml"


def query_of(run: Runner, *argv: str, env: dict[str, str | None] | None = None, stdin: str = "") -> dict[str, str]:
    """Gives project and organization of the request that a command line makes."""
    result = run(*argv, "--dry-run", env=env, stdin=stdin)
    assert result.status == 0, result.stderr
    query = result.json["url"].partition("?")[2]
    pairs = dict(pair.split("=") for pair in query.split("&") if pair)
    return {name: value for name, value in pairs.items() if name in ("project_id", "organization_id")}


class TestScope:
    @every_command
    def test_every_operation_gets_it(self, run: Runner, argv: tuple[str, ...]) -> None:
        assert query_of(run, *argv) == {}
        assert query_of(run, *argv, env={**SCOPE}) == {"project_id": "prj-env", "organization_id": "org-env"}
        userfile.change(None, {"project_id": "prj-file"})
        assert query_of(run, *argv) == {"project_id": "prj-file"}

    @every_command
    def test_a_flag_and_standard_input_win(self, run: Runner, argv: tuple[str, ...]) -> None:
        found = query_of(run, *argv, "--project-id", "flag", env={**SCOPE}, stdin="organization_id: stdin\n")
        assert found == {"project_id": "flag", "organization_id": "stdin"}

    @every_command
    def test_null_leaves_it_out(self, run: Runner, argv: tuple[str, ...]) -> None:
        found = query_of(run, *argv, "--project-id", "null", env={**SCOPE}, stdin="organization_id: null\n")
        assert found == {}

    def test_waiting_gets_it_as_well(self, run: Runner, server: ScriptedServer) -> None:
        server.script = [Reply(body=batch("bat-1", status="FAILED"))]
        run("batches", "wait", "bat-1", env={**SCOPE})
        assert server.seen
        assert all(dict(seen.query).get("project_id") == "prj-env" for seen in server.seen)
        server.seen.clear()
        run("batches", "wait", "bat-1", "--project-id", "null", "--organization-id", "flag", env={**SCOPE})
        assert {tuple(sorted(set(seen.query) & {("organization_id", "flag")})) for seen in server.seen} == {
            (("organization_id", "flag"),)
        }
        assert not any("project_id" in dict(seen.query) for seen in server.seen)


class TestFormat:
    @pytest.fixture(autouse=True)
    def service(self, server: ScriptedServer) -> ScriptedServer:
        server.script = lambda seen: Reply(body=page(batch()) if seen.path.endswith("/batches") else batch())
        return server

    def test_it_is_what_the_flag_would_be(self, run: Runner) -> None:
        userfile.change(None, {"format": "yaml"})
        assert run(*GET).stdout.startswith("id: bat-1\n")
        assert run(*GET, "--format", "jsonl").stdout.startswith('{"id"')
        userfile.change(None, {"format": "table"})
        assert run(*LIST).stdout.startswith("ID ")

    @pytest.mark.parametrize("name", ["json", "jsonl", "pretty", "raw", "table", "yaml"])
    @pytest.mark.parametrize(
        "flags",
        [("-q",), ("--json",), ("--columns", "id"), ("--transform", "id"), ("--transform", "id", "-r")],
        ids=" ".join,
    )
    @pytest.mark.parametrize("argv", [GET, LIST], ids=["get", "list"])
    def test_flags_that_say_how_to_print_go_on_working(
        self, run: Runner, name: str, flags: tuple[str, ...], argv: tuple[str, ...]
    ) -> None:
        userfile.change(None, {"format": name, "columns": ["id", "status"]})
        result = run(*argv, *flags)
        assert result.status == 0, result.stderr
        assert "bat-1" in result.stdout

    def test_the_explorer_is_no_format_for_pipes(self, run: Runner, server: ScriptedServer) -> None:
        """As a flag it would be refused there; as a preference it waits for a terminal."""
        server.script = [Reply(body=batch())]
        assert run("config", "set", "format", "explore").status == 0
        assert run("batches", "get", "bat-1").json["id"] == batch()["id"]

    def test_one_that_there_is_not_is_an_error_that_names_the_file(self, run: Runner) -> None:
        userfile.change(None, {"format": "jsn"})
        text = failure(run(*GET), 2)
        assert f"format of {userfile.path()}: no value 'jsn'; did you mean json?" in text


class TestColumns:
    @pytest.fixture(autouse=True)
    def columns(self, server: ScriptedServer) -> None:
        server.script = lambda seen: Reply(body=page(batch()) if seen.path.endswith("/batches") else batch())
        userfile.change(None, {"columns": ["status", "id"]})

    def test_a_table_of_a_list_has_them(self, run: Runner) -> None:
        assert run(*LIST, "--format", "table").stdout.split()[:2] == ["STATUS", "ID"]
        assert run(*LIST, "--color", "never", stdout_terminal=True).stdout.split()[:2] == ["STATUS", "ID"]
        assert run(*LIST, "--columns", "id").stdout.split()[0] == "ID"

    def test_nothing_else_does(self, run: Runner) -> None:
        assert json.loads(run(*LIST).stdout)["id"] == "bat-1"
        assert run(*LIST, "-q").stdout == "bat-1\n"
        assert run(*GET).json["id"] == "bat-1"
        assert (
            "created_at"
            in run(
                *GET,
                stdout_terminal=True,
            ).stdout
        )


class TestConcurrency:
    def test_it_is_read_where_the_flag_is_not_given(self, run: Runner, tmp_path: Path) -> None:
        """A value that cannot be is found before anything is sent, so this shows that it is read."""
        (tmp_path / "a.txt").write_text("Total: 3", encoding="utf-8")
        argv = ("batches", "run", "a.txt", "--parse", "--dry-run")
        userfile.change(None, {"concurrency": 64})
        assert run(*argv).status == 0
        assert "--concurrency: 65 is not between 1 and 64" in failure(run(*argv, "--concurrency", "65"), 2)
        userfile.path().write_text("concurrency = 65\n", encoding="utf-8")
        assert "concurrency: no whole number between 1 and 64" in failure(run(*argv), 2)


class TestSandbox:
    """Whatever is configured, `--sandbox` goes on working."""

    @pytest.mark.parametrize(
        "text",
        [
            'format = "jsn"\n',
            'format = "yaml"\ncolumns = ["x"]\nconcurrency = 1\n',
            'project_id = "prj-file"\nbase_url = "https://elsewhere.example"\n',
            "not toml",
        ],
    )
    @pytest.mark.parametrize("place", ["user", "project"])
    def test_files_do_not_count(self, run: Runner, project: Path, text: str, place: str) -> None:
        path = userfile.path() if place == "user" else project
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.write_text(text, encoding="utf-8")
        (project.parent / "a.txt").write_text("Total: 3", encoding="utf-8")
        env: dict[str, str | None] = {**SCOPE, "LLAMA_CLOUD_PROFILE": "gone", "LLAMA_CLOUD_SANDBOX_SPEED": "instant"}
        ran = run("batches", "run", "a.txt", "--parse", "--sandbox", env=env)
        assert ran.status == 0, ran.stderr
        assert ran.documents[0]["status"] == "COMPLETED"
        listed = run("batches", "list", "--sandbox", env=env)
        assert listed.documents[0]["id"]

    def test_neither_do_variables(self, run: Runner) -> None:
        assert query_of(run, "batches", "list", "--sandbox", env={**SCOPE}) == {}

    def test_profile_and_sandbox_exclude_each_other(self, run: Runner) -> None:
        assert "--sandbox and --profile exclude each other" in failure(
            run(*LIST, "--sandbox", "--profile", "default"), 2
        )


class TestBrokenFiles:
    @pytest.mark.parametrize("place", ["user", "project"])
    @every_command
    def test_are_one_clear_error_before_anything_is_sent(
        self, run: Runner, server: ScriptedServer, project: Path, argv: tuple[str, ...], place: str
    ) -> None:
        path = userfile.path() if place == "user" else project
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.write_text("format = [\n", encoding="utf-8")
        path.chmod(0o600)
        assert f"'{path}' is not TOML: Invalid value (at " in failure(run(*argv), 2)
        assert server.seen == []

    @pytest.mark.parametrize(
        "argv", [("--help",), ("batches", "get", "--help"), ("config", "set", "-h"), ("--version",)]
    )
    def test_help_and_version_read_none(self, run: Runner, project: Path, argv: tuple[str, ...]) -> None:
        project.write_text("format = [\n", encoding="utf-8")
        assert run(*argv).status == 0

    def test_create_sends_nothing_where_a_project_file_holds_a_key(
        self, run: Runner, server: ScriptedServer, project: Path
    ) -> None:
        project.write_text('\napi_key = "llx-canary-77777777"\n', encoding="utf-8")
        text = failure(run(*CREATE), 2)
        assert f"{project}, line 2: 'api_key': a key has no place in this file" in text
        assert "canary" not in text
        assert server.seen == []
