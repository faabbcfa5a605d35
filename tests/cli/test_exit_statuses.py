"""Each exit status that create, list, get and cancel can end with, and what standard error says with it."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from llamacloud_cli.api.answers import read_answer
from llamacloud_cli.errors import AuthenticationError, ExitStatus
from tests.commands import CANCEL, CONFIG, CREATE, GET, LIST, every_command, failure, repeatable_command
from tests.servers import DROP, RESET, Reply, ScriptedServer, batch, page, refusing_port

if TYPE_CHECKING:
    from tests.conftest import Runner

NO_RETRIES = ("--max-retries", "0")
REQUEST_ID = {"x-request-id": "req-42"}


def good_reply(argv: tuple[str, ...]) -> Reply:
    return Reply(body=page(batch()) if argv == LIST else batch())


class TestSuccess:
    @every_command
    def test_0_when_the_answer_is_printed(self, run: Runner, server: ScriptedServer, argv: tuple[str, ...]) -> None:
        server.script = [good_reply(argv)]
        result = run(*argv)
        assert result.status == ExitStatus.OK
        assert result.json["id"] == "bat-1"
        assert result.stderr == ""

    @pytest.mark.parametrize("status", ["COMPLETED", "FAILED", "CANCELLED", "SOMETHING_NEW"])
    def test_0_for_a_batch_that_is_over(self, run: Runner, server: ScriptedServer, status: str) -> None:
        """Reading a batch that failed is no failure of the command."""
        server.script = [Reply(body=batch(status=status))]
        assert run(*GET).status == ExitStatus.OK

    def test_0_for_a_list_of_nothing(self, run: Runner, server: ScriptedServer) -> None:
        server.script = [Reply(body=page())]
        assert run(*LIST) == (0, "", "")


class TestRefusals:
    @repeatable_command
    @pytest.mark.parametrize("status", [400, 402, 405, 409, 410, 413, 418, 422, 429, 500, 501, 502, 503, 504, 599])
    def test_1_with_the_words_of_the_api_and_the_request_id(
        self, run: Runner, server: ScriptedServer, argv: tuple[str, ...], status: int
    ) -> None:
        server.script = [Reply(status, {"detail": "the moon is in the way"}, REQUEST_ID)]
        line = failure(run(*argv, *NO_RETRIES), ExitStatus.FAILURE)
        assert str(status) in line
        assert "the moon is in the way" in line
        assert "(request id req-42)" in line

    @every_command
    def test_1_with_each_place_and_message_of_a_422(
        self, run: Runner, server: ScriptedServer, argv: tuple[str, ...]
    ) -> None:
        detail = [
            {"loc": ["body", "config", "job", 0], "msg": "Field required", "type": "missing"},
            {"loc": ["query", "page_size"], "msg": "Input should be positive", "type": "greater_than"},
            {"msg": "no place"},
        ]
        server.script = [Reply(422, {"detail": detail}, REQUEST_ID)]
        line = failure(run(*argv), ExitStatus.FAILURE)
        assert "body.config.job.0: Field required; query.page_size: Input should be positive; no place" in line
        assert "req-42" in line
        assert len(server.seen) == 1

    @pytest.mark.parametrize(
        "detail", [None, "", [], {}, 7, [1, None], {"message": "of a gateway"}, [{"loc": "text", "msg": 5}], "x" * 9000]
    )
    def test_1_whatever_shape_the_detail_has(self, run: Runner, server: ScriptedServer, detail: Any) -> None:
        server.script = [Reply(400, {"detail": detail})]
        line = failure(run(*GET), ExitStatus.FAILURE)
        assert "400 Bad Request" in line
        assert len(line) < 1000

    def test_4_for_a_401_says_where_the_key_came_from_and_points_to_the_other_region(
        self, run: Runner, server: ScriptedServer
    ) -> None:
        server.script = [Reply(401, {"detail": "Invalid token"}, REQUEST_ID)]
        line = failure(run(*GET), ExitStatus.AUTHENTICATION)
        assert "Invalid token" in line
        assert "LLAMA_CLOUD_API_KEY" in line
        assert "https://api.cloud.eu.llamaindex.ai" in line
        assert "req-42" in line
        assert "--api-key" in failure(run(*GET, "--api-key", "llx-other-key"), ExitStatus.AUTHENTICATION)

    def test_4_at_the_eu_region_points_to_the_other_one(self) -> None:
        with pytest.raises(AuthenticationError) as raised:
            read_answer(401, {}, b"", key_source="--api-key", base_url="https://api.cloud.eu.llamaindex.ai")
        assert "leave --base-url out" in str(raised.value.hint)

    @every_command
    @pytest.mark.parametrize("status", [401, 403])
    def test_4_for_401_and_403_without_a_second_try(
        self, run: Runner, server: ScriptedServer, argv: tuple[str, ...], status: int
    ) -> None:
        server.script = [Reply(status, {"detail": "no"})]
        failure(run(*argv), ExitStatus.AUTHENTICATION)
        assert len(server.seen) == 1

    @every_command
    def test_6_for_a_404(self, run: Runner, server: ScriptedServer, argv: tuple[str, ...]) -> None:
        server.script = [Reply(404, {"detail": "Batch not found"}, REQUEST_ID)]
        line = failure(run(*argv), ExitStatus.NOT_FOUND)
        assert "Batch not found" in line
        assert "req-42" in line
        assert len(server.seen) == 1

    def test_1_with_when_to_come_back_where_that_is_over_a_minute_away(
        self, run: Runner, server: ScriptedServer
    ) -> None:
        server.script = [Reply(429, {"detail": "quota"}, {"retry-after": "7200"})]
        line = failure(run(*GET), ExitStatus.FAILURE)
        assert "come back in 2.0 hours" in line
        assert run.sleeps == []

    @pytest.mark.parametrize("cut", [-1, -30])
    def test_the_status_counts_where_the_body_of_a_refusal_is_cut_short(
        self, run: Runner, server: ScriptedServer, cut: int
    ) -> None:
        server.script = [Reply(404, {"detail": "x" * 100}, cut=cut)]
        assert "404 Not Found" in failure(run(*GET), ExitStatus.NOT_FOUND)

    def test_the_status_counts_where_a_refusal_is_encoded_in_an_unknown_way(
        self, run: Runner, server: ScriptedServer
    ) -> None:
        server.script = [Reply(401, b"\x1b\x02", {"content-encoding": "br"})]
        failure(run(*GET), ExitStatus.AUTHENTICATION)


class TestAnswersWithoutSense:
    @repeatable_command
    @pytest.mark.parametrize(
        ("reply", "words"),
        [
            (Reply(body=b"", headers=REQUEST_ID), "an empty answer"),
            (Reply(204, b"", headers=REQUEST_ID), "an empty answer"),
            (Reply(body=b'{"id": "bat-1", ', headers=REQUEST_ID), "not valid JSON"),
            (Reply(body=b"OK", headers=REQUEST_ID), "not valid JSON"),
            (Reply(body=b'{"id": NaN}', headers=REQUEST_ID), "not valid JSON"),
            (Reply(body=b'{"id": "\xff"}', headers=REQUEST_ID), "not valid JSON"),
            (Reply(body=b"[" * 2_000_000, headers=REQUEST_ID), "not valid JSON"),
            (Reply(body=b'"a text"', headers=REQUEST_ID), "a string instead of an object"),
            (Reply(body=b"42", headers=REQUEST_ID), "a number instead of an object"),
            (Reply(body=b"null", headers=REQUEST_ID), "null instead of an object"),
            (Reply(body=b"true", headers=REQUEST_ID), "a boolean instead of an object"),
            (Reply(body=b'[{"id": "bat-1"}]', headers=REQUEST_ID), "an array instead of an object"),
            (Reply(body=b"{}", headers={**REQUEST_ID, "content-encoding": "br"}), "encoded as 'br'"),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_1_with_what_is_wrong_and_the_request_id(
        self, run: Runner, server: ScriptedServer, argv: tuple[str, ...], reply: Reply, words: str
    ) -> None:
        server.script = [reply]
        line = failure(run(*argv), ExitStatus.FAILURE)
        assert words in line
        assert str(reply.status) in line
        assert "req-42" in line

    @repeatable_command
    @pytest.mark.parametrize("status", [200, 403, 502])
    def test_html_of_a_proxy_is_named_as_such_by_its_title(
        self, run: Runner, server: ScriptedServer, argv: tuple[str, ...], status: int
    ) -> None:
        html = b"<!DOCTYPE html><html><head><title>\n  Sign in to\n ACME </title></head><body>...</body></html>"
        server.script = [Reply(status, html, {"content-type": "text/html"})]
        expected = ExitStatus.AUTHENTICATION if status == 403 else ExitStatus.FAILURE
        line = failure(run(*argv, *NO_RETRIES), expected)
        assert "HTML page titled 'Sign in to ACME'" in line
        assert "<" not in line

    @repeatable_command
    def test_a_redirect_is_not_followed_and_its_host_is_named(
        self, run: Runner, server: ScriptedServer, argv: tuple[str, ...]
    ) -> None:
        for status in (301, 302, 303, 307, 308):
            server.script = [Reply(status, b"", {"location": "https://elsewhere.example/x?secret=1", **REQUEST_ID})]
            line = failure(run(*argv), ExitStatus.FAILURE)
            assert "redirects to elsewhere.example" in line
            assert "req-42" in line
            assert "secret" not in line
        assert len(server.seen) == 5

    @pytest.mark.parametrize("location", ["http://[bad", "//", "\x7f:", "http://host:port/", "/api/v3/batches"])
    def test_a_redirect_to_an_odd_place_is_an_answer_too(
        self, run: Runner, server: ScriptedServer, location: str
    ) -> None:
        """It is no failure of the network, so that it is not repeated."""
        server.script = [Reply(302, b"", {"location": location})]
        assert "302: the server redirects to" in failure(run(*GET), ExitStatus.FAILURE)
        assert len(server.seen) == 1

    def test_a_304_without_a_place_is_no_redirect(self, run: Runner, server: ScriptedServer) -> None:
        server.script = [Reply(raw=b"HTTP/1.1 304 Not Modified\r\n\r\n")]
        assert "redirect" not in failure(run(*GET), ExitStatus.FAILURE)


class TestUsage:
    @pytest.mark.parametrize(
        ("argv", "named"),
        [
            (("batches", "get"), "missing BATCH_ID"),
            (("batches", "cancel"), "missing BATCH_ID"),
            (("batches", "create", "--config", CONFIG), "--source-directory-id"),
            (("batches", "create", "--source-directory-id", "dir-1"), "missing --config"),
            (("batches", "create", "--source-directory-id", "dir-1", "--config", "7"), "--config"),
            ((*LIST, "--status", "RUNING"), "--status"),
            ((*LIST, "--page-size", "many"), "--page-size"),
            ((*LIST, "--max-items", "-2"), "--max-items"),
            ((*LIST, "--nonsense"), "--nonsense"),
            ((*GET, "--max-retries", "-1"), "--max-retries"),
            ((*GET, "--max-retries", "often"), "--max-retries"),
            ((*GET, "--http-timeout", "0"), "--http-timeout"),
            ((*GET, "--http-timeout", "nan"), "--http-timeout"),
            ((*GET, "--http-timeout", "soon"), "--http-timeout"),
            ((*GET, "--base-url", "ftp://x"), "--base-url"),
            ((*GET, "--format", "xml"), "--format"),
            ((*GET, "bat-2"), "bat-2"),
            (("batches", "remove"), "remove"),
        ],
        ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
    )
    def test_2_names_what_is_wrong_and_sends_nothing(
        self, run: Runner, server: ScriptedServer, argv: tuple[str, ...], named: str
    ) -> None:
        assert named in failure(run(*argv), ExitStatus.USAGE)
        assert server.seen == []

    @every_command
    def test_2_for_a_standard_input_that_is_no_mapping(
        self, run: Runner, server: ScriptedServer, argv: tuple[str, ...]
    ) -> None:
        line = failure(run(*argv, stdin="bat-2\nbat-3\n"), ExitStatus.USAGE)
        assert "standard input" in line
        assert "--no-stdin" in line
        assert server.seen == []

    @every_command
    @pytest.mark.parametrize("key", [None, "", "  ", "llx-1\n2", "llx-1 ", "llx-\x1b[0m", "llx-é"])
    def test_4_for_no_key_or_one_that_no_header_can_hold_and_sends_nothing(
        self, run: Runner, server: ScriptedServer, argv: tuple[str, ...], key: str | None
    ) -> None:
        line = failure(run(*argv, env={"LLAMA_CLOUD_API_KEY": key}), ExitStatus.AUTHENTICATION)
        assert "LLAMA_CLOUD_API_KEY" in line
        assert server.seen == []


class TestNetwork:
    @every_command
    def test_7_for_a_refused_connection_names_the_host(self, run: Runner, argv: tuple[str, ...]) -> None:
        with refusing_port() as port:
            run.base_url = f"http://127.0.0.1:{port}"
            line = failure(run(*argv), ExitStatus.NETWORK)
        assert f"http://127.0.0.1:{port}: no connection: Connection refused" in line
        assert "--base-url" in line

    @every_command
    def test_7_for_a_name_that_cannot_be_one(self, run: Runner, argv: tuple[str, ...]) -> None:
        run.base_url = f"https://{'a' * 64}.example"
        failure(run(*argv), ExitStatus.NETWORK)

    @repeatable_command
    def test_7_for_a_connection_that_breaks(self, run: Runner, server: ScriptedServer, argv: tuple[str, ...]) -> None:
        server.script = [DROP]
        assert server.url in failure(run(*argv, *NO_RETRIES), ExitStatus.NETWORK)

    @repeatable_command
    def test_7_for_a_connection_that_is_reset(self, run: Runner, server: ScriptedServer, argv: tuple[str, ...]) -> None:
        server.script = [RESET]
        assert "Connection reset by peer" in failure(run(*argv, *NO_RETRIES), ExitStatus.NETWORK)

    @repeatable_command
    def test_7_for_a_body_that_is_cut_short(self, run: Runner, server: ScriptedServer, argv: tuple[str, ...]) -> None:
        server.script = [good_reply(argv)._replace(cut=-5)]
        failure(run(*argv, *NO_RETRIES), ExitStatus.NETWORK)

    @repeatable_command
    def test_7_for_an_answer_that_is_no_http(self, run: Runner, server: ScriptedServer, argv: tuple[str, ...]) -> None:
        server.script = [Reply(raw=b"SSH-2.0-OpenSSH_9.6\r\n")]
        failure(run(*argv, *NO_RETRIES), ExitStatus.NETWORK)

    @repeatable_command
    def test_7_for_a_time_out_names_its_flag(self, run: Runner, server: ScriptedServer, argv: tuple[str, ...]) -> None:
        server.script = [Reply(delay=40)]
        began = time.monotonic()
        line = failure(run(*argv, *NO_RETRIES, "--http-timeout", "0.2"), ExitStatus.NETWORK)
        assert "within 0.2 s" in line
        assert "--http-timeout" in line
        assert time.monotonic() - began < 20  # noisy machines; the answer would take twice that


class TestUnknownAndInterrupted:
    def test_9_for_a_create_without_a_clear_answer(self, run: Runner, server: ScriptedServer) -> None:
        server.script = lambda seen: Reply(500) if seen.method == "POST" else Reply(body=page())
        result = run(*CREATE)
        assert result.status == ExitStatus.OUTCOME_UNKNOWN
        assert result.stdout == ""
        assert "`llamacloud-prod batches list --source-directory-id dir-1`" in result.stderr

    @repeatable_command
    def test_130_for_an_interrupt(
        self, run: Runner, server: ScriptedServer, argv: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def interrupt(_: float) -> NoReturn:
            raise KeyboardInterrupt

        monkeypatch.setattr(run, "_sleep", interrupt)
        server.script = [Reply(503)]
        assert run(*argv) == (130, "", "")


class TestErrorsForPrograms:
    FIELDS = frozenset(
        {"status", "code", "message", "hint", "detail", "request_id", "retryable", "exit_status"},
    )

    def error(self, run: Runner, *argv: str, **settings: Any) -> dict[str, Any]:
        result = run(*argv, "--format-error", "json", **settings)
        assert result.stdout == ""
        error: dict[str, Any] = json.loads(result.stderr)["error"]
        assert error.keys() == self.FIELDS
        assert error["exit_status"] == result.status
        return error

    def test_of_the_api(self, run: Runner, server: ScriptedServer) -> None:
        detail = [{"loc": ["path", "batch_id"], "msg": "bad", "type": "x"}]
        server.script = [Reply(422, {"detail": detail}, REQUEST_ID)]
        error = self.error(run, *CANCEL)
        assert (error["status"], error["code"], error["exit_status"]) == (422, "api_error", 1)
        assert error["detail"] == detail
        assert error["request_id"] == "req-42"
        assert error["retryable"] is False
        assert "path.batch_id: bad" in error["message"]

    @pytest.mark.parametrize(("status", "code"), [(401, "authentication"), (403, "authentication"), (404, "not_found")])
    def test_codes_of_statuses(self, run: Runner, server: ScriptedServer, status: int, code: str) -> None:
        server.script = [Reply(status, {"detail": "no"})]
        assert self.error(run, *GET)["code"] == code

    def test_retryable_where_the_same_command_may_succeed_later(self, run: Runner, server: ScriptedServer) -> None:
        server.script = [Reply(503)]
        assert self.error(run, *GET)["retryable"] is True
        server.script = [Reply(503, headers={"x-should-retry": "false"})]
        assert self.error(run, *GET)["retryable"] is False

    def test_of_usage_and_network_and_keys(self, run: Runner) -> None:
        with refusing_port() as port:
            run.base_url = f"http://127.0.0.1:{port}"
            network = self.error(run, *GET)
        assert (network["code"], network["status"], network["retryable"]) == ("network", None, True)
        assert self.error(run, *LIST, "--page-size", "x")["code"] == "usage"
        assert self.error(run, *LIST, env={"LLAMA_CLOUD_API_KEY": None})["code"] == "authentication"

    def test_raw_is_the_body_of_the_api(self, run: Runner, server: ScriptedServer) -> None:
        server.script = [Reply(400, b'{"detail":  "as it came"}')]
        result = run(*GET, "--format-error", "raw")
        assert (result.stdout, result.stderr) == ("", '{"detail":  "as it came"}\n')
