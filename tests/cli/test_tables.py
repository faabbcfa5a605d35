"""Tables and panels: columns, widths, times, what is never cut."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

import pytest

from llamacloud_cli.output.cells import STATUS_STYLES
from llamacloud_cli.output.drawing import Look
from llamacloud_cli.output.table import ItemTable
from tests.commands import GET, LIST
from tests.servers import Reply, batch, page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Runner
    from tests.servers import ScriptedServer

ANSI = re.compile(r"\x1b\[[0-9;]*m")
STATUSES = ("PENDING", "THROTTLED", "RUNNING", "COMPLETED", "FAILED", "CANCELLED")
NOW = 1_780_000_000.0  # what the clock of `run` says: 2026-05-28 20:26:40 UTC


def uid(prefix: str, number: int) -> str:
    """Gives an id as long as the API's are."""
    return f"{prefix}-{number:08x}-1b2c-4d3e-8f90-{number:012x}"


BATCHES = [
    batch(uid("bat", number), status=status, source_directory_id=uid("dir", number), created_at="2026-05-28T17:26:40Z")
    for number, status in enumerate((*STATUSES, "SOMETHING_NEW"))
]
RESULTS = [
    {"source_directory_file_id": uid("dfl", 1), "job_reference": {"id": uid("pjb", 1), "type": "parse_v2"}},
    {"source_directory_file_id": uid("dfl", 2), "job_reference": None, "error_message": "the file cannot be read"},
]


