"""`doctor`: looks at everything that may keep the tool from working, and says what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from llamacloud_cli.cli.call import check_flags, make_renderer
from llamacloud_cli.cli.preferences import use_configured_format
from llamacloud_cli.cli.typer_seam import Command
from llamacloud_cli.cli.watching import refuse_request_flags
from llamacloud_cli.errors import CliError, UsageError
from llamacloud_cli.operations import Example

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llamacloud_cli.cli.doctor.finding import Finding
    from llamacloud_cli.context import Context


class Doctor(Command):
    """The command `doctor`."""

    examples = (
        Example("what keeps it from working", "llamacloud-prod doctor"),
        Example("what is wrong, for a script", "llamacloud-prod doctor --json | jq 'select(.state == \"failed\")'"),
        Example("on a machine without a network", "llamacloud-prod doctor --offline"),
    )


app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command("doctor", cls=Doctor)
def doctor(
    ctx: typer.Context,
    offline: Annotated[bool, typer.Option("--offline", help="Leave out the checks that need the network.")] = False,
) -> None:
    """Check Python, settings, key, network, clock, files and completion, one line each, and say what to do.

    Exit status: 0 nothing failed (notes and warnings are no failures), 4 the key, 7 the network, 2 settings,
    files or certificates, 1 anything else; with several, that of the first.
    """
    context: Context = ctx.obj
    refuse_request_flags(context, "doctor")
    if context.options.get("quiet"):
        raise UsageError("--quiet: checks have no ids", hint="the exit status alone tells whether something failed")
    check_flags(context)
    problem = None
    try:
        use_configured_format(context)
    except CliError as error:  # what is wrong with settings is a finding
        problem = error
    if context.options.get("format_") == "explore":
        raise UsageError("--format explore: there is nothing to explore in checks")
    # A sick network is to be told of soon.
    context.options.setdefault("max_retries", "1")
    context.options.setdefault("http_timeout", "10")
    from llamacloud_cli.cli.doctor import machine, service
    from llamacloud_cli.cli.doctor.finding import from_error

    findings = [*machine.findings(context), *service.findings(context, offline=offline)]
    if problem is not None and problem.message not in [one.value for one in findings]:
        findings.append(from_error("settings", problem))
    _print(context, findings)
    failed = [one for one in findings if one.state == "failed"]
    if failed:
        outcome = CliError(f"{len(failed)} of {len(findings)} checks failed: {', '.join(one.check for one in failed)}")
        outcome.exit_status = failed[0].exit_status
        raise outcome


def _print(context: Context, findings: Sequence[Finding]) -> None:
    options = context.options
    asked = any(options.get(name) for name in ("json_", "format_", "transform", "columns"))
    renderer = make_renderer(context, many=True)
    if asked or not context.is_terminal(context.streams.stdout):
        from llamacloud_cli.jsontext import items_of

        renderer.page(items_of(one.to_object() for one in findings))
    else:
        from llamacloud_cli.output.checklist import checklist

        renderer.drawing(lambda look: checklist([one.to_row() for one in findings], look))
    renderer.close()
