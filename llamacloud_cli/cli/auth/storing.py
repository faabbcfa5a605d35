"""Where a key is put at login: the keyring, or a file after a yes. Never one in place of the other in silence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llamacloud_cli.errors import CliError, UsageError
from llamacloud_cli.settings import userfile
from llamacloud_cli.settings.keystore import FileStore, KeyringError, KeyringStore, StoredKey
from llamacloud_cli.settings.values import ORIGIN, STORE, origin_of

if TYPE_CHECKING:
    from llamacloud_cli.context import Context
    from llamacloud_cli.settings.values import ApiKey, BaseUrl


def choose_store(context: Context, profile: str, url: BaseUrl, *, insecure: bool) -> str:
    """Gives `keyring` or `file`, before anything is sent.

    Raises:
        UsageError: no keyring works, and nobody has said yes to a file; or the file cannot be used.
    """
    userfile.load()
    if not insecure:
        try:
            KeyringStore().check(profile, origin_of(url.url))
        except KeyringError as error:
            _ask_for_file(context, error)
        else:
            return "keyring"
    FileStore().read(profile)  # one that cannot be used is found now, before the key is sent
    return "file"


def store_key(context: Context, profile: str, url: BaseUrl, key: ApiKey, store: str) -> str:
    """Stores a key in place of the one before, notes where, and gives that in words.

    Raises:
        UsageError: the keyring refuses, and nobody has said yes to a file.
        CliError: it cannot be written.
    """
    kept = StoredKey(key.value, origin_of(url.url))
    if store == "keyring":
        try:
            KeyringStore().write(profile, kept)
        except KeyringError as error:
            _ask_for_file(context, error)
            store = "file"
    if store == "file":
        FileStore().write(profile, kept)
    before = userfile.load().profiles.get(profile, {})
    values = {"base_url": url.url, STORE: store, ORIGIN: kept.origin}
    try:
        userfile.change(profile, values)
    except CliError:
        remove_key(profile, store, kept.origin)
        raise
    _forget(context, profile, before.get(STORE), before.get(ORIGIN), kept.origin, store)
    return (
        f"the keyring ({KeyringStore().check(profile, kept.origin)})" if store == "keyring" else str(FileStore().path)
    )


def remove_key(profile: str, store: str, origin: str | None) -> None:
    """Takes a key out of its store.

    Raises:
        CliError: the store cannot be used.
    """
    if store == "file":
        FileStore().remove(profile)
    elif origin is not None:
        KeyringStore().remove(profile, origin)


def _forget(  # noqa: PLR0913, PLR0917 - a place before, and a place now
    context: Context, profile: str, store: str | None, origin: str | None, new_origin: str, new_store: str
) -> None:
    """Removes the key that was stored before, where the new one is not in its place."""
    if store is None or (store == new_store and (store == "file" or origin == new_origin)):
        return
    try:
        remove_key(profile, store, origin)
    except CliError as error:
        context.notice(f"warning: the key before it is still in its place ({store}): {error.message}")


def _ask_for_file(context: Context, error: KeyringError) -> None:
    path = FileStore().path
    reason = error.message[:1].upper() + error.message[1:]
    answer = context.confirm(f"{reason}. Write the key to {path} (0600), unencrypted?")
    if answer is None:
        raise UsageError(
            f"{error.message}; nothing was stored", hint=f"--insecure-storage writes it to {path} (0600), unencrypted"
        )
    if not answer:
        raise UsageError("nothing was stored", hint="the variable LLAMA_CLOUD_API_KEY works without storing")
