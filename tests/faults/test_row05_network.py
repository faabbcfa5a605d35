"""Row 5. Connections that fail, at every stage: status 7, one clear line, repeated where that may help."""

from __future__ import annotations

import socket
import ssl
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import trustme

from tests.commands import CREATE, GET, failure, repeatable_command
from tests.faults.conftest import NO_WAIT
from tests.faults.server import read_head, reset
from tests.processes import PROGRAM, environment
from tests.servers import DROP, RESET, Reply, ScriptedServer, batch, page, refusing_port
from tests.workflows.conftest import written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import Runner
    from tests.faults.server import Relay, WireServer
    from tests.workflows.conftest import Service, Tool

API = "https://api.invalid"
GOOD = b"HTTP/1.1 200 OK\r\ncontent-length: 15\r\n\r\n" + b'{"id": "bat-1"}'


@repeatable_command
def test_row05_refused_connections_are_repeated_and_then_status_7(run: Runner, argv: tuple[str, ...]) -> None:
    with refusing_port() as port:
        run.base_url = f"http://127.0.0.1:{port}"
        line = failure(run(*argv, "--max-retries", "2"), 7)
    assert f"http://127.0.0.1:{port}: no connection: Connection refused (tried 3 times)" in line
    assert len(run.sleeps) == 2


def test_row05_a_create_that_is_refused_a_connection_created_nothing(run: Runner) -> None:
    with refusing_port() as port:
        run.base_url = f"http://127.0.0.1:{port}"
        line = failure(run(*CREATE, "--max-retries", "1"), 7)
        assert "may or may not" not in line
        assert "nothing was created" in failure(run(*CREATE, "--list-before", "--max-retries", "1"), 7)


def before_the_request(connection: socket.socket) -> None:
    reset(connection)


def after_the_headers(connection: socket.socket) -> None:
    read_head(connection)
    reset(connection)


def in_the_headers_of_the_answer(connection: socket.socket) -> None:
    read_head(connection)
    connection.sendall(GOOD[:30])
    time.sleep(0.05)  # what is sent arrives before the reset
    reset(connection)


def in_the_body_of_the_answer(connection: socket.socket) -> None:
    read_head(connection)
    connection.sendall(GOOD[:-5])
    time.sleep(0.05)
    reset(connection)


STAGES = (before_the_request, after_the_headers, in_the_headers_of_the_answer, in_the_body_of_the_answer)


@pytest.mark.parametrize("stage", STAGES)
@repeatable_command
def test_row05_a_reset_is_repeated_and_then_status_7(
    run: Runner, wire: Callable[..., WireServer], argv: tuple[str, ...], stage: Callable[[socket.socket], None]
) -> None:
    server = wire(stage)
    run.base_url = server.url
    failure(run(*argv, "--max-retries", "2"), 7)
    assert server.connections == 3


@pytest.mark.parametrize("stage", STAGES)
def test_row05_after_a_reset_the_next_connection_serves(
    run: Runner, wire: Callable[..., WireServer], stage: Callable[[socket.socket], None]
) -> None:
    def talk(connection: socket.socket) -> None:
        if server.connections == 1:
            stage(connection)
        else:
            read_head(connection)
            connection.sendall(GOOD)

    server = wire(talk)
    run.base_url = server.url
    assert run(*GET).json == {"id": "bat-1"}


def test_row05_uploads_reset_in_their_body_are_sent_again_once(
    service: Service, relay: Callable[..., Relay], tool: Tool, source, tmp_path: Path
) -> None:
    cut: list[str] = []

    def cuts(_: str, target: str) -> bool:
        is_cut = target.endswith("/upload") and len(cut) < 2
        cut.extend([target] if is_cut else [])
        return is_cut

    relay(cuts=cuts)
    result = tool("batches", "run", str(source("a.txt", "b.txt")), "--parse", "-o", str(tmp_path / "out"))
    assert result.status == 0, result.stderr
    assert len(cut) == 2
    assert sorted(written(tmp_path / "out")) == ["a.txt.md", "b.txt.md"]
    assert len(service.uploads()) == 2


