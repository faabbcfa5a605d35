"""The sandbox's routes, those that the API's description lacks among them: whatever is sent, no 500.

tests/sandbox/test_contract.py sends what the description allows and forbids; here is what no description speaks of.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from llamacloud_cli.sandbox import INSTANT, Policy, Sandbox, SandboxOptions
from llamacloud_cli.sandbox.routes import ROUTES
from tests.fuzz.budget import budget
from tests.fuzz.service import JSON, MISSING, REPLACEMENTS, places, replaced, to_json

if TYPE_CHECKING:
    from collections.abc import Iterator

PARSE = {"product_type": "parse_v2", "tier": "agentic", "version": "latest"}
SCHEMA = {
    "type": "object",
    "properties": {"total": {"type": "number"}, "who": {"type": ["string", "null"], "enum": ["a"]}},
}
EXTRACT = {"product_type": "extract_v2", "data_schema": SCHEMA, "tier": "agentic"}
HOOK = {"webhook_url": "http://127.0.0.1:1/", "webhook_events": ["batch.success"], "webhook_headers": {"a": "b"}}
SEEDS: dict[str, Any] = {
    "/api/v2/batches": {
        "source_directory_id": "DIRECTORY",
        "config": {"job": {"type": "parse_v2", "configuration_id": "cfg-PARSE_AGENTIC"}},
        "webhook_configurations": [HOOK],
        "webhook_configuration_ids": [],
    },
    "/api/v1/beta/directories": {"name": "n", "type": "ephemeral", "description": "d"},
    "files": {"file_id": "FILE", "display_name": "a.txt", "unique_id": "u", "metadata": {"k": [1, {"a": None}]}},
    "bulk-delete": {"directory_file_ids": ["dfl-1"], "ids": ["dfl-1"]},
    "/api/v2/parse": {"file_id": "FILE", "tier": "agentic", "version": "latest", "processing_options": {"ignore": {}}},
    "/api/v2/extract": {"file_input": "FILE", "configuration": EXTRACT},
    "configurations": {"name": "c", "parameters": EXTRACT},
    "webhook-configs": HOOK,
    "faults": {
        "seed": 1,
        "requests": [{"match": {"path": "/x*"}, "status": 503, "times": 1}],
        "files": [{"stage": "page", "page": 2}],
    },
}
QUERY = st.dictionaries(
    st.sampled_from(
        [
            "page_size",
            "page_token",
            "status",
            "expand",
            "project_id",
            "organization_id",
            "name",
            "type",
            "product_type",
            "latest_only",
            "job_ids",
            "created_at_on_or_after",
            "created_at_on_or_before",
            "include_total",
            "signature",
            "expires",
            "token",
            "unique_id",
        ]
    ),
    st.sampled_from(
        [
            "",
            "0",
            "-1",
            "1",
            "9" * 40,
            "null",
            "true",
            "\x00",
            "é",
            "\ud800",
            "2026-11-24",
            "0001-01-01T00:00:00+23:59",
            "results",
        ]
    )
    | st.text(max_size=20),
    max_size=4,
)
IDS = st.sampled_from(
    ["..", "%", "a/b", "\x00", "é", "x" * 5000, "cfg-PARSE_AGENTIC", "'; DROP TABLE batches"]
) | st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=10)
TYPES = st.sampled_from(
    [
        "application/json",
        "",
        "text/plain",
        "multipart/form-data",
        "multipart/form-data; boundary=b",
        "application/x-www-form-urlencoded",
        'multipart/form-data; boundary="',
        "application/json; charset=utf-99",
    ]
)


class Target:
    """A sandbox that serves, and how to ask it."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.url = sandbox.base_url
        self.http = httpx.Client(
            base_url=self.url, headers={"authorization": f"Bearer {sandbox.api_key}"}, timeout=30, verify=False
        )
        directory = self.http.post("/api/v1/beta/directories", json={"name": "d"}).json()["id"]
        upload = self.http.post(
            f"/api/v1/beta/directories/{directory}/files/upload", files={"upload_file": ("a.md", b"# A")}
        )
        self.ids = {"DIRECTORY": directory, "FILE": upload.json()["file_id"]}

    def ask(self, method: str, path: str, **sent: Any) -> None:
        """Sends a request, and fails on a 500 and on an error that is not in the API's form."""
        request = self.http.build_request(method, self.url + path, **sent)
        answer = self.http.send(request)
        shown = (method, path, sent, answer.status_code, answer.text)
        assert answer.status_code < 500, shown
        assert answer.headers["x-request-id"]
        if answer.status_code >= 400:
            assert set(answer.json()) == {"detail"}, shown


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    policy = Policy(webhook_attempts=1, webhook_timeout=0.1)
    sandbox = Sandbox(SandboxOptions(data=tmp_path_factory.mktemp("sandbox") / "data", speed=INSTANT, policy=policy))
    sandbox.app = sandbox.app._app  # without the faults, which could make it wait; their rules are read all the same
    with sandbox:
        asked = Target(sandbox)
        yield asked
        asked.http.close()


