"""Row 4. Answers that are no answers, cut short, or without bound: status 1 or 7, nothing on standard output.

Memory stays under 200 MiB, and no answer takes longer than `--http-timeout`.
"""

from __future__ import annotations

import gzip
import json
import time
import zlib
from itertools import repeat
from typing import TYPE_CHECKING

import pytest

from llamacloud_cli.api.weight import Weight, weigh
from tests.commands import CREATE, GET, LIST, failure, repeatable_command
from tests.faults.conftest import MIB, MOST_MEMORY, NO_WAIT
from tests.servers import BatchService, Reply, ScriptedServer, batch, page
from tests.workflows.conftest import written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import Runner
    from tests.faults.conftest import Measured
    from tests.servers import Seen

GZIP = {"content-encoding": "gzip"}
ZIPPED = gzip.compress(json.dumps(batch()).encode())

NO_ANSWER = {
    "html": (Reply(200, b"<html><title>Log in</title>"), "Log in"),
    "broken-json": (Reply(200, b'{"id": bat-1}'), "not valid JSON"),
    "json-cut-short": (Reply(200, b'{"id": "bat-1", "sta'), "not valid JSON"),
    "204": (Reply(204, b""), "an empty answer"),
    "empty": (Reply(200, b""), "an empty answer"),
    "null": (Reply(200, b"null"), "null instead of an object"),
    "a-string": (Reply(200, b'"bat-1"'), "a string instead of an object"),
    "an-array": (Reply(200, [batch()]), "an array instead of an object"),
    "a-number": (Reply(200, b"7"), "a number instead of an object"),
    "nan": (Reply(200, b'{"id": NaN}'), "not valid JSON"),
    "invalid-utf-8": (Reply(200, b'{"id": "bat-\xff"}'), "not valid JSON"),
    "utf-16": (Reply(200, '{"id": "bat-1"}'.encode("utf-16")), "not valid JSON"),
    "2-million-nested-arrays": (Reply(200, b"[" * 2_000_000 + b"]" * 2_000_000), "not valid JSON"),
    "a-million-nested-objects": (Reply(200, b'{"a":' * 1_000_000 + b"1" + b"}" * 1_000_000), "not valid JSON"),
    "deflate": (Reply(200, zlib.compress(b"{}"), {"content-encoding": "deflate"}), "'deflate'"),
    "br": (Reply(200, b"\x0b\x01\x80{}\x03", {"content-encoding": "br"}), "'br'"),
    "gzip-twice": (Reply(200, gzip.compress(ZIPPED), {"content-encoding": "gzip, gzip"}), "'gzip, gzip'"),
    "two-encodings": (Reply(200, ZIPPED, {"content-encoding": "gzip, br"}), "'gzip, br'"),
}


@pytest.mark.parametrize(("reply", "words"), NO_ANSWER.values(), ids=NO_ANSWER)
@repeatable_command
def test_row04_no_answer_of_the_api_is_status_1(
    run: Runner, server: ScriptedServer, argv: tuple[str, ...], reply: Reply, words: str
) -> None:
    server.script = [reply]
    assert words in failure(run(*argv), 1)


