"""`batches run`."""

from __future__ import annotations

import os
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any

import typer

from llamacloud_cli.cli.batches.entries import name_failures, print_entries, rows_renderer
from llamacloud_cli.cli.batches.options import INTERVAL, KIND, KINDS, ORGANIZATION, OUTPUT, OVERWRITE, PROJECT
from llamacloud_cli.cli.call import check_options, make_renderer
from llamacloud_cli.cli.preferences import configured_concurrency
from llamacloud_cli.cli.typer_seam import Command
from llamacloud_cli.cli.watching import (
    ends_as,
    flags_again,
    items_of_stdin,
    make_stop,
    make_watcher,
    scope_of,
    state_home,
)
from llamacloud_cli.errors import UsageError
from llamacloud_cli.inputs.values import read_choice, read_integer
from llamacloud_cli.operations import Example, Kind, Parameter, Place
from llamacloud_cli.settings.values import LARGEST_CONCURRENCY

if TYPE_CHECKING:
    from llamacloud_cli.context import Context
    from llamacloud_cli.workflows.configure import Choice
    from llamacloud_cli.workflows.plan import PlanOptions
    from llamacloud_cli.workflows.run import RunOptions
    from llamacloud_cli.workflows.session import Place as RunPlace
    from llamacloud_cli.workflows.session import Session

_CONFIG = Parameter("config", Kind.OBJECT, Place.BODY, "")
_MOST_NAMED = 10
_FILES, _WHAT, _PACE = "Files", "Configuration, one of", "Pace"


def _option(name: str, metavar: str, panel: str, text: str) -> Any:
    return typer.Option(name, metavar=metavar, help=text, rich_help_panel=panel)


class Run(Command):
    """The command `batches run`."""

    examples = (
        Example("parse a folder, with results beside each other", "llamacloud-prod batches run docs --parse -o out"),
        Example(
            "extract fields from PDFs alone",
            "llamacloud-prod batches run docs --include '*.pdf' --extract invoice.schema.json -o out",
        ),
        Example("what it would do", "llamacloud-prod batches run docs --parse -o out --dry-run"),
        Example("once more for what failed", "llamacloud-prod batches run docs --parse -o out --retry-failed"),
    )


