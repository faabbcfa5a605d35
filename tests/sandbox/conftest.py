"""Sandboxes on loopback ports, and clients whose every answer is checked against the API's description."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import jsonschema
import pytest
from llama_cloud import LlamaCloud

from llamacloud_cli.sandbox import INSTANT, Sandbox, SandboxOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HERE = Path(__file__).parent
DESCRIPTION: dict[str, Any] = json.loads((HERE / "openapi.json").read_text())


@cache
def _operations() -> list[tuple[str, re.Pattern[str], dict[str, Any]]]:
    found = []
    for path, methods in DESCRIPTION["paths"].items():
        pattern = re.compile(re.sub(r"\{\w+\}", "[^/]+", path) + "$")
        # Plain paths first: `/files/upload` is not a file of that id.
        found += [(method.upper(), pattern, operation) for method, operation in methods.items()]
    return sorted(found, key=lambda entry: entry[1].pattern.count("[^/]+"))


@cache
def _validator(pointer: str) -> jsonschema.Draft202012Validator:
    schema = {**json.loads(pointer), "components": DESCRIPTION["components"]}
    return jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())


def check_answer(response: httpx.Response) -> None:
    """Fails where an answer is none of those that the API's description has for its route."""
    assert response.headers["x-request-id"]
    assert response.status_code < 500, response.text
    path = response.request.url.path
    if not path.startswith("/api/"):
        return
    response.read()
    operation = next(
        (op for method, pattern, op in _operations() if method == response.request.method and pattern.match(path)),
        None,
    )
    if operation is None and response.status_code < 400:
        return  # newer than the description: the official SDK's strict models are the check
    declared = operation["responses"].get(str(response.status_code)) if operation else None
    if declared is None:
        assert response.status_code >= 400
        assert set(response.json()) == {"detail"}
        return
    if "content" not in declared:
        assert response.content == b""
        return
    schema = declared["content"]["application/json"]["schema"]
    _validator(json.dumps(schema)).validate(response.json())


@dataclass
class Clock:
    """A clock that stands still until a test moves it."""

    seconds: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.seconds

    def pass_time(self, seconds: float) -> None:
        self.seconds += seconds


class Api:
    """A sandbox with a checked plain client and a strict official one."""

    def __init__(self, sandbox: Sandbox, clock: Clock | None) -> None:
        self.sandbox = sandbox
        self.clock = clock
        self.http = self._client(base_url=sandbox.base_url, headers={"Authorization": f"Bearer {sandbox.api_key}"})
        self._sdk_http: httpx.Client | None = None

    @cached_property
    def sdk(self) -> LlamaCloud:
        self._sdk_http = self._client()
        return LlamaCloud(
            api_key=self.sandbox.api_key,
            base_url=self.sandbox.base_url,
            max_retries=0,
            http_client=self._sdk_http,
            _strict_response_validation=True,
        )

    @staticmethod
    def _client(**options: Any) -> httpx.Client:
        # verify: plain HTTP needs no certificates, and loading them takes long.
        return httpx.Client(event_hooks={"response": [check_answer]}, timeout=30, verify=False, **options)

    def close(self) -> None:
        self.http.close()
        if self._sdk_http is not None:
            self._sdk_http.close()
        self.sandbox.close()

    def directory(self, files: dict[str, bytes] | int = 1, *, kind: str = "user") -> str:
        """A new directory with files; a number gives small text files."""
        if isinstance(files, int):
            files = {f"note-{n}.txt": f"Reference: R-{n}\nTotal: {n}.50\n".encode() for n in range(files)}
        directory = self.post("/api/v1/beta/directories", {"name": "d", "type": kind})["id"]
        for name, content in files.items():
            self.upload(directory, name, content)
        return str(directory)

    def upload(self, directory: str, name: str, content: bytes, **fields: str) -> dict[str, Any]:
        response = self.http.post(
            f"/api/v1/beta/directories/{directory}/files/upload", files={"upload_file": (name, content)}, data=fields
        )
        assert response.status_code == 201, response.text
        return dict(response.json())

    def batch(self, directory: str, configuration: str = "cfg-PARSE_AGENTIC", **more: Any) -> dict[str, Any]:
        kind = "parse_v2" if "PARSE" in configuration else "extract_v2"
        config = {"job": {"type": kind, "configuration_id": configuration}}
        return self.post("/api/v2/batches", {"source_directory_id": directory, "config": config, **more})

    def post(self, path: str, value: object) -> dict[str, Any]:
        response = self.http.post(path, json=value)
        assert response.status_code in {200, 201}, response.text
        return dict(response.json())

    def get(self, path: str, **query: Any) -> dict[str, Any]:
        response = self.http.get(path, params=query)
        assert response.status_code == 200, response.text
        return dict(response.json())

    def jobs(self, batch: dict[str, Any], *expand: str) -> list[dict[str, Any]]:
        """The jobs of a batch that has ended, in the order of its results."""
        results = self.get(f"/api/v2/batches/{batch['id']}", expand="results")["results"]
        references = [result["job_reference"] for result in results]
        paths = {"parse_v2": "parse", "extract_v2": "extract"}
        return [self.get(f"/api/v2/{paths[r['type']]}/{r['id']}", expand=list(expand)) for r in references if r]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Api]]:
    """Starts sandboxes; all on one data folder unless told otherwise."""
    started: list[Api] = []

    def start(**options: Any) -> Api:
        options.setdefault("data", tmp_path / "data")
        clock = options.get("clock")
        api = Api(Sandbox(SandboxOptions(**options)).start(), clock if isinstance(clock, Clock) else None)
        started.append(api)
        return api

    yield start
    for api in started:
        api.close()


@pytest.fixture
def instant(serve: Callable[..., Api]) -> Api:
    """A sandbox in which a batch has ended when its create is answered."""
    return serve(speed=INSTANT)


@pytest.fixture
def clock() -> Clock:
    """A clock that stands still until a test moves it."""
    return Clock()


@pytest.fixture
def timed(serve: Callable[..., Api], clock: Clock) -> Api:
    """A sandbox at the speed of the model, by that clock."""
    return serve(speed=1.0, clock=clock)


@pytest.fixture
def samples() -> Path:
    """The documents that the package ships."""
    import llamacloud_cli.sandbox

    return Path(llamacloud_cli.sandbox.__file__).parent / "samples"
