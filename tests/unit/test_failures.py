"""What is said of a call that got no usable answer, and whether the service may have seen it."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import httpx
import pytest

from llamacloud_cli.api.body import TruncatedBodyError
from llamacloud_cli.api.failures import network_error

if TYPE_CHECKING:
    from llamacloud_cli.errors import NetworkError

WHERE = "https://api.example"


def told(error: Exception) -> NetworkError:
    """Gives what is said of what httpx raised."""
    return network_error(error, WHERE, 5.0)


@pytest.mark.parametrize("kind", [httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError])
def test_without_a_connection_nothing_was_sent(kind: type[Exception]) -> None:
    assert not told(kind("no")).maybe_sent


@pytest.mark.parametrize(
    "kind",
    [httpx.ReadTimeout, httpx.WriteTimeout, httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError],
)
def test_what_breaks_later_may_have_been_sent(kind: type[Exception]) -> None:
    assert told(kind("no")).maybe_sent


def test_an_answer_that_was_cut_short_may_follow_what_was_done() -> None:
    error = told(TruncatedBodyError("cut short"))
    assert error.maybe_sent
    assert error.message == f"{WHERE}: the answer cannot be read: cut short"


@pytest.mark.parametrize(
    ("reason", "words"),
    [("UNEXPECTED_EOF_WHILE_READING", "unexpected eof while reading"), (None, "it was closed")],
)
def test_a_tls_connection_that_fails_is_told_with_its_reason(reason: str | None, words: str) -> None:
    cause = ssl.SSLError(1, "no")
    cause.reason = reason  # type: ignore[assignment]
    error = httpx.ConnectError("no")
    error.__cause__ = cause
    assert told(error).message == f"{WHERE}: no TLS connection: {words}"


def test_the_words_of_the_operating_system_come_before_those_of_the_library() -> None:
    error = httpx.ConnectError("All connection attempts failed")
    error.__cause__ = ConnectionRefusedError(111, "Connection refused")
    assert told(error).message == f"{WHERE}: no connection: Connection refused"


@pytest.mark.parametrize(("words", "told_as"), [("it ended", "it ended"), ("", "ReadError")])
def test_without_them_the_library_is_quoted_or_the_kind_of_failure_named(words: str, told_as: str) -> None:
    assert told(httpx.ReadError(words)).message == f"{WHERE}: the connection broke: {told_as}"
