"""One process at a time works in a folder. The system lets go of the lock when a process ends, however it ends."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from llamacloud_cli.errors import UsageError
from llamacloud_cli.private import make_private, open_private

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType
    from typing import Self


class FolderLock:
    """The lock of a folder, held from `with` to its end.

    Args:
        folder: made where it is missing.
        shown: the folder as the user knows it, for the message.
    """

    def __init__(self, folder: Path, shown: str) -> None:
        self._path = folder / "lock"
        self._shown = shown
        self._fd = -1

    def __enter__(self) -> Self:
        """Takes the lock.

        Raises:
            UsageError: another process has it, or the folder cannot be used.
        """
        try:
            make_private(self._path.parent)
            self._fd = open_private(self._path, os.O_RDWR | os.O_CREAT)
        except OSError as error:
            what = f"lock: {error.strerror}" if error.filename == str(self._path) else error.strerror
            raise UsageError(f"cannot use the folder {self._shown!r}: {what}") from None
        if not _try_lock(self._fd):
            with suppress(OSError, ValueError):
                holder = int(os.pread(self._fd, 32, 0)) if hasattr(os, "pread") else 0
                self._raise_taken(f", process {holder}" if holder else "")
            self._raise_taken("")
        with suppress(OSError):
            os.ftruncate(self._fd, 0)
            os.write(self._fd, str(os.getpid()).encode())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Lets go of the lock. The file stays: a process that waits for it may have opened it already."""
        os.close(self._fd)
        self._fd = -1

    def _raise_taken(self, holder: str) -> None:
        os.close(self._fd)
        raise UsageError(
            f"another run is at work in {self._shown!r}{holder}",
            hint="wait for it to end, or name another folder with -o",
        )


def _try_lock(descriptor: int) -> bool:
    try:
        if os.name == "posix":
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        else:
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined] # of Windows alone
    except OSError:
        return False
    return True
