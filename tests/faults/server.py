"""Servers that misbehave below HTTP, and one that stands between the tool and a sandbox."""

from __future__ import annotations

import http.client
import socket
import struct
import threading
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.servers import Reply, ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.servers import Seen


class WireServer:
    """Hands each connection to a function, in a thread of its own, and closes it afterwards.

    Args:
        talk: what to do with a connection.
        ipv6: listens on ::1 instead of 127.0.0.1.

    Attributes:
        connections: how many were made.
        url: the base URL.
    """

    def __init__(self, talk: Callable[[socket.socket], None], *, ipv6: bool = False) -> None:
        self.connections = 0
        self._talk = talk
        host, family = ("::1", socket.AF_INET6) if ipv6 else ("127.0.0.1", socket.AF_INET)
        self._listening = socket.create_server((host, 0), family=family, backlog=64)
        self.port: int = self._listening.getsockname()[1]
        self.url = f"http://{f'[{host}]' if ipv6 else host}:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listening.accept()
                self.connections += 1
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            self._talk(connection)


def read_head(connection: socket.socket) -> bytes:
    """Reads a request up to the empty line behind its headers; the first bytes of a body may come along."""
    head = b""
    while b"\r\n\r\n" not in head and (piece := connection.recv(4096)):
        head += piece
    return head


def reset(connection: socket.socket) -> None:
    """Ends a connection by RST instead of FIN."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


class Relay(ScriptedServer):
    """Passes each request on to a sandbox and its answer back, but for those that `misbehave` answers otherwise.

    Args:
        url: the sandbox.
        misbehave: gives another answer than that of `pass_on`, or None.
        cuts: whether a request is reset in the middle of its body.
    """

    def __init__(
        self,
        url: str,
        misbehave: Callable[[Seen, Relay], Reply | None] = lambda *_: None,
        *,
        cuts: Callable[[str, str], bool] = lambda *_: False,
    ) -> None:
        self._to = urlsplit(url).netloc
        super().__init__(lambda seen: misbehave(seen, self) or self.pass_on(seen))
        self.cuts_body = cuts

    def pass_on(self, seen: Seen) -> Reply:
        """Gives the answer of the sandbox."""
        upstream = http.client.HTTPConnection(self._to, timeout=30)
        try:
            upstream.request(seen.method, seen.target, seen.body, {**seen.headers, "accept-encoding": "identity"})
            answer = upstream.getresponse()
            body = answer.read()
        finally:
            upstream.close()
        return Reply(answer.status, body, {"content-type": answer.headers["content-type"] or ""})