@st.composite
def requests(draw: Any, method: str, path: str, ids: dict[str, str]) -> dict[str, Any]:
    """Gives what to send to a route: path, query, body and its type."""
    real = draw(st.booleans())

    def identifier(found: re.Match[str]) -> str:
        known = ids["DIRECTORY"] if "directory_id" in found[1] else ids["FILE"]
        return quote(known if real else draw(IDS), safe="")

    sent: dict[str, Any] = {"path": re.sub(r"<(\w+)>", identifier, path)}
    query = draw(QUERY)
    if query:
        sent["params"] = {name: value.encode("utf-8", "replace").decode() for name, value in query.items()}
    if method in ("POST", "PUT", "PATCH"):
        way = draw(st.integers(0, 9))
        if way < 6:
            sent |= {"content": draw(changed(path, ids)), "headers": {"content-type": "application/json"}}
        elif way < 8:
            sent |= {"content": draw(st.binary(max_size=200)), "headers": {"content-type": draw(TYPES)}}
        else:
            names = st.sampled_from(
                ["upload_file", "file", "purpose", "unique_id", "display_name", "metadata", "configuration"]
            )
            sent["files"] = [
                (draw(names), (draw(st.text(max_size=10)) or "a", draw(st.binary(max_size=50)))) for _ in range(2)
            ]
            sent["data"] = {
                draw(names): draw(st.sampled_from(["", "{}", "[", "parse", "null", "x" * 2000]) | st.text(max_size=20))
            }
    return sent


@st.composite
def changed(draw: Any, path: str, ids: dict[str, str]) -> bytes:
    """Gives the JSON of a body that is right for some route, with up to two places changed."""
    fitting = [name for name in SEEDS if path.endswith(name) or f"{name}/" in path]
    value = SEEDS[draw(st.sampled_from(fitting or list(SEEDS)))]
    value = json.loads(
        json.dumps(value).replace('"DIRECTORY"', f'"{ids["DIRECTORY"]}"').replace('"FILE"', f'"{ids["FILE"]}"')
    )
    for _ in range(draw(st.integers(0, 2))):
        place = draw(st.sampled_from(list(places(value))))
        replacement = draw(st.sampled_from(REPLACEMENTS) | JSON)
        value = replaced(value, place, replacement if place or replacement is not MISSING else None)
    return to_json(value)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_no_route_answers_500(route: Any, target: Target) -> None:
    @budget(10)
    @given(st.data())
    def ask(data: st.DataObject) -> None:
        sent = data.draw(requests(route.method, route.path, target.ids))
        if route.method == "DELETE" and any(known in sent["path"] for known in target.ids.values()):
            return  # later examples need it
        target.ask(route.method, **sent)

    ask()
