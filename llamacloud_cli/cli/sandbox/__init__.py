"""The group `sandbox`: the embedded service, served or looked after."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import typer

from llamacloud_cli.cli.typer_seam import Group, Lazy
from llamacloud_cli.operations import Example

if TYPE_CHECKING:
    from collections.abc import Mapping


class SandboxGroup(Group):
    """The commands for the sandbox."""

    subcommands: ClassVar[Mapping[str, Lazy]] = {
        "serve": Lazy("llamacloud_cli.cli.sandbox.serve", "Serve the sandbox until Ctrl-C."),
        "path": Lazy("llamacloud_cli.cli.sandbox.path", "Print the folder that the sandbox keeps its data in."),
        "reset": Lazy("llamacloud_cli.cli.sandbox.reset", "Remove everything that the sandbox keeps."),
    }
    examples = (
        Example("any command against the sandbox, without a key", "llamacloud-prod batches list --sandbox"),
        Example("a service for other clients", "llamacloud-prod sandbox serve --port 8080"),
    )


app = typer.Typer(cls=SandboxGroup, add_completion=False, rich_markup_mode=None)


@app.callback()
def sandbox() -> None:
    """Work without a key and without the internet, against a service that behaves like LlamaCloud.

    The global flag --sandbox runs any command against a sandbox in the same process; `sandbox serve` runs one that
    other programs, such as the official SDK, can use. Files that are uploaded are really read; nothing is invented.
    """
