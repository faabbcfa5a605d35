"""`config get`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from llamacloud_cli.cli.auth.account import document_renderer, print_document
from llamacloud_cli.cli.config.names import setting_name
from llamacloud_cli.cli.typer_seam import Command
from llamacloud_cli.errors import CliError
from llamacloud_cli.operations import Example
from llamacloud_cli.output.sink import Sink

if TYPE_CHECKING:
    from llamacloud_cli.context import Context


class Get(Command):
    """The command `config get`."""

    examples = (Example("where requests go", "llamacloud-prod config get base_url"),)


app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command("get", cls=Get)
def get(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="The setting.")] = None,
) -> None:
    """Print the value that a setting has here, wherever it comes from.

    Exit status: 1 where nothing sets it and it has no default.
    """
    context: Context = ctx.obj
    found = context.settings.get(setting_name(name, Get.examples[0].command))
    renderer = document_renderer(context, in_pipes=False)
    if renderer is not None:
        print_document(renderer, found._asdict())
        return
    if found.value is None:
        raise CliError(f"{found.name} is not set", hint=f"`llamacloud-prod config set {found.name} VALUE` sets it")
    sink = Sink(context.streams.stdout)
    sink.line(str(found.value).lower() if isinstance(found.value, bool) else str(found.value))
    sink.flush()
