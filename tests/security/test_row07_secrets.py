"""Row 7. Secrets in odd places: misspelt fields, wrong types, wrong YAML, URLs that are hardly any, ids, proxies."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llamacloud_cli.api.transport import without_password
from llamacloud_cli.errors import UsageError
from llamacloud_cli.inputs.yaml_values import parse
from llamacloud_cli.redaction import hide_in_url
from tests.commands import CANCEL, CREATE, GET, LIST, failure
from tests.conftest import KEY
from tests.servers import Reply, ScriptedServer, batch, page

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Runner

SECRET = "canary77"
SHOWING = ("--debug", "--dry-run", "--print-curl")
WEBHOOKS: dict[str, dict[str, Any]] = {
    "a list in place of a text": {"webhook_signing_secret": [SECRET]},
    "a mapping in place of a text": {"webhook_signing_secret": {"a": SECRET}},
    "headers as a list": {"webhook_headers": [SECRET, {"name": "A", "value": SECRET}]},
    "headers as a text": {"webhook_headers": f"Authorization: {SECRET}"},
    "headers of lists": {"webhook_headers": {"A": [SECRET], "B": {"c": SECRET}}},
    "another spelling": {"webhookSigningSecret": SECRET, "signing_secret": SECRET, "webhookHeaders": {"A": SECRET}},
    "dashes": {"webhook-signing-secret": SECRET, "webhook-headers": {"A": SECRET}},
    "a fragment": {"webhook_url": f"https://hooks.example/#access_token={SECRET}"},
    "a user name alone": {"webhook_url": f"https://{SECRET}@hooks.example/"},
}


@pytest.mark.parametrize("flag", SHOWING)
@pytest.mark.parametrize("way", ["flag", "standard input"])
@pytest.mark.parametrize("webhook", WEBHOOKS.values(), ids=WEBHOOKS)
def test_row07_a_webhook_that_is_written_wrongly_is_hidden_and_sent_as_it_is(
    run: Runner, server: ScriptedServer, webhook: dict[str, Any], way: str, flag: str
) -> None:
    server.script = lambda seen: Reply(201, batch()) if seen.method == "POST" else Reply(body=page())
    if way == "flag":
        result = run(*CREATE, "--webhook-configuration", json.dumps(webhook), flag)
    else:
        result = run(*CREATE, flag, stdin=json.dumps({"webhook_configurations": [webhook]}))
    assert result.status == 0, result.stderr
    assert SECRET not in result.stdout + result.stderr
    for seen in server.of("POST"):
        assert seen.json["webhook_configurations"] == [webhook]


BROKEN = {
    "an alias": "*canary77",
    "a tag": "!canary77 x",
    "an at sign": "@canary77",
    "a percent sign": "%canary77",
    "a backquote": "`canary77",
    "a block": "|canary77",
    "an open quote": '"canary77 canary77',
    "an open bracket": "[canary77, canary77",
    "two words and a bracket": "canary77 canary77, b: [",
    "a URL": "'https://user:canary77@hooks.example/?token=canary77', b: [",
    "bytes that are no text": "canary77\udcff",
}


@pytest.mark.parametrize("value", BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize("form", ["auto", "json", "raw", "yaml"])
def test_row07_a_webhook_that_cannot_be_read_shows_no_secret(
    run: Runner, tmp_path: Path, value: str, form: str
) -> None:
    """The place of the error is shown, and the names of fields; no value."""
    whole, inner = f"{{webhook_signing_secret: {value}}}", f"{{Authorization: {value}}}"
    file = tmp_path / "hook.yaml"
    file.write_bytes(whole.encode("utf-8", "surrogateescape"))
    argv = ("--format-error", form)
    for words, stdin in (
        (("--webhook-configuration", whole), None),
        (("--webhook-configuration", f"@{file}"), None),
        (("--webhook-configuration.webhook-headers", inner), None),
        ((), f"webhook_configurations: [{whole}]".encode("utf-8", "surrogateescape")),
    ):
        result = run(*CREATE, *words, *argv, stdin=stdin)
        assert result.status == 2
        assert SECRET not in result.stderr
        assert result.stdout == ""


@pytest.mark.parametrize("flag", ["webhook-signing-secret", "webhook-url", "webhook-output-format"])
def test_row07_nor_does_a_flag_of_one_field_whose_bytes_are_no_text(run: Runner, flag: str) -> None:
    line = failure(run(*CREATE, f"--webhook-configuration.{flag}", f"{SECRET}\udcff"), 2)
    assert line == f"error: --webhook-configuration.{flag}: not UTF-8 text"


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30), st.integers(0, 40))
def test_row07_no_error_in_the_text_of_a_webhook_shows_its_secret(rest: str, at: int) -> None:
    text = f"{{webhook_signing_secret: {SECRET}, webhook_headers: {{A: {SECRET}}}}}"
    try:
        parse(text[:at] + rest + text[at:], where="--webhook-configuration")
    except UsageError as error:
        # What is inserted may make a key of the secret: keys are shown.
        shown = f"{error.message} {error.hint} {error.snippet}"
        assert SECRET not in shown or ":" in rest or '"' in rest or "'" in rest


def test_row07_an_ordinary_text_that_cannot_be_read_is_shown(run: Runner) -> None:
    result = run(*CREATE, "--config", "{a: plain, b: *alias}")
    assert result.status == 2
    assert "'*alias'" in result.stderr
    assert "{a: plain, b: *alias}" in result.stderr


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://h.example/#access_token=a&b=2", "https://h.example/#access_token=***&b=2"),
        ("https://h.example/?sig=a#x", "https://h.example/?sig=***#x"),
        ("https://h.example/?page_token=a#part-2", "https://h.example/?page_token=a#part-2"),
        ("https://u:p@h.example/#token=a", "https://h.example/#token=***"),
    ],
)
def test_row07_what_is_left_of_a_url(url: str, shown: str) -> None:
    assert hide_in_url(url) == shown


PROXIES = [
    f"http://user:{SECRET}@127.0.0.1:1",
    f"http://user:a://{SECRET}@127.0.0.1:1",
    f"user:{SECRET}://x@127.0.0.1:1",
    f"user:{SECRET}@127.0.0.1:1",
    f"http://user:{SECRET}/x@127.0.0.1:1",
    f"http://user:{SECRET}#x@127.0.0.1",
    f"http://user:12?{SECRET}@127.0.0.1",
    f"ftp://user:{SECRET}@127.0.0.1:1",
    f"socks5://user:{SECRET}@127.0.0.1:1",
    f"http://user:{SECRET}@[::1",
    f"http://user:{SECRET}@host:port",
    f"http://user:%zz{SECRET}@127.0.0.1:1",
]


@pytest.mark.parametrize("url", PROXIES)
@pytest.mark.parametrize(
    "argv",
    [(*GET, "--debug"), ("auth", "status", "--json"), ("doctor", "--json"), ("doctor", "--offline", "--debug")],
    ids=" ".join,
)
def test_row07_the_password_of_a_proxy_is_shown_nowhere_however_it_is_written(
    run: Runner, url: str, argv: tuple[str, ...]
) -> None:
    env: dict[str, str | None] = {"HTTPS_PROXY": url, "LLAMA_CLOUD_BASE_URL": "https://api.invalid"}
    result = run(*argv, "--max-retries", "0", "--http-timeout", "5", env=env)
    assert result.status in (0, 2, 7)
    assert SECRET not in result.stdout + result.stderr
    assert "internal error" not in result.stderr


@given(st.text(max_size=10), st.text(st.characters(exclude_characters="@"), max_size=10))
def test_row07_nothing_before_the_last_at_sign_of_a_proxy_is_shown(before: str, after: str) -> None:
    assert SECRET not in without_password(f"http://user:{before}{SECRET}@{after}")
    assert without_password(f"{before}:{SECRET}@{after}").endswith(after)


class TestAKeyInAnotherPlace:
    """A variable too many, and the key stands where an id or a value should."""

    @pytest.mark.parametrize(
        "argv",
        [
            ("batches", "get", KEY),
            ("batches", "cancel", KEY),
            ("batches", "wait", KEY, "--timeout", "1s"),
            ("batches", "results", KEY),
            ("batches", "watch", KEY, "--timeout", "1s"),
            (*LIST, "--page-token", KEY),
            (*LIST, "--project-id", f"x-{KEY}"),
            ("batches", "results", "bat-1", "--organization-id", KEY),
        ],
        ids=lambda argv: " ".join(argv).replace(KEY, "KEY"),
    )
    def test_row07_it_is_put_into_no_url(self, run: Runner, server: ScriptedServer, argv: tuple[str, ...]) -> None:
        """Servers and proxies keep URLs in their logs."""
        line = failure(run(*argv), 2)
        assert "the API key is in the URL of a request" in line
        assert server.seen == []

    @pytest.mark.parametrize("flag", ["--dry-run", "--print-curl"])
    @pytest.mark.parametrize(
        "argv",
        [
            ("batches", "get", KEY),
            (*CANCEL[:2], KEY),
            (*LIST, "--page-token", KEY),
            (*CREATE, "--config", f"{{a: 'x {KEY} y'}}"),
            ("batches", "create", "--source-directory-id", KEY, "--config", "{}"),
        ],
        ids=["get", "cancel", "list", "a value", "a directory"],
    )
    def test_row07_it_is_hidden_in_a_request_that_is_shown(self, run: Runner, argv: tuple[str, ...], flag: str) -> None:
        result = run(*argv, flag, "--base-url", "http://127.0.0.1:1")
        assert result.status == 0, result.stderr
        assert "***" in result.stdout
        assert KEY not in result.stdout + result.stderr

    def test_row07_and_in_what_is_said_on_the_way(self, run: Runner) -> None:
        result = run("sandbox", "reset", "--yes", "--sandbox-data", f"/tmp/{KEY}/none")
        assert result.stderr == "nothing in /tmp/***/none\n"


@pytest.mark.parametrize(
    "text",
    [
        "webhook_signing_secret: canary77secret: x",
        '{"webhook_signing_secret": "canary77": 1}',
        "{Authorization: Bearer canary77: x}",
        "password: canary77:\nfurther",
        "webhook_signing_secret: *it's-canary77",
    ],
)
def test_row07_a_colon_or_an_apostrophe_uncovers_no_secret_of_wrong_yaml(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(text, where="--config")
    assert "canary" not in f"{caught.value.message} {caught.value.hint} {caught.value.snippet}"


def test_row07_the_words_of_a_message_stay_where_there_may_be_secrets() -> None:
    with pytest.raises(UsageError, match=r"expected ',' or '}'"):
        parse("{webhook: 'a' b}", where="--config")


@given(
    secret=st.text("GHJKQXZ0123456789'\":*!@%&#|>{}[],-. \\", min_size=4, max_size=40),
    tail=st.sampled_from(["", "\nfurther", "\n  further: x", ": x", "\n- a", "\n\tb: c", "}"]),
)
def test_row07_no_wrong_yaml_shows_four_characters_of_a_secret(secret: str, tail: str) -> None:
    try:
        parse(f"webhook_signing_secret: {secret}{tail}", where="--config")
    except UsageError as error:
        shown = f"{error.message} {error.hint} {error.snippet}"
        pieces = (secret[at : at + 4] for at in range(len(secret) - 3))
        assert not [piece for piece in pieces if piece.isalnum() and piece in shown]
