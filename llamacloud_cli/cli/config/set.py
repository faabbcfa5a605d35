"""`config set`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from llamacloud_cli.cli.config.names import setting_name, setting_value
from llamacloud_cli.cli.typer_seam import Command
from llamacloud_cli.errors import UsageError
from llamacloud_cli.operations import Example

if TYPE_CHECKING:
    from llamacloud_cli.context import Context


class Set(Command):
    """The command `config set`."""

    examples = (
        Example("a project for every command", "llamacloud-prod config set project_id PROJECT_ID"),
        Example("for one profile alone", "llamacloud-prod config set base_url https://api.example --profile work"),
        Example("for all who work on a project", "llamacloud-prod config set project_id PROJECT_ID --project"),
    )


app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command("set", cls=Set)
def set_(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="The setting.")] = None,
    value: Annotated[str | None, typer.Argument(metavar="VALUE", help="Its value, as the flag takes it.")] = None,
    project: Annotated[
        bool, typer.Option("--project", help="Change the project's .llamacloud.toml, which others share.")
    ] = False,
) -> None:
    """Change one setting in the user's file, for all profiles, or with --profile for one.

    Comments in the file stay. What stands nearer to the command line wins over it; `config list` shows what does.
    """
    context: Context = ctx.obj
    found = setting_name(name, Set.examples[0].command)
    if value is None:
        raise UsageError(f"no value for {found}", hint=f"`llamacloud-prod config unset {found}` takes it out")
    from llamacloud_cli.cli.config.change import change_setting

    change_setting(context, found, setting_value(context, found, value), project=project)
