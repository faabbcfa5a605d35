"""A loopback server that tests write a script for, over real sockets, misbehaviour included."""

from __future__ import annotations

import json
import socket
import socketserver
import struct
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit


class Seen(NamedTuple):
    """A request as the server got it."""

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Reply(NamedTuple):
    """An answer, whole or broken.

    Attributes:
        body: bytes as they are; anything else becomes JSON.
        raw: sent instead of a well-formed answer, when given.
        cut: how many bytes of the whole answer are sent before the connection closes, or None for all.
        reset: whether the connection is reset instead of closed.
        delay: seconds before anything is sent.
        drip: seconds between single bytes.
        effect: called before the answer is sent, with what was seen.
    """

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = {}
    raw: bytes | None = None
    cut: int | None = None
    reset: bool = False
    delay: float = 0.0
    drip: float = 0.0
    effect: Callable[[Seen], None] | None = None

    def to_bytes(self) -> bytes:
        if self.raw is not None:
            return self.raw
        body = self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()
        headers = {"content-type": "application/json", "content-length": str(len(body)), **self.headers}
        lines = [f"HTTP/1.1 {self.status} X", *(f"{name}: {value}" for name, value in headers.items())]
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


DROP = Reply(raw=b"")
RESET = Reply(raw=b"", reset=True)

Script = Callable[[Seen], Reply]


class ScriptedServer:
    """Serves on a free loopback port. The script is a function, or a list whose last reply repeats.

    Attributes:
        seen: the requests, in the order in which they came.
    """

    def __init__(self, script: Script | list[Reply] | None = None) -> None:
        self.seen: list[Seen] = []
        self.script: Script | list[Reply] = script or [Reply(body={})]
        self._lock = threading.Lock()
        outer = self

        class Handler(socketserver.StreamRequestHandler):
            disable_nagle_algorithm = True

            def handle(self) -> None:
                while outer._serve_one(self):  # noqa: SLF001 - one class in two parts
                    pass

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True

            def handle_error(self, request: object, client_address: object) -> None:
                """A client that hangs up is part of the game."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port: int = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def of(self, method: str) -> list[Seen]:
        """Gives the requests of one method."""
        return [seen for seen in self.seen if seen.method == method]

    def _reply(self, seen: Seen) -> Reply:
        with self._lock:
            self.seen.append(seen)
            script = self.script
            if isinstance(script, list):
                return script[min(len(self.seen), len(script)) - 1]
        return script(seen)

    def _serve_one(self, handler: socketserver.StreamRequestHandler) -> bool:
        line = handler.rfile.readline(65536).decode("latin-1")
        if not line.strip():
            return False
        method, target, _ = line.split(" ", 2)
        headers: dict[str, str] = {}
        while (header := handler.rfile.readline(65536).decode("latin-1").rstrip("\r\n")) != "":
            name, _, value = header.partition(":")
            headers[name.strip().lower()] = value.strip()
        body = handler.rfile.read(int(headers.get("content-length", 0)))
        parts = urlsplit(target)
        seen = Seen(method, parts.path, parse_qsl(parts.query, keep_blank_values=True), headers, body)
        reply = self._reply(seen)
        if reply.effect:
            reply.effect(seen)
        return self._send(handler.connection, reply)

    @staticmethod
    def _send(connection: socket.socket, reply: Reply) -> bool:
        time.sleep(reply.delay)
        data = reply.to_bytes()[: reply.cut]
        if reply.drip:
            for position in range(len(data)):
                connection.sendall(data[position : position + 1])
                time.sleep(reply.drip)
        else:
            connection.sendall(data)
        if reply.reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()
        return reply.raw is None and reply.cut is None


def batch(identifier: str = "bat-1", **fields: Any) -> dict[str, Any]:
    """Gives a batch as the API writes one."""
    return {
        "id": identifier,
        "config": {"job": {"configuration_id": "cfg-1", "type": "parse_v2"}},
        "project_id": "prj-1",
        "source_directory_id": "dir-1",
        "status": "RUNNING",
        "created_at": "2026-08-20T18:11:19.117Z",
        "results": None,
        "updated_at": "2026-08-20T18:11:20Z",
        **fields,
    }


def page(*items: Any, token: str | None = None) -> dict[str, Any]:
    """Gives a page of a list."""
    return {"items": list(items), "next_page_token": token, "total_size": None}
