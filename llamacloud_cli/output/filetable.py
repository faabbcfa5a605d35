"""The files of a batch with their jobs, as a table below its panel: errors first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from llamacloud_cli.output.cells import get_path, job_text, plain
from llamacloud_cli.output.drawing import draw
from llamacloud_cli.output.table import GAP

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llamacloud_cli.output.drawing import Look

_SHORTEST_ERROR = 24  # columns below which a message is no pleasure to read
_ERROR_STYLE = "red"
_NOTHING = "-"


class _Row(NamedTuple):
    """One file.

    Attributes:
        file: its name where it is known, else its id.
        job: its job's id, or an empty text.
        error: why it has none, or an empty text.
        link: the page of the job, or None.
    """

    file: str
    job: str
    error: str
    link: str | None

    @property
    def rank(self) -> tuple[bool, bool, str]:
        """What sorts errors first, then files without a job, then by name."""
        return (not self.error, bool(self.job), self.file)

    @property
    def job_text(self) -> Text:
        """Its job."""
        return job_text(self.job, self.link)


def file_table(results: Sequence[Any], look: Look, *, project_id: Any = None) -> str:
    """Gives how many files there are, and a line for each: side by side where no id has to be cut, else stacked.

    Args:
        results: the `results` of a batch.
        look: how to draw.
        project_id: the project of the batch, for links.
    """
    rows = sorted((_row(one, look, project_id) for one in results), key=lambda row: row.rank)
    heading = draw(Text(_summary(rows), style="bold"), look.unlimited)
    if not rows:
        return heading
    files, jobs = (max(Text(text).cell_len for text in column) for column in list(zip(*rows, strict=True))[:2])
    errors = any(row.error for row in rows)
    room = look.width
    if room is None or files + GAP + jobs + (GAP + _SHORTEST_ERROR) * errors <= room:
        return heading + _in_columns(rows, look, errors=errors)
    if files + GAP + max(jobs, _SHORTEST_ERROR * errors) <= room:
        return heading + _in_two_columns(rows, look)
    return heading + _stacked(rows, look)


def _row(one: Any, look: Look, project_id: Any) -> _Row:
    """Gives the row of one result; what is no object stands as a file, so that it is seen."""
    if not isinstance(one, dict):
        return _Row(plain(one) or _NOTHING, "", "", None)
    job_id = get_path(one, "job_reference.id")
    link = look.links.job(job_id, get_path(one, "job_reference.type"), project_id) if look.links else None
    file = one.get("local_name") or one.get("source_directory_file_id")
    return _Row(plain(file) or _NOTHING, plain(job_id), plain(one.get("error_message")), link)


def _summary(rows: Sequence[_Row]) -> str:
    """Gives `12 files: 9 mapped, 1 without a job, 2 with errors`; mapped is what the API calls a file with a job."""
    failed = sum(bool(row.error) for row in rows)
    mapped = sum(bool(row.job and not row.error) for row in rows)
    without = len(rows) - failed - mapped
    error = "with an error" if failed == 1 else "with errors"
    counts = ((mapped, "mapped"), (without, "without a job"), (failed, error))
    told = ", ".join(f"{count:,} {what}" for count, what in counts if count)
    return f"{len(rows):,} file{'' if len(rows) == 1 else 's'}" + (f": {told}" if told else "")


def _new_table() -> Table:
    return Table(box=None, padding=(0, GAP, 0, 0), pad_edge=False, header_style="bold")


def _in_columns(rows: Sequence[_Row], look: Look, *, errors: bool) -> str:
    table = _new_table()
    table.add_column("FILE", no_wrap=True)
    table.add_column("JOB", no_wrap=True)
    if errors:
        table.add_column("ERROR", overflow="fold")
    for row in rows:
        table.add_row(*(Text(row.file), row.job_text, Text(row.error, style=_ERROR_STYLE))[: len(table.columns)])
    return draw(table, look)


def _in_two_columns(rows: Sequence[_Row], look: Look) -> str:
    table = _new_table()
    table.add_column("FILE", no_wrap=True)
    table.add_column("JOB OR ERROR", overflow="fold")
    for row in rows:
        error = Text.assemble("error: ", (row.error, _ERROR_STYLE)) if row.error else Text("")
        table.add_row(Text(row.file), Text("\n").join(part for part in (error, row.job_text) if part.plain))
    return draw(table, look)


def _stacked(rows: Sequence[_Row], look: Look) -> str:
    text = ""
    for row in rows:
        text += draw(Text(row.file), look.unlimited)
        if row.error:
            text += draw(Padding(Text.assemble("error: ", (row.error, _ERROR_STYLE)), (0, 0, 0, GAP)), look)
        if row.job:
            text += draw(Text.assemble("  job: ", row.job_text), look.unlimited)
    return text
