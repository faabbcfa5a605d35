"""Row 4, below the JSON: answers whose HTTP is odd or broken, and what a connection holds that nobody asked for.

What is odd but whole is read; all else is status 1 or 7 with one short line, and a create is not sent again.
"""

from __future__ import annotations

import json
import threading
import time
from typing import TYPE_CHECKING

import pytest

from tests.commands import CREATE, GET, LIST, failure, repeatable_command
from tests.faults.server import read_head, reset
from tests.servers import BatchService, Reply, ScriptedServer, batch, page

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from tests.conftest import Runner
    from tests.faults.server import WireServer

BODY = json.dumps(batch()).encode()
SIZE = f"content-length: {len(BODY)}"
CHUNKED = "transfer-encoding: chunked"
LONGEST_LINE = 500


def http(*headers: str, status: str = "HTTP/1.1 200 OK", body: bytes = BODY) -> bytes:
    return "\r\n".join((status, *headers, "", "")).encode("latin-1") + body


def chunk(body: bytes = BODY, *, size: str | None = None, extension: str = "", trailers: str = "") -> bytes:
    """Gives a body of one chunk and the last one."""
    head = f"{len(body):x}" if size is None else size
    return f"{head}{extension}\r\n".encode() + body + f"\r\n0\r\n{trailers}\r\n".encode()


ODD = {
    "100-continue-first": http(status="HTTP/1.1 100 Continue", body=b"") + http(SIZE),
    "103-with-a-link": http("link: </x>; rel=preload", status="HTTP/1.1 103 Early Hints", body=b"") + http(SIZE),
    "500-times-100": http(status="HTTP/1.1 100 Continue", body=b"") * 500 + http(SIZE),
    "chunked": http(CHUNKED, body=chunk()),
    "chunk-extension": http(CHUNKED, body=chunk(extension=';a="b"')),
    "trailers": http(CHUNKED, "trailer: x-id", body=chunk(trailers="x-id: 1\r\nlocation: http://x/\r\n")),
    "length-in-a-trailer": http(CHUNKED, body=chunk(trailers="content-length: 3\r\n")),
    "chunked-and-a-wrong-length": http("content-length: 3", CHUNKED, body=chunk()),
    "length-twice": http(SIZE, SIZE),
    "http-1.0-until-it-closes": http(status="HTTP/1.0 200 OK"),
    "until-it-closes": http(),
    "no-reason": http(SIZE, status="HTTP/1.1 200"),
    "reason-of-any-bytes": http(SIZE, status="HTTP/1.1 200 \xff\x1b[31m"),
    "header-of-any-bytes": http(SIZE, "x-a: \xff\x1b[31m\x80"),
    "header-of-90-kb": http(SIZE, "x-a: " + "y" * 90_000),
    "line-ends-without-cr": http(SIZE, body=b"").replace(b"\r\n", b"\n") + BODY,
    "a-page-of-whitespace-first": http(body=b" \r\n\t" * 5000 + BODY),
    "206": http(SIZE, "content-range: bytes 0-9/9", status="HTTP/1.1 206 Partial Content"),
    "location-with-200": http(SIZE, "location: http://127.0.0.1:1/", "refresh: 0; url=http://127.0.0.1:1/"),
}


@pytest.mark.parametrize("raw", ODD.values(), ids=ODD)
def test_row04_odd_but_whole_answers_are_read(run: Runner, server: ScriptedServer, raw: bytes) -> None:
    server.script = [Reply(raw=raw)]
    assert run(*GET).json == batch()
    assert run(*CREATE).json == batch()
    assert len(server.seen) == 2