def test_row05_a_server_that_reads_nothing_ends_an_upload_by_the_deadline(
    service: Service, tool: Tool, wire: Callable[..., WireServer], tmp_path: Path
) -> None:
    """The kernel takes some of the body; where nobody reads on, the deadline of the call ends it."""
    head = b"HTTP/1.1 201 Created\r\ncontent-type: application/json\r\n"

    def talk(connection: socket.socket) -> None:
        while request := read_head(connection):
            if b"/upload" in request.split(b"\r\n", 1)[0]:
                time.sleep(60)
            body = b'{"items": []}' if request.startswith(b"GET") else b'{"id": "dir-1"}'
            connection.sendall(head + b"content-length: %d\r\n\r\n" % len(body) + body)

    tool.env["LLAMA_CLOUD_BASE_URL"] = wire(talk).url
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "large.txt").write_bytes(b"x" * 8_000_000)
    began = time.monotonic()
    command = ("batches", "run", str(folder), "--configuration", "cfg-PARSE_X", "--http-timeout", "0.5")
    result = subprocess.run(
        [sys.executable, "-c", NO_SLOW_UPLOADS, *command, "--max-retries", "0", "-o", str(tmp_path / "out")],
        env={**environment(tool.env["LLAMA_CLOUD_BASE_URL"])}, capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    assert result.returncode == 7, result.stderr
    assert b"no whole answer within" in result.stderr
    assert time.monotonic() - began < NO_WAIT


NO_SLOW_UPLOADS = """
import sys
from llamacloud_cli.api import files
files.SLOWEST_UPLOAD = 1 << 40
from llamacloud_cli.main import main
sys.exit(main(sys.argv[1:]))
"""
"""Uploads get more time by their size, four minutes for this one; the test does without."""


class TestNames:
    def test_row05_a_name_that_does_not_exist(self, run: Runner) -> None:
        line = failure(run(*GET, "--base-url", API, "--max-retries", "1"), 7)
        assert f"{API}: no connection: " in line
        assert "Errno" not in line
        assert "tried 2 times" in line

    @pytest.mark.parametrize("host", ["a" * 64 + ".example", "a..example"])
    def test_row05_what_can_be_no_name(self, run: Runner, host: str) -> None:
        assert run(*GET, "--base-url", f"https://{host}", "--max-retries", "0").status in (2, 7)

    def test_row05_a_resolver_that_never_answers_is_bounded_by_the_deadline(self) -> None:
        """No time-out of a socket ends the resolver of the operating system; here it sleeps for an hour."""
        code = (
            "import socket, sys, time\n"
            "socket.getaddrinfo = lambda *_, **__: time.sleep(3600)\n"
            "from llamacloud_cli.__main__ import end_process\n"
            "from llamacloud_cli.main import main\n"
            "end_process(main(sys.argv[1:]))"
        )
        began = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-c", code, *GET, "--base-url", API, "--http-timeout", "0.5", "--max-retries", "1"],
            env=environment(""), capture_output=True, check=False, timeout=60,
        )  # fmt: skip
        assert done.returncode == 7
        assert b"no connection in time: the name is not resolved (tried 2 times)" in done.stderr
        assert done.stdout == b""
        assert time.monotonic() - began < NO_WAIT

    @pytest.mark.parametrize("order", [1, -1], ids=["the-second-serves", "the-first-serves"])
    def test_row05_the_next_address_is_tried_where_the_first_refuses(
        self, run: Runner, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch, order: int
    ) -> None:
        """As for `localhost` on a machine with IPv6, whose server listens to IPv4 alone."""
        server.script = [Reply(body=batch())]
        both = [(socket.AF_INET6, 1, 6, "", ("::1", server.port, 0, 0)), (2, 1, 6, "", ("127.0.0.1", server.port))]
        both = both[::order]
        original = socket.getaddrinfo
        monkeypatch.setattr(
            "socket.getaddrinfo", lambda host, *a, **k: both if host == "localhost" else original(host, *a, **k)
        )
        assert run(*GET, "--base-url", f"http://localhost:{server.port}", "--max-retries", "0").status == 0


@pytest.fixture(scope="module")
def ca() -> trustme.CA:
    """A certificate authority that nobody trusts."""
    return trustme.CA()


@pytest.fixture
def https(ca: trustme.CA) -> Iterator[Callable[..., ScriptedServer]]:
    """Starts https servers whose certificates have something wrong."""
    started = []

    def start(host: str = "127.0.0.1", *, by: trustme.CA | None = None, expired: bool = False) -> ScriptedServer:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        end = datetime.now(UTC) - timedelta(days=1) if expired else None
        (by or ca).issue_cert(host, not_after=end).configure_cert(context)
        started.append(ScriptedServer([Reply(body=batch())], tls=context))
        return started[-1]

    yield start
    for server in started:
        server.close()


