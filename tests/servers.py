"""A loopback server that tests write a script for, over real sockets, misbehaviour included."""

from __future__ import annotations

import json
import socket
import socketserver
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    import ssl


class Seen(NamedTuple):
    """A request as the server got it.

    Attributes:
        target: what stood between the method and the version; a host for CONNECT, a whole URL for a proxy.
    """

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    body: bytes
    target: str = ""

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
        more: gives further pieces to send after the answer, as slowly as it likes; the connection closes after them.
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
    more: Callable[[], Iterator[bytes]] | None = None

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

    Args:
        script: what to answer.
        tls: serves https with this context.
        port: the port to serve on, where it must be a certain one.

    Attributes:
        seen: the requests, in the order in which they came.
        connections: how many connections were made.
        cuts_body: whether a request (method and target) is reset in the middle of its body.
    """

    def __init__(
        self, script: Script | list[Reply] | None = None, *, tls: ssl.SSLContext | None = None, port: int = 0
    ) -> None:
        self.seen: list[Seen] = []
        self.connections = 0
        self.script: Script | list[Reply] = script or [Reply(body={})]
        self.cuts_body: Callable[[str, str], bool] = lambda *_: False
        self._lock = threading.Lock()
        outer = self

        class Handler(socketserver.StreamRequestHandler):
            disable_nagle_algorithm = True

            def handle(self) -> None:
                while outer._serve_one(self):
                    pass

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True
            request_queue_size = 64

            def get_request(self) -> tuple[socket.socket, Any]:
                connection, address = super().get_request()
                outer.connections += 1
                if tls:  # the handshake is left to the connection's own thread
                    connection = tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
                return connection, address

            def handle_error(self, request: object, client_address: object) -> None:
                """A client that hangs up is part of the game."""

        self._server = Server(("127.0.0.1", port), Handler)
        self.port: int = self._server.server_address[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
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
        size = int(headers.get("content-length", 0))
        if self.cuts_body(method, target):
            handler.rfile.read(size // 2)
            return self._send(handler.connection, RESET)
        body = handler.rfile.read(size)
        parts = urlsplit(target)
        seen = Seen(method, parts.path, parse_qsl(parts.query, keep_blank_values=True), headers, body, target)
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
        for piece in reply.more() if reply.more else ():
            connection.sendall(piece)
        if reply.reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()
        return reply.raw is None and reply.cut is None and reply.more is None


@contextmanager
def refusing_port() -> Iterator[int]:
    """Gives a loopback port that refuses connections; nobody else can take it meanwhile."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


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


MADE: dict[str, Any] = {}
"""Stands in a reply's body for the batch that was just made."""


class BatchService:
    """A script with state: it creates batches and lists those of a directory, however badly it tells of a create.

    Args:
        creates: how the first, the second … create is answered; the last one repeats.
        effect: whether the first, the second … create takes effect; the last one repeats.
        hidden: how many listings do not show a new batch yet.
        before: the batches that are there already.

    Attributes:
        made: the batches that creates made.
        listings: how often batches were listed.
        fails_after: how many listings are answered before the others fail, or None for all.
        clock: the value of the Date header, or None for none.
        meanwhile: batches that somebody else makes at the time of the first create.
    """

    def __init__(
        self, *creates: Reply, effect: tuple[bool, ...] = (True,), hidden: int = 0, before: tuple[Any, ...] = ()
    ) -> None:
        self._creates = creates
        self._effect = effect
        self._hidden = hidden
        self._before = before
        self.made: list[dict[str, Any]] = []
        self.attempts = 0
        self.listings = 0
        self.fails_after: int | None = None
        self.meanwhile: tuple[Any, ...] = ()
        self.clock: str | None = None

    def __call__(self, seen: Seen) -> Reply:
        reply = self._create(seen) if seen.method == "POST" else self._list(seen)
        return reply._replace(headers={**({"date": self.clock} if self.clock else {}), **reply.headers})

    def _create(self, seen: Seen) -> Reply:
        number = self.attempts
        self.attempts += 1
        if self._effect[min(number, len(self._effect) - 1)]:
            fields = {name: seen.json[name] for name in ("config", "source_directory_id")}
            self.made.append(batch(f"bat-new-{number + 1}", status="PENDING", **fields))
        reply = self._creates[min(number, len(self._creates) - 1)]
        return reply if reply.body is not MADE else Reply(201, self.made[-1])

    def _list(self, seen: Seen) -> Reply:
        self.listings += 1
        if self.fails_after is not None and self.listings > self.fails_after:
            return Reply(503)
        directory = dict(seen.query).get("source_directory_id")
        new = [*self.meanwhile, *self.made] if self.attempts and self.listings > self._hidden else []
        known = [*self._before, *new]
        return Reply(body=page(*(one for one in known if one["source_directory_id"] == directory)))