BROKEN = {
    "chunk-of-negative-size": http(CHUNKED, body=chunk(size="-5")),
    "chunk-of-2-to-the-64": http(CHUNKED, body=chunk(size="f" * 16)),
    "chunk-size-of-5000-digits": http(CHUNKED, body=chunk(size="f" * 5000)),
    "chunk-size-with-0x": http(CHUNKED, body=chunk(size="0x10")),
    "chunk-size-too-small": http(CHUNKED, body=chunk(size=f"{len(BODY) - 3:x}")),
    "chunk-size-too-large": http(CHUNKED, body=chunk(size=f"{len(BODY) + 3:x}")),
    "no-last-chunk": http(CHUNKED, body=chunk().removesuffix(b"0\r\n\r\n")),
    "last-chunk-without-its-end": http(CHUNKED, body=chunk().removesuffix(b"\r\n")),
    "chunked-twice": http(CHUNKED, CHUNKED, body=chunk()),
    "chunked-twice-in-one": http("transfer-encoding: chunked, chunked", body=chunk()),
    "transfer-encoding-of-gzip": http("transfer-encoding: gzip, chunked", body=chunk()),
    "two-lengths": http(SIZE, "content-length: 4"),
    "length-too-large": http(f"content-length: {len(BODY) + 4}"),
    "negative-length": http("content-length: -1"),
    "length-with-a-plus": http(f"content-length: +{len(BODY)}"),
    "length-of-5000-digits": http("content-length: " + "9" * 5000),
    "http-0.9": BODY,
    "http-2": b"\0\0\x12\4\0\0\0\0\0" + bytes(18),
    "no-header-at-all": b"hello",
    "switching-protocols": http("upgrade: x", "connection: upgrade", status="HTTP/1.1 101 Switching Protocols"),
    "nothing-after-100": http(status="HTTP/1.1 100 Continue", body=b""),
    "status-of-words": http(SIZE, status="HTTP/1.1 fine OK"),
    "status-1000": http(SIZE, status="HTTP/1.1 1000 OK"),
    "status-0": http(SIZE, status="HTTP/1.1 000 OK"),
    "20000-headers": http(*(f"x-{number}: y" for number in range(20_000)), SIZE),
    "header-without-a-colon": http("hello", SIZE),
    "header-with-nul": http("x-a: a\0b", SIZE),
    "header-without-a-name": http(": x", SIZE),
}


@pytest.mark.parametrize("raw", BROKEN.values(), ids=BROKEN)
@repeatable_command
def test_row04_what_is_no_http_is_repeated_and_then_status_7(
    run: Runner, server: ScriptedServer, argv: tuple[str, ...], raw: bytes
) -> None:
    server.script = [Reply(raw=raw)]
    line = failure(run(*argv, "--max-retries", "1"), 7)
    assert len(line) < LONGEST_LINE
    assert "bytearray" not in line
    assert len(server.seen) == 2


@pytest.mark.parametrize("raw", BROKEN.values(), ids=BROKEN)
def test_row04_a_create_that_is_answered_so_is_looked_for(run: Runner, server: ScriptedServer, raw: bytes) -> None:
    service = BatchService(Reply(raw=raw))
    server.script = service
    result = run(*CREATE)
    assert (result.status, result.json["id"]) == (0, "bat-new-1"), result.stderr
    assert len(service.made) == len(server.of("POST")) == 1
    assert max(map(len, result.stderr.splitlines())) < LONGEST_LINE


NO_JSON = {
    "byte-order-mark": b"\xef\xbb\xbf" + BODY,
    "utf-32": BODY.decode().encode("utf-32"),
    "server-sent-events": b"data: " + BODY + b"\n\n",
    "ndjson": BODY + b"\n" + BODY + b"\n",
    "jsonp": b"callback(" + BODY + b");",
    "guarded-json": b")]}',\n" + BODY,
    "nul-behind": BODY + b"\0",
    "infinity": BODY[:-1] + b', "n": Infinity}',
    "nul-in-a-name": BODY[:-1] + b', "a\0b": 1}',
    "comma-behind": BODY[:-1] + b",}",
    "comment": b"/* x */" + BODY,
    "surrogate-as-utf-8": BODY[:-1] + b', "n": "\xed\xa0\x80"}',
    "overlong-utf-8": BODY[:-1] + b', "n": "\xc0\xaf"}',
}


@pytest.mark.parametrize("body", NO_JSON.values(), ids=NO_JSON)
@repeatable_command
def test_row04_what_is_nearly_json_is_status_1(
    run: Runner, server: ScriptedServer, argv: tuple[str, ...], body: bytes
) -> None:
    server.script = [Reply(body=body)]
    assert "200: the answer is not valid JSON" in failure(run(*argv), 1)
    assert len(server.seen) == 1


