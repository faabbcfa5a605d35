"""`batches watch`: a table that is redrawn in place, or one document for each change of a status."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING, Any, Self

from llamacloud_cli.durations import show_duration
from llamacloud_cli.output.drawing import Look
from llamacloud_cli.output.table import ItemTable
from llamacloud_cli.output.terminal import clean_line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.console import RenderableType
    from rich.text import Text

    from llamacloud_cli.output.render import Renderer
    from llamacloud_cli.progress import WatchedBatch

COLUMNS = ("id", "status", "files", "age", "updated")
ROOMY_COLUMNS = ("id", "status", "files", "age", "updated", "source_directory_id")
_TICK_SECONDS = 1.0  # how often ages are drawn anew
_OTHER_LINES = 4  # of a window: header, footer, note and the line of the cursor
_FEWEST_ROWS = 3
_LINES_A_ROW = 3  # where a window is too narrow for columns


class LiveBoard:
    """Redraws one table in place, on standard output; the last one stays.

    Args:
        stream: a terminal.
        color: whether to colour.
        now: gives the time in seconds since 1970.
        sleep: waits for some seconds.
        interval: seconds between two rounds of questions, for the footer.
    """

    def __init__(
        self,
        stream: IO[str],
        *,
        color: bool,
        now: Callable[[], float],
        sleep: Callable[[float], None],
        interval: float,
    ) -> None:
        from rich.console import Console
        from rich.live import Live

        self._console = Console(
            file=stream, force_terminal=True, no_color=not color, emoji=False, markup=False, highlight=False
        )
        self._live = Live(console=self._console, auto_refresh=False, transient=True, vertical_overflow="crop")
        self._color = color
        self._now = now
        self._sleep = sleep
        self._interval = interval
        self._batches: Sequence[WatchedBatch] = ()
        self._note = ""

    def __enter__(self) -> Self:
        """Begins to draw."""
        self._resize()
        self._live.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        """Leaves the last table behind."""
        self._live.__exit__(None, None, None)
        if self._batches:
            self._console.print(self._table(self._batches), end="", soft_wrap=True)

    def show(self, batches: Sequence[WatchedBatch], changed: Sequence[WatchedBatch]) -> None:  # noqa: ARG002 - BoardView
        """Shows how far all are."""
        self._batches, self._note = batches, ""
        self._draw()

    def note(self, text: str) -> None:
        """Shows a line below the table, until the next answer."""
        self._note = text
        self._draw()

    hint = note

    def pause(self, seconds: float) -> None:
        """Waits, while ages grow."""
        while seconds > 0:
            step = min(seconds, _TICK_SECONDS)
            self._sleep(step)
            seconds -= step
            self._draw()

    def _resize(self) -> None:
        size = shutil.get_terminal_size()
        self._console.width, self._console.height = size.columns, size.lines

    def _draw(self) -> None:
        self._resize()
        self._live.update(self._renderable(), refresh=True)

    def _renderable(self) -> RenderableType:
        from rich.console import Group
        from rich.text import Text

        room = max(self._console.height - _OTHER_LINES, _FEWEST_ROWS)
        table = self._table(self._batches)
        if table.plain.count("\n") > room:
            # What goes on is looked for first; the whole table comes at the end.
            first = sorted(self._batches, key=lambda one: one.over)
            fitting = room if _is_wide(table) else room // _LINES_A_ROW
            table = self._table(first[:fitting])
            table.append(f"… and {len(first) - fitting:,} more\n")
        lines: list[RenderableType] = [table] if self._batches else []
        lines.append(Text(self._footer(), style="dim", no_wrap=True, overflow="ellipsis"))
        if self._note:
            lines.append(Text(clean_line(self._note), style="red", no_wrap=True, overflow="ellipsis"))
        return Group(*lines)

    def _footer(self) -> str:
        going = sum(1 for one in self._batches if not one.over)
        return f"{going:,} going on, asked every {show_duration(self._interval)}; Ctrl-C ends"

    def _table(self, batches: Sequence[WatchedBatch]) -> Text:
        from rich.text import Text

        look = Look(self._console.width, self._color, self._now())
        table = _BoardTable(ROOMY_COLUMNS if look.roomy else COLUMNS, look, header=True)
        text = Text.from_ansi(table.rows([_row(one, look.now) for one in batches]).rstrip("\n"), end="")
        text.no_wrap = True
        text.append("\n")
        return text


class ChangeLines:
    """Prints a document for each change of a status.

    Args:
        renderer: prints it.
        now: gives the time in seconds since 1970.
        sleep: waits for some seconds.
        write: writes a line to standard error.
        hint: writes a line to standard error where somebody watches.
    """

    def __init__(
        self,
        renderer: Renderer,
        *,
        now: Callable[[], float],
        sleep: Callable[[float], None],
        write: Callable[[str], None],
        hint: Callable[[str], None],
    ) -> None:
        self._renderer = renderer
        self._now = now
        self.pause = sleep
        self.note = write
        self.hint = hint

    def __enter__(self) -> Self:
        """Begins."""
        return self

    def __exit__(self, *_: object) -> None:
        """Ends."""

    def show(self, batches: Sequence[WatchedBatch], changed: Sequence[WatchedBatch]) -> None:  # noqa: ARG002 - BoardView
        """Prints what has changed, at once."""
        from llamacloud_cli.jsontext import Items

        at = datetime.fromtimestamp(self._now(), UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        rows = [{"id": one.id, "status": one.status, "updated_at": one.updated_at, "at": at} for one in changed]
        if rows:
            self._renderer.page(Items(rows, None))


class _BoardTable(ItemTable):
    """A table of batches in which what went wrong stands out."""

    def _cell(self, item: Any, column: str) -> Text:
        text = super()._cell(item, column)
        if column == "files" and "failed" in text.plain:
            text.stylize("red")
        if column == "status" and item["status"] in ("FAILED", "NOT FOUND"):
            text.stylize("bold red")
        return text


def _row(batch: WatchedBatch, now: float) -> dict[str, Any]:
    files = "-" if batch.files is None else f"{batch.files:,}"
    return {
        "id": batch.id,
        "status": batch.status,
        "files": files + (f", {batch.errors:,} failed" if batch.errors else ""),
        "age": _since(batch.created_at, now),
        "updated": _since(batch.updated_at, now),
        "source_directory_id": batch.source_directory_id or "-",
    }


def _since(moment: str | None, now: float) -> str:
    """Gives how long ago a time was; clocks differ, so nothing is in the future."""
    from llamacloud_cli.moments import moment_of

    then = moment_of(moment)
    return "-" if then is None else show_duration(max(now - then.timestamp(), 0.0))


def _is_wide(table: Text) -> bool:
    """Tells whether each batch has a line of its own."""
    return not any(line.startswith("  ") for line in table.plain.splitlines()[1:])
