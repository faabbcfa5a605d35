"""The threaded HTTP server: waitress, with two things added.

Waitress was chosen over cheroot and Werkzeug's own server by measurement on one machine (two cores): a small
answer on a kept-alive connection took 0.35 ms (cheroot 0.38, Werkzeug 0.47), 2,000 of them from 20 threads
0.4 s (1.3 s, 1.3 s), and it needs no further package. It takes a whole upload to a temporary file before the
application runs, which keeps memory flat and a thread free while a slow client sends.

Added: a small answer leaves in one segment, and a fault rule can reset the connection.
"""

from __future__ import annotations

import json
import logging
import socket
import struct
import threading
import uuid
from typing import TYPE_CHECKING, Any

from waitress.adjustments import Adjustments  # type: ignore[import-untyped]
from waitress.channel import HTTPChannel  # type: ignore[import-untyped]
from waitress.server import TcpWSGIServer  # type: ignore[import-untyped]
from waitress.task import (  # type: ignore[import-untyped]
    ErrorTask,
    ThreadedTaskDispatcher,
    WSGITask,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from wsgiref.types import WSGIApplication, WSGIEnvironment

# Waitress warns of busy threads and of bodies that fault rules cut: not for the user's terminal unless asked for.
logging.getLogger("waitress").addHandler(logging.NullHandler())

_RESET = "sandbox.reset"
"""The environ's key of the function that resets the request's connection."""
_ONE_SEGMENT = 16 * 1024
"""Bytes of a body that is sent together with its header."""
_RECEIVE = _SEND = 256 * 1024
_BUFFERED = 1024 * 1024
"""Bytes of one answer that wait for a slow client before the thread that makes it waits too."""
_STOP_TIMEOUT = 5.0
"""Seconds that requests under way get to finish when the server stops."""


class ConnectionAbortedByFaultError(ConnectionError):
    """Raised in place of an answer: the connection is reset without one."""


def reset_connection(environ: WSGIEnvironment) -> None:
    """Resets the connection of a request (TCP RST) and ends the request without an answer.

    Raises:
        ConnectionAbortedByFaultError: always; without a server (an in-process client) it reaches the caller.
    """
    reset: Callable[[], None] | None = environ.get(_RESET)
    if reset is not None:
        reset()
    raise ConnectionAbortedByFaultError("the connection was reset by a fault rule")


class _Task(WSGITask):  # type: ignore[misc]  # waitress has no types
    def execute(self) -> None:
        try:
            super().execute()
        except ConnectionAbortedByFaultError:
            self.wrote_header = True  # nothing may be written any more
            self.close_on_finish = True

    def get_environment(self) -> dict[str, Any]:
        environ: dict[str, Any] = super().get_environment()
        environ[_RESET] = self._reset
        return environ

    def write(self, data: bytes) -> None:
        if self.wrote_header or not data or len(data) > _ONE_SEGMENT or not self.has_body:
            super().write(data)
            return
        header = self.build_response_header()
        if self.chunked_response:
            super().write(data)
            return
        self.wrote_header = True
        self.content_bytes_written += len(data)
        self.channel.write_soon(header + data)

    def _reset(self) -> None:
        # Closing a socket that lingers for zero seconds sends RST instead of FIN.
        self.channel.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


class _ErrorTask(ErrorTask):  # type: ignore[misc]  # waitress has no types
    """What waitress refuses by itself, in the API's form."""

    def execute(self) -> None:
        error = self.request.error
        body = json.dumps({"detail": error.reason}).encode()
        self.status = f"{error.code} {error.reason}"
        self.response_headers.append(("Content-Type", "application/json"))
        self.response_headers.append(("x-request-id", str(uuid.uuid4())))
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class _Channel(HTTPChannel):  # type: ignore[misc]  # waitress has no types
    task_class = _Task
    error_task_class = _ErrorTask

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A piece of a file is read, and copied, for each send; the kernel's buffer may have several MiB.
        self.sendbuf_len: int = min(self.sendbuf_len, _SEND)


class _Listener(TcpWSGIServer):  # type: ignore[misc]  # waitress has no types
    channel_class = _Channel

    def bind_server_socket(self) -> None:
        try:
            super().bind_server_socket()
        except BaseException:
            self.close()
            raise


class Server:
    """Serves a WSGI application until it is stopped.

    Attributes:
        host: the address that it listens on.
        port: the TCP port that it got.
    """

    def __init__(self, app: WSGIApplication, host: str, port: int, *, threads: int, max_body: int) -> None:
        """Binds and listens.

        Raises:
            OSError: the address cannot be had.
        """
        adjustments = Adjustments(
            host=host,
            port=port,
            threads=threads,
            ident="llamacloud-sandbox",
            max_request_body_size=max_body,
            recv_bytes=_RECEIVE,
            connection_limit=1000,
            backlog=1024,
            outbuf_high_watermark=_BUFFERED,
            asyncore_use_poll=True,
            clear_untrusted_proxy_headers=True,
        )
        self._dispatcher = ThreadedTaskDispatcher()
        self._dispatcher.set_thread_count(threads)
        try:
            self._listener = _Listener(app, adj=adjustments, dispatcher=self._dispatcher)
        except BaseException:
            self._dispatcher.shutdown(timeout=_STOP_TIMEOUT)
            raise
        self._stop = threading.Event()
        self.host: str = self._listener.effective_host
        self.port = int(self._listener.effective_port)

    def run(self) -> None:
        """Serves until `stop`."""
        listener = self._listener
        while not self._stop.is_set():
            listener.asyncore.loop(timeout=1, map=listener._map, use_poll=True, count=1)  # noqa: SLF001 - as its run()

    def stop(self) -> None:
        """Ends `run`, from any thread or a signal handler."""
        self._stop.set()
        self._listener.pull_trigger()

    def close(self) -> None:
        """Lets the requests under way finish, then closes every connection; after `run` has ended."""
        self._dispatcher.shutdown(cancel_pending=True, timeout=_STOP_TIMEOUT)
        for channel in list(self._listener.active_channels.values()):
            channel.handle_close()
        self._listener.close()
