"""Row 6. No API call follows a redirect, so that key and body stay where they belong; the target's host is named."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest
import trustme

from tests.commands import CREATE, LIST, failure, repeatable_command
from tests.conftest import KEY
from tests.servers import BatchService, Reply, ScriptedServer, Seen, batch, page
from tests.workflows.conftest import written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import Runner
    from tests.faults.server import Relay
    from tests.workflows.conftest import Service, Tool

STATUSES = [301, 302, 303, 307, 308]
statuses = pytest.mark.parametrize("status", STATUSES)


@pytest.fixture
def other() -> Iterator[ScriptedServer]:
    """A server on another port, which must never hear of anything."""
    server = ScriptedServer([Reply(body=batch())])
    yield server
    server.close()


@statuses
@repeatable_command
def test_row06_get_list_and_cancel_follow_none_to_another_port(
    run: Runner, server: ScriptedServer, other: ScriptedServer, argv: tuple[str, ...], status: int
) -> None:
    server.script = [Reply(status, b"", {"location": f"{other.url}/api/v2/batches"})]
    line = failure(run(*argv), 1)
    assert f"redirects to 127.0.0.1:{other.port}; API calls follow no redirect" in line
    assert other.connections == 0
    assert len(server.seen) == 1


@statuses
def test_row06_a_create_follows_none_to_another_port(
    run: Runner, server: ScriptedServer, other: ScriptedServer, status: int
) -> None:
    """303 says that something was done already, so the batch is looked for: status 9 where there is none."""
    server.script = BatchService(Reply(status, b"", {"location": f"{other.url}/x"}), effect=(False,))
    result = run(*CREATE)
    assert (result.status, result.stdout) == (9 if status == 303 else 1, "")
    assert f"redirects to 127.0.0.1:{other.port}" in result.stderr
    assert other.connections == 0
    assert len(server.of("POST")) == 1


LOCATIONS = {
    "plain-http": ("http://elsewhere.example/x", "elsewhere.example"),
    "https": ("https://elsewhere.example:8443/x", "elsewhere.example:8443"),
    "no-scheme": ("//elsewhere.example/x", "elsewhere.example"),
    "a-user": ("https://api.cloud.llamaindex.ai@elsewhere.example/", "elsewhere.example"),
    "a-path": ("/login", "another place of the same host"),
    "ipv6": ("http://[::1]:1/", "::1:1"),
    "unreadable": ("http://[::1", "an unreadable address"),
    "a-port-that-is-none": ("http://elsewhere.example:port/", "an unreadable address"),
    "empty": ("", "another place of the same host"),
}


@pytest.mark.parametrize(("location", "host"), LOCATIONS.values(), ids=LOCATIONS)
@statuses
def test_row06_the_host_of_the_target_is_named(
    run: Runner, server: ScriptedServer, status: int, location: str, host: str
) -> None:
    server.script = [Reply(status, b"<html>", {"location": location})]
    assert f"{status}: the server redirects to {host}; " in failure(run("batches", "get", "bat-1"), 1)
    assert len(server.seen) == 1


@statuses
def test_row06_an_upload_follows_none_either(
    service: Service,
    relay: Callable[..., Relay],
    tool: Tool,
    source,
    other: ScriptedServer,
    tmp_path: Path,
    status: int,
) -> None:
    """307 and 308 ask for the same body again, which would be the user's file."""
    location = {"location": f"{other.url}/upload"}
    relay(lambda seen, _: Reply(status, b"", location) if seen.path.endswith("/upload") else None)
    result = tool("batches", "run", str(source("a.txt")), "--parse", "-o", str(tmp_path / "out"))
    assert (result.status, result.stdout) == (1, "")
    assert f"redirects to 127.0.0.1:{other.port}" in result.stderr
    assert other.connections == 0
    assert service.batches() == []


@pytest.mark.parametrize("header", ["location", "content-location", "refresh", "link", "alt-svc"])
@repeatable_command
def test_row06_no_header_of_a_good_answer_leads_elsewhere(
    run: Runner, server: ScriptedServer, other: ScriptedServer, argv: tuple[str, ...], header: str
) -> None:
    url = {"refresh": f"0; url={other.url}", "link": f"<{other.url}>; rel=canonical", "alt-svc": f'h2=":{other.port}"'}
    body = page(batch()) if argv == LIST else batch()
    server.script = [Reply(body=body, headers={header: url.get(header, other.url)})]
    assert run(*argv).status == 0
    assert run(*argv).status == 0
    assert (len(server.seen), other.connections) == (2, 0)


