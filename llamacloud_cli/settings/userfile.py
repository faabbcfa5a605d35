"""config.toml: the user's settings, and a table for each profile that lies over them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llamacloud_cli.errors import UsageError
from llamacloud_cli.settings.places import USER_FILE, config_folder
from llamacloud_cli.settings.safefile import locked, read_private, write_private
from llamacloud_cli.settings.tomlfile import TomlText, changed_text
from llamacloud_cli.settings.values import ORIGIN, READERS, STORE, UserFile, check_profile_name

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

STORES = ("keyring", "file")
OF_PROFILES = tuple(name for name in READERS if name != "profile")


def read(path: Path, text: str) -> UserFile:
    """Gives what the text of config.toml says.

    Args:
        path: the file, for messages.
        text: its content.

    Raises:
        UsageError: it is no TOML, has something in it that it may not have, or a value is not what it must be.
    """
    file = TomlText(path, text)
    tables = file.values.pop("profiles", {})
    values = file.read(file.values, READERS)
    if not isinstance(tables, dict):
        file.fail("profiles", "profiles: no tables", hint="write a profile like [profiles.work]")
    return UserFile(path, values, {name: _read_profile(file, name, table) for name, table in tables.items()})


def _read_profile(file: TomlText, name: str, values: Any) -> dict[str, Any]:
    where = f"{file.where('profiles')}: [profiles.{name[:80]}]"
    check_profile_name(name, where)
    if not isinstance(values, dict):
        raise UsageError(f"{where}: no table")
    found = file.read(values, (*OF_PROFILES, STORE, ORIGIN), table=f"profiles.{name}")
    if found.get(STORE) not in {None, *STORES}:
        file.fail(STORE, f"{STORE}: neither keyring nor file", table=f"profiles.{name}")
    return found


def load() -> UserFile:
    """Gives what config.toml says; nothing where there is none.

    Raises:
        UsageError: it cannot be used.
    """
    place = path()
    return read(place, read_private(place, secret=False) or "")


def path() -> Path:
    """Gives where config.toml is or would be."""
    return config_folder() / USER_FILE


def change(profile: str | None, values: Mapping[str, Any]) -> bool:
    """Changes settings of the file, and tells whether that made a difference.

    Args:
        profile: whose settings; those of the top level where it is None.
        values: by name; None takes one out.

    Raises:
        CliError: the file cannot be used or written.
    """
    place = path()
    with locked(place.parent):
        before = read_private(place, secret=False) or ""
        after = changed_text(place, before, profile, values)
        read(place, after)  # nothing is written that could not be read again
        if after != before:
            write_private(place, after)
        return after != before