def test_row04_a_length_that_is_too_small_cuts_the_json(run: Runner, server: ScriptedServer) -> None:
    server.script = [Reply(raw=http(f"content-length: {len(BODY) - 4}"))]
    assert "200: the answer is not valid JSON" in failure(run(*GET), 1)


@pytest.mark.parametrize("status", [300, 304, 305, 399])
@repeatable_command
def test_row04_a_status_of_300_and_more_is_no_answer(
    run: Runner, server: ScriptedServer, argv: tuple[str, ...], status: int
) -> None:
    server.script = [Reply(status, b"", {"etag": '"x"'})]
    assert f"{status}: the server answers without an answer" in failure(run(*argv), 1)
    assert len(server.seen) == 1


WORDY = {
    "host": Reply(302, b"", {"location": f"https://{'h' * 60_000}/"}),
    "encoding": Reply(200, b"{}", {"content-encoding": "e" * 60_000}),
    "title": Reply(200, b"<html><title>" + b"t" * 4000 + b"</title>"),
    "request-id": Reply(400, {"detail": "no"}, {"x-request-id": "r" * 60_000}),
    "text": Reply(400, b"t" * 60_000),
    "retry-after": Reply(429, {"detail": "no"}, {"retry-after": "9" * 60_000}),
}


@pytest.mark.parametrize("reply", WORDY.values(), ids=WORDY)
def test_row04_the_line_stays_short_whatever_the_server_says(run: Runner, server: ScriptedServer, reply: Reply) -> None:
    server.script = [reply]
    assert len(failure(run(*GET), 1)) < LONGEST_LINE


def whole(value: object) -> bytes:
    return Reply(body=value).to_bytes()


class TestLeftOver:
    """What a connection still holds behind an answer is not the answer to the next request."""

    def test_row04_no_page_comes_before_it_was_asked_for(self, run: Runner, wire: Callable[..., WireServer]) -> None:
        first, second = whole(page(batch("1"), token="t")), whole(page(batch("2")))

        def talk(connection: socket.socket) -> None:
            while head := read_head(connection):
                connection.sendall(second if b"page_token" in head else first + whole(page(batch("3"))))

        server = wire(talk)
        run.base_url = server.url
        result = run(*LIST, "-q")
        assert (result.status, result.stdout) == (0, "1\n2\n"), result.stderr
        assert server.connections == 2

    def test_row04_no_batch_is_created_by_an_answer_that_came_before_the_create(
        self, run: Runner, wire: Callable[..., WireServer]
    ) -> None:
        posted = threading.Event()
        posts: list[bytes] = []

        def talk(connection: socket.socket) -> None:
            """Answers to the listing before the create with a batch too many; later listings have the new one."""
            number = server.connections
            while head := read_head(connection):
                if head.startswith(b"POST"):
                    posts.append(head)
                    posted.set()
                    connection.sendall(whole(batch("bat-new")))
                elif number == 1:
                    connection.sendall(whole(page()) + whole(batch("bat-of-somebody")))
                else:
                    posted.wait(10)
                    connection.sendall(whole(page(batch("bat-new"))))

        server = wire(talk)
        run.base_url = server.url
        result = run(*CREATE, "--list-before")
        assert (result.status, result.json["id"]) == (0, "bat-new"), result.stderr
        assert len(posts) == 1

    @pytest.mark.parametrize("ends", [reset, lambda _: None], ids=["reset", "closed"])
    def test_row04_a_connection_that_ends_between_pages_loses_none(
        self, run: Runner, wire: Callable[..., WireServer], ends: Callable[[socket.socket], None]
    ) -> None:
        def talk(connection: socket.socket) -> None:
            head = read_head(connection)
            connection.sendall(whole(page(batch("2")) if b"page_token" in head else page(batch("1"), token="t")))
            time.sleep(0.02)  # what is sent arrives before the reset
            ends(connection)

        server = wire(talk)
        run.base_url = server.url
        assert run(*LIST, "-q") == (0, "1\n2\n", "")
