"""`batches results`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from llamacloud_cli.cli.batches.entries import name_failures, print_entries, rows_renderer
from llamacloud_cli.cli.batches.options import KIND, KINDS, ORGANIZATION, OUTPUT, OVERWRITE, PROJECT
from llamacloud_cli.cli.call import check_options
from llamacloud_cli.cli.typer_seam import Command
from llamacloud_cli.cli.watching import ends_as, make_stop, make_watcher, refuse_request_flags, scope_of
from llamacloud_cli.errors import UsageError
from llamacloud_cli.ids import problem_of_id
from llamacloud_cli.inputs.values import read_choice
from llamacloud_cli.operations import Example
from llamacloud_cli.statuses import TERMINAL

if TYPE_CHECKING:
    from llamacloud_cli.context import Context


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
        raise UsageError("missing BATCH_ID", hint=f"for example: {Results.examples[0].command}")
    problem = problem_of_id(batch_id)
    if problem:
        raise UsageError(f"{batch_id!r} is no batch id: it {problem}")
    from llamacloud_cli.workflows.results import ResultsOptions, batch_results

    options = ResultsOptions(
        scope=scope_of(context, project_id, organization_id),
        folder=None if output is None else Path(output),
        kind=None if kind is None else read_choice(kind, KINDS, where="--as"),
        overwrite=overwrite,
    )
    renderer = rows_renderer(context)
    client = context.client()
    with make_watcher(context) as watcher:
        client.retries = client.retries._replace(notice=watcher.hint)
        found = batch_results(client, batch_id, options, make_stop(context), watcher.fetch)
    with ends_as(found.raise_for_outcome):
        print_entries(renderer, found.entries, ids_only=bool(context.options.get("quiet")))
        if found.status in TERMINAL:
            name_failures(context, found.entries)
