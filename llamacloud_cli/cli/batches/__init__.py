"""The group `batches`: its commands are imported when they are run."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import typer

from llamacloud_cli.cli.typer_seam import Group, Lazy
from llamacloud_cli.operations import Example

if TYPE_CHECKING:
    from collections.abc import Mapping


class Batches(Group):
    """The commands for batches."""

    subcommands: ClassVar[Mapping[str, Lazy]] = {
        "create": Lazy("llamacloud_cli.cli.batches.create", "Create a batch from the files of a directory."),
        "list": Lazy("llamacloud_cli.cli.batches.list", "List batches, all pages."),
        "get": Lazy("llamacloud_cli.cli.batches.get", "Get a batch, with its results if asked for."),
        "cancel": Lazy("llamacloud_cli.cli.batches.cancel", "Cancel a batch that is still going on."),
        "wait": Lazy("llamacloud_cli.cli.batches.wait", "Wait until batches and their jobs are done."),
        "watch": Lazy("llamacloud_cli.cli.batches.watch", "A live table of the batches that are going on."),
        "results": Lazy("llamacloud_cli.cli.batches.results", "Show or download the result of each file."),
        "run": Lazy("llamacloud_cli.cli.batches.run", "From files and folders to results, in one command."),
    }
    examples = (
        Example("a folder of documents in, their results out", "llamacloud-prod batches run documents --parse -o out"),
        Example("the batches that failed", "llamacloud-prod batches list --status FAILED"),
    )


app = typer.Typer(cls=Batches, add_completion=False, rich_markup_mode=None)


@app.callback()
def batches() -> None:
    """Run, create, list, watch and cancel batches.

    A batch runs one parse or extract configuration over every file of a directory.
    """
