"""Each format, for one answer and for many, in a pipe and on a terminal."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.commands import GET, LIST, failure
from tests.conftest import Runner
from tests.servers import Reply, ScriptedServer, batch, page

if TYPE_CHECKING:
    from collections.abc import Iterator

ANSI = re.compile(r"\x1b\[[0-9;]*m")
FORMATS = ("auto", "json", "jsonl", "pretty", "raw", "table", "yaml")

# Number literals, the order of keys, unknown fields, big integers, numbers past a double, lone surrogates,
# keys that come twice, and blanks: what a reader that turns JSON into values loses.
PICKY = (
    b'{"zeta": 1.10,  "id": "b",\n "n": [1e400, -0, -0.0, 1E+2, 12345678901234567890123, 0.1e-7, 1.0],'
    b'"s": "\\ud800 \\u00e9 \xc3\xa9 \\/ \\u001b", "empty": {"o": {}, "a": [ ], "": ""}, "twice": 1, "twice": 2}'
)
PICKY_TOKENS = (
    '{"zeta":1.10,"id":"b","n":[1e400,-0,-0.0,1E+2,12345678901234567890123,0.1e-7,1.0],'
    '"s":"\\ud800 \\u00e9 é \\/ \\u001b","empty":{"o":{},"a":[],"":""},"twice":1,"twice":2}'
)
PICKY_INDENTED = """{
  "zeta": 1.10,
  "id": "b",
  "n": [
    1e400,
    -0,
    -0.0,
    1E+2,
    12345678901234567890123,
    0.1e-7,
    1.0
  ],
  "s": "\\ud800 \\u00e9 é \\/ \\u001b",
  "empty": {
    "o": {},
    "a": [],
    "": ""
  },
  "twice": 1,
  "twice": 2
}
"""


@pytest.fixture(autouse=True)
def _terminal_of_80_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm")


class TestOneAnswer:
    def test_is_indented_json(self, run: Runner, server: ScriptedServer) -> None:
        server.script = [Reply(body=batch())]
        for words in (("--format", "json"), ("--json",), ("--format", "auto"), ()):
            assert run(*GET, *words).stdout == json.dumps(batch(), indent=2) + "\n"

    def test_is_json_on_one_line_in_jsonl(self, run: Runner, server: ScriptedServer) -> None:
        server.script = [Reply(body=batch())]
        assert run(*GET, "--format", "jsonl").stdout == json.dumps(batch(), separators=(",", ":")) + "\n"

    @pytest.mark.parametrize("body", [PICKY, b'{"id":  "b",\n "n": 1.10}\n', b'\r\n{ "a" : [ ] }\t', b"{}"])
    def test_is_byte_for_byte_as_it_came_in_raw_with_a_line_break_at_its_end(
        self, run: Runner, server: ScriptedServer, body: bytes
    ) -> None:
        server.script = [Reply(body=body)]
        assert run(*GET, "--format", "raw").stdout.encode() == body + (b"" if body.endswith(b"\n") else b"\n")

    def test_is_a_yaml_document(self, run: Runner, server: ScriptedServer) -> None:
        server.script = [Reply(body={"id": "b", "on": True, "s": "yes", "n": 1.5, "l": [{"a": None}], "e": {}})]
        lines = ["id: b", '"on": true', 's: "yes"', '"n": 1.5', "l:", "- a: null", "e: {}"]
        assert run(*GET, "--format", "yaml").stdout == "\n".join(lines).replace('"n"', '"n"') + "\n"

    def test_is_a_panel_in_pretty_and_on_a_terminal(self, run: Runner, server: ScriptedServer) -> None:
        server.script = [Reply(body=batch())]
        pretty = run(*GET, "--format", "pretty").stdout
        rows = [line.strip("│ ") for line in pretty.splitlines()[1:-1]]
        assert [" ".join(row.split()) for row in rows] == [
            "id bat-1",
            "status RUNNING",
            "config.job.configuration_id cfg-1",
            "config.job.type parse_v2",
            "project_id prj-1",
            "source_directory_id dir-1",
            "created_at 2026-08-20 18:11:19 (84d ahead)",
            "updated_at 2026-08-20 18:11:20 (84d ahead)",
        ]
        assert ANSI.sub("", run(*GET, stdout_terminal=True).stdout) == pretty

    def test_is_a_table_of_one_row_in_table(self, run: Runner, server: ScriptedServer) -> None:
        server.script = [Reply(body=batch())]
        header, row = run(*GET, "--format", "table").stdout.splitlines()
        assert header.split() == ["ID", "STATUS", "TYPE", "SOURCE_DIRECTORY_ID", "CREATED_AT"]
        assert row.split() == ["bat-1", "RUNNING", "parse_v2", "dir-1", "2026-08-20", "18:11:19"]

    def test_is_its_id_alone_when_asked_to_be_quiet(self, run: Runner, server: ScriptedServer) -> None:
        server.script = [Reply(body=batch())]
        for words in ((), ("--format", "table"), ("--json",)):
            assert run(*GET, "-q", *words).stdout == "bat-1\n"

    def test_without_an_id_cannot_be_quiet(self, run: Runner, server: ScriptedServer) -> None:
        server.script = [Reply(body={"name": "x"})]
        assert failure(run(*GET, "-q"), 1) == "error: the answer makes no sense: no `id` to print for --quiet"


class TestManyItems:
    @pytest.fixture(autouse=True)
    def _two_pages(self, server: ScriptedServer) -> None:
        def script(seen: Any) -> Reply:
            second = ("page_token", "t") in seen.query
            return Reply(body=page(batch("c")) if second else page(batch("a"), batch("b"), token="t"))

        server.script = script

    def test_are_documents_of_their_own(self, run: Runner) -> None:
        for words in (("--format", "json"), ("--json",), ()):
            documents = [json.dumps(batch(one), indent=2) + "\n" for one in "abc"]
            assert run(*LIST, *words).stdout == "".join(documents)
        lines = [json.dumps(batch(one), separators=(",", ":")) + "\n" for one in "abc"]
        assert run(*LIST, "--format", "jsonl").stdout == "".join(lines)

    def test_are_one_page_as_it_came_in_raw(self, run: Runner, server: ScriptedServer) -> None:
        assert run(*LIST, "--format", "raw").stdout == json.dumps(page(batch("a"), batch("b"), token="t")) + "\n"
        assert len(server.seen) == 1

    def test_are_separated_by_three_dashes_in_yaml(self, run: Runner) -> None:
        documents = run(*LIST, "--format", "yaml").stdout.split("---\n")
        assert [document.split("\n")[0] for document in documents] == ["id: a", "id: b", "id: c"]

    def test_are_rows_below_one_header_in_table_and_on_a_terminal(self, run: Runner) -> None:
        rows = run(*LIST, "--format", "table").stdout.splitlines()
        assert [row.split()[0] for row in rows] == ["ID", "a", "b", "c"]
        on_a_terminal = ANSI.sub("", run(*LIST, stdout_terminal=True).stdout).splitlines()
        assert [row.split()[0] for row in on_a_terminal] == ["ID", "a", "b", "c"]

    def test_are_panels_in_pretty(self, run: Runner) -> None:
        text = run(*LIST, "--format", "pretty").stdout
        assert re.findall(r"│ id +(\S+)", text) == ["a", "b", "c"]

    def test_are_ids_alone_when_asked_to_be_quiet(self, run: Runner) -> None:
        assert run(*LIST, "-q").stdout == run(*LIST, "-q", stdout_terminal=True).stdout == "a\nb\nc\n"

    @pytest.mark.parametrize("name", [name for name in FORMATS if name != "raw"])
    def test_may_be_none(self, run: Runner, server: ScriptedServer, name: str) -> None:
        server.script = [Reply(body=page())]
        assert run(*LIST, "--format", name)[:2] == (0, "")

    def test_that_are_none_are_told_of_on_a_terminal(self, run: Runner, server: ScriptedServer) -> None:
        server.script = [Reply(body=page())]
        assert run(*LIST, stdout_terminal=True, stderr_terminal=True) == (0, "", "no batches\n")
        assert run(*LIST, stderr_terminal=True) == (0, "", "")

    @pytest.mark.parametrize("name", FORMATS)
    def test_may_be_no_objects(self, run: Runner, server: ScriptedServer, name: str) -> None:
        server.script = [Reply(body=b'{"items":[null,1,"x",[]]}')]
        result = run(*LIST, "--format", name)
        assert (result.status, result.stderr) == (0, "")


class TestWhatTheServerWrote:
    """The texts of an answer survive, and not only their values."""

    @pytest.mark.parametrize("same", [False, True])
    def test_is_kept_in_json_and_jsonl(self, run: Runner, server: ScriptedServer, same: bool) -> None:
        body, indented, compact = (PICKY, PICKY_INDENTED, PICKY_TOKENS)
        if same:  # no token that a fast writer would write otherwise
            body = b'{"zeta": 1, "id": "b", "a": {"c": [1.5, true, null, "\xc3\xa9\xe2\x80\xa8"]}}'
            compact = '{"zeta":1,"id":"b","a":{"c":[1.5,true,null,"é\u2028"]}}'
            indented = json.dumps(json.loads(body), indent=2, ensure_ascii=False) + "\n"
        server.script = [Reply(body=body)]
        assert run(*GET, "--format", "json").stdout == indented
        assert run(*GET, "--format", "jsonl").stdout == compact + "\n"
        server.script = [Reply(body=b'{"items": [' + body + b" , " + body + b'], "next_page_token": null}')]
        assert run(*LIST, "--format", "json").stdout == indented * 2
        assert run(*LIST, "--format", "jsonl").stdout == (compact + "\n") * 2

    def test_is_kept_in_the_items_that_are_picked(self, run: Runner, server: ScriptedServer) -> None:
        items = b'{"id": "a", "status": "RUNNING", "n": 1.10}, {"id": "b", "status": "FAILED", "n": 1.20}'
        server.script = [Reply(body=b'{"items": [' + items + b', {"id": "c", "status": "FAILED", "n": 1.30}]}')]
        words = ("--format", "jsonl", "--status", "FAILED", "--status", "PENDING")
        assert run(*LIST, *words).stdout == (
            '{"id":"b","status":"FAILED","n":1.20}\n{"id":"c","status":"FAILED","n":1.30}\n'
        )
        assert run(*LIST, *words, "--max-items", "1").stdout == '{"id":"b","status":"FAILED","n":1.20}\n'

    @pytest.mark.parametrize("name", [name for name in FORMATS if name != "yaml"])
    @pytest.mark.parametrize("levels", [300, 1000])
    def test_may_be_nested_deeply(self, run: Runner, server: ScriptedServer, name: str, levels: int) -> None:
        for opening, closing in ((b"[", b"]"), (b'{"a":', b"1" + b"}")):
            body = b'{"id":"b","v":' + opening * levels + closing[:-1] + closing[-1:] * levels + b"}"
            server.script = [Reply(body=body)]
            assert run(*GET, "--format", name).status == 0
            server.script = [Reply(body=b'{"items":[' + body + b"]}")]
            assert run(*LIST, "--format", name).status == 0

    def test_is_refused_by_yaml_where_it_is_too_deep_for_it(self, run: Runner, server: ScriptedServer) -> None:
        server.script = [Reply(body=b'{"v":' + b"[" * 900 + b"]" * 900 + b"}")]
        line = failure(run(*GET, "--format", "yaml"), 1)
        assert line.startswith("error: --format yaml: the answer is nested too deeply")

    @pytest.mark.parametrize("literal", ["9" * 5000, "-" + "9" * 5000, "1" * 400 + ".5", "1e99999", "0." + "1" * 5000])
    def test_may_be_numbers_of_any_length(self, run: Runner, server: ScriptedServer, literal: str) -> None:
        text = f'{{"id":"b","n":{literal}}}'
        for name in FORMATS:
            server.script = [Reply(body=text.encode())]
            one = run(*GET, "--format", name)
            server.script = [Reply(body=f'{{"items":[{text}]}}'.encode())]
            many = run(*LIST, "--format", name)
            assert (one.status, many.status, one.stderr + many.stderr) == (0, 0, "")
            if name == "jsonl":
                assert one.stdout == many.stdout == text + "\n"

    @pytest.mark.parametrize("body", [b"", b"{", b'{"a": NaN}', b'{"a": 1,}', b"{'a': 1}", b'{"a": 01}', b"\xff{}"])
    def test_is_refused_where_it_is_no_json(self, run: Runner, server: ScriptedServer, body: bytes) -> None:
        server.script = [Reply(body=body)]
        for name in FORMATS:
            assert failure(run(*GET, "--format", name, "--max-retries", "0"), 1)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
json_objects = st.dictionaries(st.text(), json_values, max_size=5)


@pytest.fixture(scope="module")
def any_answer() -> Iterator[ScriptedServer]:
    """One server for all examples of a property."""
    scripted = ScriptedServer()
    yield scripted
    scripted.close()


class TestAnyAnswer:
    @settings(deadline=None, max_examples=60)
    @given(value=json_objects, ascii_only=st.booleans(), indent=st.none() | st.integers(0, 3), terminal=st.booleans())
    def test_is_the_same_value_in_json_and_jsonl(
        self, any_answer: ScriptedServer, value: Any, ascii_only: bool, indent: int | None, terminal: bool
    ) -> None:
        text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
        any_answer.script = [Reply(body=text.encode())]
        run = Runner()
        run.base_url = any_answer.url
        for name in ("json", "jsonl"):
            result = run(*GET, "--format", name, "--color", "never", stdout_terminal=terminal)
            assert result.status == 0, result.stderr
            assert json.dumps(json.loads(result.stdout)) == json.dumps(value)

    @settings(deadline=None, max_examples=60)
    @given(items=st.lists(json_values, max_size=4), ascii_only=st.booleans(), indent=st.none() | st.integers(0, 3))
    def test_of_many_items_gives_each_on_a_line(
        self, any_answer: ScriptedServer, items: list[Any], ascii_only: bool, indent: int | None
    ) -> None:
        text = json.dumps({"items": items, "next_page_token": None}, ensure_ascii=ascii_only, indent=indent)
        any_answer.script = [Reply(body=text.encode())]
        run = Runner()
        run.base_url = any_answer.url
        lines = run(*LIST, "--format", "jsonl").stdout.split("\n")
        assert [json.dumps(json.loads(line)) for line in lines[:-1]] == [json.dumps(item) for item in items]


class TestConflicts:
    @pytest.mark.parametrize(
        ("words", "what"),
        [
            (("--json", "--format", "yaml"), "--json and --format yaml"),
            (("-q", "--transform", "id"), "--quiet and --transform"),
            (("-q", "--columns", "id"), "--quiet and --columns"),
            (("-q", "--format", "raw"), "--quiet and --format raw"),
            (("--columns", "id", "--transform", "id"), "--columns and --transform"),
            (("--columns", "id", "--format", "json"), "--columns and --format json"),
            (("--columns", "id", "--json"), "--columns and --format json"),
            (("--transform", "id", "--format", "table"), "--transform and --format table"),
            (("--transform", "id", "--format", "explore"), "--transform and --format explore"),
            (("-q", "--format", "explore"), "--quiet and --format explore"),
            (("--columns", "id", "--format", "explore"), "--columns and --format explore"),
            (("--dry-run", "--print-curl"), "--dry-run and --print-curl"),
        ],
    )
    def test_are_refused_before_anything_is_sent(
        self, run: Runner, server: ScriptedServer, words: tuple[str, ...], what: str
    ) -> None:
        for argv in (GET, LIST):
            assert failure(run(*argv, *words), 2).startswith(f"error: {what} exclude each other")
        assert not server.seen

    def test_of_several_statuses_with_a_page_as_it_came_are_refused(self, run: Runner, server: ScriptedServer) -> None:
        words = ("--status", "FAILED", "--status", "RUNNING", "--format", "raw")
        assert failure(run(*LIST, *words), 2).startswith("error: several --status and --format raw exclude each other")
        assert not server.seen

    def test_explore_says_what_it_needs(self, run: Runner, server: ScriptedServer) -> None:
        line = failure(run(*GET, "--format", "explore"), 2)
        assert line.startswith("error: --format explore needs a terminal on standard input and output")
        assert not server.seen

    def test_json_twice_is_none(self, run: Runner, server: ScriptedServer) -> None:
        assert run(*GET, "--json", "--format", "json").status == 0


class TestColours:
    @pytest.mark.parametrize(
        ("words", "env", "terminal", "colored"),
        [
            ((), {}, True, True),
            ((), {}, False, False),
            ((), {"NO_COLOR": "1"}, True, False),
            ((), {"NO_COLOR": "0"}, True, False),
            ((), {"NO_COLOR": ""}, True, True),
            ((), {"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False),
            ((), {"FORCE_COLOR": "1"}, False, True),
            ((), {"FORCE_COLOR": "0"}, True, False),
            ((), {"FORCE_COLOR": ""}, False, False),
            ((), {"FORCE_COLOR": "1", "TERM": "dumb"}, True, True),
            ((), {"TERM": "dumb"}, True, False),
            (("--color", "always"), {"NO_COLOR": "1"}, False, True),
            (("--color", "always"), {"TERM": "dumb"}, True, True),
            (("--color", "never"), {"FORCE_COLOR": "1"}, True, False),
            (("--color", "auto"), {"CI": "1", "GITHUB_ACTIONS": "true", "PY_COLORS": "1"}, False, False),
        ],
    )
    @pytest.mark.parametrize("name", ["json", "jsonl", "table", "pretty"])
    def test_follow_one_rule(
        self,
        run: Runner,
        server: ScriptedServer,
        monkeypatch: pytest.MonkeyPatch,
        name: str,
        words: tuple[str, ...],
        env: dict[str, str | None],
        terminal: bool,
        colored: bool,
    ) -> None:
        for variable, value in env.items():
            monkeypatch.setenv(variable, str(value))
        server.script = [Reply(body=batch())]
        plain = run(*GET, "--format", name, "--color", "never", stdout_terminal=terminal).stdout
        shown = run(*GET, "--format", name, *words, stdout_terminal=terminal).stdout
        assert ("\x1b[" in shown) == colored
        assert ANSI.sub("", shown) == plain
