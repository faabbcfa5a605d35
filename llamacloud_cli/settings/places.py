"""Where the files of a user are. The platform says (platformdirs), which is loaded only where there may be some."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from llamacloud_cli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

APP = "llamacloud-prod"
USER_FILE = "config.toml"
PROJECT_FILE = ".llamacloud.toml"
_WRITABLE_FOR_ALL = 0o002


def config_folder() -> Path:
    """Gives the folder of config.toml and credentials.toml.

    Raises:
        UsageError: this user has no home.
    """
    from platformdirs import user_config_path

    return _of_user(user_config_path, "settings")


def existing_config_folder() -> Path | None:
    """Gives the folder of config.toml where there is one, without loading platformdirs where there is surely none.

    On Linux it is below $XDG_CONFIG_HOME or ~/.config (the XDG Base Directory Specification). Whichever of the two
    counts, without the folder in either there are no files, and a short command saves the loading. What an empty HOME
    means is left to platformdirs.
    """
    if sys.platform == "linux" and "ANDROID_DATA" not in os.environ and os.environ.get("HOME", "~"):
        homes = (os.environ.get("XDG_CONFIG_HOME") or "", os.path.expanduser("~/.config"))  # noqa: PTH111 - no Path needed
        if not any(home and os.path.lexists(f"{home}/{APP}") for home in homes):
            return None
    return config_folder()


def state_folder() -> Path:
    """Gives the folder of what is kept between runs (XDG_STATE_HOME); raises as `config_folder` does."""
    from platformdirs import user_state_path

    return _of_user(user_state_path, "notes")


def sandbox_folder() -> Path:
    """Gives the folder of the sandbox's data (XDG_DATA_HOME) where none is named; raises as `config_folder` does."""
    from platformdirs import user_data_path

    return _of_user(user_data_path, "the sandbox", hint="set HOME or --sandbox-data") / "sandbox"


def _of_user(folder: Callable[..., Path], what: str, *, hint: str = "set HOME") -> Path:
    try:
        return folder(APP, appauthor=False)
    except RuntimeError:  # neither HOME nor an entry in the list of users
        raise UsageError(f"no place for {what}: this user has no home", hint=hint) from None


def project_path() -> Path | None:
    """Gives where the project file is that counts here: in the current folder, else in the nearest one above it.

    The search goes no higher than a git root or the home folder, and into no folder that everybody may write to.
    """
    from pathlib import Path

    for folder in _folders():
        if os.path.lexists(f"{folder}/{PROJECT_FILE}"):
            return Path(folder, PROJECT_FILE)
    return None


def _folders() -> Iterator[str]:
    try:
        folder = os.getcwd()  # noqa: PTH109 - as a text: this runs at the start of every command
    except OSError:  # it is gone
        return
    home = os.path.expanduser("~")  # noqa: PTH111
    while True:
        yield folder
        parent = os.path.dirname(folder)  # noqa: PTH120
        if folder in {home, parent} or os.path.lexists(f"{folder}/.git"):
            return
        folder = parent
        try:
            if os.stat(folder).st_mode & _WRITABLE_FOR_ALL:  # noqa: PTH116
                return
        except OSError:
            return
