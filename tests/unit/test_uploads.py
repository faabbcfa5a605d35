"""One file on its way to the service: the bytes of its form, its names, and what it is checked for."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from email.parser import BytesParser
from email.policy import HTTP
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import respx

from llamacloud_cli.api.directories import read_file
from llamacloud_cli.api.files import Upload, upload_file
from llamacloud_cli.errors import ApiError
from llamacloud_cli.workflows.ledger_shards import Sending
from llamacloud_cli.workflows.uploads import SourceError, upload_of
from tests.clients import API, client

if TYPE_CHECKING:
    from pathlib import Path

FILES = "/api/v1/beta/directories/dir-1/files"
UNIQUE = "u" * 64 + ".pdf"


@pytest.fixture
def api() -> Any:
    """The API as respx plays it; a request that no route knows fails the test."""
    with respx.mock(base_url=API, assert_all_called=False) as router:
        yield router


def upload(*pieces: bytes, name: str = "a.pdf") -> Upload:
    return Upload(name, UNIQUE, f"sub/{name}", "d" * 64, sum(map(len, pieces)), lambda: iter(pieces))


def send(given: Upload, limit: int = 0) -> str:
    return upload_file(client(limit), "dir-1", given, (("project_id", "prj-1"),)).id


def form(request: httpx.Request) -> dict[str, Any]:
    """Gives the parts of a form by their names, as a parser of its own reads them."""
    head = b"Content-Type: " + request.headers["content-type"].encode() + b"\r\n\r\n"
    message = BytesParser(policy=HTTP).parsebytes(head + request.content)
    return {part.get_param("name", header="content-disposition"): part for part in message.iter_parts()}


class TestTheForm:
    @pytest.mark.parametrize("pieces", [(b"one",), (b"one", b"two", b"three"), ()])
    def test_holds_the_file_and_what_names_it(self, api: respx.MockRouter, pieces: tuple[bytes, ...]) -> None:
        sent = api.post(f"{FILES}/upload").respond(201, json={"id": "dfl-1"})
        assert send(upload(*pieces)) == "dfl-1"
        request = sent.calls.last.request
        parts = form(request)
        assert list(parts) == ["display_name", "unique_id", "metadata", "upload_file"]
        assert parts["display_name"].get_content() == "a.pdf"
        assert parts["unique_id"].get_content() == UNIQUE
        metadata = {"source_path": "sub/a.pdf", "source_sha256": "d" * 64}
        assert json.loads(parts["metadata"].get_content()) == metadata
        assert parts["upload_file"].get_content() == b"".join(pieces)
        assert parts["upload_file"].get_content_type() == "application/octet-stream"
        assert int(request.headers["content-length"]) == len(request.content)
        assert request.url.params["project_id"] == "prj-1"

    def test_the_name_of_a_file_cannot_end_its_header(self, api: respx.MockRouter) -> None:
        sent = api.post(f"{FILES}/upload").respond(201, json={"id": "dfl-1"})
        send(upload(b"x", name='a"\r\nx: y\0.pdf'))
        assert b'filename="a%22%0D%0Ax: y%00.pdf"\r\n' in sent.calls.last.request.content

    def test_what_a_file_noted_is_read_back(self) -> None:
        metadata = {"source_path": "sub/a.pdf", "source_sha256": "d" * 64}
        file = read_file({"id": "dfl-1", "unique_id": "u", "display_name": "a.pdf", "metadata": metadata})
        assert file == ("dfl-1", "u", "a.pdf", "sub/a.pdf", "d" * 64)
        assert read_file({"id": "dfl-1", "metadata": "text"}) == ("dfl-1", "", "dfl-1", None, None)
        assert read_file({"id": 5}) is None


class TestAtMostOnce:
    def test_after_an_unclear_answer_the_directory_is_asked_first(self, api: respx.MockRouter) -> None:
        sent = api.post(f"{FILES}/upload").respond(500)
        looked = api.get(FILES).respond(json={"items": [{"id": "dfl-9", "unique_id": UNIQUE}]})
        assert send(upload(b"x"), 2) == "dfl-9"
        assert (sent.call_count, looked.call_count) == (1, 1)

    def test_and_where_it_is_not_there_it_is_sent_again(self, api: respx.MockRouter) -> None:
        answers = [httpx.Response(500), httpx.Response(201, json={"id": "dfl-1"})]
        sent = api.post(f"{FILES}/upload").mock(side_effect=answers)
        api.get(FILES).respond(json={"items": []})
        assert send(upload(b"x"), 2) == "dfl-1"
        assert sent.call_count == 2

    def test_after_a_clear_one_it_is_not_asked(self, api: respx.MockRouter) -> None:
        answers = [httpx.Response(429), httpx.Response(201, json={"id": "dfl-1"})]
        api.post(f"{FILES}/upload").mock(side_effect=answers)
        looked = api.get(FILES).respond(json={"items": []})
        assert send(upload(b"x"), 2) == "dfl-1"
        assert looked.call_count == 0

    @pytest.mark.parametrize("there", [True, False])
    def test_an_id_that_is_taken_is_looked_for(self, api: respx.MockRouter, there: bool) -> None:
        api.post(f"{FILES}/upload").respond(409)
        api.get(FILES).respond(json={"items": [{"id": "dfl-9", "unique_id": UNIQUE}] if there else []})
        if there:
            assert send(upload(b"x")) == "dfl-9"
            return
        with pytest.raises(ApiError, match="409"):
            send(upload(b"x"))

    def test_an_answer_without_an_id_is_no_file(self, api: respx.MockRouter) -> None:
        api.post(f"{FILES}/upload").respond(201, json={})
        with pytest.raises(ApiError, match="a directory file without an `id`"):
            send(upload(b"x"))


class TestTheSource:
    def sending(self, path: Path, content: bytes, source: bytes = b"sub/a.pdf") -> Upload:
        sha256 = hashlib.sha256(content).hexdigest()
        self.checked: list[int] = []
        sending = Sending(1, sha256 + ".pdf", sha256, len(content), os.fsencode(path), source, 0)
        return upload_of(sending, lambda: self.checked.append(1))

    def test_is_read_in_pieces_and_the_run_may_end_before_each(self, tmp_path: Path) -> None:
        content = b"x" * 600_000
        (tmp_path / "a").write_bytes(content)
        given = self.sending(tmp_path / "a", content)
        assert [len(piece) for piece in given.read()] == [262144, 262144, 75712]
        assert len(self.checked) == 3

    @pytest.mark.parametrize("now", [b"", b"abc", b"abcdef", b"abce"])
    def test_that_has_changed_is_noticed_before_the_body_ends(self, tmp_path: Path, now: bytes) -> None:
        """Also where it is as long as before; no more than its size goes out."""
        (tmp_path / "a").write_bytes(now)
        given = self.sending(tmp_path / "a", b"abcd")
        out: list[bytes] = []
        with pytest.raises(SourceError, match="has changed"):
            out.extend(given.read())
        assert sum(map(len, out)) <= 4

    def test_that_is_gone_or_a_link_cannot_be_read(self, tmp_path: Path) -> None:
        (tmp_path / "b").write_bytes(b"abcd")
        (tmp_path / "a").symlink_to(tmp_path / "b")
        for name in ("a", "missing"):
            with pytest.raises(SourceError, match="the file cannot be read"):
                list(self.sending(tmp_path / name, b"abcd").read())

    def test_that_has_become_a_pipe_does_not_hold_the_run(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "a")
        given = self.sending(tmp_path / "a", b"abcd")
        outcome: list[bytes | str] = []

        def read() -> None:
            with pytest.raises(SourceError, match="has changed"):
                outcome.extend(given.read())
            outcome.append("refused")

        reader = threading.Thread(target=read)
        reader.start()
        reader.join(5)
        if reader.is_alive():  # waits for somebody to write
            (tmp_path / "a").write_bytes(b"")
            reader.join()
            outcome.append("after it was written to")
        assert outcome == ["refused"]

    @pytest.mark.parametrize(
        ("source", "name", "path"),
        [
            (b"sub/a.pdf", "a.pdf", "sub/a.pdf"),
            (b"sub\\a.pdf", "a.pdf", "sub\\a.pdf"),
            (b"\xff.pdf", "?.pdf", "?.pdf"),
            (b"x" * 300 + b".pdf", "x" * 196 + ".pdf", "x" * 300 + ".pdf"),
        ],
    )
    def test_is_named_by_the_last_part_of_its_path(self, tmp_path: Path, source: bytes, name: str, path: str) -> None:
        given = self.sending(tmp_path, b"", source)
        assert (given.name, given.source_path) == (name, path)
