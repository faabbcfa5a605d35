"""Every parser reads any text, or refuses it in its own words; nothing else comes out of one."""

from __future__ import annotations

import gzip
import io
import json
import math
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from llamacloud_cli.api.answers import read_answer
from llamacloud_cli.api.body import TruncatedBodyError, read_body
from llamacloud_cli.api.retries import read_date, retry_after
from llamacloud_cli.durations import LONGEST_SECONDS, read_duration, show_duration
from llamacloud_cli.errors import ApiError, AuthenticationError, CliError, UsageError
from llamacloud_cli.inputs.merge import build
from llamacloud_cli.inputs.stdin import read_mapping
from llamacloud_cli.inputs.values import OMIT, read_flag, read_integer, read_value
from llamacloud_cli.inputs.yaml_values import parse
from llamacloud_cli.jsontext import Document
from llamacloud_cli.operations import Kind, Operation, Parameter, Place
from llamacloud_cli.output.gjson import get
from llamacloud_cli.output.transform import transform
from llamacloud_cli.settings.values import check_key, read_base_url
from llamacloud_cli.workflows.manifest import Entry, write_manifest
from llamacloud_cli.workflows.names import marked, safe_path, same_name_key
from llamacloud_cli.workflows.plan import PlanOptions, Scanner
from tests.fuzz.budget import budget
from tests.fuzz.service import JSON, to_json

if TYPE_CHECKING:
    from pathlib import Path

ARGV_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")) | st.binary().map(
    lambda data: data.replace(b"\0", b"").decode("utf-8", "surrogateescape")
)
"""What a command line can hold: any bytes but NUL; those that are no UTF-8 come as lone surrogates."""


def pieces(*some: str) -> st.SearchStrategy[str]:
    """Gives texts made of pieces that mean something to a parser, and of some that do not."""
    return st.lists(st.sampled_from([*some, "é", "\U0001f600", "\x1b", " ", "0", "a"]), max_size=14).map("".join)


YAML_TEXT = ARGV_TEXT | pieces(
    *"-?:,[]{}#&*!|>'\"%@`\\\n\t",
    "- ",
    ": ",
    "\n  ",
    "---\n",
    "...",
    "&x ",
    "*x",
    "!!int ",
    "!!binary ",
    "<<: ",
    '"\\u',
    "0x",
    "1e9",
    ".inf",
    "null",
    "%YAML 1.2\n",
    "@file",
    "@data://",
)


@budget(600)
@given(YAML_TEXT)
def test_yaml_gives_a_json_value_or_is_refused(text: str) -> None:
    with suppress(UsageError):
        json.dumps(parse(text, where="--config"))


@pytest.mark.parametrize("opening", ["[", "{", "- ", "a: {", "? ", "[{", "!!x [", "&a [", '{"a":[', ">", "'"])
@pytest.mark.parametrize("many", [50, 1_000, 30_000])
def test_yaml_of_any_depth_is_read_or_refused(opening: str, many: int) -> None:
    with pytest.raises(UsageError):
        parse(opening * many + "\n @", where="--config")


PARAMETERS = [
    Parameter("field", kind, Place.BODY, "", choices=("PENDING", "results") if kind is Kind.CHOICE else (), **more)
    for kind in Kind
    for more in ({}, {"required": True}, {"nullable": True, "repeatable": True})
]
VALUE_TEXT = (
    ARGV_TEXT | YAML_TEXT | pieces(*"+-.,_xXbBoO:TZ/\\@0123456789", "2026-11-24", "9" * 90, "٣", "null", "true")
)


@budget(800)
@given(st.sampled_from(PARAMETERS), VALUE_TEXT)
def test_the_text_of_a_flag_gives_what_can_be_sent_or_is_refused(parameter: Parameter, text: str) -> None:
    with suppress(UsageError):
        value = read_flag(parameter, text)
        assert value is OMIT or json.dumps(value, ensure_ascii=False).encode() is not None


