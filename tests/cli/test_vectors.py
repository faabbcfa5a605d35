"""Command lines recorded from upstream's CLI, played through the real entry point against a loopback server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.servers import Reply, ScriptedServer

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "batches.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", VECTORS, ids=[case["name"] for case in VECTORS])
def test_recorded_command_line(case: dict[str, Any], tmp_path: Path) -> None:
    """The requests and the output are the recorded ones; `differs` in a case says where upstream does otherwise."""
    replies = [
        Reply(reply.get("status", 200), _body(reply.get("body", {})), reply.get("headers", {}))
        for reply in case.get("server") or [{}]
    ]
    server = ScriptedServer(replies)
    for name, text in (case.get("files") or {}).items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    try:
        done = subprocess.run(
            [sys.executable, "-m", "llamacloud_cli", *(word.replace("{base}", server.url) for word in case["argv"])],
            cwd=tmp_path,
            env=_environment(case, server.url, tmp_path),
            capture_output=True,
            timeout=60,
            check=False,
            **({"stdin": subprocess.DEVNULL} if case.get("stdin") is None else {"input": case["stdin"].encode()}),
        )
    finally:
        server.close()
    _compare(case["expect"], done, server)


def _body(body: Any) -> bytes:
    return (body if isinstance(body, str) else json.dumps(body)).encode()


def _environment(case: dict[str, Any], url: str, home: Path) -> dict[str, str]:
    env = {**os.environ, "HOME": str(home), "NO_COLOR": "1", "PYTHONPATH": str(Path(__file__).parents[2])}
    env |= {"LLAMA_CLOUD_BASE_URL": url, "LLAMA_CLOUD_API_KEY": "llx-test"}
    for name, value in (case.get("env") or {}).items():
        env.pop(name, None)
        if value is not None:
            env[name] = value.replace("{base}", url)
    return env


def _compare(expect: dict[str, Any], done: subprocess.CompletedProcess[bytes], server: ScriptedServer) -> None:
    stdout, stderr = done.stdout.decode(), done.stderr.decode()
    if "ok" in expect:
        assert (done.returncode == 0) == expect["ok"], stderr
    for wanted, seen in zip(expect.get("requests", []), server.seen, strict="requests" in expect):
        assert seen.method == wanted["method"]
        assert seen.path == wanted["path"]
        assert sorted(map(list, seen.query)) == sorted(wanted.get("query", []))
        if "json" in wanted:
            assert seen.json == wanted["json"]
        elif seen.method == "GET":
            assert not seen.body
        if "authorization" in wanted:
            assert seen.headers.get("authorization") == wanted["authorization"]
    if "json" in expect:
        assert json.dumps(_documents(stdout)) == json.dumps(expect["json"])
    if "stdout" in expect:
        assert stdout == expect["stdout"]


def _documents(text: str) -> list[Any]:
    decoder, found, text = json.JSONDecoder(), [], text.strip()
    while text:
        value, end = decoder.raw_decode(text)
        found.append(value)
        text = text[end:].lstrip()
    return found
