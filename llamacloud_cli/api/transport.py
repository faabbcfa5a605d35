"""What httpx leaves to its caller: a deadline for a whole call, which proxy, which certificates.

httpx times each read. A server that sends a byte a second never meets such a time-out, so the sockets that httpx
uses are wrapped to end at a moment instead. Names are resolved by the operating system, which no time-out of a socket
ends, so that happens in a thread of its own.
"""

from __future__ import annotations

import errno
import os
import re
import socket
import stat
import threading
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue
from time import monotonic
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpcore
import httpx

from llamacloud_cli.errors import UsageError

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable, Iterator, Mapping

CONNECT_SECONDS = 5.0
PIPE_SECONDS = 30.0
"""How long a pipe of certificates may keep one waiting."""
NAME_UNRESOLVED = "the name is not resolved"
_WRITE_BYTES = 16 * 1024
_LARGEST_BUNDLE = 10 * 1024 * 1024
_PROXY_HINT = "check HTTPS_PROXY and ALL_PROXY"
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")

_current = threading.local()


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Ends every socket operation of this thread that is still going on after `seconds`."""
    _current.end = monotonic() + seconds
    try:
        yield
    finally:
        _current.end = None


def _remaining(timeout: float | None, *, connected: bool = True) -> float | None:
    end: float | None = getattr(_current, "end", None)
    if end is None:
        return timeout
    left = end - monotonic()
    if left <= 0:
        kind = httpcore.ReadTimeout if connected else httpcore.ConnectTimeout
        raise kind("the deadline of the whole call has passed")
    return left if timeout is None else min(timeout, left)


class _Stream(httpcore.NetworkStream):
    """A stream whose operations end at the deadline.

    Attributes:
        was_read: whether anything was read since the last write.
    """

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner
        self.was_read = False

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self.was_read = True
        return self._inner.read(max_bytes, _remaining(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.was_read = False
        # httpcore times each send of a buffer, of which a slow reader takes little at a time.
        for start in range(0, len(buffer), _WRITE_BYTES):
            self._inner.write(buffer[start : start + _WRITE_BYTES], _remaining(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        timeout = _remaining(timeout, connected=False)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Backend(httpcore.NetworkBackend):
    """A backend whose streams end at the deadline."""

    def __init__(self) -> None:
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        def connect(address: str) -> httpcore.NetworkStream:
            left = _remaining(timeout, connected=False)
            return _Stream(self._inner.connect_tcp(address, port, left, local_address, socket_options))

        *others, last = _addresses(host, port)
        for address in others:
            with suppress(httpcore.ConnectError, httpcore.ConnectTimeout):
                return connect(address)
        return connect(last)


class _Transport(httpx.HTTPTransport):
    """A transport that takes no answer for a request that had not been sent when it came.

    A server that sends more than was asked for leaves it in the buffer of a connection, where h11 would take it for the
    answer to the next request: a batch that was listed for one that was created.
    """

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = super().handle_request(request)
        stream = response.extensions.get("network_stream")
        if isinstance(stream, _Stream) and not stream.was_read:
            response.close()
            raise httpx.RemoteProtocolError("an answer came before its request")
        return response


def _addresses(host: str, port: int) -> list[str]:
    """Gives the addresses of a host in the order in which to try them, within the deadline.

    Raises:
        httpcore.ConnectError: it has none.
        httpcore.ConnectTimeout: the deadline passed before that was known.
    """
    if ":" in host or not host.strip("0123456789."):
        return [host]
    outcome: SimpleQueue[list[str] | Exception] = SimpleQueue()

    def resolve() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            outcome.put([str(address[0]) for *_, address in found])
        except Exception as error:  # noqa: BLE001 - told by the thread that waits
            outcome.put(error)

    threading.Thread(target=resolve, name="name-resolution", daemon=True).start()
    try:
        found = outcome.get(timeout=_remaining(None, connected=False))
    except Empty:
        raise httpcore.ConnectTimeout(NAME_UNRESOLVED) from None
    if isinstance(found, UnicodeError):  # what socket raises for a label of more than 63 letters
        raise httpcore.ConnectError("no valid host name") from None
    if isinstance(found, Exception):
        raise httpcore.ConnectError(getattr(found, "strerror", None) or str(found)) from found
    return list(dict.fromkeys(found))


def make_transport(
    url: str, *, proxy: str | None, ca_bundle: str | None, env: Mapping[str, str]
) -> httpx.HTTPTransport:
    """Gives a transport for the origin of `url`.

    Args:
        url: the base URL.
        proxy: the proxy to go through, or None.
        ca_bundle: a file or folder of certificates to trust instead of the usual ones.
        env: the environment, for certificates.

    Raises:
        UsageError: the certificates cannot be read, or the proxy is of a kind that is not installed.
    """
    needs_tls = url.lower().startswith("https:") or (proxy or "").lower().startswith("https:")
    # A TLS context costs as much as a whole short call: none is made for http://.
    verify = tls_context(ca_bundle, env) if needs_tls else False
    try:
        transport = _Transport(verify=verify, proxy=proxy, trust_env=False)
    except ImportError as error:
        raise UsageError(f"proxy {without_password(proxy or '')}: {error}", hint=_PROXY_HINT) from None
    except (ValueError, httpx.InvalidURL):  # whose words may quote a part of the password
        raise UsageError(f"proxy {without_password(proxy or '')}: no URL of a proxy", hint=_PROXY_HINT) from None
    # httpx offers no way to hand its pool a network backend; tests/unit/test_transport.py watches this attribute.
    transport._pool._network_backend = _Backend()  # noqa: SLF001
    return transport


def proxy_for(url: str, env: Mapping[str, str]) -> str | None:
    """Gives the proxy that the environment names for a URL (HTTPS_PROXY, ALL_PROXY, NO_PROXY), or None."""
    from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]

    parts = urlsplit(url)
    scheme, host = parts.scheme, parts.netloc
    named: dict[str, str] = {}
    for name in (scheme, "all", "no"):
        for variable in (f"{name}_proxy", f"{name.upper()}_PROXY"):
            if env.get(variable):
                named.setdefault(name, env[variable])
    if "no" in named and proxy_bypass_environment(host, named):
        return None
    proxy = named.get(scheme) or named.get("all")
    return f"http://{proxy}" if proxy and "://" not in proxy else proxy


def without_password(url: str) -> str:
    """Gives a URL without user name and password, for messages; also what only looks like a URL."""
    scheme = _SCHEME.match(url)
    start = scheme[0] if scheme else ""
    return start + url[len(start) :].rpartition("@")[2]


def tls_context(ca_bundle: str | None, env: Mapping[str, str]) -> ssl.SSLContext:
    """Gives the certificates to trust: `--ca-bundle`, else SSL_CERT_FILE and SSL_CERT_DIR, else certifi and the system.

    Raises:
        UsageError: they cannot be read.
    """
    import ssl

    import certifi

    file, folder, source = ca_bundle, None, "--ca-bundle"
    if ca_bundle == "":
        raise UsageError("--ca-bundle: an empty name", hint="name a file or folder of certificates, or leave it out")
    if ca_bundle is None:
        file, folder, source = (
            env.get("SSL_CERT_FILE"),
            env.get("SSL_CERT_DIR"),
            "SSL_CERT_FILE, SSL_CERT_DIR",
        )
    elif os.path.isdir(ca_bundle):  # noqa: PTH112 - Path's own raises for a name that is too long
        file, folder = None, ca_bundle
    try:
        piped = _from_pipe(file) if file else None
        if piped is not None:
            return ssl.create_default_context(cadata=piped or "none")  # no data at all would mean the usual ones
        if file or folder:
            return ssl.create_default_context(cafile=file or None, capath=folder or None)
        context = ssl.create_default_context(cafile=certifi.where())
        context.load_default_certs()
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        shown = os.fspath(file or folder or "")
        if isinstance(error, OSError) and not isinstance(error, ssl.SSLError):
            reason, hint = error.strerror, "check the path"
        else:
            reason, hint = "it holds none", "certificates come in PEM format"
        raise UsageError(f"{source}: cannot read certificates from {shown!r}: {reason}", hint=hint) from None
    return context


def _from_pipe(path: str) -> str | None:
    """Gives what comes from a named pipe, for which OpenSSL would wait without end; None for anything else.

    Raises:
        TimeoutError: nothing, or no end, comes in time.
    """
    import select

    if os.name != "posix" or not stat.S_ISFIFO(os.stat(path).st_mode):  # noqa: PTH116 - Path's own is no different
        return None
    with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb", buffering=0) as pipe:  # noqa: PTH123 - a descriptor
        data = b""
        while len(data) <= _LARGEST_BUNDLE and select.select([pipe], [], [], PIPE_SECONDS)[0]:
            piece = pipe.read(_WRITE_BYTES)
            if not piece:
                return data.decode("ascii", "ignore")  # PEM is ASCII; comments around it need not be
            data += piece
    raise TimeoutError(errno.ETIMEDOUT, f"no end came from it within {PIPE_SECONDS:g} s")
