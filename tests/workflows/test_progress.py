"""What people see while they wait."""

from __future__ import annotations

import io
import re

import pytest

from llamacloud_cli.output.progress import LineProgress, LiveProgress, batch_line, fetch_line, run_line
from llamacloud_cli.progress import BatchProgress, FetchProgress, RunProgress

RUN = RunProgress(
    phase="running",
    found=1200,
    skipped=200,
    total=1000,
    uploaded=600,
    sent=600,
    uploaded_bytes=60 * 1024 * 1024,
    sending=60.0,
    batches={"RUNNING": 2, "COMPLETED": 1},
    done=300,
    failed=4,
    collected=290,
    elapsed=60.0,
)


def test_a_run_is_told_in_one_line() -> None:
    assert run_line(RUN) == (
        "running: 1,200 files, 200 done before, 600 of 1,000 uploaded at 1 MiB/s, batches COMPLETED 1 RUNNING 2, "
        "300 jobs done, 4 failed, 290 results, all uploaded in about 40s, 1m00s"
    )


def test_a_rate_and_the_time_left_are_told_of_uploads_alone() -> None:
    """How long the service takes, nobody knows."""
    waiting = run_line(RUN._replace(uploaded=1000, sent=1000))
    assert "1,000 of 1,000 uploaded, batches" in waiting
    assert waiting.endswith("290 results, 1m00s")


def test_what_an_earlier_run_uploaded_does_not_count_for_the_time_left() -> None:
    assert "all uploaded in about 4m00s" in run_line(RUN._replace(sent=100))


def test_nothing_is_said_of_what_is_not_known() -> None:
    empty = RunProgress("looking for files", 0, 0, 0, 0, 0, 0, 0.0, {}, 0, 0, 0, 0.0)
    assert run_line(empty) == "looking for files: 0 files, 0s"
    assert batch_line(BatchProgress("bat-1", "", None, 0, 0, 3.0, over=False)) == "bat-1 unknown, 3s"


def test_the_fetching_of_results_is_told_in_one_line() -> None:
    assert fetch_line(FetchProgress(12, 1500, 62.0)) == "results: 12 of 1,500 files, 1m02s"


class TestLines:
    def test_the_fetching_of_results_writes_one_each_half_minute(self) -> None:
        now, lines = [0.0], []
        progress = LineProgress(lines.append, lines.append, lambda: now[0])
        for second in range(65):
            now[0] = float(second)
            progress.fetch(FetchProgress(second, 100, float(second)))
        assert lines == ["results: 30 of 100 files, 30s", "results: 60 of 100 files, 1m00s"]

    def test_a_run_writes_one_each_half_minute(self) -> None:
        now, lines = [0.0], []
        progress = LineProgress(lines.append, lines.append, lambda: now[0])
        for second in range(95):
            now[0] = float(second)
            progress.run(RUN)
        assert len(lines) == 3

    def test_a_batch_writes_one_each_change(self) -> None:
        lines: list[str] = []
        progress = LineProgress(lines.append, lines.append)
        for status, done, elapsed in (("RUNNING", 0, 1), ("RUNNING", 0, 2), ("RUNNING", 1, 3), ("COMPLETED", 1, 4)):
            progress.batch(BatchProgress("bat-1", status, 2, done, 0, float(elapsed), over=False))
        assert [line.rpartition(", ")[0] for line in lines] == [
            "bat-1 RUNNING, 0 of 2 jobs done",
            "bat-1 RUNNING, 1 of 2 jobs done",
            "bat-1 COMPLETED, 1 of 2 jobs done",
        ]


class TestLive:
    @pytest.mark.parametrize("hostile", ["\x1b]0;owned\x07", "\u202e", "[red]"])
    def test_what_the_service_says_does_not_touch_the_terminal(self, hostile: str) -> None:
        stream = io.StringIO()
        with LiveProgress(stream, 100) as progress:
            progress.batch(BatchProgress(hostile, hostile, 2, 0, 0, 1.0, over=False))
            progress.run(RUN._replace(batches={hostile: 1}))
            progress.note(hostile)
        assert hostile not in stream.getvalue() or hostile == "[red]"
        assert "\x07" not in stream.getvalue()

    @pytest.mark.parametrize(
        ("width", "line"),
        [
            (58, "bat-91cb8b21-7b55-4aff-b855-39386dcc80aa RUNNING, 2m05s"),
            (40, "bat-91cb8b21-7b55-4aff-b… RUNNING, 2m05s"),
            (20, "bat-… RUNNING, 2m05s"),
        ],
    )
    def test_a_narrow_window_cuts_the_id_and_not_the_status(self, width: int, line: str) -> None:
        stream = io.StringIO()
        with LiveProgress(stream, width) as progress:
            progress.batch(
                BatchProgress("bat-91cb8b21-7b55-4aff-b855-39386dcc80aa", "RUNNING", None, 0, 0, 125.0, over=False)
            )
        assert line in stream.getvalue()

    def test_there_are_no_bars_while_nothing_is_known(self) -> None:
        stream = io.StringIO()
        with LiveProgress(stream, 100) as progress:
            progress.run(RUN._replace(phase="looking for files", total=0))
        assert "looking for files" in stream.getvalue()
        assert "of 0" not in stream.getvalue()

    def test_it_is_gone_at_the_end_and_notes_stay(self) -> None:
        stream = io.StringIO()
        with LiveProgress(stream, 100) as progress:
            progress.run(RUN)
            progress.note("a line that stays")
        assert "600 of 1,000" in stream.getvalue()
        assert stream.getvalue().rstrip().endswith("\x1b[2K")

    def test_the_fetching_of_results_is_shown(self) -> None:
        stream = io.StringIO()
        with LiveProgress(stream, 100) as progress:
            progress.fetch(FetchProgress(0, 12, 0.0))
        assert "results: 0 of 12 files" in stream.getvalue()

    @pytest.mark.parametrize("color", [True, False])
    def test_it_has_the_colours_of_the_terminal_alone(self, color: bool, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("COLORTERM", "truecolor")
        stream = io.StringIO()
        with LiveProgress(stream, 100, color=color) as progress:
            progress.run(RUN)
        codes = {code for found in re.findall(r"\x1b\[([0-9;]*)m", stream.getvalue()) for code in found.split(";")}
        assert codes == ({"0", "2", "36"} if color else set())

    def test_many_batches_fit_on_a_screen(self) -> None:
        stream = io.StringIO()
        with LiveProgress(stream, 100) as progress:
            for number in range(200):
                progress.batch(BatchProgress(f"bat-{number}", "RUNNING", None, 0, 0, 1.0, over=False))
        assert "… and 180 more" in stream.getvalue()
