"""The files of a batch below its panel: what comes first, what fits, links."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from llamacloud_cli.cli.call import make_renderer
from llamacloud_cli.context import Context, Streams
from llamacloud_cli.jsontext import Document
from llamacloud_cli.output.drawing import Look
from llamacloud_cli.output.filetable import file_table
from llamacloud_cli.output.links import Links
from tests.conftest import Stream

if TYPE_CHECKING:
    from collections.abc import Sequence

ANSI = re.compile(r"\x1b\[[0-9;]*m")
LONG_ERROR = "the file cannot be read: it is protected with a password that nobody has given"
LINKS = Links("https://cloud.llamaindex.ai")


def uid(prefix: str, number: int) -> str:
    """Gives an id as long as the API's are."""
    return f"{prefix}-{number:08x}-1b2c-4d3e-8f90-{number:012x}"


def result(number: int, *, job: bool = True, error: str | None = None, name: str | None = None) -> dict[str, Any]:
    """Gives one of a batch's `results`."""
    reference = {"id": uid("pjb", number), "type": "parse_v2"} if job else None
    one = {"source_directory_file_id": uid("dfl", number), "job_reference": reference, "error_message": error}
    return one if name is None else {**one, "local_name": name}


RESULTS = [
    result(4),
    result(3, job=False),
    result(2, job=False, error=LONG_ERROR),
    result(1),
]
NAMED = [
    result(1, name="b.pdf"),
    result(2, job=False, error=LONG_ERROR, name="c.pdf"),
    result(3, name="a.pdf"),
    result(4, error="lost", name="年次報告.pdf"),
]


def lines(results: Sequence[Any], width: int | None, *, color: bool = False, links: Links | None = None) -> list[str]:
    return file_table(results, Look(width, color, 0.0, links), project_id="prj-1").splitlines()


class TestOrder:
    @pytest.mark.parametrize("width", [40, 80, 120, None])
    def test_is_errors_then_files_without_a_job_then_by_file(self, width: int | None) -> None:
        text = "\n".join(lines(RESULTS, width))
        assert re.findall(r"dfl-\S+", text) == [uid("dfl", number) for number in (2, 3, 1, 4)]
        named = "\n".join(lines(NAMED, width))
        assert re.findall(r"\S+\.pdf", named) == ["c.pdf", "年次報告.pdf", "a.pdf", "b.pdf"]


class TestSummary:
    @pytest.mark.parametrize(
        ("results", "line"),
        [
            ([], "0 files"),
            ([result(1)], "1 file: 1 mapped"),
            ([result(1), result(2)], "2 files: 2 mapped"),
            (RESULTS, "4 files: 2 mapped, 1 without a job, 1 with an error"),
            ([*[result(1)] * 9, *[result(2, job=False, error="no")] * 3], "12 files: 9 mapped, 3 with errors"),
            ([result(1, error="a job and an error")], "1 file: 1 with an error"),
            ([result(1)] * 1234, "1,234 files: 1,234 mapped"),
        ],
    )
    def test_counts_each_file_once(self, results: list[Any], line: str) -> None:
        assert lines(results, 80)[0] == line


class TestLayout:
    def test_has_a_column_each_where_they_fit(self) -> None:
        assert lines(RESULTS, 130)[1:] == [
            f"FILE{' ' * 38}JOB{' ' * 39}ERROR",
            f"{uid('dfl', 2)}{' ' * 44}the file cannot be read: it is protected with",
            f"{' ' * 84}a password that nobody has given",
            uid("dfl", 3),
            f"{uid('dfl', 1)}  {uid('pjb', 1)}",
            f"{uid('dfl', 4)}  {uid('pjb', 4)}",
        ]

    def test_has_no_column_for_errors_where_there_are_none(self) -> None:
        assert lines([result(1)], 90)[1].split() == ["FILE", "JOB"]

    def test_has_job_or_error_in_one_column_where_that_fits_alone(self) -> None:
        assert lines(NAMED, 60) == [
            "4 files: 2 mapped, 2 with errors",
            "FILE          JOB OR ERROR",
            "c.pdf         error: the file cannot be read: it is",
            "              protected with a password that nobody has",
            "              given",
            "年次報告.pdf  error: lost",
            f"              {uid('pjb', 4)}",
            f"a.pdf         {uid('pjb', 3)}",
            f"b.pdf         {uid('pjb', 1)}",
        ]

    def test_is_stacked_where_nothing_else_fits(self) -> None:
        assert lines(RESULTS, 80) == [
            "4 files: 2 mapped, 1 without a job, 1 with an error",
            uid("dfl", 2),
            "  error: the file cannot be read: it is protected with a password that nobody",
            "  has given",
            uid("dfl", 3),
            uid("dfl", 1),
            f"  job: {uid('pjb', 1)}",
            uid("dfl", 4),
            f"  job: {uid('pjb', 4)}",
        ]

    @pytest.mark.parametrize("width", [10, 20, 40, 60, 80, 83, 84, 100, 107, 108, 200, None])
    @pytest.mark.parametrize("results", [RESULTS, NAMED])
    def test_never_cuts_an_id(self, results: list[Any], width: int | None) -> None:
        text = "\n".join(lines(results, width))
        ids = [one["job_reference"]["id"] for one in results if one["job_reference"]]
        assert [one for one in ids if one not in text] == []

    @pytest.mark.parametrize("width", [60, 80, 108, 200])
    def test_is_no_wider_than_the_terminal(self, width: int) -> None:
        assert max(map(len, lines(NAMED, width))) <= width

    def test_shows_what_is_no_object(self) -> None:
        assert lines([None, 1, "x", {}], 80)[1:] == ["FILE  JOB", "-", "-", "1", "x"]


