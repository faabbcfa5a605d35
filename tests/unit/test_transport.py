"""Proxies, certificates, and what of httpx and httpcore this package leans on."""

from __future__ import annotations

import os
import re
import shutil
import socket
import socketserver
import ssl
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import httpcore
import httpx
import pytest
import trustme

from llamacloud_cli.api.transport import make_transport, proxy_for, tls_context, without_password
from llamacloud_cli.errors import UsageError
from tests.commands import GET, failure
from tests.conftest import KEY
from tests.processes import finish, python
from tests.servers import DROP, Reply, ScriptedServer, batch, refusing_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import Runner

API = "https://api.example.com"


class TestProxyOfTheEnvironment:
    @pytest.mark.parametrize(
        ("url", "env", "proxy"),
        [
            (API, {}, None),
            (API, {"HTTPS_PROXY": "http://p:1"}, "http://p:1"),
            (API, {"https_proxy": "http://p:1"}, "http://p:1"),
            (API, {"https_proxy": "http://small:1", "HTTPS_PROXY": "http://LARGE:1"}, "http://small:1"),
            (API, {"HTTP_PROXY": "http://p:1"}, None),
            (API, {"ALL_PROXY": "http://p:1"}, "http://p:1"),
            (API, {"ALL_PROXY": "http://all:1", "HTTPS_PROXY": "http://own:1"}, "http://own:1"),
            (API, {"HTTPS_PROXY": ""}, None),
            (API, {"HTTPS_PROXY": "p:1"}, "http://p:1"),
            ("http://api.example.com", {"HTTP_PROXY": "http://p:1"}, "http://p:1"),
            ("http://api.example.com", {"HTTPS_PROXY": "http://p:1"}, None),
            (API, {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "*"}, None),
            (API, {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "api.example.com"}, None),
            (API, {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "other.com, .example.com"}, None),
            (API, {"HTTPS_PROXY": "http://p:1", "no_proxy": "example.com"}, None),
            (API, {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "ample.com"}, "http://p:1"),
            (API + ":8443", {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "api.example.com:8443"}, None),
            (API, {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "api.example.com:8443"}, "http://p:1"),
        ],
    )
    def test_of_a_url(self, url: str, env: dict[str, str], proxy: str | None) -> None:
        assert proxy_for(url, env) == proxy

    def test_loopback_goes_through_none(self, run: Runner, server: ScriptedServer) -> None:
        server.script = [Reply(body=batch())]
        with refusing_port() as port:
            proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), f"http://127.0.0.1:{port}")
            assert run(*GET, env={**proxies}).status == 0

    @pytest.mark.parametrize(
        ("proxy", "words"),
        [
            ("foo://user:pass@p:1", "proxy foo://p:1"),
            ("socks5://user:pass@p:1", "httpx[socks]"),
            ("http://user:pass@p:port", "proxy http://p:port"),
            ("user:pass@p:port", "proxy http://p:port"),
        ],
    )
    def test_one_of_a_kind_that_cannot_be_used_is_named_without_its_password(
        self, run: Runner, proxy: str, words: str
    ) -> None:
        line = failure(run(*GET, "--base-url", API, env={"HTTPS_PROXY": proxy}), 2)
        assert words in line
        assert "HTTPS_PROXY" in line
        assert "pass@" not in line

    @pytest.mark.parametrize(
        ("url", "shown"),
        [
            ("http://user:p@ss@proxy:1", "http://proxy:1"),
            ("http://proxy:1", "http://proxy:1"),
            ("user:pass@[bad", "[bad"),
            ("", ""),
        ],
    )
    def test_without_password(self, url: str, shown: str) -> None:
        assert without_password(url) == shown


