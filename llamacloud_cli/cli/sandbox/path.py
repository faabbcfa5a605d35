"""`sandbox path`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from llamacloud_cli.cli.typer_seam import Command
from llamacloud_cli.operations import Example
from llamacloud_cli.output.sink import Sink

if TYPE_CHECKING:
    from llamacloud_cli.context import Context


class Path(Command):
    """The command `sandbox path`."""

    examples = (Example("how much room it takes", 'du -sh "$(llamacloud-prod sandbox path)"'),)


app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command("path", cls=Path)
def path(ctx: typer.Context) -> None:
    """Print the folder that the sandbox keeps its data in."""
    context: Context = ctx.obj
    sink = Sink(context.streams.stdout)
    sink.line(str(context.sandbox_folder()))
    sink.flush()
