"""Row 7. A service that quotes the request gives its secrets away neither in an answer nor in a refusal."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.commands import CREATE
from tests.servers import Reply, ScriptedServer, batch

if TYPE_CHECKING:
    from tests.conftest import Runner

WEBHOOK = {
    "webhook_url": "https://user:url-password@hooks.example/x?sig=url-signature",
    "webhook_signing_secret": "signing-secret",
    "webhook_headers": {"Authorization": "Bearer header-secret", "X-Directory": "dir-12345"},
}
SECRETS = ("url-password", "url-signature", "signing-secret", "header-secret")
FLAGS = ((), ("--debug",), ("--format", "raw"), ("--format-error", "json"), ("--format-error", "raw"))


def create(run: Runner, webhook: dict[str, Any], *flags: str) -> Any:
    return run(*CREATE, "--webhook-configuration", json.dumps(webhook), *flags)


@pytest.mark.parametrize("flags", FLAGS, ids=" ".join)
def test_row07_an_answer_that_quotes_the_request_shows_no_secret(
    run: Runner, server: ScriptedServer, flags: tuple[str, ...]
) -> None:
    server.script = lambda seen: Reply(201, {**batch("bat-made"), **seen.json, "quoted": json.dumps(seen.json)})
    result = create(run, WEBHOOK, *flags)
    assert result.status == 0, result.stderr
    assert "bat-made" in result.stdout
    assert not [secret for secret in SECRETS if secret in result.stdout + result.stderr]


def test_row07_a_header_that_is_no_secret_leaves_the_answer_as_it_is(run: Runner, server: ScriptedServer) -> None:
    """Headers tell receivers what a batch is about; an id in one is an id in the answer as well."""
    server.script = [Reply(201, batch("bat-made", source_directory_id="dir-12345"))]
    assert create(run, WEBHOOK).json["source_directory_id"] == "dir-12345"


@pytest.mark.parametrize("flags", FLAGS, ids=" ".join)
@pytest.mark.parametrize("secret", ["1234", "hunter2"])
def test_row07_a_refusal_shows_no_short_secret_either(
    run: Runner, server: ScriptedServer, secret: str, flags: tuple[str, ...]
) -> None:
    server.script = lambda seen: Reply(422, {"detail": [{"loc": ["body"], "msg": "no", "input": seen.json}]})
    result = create(run, {**WEBHOOK, "webhook_signing_secret": f"{secret}"}, *flags)
    assert result.status == 1
    assert not [one for one in (secret, *SECRETS) if f'"{one}' in result.stdout + result.stderr]
