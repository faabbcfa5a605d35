"""A sandbox on a real socket, folders of files, and `tool`, which runs command lines against it."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from llamacloud_cli.context import Context, Streams
from llamacloud_cli.main import main
from llamacloud_cli.sandbox import INSTANT, Sandbox, SandboxOptions
from tests.conftest import KEY, Result, Stream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

HASTE = 100.0
"""How much shorter the tool's pauses are than it asks for."""


class Service:
    """A sandbox, and what it has seen of the tool."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.http = httpx.Client(
            base_url=sandbox.base_url, headers={"authorization": f"Bearer {sandbox.api_key}"}, timeout=60, verify=False
        )

    def env(self) -> dict[str, str]:
        return {"LLAMA_CLOUD_BASE_URL": self.sandbox.base_url, "LLAMA_CLOUD_API_KEY": self.sandbox.api_key}

    def faults(self, *requests: dict[str, Any], **more: Any) -> None:
        self.http.put("/_sandbox/faults", json={"requests": list(requests), **more}).raise_for_status()

    def no_faults(self) -> None:
        self.http.delete("/_sandbox/faults").raise_for_status()

    def all(self, path: str, **query: Any) -> list[dict[str, Any]]:
        """Gives all items of a list."""
        found: list[dict[str, Any]] = []
        token: str | None = None
        while True:
            params = {"page_size": 1000, **query, **({"page_token": token} if token else {})}
            page = self.http.get(path, params=params).raise_for_status().json()
            found += page["items"]
            token = page["next_page_token"]
            if not token:
                return found

    def batches(self) -> list[dict[str, Any]]:
        return self.all("/api/v2/batches")

    def uploads(self) -> list[dict[str, Any]]:
        """Gives the files of all directories."""
        directories = self.all("/api/v1/beta/directories")
        return [file for one in directories for file in self.all(f"/api/v1/beta/directories/{one['id']}/files")]

    def directory(self, names: list[str]) -> str:
        """Makes a directory with a small file of each name."""
        answer = self.http.post("/api/v1/beta/directories", json={"name": "d", "type": "ephemeral"})
        directory = str(answer.raise_for_status().json()["id"])
        for number, name in enumerate(names):
            self.http.post(
                f"/api/v1/beta/directories/{directory}/files/upload",
                files={"upload_file": ("upload.txt", f"text {number}\n".encode())},
                data={"display_name": name, "unique_id": str(number)},
            ).raise_for_status()
        return directory

    def batch(self, names: list[str]) -> str:
        """Makes a batch of small files."""
        config = {"job": {"type": "parse_v2", "configuration_id": "cfg-PARSE_AGENTIC"}}
        body = {"source_directory_id": self.directory(names), "config": config}
        return str(self.http.post("/api/v2/batches", json=body).raise_for_status().json()["id"])


class Tool:
    """Runs command lines against a service, with shortened pauses."""

    def __init__(self, service: Service, home: Path) -> None:
        self.service = service
        self.env = {**os.environ, **service.env(), "XDG_STATE_HOME": str(home), "HOME": str(home)}

    def __call__(
        self,
        *argv: str,
        stdin: bytes = b"",
        sleep: Callable[[float], None] | None = None,
        terminal: bool = False,
    ) -> Result:
        out, err = Stream(terminal=terminal), Stream(terminal=terminal)
        pause = sleep or (lambda seconds: time.sleep(seconds / HASTE))
        context = Context(Streams(Stream(stdin), out, err), self.env, sleep=pause)
        status = main(list(argv), context)
        return Result(int(status), out.text(), err.text())


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Service]]:
    """Starts sandboxes."""
    started: list[Service] = []

    def begin(**options: Any) -> Service:
        settings = {"data": tmp_path / f"sandbox-{len(started)}", "speed": INSTANT, "api_key": KEY, **options}
        service = Service(Sandbox(SandboxOptions(**settings)).start())
        started.append(service)
        return service

    yield begin
    for service in started:
        service.http.close()
        service.sandbox.close()


@pytest.fixture
def service(start: Callable[..., Service]) -> Service:
    """A sandbox in which batches and jobs are done at once."""
    return start()


@pytest.fixture
def tool(service: Service, tmp_path: Path) -> Tool:
    """Runs command lines against `service`."""
    return Tool(service, tmp_path / "home")


@pytest.fixture
def source(tmp_path: Path) -> Callable[..., Path]:
    """Makes a folder of small files; all hold different text."""

    def make(*names: str, count: int = 0) -> Path:
        folder = tmp_path / "source"
        for name in (*names, *(f"sub{number % 3}/note-{number:03d}.txt" for number in range(count))):
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"text of {name}\n", encoding="utf-8")
        return folder

    return make


def manifest(folder: Path) -> list[dict[str, Any]]:
    """Gives the lines of an output folder's manifest."""
    return [json.loads(line) for line in (folder / "manifest.jsonl").read_text().splitlines()]


def written(folder: Path) -> dict[str, str]:
    """Gives every result below an output folder by its name."""
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "manifest.jsonl" and ".llamacloud" not in path.parts
    }
