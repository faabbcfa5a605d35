"""`config trust`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from llamacloud_cli.cli.typer_seam import Command
from llamacloud_cli.errors import UsageError
from llamacloud_cli.operations import Example
from llamacloud_cli.settings.values import read_base_url

if TYPE_CHECKING:
    from llamacloud_cli.context import Context


class Trust(Command):
    """The command `config trust`."""

    examples = (Example("after reading the file", "cat .llamacloud.toml && llamacloud-prod config trust"),)


app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command("trust", cls=Trust)
def trust(ctx: typer.Context) -> None:
    """Say yes to the base URL that the project's .llamacloud.toml sets, so that requests, with your key, go there.

    The yes is for this file as it is now: when it changes, it takes another one.
    """
    context: Context = ctx.obj
    project = context.settings.project
    if project is None:
        raise UsageError("no .llamacloud.toml counts here")
    if "base_url" not in project.values:
        raise UsageError(f"{project.path} sets no base_url, so there is nothing to say yes to")
    where = f"base_url of {project.path}"
    url = read_base_url(project.values["base_url"], where, insecure_http=bool(context.options.get("insecure_http")))
    project.trust()
    context.notice(f"Requests go to {url.url} as {project.path} says, until the file changes.")