class TestDownloads:
    """The presigned URL of a result may lead on, from https to https, and never with the key."""

    @pytest.fixture
    def https(self, tmp_path: Path) -> Iterator[Callable[[Callable[[Seen], Reply]], ScriptedServer]]:
        ca, started = trustme.CA(), []
        ca.cert_pem.write_to_path(tmp_path / "ca.pem")

        def start(script: Callable[[Seen], Reply]) -> ScriptedServer:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            ca.issue_cert("127.0.0.1").configure_cert(context)
            started.append(ScriptedServer(script, tls=context))
            return started[-1]

        yield start
        for server in started:
            server.close()

    def api(self, url: str) -> Callable[[Seen], Reply]:
        """Gives a script of one batch whose only result is too large for an answer and lies at a presigned URL."""
        job = {"id": "pjb-1", "status": "COMPLETED", "error_message": None}
        reference = {"id": "pjb-1", "type": "parse_v2"}
        results = [{"source_directory_file_id": "dfl-1", "job_reference": reference, "error_message": None}]

        def script(seen: Seen) -> Reply:
            if seen.path.startswith("/api/v2/batches"):
                return Reply(body=batch(status="COMPLETED", results=results))
            if seen.path.endswith("/files"):
                return Reply(body=page({"id": "dfl-1", "unique_id": "u", "display_name": "big.pdf"}))
            if seen.path == "/api/v2/parse":
                return Reply(body=page(job))
            if ("expand", "markdown_content_metadata") in seen.query:
                return Reply(body={"job": job, "result_content_metadata": {"markdown": {"presigned_url": url}}})
            return Reply(raw=b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n", more=lambda: iter([HEAVY]))

        return script

    def results(self, run: Runner, api: ScriptedServer, tmp_path: Path) -> tuple[int, str]:
        folder = str(tmp_path / "out")
        bundle = str(tmp_path / "ca.pem")
        result = run("batches", "results", "bat-1", "-o", folder, "--base-url", api.url, "--ca-bundle", bundle)
        return result.status, result.stderr

    @statuses
    def test_row06_a_presigned_url_redirects_within_https_without_the_key(
        self, run: Runner, https: Callable[..., ScriptedServer], tmp_path: Path, status: int
    ) -> None:
        store = https(lambda _: Reply(body=b"# Large\n"))
        first = https(lambda _: Reply(status, b"", {"location": f"{store.url}/real?signature=s2"}))
        api = https(self.api(f"{first.url}/presigned?signature=s1"))
        assert self.results(run, api, tmp_path)[0] == 0
        assert written(tmp_path / "out") == {"big.pdf.md": "# Large\n"}
        assert len(first.seen) == len(store.seen) == 1
        for seen in (*first.seen, *store.seen):
            assert seen.method == "GET"
            assert "authorization" not in seen.headers
            assert not any(KEY in value for value in seen.headers.values())
        assert all(seen.headers["authorization"] == f"Bearer {KEY}" for seen in api.seen)

    @pytest.mark.parametrize("target", ["http://127.0.0.1:{}/x", "file:///etc/passwd", "ftp://127.0.0.1:{}/x"])
    def test_row06_a_presigned_url_leads_nowhere_but_to_https(
        self, run: Runner, https: Callable[..., ScriptedServer], other: ScriptedServer, tmp_path: Path, target: str
    ) -> None:
        location = target.format(other.port)
        first = https(lambda _: Reply(302, b"", {"location": location}))
        status, stderr = self.results(run, https(self.api(f"{first.url}/presigned?signature=s1")), tmp_path)
        assert status == 1
        assert "a download leads to" in stderr
        assert "nothing was fetched" in stderr
        assert "s1" not in stderr
        assert other.connections == 0
        assert written(tmp_path / "out") == {}

    @pytest.mark.parametrize("url", ["https://[::1/x", "https://127.0.0.1:99999/x", "https://", "\n"])
    def test_row06_a_presigned_url_that_cannot_be_read_is_one_line(
        self, run: Runner, https: Callable[..., ScriptedServer], tmp_path: Path, url: str
    ) -> None:
        status, stderr = self.results(run, https(self.api(url)), tmp_path)
        assert status == 1
        assert "a download leads to an unusable address" in stderr
        assert stderr.count("\n") == 1
        assert written(tmp_path / "out") == {}

    def test_row06_a_circle_of_redirects_ends(
        self, run: Runner, https: Callable[..., ScriptedServer], tmp_path: Path
    ) -> None:
        first = https(lambda _: Reply(302, b"", {"location": "/again"}))
        status, stderr = self.results(run, https(self.api(f"{first.url}/presigned")), tmp_path)
        assert status == 1
        assert "redirected more than 5 times" in stderr
        assert len(first.seen) == 6


def _heavy() -> bytes:
    import gzip

    return gzip.compress(b"[]," * 1_000_000, 1)


HEAVY = _heavy()
"""An answer that would take too much memory, so that the result is downloaded instead."""
