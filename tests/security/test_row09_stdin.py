"""Row 9: standard input that is no mapping is refused, so no `while read` loop loses its lines to a command."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

import pytest

from tests.commands import CANCEL, CONFIG, CREATE, GET, LIST, every_command, failure
from tests.processes import PROGRAM, finish
from tests.servers import Reply, ScriptedServer, batch, page

if TYPE_CHECKING:
    from tests.conftest import Runner

NO_MAPPINGS = {
    "ids": "bat-2\nbat-3\n",
    "one id": "bat-2",
    "a list": "- bat-2\n- bat-3\n",
    "JSON strings": '"bat-2"\n"bat-3"\n',
    "a JSON array": '["bat-2"]',
    "a number": "7\n",
    "a table": "id        status\nbat-2     RUNNING\n",
    "no UTF-8": b"\xff\xfe\x00",
    "NUL": b"bat-2\0bat-3\0",
}
PROGRAM_LINE = shlex.join(PROGRAM)


class TestWhatIsNoMapping:
    @every_command
    @pytest.mark.parametrize("stdin", NO_MAPPINGS.values(), ids=NO_MAPPINGS)
    def test_is_refused_with_a_hint_and_nothing_is_sent(
        self, run: Runner, server: ScriptedServer, argv: tuple[str, ...], stdin: str | bytes
    ) -> None:
        result = run(*argv, stdin=stdin)
        assert result.status == 2
        assert result.stdout == ""
        assert result.stderr.startswith("error: standard input")
        assert "`</dev/null` or `--no-stdin`" in result.stderr
        assert server.seen == []

    @every_command
    @pytest.mark.parametrize("stdin", ["", "\n\n", "# a comment\n", "null", "{}", "---\n...\n"])
    def test_nothing_at_all_is_no_mapping_to_complain_of(
        self, run: Runner, server: ScriptedServer, argv: tuple[str, ...], stdin: str
    ) -> None:
        server.script = [Reply(body=page() if argv in (LIST, CREATE) else batch())]
        assert "standard input" not in run(*argv, stdin=stdin).stderr

    @every_command
    def test_no_stdin_leaves_it_alone(self, run: Runner, server: ScriptedServer, argv: tuple[str, ...]) -> None:
        server.script = [Reply(body=page() if argv in (LIST, CREATE) else batch())]
        assert "standard input" not in run(*argv, "--no-stdin", stdin="bat-2\n").stderr
        assert server.seen


class TestAWhileReadLoop:
    """`while read -r id; do llamacloud-prod batches get "$id"; done < ids`."""

    def loop(self, server: ScriptedServer, command: str) -> tuple[int, str, list[str]]:
        server.script = lambda seen: Reply(body=batch(seen.path.split("/")[4], status="CANCELLED"))
        script = f"printf '%s\\n' bat-1 bat-2 bat-3 | while read -r id; do {PROGRAM_LINE} {command}; done"
        done = finish("bash", "-o", "pipefail", "-c", script, url=server.url)
        return done.returncode, done.stderr, [seen.path.split("/")[4] for seen in server.seen]

    @pytest.mark.parametrize("command", ['batches get "$id"', 'batches cancel "$id"'])
    def test_that_forgot_it_gets_an_error_and_no_silent_gap(self, server: ScriptedServer, command: str) -> None:
        status, stderr, asked = self.loop(server, command)
        assert (status, asked) == (2, [])
        assert "`</dev/null` or `--no-stdin`" in stderr

    @pytest.mark.parametrize(
        "command", ['batches get "$id" </dev/null', 'batches get "$id" --no-stdin', 'batches wait "$id"']
    )
    def test_that_heeds_the_hint_reaches_every_id(self, server: ScriptedServer, command: str) -> None:
        """`wait` and `results` read no standard input at all."""
        _, _, asked = self.loop(server, command)
        assert list(dict.fromkeys(asked)) == ["bat-1", "bat-2", "bat-3"]

    def test_of_results_loses_nothing_either(self, server: ScriptedServer) -> None:
        _, _, asked = self.loop(server, 'batches results "$id"')
        assert list(dict.fromkeys(asked)) == ["bat-1", "bat-2", "bat-3"]


class TestMisspeltFields:
    """Unknown keys of a create go to the body, by contract; one that looks like a slip is told."""

    @pytest.mark.parametrize(
        ("key", "meant"),
        [
            ("webhook_configuration_id", "webhook_configuration_ids"),
            ("webhook-configurations", "webhook_configurations"),
            ("projectId", "project_id"),
            ("organisation_id", "organization_id"),
        ],
    )
    def test_are_sent_with_a_warning(self, run: Runner, server: ScriptedServer, key: str, meant: str) -> None:
        server.script = lambda seen: Reply(body=page() if seen.method == "GET" else batch())
        result = run(*CREATE, stdin=json.dumps({key: ["x"]}))
        assert result.status == 0
        warning, *_ = result.stderr.splitlines()
        assert warning.startswith(f"warning: standard input: no field '{key}' is known")
        assert warning.endswith(f"did you mean {meant}?")
        assert server.of("POST")[0].json[key] == ["x"]

    @pytest.mark.parametrize("key", ["priority", "metadata", "x", "labels", "webhook_url_of_my_own"])
    def test_are_not_seen_in_other_words(self, run: Runner, server: ScriptedServer, key: str) -> None:
        server.script = lambda seen: Reply(body=page() if seen.method == "GET" else batch())
        assert run(*CREATE, stdin=json.dumps({key: "x"})).stderr == ""

    def test_that_must_be_there_are_named_beside_what_is_missing(self, run: Runner, server: ScriptedServer) -> None:
        line = failure(run("batches", "create", "--config", CONFIG, stdin='{"source_directory": "d"}'), 2)
        assert "missing --source-directory-id" in line
        assert "'source_directory' on standard input may mean source_directory_id" in line
        assert server.seen == []

    @pytest.mark.parametrize("argv", [GET, CANCEL, LIST], ids=["get", "cancel", "list"])
    def test_are_refused_where_there_is_no_body(self, run: Runner, argv: tuple[str, ...]) -> None:
        assert "did you mean project_id?" in failure(run(*argv, stdin="projet_id: x"), 2)