@budget(800)
@given(st.sampled_from(PARAMETERS), JSON.map(lambda value: json.loads(json.dumps(value))))
def test_a_structured_value_gives_what_can_be_sent_or_is_refused(parameter: Parameter, value: Any) -> None:
    with suppress(UsageError):
        found = read_value(parameter, value, "field")
        assert found is OMIT or json.dumps(found) is not None


@budget(400)
@given(
    st.binary(max_size=200) | YAML_TEXT.map(lambda text: text.encode("utf-8", "surrogateescape")) | JSON.map(to_json)
)
def test_standard_input_gives_fields_or_is_refused(data: bytes) -> None:
    operation = Operation("batches create", "POST", "/x", "", "", tuple(PARAMETERS[:1]), (), open_body=True)
    with suppress(UsageError):
        fields = read_mapping(io.BytesIO(data), notice=lambda _: None)
        json.dumps(build(operation, [], fields).request.body)


GJSON_PATH = ARGV_TEXT | pieces(
    *".|#@!*?\\:,()[]{}\"'<>=%~^-",
    "#(",
    ")#",
    "items",
    "id",
    "@reverse",
    "@pretty:",
    "@join",
    "@tostr",
    "@fromstr",
    "@flatten",
    "==",
    "!~",
    '"a"',
    "0",
    "99999999999999999999",
    "..",
)


@budget(800)
@given(JSON, GJSON_PATH)
def test_any_gjson_path_finds_something_or_nothing(value: Any, path: str) -> None:
    text = to_json(value).decode()
    found = get(text, path)
    assert found.exists or (found.raw, found.string) == ("", "")
    with suppress(CliError):
        result = transform(Document(text.encode()), path)
        if result is not None:
            result.document().indented()


@budget(400)
@given(JSON, st.integers(0, 3), st.sampled_from(["", " ", "\n\t "]))
def test_json_keeps_its_tokens_in_every_layout(value: Any, wraps: int, blank: str) -> None:
    text = to_json(value).decode()
    for _ in range(wraps):
        text = f'{blank}{{"items":{blank}[{text},{blank}1.10]{blank}}}'
    document = Document(text.encode())
    for written in (document.compact(), document.indented()):
        assert Document(written).compact() == document.compact()
    if wraps:
        assert [one.compact() for one in document.items("items")][-1] == b"1.10"


@budget(400)
@given(
    st.binary(max_size=80) | JSON.map(to_json), st.sampled_from([200, 201, 204, 302, 400, 401, 404, 422, 429, 500, 999])
)
def test_any_body_is_an_answer_or_an_error_of_ours(body: bytes, status: int) -> None:
    with suppress(ApiError, AuthenticationError):
        read_answer(status, {"location": "http://["}, body, key_source="a test", base_url="http://localhost")


@budget(200)
@given(st.binary(max_size=300), st.sampled_from(["gzip", "x-gzip", "identity", "br", ""]), st.booleans())
def test_any_encoded_body_is_read_or_refused(data: bytes, encoding: str, whole: bool) -> None:
    body = gzip.compress(data) + data if whole else data
    response = httpx.Response(200, headers={"content-encoding": encoding}, stream=httpx.ByteStream(body))
    with suppress(ApiError, TruncatedBodyError):
        read_body(response, limit=200)


HEADER = st.text(st.characters(max_codepoint=255)) | pieces(
    *"+-.eE0123456789:,",
    "9" * 400,
    "Mon",
    "Nov",
    "GMT",
    "Tuesday, 24-Nov-26",
    "24 Nov 2026 17:00:00",
    "Nov 24 17:00:00 2026",
    "+2359",
    "-0000",
    "99999999999",
    "inf",
    "nan",
    "1e9",
)


@budget(600)
@given(st.dictionaries(st.sampled_from(["retry-after", "retry-after-ms", "date"]), HEADER), st.floats(0, 1e11))
def test_a_wish_for_a_pause_is_never_negative_and_a_number(headers: dict[str, str], now: float) -> None:
    seconds = retry_after(headers, now)
    assert seconds is None or seconds >= 0
    moment = read_date(headers.get("date", ""))
    assert moment is None or math.isfinite(moment)


