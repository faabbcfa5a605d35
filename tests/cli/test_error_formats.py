"""`--format-error` and `--transform-error`: an error as programs want it, on standard error."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from ruamel.yaml import YAML

from tests.commands import GET, LIST, failure
from tests.servers import Reply

if TYPE_CHECKING:
    from tests.conftest import Runner
    from tests.servers import ScriptedServer

BODY = {"detail": [{"loc": ["query", "expand", 0], "msg": "bad é \u202e\x1b[31m", "type": "enum"}]}


@pytest.fixture
def refusing(server: ScriptedServer) -> ScriptedServer:
    """A server that answers 422."""
    server.script = [Reply(422, BODY, {"x-request-id": "req-1"})]
    return server


ERROR = {
    "status": 422,
    "code": "api_error",
    "hint": None,
    "detail": BODY["detail"],
    "request_id": "req-1",
    "retryable": False,
    "exit_status": 1,
}


@pytest.mark.usefixtures("refusing")
class TestFormats:
    def _error(self, value: Any) -> dict[str, Any]:
        error: dict[str, Any] = value["error"]
        assert error.pop("message").startswith("422 Unprocessable ")
        return error

    @pytest.mark.parametrize("name", ["json", "jsonl", "pretty", "JSON"])
    def test_json_is_an_object_with_all_that_is_known(self, run: Runner, name: str) -> None:
        result = run(*GET, "--format-error", name)
        assert (result.status, result.stdout) == (1, "")
        assert self._error(json.loads(result.stderr)) == ERROR
        assert result.stderr.isascii()
        assert (result.stderr.count("\n") == 1) == (name == "jsonl")

    def test_yaml_says_the_same(self, run: Runner) -> None:
        result = run(*GET, "--format-error", "yaml")
        assert (result.status, result.stdout) == (1, "")
        assert self._error(YAML(typ="safe", pure=True).load(result.stderr)) == ERROR

    def test_raw_is_the_body_of_the_api_as_it_came(self, run: Runner, server: ScriptedServer) -> None:
        body = json.dumps(BODY, ensure_ascii=False) + "\r\n"
        for sent, shown in ((body, body), ("<h1>\x1b[31mBad\x07 gateway</h1>", "<h1>\x1b[31mBad\x07 gateway</h1>\n")):
            server.script = [Reply(400, sent.encode())]
            assert run(*GET, "--format-error", "raw").stderr == shown

    def test_raw_is_cleaned_of_what_a_terminal_would_obey(self, run: Runner, server: ScriptedServer) -> None:
        def shown(body: bytes) -> str:
            server.script = [Reply(400, body)]
            return run(*GET, "--format-error", "raw", stderr_terminal=True).stderr

        assert shown(b"<h1>\x1b[31mBad\x07 gateway</h1>\r\n\n") == "<h1>\\x1b[31mBad\\x07 gateway</h1>\n"
        text = shown(json.dumps(BODY, ensure_ascii=False).encode())
        assert json.loads(text) == BODY
        assert "bad é \\u202e" in text

    def test_raw_is_the_object_where_no_body_came(self, run: Runner) -> None:
        result = run(*GET, "--format-error", "raw", "--base-url", "http://127.0.0.1:1", "--max-retries", "0")
        error = json.loads(result.stderr)["error"]
        assert (result.status, error["code"], error["status"], error["retryable"]) == (7, "network", None, True)

    @pytest.mark.parametrize("words", [(), ("--format-error", "auto"), ("--format-error", "explore")])
    def test_auto_is_a_line_for_people(self, run: Runner, words: tuple[str, ...]) -> None:
        line = failure(run(*GET, *words), 1)
        assert line.endswith("query.expand.0: bad é \\u202e\\x1b[31m (request id req-1)")

    def test_the_format_of_answers_is_another_matter(self, run: Runner) -> None:
        failure(run(*GET, "--format", "json"), 1)
        failure(run(*LIST, "--format", "yaml"), 1)


class TestOwnErrors:
    """Errors that no server had a part in have the same form."""

    @pytest.mark.parametrize(
        ("argv", "env", "status", "code"),
        [
            ((*GET, "--format", "bogus"), {}, 2, "usage"),
            ((*LIST, "--page-size", "x"), {}, 2, "usage"),
            (("batches", "get"), {}, 2, "usage"),
            (GET, {"LLAMA_CLOUD_API_KEY": None}, 4, "authentication"),
            ((*GET, "--transform", "nothing"), {}, 1, "transform"),
        ],
    )
    def test_are_objects(
        self,
        run: Runner,
        server: ScriptedServer,
        argv: tuple[str, ...],
        env: dict[str, str | None],
        status: int,
        code: str,
    ) -> None:
        for words in (("--format-error", "json", *argv), (*argv, "--format-error", "json")):
            result = run(*words, env=env)
            error = json.loads(result.stderr)["error"]
            assert (result.status, error["code"], error["exit_status"]) == (status, code, status)

    def test_of_the_command_line_itself_are_objects_where_the_option_comes_first(self, run: Runner) -> None:
        for argv in (("batches", "get", "b", "--bogus"), ("bogus",), ("batches", "get", "a", "b")):
            error = json.loads(run("--format-error", "json", *argv).stderr)["error"]
            assert (error["code"], error["exit_status"]) == ("usage", 2)

    def test_show_a_place_in_a_text_in_lines_alone(self, run: Runner) -> None:
        argv = ("batches", "create", "--source-directory-id", "d", "--config", "{a: [1, }")
        assert run(*argv).stderr.endswith("\n{a: [1, }\n        ^\n")
        assert json.loads(run(*argv, "--format-error", "json").stderr)["error"]["code"] == "usage"


@pytest.mark.usefixtures("refusing")
class TestTransforms:
    @pytest.mark.parametrize(
        ("path", "text"),
        [
            ("error.status", "422"),
            ("error.detail.0.loc", '["query", "expand", 0]'),
            ("error.detail.#.type", '["enum"]'),
            ("error.request_id", "req-1"),
            ("error.detail.0.msg", "bad é \\u202e\\x1b[31m"),
        ],
    )
    def test_give_what_the_path_finds_in_the_error(self, run: Runner, path: str, text: str) -> None:
        for words in ((), ("--format-error", "json"), ("--format-error", "yaml")):
            result = run(*GET, "--transform-error", path, *words, stderr_terminal=True)
            assert (result.status, result.stdout, result.stderr) == (1, "", f"{text}\n")

    def test_give_a_program_what_was_said_as_it_is(self, run: Runner) -> None:
        assert run(*GET, "--transform-error", "error.detail.0.msg").stderr == "bad é \u202e\x1b[31m\n"

    def test_of_raw_look_into_the_body(self, run: Runner) -> None:
        words = ("--format-error", "raw", "--transform-error", "detail.0.type")
        assert run(*GET, *words).stderr == "enum\n"

    @pytest.mark.parametrize("path", ["nothing", "", "error.x.y", '!"'])
    def test_that_find_nothing_leave_the_line_for_people(self, run: Runner, path: str) -> None:
        assert "query.expand.0" in run(*GET, "--transform-error", path).stderr

    def test_of_a_body_that_is_no_json_leave_the_line_for_people(self, run: Runner, server: ScriptedServer) -> None:
        server.script = [Reply(400, b'<a href="x">detail</a>')]
        line = failure(run(*GET, "--format-error", "raw", "--transform-error", "detail"), 1)
        assert line.startswith("error: 400 Bad Request")


class TestOfACommandLineThatCannotBeParsed:
    """`--format-error` holds for its own command line as well."""

    @pytest.mark.parametrize("words", [("--format-error", "json", "--nope"), ("--nope", "--format-error=json")])
    def test_the_error_is_printed_as_asked(self, run: Runner, words: tuple[str, ...]) -> None:
        result = run("batches", "get", "bat-1", *words)
        assert result.status == 2
        assert json.loads(result.stderr)["error"]["exit_status"] == 2
