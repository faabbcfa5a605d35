"""The scripts of all shells, by the names that packages install them under."""

from __future__ import annotations

from llamacloud_cli.cli.completion import bash, fish, powershell, zsh
from llamacloud_cli.cli.completion.tree import tree


def scripts() -> dict[str, str]:
    """Gives each script by its file's name."""
    root = tree()
    return {
        "llamacloud-prod.bash": bash.script(root),
        "_llamacloud-prod": zsh.script(root),
        "llamacloud-prod.fish": fish.script(root),
        "llamacloud-prod.ps1": powershell.script(root),
    }
