"""Presigned downloads: what is fetched again, from where, and what is told of it."""

from __future__ import annotations

from io import BytesIO
from itertools import repeat
from typing import TYPE_CHECKING

import pytest

from llamacloud_cli.api.downloads import Downloader
from llamacloud_cli.errors import ApiError, CliError
from tests.clients import client
from tests.conftest import KEY
from tests.servers import Reply, ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def storage() -> Iterator[ScriptedServer]:
    """Where presigned URLs lead."""
    server = ScriptedServer()
    yield server
    server.close()


@pytest.fixture
def downloader(storage: ScriptedServer) -> Iterator[Downloader]:
    """Repeats twice, without waiting."""
    caller = client(2, base_url=storage.url)
    found = Downloader(caller)
    yield found
    found.close()
    caller.close()


def fetch(downloader: Downloader, url: str) -> tuple[int, bytes]:
    """Gives the size that was told, and what was written after the last restart."""
    file = BytesIO()

    def restart() -> None:
        file.seek(0)
        file.truncate()

    size = downloader.fetch(url, file.write, restart)
    return size, file.getvalue()


def test_what_is_there_is_written_and_its_size_told(downloader: Downloader, storage: ScriptedServer) -> None:
    """Without the key, and as it is."""
    storage.script = [Reply(body=b"abcdef")]
    assert fetch(downloader, f"{storage.url}/file?sig=secret") == (6, b"abcdef")
    sent = storage.seen[0].headers
    assert sent["accept-encoding"] == "identity"
    assert sent["user-agent"].startswith("llamacloud-prod/")
    assert not any(KEY in value for value in sent.values())


def test_what_came_of_an_attempt_that_broke_off_is_void(downloader: Downloader, storage: ScriptedServer) -> None:
    whole = Reply(body=b"abcdef")
    storage.script = [whole._replace(cut=-3), whole._replace(cut=-2), whole]
    assert fetch(downloader, f"{storage.url}/file") == (6, b"abcdef")
    assert len(storage.seen) == 3


@pytest.mark.parametrize(
    ("status", "may_expire"), [(400, False), (401, True), (403, True), (404, True), (410, True), (416, False)]
)
def test_a_refusal_is_final_and_says_what_may_be_the_reason(
    downloader: Downloader, storage: ScriptedServer, status: int, may_expire: bool
) -> None:
    storage.script = [Reply(status)]
    with pytest.raises(ApiError) as caught:
        fetch(downloader, f"{storage.url}/file?sig=secret")
    assert caught.value.message == f"{storage.url}: a download is refused with {status}"
    assert (caught.value.hint is not None) is may_expire
    assert caught.value.status == status
    assert len(storage.seen) == 1


def test_a_failure_that_may_pass_is_repeated(downloader: Downloader, storage: ScriptedServer) -> None:
    storage.script = [Reply(503), Reply(429), Reply(body=b"x")]
    assert fetch(downloader, f"{storage.url}/file") == (1, b"x")


def test_five_redirects_are_followed_and_a_sixth_is_not(downloader: Downloader, storage: ScriptedServer) -> None:
    """A relative one leads to the same place."""
    hop = Reply(302, headers={"location": "next"})
    storage.script = [*[hop] * 5, Reply(body=b"x")]
    assert fetch(downloader, f"{storage.url}/a/file") == (1, b"x")
    assert [seen.path for seen in storage.seen] == ["/a/file"] + ["/a/next"] * 5
    storage.seen.clear()
    storage.script = [hop]
    with pytest.raises(ApiError, match="redirected more than 5 times"):
        fetch(downloader, f"{storage.url}/a/file")
    assert len(storage.seen) == 6


def test_an_encoding_that_was_not_asked_for_is_refused(downloader: Downloader, storage: ScriptedServer) -> None:
    storage.script = [Reply(body=b"x", headers={"content-encoding": "gzip"})]
    with pytest.raises(ApiError, match="a download is encoded"):
        fetch(downloader, f"{storage.url}/file")


@pytest.mark.parametrize("url", ["ftp://s.example/x", "http://s.example/x", "file:///etc/passwd", "x", ""])
def test_nothing_but_https_is_fetched_elsewhere(downloader: Downloader, storage: ScriptedServer, url: str) -> None:
    """Nor at the end of a redirect."""
    storage.script = [Reply(302, headers={"location": url or "http://other.example/"})]
    if url not in ("", "x"):
        with pytest.raises(ApiError, match="a download leads to"):
            fetch(downloader, f"{storage.url}/file")
    with pytest.raises(CliError, match="a download leads to"):
        fetch(downloader, url)
    assert len(storage.seen) == (url not in ("", "x"))


UNREADABLE = [
    "https://[::1/x",
    "https://",
    "https:",
    "https://s.example:99999/",
    "https://s.example:x/",
    "https://\x1b[31m/",
]


@pytest.mark.parametrize("url", [*UNREADABLE, "https://s\0.example/", "https://\ud800/", "https://s.example/\n"])
def test_an_address_that_cannot_be_read_is_refused_once(downloader: Downloader, url: str) -> None:
    with pytest.raises(ApiError, match="leads to an unusable address") as caught:
        fetch(downloader, url)
    assert not caught.value.retryable


@pytest.mark.parametrize("url", UNREADABLE)
def test_so_is_one_that_a_redirect_leads_to(downloader: Downloader, storage: ScriptedServer, url: str) -> None:
    storage.script = [Reply(302, headers={"location": url})]
    with pytest.raises(ApiError, match="leads to an unusable address"):
        fetch(downloader, f"{storage.url}/file")
    assert len(storage.seen) == 1


@pytest.mark.parametrize("status", [300, 302, 304, 206])
def test_a_status_that_gives_neither_a_file_nor_a_place_is_a_refusal(
    downloader: Downloader, storage: ScriptedServer, status: int
) -> None:
    storage.script = [Reply(status, b"")]
    with pytest.raises(ApiError, match=f"a download is refused with {status}"):
        fetch(downloader, f"{storage.url}/file")
    assert len(storage.seen) == 1


def test_what_does_not_end_is_given_up(
    downloader: Downloader, storage: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("llamacloud_cli.api.downloads.LARGEST_DOWNLOAD", 100_000)
    storage.script = [Reply(raw=b"HTTP/1.1 200 OK\r\n\r\n", more=lambda: repeat(b" " * 4096))]
    with pytest.raises(ApiError, match="a download does not end"):
        fetch(downloader, f"{storage.url}/file")
    assert len(storage.seen) == 1
