"""`config list`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from llamacloud_cli.cli.call import check_options, make_renderer
from llamacloud_cli.cli.typer_seam import Command
from llamacloud_cli.errors import UsageError
from llamacloud_cli.operations import Example

if TYPE_CHECKING:
    from llamacloud_cli.context import Context


class List(Command):
    """The command `config list`."""

    examples = (
        Example("what counts here, and why", "llamacloud-prod config list"),
        Example("what would count with a profile", "llamacloud-prod config list --profile work"),
    )


app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command("list", cls=List)
def list_(ctx: typer.Context) -> None:
    """List the settings with their values and where each comes from: a flag, a variable, a file, or the default."""
    context: Context = ctx.obj
    if context.options.get("quiet"):
        raise UsageError("--quiet: settings have no ids", hint="`--transform name -r` prints the names")
    found = context.settings.all()
    check_options(context)
    from llamacloud_cli.jsontext import items_of

    options = context.options
    if not any(options.get(name) for name in ("columns", "json_")) and options.get("transform") is None:
        options["columns"] = "name,value,source" if _draws_table(context) else None
    renderer = make_renderer(context, many=True)
    renderer.page(items_of(one._asdict() for one in found))
    renderer.close()


def _draws_table(context: Context) -> bool:
    name = context.options.get("format_", "auto")
    return name == "table" or (name == "auto" and context.is_terminal(context.streams.stdout))
