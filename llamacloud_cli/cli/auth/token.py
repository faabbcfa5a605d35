"""`auth token`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from llamacloud_cli.cli.auth.account import refuse_in_sandbox
from llamacloud_cli.cli.typer_seam import Command
from llamacloud_cli.operations import Example
from llamacloud_cli.output.sink import Sink

if TYPE_CHECKING:
    from llamacloud_cli.context import Context


class Token(Command):
    """The command `auth token`."""

    examples = (
        Example(
            "for a program that reads the variable", 'LLAMA_CLOUD_API_KEY="$(llamacloud-prod auth token)" ./job.py'
        ),
    )


app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command("token", cls=Token)
def token(ctx: typer.Context) -> None:
    """Print the key that commands would use, and nothing else.

    This is the one command that shows a key. Nothing is sent; whether it is valid, `auth status` finds out.
    """
    context: Context = ctx.obj
    refuse_in_sandbox(context, "auth token")
    key = context.api_key()
    sink = Sink(context.streams.stdout)
    sink.write(f"{key.value}\n".encode())
    sink.flush()
