"""The group `completion`: a command for each shell, which prints the shell's script."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import typer

from llamacloud_cli.cli.typer_seam import Group, Lazy
from llamacloud_cli.operations import Example

if TYPE_CHECKING:
    from collections.abc import Mapping


class Completion(Group):
    """The commands for shell completion."""

    subcommands: ClassVar[Mapping[str, Lazy]] = {
        "bash": Lazy("llamacloud_cli.cli.completion.bash", "Print the script for bash."),
        "zsh": Lazy("llamacloud_cli.cli.completion.zsh", "Print the script for zsh."),
        "fish": Lazy("llamacloud_cli.cli.completion.fish", "Print the script for fish."),
        "powershell": Lazy("llamacloud_cli.cli.completion.powershell", "Print the script for PowerShell."),
    }
    hidden_subcommands: ClassVar[Mapping[str, Lazy]] = {
        "ids": Lazy("llamacloud_cli.cli.completion.ids", "Print ids for the scripts."),
    }
    examples = (Example("complete commands in this bash", "source <(llamacloud-prod completion bash)"),)


app = typer.Typer(cls=Completion, add_completion=False, rich_markup_mode=None)


@app.callback()
def completion() -> None:
    """Print a script that completes commands, flags, values, files and ids with Tab.

    The script starts this tool for ids alone: of batches, directories and configurations that commands met lately.
    """
