"""Nothing that a server, a file or an argument says can steer a terminal; a pipe gets what was said as it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from llamacloud_cli.output.terminal import clean, clean_json, clean_line
from tests.commands import CREATE, GET, LIST
from tests.security.terminal import STYLE, assert_harmless, every_attack, evil_batch, is_dangerous
from tests.servers import Reply, batch, page

if TYPE_CHECKING:
    from tests.conftest import Runner
    from tests.servers import ScriptedServer

FORMATS = ("auto", "json", "jsonl", "pretty", "raw", "table", "yaml")


@pytest.fixture(autouse=True)
def _terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "100")


@every_attack
class TestAnswers:
    @pytest.mark.parametrize("name", FORMATS)
    def test_on_a_terminal_are_harmless(self, run: Runner, server: ScriptedServer, text: str, name: str) -> None:
        for argv, body, escaped, color in (
            (GET, evil_batch(text), True, "never"),
            (GET, evil_batch(text), False, "always"),
            (LIST, page(evil_batch(text), evil_batch(text)), False, "never"),
        ):
            server.script = [Reply(body=json.dumps(body, ensure_ascii=escaped).encode())]
            result = run(*argv, "--format", name, "--color", color, stdout_terminal=True, stderr_terminal=True)
            assert result.status == 0
            assert_harmless(result.stdout + result.stderr)

    @pytest.mark.parametrize("words", [("-q",), ("--transform", "status"), ("--transform", "status", "-r")])
    def test_in_parts_on_a_terminal_are_harmless(
        self, run: Runner, server: ScriptedServer, text: str, words: tuple[str, ...]
    ) -> None:
        server.script = [Reply(body=evil_batch(text))]
        assert_harmless(run(*GET, *words, stdout_terminal=True).stdout)

    @pytest.mark.parametrize("columns", ["status", "config", "results.0.error_message,results,id"])
    def test_in_columns_on_a_terminal_are_harmless_lines(
        self, run: Runner, server: ScriptedServer, text: str, columns: str
    ) -> None:
        server.script = [Reply(body=page(evil_batch(text)))]
        for terminal in (True, False):
            shown = run(*LIST, "--columns", columns, "--no-header", stdout_terminal=terminal).stdout
            assert_harmless(shown, lines=1 if columns == "status" or not terminal else None)

    @pytest.mark.parametrize("name", ["json", "jsonl", "raw"])
    def test_as_json_on_a_terminal_are_the_same_value(
        self, run: Runner, server: ScriptedServer, text: str, name: str
    ) -> None:
        for escaped in (True, False):
            server.script = [Reply(body=json.dumps(evil_batch(text), ensure_ascii=escaped).encode())]
            for color in ("always", "never"):
                shown = run(*GET, "--format", name, "--color", color, stdout_terminal=True).stdout
                assert json.loads(STYLE.sub("", shown)) == evil_batch(text)

    def test_as_yaml_on_a_terminal_are_the_same_value(self, run: Runner, server: ScriptedServer, text: str) -> None:
        server.script = [Reply(body=evil_batch(text))]
        assert YAML(typ="safe", pure=True).load(
            run(*GET, "--format", "yaml", stdout_terminal=True).stdout
        ) == evil_batch(text)

    def test_in_a_pipe_are_as_they_came(self, run: Runner, server: ScriptedServer, text: str) -> None:
        body = json.dumps(evil_batch(text), ensure_ascii=False, separators=(",", ":"))
        server.script = [Reply(body=body.encode())]
        assert run(*GET, "--format", "jsonl").stdout == run(*GET, "--format", "raw").stdout == body + "\n"
        assert run(*GET, "--transform", "status", "-r").stdout == f"{text}\n"
        assert run(*GET, "-q").stdout == f"bat{text}\n"
        assert YAML(typ="safe", pure=True).load(run(*GET, "--format", "yaml").stdout) == evil_batch(text)


def test_carriage_returns_between_tokens_of_a_raw_answer_are_blanks(run: Runner, server: ScriptedServer) -> None:
    server.script = [Reply(body=b'{\r\n"a":\r[1,\r2]\r\n}\r\n')]
    assert run(*GET, "--format", "raw", stdout_terminal=True).stdout == '{\n"a":[1,2]\n}\n'


@every_attack
class TestErrors:
    @pytest.mark.parametrize("name", ["auto", "raw", "json", "jsonl", "pretty", "yaml"])
    def test_of_the_api_are_harmless(self, run: Runner, server: ScriptedServer, text: str, name: str) -> None:
        for detail in (text, [{"loc": ["body", text], "msg": text}], {"message": text}, {text: text}):
            body = json.dumps({"detail": detail}, ensure_ascii=False).encode()
            server.script = [Reply(422, body, {"x-request-id": "r\x9b31m"})]
            result = run(*GET, "--format-error", name, stderr_terminal=True)
            assert result.status == 1
            assert_harmless(result.stderr, lines=1 if name == "auto" else None)

    @pytest.mark.parametrize("path", ["error.message", "error.detail", "error", "error.request_id"])
    def test_of_the_api_in_parts_are_harmless(self, run: Runner, server: ScriptedServer, text: str, path: str) -> None:
        body = json.dumps({"detail": [{"loc": ["body", text], "msg": text}]}, ensure_ascii=False).encode()
        server.script = [Reply(422, body, {"x-request-id": "r\x9b31m"})]
        for words in ((), ("--format-error", "json")):
            result = run(*GET, "--transform-error", path, *words, stderr_terminal=True)
            assert result.status == 1
            assert_harmless(result.stderr)

    def test_of_the_api_are_as_they_came_for_a_program(self, run: Runner, server: ScriptedServer, text: str) -> None:
        detail = [{"loc": ["body", text], "msg": text}]
        body = json.dumps({"detail": detail}, ensure_ascii=False)
        server.script = [Reply(422, body.encode())]
        assert run(*GET, "--format-error", "raw").stderr == body + "\n"
        assert json.loads(run(*GET, "--format-error", "json").stderr)["error"]["detail"] == detail
        assert run(*GET, "--transform-error", "error.detail.0.msg").stderr == text + "\n"
        assert_harmless(run(*GET).stderr, lines=1)

    def test_of_a_proxy_are_harmless_lines(self, run: Runner, server: ScriptedServer, text: str) -> None:
        for body in (f"<title>{text}</title>", f"plain {text}"):
            for status in (200, 400, 502):
                server.script = [Reply(status, body.encode("utf-8", "surrogatepass"), {"content-type": "text/html"})]
                result = run(*GET, "--max-retries", "0")
                assert result.status == 1
                assert_harmless(result.stderr, lines=1)

    def test_of_the_command_line_are_harmless(self, run: Runner, text: str) -> None:
        for argv in (
            (f"bat{text}",),
            ("batches", text),
            ("batches", "get", "b", f"--{text}"),
            ("batches", "get", "b", text),
            ("batches", "get", "b", "--format", text),
            ("batches", "list", "--status", text),
            ("batches", "list", "--page-size", text),
            ("batches", "list", "--created-at-on-or-after", text),
            ("batches", "get", "b", "--base-url", f"https://{text}"),
            ("batches", "get", "b", "--base-url", f"ftp://a{text}"),
            ("batches", "get", "b", "--max-retries", text),
            ("batches", "get", "b", "--http-timeout", text),
            ("batches", "get", "b", "--columns", f"{text},,"),
            ("batches", "get", "b", "--project-id", f" {text}", "--color", text),
            ("batches", text, "--format-error", "auto"),
            ("batches", "wait", text, "--timeout", text),
            ("batches", "results", text, "--as", text),
            ("batches", "run", text, "--parse", "--tier", text),
            ("batches", "run", text, "--extract", text),
            ("batches", "run", text, "--configuration", text, "--concurrency", text),
        ):
            result = run(*argv, "--dry-run")
            assert result.status in (0, 2)
            assert_harmless(result.stderr, lines=1 if result.status else 0)

    def test_that_show_a_place_in_a_text_are_harmless(self, run: Runner, text: str) -> None:
        for config in (f"{{a: [{text!r}, '{text}', }}", f"{{a: {text} [", f"'{text}", f"{text}: [", f"a: !{text}"):
            result = run("batches", "create", "--source-directory-id", "d", "--config", config)
            assert result.status == 2
            assert_harmless(result.stderr)

    def test_on_standard_input_and_in_files_are_harmless(self, run: Runner, tmp_path: Path, text: str) -> None:
        (tmp_path / "c.yaml").write_text(f"a: [{text}", encoding="utf-8")
        for argv, stdin in (
            (GET, f"{{{json.dumps(text)}: 1}}"),
            (GET, f"x{text}: ["),
            ((*CREATE, "--config", f"@{tmp_path}/c.yaml"), None),
            ((*CREATE, "--config", f"@./{text}.yaml"), None),
        ):
            result = run(*argv, stdin=stdin)
            assert result.status == 2
            assert_harmless(result.stderr)

    def test_of_a_transform_are_harmless_lines(self, run: Runner, server: ScriptedServer, text: str) -> None:
        server.script = [Reply(body=batch())]
        for path in (f"nothing{text}", f'!"{text}', f"!{{{text}"):
            result = run(*GET, "--transform", path)
            assert result.status == 1
            assert_harmless(result.stderr, lines=1)


@every_attack
class TestNotices:
    def test_of_a_list_that_does_not_end_are_harmless(self, run: Runner, server: ScriptedServer, text: str) -> None:
        server.script = [Reply(body=page(batch(), token=text))]
        result = run(*LIST, "--format", "jsonl")
        assert result.status == 1
        assert_harmless(result.stderr, lines=1)

    def test_of_a_retry_are_harmless(self, run: Runner, server: ScriptedServer, text: str) -> None:
        server.script = [Reply(503, {"detail": text}), Reply(body=batch())]
        result = run(*GET, stderr_terminal=True)
        assert result.status == 0
        assert result.stderr
        assert_harmless(result.stderr)

    def test_of_debugging_are_harmless(self, run: Runner, server: ScriptedServer, text: str) -> None:
        for body in (json.dumps(evil_batch(text), ensure_ascii=False).encode(), b"no json: " + text.encode()):
            server.script = [Reply(body=body, headers={"x-odd": "a\x9b31mb"})]
            result = run(*GET, "--debug", "--max-retries", "0", stderr_terminal=True)
            assert "< x-odd: a\\x9b31mb\n" in result.stderr
            assert_harmless(result.stderr)

    def test_of_a_column_that_is_not_there_are_harmless(self, run: Runner, server: ScriptedServer, text: str) -> None:
        server.script = [Reply(body=page(batch()))]
        result = run(*LIST, "--columns", f"id,{text}", stdout_terminal=True, stderr_terminal=True)
        assert_harmless(result.stdout + result.stderr)

    @pytest.mark.parametrize("flag", ["--dry-run", "--print-curl"])
    def test_of_a_request_that_is_shown_are_harmless(self, run: Runner, text: str, flag: str) -> None:
        fields = {"config": {text: text}, "source_directory_id": f"d{text}", "project_id": f"p{text}", "future": [text]}
        result = run("batches", "create", flag, stdin=json.dumps(fields), stdout_terminal=True)
        assert result.status == 0
        assert_harmless(result.stdout)


@every_attack
class TestPlacesOnThisMachine:
    def test_are_harmless_on_a_terminal(self, run: Runner, text: str) -> None:
        if "\0" not in text:
            result = run("sandbox", "path", "--sandbox-data", f"/tmp/{text}", stdout_terminal=True)
            assert result.status == 0
            assert_harmless(result.stdout, lines=1)

    def test_are_as_they_are_in_a_pipe(self, run: Runner, text: str) -> None:
        if "\0" not in text and not text.startswith("/"):
            shown = run("sandbox", "path", "--sandbox-data", f"/tmp/{text}").stdout
            assert shown == f"{Path(f'/tmp/{text}')}\n"

    def test_of_settings_are_harmless_on_a_terminal(
        self, run: Runner, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A project's file comes with the project, so it may be anybody's."""
        monkeypatch.chdir(tmp_path)
        name = json.dumps(text)  # a string of JSON is one of TOML
        for content in (
            f"columns = {name}",
            f"profile = {name}",
            f"format = {name}",
            f"{name} = 1",
            f"[{name}]",
            f"project_id = {name}",
            f"x = {text}",
        ):
            (tmp_path / ".llamacloud.toml").write_text(content + "\n", encoding="utf-8")
            for argv in (LIST, ("config", "list"), ("config", "get", "columns"), ("config", "get", "project_id")):
                result = run(*argv, "--dry-run", stdout_terminal=True, stderr_terminal=True)
                assert "internal error" not in result.stderr
                assert_harmless(result.stdout + result.stderr)


