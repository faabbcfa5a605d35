"""`config unset`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from llamacloud_cli.cli.config.names import setting_name
from llamacloud_cli.cli.typer_seam import Command
from llamacloud_cli.operations import Example

if TYPE_CHECKING:
    from llamacloud_cli.context import Context


class Unset(Command):
    """The command `config unset`."""

    examples = (Example("no project for every command any more", "llamacloud-prod config unset project_id"),)


app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command("unset", cls=Unset)
def unset(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="The setting.")] = None,
    project: Annotated[bool, typer.Option("--project", help="Change the project's .llamacloud.toml.")] = False,
) -> None:
    """Take one setting out of the user's file, or with --profile out of one profile."""
    context: Context = ctx.obj
    found = setting_name(name, Unset.examples[0].command)
    from llamacloud_cli.cli.config.change import change_setting

    change_setting(context, found, None, project=project)