class TestThroughAProxy:
    def through(self, run: Runner, server: ScriptedServer, **settings: str) -> str:
        """Calls an API that only the proxy could reach, and gives the line of the failure."""
        proxy = f"http://user:pass-word@127.0.0.1:{server.port}"
        line = failure(run(*GET, "--base-url", "https://api.invalid", env={"HTTPS_PROXY": proxy}), 7)
        assert f"https://api.invalid through the proxy http://127.0.0.1:{server.port}: " in line
        assert "pass-word" not in line
        return line

    def test_one_that_wants_a_password_is_named_and_asked_once(self, run: Runner, server: ScriptedServer) -> None:
        server.script = [Reply(407, b"<html>who are you</html>")]
        assert "407" in self.through(run, server)
        assert [(seen.method, seen.target) for seen in server.seen] == [("CONNECT", "api.invalid:443")]
        assert server.seen[0].headers["proxy-authorization"].startswith("Basic ")
        assert "authorization" not in server.seen[0].headers

    def test_one_that_cannot_reach_the_api_is_asked_again(self, run: Runner, server: ScriptedServer) -> None:
        server.script = [Reply(502)]
        assert "502" in self.through(run, server)
        assert len(server.seen) == 6

    def test_one_that_hangs_up(self, run: Runner, server: ScriptedServer) -> None:
        server.script = [DROP]
        self.through(run, server)

    def test_one_that_is_not_there(self, run: Runner) -> None:
        with refusing_port() as port:
            env: dict[str, str | None] = {"ALL_PROXY": f"http://user:pass-word@127.0.0.1:{port}"}
            line = failure(run(*GET, "--base-url", "https://api.invalid", env=env), 7)
        assert f"through the proxy http://127.0.0.1:{port}: no connection: Connection refused" in line
        assert "pass-word" not in line

    def test_the_api_is_reached_and_the_proxy_sees_no_key(
        self, run: Runner, authority: Path, serve: Callable[..., ScriptedServer]
    ) -> None:
        api = serve("api.invalid")
        tunnel = Tunnel(api.port)
        try:
            env: dict[str, str | None] = {"HTTPS_PROXY": f"http://127.0.0.1:{tunnel.port}"}
            result = run(*GET, "--base-url", "https://api.invalid", "--ca-bundle", str(authority), env=env)
        finally:
            tunnel.close()
        assert result.status == 0, result.stderr
        assert api.seen[0].headers["authorization"] == f"Bearer {KEY}"
        assert tunnel.heard[0].startswith(b"CONNECT api.invalid:443 HTTP/1.1\r\n")
        assert not any(KEY.encode() in piece for piece in tunnel.heard)


class Tunnel:
    """A proxy that knows CONNECT, whatever host is asked for leads to one port of this machine.

    Attributes:
        heard: what clients sent.
    """

    def __init__(self, target: int) -> None:
        self.heard: list[bytes] = []
        heard = self.heard

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                heard.append(self.request.recv(65536))
                with socket.create_connection(("127.0.0.1", target)) as api:
                    self.request.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                    back = threading.Thread(target=_pump, args=(api, self.request, []), daemon=True)
                    back.start()
                    _pump(self.request, api, heard)

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def _pump(source: socket.socket, target: socket.socket, heard: list[bytes]) -> None:
    try:
        while piece := source.recv(65536):
            heard.append(piece)
            target.sendall(piece)
    except OSError:
        return


@pytest.fixture(scope="module")
def ca() -> trustme.CA:
    """A certificate authority that nobody trusts."""
    return trustme.CA()


@pytest.fixture
def authority(ca: trustme.CA, tmp_path: Path) -> Path:
    """Its certificate as a file."""
    path = tmp_path / "ca.pem"
    ca.cert_pem.write_to_path(path)
    return path


@pytest.fixture
def serve(ca: trustme.CA) -> Iterator[Callable[..., ScriptedServer]]:
    """Starts an https server for a host, whose certificate may have expired."""
    started = []

    def start(host: str, *, expired: bool = False) -> ScriptedServer:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        end = datetime.now(UTC) - timedelta(days=1) if expired else None
        ca.issue_cert(host, not_after=end).configure_cert(context)
        started.append(ScriptedServer([Reply(body=batch())], tls=context))
        return started[-1]

    yield start
    for server in started:
        server.close()


