"""Folders and files that hold what is the user's own: nobody else may read them, whatever the umask says."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def make_private(folder: Path) -> None:
    """Makes a folder, and those above it that are missing, for this user alone; what is there already stays as it is.

    So the XDG Base Directory Specification wants it of folders below a home.

    Raises:
        OSError: it cannot be made, or is no folder.
    """
    missing = []
    while not folder.is_dir():
        missing.append(folder)
        if folder.parent == folder:
            break
        folder = folder.parent
    for one in reversed(missing):
        try:
            one.mkdir(mode=0o700, exist_ok=True)
        except FileExistsError:
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(one)) from None


def open_private(path: Path, flags: int) -> int:
    """Opens a regular file, made for this user alone where it is missing, and gives its descriptor.

    Args:
        path: the file.
        flags: for `os.open`.

    Raises:
        OSError: it cannot be opened; ELOOP where a symbolic link, or anything else that is no file, is in its place.
    """
    safe = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        descriptor = os.open(path, flags | safe | getattr(os, "O_BINARY", 0), 0o600)
    except OSError as error:
        if path.is_symlink():  # systems differ in what they say of one
            raise OSError(errno.ELOOP, "a symbolic link is in its place", str(path)) from None
        raise OSError(error.errno, error.strerror, str(path)) from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.ELOOP, "what is in its place is no file", str(path))
    return descriptor
