"""`auth logout`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from llamacloud_cli.cli.auth.account import flag_of, refuse_in_sandbox
from llamacloud_cli.cli.typer_seam import Command
from llamacloud_cli.errors import CliError
from llamacloud_cli.operations import Example

if TYPE_CHECKING:
    from llamacloud_cli.context import Context


class Logout(Command):
    """The command `auth logout`."""

    examples = (Example("remove the key of one profile", "llamacloud-prod auth logout --profile work"),)


app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command("logout", cls=Logout)
def logout(ctx: typer.Context) -> None:
    """Remove the stored key of a profile from the keyring or the file. Its other settings stay.

    The key itself stays valid: revoke it on the web page of your account.
    """
    from llamacloud_cli.cli.auth.storing import remove_key
    from llamacloud_cli.settings import userfile
    from llamacloud_cli.settings.keystore import KeyringError
    from llamacloud_cli.settings.values import ORIGIN, STORE

    context: Context = ctx.obj
    refuse_in_sandbox(context, "auth logout")
    profile = context.settings.profile
    table = context.settings.user.profiles.get(profile, {})
    store = table.get(STORE)
    if store is None:
        context.notice(f"Profile {profile} keeps no key; nothing to remove.")
    else:
        try:
            remove_key(profile, store, table.get(ORIGIN))
        except KeyringError as error:
            raise CliError(f"the key is still there: {error.message}", hint="unlock or mend the keyring") from None
        userfile.change(profile, {STORE: None, ORIGIN: None})
        context.notice(f"Removed the key of profile {profile} ({store}). It stays valid until it is revoked.")
    if "LLAMA_CLOUD_API_KEY" in context.env:
        context.notice(f"LLAMA_CLOUD_API_KEY still gives a key to commands without{flag_of('NAME')}.")
