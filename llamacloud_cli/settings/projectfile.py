"""`.llamacloud.toml`: the settings of a project, shared with others; it never holds a key."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from llamacloud_cli.settings.places import state_folder
from llamacloud_cli.settings.safefile import locked, read_private, read_text, write_private, write_text
from llamacloud_cli.settings.tomlfile import TomlText, changed_text
from llamacloud_cli.settings.values import READERS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_TRUSTED = "trusted.json"
_MODE = 0o644  # of a new file: it is shared with others


class ProjectFile:
    """What a project's file says.

    Attributes:
        path: the file, absolute.
        values: its settings.
    """

    def __init__(self, path: Path, text: str) -> None:
        import hashlib

        self.path = path
        self._digest = hashlib.sha256(text.encode()).hexdigest()
        file = TomlText(path, text)
        self.values: dict[str, Any] = file.read(file.values, READERS)

    def is_trusted(self) -> bool:
        """Tells whether the user has said yes to the base URL of this file with this content.

        Raises:
            UsageError: the notes of that cannot be used.
        """
        return _trusted().get(str(self.path)) == self._digest

    def trust(self) -> None:
        """Notes that the user has said yes.

        Raises:
            CliError: it cannot be noted.
        """
        import json

        folder = state_folder()
        with locked(folder):
            known = {**_trusted(), str(self.path): self._digest}
            write_private(folder / _TRUSTED, json.dumps(known, indent=2, sort_keys=True) + "\n")


def _trusted() -> dict[str, Any]:
    import json

    text = read_private(state_folder() / _TRUSTED, secret=True)
    try:
        known = json.loads(text) if text else {}
    except ValueError:  # nobody has said yes to anything that can be read
        return {}
    return known if isinstance(known, dict) else {}


def load(path: Path) -> ProjectFile:
    """Gives what a project's file says.

    Raises:
        UsageError: it cannot be used.
    """
    return ProjectFile(path, read_text(path))


def change(path: Path, values: Mapping[str, Any]) -> bool:
    """Changes settings of a project's file, and tells whether that made a difference.

    Whoever sets a base URL says yes to it as well.

    Args:
        path: the file, which is made where it is missing.
        values: by name; None takes one out.

    Raises:
        CliError: the file cannot be used or written.
    """
    exists = os.path.lexists(path)
    before = read_text(path) if exists else ""
    was_trusted = (
        not exists or "base_url" not in ProjectFile(path, before).values or ProjectFile(path, before).is_trusted()
    )
    after = changed_text(path, before, None, values)
    file = ProjectFile(path, after)  # nothing is written that could not be read again
    if after != before:
        write_text(path, after, mode=path.stat().st_mode & 0o777 if exists else _MODE)
    if "base_url" in file.values and (was_trusted or values.get("base_url")):
        file.trust()
    return after != before
