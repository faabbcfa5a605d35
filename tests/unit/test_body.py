"""The body of an answer: decoded to its end, and never more of it than the limit."""

from __future__ import annotations

import gzip
import os
import sys
import tracemalloc
import zlib
from itertools import pairwise, repeat
from typing import TYPE_CHECKING

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from llamacloud_cli.api.body import TruncatedBodyError, read_body
from llamacloud_cli.errors import ApiError
from tests.processes import python
from tests.servers import Reply, ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MIB = 1024 * 1024
TEXT = b'{"id": "bat-1"}' * 100


class Pieces(httpx.SyncByteStream):
    """A body that comes in these pieces."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._pieces)


def response(*pieces: bytes, encoding: str | None = None) -> httpx.Response:
    headers = {"x-request-id": "req-42"} | ({"content-encoding": encoding} if encoding is not None else {})
    return httpx.Response(200, headers=headers, stream=Pieces(pieces))


def cut(data: bytes, *places: int) -> list[bytes]:
    places = (0, *sorted(place % (len(data) + 1) for place in places), len(data))
    return [data[start:end] for start, end in pairwise(places)]


class TestWhole:
    @pytest.mark.parametrize("encoding", [None, "", "identity", " Identity "])
    def test_plain(self, encoding: str | None) -> None:
        assert read_body(response(TEXT[:7], TEXT[7:], encoding=encoding)) == TEXT

    @pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "GZIP", " gzip "])
    def test_gzip(self, encoding: str) -> None:
        assert read_body(response(gzip.compress(TEXT), encoding=encoding)) == TEXT

    @pytest.mark.parametrize("encoding", [None, "gzip"])
    def test_nothing(self, encoding: str | None) -> None:
        assert read_body(response(encoding=encoding)) == b""

    def test_gzip_of_nothing(self) -> None:
        assert read_body(response(gzip.compress(b""), encoding="gzip")) == b""

    @given(st.lists(st.binary(max_size=300), min_size=1, max_size=5), st.lists(st.integers(0, 10_000), max_size=8))
    def test_gzip_of_several_members_cut_into_pieces_anywhere(self, members: list[bytes], places: list[int]) -> None:
        data = b"".join(gzip.compress(member) for member in members)
        assert read_body(response(*cut(data, *places), encoding="gzip")) == b"".join(members)

    @pytest.mark.parametrize("size", [1, 1000, 65536])
    def test_gzip_larger_than_one_piece_of_the_decoder(self, size: int) -> None:
        text = os.urandom(MIB) + bytes(5 * MIB + 17) + os.urandom(1000)
        data = gzip.compress(text)
        pieces = [data[start : start + size] for start in range(0, len(data), size)]
        assert read_body(response(*pieces, encoding="gzip")) == text


class TestCutShort:
    @given(st.integers(1, 10_000))
    def test_gzip_is_noticed_wherever_it_is_cut(self, place: int) -> None:
        """Also within the eight bytes at its end, which hold the check sum and the length."""
        data = gzip.compress(TEXT)
        with pytest.raises(TruncatedBodyError):
            read_body(response(data[: place % (len(data) - 1) + 1], encoding="gzip"))

    def test_gzip_whose_second_member_is_cut(self) -> None:
        with pytest.raises(TruncatedBodyError):
            read_body(response(gzip.compress(TEXT), gzip.compress(TEXT)[:-1], encoding="gzip"))

    @pytest.mark.parametrize("position", [0, 12, -5, -1])
    def test_gzip_with_a_wrong_byte(self, position: int) -> None:
        data = bytearray(gzip.compress(TEXT))
        data[position] ^= 0xFF
        with pytest.raises(TruncatedBodyError):
            read_body(response(bytes(data), encoding="gzip"))

    def test_gzip_with_something_behind_it(self) -> None:
        with pytest.raises(TruncatedBodyError):
            read_body(response(gzip.compress(TEXT), b"<html>", encoding="gzip"))

    @pytest.mark.parametrize("body", [TEXT, zlib.compress(TEXT)], ids=["text", "deflate"])
    def test_what_is_not_the_gzip_that_it_claims_to_be(self, body: bytes) -> None:
        with pytest.raises(TruncatedBodyError):
            read_body(response(body, encoding="gzip"))


class TestOtherEncodings:
    @pytest.mark.parametrize("encoding", ["br", "deflate", "zstd", "gzip, gzip", "gzip, br", "compress", "x"])
    def test_are_refused_with_the_request_id(self, encoding: str) -> None:
        with pytest.raises(ApiError, match="encoded as") as raised:
            read_body(response(TEXT, encoding=encoding))
        assert raised.value.request_id == "req-42"
        assert raised.value.status == 200


class TestLimit:
    @pytest.mark.parametrize("encoding", [None, "gzip"])
    def test_up_to_it_and_not_a_byte_more(self, encoding: str | None) -> None:
        data = gzip.compress(TEXT, mtime=0) if encoding else TEXT
        assert read_body(response(data, encoding=encoding), limit=len(TEXT)) == TEXT
        with pytest.raises(ApiError, match="larger than 1499 bytes"):
            read_body(response(data, encoding=encoding), limit=len(TEXT) - 1)

    def test_a_plain_body_without_end(self) -> None:
        endless = httpx.Response(200, stream=Pieces(repeat(b"x" * 65536)))
        with pytest.raises(ApiError, match="larger than 16 MiB"):
            read_body(endless)

    def test_gzip_without_end_that_holds_nothing(self) -> None:
        """Members of no bytes: the decoded size stays nothing, so that the size as sent has to count."""
        members = gzip.compress(b"") * 100
        endless = httpx.Response(200, headers={"content-encoding": "gzip"}, stream=Pieces(repeat(members)))
        with pytest.raises(ApiError, match="larger than 1 MiB"):
            read_body(endless, limit=MIB)

    @pytest.mark.parametrize(("more", "refused"), [(0, False), (1, True)])
    def test_gzip_may_have_100_000_members(self, more: int, refused: bool) -> None:
        member = gzip.compress(b"")
        pieces = [member * 100] * 1000 + [member] * more
        if not refused:
            assert read_body(response(*pieces, encoding="gzip")) == b""
            return
        with pytest.raises(ApiError, match="more than 100,000 gzip members"):
            read_body(response(*pieces, encoding="gzip"))

    def test_a_gzip_bomb_takes_no_more_memory_than_the_limit(self) -> None:
        tracemalloc.start()
        try:
            with pytest.raises(ApiError, match="larger than 4 MiB"):
                read_body(response(*cut(bomb(256), 1000), encoding="gzip"), limit=4 * MIB)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < 8 * MIB

    @pytest.mark.skipif(sys.platform != "linux", reason="the peak of a process is read from Linux's /proc")
    @pytest.mark.parametrize("kind", ["bomb", "endless"])
    def test_the_whole_process_stays_under_200_mib(self, kind: str) -> None:
        """512 MiB of zeros in gzip, or a body without end, over a real connection."""

        def endless() -> Iterator[bytes]:
            return repeat(b" " * 65536)

        zipped = Reply(body=bomb(512), headers={"content-encoding": "gzip"})
        plain = Reply(raw=b"HTTP/1.1 200 OK\r\n\r\n", more=endless)
        server = ScriptedServer([zipped if kind == "bomb" else plain])
        # ru_maxrss would count what the parent held before the process became Python.
        code = (
            "import sys; from llamacloud_cli.main import main; status = main(['batches', 'get', 'bat-1']);"
            "print(next(line for line in open('/proc/self/status') if line.startswith('VmHWM'))); sys.exit(status)"
        )
        try:
            done = python(code, url=server.url)
        finally:
            server.close()
        assert "larger than 16 MiB" in done.stderr
        assert done.returncode == 1
        assert int(done.stdout.split()[1]) * 1024 < 200 * MIB


def bomb(mebibytes: int) -> bytes:
    """Gives so many MiB of zeros in gzip; a thousandth of that as sent."""
    packer = zlib.compressobj(9, wbits=16 + zlib.MAX_WBITS)
    return b"".join([*(packer.compress(bytes(MIB)) for _ in range(mebibytes)), packer.flush()])
