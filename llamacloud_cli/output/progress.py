"""Progress on standard error: one live display on a terminal, lines elsewhere. Standard output is never touched."""

from __future__ import annotations

import threading
from time import monotonic
from typing import IO, TYPE_CHECKING, Any, Self

from llamacloud_cli.durations import show_duration
from llamacloud_cli.output.terminal import clean_line
from llamacloud_cli.sizes import show_size

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import RenderableType

    from llamacloud_cli.progress import BatchProgress, FetchProgress, RunProgress

LINE_SECONDS = 30.0
_DRAWS_A_SECOND = 8
_BAR, _BAR_DONE, _BAR_FULL = "dim", "cyan", "green"  # Rich's own styles are of 256 colours
_SHORTEST_ID = 4  # characters of an id, where a line is cut
_MOST_LINES = 20
"""Batches that the live display shows; it must fit on a screen."""


def batch_line(progress: BatchProgress) -> str:
    """Gives how far one batch is as one line."""
    jobs = "" if progress.jobs is None else f", {progress.done} of {progress.jobs} jobs done"
    failed = f", {progress.failed} failed" if progress.failed else ""
    return f"{progress.id} {progress.status or 'unknown'}{jobs}{failed}, {show_duration(progress.elapsed)}"


def run_line(progress: RunProgress) -> str:
    """Gives how far a run is as one line."""
    parts = [f"{progress.phase}: {_found(progress)}"]
    if progress.skipped:
        parts.append(f"{progress.skipped:,} done before")
    if progress.total:
        rate = _rate(progress)
        parts.append(f"{progress.uploaded:,} of {progress.total:,} uploaded" + (f" at {rate}" if rate else ""))
    if progress.batches:
        parts.append("batches " + " ".join(f"{status} {count}" for status, count in sorted(progress.batches.items())))
    if progress.done:
        parts.append(f"{progress.done:,} jobs done, {progress.failed:,} failed")
    if progress.collected:
        parts.append(f"{progress.collected:,} results")
    eta = _upload_eta(progress)
    if eta:
        parts.append(f"all uploaded in about {eta}")
    return ", ".join([*parts, show_duration(progress.elapsed)])


def fetch_line(progress: FetchProgress) -> str:
    """Gives how far the fetching of results is as one line."""
    return f"results: {progress.done:,} of {progress.total:,} files, {show_duration(progress.elapsed)}"


class LineProgress:
    """Writes a line for each change of a batch, and one each half minute for a run.

    Args:
        write: writes one line.
        hint: writes one line where somebody watches.
        clock: gives seconds that never go back.
    """

    def __init__(
        self, write: Callable[[str], None], hint: Callable[[str], None], clock: Callable[[], float] = monotonic
    ) -> None:
        self._write = write
        self.hint = hint
        self._clock = clock
        self._last: dict[str, tuple[Any, ...]] = {}
        self._next_line = clock() + LINE_SECONDS
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        """Begins."""
        return self

    def __exit__(self, *_: object) -> None:
        """Ends."""

    def batch(self, progress: BatchProgress) -> None:
        """Writes a line where something but the time has changed."""
        state = (progress.status, progress.jobs, progress.done, progress.failed)
        if self._last.get(progress.id) != state:
            self._last[progress.id] = state
            self._write(batch_line(progress))

    def run(self, progress: RunProgress) -> None:
        """Writes a line where half a minute has passed since the last one."""
        self._now_and_then(run_line(progress))

    def fetch(self, progress: FetchProgress) -> None:
        """Writes a line where half a minute has passed since the last one."""
        self._now_and_then(fetch_line(progress))

    def note(self, text: str) -> None:
        """Writes a line."""
        self._write(text)

    def _now_and_then(self, line: str) -> None:
        with self._lock:
            if self._clock() < self._next_line:
                return
            self._next_line = self._clock() + LINE_SECONDS
        self._write(line)