app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command("run", cls=Run)
def run(  # noqa: PLR0913, PLR0917 - one argument an option
    ctx: typer.Context,
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="PATH…", help="Files and folders; - reads a list, one a line.")
    ] = None,
    parse: Annotated[bool, typer.Option("--parse", help="Parse, by --tier.", rich_help_panel=_WHAT)] = False,
    extract: Annotated[
        str | None, _option("--extract", "SCHEMA.json", _WHAT, "Extract what this JSON Schema describes, by --tier.")
    ] = None,
    configuration: Annotated[
        str | None, _option("--configuration", "NAME|cfg-…", _WHAT, "A saved configuration, by name or id.")
    ] = None,
    config: Annotated[
        str | None,
        _option("--config", "YAML", _WHAT, "As for create: {job: {configuration_id: ID, type: parse_v2}}."),
    ] = None,
    tier: Annotated[
        str | None,
        _option(
            "--tier",
            "TIER",
            _WHAT,
            "For --parse, --extract: fast (parse alone, gives no markdown), cost_effective, agentic or agentic_plus. "
            "[default: agentic]",
        ),
    ] = None,
    output: OUTPUT = None,
    kind: KIND = None,
    overwrite: OVERWRITE = False,
    include: Annotated[
        list[str] | None,
        _option(
            "--include",
            "PATTERN",
            _FILES,
            "Of folders, only files that match (as in .gitignore). [may be repeated]",
        ),
    ] = None,
    exclude: Annotated[
        list[str] | None,
        _option("--exclude", "PATTERN", _FILES, "Of folders, nothing that matches. [may be repeated]"),
    ] = None,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Send files again that failed in an earlier run.")
    ] = False,
    concurrency: Annotated[
        str | None, _option("--concurrency", "INTEGER", _PACE, "Files at a time. [default: 8]")
    ] = None,
    max_active: Annotated[str, _option("--max-active", "INTEGER", _PACE, "Batches at a time. [default: 4]")] = "4",
    batch_size: Annotated[
        str,
        _option("--batch-size", "INTEGER", _PACE, "Files of a batch at most. [default: 1000, which is the limit]"),
    ] = "1000",
    interval: INTERVAL = None,
    project_id: PROJECT = None,
    organization_id: ORGANIZATION = None,
) -> None:
    """Run a configuration over files and folders and bring the results back.

    Uploads what is new, makes a batch of each 1,000 files, waits, and writes each result below DIR under the file's
    own relative path, such as reports/a.pdf.md, and manifest.jsonl. The same command again goes on where it was,
    after Ctrl-C, a crash or a lost network: nothing is uploaded, created or paid twice. Without -o, the jobs are
    listed and nothing is written; `batches results BATCH_ID -o DIR` writes it later.

    Exit status: 0 all files succeeded, 3 some failed, 5 a batch ended FAILED or CANCELLED.
    """
    context: Context = ctx.obj
    check_options(context)
    if context.options.get("print_curl"):
        raise UsageError("--print-curl: `batches run` makes many requests", hint="--dry-run shows what it would do")
    choice = _choice(config, configuration, extract, tier, parse=parse)
    sources = _sources(context, paths or [])
    from llamacloud_cli.durations import read_duration
    from llamacloud_cli.workflows.plan import PlanOptions, check_sources
    from llamacloud_cli.workflows.session import place_of
    from llamacloud_cli.workflows.types import LARGEST_BATCH
    from llamacloud_cli.workflows.wait import FIRST_PAUSE_SECONDS

    kind = _kind(kind, choice)
    settings = {
        "scope": scope_of(context, project_id, organization_id),
        "kind": kind,
        "overwrite": overwrite,
        "retry_failed": retry_failed,
        "concurrency": configured_concurrency(context)
        if concurrency is None
        else _between(concurrency, "--concurrency", 1, LARGEST_CONCURRENCY),
        "max_active": _between(max_active, "--max-active", 1, 64),
        "batch_size": _between(batch_size, "--batch-size", 1, LARGEST_BATCH),
        "interval": FIRST_PAUSE_SECONDS if interval is None else read_duration(interval, where="--interval"),
    }
    place = place_of(None if output is None else Path(output), sources, state_home())
    patterns = (tuple(include or ()), tuple(exclude or ()))
    plan = PlanOptions(sources, choice.product or "parse_v2", *patterns, place.leave_out())
    check_sources(plan)
    if context.options.get("dry_run"):
        _show_plan(context, place, plan, choice, settings)
    else:
        _run(context, place, plan, choice, settings)


def _run(context: Context, place: RunPlace, plan: PlanOptions, choice: Choice, settings: dict[str, Any]) -> None:
    from llamacloud_cli.workflows.configure import resolve
    from llamacloud_cli.workflows.fetch import kinds_for
    from llamacloud_cli.workflows.run import RunOptions
    from llamacloud_cli.workflows.session import Session, remember

    if choice.product is not None:
        kinds_for(choice.product, settings["kind"])
    renderer = rows_renderer(context)
    client = context.client()
    found = resolve(client, choice, settings["scope"])
    options = RunOptions(plan=plan._replace(product=found.product), configuration=found, **settings)
    with Session(place, _service(context), found, options.scope, asked=choice.key()) as session:
        remember(state_home(), place.state)
        summary = _execute(context, session, options)
        name_failures(context, session.files.entries())
        context.notice(summary.line())
        with ends_as(summary.raise_for_outcome):
            print_entries(renderer, session.files.entries(), ids_only=bool(context.options.get("quiet")))
            if session.output is None and renderer.draws:
                _hint_at_results(context, session, options.scope)


def _hint_at_results(context: Context, session: Session, scope: tuple[tuple[str, str], ...]) -> None:
    """Says how to get the results of a run without -o; the same run with -o would pay for them again."""
    from llamacloud_cli.cli.hints import give_hint, is_plain_word

    batches = {entry.batch_id for entry in session.files.entries() if entry.is_good}
    if batches:
        batch_id = batches.pop()
        shown = batch_id if not batches and is_plain_word(batch_id) else "BATCH_ID"
        give_hint(context, f"next: llamacloud-prod batches results {shown} -o out{flags_again(context, scope)}")


def _service(context: Context) -> str:
    """Gives what tells one service from another; the embedded sandbox has another port each time."""
    return f"sandbox {context.sandbox_folder()}" if context.uses_sandbox() else context.base_url().url


