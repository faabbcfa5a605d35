"""`sandbox reset`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from llamacloud_cli.cli.typer_seam import Command
from llamacloud_cli.errors import UsageError
from llamacloud_cli.operations import Example

if TYPE_CHECKING:
    from llamacloud_cli.context import Context


class Reset(Command):
    """The command `sandbox reset`."""

    examples = (Example("begin anew, without a question", "llamacloud-prod sandbox reset --yes"),)


app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command("reset", cls=Reset)
def reset(
    ctx: typer.Context,
    yes: Annotated[bool, typer.Option("-y", "--yes", help="Do not ask.")] = False,
) -> None:
    """Remove every batch, file and job of the sandbox."""
    from llamacloud_cli.sandbox import reset as remove

    context: Context = ctx.obj
    folder = context.sandbox_folder()
    if not yes:
        if not context.is_terminal(context.streams.stdin):
            raise UsageError(f"this removes all that is in {folder}", hint="pass --yes where nobody can be asked")
        typer.confirm(f"Remove all that is in {folder}?", abort=True, err=True)
    existed = remove(folder)
    context.notice(f"removed {folder}" if existed else f"nothing in {folder}")
