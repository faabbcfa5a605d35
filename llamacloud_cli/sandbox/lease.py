"""Who uses a data folder: any number of sandboxes at a time, or one reset."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from llamacloud_cli.errors import UsageError
from llamacloud_cli.private import open_private

if TYPE_CHECKING:
    from pathlib import Path

LEASE_NAME = "in-use"


class Lease:
    """Holds a folder until it is released, or the process ends however it ends.

    Args:
        folder: the data folder, which exists.
        alone: whether nobody else may hold it meanwhile.

    Raises:
        UsageError: somebody else holds it in a way that excludes this one.
        OSError: its file cannot be opened, or anything else is in its place.
    """

    def __init__(self, folder: Path, *, alone: bool = False) -> None:
        self._file = open_private(folder / LEASE_NAME, os.O_RDWR | os.O_CREAT)
        try:
            import fcntl
        except ImportError:  # Windows refuses to remove files that are open, which serves the same end
            return
        try:
            fcntl.flock(self._file, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except OSError:
            os.close(self._file)
            who = "a sandbox is running on it" if alone else "it is being removed"
            raise UsageError(f"the sandbox's folder {folder} is in use: {who}", hint="end that one first") from None

    def release(self) -> None:
        """Lets go of the folder."""
        os.close(self._file)