def _execute(context: Context, session: Session, options: RunOptions) -> Any:
    from llamacloud_cli.workflows.run import Run as Workflow

    try:
        with make_watcher(context) as watcher:
            return Workflow(context.client(), session, options, watcher, make_stop(context)).execute()
    except KeyboardInterrupt:
        going_on = session.shards.batches_going_on()
        context.notice("interrupted: the same command again goes on from here")
        if going_on:
            many = len(going_on) > 1
            context.notice(f"{len(going_on)} batch{'es go' if many else ' goes'} on at the service; to end one:")
        for batch_id in going_on[:_MOST_NAMED]:
            context.notice(f"  llamacloud-prod batches cancel {quote(batch_id)}{flags_again(context, options.scope)}")
        raise


def _show_plan(context: Context, place: RunPlace, plan: PlanOptions, choice: Choice, settings: dict[str, Any]) -> None:
    """Prints what a run would do. How many credits it would take is published nowhere, so nothing is said of it."""
    import tempfile

    import orjson

    from llamacloud_cli.jsontext import Document
    from llamacloud_cli.workflows.session import DryRun

    with tempfile.TemporaryDirectory(prefix="llamacloud-prod-") as scratch:
        dry = DryRun(place, Path(scratch), _service(context), choice, settings["scope"])
        shown = dry.plan(plan, settings["batch_size"], settings["kind"], retry_failed=settings["retry_failed"])
    shown["configuration"] = choice.shown()
    renderer = make_renderer(context, many=False)
    renderer.one(Document(orjson.dumps(shown)))
    renderer.close()


def _choice(
    config: str | None, configuration: str | None, extract: str | None, tier: str | None, *, parse: bool
) -> Choice:
    from llamacloud_cli.inputs.files import read_yaml
    from llamacloud_cli.inputs.values import read_flag
    from llamacloud_cli.workflows.configure import Choice, from_config, to_extract, to_parse

    given = [
        name
        for name, value in (
            ("--parse", parse or None),
            ("--extract", extract),
            ("--configuration", configuration),
            ("--config", config),
        )
        if value is not None
    ]
    if len(given) != 1:
        what = f"{' and '.join(given)} exclude each other" if given else "no configuration"
        raise UsageError(what, hint="give one of --parse, --extract, --configuration and --config")
    if tier is not None and not (parse or extract is not None):
        raise UsageError("--tier goes with --parse and --extract", hint="a saved configuration has its own")
    if tier is not None:  # in any case and with dashes, as the other flags take their values
        tier = tier.strip().lower().replace("-", "_")
    if parse:
        return to_parse(tier)
    if extract is not None:
        return to_extract(read_yaml(extract, where="--extract"), tier)
    if config is not None:
        return from_config(read_flag(_CONFIG, config))
    from llamacloud_cli.api.configurations import BUILT_IN_PARSE

    name = configuration or ""
    if name.startswith("cfg-"):
        product = "parse_v2" if name.startswith(BUILT_IN_PARSE) else None
        return Choice(product, identifier=name)
    return Choice(None, name=name)


def _kind(text: str | None, choice: Choice) -> str | None:
    """Reads `--as`. The tier `fast` gives no Markdown, which is to be said before files are paid for.

    https://developers.llamaindex.ai/llamaparse/parse/guides/retrieving-results/ has the tiers' limits.
    """
    kind = None if text is None else read_choice(text, KINDS, where="--as")
    if choice.product != "parse_v2" or (choice.parameters or {}).get("tier") != "fast":
        return kind
    if kind in ("markdown", "all"):
        raise UsageError(f"--as {kind}: the tier fast gives no markdown", hint="use --as text, or leave it out")
    return kind or "text"


def _sources(context: Context, given: list[str]) -> list[bytes]:
    paths: list[bytes] = []
    for one in given:
        if one == "-":
            paths += items_of_stdin(context, "files")
        else:
            paths.append(os.fsencode(one))
    if not paths:
        raise UsageError("missing PATH", hint=f"for example: {Run.examples[0].command}")
    return paths


def _between(text: str, where: str, least: int, most: int) -> int:
    number = read_integer(text, where=where)
    if not least <= number <= most:
        raise UsageError(f"{where}: {number} is not between {least} and {most}")
    return number
