"""The API key and other secrets: where they go, and that no output ever shows them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.commands import CANCEL, CREATE, GET, LIST, every_command, failure
from tests.conftest import KEY
from tests.servers import DROP, RESET, BatchService, Reply, ScriptedServer, Seen, batch, page, refusing_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import Result, Runner

SECRET = "whsec-canary-77"
HOOK = (
    "{webhook_url: 'https://user:pass-canary@hooks.example/x?token=tok-canary&b=2', "
    f"webhook_signing_secret: {SECRET}, webhook_headers: {{X-Token: {SECRET}, Authorization: 'Basic {SECRET}'}}}}"
)
WEBHOOK = (*CREATE, "--webhook-configuration", HOOK)
CANARIES = (KEY, SECRET, "pass-canary", "tok-canary")
SHOWING = {"debug": "--debug", "dry-run": "--dry-run", "print-curl": "--print-curl"}


def nothing_leaked(result: Result) -> Result:
    for canary in CANARIES:
        assert canary not in result.stdout
        assert canary not in result.stderr
    return result


class TestRequestsThatAreShown:
    @every_command
    @pytest.mark.parametrize("flag", SHOWING.values(), ids=SHOWING)
    def test_the_key_is_hidden(self, run: Runner, server: ScriptedServer, argv: tuple[str, ...], flag: str) -> None:
        server.script = [Reply(body=page(batch()) if argv == LIST else batch())]
        result = nothing_leaked(run(*argv, flag))
        assert result.status == 0
        shown = result.stderr if flag == "--debug" else result.stdout
        assert server.url in shown
        assert "authorization" in shown.lower()

    @pytest.mark.parametrize("flag", SHOWING.values(), ids=SHOWING)
    def test_secrets_of_webhooks_are_hidden_and_yet_sent(self, run: Runner, server: ScriptedServer, flag: str) -> None:
        server.script = [Reply(201, batch())]
        result = nothing_leaked(run(*WEBHOOK, flag))
        assert result.status == 0
        assert ("$WEBHOOK" if flag == "--print-curl" else "hooks.example") in result.stdout + result.stderr
        if flag != "--debug":
            assert server.seen == []
            return
        sent = server.of("POST")[0].json["webhook_configurations"][0]
        assert sent["webhook_signing_secret"] == SECRET
        assert sent["webhook_headers"]["X-Token"] == SECRET
        assert "pass-canary" in sent["webhook_url"]

    def test_a_key_as_a_flag_is_hidden_as_well(self, run: Runner, server: ScriptedServer) -> None:
        server.script = [Reply(body=batch())]
        for flag in SHOWING.values():
            result = run(*GET, "--api-key", "llx-flag-canary-123", flag, env={"LLAMA_CLOUD_API_KEY": None})
            assert "llx-flag-canary" not in result.stdout + result.stderr
        assert server.seen[0].headers["authorization"] == "Bearer llx-flag-canary-123"

    def test_debug_hides_cookies_and_signed_urls_of_answers(self, run: Runner, server: ScriptedServer) -> None:
        signed = "https://files.example/x?X-Amz-Signature=tok-canary&X-Amz-Credential=tok-canary&part=2"
        server.script = [
            Reply(
                body=batch(url=signed), headers={"set-cookie": "session=tok-canary", "x-where": signed, "x-plain": "y"}
            )
        ]
        result = run(*GET, "--debug")
        assert "tok-canary" not in result.stderr
        assert "x-plain: y" in result.stderr
        assert "part=2" in result.stderr

    @pytest.mark.parametrize("shift", range(-150, 10, 10))
    @pytest.mark.parametrize("where", ["answer in JSON", "answer in text", "request"])
    def test_debug_cuts_long_bodies_at_64_kib_but_never_a_secret_in_half(
        self, run: Runner, server: ScriptedServer, shift: int, where: str
    ) -> None:
        text = "x" * (64 * 1024 + shift) + KEY + "y" * 1000
        answers = {"answer in JSON": json.dumps({"a": text}).encode(), "answer in text": text.encode()}
        server.script = [Reply(body=answers.get(where, batch()))]
        argv = (*CREATE, "--config", f"{{a: {text}}}") if where == "request" else GET
        result = run(*argv, "--debug", "--transform", "id")
        assert KEY[:6] not in result.stderr
        assert "bytes in all" in result.stderr
        assert len(result.stderr) < 70_000


def echo(seen: Seen) -> str:
    return seen.headers["authorization"].removeprefix("Bearer ")


ERRORS = {
    "400": lambda seen: Reply(400, {"detail": f"bad key {echo(seen)}"}),
    "401": lambda seen: Reply(401, {"detail": {"message": f"no such key {echo(seen)}"}}),
    "403 HTML": lambda seen: Reply(403, f"<title>{echo(seen)}</title>".encode(), {"content-type": "text/html"}),
    "404": lambda seen: Reply(404, {"detail": {echo(seen): [echo(seen)]}}),
    "422": lambda seen: Reply(422, {"detail": [{"loc": ["header", echo(seen)], "msg": f"not {echo(seen)}"}]}),
    "500 text": lambda seen: Reply(500, echo(seen).encode()),
    "request id": lambda seen: Reply(400, {"detail": "no"}, {"x-request-id": f"id-{echo(seen)}"}),
    "redirect": lambda seen: Reply(302, b"", {"location": f"https://{echo(seen)}.example/?k={echo(seen)}"}),
    "not JSON": lambda seen: Reply(200, f"your key is {echo(seen)}".encode()),
    "array": lambda seen: Reply(200, [echo(seen)]),
    "no HTTP": lambda seen: Reply(raw=f"{echo(seen)}\r\n\r\n".encode()),
    "broken header": lambda seen: Reply(raw=f"HTTP/1.1 200 OK\r\nx: {echo(seen)}\0\r\n\r\n".encode()),
    "unknown encoding": lambda seen: Reply(200, b"", {"content-encoding": echo(seen)}),
    "escaped": lambda seen: Reply(400, json.dumps({"detail": echo(seen)}).replace("-", "\\u002D").encode()),
    "dropped": lambda _: DROP,
    "reset": lambda _: RESET,
}


class TestErrors:
    @every_command
    @pytest.mark.parametrize("script", ERRORS.values(), ids=ERRORS)
    def test_no_error_shows_the_key_although_the_server_echoes_it(
        self, run: Runner, server: ScriptedServer, argv: tuple[str, ...], script: object
    ) -> None:
        server.script = script  # type: ignore[assignment]
        for flags in ((), ("--debug",), ("--format-error", "json"), ("--format-error", "raw")):
            result = nothing_leaked(run(*argv, *flags, "--max-retries", "1", stderr_terminal=bool(flags)))
            assert result.status != 0
            assert result.stderr

    @pytest.mark.parametrize("form", ["json", "jsonl", "pretty", "yaml", "raw", "auto"])
    def test_no_form_of_an_error_shows_it(self, run: Runner, server: ScriptedServer, form: str) -> None:
        server.script = ERRORS["422"]
        nothing_leaked(run(*GET, "--format-error", form))
        nothing_leaked(run(*GET, "--format-error", form, "--transform-error", "@this"))

    @every_command
    @pytest.mark.parametrize("key", [f"{KEY}\n", f" {KEY}", f"{KEY}\r\nX-Evil: 1", f"{KEY}\x00", f"{KEY}é"])
    def test_a_key_that_cannot_be_used_is_refused_without_showing_it(
        self, run: Runner, server: ScriptedServer, argv: tuple[str, ...], key: str
    ) -> None:
        failure(run(*argv, env={"LLAMA_CLOUD_API_KEY": key}), 4)
        failure(run(*argv, "--api-key", key), 4)
        assert server.seen == []

    @every_command
    def test_a_network_failure_does_not_show_it(self, run: Runner, argv: tuple[str, ...]) -> None:
        with refusing_port() as port:
            run.base_url = f"http://127.0.0.1:{port}"
            nothing_leaked(run(*argv, "--debug", stderr_terminal=True))

    def test_an_unknown_outcome_does_not_show_it(self, run: Runner, server: ScriptedServer) -> None:
        server.script = BatchService(Reply(500, {"detail": KEY}), effect=(False,))
        assert nothing_leaked(run(*WEBHOOK, "--debug")).status == 9


class TestAnswersThatEchoTheKey:
    @pytest.mark.parametrize("form", ["json", "jsonl", "raw", "yaml", "pretty", "table"])
    @pytest.mark.parametrize("terminal", [True, False])
    def test_it_is_hidden_in_every_format(
        self, run: Runner, server: ScriptedServer, form: str, *, terminal: bool
    ) -> None:
        server.script = [Reply(body=batch(name=f"a {KEY} b", inner={KEY: [KEY]}))]
        result = nothing_leaked(run(*GET, "--format", form, stdout_terminal=terminal))
        assert result.status == 0

    @pytest.mark.parametrize("form", ["json", "raw"])
    @pytest.mark.parametrize("escape", ["\\u002d", "\\u002D"])
    def test_also_with_escapes(self, run: Runner, server: ScriptedServer, form: str, escape: str) -> None:
        body = json.dumps(batch(name=KEY, path="a\\b")).replace("-", escape).encode()
        server.script = [Reply(body=body)]
        result = nothing_leaked(run(*GET, "--format", form))
        assert KEY not in json.dumps(result.json)
        assert result.json["path"] == "a\\b"
        assert result.json["name"] == "***"

    @pytest.mark.parametrize("key", ['llx-"quo\\te/d"', "llx-/////////", "llx-$^.*+?{}()|[]"])
    def test_also_a_key_of_odd_characters(self, run: Runner, server: ScriptedServer, key: str) -> None:
        for body in (json.dumps({"a": key}), json.dumps({"a": key}).replace("/", "\\/")):
            server.script = [Reply(body=body.encode())]
            result = run(*GET, "--api-key", key)
            assert result.json == {"a": "***"}
        assert server.seen[0].headers["authorization"] == f"Bearer {key}"

    def test_a_key_shorter_than_8_letters_is_left_alone(self, run: Runner, server: ScriptedServer) -> None:
        """It may be a word of any answer; the sandbox takes such keys."""
        server.script = [Reply(body=batch("test-1"))]
        assert run(*GET, "--api-key", "test").json["id"] == "test-1"

    def test_each_page_of_a_list(self, run: Runner, server: ScriptedServer) -> None:
        server.script = [Reply(body=page(batch(KEY), token="t")), Reply(body=page(batch(KEY)))]
        assert nothing_leaked(run(*LIST, "-q")).stdout == "***\n***\n"


class TestWhereTheKeyGoes:
    @pytest.fixture
    def other(self) -> Iterator[ScriptedServer]:
        served = ScriptedServer([Reply(body=batch())])
        yield served
        served.close()

    @every_command
    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_not_to_where_the_server_redirects(
        self, run: Runner, server: ScriptedServer, other: ScriptedServer, argv: tuple[str, ...], status: int
    ) -> None:
        server.script = [Reply(status, b"", {"location": other.url + "/api/v2/batches"})]
        result = run(*argv)
        is_done = argv == CREATE and status == 303  # it says that something was done, which is looked for
        assert (result.status, result.stdout) == (9 if is_done else 1, "")
        assert "127.0.0.1" in result.stderr
        assert other.connections == 0
        assert len(server.seen) == (2 if is_done else 1)

    @every_command
    @pytest.mark.parametrize(
        "url",
        [
            "http://api.example.com",
            "http://192.0.2.1:8080",
            "HTTP://API.EXAMPLE.COM",
            "http://localhost.example.com",
            "http://127.0.0.1.example.com",
            "http://[2001:db8::1]",
            "http://127.example.com",
            "http://0x7f000001.example",
        ],
    )
    def test_not_unencrypted_to_another_machine(
        self, run: Runner, other: ScriptedServer, argv: tuple[str, ...], url: str
    ) -> None:
        """Nothing is sent, through a proxy of this machine neither."""
        line = failure(run(*argv, "--base-url", url, env={"HTTP_PROXY": other.url, "ALL_PROXY": other.url}), 2)
        assert "--insecure-http" in line
        assert "unencrypted" in line
        assert other.connections == 0

    def test_unless_insecure_http_allows_it(self, run: Runner, other: ScriptedServer) -> None:
        env: dict[str, str | None] = {"HTTP_PROXY": other.url}
        assert run(*GET, "--base-url", "http://api.example.com", "--insecure-http", env=env).status == 0
        assert other.seen[0].target == "http://api.example.com/api/v2/batches/bat-1"

    @pytest.mark.parametrize("url", ["http://localhost", "http://127.0.0.1", "http://127.8.8.8", "http://[::1]"])
    def test_this_machine_may_be_asked_unencrypted(self, run: Runner, url: str) -> None:
        assert run(*GET, "--base-url", url, "--dry-run").json["url"] == f"{url}/api/v2/batches/bat-1"

    def test_it_is_that_of_the_user_whatever_netrc_says(
        self, run: Runner, server: ScriptedServer, tmp_path: Path
    ) -> None:
        netrc = tmp_path / ".netrc"
        netrc.write_text("default login someone password else\nmachine 127.0.0.1 login someone password else\n")
        netrc.chmod(0o600)
        server.script = [Reply(body=batch())]
        run(*GET, env={"HOME": str(tmp_path), "NETRC": str(netrc)})
        assert server.seen[0].headers["authorization"] == f"Bearer {KEY}"

    def test_no_cookie_is_kept(self, run: Runner, server: ScriptedServer) -> None:
        server.script = [
            Reply(body=page(token="a"), headers={"set-cookie": "session=1"}),
            Reply(body=page()),
        ]
        run(*LIST)
        assert len(server.seen) == 2
        assert "cookie" not in server.seen[1].headers


class TestPasswordsInUrls:
    @every_command
    @pytest.mark.parametrize(
        "url",
        [
            "https://user:pass-canary@api.example.com",
            "http://user:pass-canary@127.0.0.1:1",
            "https://pass-canary@api.example.com",
            "https://user:pass-canary@api.example.com:port",
        ],
    )
    @pytest.mark.parametrize("how", ["flag", "variable"])
    def test_a_base_url_with_one_is_refused_without_showing_it(
        self, run: Runner, argv: tuple[str, ...], url: str, how: str
    ) -> None:
        flags = ("--base-url", url) if how == "flag" else ()
        result = nothing_leaked(run(*argv, *flags, env={"LLAMA_CLOUD_BASE_URL": url}))
        line = failure(result, 2)
        assert ("--base-url" if how == "flag" else "LLAMA_CLOUD_BASE_URL") in line

    @pytest.mark.parametrize(
        "url",
        [
            "user:pass-canary@api.example.com",
            "https:/user:pass-canary@api.example.com",
            "https://user:pass-canary/x@api.example.com",
            "https://user:pass-canary?@api.example.com",
        ],
    )
    def test_nor_is_one_that_is_hardly_a_url(self, run: Runner, url: str) -> None:
        failure(nothing_leaked(run(*GET, "--base-url", url)), 2)

    @pytest.mark.parametrize("argv", [GET, CANCEL], ids=["get", "cancel"])
    def test_a_proxy_with_one_is_shown_without_it(self, run: Runner, argv: tuple[str, ...]) -> None:
        with refusing_port() as port:
            proxy = f"http://user:pass-canary@127.0.0.1:{port}"
            result = run(*argv, "--base-url", "https://api.invalid", "--debug", env={"HTTPS_PROXY": proxy})
        assert result.status == 7
        assert f"127.0.0.1:{port}" in nothing_leaked(result).stderr


class TestSnippets:
    """The place of a YAML error is shown, and nothing secret with it."""

    def test_a_signing_secret_is_starred_and_the_caret_stays(self, run: Runner) -> None:
        value = "{webhook_signing_secret: s3cr3t-canary, x: [}"
        result = run(*CREATE, "--webhook-configuration", value)
        assert result.status == 2
        assert "s3cr3t-canary" not in result.stderr
        shown, caret = result.stderr.splitlines()[1:]
        assert len(shown) == len(value)
        assert shown[caret.index("^")] == "}"

    def test_the_key_is_hidden_in_what_was_typed(self, run: Runner) -> None:
        result = run(*CREATE, "--config", f"{{key: {KEY}, x: [}}")
        assert result.status == 2
        assert KEY not in result.stderr
