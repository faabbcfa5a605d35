"""The explorer over the embedded sandbox: from the list of batches to what a job read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from llamacloud_cli.api.client import Client, Connection
from llamacloud_cli.api.retries import Budget, Retries
from llamacloud_cli.cli.exploring import RemotePages, ServiceGuide
from llamacloud_cli.explore.contents import Answer, Listing, Reading
from llamacloud_cli.operations import Request
from llamacloud_cli.sandbox import INSTANT, Sandbox, SandboxOptions
from tests.explore.screens import clipboard, explorer, lines, play, press, screen, status
from tests.servers import Reply, ScriptedServer, batch, page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from textual.pilot import Pilot

    from llamacloud_cli.explore.app import ExplorerApp

LIST = Request("GET", "/api/v2/batches", (("page_size", "20"),))


def client_of(url: str, key: str) -> Client:
    connection = Connection(
        base_url=url, loopback=True, api_key=key, key_source="a test", timeout=30.0, ca_bundle=None, env={}
    )
    return Client(connection, retries=Retries(0, Budget(0), lambda _: None, lambda _: None), now=lambda: 0.0)


def app_of(client: Client) -> ExplorerApp:
    pages = RemotePages(client, LIST, lambda _: True, lambda one: one.items)
    return explorer(Listing("batches list", pages.next(), pages), ServiceGuide(client, ()))


class Service:
    """A sandbox whose batches are done at once."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.client = client_of(sandbox.base_url, sandbox.api_key)
        self._http = httpx.Client(
            base_url=sandbox.base_url, headers={"authorization": f"Bearer {sandbox.api_key}"}, timeout=60, verify=False
        )

    def close(self) -> None:
        self.client.close()
        self._http.close()

    def post(self, path: str, **content: Any) -> Any:
        return self._http.post(path, **content).raise_for_status().json()

    def directory(self, **files: str) -> str:
        directory = self.post("/api/v1/beta/directories", json={"name": "d", "type": "ephemeral"})["id"]
        for name, text in files.items():
            self.post(
                f"/api/v1/beta/directories/{directory}/files/upload",
                files={"upload_file": (f"{name}.md", text.encode())},
                data={"display_name": f"{name}.md", "unique_id": name},
            )
        return str(directory)

    def batch(self, directory: str, configuration: str = "cfg-PARSE_AGENTIC", product: str = "parse_v2") -> str:
        config = {"job": {"type": product, "configuration_id": configuration}}
        return str(self.post("/api/v2/batches", json={"source_directory_id": directory, "config": config})["id"])


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with Sandbox(SandboxOptions(data=tmp_path / "sandbox", speed=INSTANT)) as sandbox:
        started = Service(sandbox)
        yield started
        started.close()


def test_from_a_batch_to_the_markdown_of_its_jobs_and_back(service: Service) -> None:
    identifier = service.batch(service.directory(one="# One\n\nFirst words.\n", two="# Two\n\nOther words.\n"))

    async def scenario(pilot: Pilot[None]) -> None:
        assert f"⏎ batch {identifier}" in status(pilot)
        await press(pilot, "enter")
        assert lines(pilot)[0] == f" batches list > {identifier}"
        assert "▼ results: [2]" in screen(pilot)
        assert "⏎ job pjb-" in status(pilot)
        texts = []
        for _ in range(2):
            await press(pilot, "enter", "c")
            texts.append(clipboard(pilot))
            await press(pilot, "escape", "down")
        assert sorted(texts) == ["# One\n\nFirst words.\n", "# Two\n\nOther words.\n"]
        await press(pilot, "escape")
        assert lines(pilot)[0] == " batches list"

    play(app_of(service.client), scenario, (100, 40))


def test_the_tier_fast_gives_text(service: Service) -> None:
    parameters = {"product_type": "parse_v2", "tier": "fast", "version": "latest"}
    made = service.post("/api/v1/beta/configurations", json={"name": "x", "parameters": parameters})
    service.batch(service.directory(one="# One\n\nFirst words.\n"), made["id"])

    async def scenario(pilot: Pilot[None]) -> None:
        await press(pilot, "enter", "enter")
        assert "First words." in screen(pilot)
        await press(pilot, "m")
        assert status(pilot).startswith("this is no Markdown")

    play(app_of(service.client), scenario, (100, 40))