class TestCertificates:
    def test_one_of_an_unknown_authority_is_refused_once_with_what_to_do(
        self, run: Runner, serve: Callable[..., ScriptedServer]
    ) -> None:
        server = serve("127.0.0.1")
        line = failure(run(*GET, "--base-url", server.url), 7)
        assert "no trusted TLS connection" in line
        assert "--ca-bundle" in line
        assert server.connections == 1
        assert server.seen == []

    def test_it_is_accepted_with_ca_bundle(
        self, run: Runner, serve: Callable[..., ScriptedServer], authority: Path
    ) -> None:
        server = serve("127.0.0.1")
        result = run(*GET, "--base-url", server.url, "--ca-bundle", str(authority))
        assert (result.status, result.stderr) == (0, "")
        assert server.seen[0].headers["authorization"] == f"Bearer {KEY}"

    def test_or_with_ssl_cert_file(self, run: Runner, serve: Callable[..., ScriptedServer], authority: Path) -> None:
        server = serve("127.0.0.1")
        assert run(*GET, "--base-url", server.url, env={"SSL_CERT_FILE": str(authority)}).status == 0

    @pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl names the file by its hash")
    def test_or_with_a_folder_of_hashed_names(
        self, run: Runner, serve: Callable[..., ScriptedServer], authority: Path, tmp_path: Path
    ) -> None:
        """The folder is one that `openssl rehash` made."""
        folder = tmp_path / "certs"
        folder.mkdir()
        name = finish("openssl", "x509", "-noout", "-subject_hash", "-in", str(authority))
        (folder / f"{name.stdout.strip()}.0").write_bytes(authority.read_bytes())
        assert run(*GET, "--base-url", serve("127.0.0.1").url, "--ca-bundle", str(folder)).status == 0

    def test_ca_bundle_replaces_the_usual_ones(self, authority: Path) -> None:
        assert len(tls_context(str(authority), {}).get_ca_certs()) == 1
        assert len(tls_context(None, {}).get_ca_certs()) > 50

    @pytest.mark.parametrize(("host", "expired"), [("other.example", False), ("127.0.0.1", True)])
    def test_one_for_another_host_or_one_that_expired_is_refused_once(
        self, run: Runner, serve: Callable[..., ScriptedServer], authority: Path, host: str, *, expired: bool
    ) -> None:
        server = serve(host, expired=expired)
        line = failure(run(*GET, "--base-url", server.url, "--ca-bundle", str(authority)), 7)
        assert ("expired" if expired else "127.0.0.1") in line.partition("no trusted TLS connection")[2]
        assert server.connections == 1
        assert server.seen == []

    def test_a_port_that_speaks_no_tls_gets_no_key(self, run: Runner) -> None:
        heard: list[bytes] = []

        def answer(listening: socket.socket) -> None:
            connection, _ = listening.accept()
            with connection:
                heard.append(connection.recv(65536))
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        with socket.create_server(("127.0.0.1", 0)) as listening:
            thread = threading.Thread(target=answer, args=(listening,), daemon=True)
            thread.start()
            line = failure(run(*GET, "--base-url", f"https://127.0.0.1:{listening.getsockname()[1]}"), 7)
        thread.join(5)
        assert "no TLS connection: wrong version number" in line or "no TLS connection: record layer" in line
        assert "--ca-bundle" not in line
        assert "tried" not in line
        assert KEY.encode() not in heard[0]

    @pytest.mark.parametrize(
        ("name", "words"),
        [
            ("missing.pem", "No such file or directory"),
            ("empty.pem", "it holds none"),
            ("text.pem", "it holds none"),
            ("secret.pem", "it holds none"),
        ],
    )
    def test_a_bundle_that_cannot_be_read_is_named_before_anything_is_sent(
        self, run: Runner, tmp_path: Path, name: str, words: str
    ) -> None:
        (tmp_path / "empty.pem").write_bytes(b"")
        (tmp_path / "text.pem").write_bytes(b"no certificate")
        (tmp_path / "secret.pem").write_bytes(b"-----BEGIN CERTIFICATE-----\nhunter2\n-----END CERTIFICATE-----\n")
        path = tmp_path / name
        line = failure(run(*GET, "--base-url", API, "--ca-bundle", str(path)), 2)
        assert f"--ca-bundle: cannot read certificates from '{path}': {words}" in line
        assert "hunter2" not in line
        line = failure(run(*GET, "--base-url", API, env={"SSL_CERT_FILE": str(path)}), 2)
        assert "SSL_CERT_FILE" in line

    @pytest.mark.skipif(getattr(os, "geteuid", int)() == 0, reason="root may read every file")
    def test_a_bundle_without_permission(self, run: Runner, authority: Path) -> None:
        authority.chmod(0)
        assert "Permission denied" in failure(run(*GET, "--base-url", API, "--ca-bundle", str(authority)), 2)

    def test_an_empty_name_is_no_bundle(self, run: Runner) -> None:
        """`--ca-bundle "$UNSET"` must not quietly mean the usual certificates."""
        assert "--ca-bundle: an empty name" in failure(run(*GET, "--base-url", API, "--ca-bundle", ""), 2)