class TestTls:
    """A certificate that is not trusted today is not trusted in a second either: it is asked for once."""

    def refused(self, run: Runner, server: ScriptedServer, *flags: str) -> str:
        line = failure(run(*GET, "--base-url", server.url, *flags), 7)
        assert "no trusted TLS connection" in line
        assert "--ca-bundle FILE or SSL_CERT_FILE" in line
        assert server.connections == 1
        assert server.seen == []
        return line

    def test_row05_a_certificate_of_nobody_known(self, run: Runner, https: Callable[..., ScriptedServer]) -> None:
        self.refused(run, https(by=trustme.CA()))

    @pytest.mark.parametrize(("host", "expired", "words"), [("127.0.0.1", True, "expired"), ("a.example", False, "IP")])
    def test_row05_one_that_expired_or_is_for_another_name(
        self, run: Runner, https: Callable[..., ScriptedServer], ca: trustme.CA, tmp_path: Path, host: str,
        words: str, *, expired: bool,
    ) -> None:  # fmt: skip
        ca.cert_pem.write_to_path(tmp_path / "ca.pem")
        server = https(host, expired=expired)
        assert words in self.refused(run, server, "--ca-bundle", str(tmp_path / "ca.pem"))

    def test_row05_a_create_sends_nothing_either(self, run: Runner, https: Callable[..., ScriptedServer]) -> None:
        server = https()
        assert "may or may not" not in failure(run(*CREATE, "--base-url", server.url), 7)
        assert server.connections == 1
        assert server.seen == []

    def test_row05_the_hint_helps(
        self, run: Runner, https: Callable[..., ScriptedServer], ca: trustme.CA, tmp_path: Path
    ) -> None:
        ca.cert_pem.write_to_path(tmp_path / "ca.pem")
        url = https().url
        assert run(*GET, "--base-url", url, "--ca-bundle", str(tmp_path / "ca.pem")).status == 0
        assert run(*GET, "--base-url", url, env={"SSL_CERT_FILE": str(tmp_path / "ca.pem")}).status == 0

    def test_row05_a_handshake_byte_by_byte_is_bounded_by_the_deadline(
        self, run: Runner, wire: Callable[..., WireServer]
    ) -> None:
        def talk(connection: socket.socket) -> None:
            connection.recv(4096)
            connection.sendall(b"\x16\x03\x03\x40\x00")  # a record of 16 KiB
            while True:
                connection.sendall(b"\x02")
                time.sleep(0.05)

        url = wire(talk).url.replace("http:", "https:")
        began = time.monotonic()
        failure(run(*GET, "--base-url", url, "--http-timeout", "0.5", "--max-retries", "0"), 7)
        assert time.monotonic() - began < NO_WAIT


PROXIES = {
    "407": (Reply(407, b"<html>who are you</html>"), "407", {1}),
    "403-html": (Reply(403, b"<html>blocked</html>", {"content-type": "text/html"}), "403", {1}),
    "502-html": (Reply(502, b"<html>Bad Gateway</html>"), "502", {3}),
    "200-html": (Reply(raw=b"HTTP/1.1 200 OK\r\n\r\n<html>log in</html>"), "no TLS connection", {1, 3}),
    "no-http": (Reply(raw=b"SSH-2.0-OpenSSH_9.6\r\n"), "the connection broke", {3}),
}  # fmt: skip


class TestProxies:
    @pytest.mark.parametrize(("reply", "words", "requests"), PROXIES.values(), ids=PROXIES)
    def test_row05_what_a_proxy_answers_to_connect_is_named_without_its_password(
        self, run: Runner, server: ScriptedServer, reply: Reply, words: str, requests: set[int]
    ) -> None:
        server.script = [reply]
        proxy = f"http://user:pass-word@127.0.0.1:{server.port}"
        line = failure(run(*GET, "--base-url", API, "--max-retries", "2", env={"HTTPS_PROXY": proxy}), 7)
        assert f"{API} through the proxy http://127.0.0.1:{server.port}: " in line
        assert words in line
        assert "pass-word" not in line
        assert {seen.method for seen in server.seen} == {"CONNECT"}
        assert all("authorization" not in seen.headers for seen in server.seen)
        assert len(server.seen) in requests


@pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6 on this machine")
def test_row05_ipv6(wire: Callable[..., WireServer]) -> None:
    heads: list[bytes] = []

    def talk(connection: socket.socket) -> None:
        heads.append(read_head(connection))
        connection.sendall(GOOD)

    try:
        server = wire(talk, ipv6=True)
    except OSError:
        pytest.skip("::1 cannot be bound on this machine")
    done = subprocess.run(
        [*PROGRAM, *GET, "-q"], env=environment(server.url), capture_output=True, check=False, timeout=60,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, b"bat-1\n"), done.stderr
    assert f"\r\nHost: [::1]:{server.port}\r\n".lower().encode() in heads[0].lower()


def test_row05_the_service_comes_back_in_the_middle_of_a_listing(run: Runner, server: ScriptedServer) -> None:
    server.script = [
        Reply(body=page(batch("1"), token="t")),
        RESET,
        DROP,
        Reply(body=page(batch("2"))),
    ]
    assert run("batches", "list", "-q") == (0, "1\n2\n", "")