def test_an_extract_job_is_shown_as_json(service: Service) -> None:
    parameters = {
        "product_type": "extract_v2",
        "data_schema": {"type": "object", "properties": {"total": {"type": "string"}}},
    }
    made = service.post("/api/v1/beta/configurations", json={"name": "x", "parameters": parameters})
    service.batch(service.directory(one="# One\n\nTotal: 17\n"), made["id"], "extract_v2")

    async def scenario(pilot: Pilot[None]) -> None:
        await press(pilot, "enter", "enter")
        assert "extract_result: {" in screen(pilot)

    play(app_of(service.client), scenario, (100, 40))


def test_pages_of_the_service_come_as_one_scrolls(service: Service) -> None:
    directory = service.directory(one="text\n")
    made = {service.batch(directory) for _ in range(45)}

    async def scenario(pilot: Pilot[None]) -> None:
        assert "20 loaded, more below" in status(pilot)
        await press(pilot, "end")
        assert "40 loaded, more below" in status(pilot)
        await press(pilot, "end")
        assert "all 45" in status(pilot)
        await press(pilot, "tab", "home", "c")
        assert all(one in clipboard(pilot) for one in made)

    play(app_of(service.client), scenario)


class TestGuide:
    """Where values lead."""

    GUIDE_CASES = (
        (batch(), "batch bat-1"),
        (batch(results=[]), None),
        ({"job_reference": {"id": "pjb-1", "type": "parse_v2"}, "error_message": None}, "job pjb-1"),
        ({"id": "exj-1", "type": "extract_v2"}, "job exj-1"),
        ({"job_id": "pjb-2", "job_type": "parse_v2", "source": "a.pdf"}, "job pjb-2"),
        ({"job_reference": None, "error_message": "Unreadable"}, None),
        ({"job_reference": {"id": "x-1", "type": "classify_v9"}}, None),
        ({"job_reference": {"id": 7, "type": "parse_v2"}}, None),
        ({"id": "cfg-1", "config": {}}, None),
        ("bat-1", None),
        (None, None),
        ([], None),
    )

    @pytest.mark.parametrize(("value", "label"), GUIDE_CASES)
    def test_a_value_leads_to_its_batch_or_job(self, value: Any, label: str | None) -> None:
        link = ServiceGuide(client_of("http://127.0.0.1:9", "k"), ()).link(value)
        assert (link and link.label) == label

    def test_the_scope_goes_along_and_ids_are_escaped(self) -> None:
        server = ScriptedServer([Reply(body=batch("../bat 1", results=None))])
        client = client_of(server.url, "k")
        link = ServiceGuide(client, (("project_id", "prj-9"),)).link(batch("../bat 1"))
        assert link is not None
        content = link.open()
        client.close()
        server.close()
        assert isinstance(content, Answer)
        assert content.note == "RUNNING: no results yet; r asks again"
        assert server.seen[0].target == "/api/v2/batches/..%2Fbat%201?expand=results&project_id=prj-9"

    def test_a_job_that_goes_on_is_shown_as_json(self) -> None:
        job = {"job": {"id": "pjb-1", "project_id": "prj-1", "status": "RUNNING", "error_message": None}}
        server = ScriptedServer([Reply(body=job)])
        client = client_of(server.url, "k")
        link = ServiceGuide(client, ()).link({"id": "pjb-1", "type": "parse_v2"})
        assert link is not None
        content = link.open()
        client.close()
        server.close()
        assert isinstance(content, Answer)
        assert content.note.startswith("RUNNING")
        assert content.document.value == job
        assert not isinstance(content, Reading)


def test_a_page_that_fails_is_asked_for_again() -> None:
    replies = [
        Reply(body=page(*(batch(f"bat-{number}") for number in range(20)), token="t2")),
        Reply(503, {"detail": "busy"}),
        Reply(body=page(batch("bat-last"))),
    ]
    server = ScriptedServer(replies)
    client = client_of(server.url, "k")

    async def scenario(pilot: Pilot[None]) -> None:
        await press(pilot, "end")
        assert "503" in status(pilot)
        await press(pilot, "r")
        assert "all 21" in status(pilot)

    play(app_of(client), scenario, (100, 24))
    client.close()
    server.close()
    assert [dict(seen.query).get("page_token") for seen in server.seen] == [None, "t2", "t2"]
