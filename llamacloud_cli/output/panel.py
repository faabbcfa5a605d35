"""One item as a panel: its fields, and the results of a batch below them, errors first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.box import ROUNDED
from rich.console import Group
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from llamacloud_cli.output.cells import full_field_text, get_path, plain
from llamacloud_cli.output.drawing import draw
from llamacloud_cli.output.table import GAP
from llamacloud_cli.output.terminal import clean_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llamacloud_cli.output.drawing import Look

_FIRST = ("id", "status")  # what is looked for first stands first
_LONGEST_WORD = 64  # a longer one is no id, and may be folded
_DEEPEST = 8  # levels of objects that become dotted names; what is deeper stands as JSON
_FRAME = 4  # columns of the frame and the blanks within it
_SHORTEST_ERROR = 24  # columns below which a message is no pleasure to read


def panel(item: Any, look: Look) -> str:
    """Gives one batch as a panel, or as plain lines where an id would not fit into one."""
    if not isinstance(item, dict):
        return draw(Text(plain(item)), look.unlimited)
    fields = _fields(item, look)
    text = _framed(fields, look) if _fits(fields, look) else _lines(fields, look)
    results = item.get("results")
    return text + (_results(results, look) if isinstance(results, list) else "")


def _fields(item: dict[str, Any], look: Look) -> list[tuple[str, Text]]:
    names = [name for name in _FIRST if name in item] + [name for name in item if name not in _FIRST]
    rows: list[tuple[str, Text]] = []
    for name in names:
        value = item[name]
        if value is None or (name == "results" and isinstance(value, list)):
            continue
        if isinstance(value, dict) and value:
            rows += [(clean_line(path), Text(plain(leaf))) for path, leaf in _leaves(value, name)]
        else:
            rows.append((clean_line(name), full_field_text(name, value, look)))
    return rows


def _leaves(value: dict[str, Any], path: str, levels: int = _DEEPEST) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for name, inner in value.items():
        place = f"{path}.{name}"
        is_branch = isinstance(inner, dict) and inner and levels > 0
        found.extend(_leaves(inner, place, levels - 1) if is_branch else [(place, inner)])
    return found


def _fits(fields: Sequence[tuple[str, Text]], look: Look) -> bool:
    if look.width is None:
        return True
    names = max((Text(name).cell_len for name, _ in fields), default=0)
    words = [len(word) for _, value in fields for word in value.plain.split() if len(word) <= _LONGEST_WORD]
    return names + GAP + max(words, default=0) + _FRAME <= look.width


def _framed(fields: Sequence[tuple[str, Text]], look: Look) -> str:
    grid = Table(box=None, show_header=False, padding=(0, GAP, 0, 0), pad_edge=False)
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in fields:
        grid.add_row(Text(name), value)
    return draw(Panel(grid, box=ROUNDED, expand=False), look)


def _lines(fields: Sequence[tuple[str, Text]], look: Look) -> str:
    return draw(Group(*(Text.assemble((name, "bold"), ": ", value) for name, value in fields)), look.unlimited)


def _results(results: list[Any], look: Look) -> str:
    rows = sorted((_result(one) for one in results), key=lambda row: not row[2])
    failed = sum(1 for row in rows if row[2])
    title = f"{len(rows)} result{'' if len(rows) == 1 else 's'}" + (f", {failed} with an error" if failed else "")
    files, jobs = (max((Text(row[index]).cell_len for row in rows), default=0) for index in (0, 1))
    if look.width is not None and files + jobs + _SHORTEST_ERROR + 2 * GAP > look.width:
        body = _stacked_results(rows, look)
    else:
        body = _result_table(rows, look)
    return "\n" + draw(Text(title, style="bold"), look) + body


def _result(one: Any) -> tuple[str, str, str]:
    """Gives file, job and error of one result; what is no object stands as a file, so that it is seen."""
    if not isinstance(one, dict):
        return plain(one), "", ""
    file, job, error = (
        plain(get_path(one, field)) for field in ("source_directory_file_id", "job_reference.id", "error_message")
    )
    return file, job, error


def _result_table(rows: Sequence[tuple[str, str, str]], look: Look) -> str:
    if not rows:
        return ""
    table = Table(box=None, padding=(0, GAP, 0, 0), pad_edge=False, header_style="bold")
    table.add_column("FILE", no_wrap=True)
    table.add_column("JOB", no_wrap=True)
    if any(error for _, _, error in rows):
        table.add_column("ERROR", overflow="fold")
    for file, job, error in rows:
        table.add_row(*(Text(file), Text(job), Text(error, style="red"))[: len(table.columns)])
    return draw(table, look)


def _stacked_results(rows: Sequence[tuple[str, str, str]], look: Look) -> str:
    text = ""
    for file, job, error in rows:
        text += draw(Text(file + (f"\n  job: {job}" if job else "")), look.unlimited)
        if error:
            text += draw(Padding(Text.assemble("error: ", (error, "red")), (0, 0, 0, GAP)), look)
    return text
