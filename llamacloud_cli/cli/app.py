"""The tree of commands, wired together; what a command does lives in its own module."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import typer

from llamacloud_cli.cli.options import root
from llamacloud_cli.cli.typer_seam import Group, Lazy
from llamacloud_cli.operations import Example

if TYPE_CHECKING:
    from collections.abc import Mapping

SETTINGS = {"help_option_names": ["-h", "--help"]}


class Root(Group):
    """The groups of commands."""

    subcommands: ClassVar[Mapping[str, Lazy]] = {
        "auth": Lazy("llamacloud_cli.cli.auth", "Store keys, and see which one is used."),
        "batches": Lazy("llamacloud_cli.cli.batches", "Run, create, list, watch and cancel batches."),
        "completion": Lazy("llamacloud_cli.cli.completion", "Print a script that completes commands for a shell."),
        "config": Lazy("llamacloud_cli.cli.config", "Read and change settings."),
        "doctor": Lazy("llamacloud_cli.cli.doctor", "Check what may keep this tool from working."),
        "sandbox": Lazy("llamacloud_cli.cli.sandbox", "A service to try things on, without key and internet."),
    }
    examples = (
        Example("a folder of documents in, their results out", "llamacloud-prod batches run documents --parse -o out"),
        Example(
            "the same without a key, on the sandbox", "llamacloud-prod batches run documents --parse -o out --sandbox"
        ),
        Example("what went wrong lately", "llamacloud-prod batches list --status FAILED --max-items 10"),
    )


app = typer.Typer(cls=Root, add_completion=False, rich_markup_mode=None, context_settings=SETTINGS)
app.callback()(root)
