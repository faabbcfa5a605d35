"""`batches results`."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from llamacloud_cli.cli.batches.wait import ORGANIZATION, PROJECT  # noqa: TC001 - Typer reads the annotations
from llamacloud_cli.cli.call import check_options, make_renderer
from llamacloud_cli.cli.typer_seam import Command
from llamacloud_cli.cli.watching import make_stop, refuse_request_flags, scope_of
from llamacloud_cli.errors import UsageError
from llamacloud_cli.inputs.values import read_choice
from llamacloud_cli.operations import Example

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llamacloud_cli.context import Context
    from llamacloud_cli.output.render import Renderer
    from llamacloud_cli.workflows.manifest import Entry

KINDS = ("markdown", "text", "json", "all")
COLUMNS = "source,job_id,status,pages,credits,error"
NARROW_COLUMNS = "source,job_id,status,pages,error"
_ROOMY_WIDTH = 100
_ROWS_A_PAGE = 500

OUTPUT = Annotated[
    str | None,
    typer.Option("-o", "--output", metavar="DIR", help="Write each result to this folder, and manifest.jsonl."),
]
KIND = Annotated[
    str | None,
    typer.Option(
        "--as", metavar="|".join(KINDS), help="What to write. [default: markdown; json for extract, which has no other]"
    ),
]
OVERWRITE = Annotated[bool, typer.Option("--overwrite", help="Replace files in DIR that are different.")]


class Results(Command):
    """The command `batches results`."""

    examples = (
        Example("which file became which job", "llamacloud-prod batches results BATCH_ID"),
        Example("every result as Markdown", "llamacloud-prod batches results BATCH_ID -o out"),
    )


app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command("results", cls=Results)
def results(  # noqa: PLR0913, PLR0917 - one argument an option
    ctx: typer.Context,
    batch_id: Annotated[str | None, typer.Argument(metavar="BATCH_ID", help="The batch.")] = None,
    output: OUTPUT = None,
    kind: KIND = None,
    overwrite: OVERWRITE = False,
    project_id: PROJECT = None,
    organization_id: ORGANIZATION = None,
) -> None:
    """Show which job each file of a batch became and how it ended, or download the results.

    With -o, each result is written below DIR under the file's own name and relative path, such as
    reports/a.pdf.md, whole or not at all, and manifest.jsonl says what became of each file.

    Exit status: 0 all files succeeded, 3 some failed or are not done, 5 the batch ended FAILED or CANCELLED.
    """
    context: Context = ctx.obj
    check_options(context)
    refuse_request_flags(context, "batches results")
    if not batch_id:
        raise UsageError("no batch", hint=f"for example: {Results.examples[0].command}")
    from llamacloud_cli.workflows.results import ResultsOptions, batch_results

    options = ResultsOptions(
        scope=scope_of(project_id, organization_id),
        folder=None if output is None else Path(output),
        kind=None if kind is None else read_choice(kind, KINDS, where="--as"),
        overwrite=overwrite,
    )
    renderer = rows_renderer(context)
    found = batch_results(context.client(), batch_id, options, make_stop(context))
    print_entries(renderer, found.entries, ids_only=bool(context.options.get("quiet")))
    found.raise_for_outcome()


def rows_renderer(context: Context) -> Renderer:
    """Gives what prints entries: a table on a terminal, a JSON document a line elsewhere."""
    options = context.options
    terminal = context.is_terminal(context.streams.stdout)
    if not any(options.get(name) for name in ("format_", "json_", "columns", "transform", "quiet")):
        options["format_"] = "table" if terminal else "jsonl"
    if options.get("format_") == "table" and not options.get("columns"):
        narrow = terminal and shutil.get_terminal_size().columns < _ROOMY_WIDTH
        options["columns"] = NARROW_COLUMNS if narrow else COLUMNS
    return make_renderer(context, many=True)


def print_entries(renderer: Renderer, entries: Iterable[Entry], *, ids_only: bool) -> None:
    """Prints entries, as they come, and ends the printing.

    Args:
        renderer: prints them.
        entries: what is printed.
        ids_only: whether ids of jobs alone are printed, so that a file without a job is left out.
    """
    from llamacloud_cli.jsontext import Items

    rows: list[Any] = []
    for entry in entries:
        if ids_only and entry.job_id is None:
            continue
        rows.append(_printable(entry.to_object()))
        if len(rows) == _ROWS_A_PAGE:
            renderer.page(Items(rows, None))
            rows = []
    if rows:
        renderer.page(Items(rows, None))
    renderer.close()


def _printable(row: dict[str, Any]) -> dict[str, Any]:
    """Gives a row whose names are text: a byte that is not UTF-8 cannot be printed, and becomes U+FFFD."""
    for name in ("source", "output"):
        if isinstance(row[name], str):
            row[name] = row[name].encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    row["id"] = row["job_id"]
    return row
