"""The deadline of a whole call: each operation on a socket gets what is left of it, the resolver as well."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING, Any

import httpcore
import pytest

from llamacloud_cli.api import transport
from llamacloud_cli.api.transport import deadline

if TYPE_CHECKING:
    from collections.abc import Callable


class Clock:
    """A clock that stands still until it is set."""

    now = 50.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(transport, "monotonic", found)
    return found


class Inner(httpcore.NetworkStream):
    """Notes the time-outs that it is given; each piece that is written takes `pace` seconds."""

    def __init__(self, clock: Clock, pace: float = 0.0) -> None:
        self.timeouts: list[float | None] = []
        self.written: list[bytes] = []
        self.closed = False
        self._clock, self._pace = clock, pace

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self.timeouts.append(timeout)
        return b"r" * max_bytes

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.timeouts.append(timeout)
        self.written.append(bytes(buffer))
        self._clock.now += self._pace

    def start_tls(self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None) -> Inner:
        self.timeouts.append(timeout)
        return self

    def get_extra_info(self, info: str) -> Any:
        return f"extra {info}"

    def close(self) -> None:
        self.closed = True


class Network:
    """Stands for the network below: who can be reached, and with which time-outs that was tried."""

    def __init__(self, clock: Clock, *reachable: str) -> None:
        self.tried: list[tuple[str, int, float | None]] = []
        self.stream = Inner(clock)
        self._reachable = reachable

    def connect_tcp(self, host: str, port: int, timeout: float | None, *_: Any) -> Inner:
        self.tried.append((host, port, timeout))
        if host not in self._reachable:
            raise httpcore.ConnectError("refused")
        return self.stream


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch) -> Callable[..., httpcore.NetworkStream]:
    """Connects to a host through a network."""

    def begin(network: Network, host: str = "10.0.0.1", timeout: float | None = 5.0) -> httpcore.NetworkStream:
        monkeypatch.setattr(httpcore, "SyncBackend", lambda: network)
        return transport._Backend().connect_tcp(host, 443, timeout)

    return begin


def resolving(monkeypatch: pytest.MonkeyPatch, outcome: Callable[[], list[str]]) -> list[str]:
    """Puts something in place of the resolver, and gives the names that it is asked for."""
    asked: list[str] = []

    def getaddrinfo(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in outcome()]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


class TestWhatIsLeft:
    def test_without_a_deadline_each_operation_has_its_own_time(self, clock: Clock, connect: Any) -> None:
        network = Network(clock, "10.0.0.1")
        stream = connect(network)
        stream.read(3, 7.0)
        stream.write(b"x", None)
        assert network.tried == [("10.0.0.1", 443, 5.0)]
        assert network.stream.timeouts == [7.0, None]

    def test_no_operation_gets_more_than_is_left(self, clock: Clock, connect: Any) -> None:
        network = Network(clock, "10.0.0.1")
        with deadline(10.0):
            clock.now += 6.0
            stream = connect(network, timeout=5.0)
            stream = stream.start_tls(None, "h", 9.0)
            clock.now += 1.0
            assert stream.read(2, 5.0) == b"rr"
            stream.read(2, 0.5)
            stream.read(2, None)
        assert network.tried[0][2] == 4.0
        assert network.stream.timeouts == [4.0, 3.0, 0.5, 3.0]

    @pytest.mark.parametrize("passed", [10.0, 11.0])
    def test_once_it_has_passed_nothing_is_begun(self, clock: Clock, connect: Any, passed: float) -> None:
        """Before there is a connection that is a failure to connect, after which nothing was sent."""
        network = Network(clock, "10.0.0.1")
        stream = connect(network)
        with deadline(10.0):
            clock.now += passed
            with pytest.raises(httpcore.ReadTimeout):
                stream.read(1, 5.0)
            with pytest.raises(httpcore.ReadTimeout):
                stream.write(b"x", 5.0)
            with pytest.raises(httpcore.ConnectTimeout):
                stream.start_tls(None, "h", 5.0)
            with pytest.raises(httpcore.ConnectTimeout):
                connect(network)
        assert network.stream.timeouts == []
        assert len(network.tried) == 1

    def test_it_ends_with_the_call(self, clock: Clock, connect: Any) -> None:
        network = Network(clock, "10.0.0.1")
        stream = connect(network)
        with pytest.raises(KeyError), deadline(1.0):
            raise KeyError
        clock.now += 100.0
        stream.read(1, 5.0)
        assert network.stream.timeouts == [5.0]

    def test_it_is_that_of_one_thread(self, clock: Clock, connect: Any) -> None:
        network = Network(clock, "10.0.0.1")
        stream = connect(network)
        with deadline(1.0):
            thread = threading.Thread(target=stream.read, args=(1, 5.0))
            thread.start()
            thread.join()
        assert network.stream.timeouts == [5.0]


class TestStreams:
    def test_a_large_buffer_is_written_in_pieces_with_what_is_left_for_each(self, clock: Clock, connect: Any) -> None:
        """A reader that takes a little at a time does not hold a call past its deadline."""
        network = Network(clock, "10.0.0.1")
        network.stream = Inner(clock, pace=4.0)
        stream = connect(network)
        data = bytes(range(256)) * 160  # 2.5 pieces of 16 KiB
        with deadline(10.0):
            stream.write(data, 30.0)
        assert [len(piece) for piece in network.stream.written] == [16384, 16384, 8192]
        assert b"".join(network.stream.written) == data
        assert network.stream.timeouts == [10.0, 6.0, 2.0]
        with pytest.raises(httpcore.ReadTimeout), deadline(6.0):
            stream.write(data, 30.0)

    def test_all_else_is_passed_on(self, clock: Clock, connect: Any) -> None:
        network = Network(clock, "10.0.0.1")
        stream = connect(network)
        assert stream.get_extra_info("socket") == "extra socket"
        stream.close()
        assert network.stream.closed


class TestNames:
    def test_an_address_is_not_resolved(self, clock: Clock, connect: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        asked = resolving(monkeypatch, list)
        for address in ("10.0.0.1", "::1"):
            network = Network(clock, address)
            connect(network, address)
            assert [host for host, *_ in network.tried] == [address]
        assert asked == []

    def test_the_addresses_of_a_name_are_tried_in_their_order(
        self, clock: Clock, connect: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked = resolving(monkeypatch, lambda: ["10.0.0.9", "10.0.0.9", "10.0.0.2", "10.0.0.3"])
        network = Network(clock, "10.0.0.2", "10.0.0.3")
        connect(network, "h.example")
        assert asked == ["h.example"]
        assert network.tried == [("10.0.0.9", 443, 5.0), ("10.0.0.2", 443, 5.0)]

    def test_the_last_failure_is_that_of_the_name(
        self, clock: Clock, connect: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        resolving(monkeypatch, lambda: ["10.0.0.8", "10.0.0.9"])
        network = Network(clock)
        with pytest.raises(httpcore.ConnectError, match="refused"):
            connect(network, "h.example")
        assert len(network.tried) == 2

    @pytest.mark.parametrize(
        ("error", "words"),
        [(socket.gaierror(-2, "Name or service not known"), "Name or service"), (UnicodeError("long"), "no valid")],
    )
    def test_a_name_that_has_none_is_a_failure_to_connect(
        self, clock: Clock, connect: Any, monkeypatch: pytest.MonkeyPatch, error: Exception, words: str
    ) -> None:
        def fail() -> list[str]:
            raise error

        resolving(monkeypatch, fail)
        with pytest.raises(httpcore.ConnectError, match=words):
            connect(Network(clock), "h.example")

    def test_a_resolver_that_does_not_answer_is_left_at_the_deadline(
        self, connect: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        answered = threading.Event()

        def wait() -> list[str]:
            answered.wait(30)
            return []

        resolving(monkeypatch, wait)
        try:
            with pytest.raises(httpcore.ConnectTimeout, match="not resolved"), deadline(0.05):
                connect(Network(Clock()), "h.example")
        finally:
            answered.set()