class TestWhatIsLeanedOn:
    """These fail where a new version of httpx or httpcore no longer has what is used."""

    @pytest.mark.parametrize("proxy", [None, "http://p:1", "https://p:1"])
    def test_the_pool_of_a_transport_takes_a_network_backend(self, proxy: str | None) -> None:
        """httpx has no public way to hand one over."""
        fresh = httpx.HTTPTransport(proxy=proxy)
        assert isinstance(fresh._pool, httpcore.ConnectionPool)
        assert isinstance(fresh._pool._network_backend, httpcore.NetworkBackend)
        ours = make_transport(API, proxy=proxy, ca_bundle=None, env={})
        assert isinstance(ours._pool, httpcore.ConnectionPool)
        assert type(ours._pool._network_backend).__module__ == "llamacloud_cli.api.transport"

    @pytest.mark.parametrize("way", ["http", "https", "tunnel"])
    def test_an_answer_names_the_stream_that_it_came_by(
        self, server: ScriptedServer, serve: Callable[..., ScriptedServer], authority: Path, way: str
    ) -> None:
        """By it an answer is known that came before its request, on each kind of connection."""
        api = server if way == "http" else serve("127.0.0.1")
        tunnel = Tunnel(api.port)
        proxy = f"http://127.0.0.1:{tunnel.port}" if way == "tunnel" else None
        transport = make_transport(api.url, proxy=proxy, ca_bundle=str(authority), env={})
        try:
            response = transport.handle_request(httpx.Request("GET", api.url))
            stream = response.extensions["network_stream"]
            response.close()
        finally:
            transport.close()
            tunnel.close()
        assert type(stream).__module__ == "llamacloud_cli.api.transport"
        assert stream.was_read

    def test_a_request_imports_nothing_that_it_does_not_use(self, server: ScriptedServer) -> None:
        """httpcore would import anyio for asynchronous calls, httpx click, pygments and rich for its own command."""
        server.script = [Reply(body=batch())]
        code = (
            "import sys; from llamacloud_cli.main import main; main(['batches', 'get', 'bat-1']);"
            "print(*sys.modules, file=sys.stderr)"
        )
        done = python(code, url=server.url)
        assert done.returncode == 0
        loaded = set(done.stderr.split())
        assert {"httpx", "httpcore"} <= loaded
        assert not loaded & {"anyio", "asyncio", "click", "pygments", "rich", "pydantic"}

    def test_what_was_kept_back_can_be_imported_afterwards(self) -> None:
        done = python("import llamacloud_cli.api, anyio; assert anyio.run")
        assert done.returncode == 0, done.stderr

    def test_no_tls_context_is_made_for_http(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("llamacloud_cli.api.transport.tls_context", lambda *_: pytest.fail("it was made"))
        make_transport("http://127.0.0.1:1", proxy=None, ca_bundle="ignored", env={}).close()

    def test_but_for_a_proxy_that_speaks_https(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match=re.escape("--ca-bundle")):
            make_transport("http://127.0.0.1:1", proxy="HTTPS://127.0.0.1:2", ca_bundle=str(tmp_path / "no"), env={})

    def test_bad_certificates_are_refused_as_usage(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match=re.escape("--ca-bundle")) as refused:
            make_transport(API, proxy=None, ca_bundle=str(tmp_path / "gone"), env={})
        assert refused.value.hint == "check the path"