class TestCleaning:
    @given(st.text(st.characters()))
    def test_leaves_nothing_dangerous(self, text: str) -> None:
        assert not any(map(is_dangerous, clean(text)))
        assert not any(map(is_dangerous, clean_line(text)))
        assert "\n" not in clean_line(text)

    @given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E)))
    def test_leaves_plain_text_alone(self, text: str) -> None:
        assert clean(text) == clean_line(text) == clean_json(text) == text

    @given(st.text(st.characters()))
    def test_of_json_leaves_its_value_alone(self, text: str) -> None:
        shown = clean_json(json.dumps({text: text}, ensure_ascii=False))
        assert not any(map(is_dangerous, shown))
        assert json.loads(shown) == {text: text}

    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("\x1b[31m", "\\x1b[31m"),
            ("a\r\nb\tc", "a\\r\\nb\\tc"),
            ("\u202e", "\\u202e"),
            ("\U000e0041", "\\U000e0041"),
            ("\U0001f469\u200d\U0001f4bb", "\U0001f469\\u200d\U0001f4bb"),
            ("\u2764\ufe0f", "\u2764\\ufe0f"),
            ("e\u0301 \u05e9\u05dc\u05d5\u05dd \u0639\u064e", "e\u0301 \u05e9\u05dc\u05d5\u05dd \u0639\u064e"),
            ("é 日本 😀", "é 日本 😀"),
        ],
    )
    def test_of_a_line_shows_what_was_there(self, text: str, shown: str) -> None:
        assert clean_line(text) == shown
