"""`--dry-run` and `--print-curl`: what would be sent, without sending it and without showing a secret."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llamacloud_cli.redaction import hide_secrets
from tests.commands import CANCEL, COMMANDS, CREATE, GET, LIST, every_command
from tests.conftest import KEY, Runner
from tests.servers import Reply, ScriptedServer, batch

if TYPE_CHECKING:
    from collections.abc import Iterator

BASE_URL = "https://api.cloud.llamaindex.ai"
HEADERS = {"Authorization": "Bearer ***", "Accept": "application/json"}
WEBHOOK = {
    "webhook_url": "https://user:pass@hook.example/in?token=t0ken-in-url&x=1",
    "webhook_events": ["batch.success"],
    "webhook_headers": {"X-Auth": "s3cret-header", "X_Auth": "other-header", "Ünï": "third-header"},
    "webhook_signing_secret": "s3cret-signing",
}
SECRETS = ("t0ken-in-url", "s3cret-header", "other-header", "third-header", "s3cret-signing", "user:pass", KEY)


class TestDryRun:
    @pytest.mark.parametrize(
        ("argv", "request_"),
        [
            (
                (*CREATE, "--project-id", "p é"),
                {
                    "method": "POST",
                    "url": f"{BASE_URL}/api/v2/batches?project_id=p%20%C3%A9",
                    "headers": {**HEADERS, "Content-Type": "application/json"},
                    "body": {
                        "config": {"job": {"configuration_id": "cfg-1", "type": "parse_v2"}},
                        "source_directory_id": "dir-1",
                    },
                },
            ),
            (
                (*LIST, "--status", "failed", "--page-size", "0x10"),
                {
                    "method": "GET",
                    "url": f"{BASE_URL}/api/v2/batches?status=FAILED&page_size=16",
                    "headers": HEADERS,
                    "body": None,
                },
            ),
            (
                ("batches", "get", "a/b c", "--expand", "results", "--expand", "x"),
                {
                    "method": "GET",
                    "url": f"{BASE_URL}/api/v2/batches/a%2Fb%20c?expand=results&expand=x",
                    "headers": HEADERS,
                    "body": None,
                },
            ),
            (
                CANCEL,
                {"method": "POST", "url": f"{BASE_URL}/api/v2/batches/bat-1/cancel", "headers": HEADERS, "body": None},
            ),
        ],
        ids=COMMANDS,
    )
    def test_prints_the_request_as_json(self, run: Runner, argv: tuple[str, ...], request_: dict[str, Any]) -> None:
        result = run(*argv, "--dry-run")
        assert (result.status, result.stderr) == (0, "")
        assert result.stdout == json.dumps(request_, indent=2, ensure_ascii=False) + "\n"

    @every_command
    @pytest.mark.parametrize("flag", ["--dry-run", "--print-curl"])
    def test_sends_nothing_and_needs_no_key(
        self, run: Runner, server: ScriptedServer, argv: tuple[str, ...], flag: str
    ) -> None:
        for key in (KEY, None, "  "):
            result = run(*argv, flag, env={"LLAMA_CLOUD_API_KEY": key})
            assert (result.status, result.stderr) == (0, "")
            assert server.url in result.stdout
        assert (server.seen, server.connections) == ([], 0)

    @every_command
    @pytest.mark.parametrize("flag", ["--dry-run", "--print-curl"])
    def test_refuses_what_the_command_itself_would_refuse(self, run: Runner, argv: tuple[str, ...], flag: str) -> None:
        for words in (("--format", "bogus"), ("--base-url", "localhost"), ("--nope",), ("-q", "--columns", "id")):
            assert run(*argv, flag, *words).status == 2

    def test_shows_what_is_sent_and_not_what_was_typed(self, run: Runner, server: ScriptedServer) -> None:
        """Of several statuses the API takes none, so they are sorted out here."""
        argv = (*LIST, "--status", "FAILED", "--status", "RUNNING", "--max-items", "5")
        assert run(*argv, "--dry-run").json["url"] == f"{server.url}/api/v2/batches"
        server.script = [Reply(body={"items": []})]
        run(*argv)
        assert server.seen[0].target == "/api/v2/batches"
        assert run(*LIST, "--max-items", "-2", "--dry-run").status == 2

    def test_shows_what_standard_input_and_files_say(self, run: Runner, tmp_path: Any) -> None:
        (tmp_path / "c.yaml").write_text("job: {type: parse_v2}", encoding="utf-8")
        words = ("batches", "create", "--config", f"@{tmp_path}/c.yaml", "--dry-run")
        body = run(*words, stdin="source_directory_id: d\nfuture: [1]\n").json["body"]
        assert body == {"config": {"job": {"type": "parse_v2"}}, "source_directory_id": "d", "future": [1]}

    def test_is_valid_json_on_a_terminal(self, run: Runner) -> None:
        result = run(*CREATE, "--dry-run", stdout_terminal=True)
        assert result.json == run(*CREATE, "--dry-run").json


class TestSecrets:
    @pytest.mark.parametrize("flag", ["--dry-run", "--print-curl"])
    def test_are_hidden(self, run: Runner, flag: str) -> None:
        shown = run(*CREATE, "--webhook-configuration", json.dumps(WEBHOOK), flag).stdout
        assert [secret for secret in SECRETS if secret in shown] == []
        assert "hook.example" in shown or flag == "--print-curl"

    def test_stand_as_asterisks_in_a_dry_run(self, run: Runner) -> None:
        shown = run(*CREATE, "--webhook-configuration", json.dumps(WEBHOOK), "--dry-run").json
        assert shown["body"]["webhook_configurations"] == [
            {
                "webhook_url": "https://hook.example/in?token=***&x=1",
                "webhook_events": ["batch.success"],
                "webhook_headers": {"X-Auth": "***", "X_Auth": "***", "Ünï": "***"},
                "webhook_signing_secret": "***",
            }
        ]

    @pytest.mark.parametrize("secret", ["12345", "1.5", "true"])
    def test_that_are_no_texts_are_hidden_as_well(self, run: Runner, secret: str) -> None:
        words = ("--webhook-configuration", f"{{webhook_signing_secret: {secret}, webhook_headers: {secret}}}")
        assert secret not in run(*CREATE, *words, "--dry-run").stdout

    def test_a_url_without_secrets_stays_as_it_is(self) -> None:
        for url in (
            "https://hook.example/?",
            "HTTPS://Hook.Example",
            "https://a.example/#x?",
            "https://a.example?x=%20",
        ):
            assert hide_secrets({"webhook_url": url, "text": f"see {url} and"}) == {
                "webhook_url": url,
                "text": f"see {url} and",
            }


needs_bash_and_curl = pytest.mark.skipif(
    not (shutil.which("bash") and shutil.which("curl")), reason="runs the printed command in bash, with curl"
)


def _run_curl(command: str, **variables: str) -> None:
    env = {"PATH": os.environ["PATH"], "LLAMA_CLOUD_API_KEY": KEY, "no_proxy": "*", **variables}
    done = subprocess.run(
        ["bash", "-euc", command],
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr


NASTY = [
    "it's",
    'say "yes"',
    "$HOME ${X} $(id) `id`",
    "back\\slash \\n",
    "two\nlines\r\n\ttab",
    "!history",
    "é 日本 😀 \u2028",
    "'; echo x; '",
    "nul\0nul",
    "<SECRET> SECRETX",
    "@file",
    "%41 + &=?#",
    "\x1b[31m\x9b\u202e",
]


@needs_bash_and_curl
class TestPrintCurl:
    def _same(self, run: Runner, server: ScriptedServer, argv: tuple[str, ...], **variables: str) -> None:
        """Checks that the command and the curl command that it prints send the same."""
        server.script = [Reply(body={**batch(), "items": []})]
        server.seen.clear()
        assert run(*argv).status == 0
        _run_curl(run(*argv, "--print-curl").stdout, **variables)
        ours, curls = server.seen
        assert (curls.method, curls.target) == (ours.method, ours.target)
        assert curls.headers["authorization"] == ours.headers["authorization"] == f"Bearer {KEY}"
        assert curls.headers["accept"] == ours.headers["accept"]
        assert curls.headers.get("content-type") == ours.headers.get("content-type")
        assert (json.loads(curls.body) if curls.body else None) == (json.loads(ours.body) if ours.body else None)

    @every_command
    def test_sends_the_same(self, run: Runner, server: ScriptedServer, argv: tuple[str, ...]) -> None:
        self._same(run, server, (*argv, "--project-id", "p q&r='s'"))

    @pytest.mark.parametrize("text", NASTY)
    def test_quotes_whatever_a_value_holds(self, run: Runner, server: ScriptedServer, text: str) -> None:
        config = json.dumps({"v": text.replace("@", "\\@"), text: [text]}).replace('["@', '["\\\\@')
        self._same(run, server, ("batches", "create", "--source-directory-id", f"d{text}", "--config", config))
        self._same(run, server, ("batches", "get", "b", f"--project-id=p{text}", f"--expand=e{text}"))

    def test_takes_secrets_from_variables_each_from_its_own(self, run: Runner, server: ScriptedServer) -> None:
        other = {**WEBHOOK, "webhook_signing_secret": "a second secret", "webhook_headers": {"X-Auth": "2"}}
        argv = (*CREATE, "--webhook-configuration", json.dumps([WEBHOOK, other]))
        command = run(*argv, "--print-curl").stdout
        names = re.findall(r"\$(WEBHOOK\w*)", command)
        assert names == [
            "WEBHOOK_URL",
            "WEBHOOK_HEADERS_X_AUTH",
            "WEBHOOK_HEADERS_X_AUTH_2",
            "WEBHOOK_HEADERS__N_",
            "WEBHOOK_SIGNING_SECRET",
            "WEBHOOK_URL_2",
            "WEBHOOK_HEADERS_X_AUTH_3",
            "WEBHOOK_SIGNING_SECRET_2",
        ]
        values = [
            WEBHOOK["webhook_url"],
            "s3cret-header",
            "other-header",
            "third-header",
            "s3cret-signing",
            WEBHOOK["webhook_url"],
            "2",
            "a second secret",
        ]
        self._same(run, server, argv, **dict(zip(names, map(str, values), strict=True)))

    def test_fails_where_the_key_is_not_set(self, run: Runner, server: ScriptedServer) -> None:
        command = run(*GET, "--print-curl").stdout
        done = subprocess.run(
            ["bash", "-uc", command], env={"PATH": os.environ["PATH"]}, capture_output=True, check=False
        )
        assert b"LLAMA_CLOUD_API_KEY: unbound variable" in done.stderr
        assert not server.seen


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def anything() -> Iterator[ScriptedServer]:
    """One server for all examples of a property; nothing is sent to it."""
    scripted = ScriptedServer()
    yield scripted
    scripted.close()


@settings(deadline=None)
@given(
    value=json_values,
    identifier=st.text(min_size=1).filter(lambda text: text.isprintable() and text not in ("@", ".", "..")),
)
def test_curl_says_the_same_as_the_dry_run_whatever_the_values(
    anything: ScriptedServer, value: Any, identifier: str
) -> None:
    """Read by shlex, which quotes as a POSIX shell does."""
    run = Runner()
    run.base_url = anything.url
    stdin = json.dumps(
        {"config": {}, "source_directory_id": "d", "project_id": f"p{identifier}", "future": {"v": value}}
    )
    dry, curl = (
        run("batches", "create", flag, stdin=stdin.replace('"@', '" @')) for flag in ("--dry-run", "--print-curl")
    )
    words = shlex.split(curl.stdout.replace("\\\n", " "))
    assert words[:5] == ["curl", "-sS", "--fail-with-body", "-X", "POST"]
    assert words[5] == dry.json["url"]
    assert json.dumps(json.loads(words[-1])) == json.dumps(dry.json["body"])
    assert curl.stdout.count("\n") == 5
    assert not anything.seen
