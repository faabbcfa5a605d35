"""The group `config`: settings in files."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import typer

from llamacloud_cli.cli.typer_seam import Group, Lazy
from llamacloud_cli.operations import Example

if TYPE_CHECKING:
    from collections.abc import Mapping


class Config(Group):
    """The commands for settings."""

    subcommands: ClassVar[Mapping[str, Lazy]] = {
        "list": Lazy("llamacloud_cli.cli.config.list", "List the settings, and where each comes from."),
        "get": Lazy("llamacloud_cli.cli.config.get", "Print one setting."),
        "set": Lazy("llamacloud_cli.cli.config.set", "Change one setting."),
        "unset": Lazy("llamacloud_cli.cli.config.unset", "Take one setting out."),
        "path": Lazy("llamacloud_cli.cli.config.path", "Print where the file is."),
        "trust": Lazy("llamacloud_cli.cli.config.trust", "Allow the project file to set the base URL."),
    }
    examples = (
        Example("what counts here, and why", "llamacloud-prod config list"),
        Example("a project for every command", "llamacloud-prod config set project_id PROJECT_ID"),
    )


app = typer.Typer(cls=Config, add_completion=False, rich_markup_mode=None)


@app.callback()
def config() -> None:
    """Read and change settings.

    There are base_url, project_id, organization_id, format, columns, concurrency, list_before and profile. A flag wins
    over the environment, that over the project's .llamacloud.toml, that over the user's file. Keys are no settings: see
    `auth`.
    """