CUT = {
    "gzip-without-its-end": Reply(body=ZIPPED[:-8], headers=GZIP),
    "gzip-without-a-byte": Reply(body=ZIPPED[:-1], headers=GZIP),
    "gzip-cut-in-half": Reply(body=ZIPPED[: len(ZIPPED) // 2], headers=GZIP),
    "gzip-with-a-wrong-byte": Reply(body=ZIPPED[:-6] + b"\0\0" + ZIPPED[-4:], headers=GZIP),
    "no-gzip-at-all": Reply(body=b'{"id": "bat-1"}', headers=GZIP),
    "shorter-than-content-length": Reply(body=batch(), cut=-3),
    "chunked-without-end": Reply(raw=b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n"),
    "chunk-of-no-size": Reply(raw=b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n"),
}


@pytest.mark.parametrize("reply", CUT.values(), ids=CUT)
@repeatable_command
def test_row04_an_answer_cut_short_is_repeated_and_then_status_7(
    run: Runner, server: ScriptedServer, argv: tuple[str, ...], reply: Reply
) -> None:
    server.script = [reply]
    failure(run(*argv, "--max-retries", "2"), 7)
    assert len(server.seen) == 3


KEPT = {
    "lone-surrogate": r'{"id": "bat-1", "x": "a\ud800b"}',
    "duplicate-keys": r'{"id": "bat-0", "id": "bat-1", "x": 1, "x": 2}',
    "1e400": r'{"id": "bat-1", "x": 1e400, "y": -1e400}',
    "integer-of-5000-digits": '{"id": "bat-1", "x": ' + "9" * 5000 + "}",
    "nul-in-a-string": r'{"id": "bat-1", "x": "\u0000"}',
}


@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT)
def test_row04_odd_json_is_printed_as_it_came(run: Runner, server: ScriptedServer, text: str) -> None:
    server.script = [Reply(body=text.encode())]
    result = run(*GET, "--format", "jsonl")
    assert (result.status, result.stderr) == (0, "")
    printed = text.replace(": ", ":").replace(", ", ",") + "\n"
    assert result.stdout == printed
    assert run(*GET, "-q").stdout == "bat-1\n"
    assert run(*CREATE, "--format", "jsonl").stdout == printed
    server.script = [Reply(body=in_items(text.encode()))]
    assert run(*LIST, "--format", "jsonl") == (0, printed, "")


class TestDeadline:
    """`--http-timeout` bounds the whole call, however steadily bytes come."""

    def check(self, run: Runner, *argv: str) -> None:
        began = time.monotonic()
        line = failure(run(*argv, "--http-timeout", "0.4", "--max-retries", "0"), 7)
        assert "no whole answer within 0.4 s" in line
        assert time.monotonic() - began < NO_WAIT

    @repeatable_command
    def test_row04_headers_byte_by_byte(self, run: Runner, server: ScriptedServer, argv: tuple[str, ...]) -> None:
        server.script = [Reply(body=batch(), drip=0.05)]
        self.check(run, *argv)

    @repeatable_command
    @pytest.mark.parametrize("head", [b"content-length: 1000\r\n", b"", b"transfer-encoding: chunked\r\n"])
    def test_row04_a_body_byte_by_byte(
        self, run: Runner, server: ScriptedServer, argv: tuple[str, ...], head: bytes
    ) -> None:
        def slowly() -> Iterator[bytes]:
            while True:
                yield b"1\r\n \r\n" if b"chunked" in head else b" "
                time.sleep(0.05)

        server.script = [Reply(raw=b"HTTP/1.1 200 OK\r\n" + head + b"\r\n", more=slowly)]
        self.check(run, *argv)

    @repeatable_command
    def test_row04_no_answer_at_all(self, run: Runner, server: ScriptedServer, argv: tuple[str, ...]) -> None:
        server.script = [Reply(delay=1)]
        self.check(run, *argv)

    def test_row04_informational_answers_without_end(self, run: Runner, server: ScriptedServer) -> None:
        def continues() -> Iterator[bytes]:
            while True:
                yield b"HTTP/1.1 102 Processing\r\n\r\n"
                time.sleep(0.02)

        server.script = [Reply(raw=b"", more=continues)]
        self.check(run, *GET)

    def test_row04_headers_without_end_are_no_answer(self, run: Runner, server: ScriptedServer) -> None:
        server.script = [Reply(raw=b"HTTP/1.1 200 OK\r\n", more=lambda: repeat(b"x-a: " + b"b" * 1000 + b"\r\n"))]
        failure(run(*GET, "--max-retries", "0"), 7)


def bomb(mebibytes: int) -> bytes:
    """Gives so many MiB of zeros in gzip, a thousandth of that as sent. Its end is missing, and never reached."""
    packer = zlib.compressobj(9, wbits=16 + zlib.MAX_WBITS)
    head = packer.compress(b"") + packer.flush(zlib.Z_FULL_FLUSH)
    return head + (packer.compress(bytes(MIB)) + packer.flush(zlib.Z_FULL_FLUSH)) * mebibytes


def zipped(text: bytes) -> Reply:
    return Reply(body=gzip.compress(text, 1), headers=GZIP)


def in_items(text: bytes) -> bytes:
    return b'{"items": [' + text + b'], "next_page_token": null}'


LARGE = {
    "body-without-end": lambda: Reply(raw=b"HTTP/1.1 200 OK\r\n\r\n", more=lambda: repeat(b" " * 65536)),
    "json-without-end": lambda: Reply(raw=b'HTTP/1.1 200 OK\r\n\r\n{"items": [', more=lambda: repeat(b"[]," * 20000)),
    "refusal-without-end": lambda: Reply(raw=b"HTTP/1.1 400 Bad\r\n\r\n", more=lambda: repeat(b"[]," * 20000)),
    "gzip-bomb-of-512-mib": lambda: Reply(body=bomb(512), headers=GZIP),
    "gzip-without-end": lambda: Reply(
        raw=b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n", more=lambda: repeat(gzip.compress(b"") * 1000)
    ),
    "60-mib-of-arrays": lambda: zipped(in_items(b"[]," * (20 * MIB) + b"[]")),
    "16-mib-of-arrays": lambda: zipped(in_items(b"[]," * (5 * MIB) + b"[]")),
    "7-mib-of-arrays": lambda: zipped(in_items(b"[]," * (7 * MIB // 3) + b"[]")),
    "7-mib-of-objects": lambda: zipped(in_items(b'{"a":{}},' * (7 * MIB // 9) + b"1")),
    "7-mib-of-floats": lambda: zipped(in_items(b"1.5," * (7 * MIB // 4) + b"1")),
    "7-mib-of-empty-texts": lambda: zipped(in_items(b'"",' * (7 * MIB // 3) + b"1")),
    "numbers-at-a-depth-of-1000": lambda: zipped(in_items(b"[" * 1000 + b"1," * 900_000 + b"1" + b"]" * 1000)),
    "15-mib-of-quotes": lambda: zipped(b'{"id": "' + b'\\"' * (7 * MIB)),
    "15-mib-of-opened-arrays": lambda: zipped(b"[" * (15 * MIB)),
    "one-deep-array-before-15-mib-of-arrays": lambda: zipped(b"[" + b"[" * 2000 + b"]" * 2000 + b",[]" * (5 * MIB)),
}


@pytest.mark.parametrize("kind", LARGE)
def test_row04_a_large_answer_is_refused_within_200_mib(
    server: ScriptedServer, measure: Callable[..., Measured], kind: str
) -> None:
    server.script = [LARGE[kind]()]
    done = measure(server.url, *(LIST if kind.startswith("7-") else GET))
    assert (done.status, done.stdout) == (1, b""), done.stderr
    assert done.stderr.startswith("error: ")
    assert done.memory < MOST_MEMORY


@pytest.mark.parametrize("kind", ["body-without-end", "gzip-bomb-of-512-mib", "60-mib-of-arrays"])
def test_row04_a_listing_of_such_size_is_refused_within_200_mib_too(
    server: ScriptedServer, measure: Callable[..., Measured], kind: str
) -> None:
    server.script = [LARGE[kind]()]
    done = measure(server.url, *LIST)
    assert (done.status, done.stdout) == (1, b""), done.stderr
    assert done.memory < MOST_MEMORY


@pytest.mark.parametrize("kind", ["body-without-end", "gzip-bomb-of-512-mib", "16-mib-of-arrays", "gzip-without-end"])
def test_row04_a_create_that_is_answered_so_is_looked_for_within_200_mib(
    server: ScriptedServer, measure: Callable[..., Measured], kind: str
) -> None:
    service = BatchService(LARGE[kind]())
    server.script = service
    done = measure(server.url, *CREATE)
    assert (done.status, json.loads(done.stdout)["id"]) == (0, "bat-new-1"), done.stderr
    assert len(service.made) == len(server.of("POST")) == 1
    assert done.memory < MOST_MEMORY


ODD_NUMBER = b'"n": 1.10, '
"""orjson would write it as 1.1, so that the tokens are laid out by this tool."""
PRINTED = {
    "15-mib-of-one-text": b'{"id": "bat-1", "x": "' + b"x" * (15 * MIB) + b'"}',
    "15-mib-of-one-text-and-1.10": b"{" + ODD_NUMBER + b'"id": "bat-1", "x": "' + b"\\n" * (7 * MIB) + b'"}',
    "15-mib-with-one-emoji": b"{" + ODD_NUMBER + b'"x": "' + b"x" * (15 * MIB) + "😀".encode() + b'"}',
    "15-mib-of-large-texts": json.dumps({"x": ["y" * 1000] * 15_000}).encode(),
    "just-light-enough": json.dumps({"n": [[number] for number in range(400_000)]}).replace("[0]", "1.10").encode(),
}


@pytest.mark.parametrize("text", PRINTED.values(), ids=PRINTED)
def test_row04_an_answer_within_the_limits_is_printed_within_200_mib(
    server: ScriptedServer, measure: Callable[..., Measured], text: bytes
) -> None:
    server.script = [zipped(text)]
    done = measure(server.url, *GET)
    assert done.status == 0, done.stderr
    assert json.loads(done.stdout) == json.loads(text)
    assert done.memory < MOST_MEMORY


def test_row04_pages_just_below_the_limit_are_listed_within_200_mib(
    server: ScriptedServer, measure: Callable[..., Measured]
) -> None:
    """Two pages are in memory at a time: the one that is printed, and the next."""

    def script(seen: Seen) -> Reply:
        number = int(dict(seen.query).get("page_token", "0")) + 1
        text = f'{number} "' + "x" * (7 * MIB)
        return zipped(json.dumps(page(text, token=str(number) if number < 5 else None)).encode())

    server.script = script
    done = measure(server.url, *LIST, "--format", "jsonl")
    assert (done.status, done.stdout.count(b"\n")) == (0, 5), done.stderr
    assert done.memory < MOST_MEMORY


@pytest.mark.parametrize("character", ["x", "é", "漢", "😀"])
def test_row04_a_job_with_tens_of_megabytes_of_markdown_is_written_within_200_mib(
    server: ScriptedServer, measure: Callable[..., Measured], tmp_path: Path, character: str
) -> None:
    text = character * (20_000_000 // len(character.encode()) // 200)
    markdown = {"pages": [{"page_number": number, "markdown": text, "success": True} for number in range(200)]}
    body = json.dumps({**JOB, "markdown": markdown}, ensure_ascii=False).encode()
    server.script = results_of(Reply(body=body))
    done = measure(server.url, "batches", "results", "bat-1", "-o", str(tmp_path / "out"))
    assert done.status == 0, done.stderr
    assert written(tmp_path / "out") == {"big.pdf.md": "\n\n".join([text] * 200) + "\n"}
    assert done.memory < MOST_MEMORY


def test_row04_a_job_that_is_too_large_for_that_fails_alone_and_within_200_mib(
    server: ScriptedServer, measure: Callable[..., Measured], tmp_path: Path
) -> None:
    server.script = results_of(zipped(b'{"job": {}, "x": [' + b"[]," * (10 * MIB) + b"[]]}"))
    done = measure(server.url, "batches", "results", "bat-1", "-o", str(tmp_path / "out"))
    assert done.status != 0
    assert "internal error" not in done.stderr
    assert done.memory < MOST_MEMORY


JOB = {"job": {"id": "pjb-1", "status": "COMPLETED", "error_message": None}}


def results_of(job: Reply) -> Callable[[Seen], Reply]:
    """Gives a script of one batch of one file, whose job is answered so."""
    reference = {"id": "pjb-1", "type": "parse_v2"}
    results = [{"source_directory_file_id": "dfl-1", "job_reference": reference, "error_message": None}]

    def script(seen: Seen) -> Reply:
        if seen.path.startswith("/api/v2/batches"):
            return Reply(body=batch(status="COMPLETED", results=results))
        if seen.path.endswith("/files"):
            return Reply(body=page({"id": "dfl-1", "unique_id": "u", "display_name": "big.pdf"}))
        return Reply(body=page(JOB["job"])) if seen.path == "/api/v2/parse" else job

    return script


def test_row04_a_page_of_1000_batches_with_20_results_each_is_no_bomb(run: Runner, server: ScriptedServer) -> None:
    result = {"source_directory_file_id": "dfl-1", "job_reference": {"id": "pjb-1", "type": "parse_v2"}}
    items = [batch(f"bat-{number}", results=[result] * 20) for number in range(1000)]
    server.script = [Reply(body=page(*items))]
    assert run(*LIST, "-q").stdout.count("\n") == 1000


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        (b"", Weight.FINE),
        (b"[" * 60_000, Weight.FINE),
        (b"[" * 100_000, Weight.TOO_DEEP),
        (b"[]," * 1_000_000, Weight.TOO_MUCH),
        (b'"' + b"[]," * 1_000_000 + b'"', Weight.FINE),
        (b'"' + b"x" * 33_000_000 + "é".encode() + b'"', Weight.FINE),
        (b'"' + b"x" * 33_000_000 + "漢".encode() + b'"', Weight.FINE),
        (b'"' + b"x" * 33_000_000 + "漢漢".encode() * 300_000 + b'"', Weight.TOO_MUCH),
        (b'"' + b"x" * 17_000_000 + "😀".encode() + b'"', Weight.TOO_MUCH),
        (b'"' + b"x" * 17_000_000 + b"\\ud83d\\ude00" + b'"', Weight.TOO_MUCH),
        (b'"' + b"\\u4e00" * 5_000_000 + b'"', Weight.FINE),
    ],
)
def test_row04_a_text_is_weighed_before_it_is_decoded(text: bytes, weight: Weight) -> None:
    assert weigh(text) is weight