class LiveProgress:
    """Redraws one display in place.

    Args:
        stream: a terminal.
        width: its columns.
        color: whether to colour.
    """

    def __init__(self, stream: IO[str], width: int | None = None, *, color: bool = True) -> None:
        from rich.console import Console
        from rich.live import Live

        self._console = Console(
            file=stream,
            force_terminal=True,
            color_system="standard" if color else None,
            legacy_windows=False,
            width=width,
            emoji=False,
            markup=False,
            highlight=False,
        )
        self._live = Live(console=self._console, auto_refresh=False, transient=True)
        self._batches: dict[str, BatchProgress] = {}
        self._run: RunProgress | None = None
        self._fetch: FetchProgress | None = None
        self._next_draw = 0.0
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        """Begins to draw."""
        self._live.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        """Takes the display away, so that only lines stay on the terminal."""
        self._live.__exit__(None, None, None)

    def batch(self, progress: BatchProgress) -> None:
        """Shows how far one batch is."""
        with self._lock:
            self._batches[progress.id] = progress
            self._draw(at_once=True)

    def run(self, progress: RunProgress) -> None:
        """Shows how far the run is."""
        with self._lock:
            begins = self._run is None or self._run.phase != progress.phase
            self._run = progress
            self._draw(at_once=begins)

    def fetch(self, progress: FetchProgress) -> None:
        """Shows how far the fetching of results is."""
        with self._lock:
            self._fetch = progress
            self._draw(at_once=progress.done == 0)

    def note(self, text: str) -> None:
        """Writes a line that stays, above the display."""
        from rich.text import Text

        with self._lock:
            self._console.print(Text(clean_line(text)), soft_wrap=True)

    hint = note

    def _draw(self, *, at_once: bool) -> None:
        now = monotonic()
        if at_once or now >= self._next_draw:
            self._next_draw = now + 1 / _DRAWS_A_SECOND
            self._live.update(self._renderable(), refresh=True)

    def _renderable(self) -> RenderableType:
        from rich.console import Group
        from rich.text import Text

        lines: list[RenderableType] = []
        if self._run is not None:
            lines += _run_display(self._run)
        if self._fetch is not None:
            lines.append(Text(fetch_line(self._fetch), overflow="ellipsis", no_wrap=True))
        going = [one for one in self._batches.values() if not one.over]
        width = self._console.width
        lines += [Text(_fitting(one, width), overflow="ellipsis", no_wrap=True) for one in going[:_MOST_LINES]]
        if len(going) > _MOST_LINES:
            lines.append(Text(f"… and {len(going) - _MOST_LINES} more"))
        return Group(*lines)


def _fitting(progress: BatchProgress, width: int) -> str:
    """Gives the line of a batch; where it is too wide, the id is cut and not what became of the batch."""
    line = clean_line(batch_line(progress))
    room = len(progress.id) - (len(line) - width) - 1
    if len(line) <= width or room < _SHORTEST_ID:
        return line
    return clean_line(batch_line(progress._replace(id=progress.id[:room] + "…")))


def _run_display(progress: RunProgress) -> list[RenderableType]:
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=False, padding=(0, 1, 0, 0), pad_edge=False)
    total = max(progress.total, 1)
    for title, count, extra in (
        ("uploaded", progress.uploaded, _rate(progress)),
        ("jobs done", progress.done, f"{progress.failed:,} failed" if progress.failed else ""),
        ("results", progress.collected, ""),
    ):
        done = min(count, total)
        bar = ProgressBar(total, done, 30, style=_BAR, complete_style=_BAR_DONE, finished_style=_BAR_FULL)
        counts = f"{count:,} of {progress.total:,}"
        table.add_row(title, bar, f"{counts}, {extra}" if extra else counts)
    skipped = f", {progress.skipped:,} done before" if progress.skipped else ""
    head = f"{progress.phase}: {_found(progress)}{skipped}, {show_duration(progress.elapsed)}"
    eta = _upload_eta(progress)
    batches = " ".join(f"{clean_line(status)} {count}" for status, count in sorted(progress.batches.items()))
    lines: list[RenderableType] = [Text(head + (f", all uploaded in about {eta}" if eta else ""))]
    if progress.total:
        lines.append(table)
    return [*lines, Text(f"batches: {batches}")] if batches else lines


def _found(progress: RunProgress) -> str:
    return f"{progress.found:,} file" + ("" if progress.found == 1 else "s")


def _rate(progress: RunProgress) -> str:
    """Gives the pace of the uploads while there are any."""
    if not progress.uploaded_bytes or progress.sending < 1 or progress.uploaded >= progress.total:
        return ""
    return f"{show_size(progress.uploaded_bytes / progress.sending)}/s"


def _upload_eta(progress: RunProgress) -> str:
    """Gives how long the uploads take if they go on as so far; how long the service will take, nobody knows."""
    left = progress.total - progress.uploaded
    if left <= 0 or progress.sent * 10 < progress.sent + left or progress.sending < 2:  # noqa: PLR2004
        return ""
    return show_duration(progress.sending * left / progress.sent)