@pytest.fixture
def columns(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Sets the width of the terminal."""

    def set_columns(count: int) -> None:
        monkeypatch.setenv("COLUMNS", str(count))

    monkeypatch.setenv("TERM", "xterm")
    set_columns(80)
    return set_columns


def _shown(run: Runner, *argv: str) -> str:
    """Gives what a terminal shows, without colours."""
    result = run(*argv, "--color", "never", stdout_terminal=True)
    assert result.status == 0, result.stderr
    return result.stdout


@pytest.mark.usefixtures("columns")
class TestColumns:
    @pytest.mark.parametrize(
        ("names", "lines"),
        [
            ("id", ["ID", "bat-1"]),
            ("status,id", ["STATUS   ID", "RUNNING  bat-1"]),
            (" id , status ", ["ID     STATUS", "bat-1  RUNNING"]),
            ("id,config.job.type", ["ID     TYPE", "bat-1  parse_v2"]),
            ("results.1.error_message", ["ERROR_MESSAGE", "no"]),
            ("id,results.0.job.id", ["ID     RESULTS.0.JOB.ID", "bat-1  j"]),
            ("config.job", ["JOB", '{"configuration_id": "cfg-1", "type": "parse_v2"}']),
            ("a.b,n,t,f", ["B         N    T     F", "a dotted  1.5  true  0"]),
        ],
    )
    def test_are_fields_dotted_for_inner_ones(
        self, run: Runner, server: ScriptedServer, names: str, lines: list[str]
    ) -> None:
        extra: dict[str, Any] = {"a.b": "a dotted", "n": 1.5, "t": True, "f": 0}
        results = [{"job": {"id": "j"}}, {"error_message": "no"}]
        server.script = [Reply(body=page(batch(results=results, **extra)))]
        assert run(*LIST, "--columns", names).stdout.splitlines() == lines
        assert _shown(run, *LIST, "--columns", names).splitlines() == lines

    def test_without_a_header_are_rows_alone(self, run: Runner, server: ScriptedServer) -> None:
        server.script = [Reply(body=page(batch()))]
        assert run(*LIST, "--columns", "id,status", "--no-header").stdout == "bat-1  RUNNING\n"
        assert run(*LIST, "--format", "table", "--no-header").stdout.startswith("bat-1  RUNNING")

    def test_hold_for_one_batch_as_well(self, run: Runner, server: ScriptedServer) -> None:
        server.script = [Reply(body=batch())]
        assert run(*GET, "--columns", "id,status").stdout == "ID     STATUS\nbat-1  RUNNING\n"

    def test_that_nothing_has_are_empty_and_told_of(self, run: Runner, server: ScriptedServer) -> None:
        server.script = [Reply(body=page(batch("a"), batch("b")))]
        result = run(*LIST, "--columns", "id,nope,results,results.0.id,status.x")
        assert (result.status, result.stdout.splitlines()[0].split()[:2]) == (0, ["ID", "NOPE"])
        assert result.stderr == (
            "--columns: no field 'nope', 'results.0.id', 'status.x' in what came; --format json shows the fields\n"
        )

    def test_become_wider_with_a_later_page_and_have_one_header(self, run: Runner, server: ScriptedServer) -> None:
        def script(seen: Any) -> Reply:
            return Reply(body=page(batch("b" * 20)) if seen.query else page(batch("a"), token="t"))

        server.script = script
        assert run(*LIST, "--columns", "id,status").stdout.splitlines() == [
            "ID  STATUS",
            "a   RUNNING",
            f"{'b' * 20}  RUNNING",
        ]

    def test_line_up_whatever_the_width_of_characters(self, run: Runner, server: ScriptedServer) -> None:
        names = ("日本", "abcd", "e\u0301éüx", "🦙🦙")
        server.script = [Reply(body=page(*({"id": name, "n": 1} for name in names)))]
        rows = run(*LIST, "--columns", "id,n").stdout.splitlines()
        assert rows == ["ID    N", *(f"{name}  1" for name in names)]

    @pytest.mark.parametrize(
        "literal", ["1.10", "1e400", "-0", "-0.0", "1E+2", "12345678901234567890123", "0.1e-7", "1e16", "9" * 5000]
    )
    def test_show_numbers_as_they_came(self, run: Runner, server: ScriptedServer, literal: str) -> None:
        item = f'{{"id":"b","n":{literal},"o":{{"a":[{literal},"x"]}}}}'
        server.script = [Reply(body=f'{{"items":[{item}],"next_page_token":null}}'.encode())]
        row = run(*LIST, "--columns", "n,o,o.a.0", "--no-header").stdout
        assert row == f'{literal}  {{"a": [{literal}, "x"]}}  {literal}\n'
        server.script = [Reply(body=item.encode())]
        assert re.findall(r"│ (?:n|o.a) +(.*?) +│", run(*GET, "--format", "pretty").stdout) == [
            literal,
            f'[{literal}, "x"]',
        ]


class TestWidths:
    @pytest.mark.parametrize("width", [20, 40, 60, 80, 100, 119, 120, 200])
    @pytest.mark.parametrize(
        "words",
        [
            (),
            ("--columns", "id,status,source_directory_id,project_id"),
            ("--columns", "source_directory_id,config,id"),
            ("--no-header",),
        ],
    )
    def test_no_id_and_no_status_is_ever_cut(
        self, run: Runner, server: ScriptedServer, columns: Any, width: int, words: tuple[str, ...]
    ) -> None:
        columns(width)
        server.script = [Reply(body=page(*BATCHES))]
        text = _shown(run, *LIST, *words)
        for one in BATCHES:
            assert one["id"] in text
            assert "source_directory_id" not in str(words) or one["source_directory_id"] in text
            assert one["status"] in text or "config" in str(words)

    @pytest.mark.parametrize("width", [60, 80, 100, 120, 200])
    def test_a_line_is_no_wider_than_the_terminal(
        self, run: Runner, server: ScriptedServer, columns: Any, width: int
    ) -> None:
        columns(width)
        server.script = [Reply(body=page(*BATCHES))]
        for words in ((), ("--columns", "id,config"), ("--columns", "config,status,config.job")):
            assert max(len(line) for line in _shown(run, *LIST, *words).splitlines()) <= width

    def test_a_cell_of_many_characters_does_not_take_long(self, run: Runner, server: ScriptedServer) -> None:
        """The blanks below it are taken off line by line: quadratic time would be hours here."""
        wide = batch("bat-" + "x" * 300_000)
        server.script = [Reply(body=page(wide, BATCHES[0]))]
        lines = run(*LIST, "--format", "table", "--columns", "id,status").stdout.splitlines()
        assert [len(line) for line in lines][1:] == [300_004 + len("  PENDING")] * 2

    def test_what_may_be_cut_gives_way_with_a_mark(self, run: Runner, server: ScriptedServer, columns: Any) -> None:
        columns(60)
        server.script = [Reply(body=page(BATCHES[0]))]
        row = _shown(run, *LIST, "--columns", "id,config").splitlines()[1]
        assert row == f'{BATCHES[0]["id"]}  {{"job": {{"configu…'

    def test_a_path_gives_way_in_its_middle(self) -> None:
        table = ItemTable(["source", "job_id"], Look(30, color=False, now=NOW), header=False)
        rows = [{"source": name, "job_id": "j" * 10} for name in ("reports/2026/年次/summary.pdf", "日本" * 7, "short")]
        assert table.rows(rows).splitlines() == [
            f"reports/2…mary.pdf  {'j' * 10}",
            f"日本日本…日本日本   {'j' * 10}",
            f"short               {'j' * 10}",
        ]

    def test_nothing_is_cut_in_a_pipe(self, run: Runner, server: ScriptedServer, columns: Any) -> None:
        columns(40)
        server.script = [Reply(body=page({"id": "a", "text": "x" * 200_000}))]
        assert run(*LIST, "--columns", "id,text").stdout.splitlines()[1] == f"a   {'x' * 200_000}"

    def test_a_narrow_terminal_gets_two_lines_a_batch(self, run: Runner, server: ScriptedServer, columns: Any) -> None:
        columns(40)
        server.script = [Reply(body=page(BATCHES[0], {**BATCHES[4], "created_at": None}))]
        assert _shown(run, *LIST).splitlines() == [
            "ID",
            "  STATUS  TYPE  CREATED_AT",
            BATCHES[0]["id"],
            "  PENDING  parse_v2  3h ago",
            BATCHES[4]["id"],
            "  FAILED  parse_v2  -",
        ]

    def test_a_wide_terminal_gets_more_columns(self, run: Runner, server: ScriptedServer, columns: Any) -> None:
        server.script = [Reply(body=page(*BATCHES))]
        columns(80)
        assert _shown(run, *LIST).splitlines()[0].split() == ["ID", "STATUS", "TYPE", "CREATED_AT"]
        columns(160)
        header = _shown(run, *LIST).splitlines()[0].split()
        assert header == ["ID", "STATUS", "TYPE", "SOURCE_DIRECTORY_ID", "CREATED_AT"]

    def test_one_row_wider_than_the_terminal_makes_all_later_rows_stand_below_each_other(self) -> None:
        table = ItemTable(["id", "status"], Look(20, color=False, now=NOW), header=True)
        assert table.rows([{"id": "a", "status": "RUNNING"}]) == "ID  STATUS\na   RUNNING\n"
        assert table.rows([{"id": "b" * 20, "status": "RUNNING"}]) == f"{'b' * 20}\n  RUNNING\n"
        assert table.rows([{"id": "c", "status": "RUNNING"}]) == "c\n  RUNNING\n"


@pytest.mark.usefixtures("columns")
class TestStatuses:
    def test_are_coloured_each_in_its_way(self, run: Runner, server: ScriptedServer) -> None:
        server.script = [Reply(body=page(*BATCHES))]
        colored = re.findall(r"\x1b\[(\d+)m([A-Z_]+)", run(*LIST, stdout_terminal=True).stdout)
        codes = {status: code for code, status in colored}
        names = {"yellow": "33", "cyan": "36", "green": "32", "red": "31", "magenta": "35"}
        assert {status: codes.get(status) for status in STATUSES} == {
            status: names[STATUS_STYLES[status]] for status in STATUSES
        }
        assert "SOMETHING_NEW" not in codes

    def test_are_coloured_so_that_dark_and_light_themes_can_show_them(
        self, run: Runner, server: ScriptedServer
    ) -> None:
        """Only the first eight colours, which every theme sets: no bright one, no background, none of 256."""
        server.script = [Reply(body=page(*BATCHES))]
        shown = [run(*LIST, *words, stdout_terminal=True).stdout for words in ((), ("--json",), ("--format", "pretty"))]
        codes = {code for text in shown for codes in re.findall(r"\x1b\[([0-9;]*)m", text) for code in codes.split(";")}
        assert codes <= {"0", "1", "31", "32", "33", "35", "36"}

    def test_are_coloured_in_a_panel(self, run: Runner, server: ScriptedServer) -> None:
        server.script = [Reply(body=batch(status="FAILED"))]
        assert "\x1b[31mFAILED" in run(*GET, stdout_terminal=True).stdout


class TestTimes:
    @pytest.fixture(autouse=True)
    def _in_tokyo(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        monkeypatch.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        yield
        monkeypatch.undo()
        time.tzset()

    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("2026-05-28T20:26:40Z", "0s ago"),
            ("2026-05-28T20:26:00.117Z", "40s ago"),
            ("2026-05-28T20:21:40Z", "5m ago"),
            ("2026-05-28T20:26:40+02:00", "2h ago"),
            ("2026-05-26T20:26:40", "2d ago"),
            ("2026-05-28T20:31:40Z", "5m ahead"),
            ("0001-01-01T00:00:00Z", "739764d ago"),
            ("soon", "soon"),
            (20260528, "20260528"),
            ("", ""),
        ],
    )
    def test_are_relative_where_there_is_little_room(
        self, run: Runner, server: ScriptedServer, columns: Any, text: Any, shown: str
    ) -> None:
        columns(80)
        server.script = [Reply(body=page(batch(created_at=text)))]
        assert _shown(run, *LIST, "--columns", "created_at", "--no-header").strip() == shown

    def test_are_local_where_there_is_room(self, run: Runner, server: ScriptedServer, columns: Any) -> None:
        columns(120)
        server.script = [Reply(body=page(batch(created_at="2026-05-28T20:26:40.9Z")))]
        words = (*LIST, "--columns", "created_at", "--no-header")
        assert _shown(run, *words) == run(*words).stdout == "2026-05-29 05:26:40\n"

    def test_are_both_in_a_panel(self, run: Runner, server: ScriptedServer, columns: Any) -> None:
        server.script = [Reply(body=batch(created_at="2026-05-28T17:26:40Z"))]
        assert "2026-05-29 02:26:40 (3h ago)" in _shown(run, *GET)


class TestPanels:
    @pytest.mark.parametrize("width", [20, 40, 60, 72, 73, 80, 120, 200])
    def test_cut_and_fold_no_id(self, run: Runner, server: ScriptedServer, columns: Any, width: int) -> None:
        columns(width)
        one = {**BATCHES[0], "config": {"job": {"configuration_id": uid("cfg", 1), "type": "parse_v2"}}}
        server.script = [Reply(body={**one, "results": RESULTS})]
        text = _shown(run, *GET)
        names = (uid("bat", 0), uid("dir", 0), uid("cfg", 1), *(uid("dfl", n) for n in (1, 2)), uid("pjb", 1))
        assert [name for name in names if name not in text] == []

    def test_leave_out_what_is_null_and_keep_what_is_empty(
        self, run: Runner, server: ScriptedServer, columns: Any
    ) -> None:
        server.script = [Reply(body={"id": "b", "none": None, "empty": "", "object": {}, "list": [], "false": False})]
        rows = [line.strip("│ ").split() for line in _shown(run, *GET).splitlines()[1:-1]]
        assert rows == [["id", "b"], ["empty"], ["object", "{}"], ["list", "[]"], ["false", "false"]]

    def test_are_lines_where_an_id_would_not_fit(self, run: Runner, server: ScriptedServer, columns: Any) -> None:
        columns(40)
        server.script = [Reply(body={"id": uid("bat", 0), "status": "RUNNING"})]
        assert _shown(run, *GET) == f"id: {uid('bat', 0)}\nstatus: RUNNING\n"