class TestColour:
    def test_says_nothing_that_no_word_says(self) -> None:
        for width in (40, 60, 130):
            colored = lines(NAMED, width, color=True)
            assert [ANSI.sub("", line) for line in colored] == lines(NAMED, width)
            assert any("\x1b[31m" in line for line in colored)
            assert "ERROR" in "".join(colored) or "error:" in "".join(colored)


class TestLinks:
    @pytest.mark.parametrize("width", [40, 60, 130])
    def test_lead_from_a_job_to_the_page_of_its_product(self, width: int) -> None:
        text = "\n".join(lines(NAMED, width, color=True, links=LINKS))
        found = re.findall(r"\x1b\]8;;(https:[^\x1b]*)\x1b\\([^\x1b]*)\x1b\]8;;\x1b\\", text)
        page = "https://cloud.llamaindex.ai/project/prj-1/parse"
        assert found == [(page, uid("pjb", number)) for number in (4, 3, 1)]

    def test_are_not_there_without_colour(self) -> None:
        assert "\x1b" not in "\n".join(lines(NAMED, 130, links=LINKS))

    @pytest.mark.parametrize("evil", ["\x1b]8;;https://evil.example\x1b\\x", "a b", "pjb;1", "..", "ü"])
    def test_are_made_of_no_odd_id(self, evil: str) -> None:
        one = {"source_directory_file_id": "d", "job_reference": {"id": evil, "type": "parse_v2"}}
        assert "\x1b]8" not in file_table([one], Look(80, True, 0.0, LINKS), project_id="prj-1")
        good = {"source_directory_file_id": "d", "job_reference": {"id": "pjb-1", "type": "parse_v2"}}
        text = file_table([good], Look(80, True, 0.0, LINKS), project_id=evil)
        assert "]8;;https://cloud.llamaindex.ai/parse\x1b\\pjb-1" in text


class TestLinksOfACommandLine:
    """From the options and the environment to the escape sequence; nothing is sent."""

    @staticmethod
    def _panel(env: dict[str, str], *, terminal: bool = True, **options: Any) -> str:
        out = Stream(terminal=terminal)
        context = Context(Streams(None, out, Stream()), {"TERM": "xterm-kitty", **env}, now=lambda: 0.0)
        context.options = {"format_": "pretty", **options}
        renderer = make_renderer(context, many=False)
        renderer.one(Document(json.dumps({"id": "b", "project_id": "p-1", "results": [result(1)]}).encode()))
        renderer.close()
        return out.text()

    def test_are_there_on_a_terminal_that_shows_them(self) -> None:
        link = "\x1b]8;;https://cloud.llamaindex.ai/project/p-1/parse\x1b\\pjb-"
        assert link in self._panel({})
        assert link in self._panel({"TERM": "xterm", "VTE_VERSION": "7600"})
        eu = self._panel({"LLAMA_CLOUD_BASE_URL": "https://api.cloud.eu.llamaindex.ai/"})
        assert "]8;;https://cloud.eu.llamaindex.ai/project/p-1/parse\x1b" in eu

    @pytest.mark.parametrize(
        ("env", "terminal", "options"),
        [
            ({}, False, {}),
            ({"FORCE_HYPERLINK": "1", "FORCE_COLOR": "1"}, False, {}),
            ({}, False, {"color": "always"}),
            ({"TERM": "xterm"}, True, {}),
            ({"TERM": "dumb"}, True, {"color": "always"}),
            ({"NO_COLOR": "1"}, True, {}),
            ({"NO_COLOR": "1", "FORCE_HYPERLINK": "1"}, True, {}),
            ({}, True, {"color": "never"}),
            ({"FORCE_HYPERLINK": "0"}, True, {}),
            ({"CI": "true"}, True, {}),
            ({"LLAMA_CLOUD_BASE_URL": "https://api.example.com"}, True, {}),
            ({"LLAMA_CLOUD_SANDBOX": "1"}, True, {}),
            ({}, True, {"sandbox": True}),
        ],
    )
    def test_are_not_there_elsewhere(self, env: dict[str, str], terminal: bool, options: dict[str, Any]) -> None:
        assert "\x1b]" not in self._panel(env, terminal=terminal, **options)