@budget(400)
@given(ARGV_TEXT | pieces(*"0123456789.smhd-+eE_", "ms", "9" * 400, "٣", "inf"))
def test_a_duration_is_above_nothing_and_at_most_thirty_days(text: str) -> None:
    with suppress(UsageError):
        seconds = read_duration(text, where="--timeout")
        assert 0 < seconds <= LONGEST_SECONDS
        assert show_duration(seconds)


@budget(400)
@given(ARGV_TEXT | pieces(*"+-_xXbBoO0123456789abcdef", "9" * 90, "0" * 5000, "٣"))
def test_a_whole_number_has_at_most_64_bits(text: str) -> None:
    with suppress(UsageError):
        assert -(2**63) <= read_integer(text, where="--page-size") < 2**63


GLOB = ARGV_TEXT | pieces(
    *"*?[]!/\\-^$.#(){}|+&~", "**", "**/", "[a-", "[z-a]", "[!", "[[:alpha:]]", "[[:nope:]]", "\\"
)


@budget(300)
@given(st.lists(GLOB, max_size=3), st.lists(GLOB, max_size=3))
def test_any_pattern_matches_files_or_is_refused(tree: Path, include: list[str], exclude: list[str]) -> None:
    with suppress(UsageError):
        options = PlanOptions([bytes(tree)], "parse_v2", include, exclude)
        found = [file.source for file in Scanner(options, lambda *_: "", lambda: None).files()]
        assert len(found) == len(set(found))


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of files with names that patterns are made of."""
    folder = tmp_path_factory.mktemp("tree")
    for name in (
        b"a.pdf",
        b"[a].txt",
        b"sub/b.md",
        b"sub/deep/\xff.txt",
        b"!x.txt",
        b"#y.txt",
        b"z\\.txt",
        "é.txt".encode(),
    ):
        path = folder / name.decode("utf-8", "surrogateescape")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    return folder


@budget(400)
@given(
    ARGV_TEXT | pieces(*"/:@?#[]%.", "http://", "https://", "localhost", "127.0.0.1", ":99999", "::1", "[::1]", "xn--")
)
def test_a_base_url_can_be_called_or_is_refused(text: str) -> None:
    with suppress(UsageError):
        found = read_base_url(text, "--base-url", insecure_http=True)
        assert found.scheme in ("http", "https")


@budget(200)
@given(ARGV_TEXT)
def test_a_key_can_be_a_header_or_is_refused(text: str) -> None:
    problem = ""
    try:
        key = check_key(text, "--api-key")
        assert httpx.Headers({"authorization": f"Bearer {key.value}"})
    except AuthenticationError as error:
        problem = f"{error.message} {error.hint}"
    assert len(text) < 8 or text not in problem


NAME = st.text(st.characters()) | pieces(
    *"/\\.~:", "..", "CON", ".llamacloud", "manifest.jsonl", "\u202e", "\ud800", "x" * 300
)


@budget(500)
@given(NAME)
def test_any_name_becomes_a_path_below_the_folder(name: str) -> None:
    path = safe_path(name)
    parts = path.split("/")
    assert path
    assert not path.startswith("/")
    assert not {"", ".", ".."} & set(parts)
    assert all(len(part.encode()) <= 255 for part in parts)
    assert safe_path(path) == path
    assert same_name_key(marked(path, b"seed")) != same_name_key(path)


@budget(300)
@given(
    st.builds(
        Entry,
        NAME,
        *(st.none() | NAME,) * 5,
        status=NAME,
        pages=st.none() | st.integers(0),
        failed_pages=st.lists(st.integers()).map(tuple),
        credits=st.none() | st.floats(0, 1e15),
        error=st.none() | NAME,
        outputs=st.lists(NAME).map(tuple),
        bytes=st.none() | st.integers(0),
    )
)
def test_a_line_of_the_manifest_reads_back_as_it_was(entry: Entry) -> None:
    file = io.BytesIO()
    write_manifest(file, [entry, entry])
    first, second, rest = file.getvalue().split(b"\n")
    assert (first, rest) == (second, b"")
    found = json.loads(first)
    assert (found["source"], found["outputs"], found["credits"]) == (entry.source, list(entry.outputs), entry.credits)
