"""What the commands of the shells have in common: they print a script."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from llamacloud_cli.cli.completion.tree import tree
from llamacloud_cli.cli.typer_seam import Command
from llamacloud_cli.output.sink import Sink

if TYPE_CHECKING:
    from collections.abc import Callable

    from llamacloud_cli.cli.completion.tree import Node
    from llamacloud_cli.operations import Example


def script_app(shell: str, script: Callable[[Node], str], text: str, example: Example) -> typer.Typer:
    """Gives the command that prints the script of a shell.

    Args:
        shell: the command's name.
        script: makes the script for a tree of commands.
        text: the command's help.
        example: how its output is put to use.
    """

    class Script(Command):
        """The command of a shell."""

        examples = (example,)

    app = typer.Typer(add_completion=False, rich_markup_mode=None)

    @app.command(shell, cls=Script, help=text)
    def command(ctx: typer.Context) -> None:
        sink = Sink(ctx.obj.streams.stdout)
        sink.write(script(tree()).encode())
        sink.flush()

    return app
