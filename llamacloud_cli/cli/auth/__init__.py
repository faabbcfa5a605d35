"""The group `auth`: keys, stored by profile."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import typer

from llamacloud_cli.cli.typer_seam import Group, Lazy
from llamacloud_cli.operations import Example

if TYPE_CHECKING:
    from collections.abc import Mapping


class Auth(Group):
    """The commands for keys."""

    subcommands: ClassVar[Mapping[str, Lazy]] = {
        "login": Lazy("llamacloud_cli.cli.auth.login", "Check a key and store it."),
        "status": Lazy("llamacloud_cli.cli.auth.status", "Show which key is used, why, and whether it is valid."),
        "token": Lazy("llamacloud_cli.cli.auth.token", "Print the key that is used."),
        "logout": Lazy("llamacloud_cli.cli.auth.logout", "Remove a stored key."),
    }
    examples = (
        Example("store a key for the EU region", "llamacloud-prod auth login --region eu"),
        Example("is it valid, and for what?", "llamacloud-prod auth status"),
    )


app = typer.Typer(cls=Auth, add_completion=False, rich_markup_mode=None)


@app.callback()
def auth() -> None:
    """Store API keys by profile, and see which one is used.

    A key is kept in the system's keyring where one works, and is sent to no other place than the one it was stored for.
    """
