"""The HTTP server: small answers in one segment, kept-alive connections, uploads that do not fill memory."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest

from llamacloud_cli.errors import UsageError
from llamacloud_cli.extras import install_line
from llamacloud_cli.sandbox import Sandbox, SandboxOptions, reset
from llamacloud_cli.sandbox.options import is_loopback

MIB = 1024 * 1024
ROOT = Path(__file__).parents[2]


def raw(api, request):
    """Sends bytes on a connection of its own."""
    host, port = api.sandbox.base_url.removeprefix("http://").split(":")
    connection = socket.create_connection((host, int(port)), timeout=10)
    connection.sendall(request)
    return connection


def get_request(api, path, more=""):
    key = api.sandbox.api_key
    return f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n{more}\r\n".encode()


class Writes:
    """Counts what the server hands to the kernel, and the options of its sockets."""

    def __init__(self, monkeypatch):
        from waitress.wasyncore import dispatcher

        self.sizes, self.no_delay = [], []
        original = dispatcher.send

        def send(channel, data, **options):
            self.sizes.append(len(data))
            self.no_delay.append(channel.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            return original(channel, data, **options)

        monkeypatch.setattr(dispatcher, "send", send)


def test_header_and_small_body_leave_in_one_write_without_delay(instant, monkeypatch):
    writes = Writes(monkeypatch)
    with raw(instant, get_request(instant, "/api/v2/batches")) as connection:
        answer = connection.recv(65536)
    assert writes.sizes == [len(answer)]
    assert writes.no_delay[0] != 0
    assert answer.endswith(b"}")


def test_a_connection_is_kept_alive(instant):
    with raw(instant, get_request(instant, "/api/v1/projects")) as connection:
        first = connection.recv(65536)
        connection.sendall(get_request(instant, "/api/v1/projects"))
        second = connection.recv(65536)
    assert first.startswith(b"HTTP/1.1 200")
    assert second.startswith(b"HTTP/1.1 200")


def test_close_is_honoured(instant):
    with raw(instant, get_request(instant, "/api/v1/projects", "Connection: close\r\n")) as connection:
        data = b""
        while chunk := connection.recv(65536):
            data += chunk
    assert b"connection: close" in data.lower()


@pytest.mark.parametrize(
    "request_bytes", [b"\0\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n"]
)
def test_what_is_no_http_gets_an_answer_in_the_apis_form(instant, request_bytes):
    with raw(instant, request_bytes) as connection:
        data = b""
        while chunk := connection.recv(65536):
            data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    assert b" 400 " in head.splitlines()[0] + b" " or b" 404 " in head.splitlines()[0]
    assert body.startswith(b'{"detail"')
    assert b"x-request-id" in head.lower()


def test_a_client_that_goes_away_in_an_upload_leaves_nothing(instant, tmp_path):
    directory = instant.directory(0)
    head = (
        f"POST /api/v1/beta/directories/{directory}/files/upload HTTP/1.1\r\nHost: x\r\n"
        f"Authorization: Bearer {instant.sandbox.api_key}\r\nContent-Length: 5000000\r\n"
        "Content-Type: multipart/form-data; boundary=B\r\n\r\n"
        '--B\r\nContent-Disposition: form-data; name="upload_file"; filename="a"\r\n\r\n'
    )
    raw(instant, head.encode() + b"x" * 100_000).close()
    time.sleep(0.1)
    assert instant.get(f"/api/v1/beta/directories/{directory}/files")["items"] == []
    assert list((tmp_path / "data" / "uploads").iterdir()) == []


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads the peak of memory from /proc")
def test_memory_stays_flat_while_64_mib_are_uploaded(tmp_path):
    serve = (
        "import sys; from pathlib import Path; from llamacloud_cli.sandbox import Sandbox, SandboxOptions;"
        "Sandbox(SandboxOptions(data=Path(sys.argv[1])))"
        ".serve_forever(lambda s: print(s.base_url, s.api_key, flush=True))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", serve, str(tmp_path / "data")],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    try:
        base_url, key = process.stdout.readline().split()

        def peak():
            status = Path(f"/proc/{process.pid}/status").read_text()
            return int(status.split("VmHWM:")[1].split()[0]) / 1024

        with httpx.Client(base_url=base_url, headers={"Authorization": f"Bearer {key}"}, timeout=60) as client:
            directory = client.post("/api/v1/beta/directories", json={"name": "d"}).json()["id"]
            path = f"/api/v1/beta/directories/{directory}/files/upload"
            client.post(path, files={"upload_file": ("small.bin", b"x" * MIB)})
            before = peak()
            source = tmp_path / "large.bin"
            source.write_bytes(os.urandom(MIB) * 64)
            with source.open("rb") as file:
                uploaded = client.post(path, files={"upload_file": ("large.bin", file)}).json()
            grown = peak() - before
            url = client.get(f"/api/v1/beta/files/{uploaded['file_id']}/content").json()["url"]
            size = 0
            with httpx.stream("GET", url) as response:
                assert int(response.headers["content-length"]) == 64 * MIB
                for chunk in response.iter_raw():
                    size += len(chunk)
            assert size == 64 * MIB
            assert grown < 8
            assert peak() - before < 8
    finally:
        process.terminate()
        process.stdout.close()
        process.wait(timeout=20)


def test_without_a_socket_the_application_answers_an_in_process_client(tmp_path):
    sandbox = Sandbox(SandboxOptions(data=tmp_path / "data"))
    transport = httpx.WSGITransport(app=sandbox.app)
    headers = {"Authorization": f"Bearer {sandbox.api_key}"}
    with httpx.Client(transport=transport, base_url="http://sandbox", headers=headers) as client:
        assert client.get("/api/v2/batches").json()["items"] == []
        client.put("/_sandbox/faults", json={"requests": [{"reset": True}]})
        with pytest.raises(ConnectionError):
            client.get("/api/v2/batches")
    sandbox.close()


def test_it_leaves_no_thread_behind(tmp_path):
    before = threading.active_count()
    with Sandbox(SandboxOptions(data=tmp_path / "data")) as sandbox:
        assert httpx.get(f"{sandbox.base_url}/_sandbox/health").status_code == 200
    assert threading.active_count() == before


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1", True), ("127.8.8.8", True), ("localhost", True), ("::1", True), ("[::1]", True),
     ("0.0.0.0", False), ("10.0.0.1", False), ("example.com", False), ("", False), ("localhost.example", False)],
)  # fmt: skip
def test_what_counts_as_loopback(host, expected):
    assert is_loopback(host) is expected


def test_other_hosts_need_a_key_of_their_own(tmp_path):
    with pytest.raises(UsageError, match="loopback"):
        SandboxOptions(data=tmp_path, host="0.0.0.0")
    assert SandboxOptions(data=tmp_path, host="0.0.0.0", api_key="k").api_key == "k"


@pytest.mark.parametrize("options", [{"speed": 0}, {"speed": -1}, {"speed": float("nan")}, {"api_key": " k"},
                                     {"api_key": ""}, {"api_key": "k\n"}])  # fmt: skip
def test_options_that_make_no_sense(tmp_path, options):
    with pytest.raises(UsageError):
        SandboxOptions(data=tmp_path, **options)


def test_a_taken_port_and_an_unusable_folder_are_one_clear_line(tmp_path, instant):
    port = int(instant.sandbox.base_url.rpartition(":")[2])
    with pytest.raises(UsageError, match=f"cannot listen on 127.0.0.1:{port}"):
        Sandbox(SandboxOptions(data=tmp_path / "other", port=port)).start()
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="folder cannot be used"):
        Sandbox(SandboxOptions(data=tmp_path / "file"))


def test_data_is_for_the_user_alone(serve, tmp_path):
    api = serve()
    api.directory(1)
    for path in [tmp_path / "data", *(tmp_path / "data").rglob("*")]:
        assert path.stat().st_mode & 0o077 == 0, path


def test_reset_removes_what_the_sandbox_made_and_nothing_else(tmp_path):
    data = tmp_path / "data"
    assert reset(data) is False
    with Sandbox(SandboxOptions(data=data)) as sandbox:
        first = sandbox.project_id
    (data / "mine.txt").write_text("kept")
    assert reset(data) is True
    assert [path.name for path in data.iterdir()] == ["mine.txt"]
    with Sandbox(SandboxOptions(data=data)) as sandbox:
        assert sandbox.project_id != first


def test_an_upload_without_a_length_is_taken_too(instant):
    directory = instant.directory(0)
    head = b'--B\r\nContent-Disposition: form-data; name="upload_file"; filename="a.txt"\r\n\r\n'

    def chunks():
        yield head
        for _ in range(100):
            yield b"0123456789" * 1000
        yield b"\r\n--B--\r\n"

    response = instant.http.post(
        f"/api/v1/beta/directories/{directory}/files/upload",
        content=chunks(),
        headers={"Content-Type": "multipart/form-data; boundary=B"},
    )
    assert response.status_code == 201
    url = instant.get(f"/api/v1/beta/files/{response.json()['file_id']}/content")["url"]
    assert len(httpx.get(url).content) == 1_000_000


@pytest.mark.parametrize("host", ["::1", "localhost", "127.0.0.2"])
def test_every_loopback_address_can_be_served(tmp_path, host):
    if host == "::1" and not Path("/proc/net/if_inet6").exists():
        pytest.skip("this machine has no IPv6")
    with Sandbox(SandboxOptions(data=tmp_path / "data", host=host)) as sandbox:
        assert httpx.get(f"{sandbox.base_url}/_sandbox/health").status_code == 200


def test_what_is_missing_is_named_with_what_to_install(monkeypatch):
    import llamacloud_cli.sandbox as package

    monkeypatch.setattr(package, "find_spec", lambda name: None if name == "waitress" else object())
    with pytest.raises(UsageError, match="not installed: waitress") as refused:
        _ = package.Sandbox
    assert refused.value.hint == install_line("sandbox")


def test_options_load_none_of_the_service():
    script = (
        "import sys; from llamacloud_cli.sandbox import SandboxOptions;"
        "print(sorted({'sqlite3', 'werkzeug', 'waitress', 'pydantic', 'httpx'} & set(sys.modules)))"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    output = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=environment)
    assert output.stdout == "[]\n"
