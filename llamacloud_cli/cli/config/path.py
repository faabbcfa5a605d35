"""`config path`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from llamacloud_cli.cli.typer_seam import Command
from llamacloud_cli.errors import CliError
from llamacloud_cli.operations import Example
from llamacloud_cli.output.sink import Sink

if TYPE_CHECKING:
    from llamacloud_cli.context import Context


class Path(Command):
    """The command `config path`."""

    examples = (Example("open it in an editor", '"$EDITOR" "$(llamacloud-prod config path)"'),)


app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command("path", cls=Path)
def path(
    ctx: typer.Context,
    project: Annotated[
        bool, typer.Option("--project", help="Where the project's file is that counts here; exit status 1 for none.")
    ] = False,
) -> None:
    """Print where the user's file is, or would be."""
    from llamacloud_cli.settings import userfile
    from llamacloud_cli.settings.places import project_path

    context: Context = ctx.obj
    if project:
        found = project_path()
        if found is None:
            raise CliError("no .llamacloud.toml counts here", hint="`llamacloud-prod config set NAME VALUE --project`")
        place = str(found)
    else:
        place = str(userfile.path())
    sink = Sink(context.streams.stdout)
    sink.line(place)
    sink.flush()
