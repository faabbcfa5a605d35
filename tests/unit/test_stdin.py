"""A mapping on standard input: what is read, what is refused, what is waited for."""

from __future__ import annotations

import errno
import io
import os
import threading
from typing import TYPE_CHECKING, Any

import pytest

from llamacloud_cli.errors import UsageError
from llamacloud_cli.inputs import stdin
from llamacloud_cli.inputs.files import MAX_INPUT_BYTES
from llamacloud_cli.inputs.stdin import HINT, read_mapping
from tests.servers import Reply, ScriptedServer, batch

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Runner


def _read(data: bytes | str) -> dict[str, Any]:
    return read_mapping(io.BytesIO(data.encode() if isinstance(data, str) else data), notice=_silent)


def _silent(text: str) -> None:
    raise AssertionError(f"nothing to wait for, but: {text}")


@pytest.mark.parametrize(
    ("data", "fields"),
    [
        ("{a: 1}", {"a": 1}),
        ('{"a": [1, null]}', {"a": [1, None]}),
        ("a: yes\nb: 0x10\nc: 12:30\n", {"a": "yes", "b": 16, "c": "12:30"}),
        ("---\na: 1\n", {"a": 1}),
        (b"\xef\xbb\xbfa: 1\n", {"a": 1}),
        ("a: 1\r\nb: 2\r\n", {"a": 1, "b": 2}),
        ("{}", {}),
    ],
)
def test_a_mapping_in_yaml_or_json_gives_its_fields(data: bytes | str, fields: dict[str, Any]) -> None:
    assert _read(data) == fields


@pytest.mark.parametrize("data", ["", "\n", "  \n\t\n", "# a comment\n", "null", "~", "---\n"])
def test_nothing_gives_no_fields(data: str) -> None:
    assert _read(data) == {}


@pytest.mark.parametrize("data", ["[1, 2]", "bat-1", "5", "true", '"text"', "bat-1\nbat-2\nbat-3\n"])
def test_what_is_no_mapping_is_refused_since_a_loop_would_lose_its_lines(data: str) -> None:
    with pytest.raises(UsageError, match="standard input: not a mapping of field names to values") as caught:
        _read(data)
    assert caught.value.hint == HINT
    assert "</dev/null" in HINT
    assert "--no-stdin" in HINT


def test_broken_text_is_refused_with_its_place_and_with_the_way_out() -> None:
    with pytest.raises(UsageError, match=r"standard input: .*line 2, column 4") as caught:
        _read("a: 1\nb: [1\n")
    assert caught.value.hint is not None
    assert caught.value.hint.endswith(HINT)
    assert caught.value.snippet == "b: [1\n   ^"


def test_what_is_not_utf_8_is_refused() -> None:
    with pytest.raises(UsageError, match="standard input: not UTF-8 text"):
        _read(b"a: caf\xe9")


def test_10_mib_are_read_and_more_refused() -> None:
    text = "a: '" + "x" * (MAX_INPUT_BYTES - 5) + "'"
    assert len(_read(text)["a"]) == MAX_INPUT_BYTES - 5
    with pytest.raises(UsageError, match="standard input: larger than 10 MiB"):
        _read(text + "\n")


def test_what_cannot_be_read_is_refused() -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError(errno.EIO, "Input/output error")

    with pytest.raises(UsageError, match="standard input: cannot read it: Input/output error"):
        read_mapping(Broken(), notice=_silent)


def test_a_pipe_that_is_silent_for_a_while_is_waited_for_with_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stdin, "_PATIENCE_SECONDS", 0.01)
    reading, writing = os.pipe()
    words: list[str] = []
    waited = threading.Event()

    def write() -> None:
        waited.wait(10)
        os.write(writing, b"a: 1")
        os.close(writing)

    def notice(text: str) -> None:
        words.append(text)
        waited.set()

    writer = threading.Thread(target=write)
    writer.start()
    with os.fdopen(reading, "rb") as stream:
        assert read_mapping(stream, notice=notice) == {"a": 1}
    writer.join()
    assert words == [f"reading standard input until it ends; {HINT}"]


class TestCommands:
    """The same through whole command lines."""

    @pytest.mark.parametrize(
        "command",
        [("create", "--config", "{}", "--source-directory-id", "d"), ("list",), ("get", "b"), ("cancel", "b")],
    )
    def test_each_command_refuses_lines_that_are_not_its_own(
        self, run: Runner, server: ScriptedServer, command: tuple[str, ...]
    ) -> None:
        result = run("batches", *command, stdin="bat-2\nbat-3\n")
        assert (result.status, result.stdout, server.seen) == (2, "", [])
        assert result.stderr == f"error: standard input: not a mapping of field names to values — {HINT}\n"

    @pytest.mark.parametrize("place", [0, 1, 3])
    def test_no_stdin_leaves_them_alone(self, run: Runner, server: ScriptedServer, place: int) -> None:
        words = ["batches", "get", "b"]
        words.insert(place, "--no-stdin")
        assert run(*words, stdin="bat-2\nbat-3\n").status == 0
        assert [seen.path for seen in server.seen] == ["/api/v2/batches/b"]

    def test_an_id_as_an_argument_beats_the_one_on_standard_input(self, run: Runner, server: ScriptedServer) -> None:
        assert run("batches", "get", "flag", stdin="batch_id: stdin\nexpand: [results]\n").status == 0
        assert [(seen.path, seen.query) for seen in server.seen] == [("/api/v2/batches/flag", [("expand", "results")])]

    def test_a_file_may_be_named_on_standard_input(self, run: Runner, server: ScriptedServer, tmp_path: Path) -> None:
        (tmp_path / "id.txt").write_text("cfg-1", encoding="utf-8")
        fields = f"source_directory_id: d\nconfig: {{job: {{configuration_id: '@{tmp_path}/id.txt'}}}}\n"
        server.script = [Reply(body=batch())]
        assert run("batches", "create", stdin=fields).status == 0
        assert server.of("POST")[0].json["config"] == {"job": {"configuration_id": "cfg-1"}}

    def test_an_id_given_twice_is_refused(self, run: Runner, server: ScriptedServer) -> None:
        result = run("batches", "get", "a", "--batch-id", "a")
        assert (result.status, server.seen) == (2, [])
        assert result.stderr == "error: batch_id: given both as an argument and as --batch-id\n"
