"""`--transform` and `-r`: what is found is printed in the format asked for; what is not found is an error."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.commands import GET, LIST, failure
from tests.conftest import Runner
from tests.servers import Reply, ScriptedServer, batch, page

if TYPE_CHECKING:
    from collections.abc import Iterator

BATCH = batch(
    results=[
        {
            "source_directory_file_id": "dfl-1",
            "job_reference": {"type": "parse_v2", "id": "pjb-1"},
            "error_message": None,
        },
        {"source_directory_file_id": "dfl-2", "job_reference": None, "error_message": "could not create a job"},
    ]
)


@pytest.fixture
def answering(server: ScriptedServer) -> ScriptedServer:
    """A server that answers with a batch of two results."""
    server.script = [Reply(body=BATCH)]
    return server


@pytest.mark.usefixtures("answering")
class TestOneAnswer:
    @pytest.mark.parametrize(
        ("path", "text"),
        [
            ("id", '"bat-1"'),
            ("config.job.type", '"parse_v2"'),
            ("results.#", "2"),
            ("results.0.error_message", "null"),
            ("results.#.job_reference.id", '[\n  "pjb-1"\n]'),
            ("results.1.job_reference", "null"),
            ('results.#(error_message!="").source_directory_file_id', '"dfl-2"'),
            ("{id,status,n:results.#}", '{\n  "id": "bat-1",\n  "status": "RUNNING",\n  "n": 2\n}'),
        ],
    )
    def test_gives_what_the_path_finds(self, run: Runner, path: str, text: str) -> None:
        for words in ((), ("--json",), ("--format", "json"), ("--format", "pretty")):
            assert run(*GET, "--transform", path, *words)[:2] == (0, f"{text}\n")

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("json", '{\n  "id": "bat-1",\n  "n": 2\n}\n'),
            ("jsonl", '{"id":"bat-1","n":2}\n'),
            ("raw", '{"id":"bat-1","n":2}\n'),
            ("pretty", '{\n  "id": "bat-1",\n  "n": 2\n}\n'),
            ("yaml", 'id: bat-1\n"n": 2\n'),
        ],
    )
    def test_is_printed_in_each_format(self, run: Runner, name: str, text: str) -> None:
        assert run(*GET, "--transform", "{id,n:results.#}", "--format", name).stdout == text

    def test_is_json_on_a_terminal_too(self, run: Runner) -> None:
        shown = run(*GET, "--transform", "results.#.job_reference.id", "--color", "never", stdout_terminal=True)
        assert shown.json == ["pjb-1"]

    @pytest.mark.parametrize(
        ("path", "text"),
        [
            ("id", "bat-1"),
            ("results.1.error_message", "could not create a job"),
            ("results.#", "2"),
            ("results.0.error_message", "null"),
            ("config.job", '{\n  "configuration_id": "cfg-1",\n  "type": "parse_v2"\n}'),
        ],
    )
    def test_raw_output_takes_the_quotes_of_a_string_alone(self, run: Runner, path: str, text: str) -> None:
        assert run(*GET, "--transform", path, "-r").stdout == f"{text}\n"
        assert run(*GET, "--transform", path, "--raw-output").stdout == f"{text}\n"

    def test_raw_output_holds_for_every_format(self, run: Runner) -> None:
        for name in ("json", "jsonl", "yaml", "pretty", "raw"):
            assert run(*GET, "--transform", "status", "-r", "--format", name).stdout == "RUNNING\n"

    def test_raw_output_alone_changes_nothing(self, run: Runner) -> None:
        assert run(*GET, "-r").stdout == run(*GET).stdout

    @pytest.mark.parametrize("path", ["nothing", "results.5", "id.x", "", "results.#(error_message==none)"])
    def test_that_finds_nothing_prints_nothing_and_fails(self, run: Runner, path: str) -> None:
        for words in ((), ("-r",), ("--format", "yaml"), ("--format", "raw")):
            line = failure(run(*GET, "--transform", path, *words), 1)
            assert (
                line == f"error: --transform: {path!r} finds nothing in the answer — see the fields with --format json"
            )

    @pytest.mark.parametrize("path", ['!"abc', "!{", "![1,", "!1e", "!5.", "!tru|@this", "!" + "[" * 200])
    def test_that_makes_no_json_of_a_literal_is_an_error(self, run: Runner, path: str) -> None:
        for name in ("json", "jsonl", "yaml", "raw", "pretty"):
            line = failure(run(*GET, "--transform", path, "--format", name), 1)
            assert line.startswith("error: --transform: ")
            assert len(line) < 160


def test_the_texts_of_numbers_and_strings_survive(run: Runner, server: ScriptedServer) -> None:
    server.script = [
        Reply(body=b'{"n": 1.10, "big": 12345678901234567890123, "s": "\\u00e9\\ud800", "o": {"a":  1e400}}')
    ]
    for path, text in (
        ("n", "1.10"),
        ("big", "12345678901234567890123"),
        ("s", '"\\u00e9\\ud800"'),
        ("o", '{"a":1e400}'),
    ):
        assert run(*GET, "--transform", path, "--format", "jsonl").stdout == f"{text}\n"
    assert run(*GET, "--transform", "n", "-r").stdout == "1.10\n"


class TestManyItems:
    @pytest.fixture(autouse=True)
    def _two_pages(self, server: ScriptedServer) -> None:
        second = page(batch("c", only_here=3))
        server.script = [Reply(body=page(batch("a"), batch("b"), token="t")), Reply(body=second)]

    def test_is_applied_to_each(self, run: Runner) -> None:
        assert run(*LIST, "--transform", "id").stdout == '"a"\n"b"\n"c"\n'

    @pytest.mark.parametrize(
        ("words", "text"),
        [
            (("-r",), "a\nb\nc\n"),
            (("--format", "jsonl"), '"a"\n"b"\n"c"\n'),
            (("--format", "yaml"), "a\n---\nb\n---\nc\n"),
        ],
    )
    def test_is_printed_in_each_format(self, run: Runner, words: tuple[str, ...], text: str) -> None:
        assert run(*LIST, "--transform", "id", *words).stdout == text

    def test_is_applied_to_the_page_in_raw(self, run: Runner) -> None:
        assert run(*LIST, "--format", "raw", "--transform", "items.#.id").stdout == '["a","b"]\n'

    @pytest.mark.parametrize(("words", "text"), [((), "3\n"), (("--format", "yaml"), "3\n"), (("-r",), "3\n")])
    def test_that_finds_nothing_in_some_prints_the_others_and_fails(
        self, run: Runner, words: tuple[str, ...], text: str
    ) -> None:
        result = run(*LIST, "--transform", "only_here", *words)
        assert (result.status, result.stdout) == (1, text)
        assert result.stderr.startswith("error: --transform: 'only_here' finds nothing in 2 of 3 items")

    def test_of_no_items_is_no_failure(self, run: Runner, server: ScriptedServer) -> None:
        server.script = [Reply(body=page())]
        assert run(*LIST, "--transform", "id") == (0, "", "")


@pytest.fixture(scope="module")
def any_path() -> Iterator[ScriptedServer]:
    """One server for all examples of a property."""
    scripted = ScriptedServer([Reply(body=BATCH)])
    yield scripted
    scripted.close()


paths = st.lists(
    st.sampled_from(
        [
            "id",
            "results",
            "config",
            "job",
            "#",
            ".",
            "|",
            "0",
            "(",
            ")",
            "==",
            '"',
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "@",
            "@this",
            "@keys",
            "@values",
            "@reverse",
            "@flatten",
            "@join",
            "@tostr",
            "@fromstr",
            "@ugly",
            "@pretty",
            "@valid",
            "@group",
            "!",
            "!5",
            "~",
            "*",
            "?",
            "%",
            "\\",
            "null",
            "true",
            " ",
            "é",
        ]
    ),
    max_size=8,
).map("".join)


@settings(deadline=None, max_examples=100)
@given(path=paths, raw=st.booleans(), name=st.sampled_from(["json", "jsonl", "yaml", "raw", "pretty"]))
def test_no_path_is_a_bug(any_path: ScriptedServer, path: str, raw: bool, name: str) -> None:
    """Whatever a path means, it gives a value or a clear error."""
    run = Runner()
    run.base_url = any_path.url
    result = run(*GET, f"--transform={path}", "--format", name, *(["-r"] if raw else []))
    if result.status == 0:
        assert result.stdout.endswith("\n")
        if name == "jsonl" and not raw:
            json.loads(result.stdout)
    else:
        line = failure(result, 1)
        assert "finds nothing" in line or "which is no JSON" in line
