"""Files that other users can neither read nor replace: 0600 in a 0700 folder, written whole or not at all."""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager, suppress
from time import monotonic, sleep
from typing import TYPE_CHECKING

from llamacloud_cli.errors import CliError, UsageError
from llamacloud_cli.private import make_private, open_private

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LARGEST_BYTES = 1 << 20
PRIVATE = 0o600
LONGEST_WAIT_SECONDS = 10.0
"""How long another process may keep a folder to itself; all that it does meanwhile is to write a small file."""
_PAUSE_SECONDS = 0.05
_FOR_OTHERS = 0o077
_WRITABLE_FOR_OTHERS = 0o022


def read_private(path: Path, *, secret: bool) -> str | None:
    """Gives the text of a user's file, or None where there is none.

    Args:
        path: the file.
        secret: whether it holds keys, so that nobody else may be able to read it.

    Raises:
        UsageError: it is a link or another user's, others can read or change it, it is too large or no UTF-8 text.
    """
    try:
        status = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise UsageError(f"cannot read {str(path)!r}: {error.strerror}") from None
    _refuse_foreign(path, status)
    forbidden = _FOR_OTHERS if secret else _WRITABLE_FOR_OTHERS
    if os.name == "posix" and status.st_mode & forbidden:
        what = "read" if secret else "change"
        raise UsageError(f"other users may {what} {str(path)!r}", hint=f"run: chmod 600 '{path}'")
    return read_text(path, flags=getattr(os, "O_NOFOLLOW", 0))


def read_text(path: Path, *, flags: int = 0) -> str:
    """Gives the text of a file of a usual size.

    Args:
        path: the file.
        flags: for os.open, besides those for reading.

    Raises:
        UsageError: it is no file, cannot be read, is too large, or is no UTF-8 text.
    """
    try:
        return read_bytes(path, flags=flags).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"{str(path)!r} is not UTF-8 text") from None


def read_bytes(path: Path, *, flags: int = 0) -> bytes:
    """Gives the bytes of a file of a usual size; raises as `read_text` does."""
    try:
        # Without O_NONBLOCK, opening a named pipe would wait for somebody who writes to it.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | flags)
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise UsageError(f"{str(path)!r} is no file")
        with os.fdopen(descriptor, "rb") as file:
            data = file.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise UsageError(f"cannot read {str(path)!r}: {error.strerror}") from None
    if len(data) > LARGEST_BYTES:
        raise UsageError(f"{str(path)!r} is larger than 1 MiB")
    return data


def write_private(path: Path, text: str) -> None:
    """Replaces a file of the user's own folder, which is made where it is missing; raises as `write_text` does."""
    try:
        make_private(path.parent)
        if os.name == "posix" and path.parent.stat().st_mode & _FOR_OTHERS:
            path.parent.chmod(0o700)
    except OSError as error:
        raise CliError(f"cannot use the folder {str(path.parent)!r}: {error.strerror}") from None
    write_text(path, text, mode=PRIVATE)


def write_text(path: Path, text: str, *, mode: int) -> None:
    """Replaces a file: the new one is on disk before it takes the old one's place.

    Raises:
        UsageError: a link or another user's file stands in its place.
        CliError: it cannot be written.
    """
    with suppress(FileNotFoundError):
        _refuse_foreign(path, path.lstat())
    temporary = path.with_name(f".{path.name}.{os.urandom(8).hex()}")
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
        with os.fdopen(os.open(temporary, flags, mode), "wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        raise CliError(f"cannot write {str(path)!r}: {error.strerror}") from None
    finally:
        with suppress(OSError):
            temporary.unlink()


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keeps other processes from changing the files of a folder meanwhile; they wait.

    Raises:
        CliError: the folder cannot be used, or another process keeps it to itself for LONGEST_WAIT_SECONDS.
    """
    try:
        make_private(folder)
        descriptor = open_private(folder / ".lock", os.O_RDWR | os.O_CREAT)
    except OSError as error:
        raise CliError(f"cannot use the folder {str(folder)!r}: {error.strerror}") from None
    try:
        if os.name == "posix":
            _lock(descriptor, folder)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, folder: Path) -> None:
    import fcntl

    end = monotonic() + LONGEST_WAIT_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if monotonic() > end:
                raise CliError(
                    f"another process keeps the folder {str(folder)!r} locked", hint="end it, and try again"
                ) from None
            sleep(_PAUSE_SECONDS)
        except OSError as error:
            raise CliError(f"cannot lock the folder {str(folder)!r}: {error.strerror}") from None
        else:
            return


def _refuse_foreign(path: Path, status: os.stat_result) -> None:
    if stat.S_ISLNK(status.st_mode):
        raise UsageError(
            f"{str(path)!r} is a symbolic link", hint="put the file itself there: a link could lead anywhere"
        )
    if not stat.S_ISREG(status.st_mode):
        raise UsageError(f"{str(path)!r} is no file")
    if os.name == "posix" and status.st_uid not in (os.geteuid(), 0):
        raise UsageError(f"{str(path)!r} belongs to another user", hint="remove it, or run as its owner")


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    with suppress(OSError):  # some file systems cannot
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
