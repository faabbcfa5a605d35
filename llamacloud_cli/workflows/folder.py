"""Writing results below one folder: atomically, never outside it, never over another file unasked.

Every folder on the way is opened relative to the one above it and never through a symbolic link, so that nothing
that is put there meanwhile leads out. Where a system cannot do that (Windows), each part is looked at instead.
"""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import stat
from contextlib import contextmanager, suppress
from typing import IO, TYPE_CHECKING, NamedTuple

from llamacloud_cli.errors import CliError, UsageError
from llamacloud_cli.workflows.sources import READ_FLAGS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

OWN_FOLDER = ".llamacloud"
"""Where this tool keeps what is its own below an output folder: the ledger, the lock, files that are being written."""
_BY_DESCRIPTOR = os.open in os.supports_dir_fd and os.rename in os.supports_dir_fd and hasattr(os, "O_NOFOLLOW")
_HALF_WRITTEN = [OWN_FOLDER, "tmp"]
_CHUNK = 1024 * 1024


class Written(NamedTuple):
    """A file that is there now.

    Attributes:
        size: its bytes.
        sha256: of its content, in hexadecimal digits.
        changed: whether it was written; False where the same file was there before.
    """

    size: int
    sha256: str
    changed: bool


class RefusedError(CliError):
    """One file cannot have its place; others may."""

    code = "output_refused"


class FolderError(CliError):
    """The folder cannot be written to: the disk is full, or it may not be."""

    code = "output_folder"


class OutputFolder:
    """A folder to write into.

    Args:
        path: the folder; made where it is missing.

    Raises:
        UsageError: it cannot be made, or is no folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.mkdir(parents=True, exist_ok=True)
            self._root = os.open(path, os.O_RDONLY | os.O_DIRECTORY) if _BY_DESCRIPTOR else -1
            with self._opened(_HALF_WRITTEN):
                pass
        except OSError as error:
            words = f"{OWN_FOLDER} in it is or holds a symbolic link" if error.errno == errno.ELOOP else error.strerror
            raise UsageError(f"-o: cannot use the folder {str(path)!r}: {words}") from None

    def clean(self) -> None:
        """Removes what a process that was killed had not finished writing. Nobody else may be writing."""
        with self._opened(_HALF_WRITTEN) as place:
            for name in place.names():
                with suppress(OSError):
                    place.unlink(name)

    def close(self) -> None:
        """Lets go of the folder."""
        if self._root >= 0:
            os.close(self._root)

    def write(
        self, name: str, fill: Callable[[IO[bytes]], object], *, overwrite: bool, ours: str | None = None
    ) -> Written:
        """Writes one file, so that its name stands for all of it or for nothing.

        Args:
            name: relative, with `/` between its parts, as `names.safe_path` gives it.
            fill: writes what the file is to hold.
            overwrite: whether a different file of that name is replaced.
            ours: the SHA-256 of a file that is replaced in any case, in hexadecimal digits: an earlier result.

        Raises:
            RefusedError: there is a different file, or a symbolic link or no folder on the way, or the name climbs.
            FolderError: the disk is full, or writing fails otherwise.
        """
        *folders, last = _parts(name)
        with _told(name), self._opened(_HALF_WRITTEN) as aside, self._opened(folders) as place:
            source, target = _Entry(aside, secrets.token_hex(8)), _Entry(place, last)
            try:
                with source.create() as file:
                    fill(file)
                    file.flush()
                    os.fsync(file.fileno())
                    size = os.fstat(file.fileno()).st_size
                digest = source.digest()
                changed = _put(source, target, name, overwrite=overwrite or target.holds(ours))
            finally:
                with suppress(OSError):
                    aside.unlink(source.name)
        return Written(size, digest, changed)

    def size_of(self, name: str) -> int | None:
        """Gives the bytes of a file below the folder, or None where there is none."""
        try:
            *folders, last = _parts(name)
            with self._opened(folders, make=False) as place:
                found = _Entry(place, last).stat()
        except (OSError, RefusedError):
            return None
        return found.st_size if stat.S_ISREG(found.st_mode) else None

    @contextmanager
    def _opened(self, folders: list[str], *, make: bool = True) -> Iterator[_Place]:
        if not _BY_DESCRIPTOR:
            yield _checked(self.path, folders, make=make)
            return
        current = os.dup(self._root)
        try:
            for folder in folders:
                if make:
                    with suppress(FileExistsError):
                        mode = 0o700 if folders[0] == OWN_FOLDER else 0o777
                        os.mkdir(_bytes(folder), mode, dir_fd=current)
                below = _descend(current, _bytes(folder))
                os.close(current)
                current = below
            yield _Place(current, None)
        finally:
            os.close(current)


class _Place:
    """One folder, by descriptor where the system can, else by path."""

    def __init__(self, descriptor: int, path: Path | None) -> None:
        self.fd = None if path is not None else descriptor
        self._path = path

    def entry(self, name: str) -> str | bytes:
        """Gives the path of an entry, relative to `fd` where there is one."""
        return _bytes(name) if self._path is None else str(self._path / name)

    def names(self) -> list[str]:
        """Gives what is in it."""
        return os.listdir(self._path if self.fd is None else self.fd)  # noqa: PTH208 - by descriptor

    def unlink(self, name: str) -> None:
        """Removes a name."""
        os.unlink(self.entry(name), dir_fd=self.fd)


class _Entry(NamedTuple):
    """A name in a folder."""

    place: _Place
    name: str

    @property
    def path(self) -> str | bytes:
        """Its path, relative to `place.fd` where there is one."""
        return self.place.entry(self.name)

    def create(self) -> IO[bytes]:
        """Opens a new file for writing."""
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        return os.fdopen(os.open(self.path, flags, 0o666, dir_fd=self.place.fd), "w+b")

    def stat(self) -> os.stat_result:
        """Gives what is there, itself and not what it links to."""
        return os.stat(self.path, dir_fd=self.place.fd, follow_symlinks=False)

    def open(self) -> IO[bytes]:
        """Opens it for reading."""
        return os.fdopen(os.open(self.path, READ_FLAGS, dir_fd=self.place.fd), "rb")

    def digest(self) -> str:
        """Gives the SHA-256 of its bytes, in hexadecimal digits."""
        digest = hashlib.sha256()
        with self.open() as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
        return digest.hexdigest()

    def holds(self, digest: str | None) -> bool:
        """Tells whether it is a regular file of this SHA-256."""
        if digest is None:
            return False
        try:
            return stat.S_ISREG(self.stat().st_mode) and self.digest() == digest
        except FileNotFoundError:
            return False


def _put(source: _Entry, target: _Entry, name: str, *, overwrite: bool) -> bool:
    """Gives a finished file its name; tells whether another one, or none, had it before."""
    if not overwrite:
        if _link(source, target):
            return True
        if _same(source, target):
            return False
        if _begins(target, source):  # it was cut short, so nothing is lost with it
            _rename(source, target)
            return True
        raise RefusedError(
            f"{name}: a different file is there", hint="--overwrite replaces it; -o names another folder"
        )
    with suppress(FileNotFoundError):
        if _same(source, target):
            return False
    _rename(source, target)
    return True


def _link(source: _Entry, target: _Entry) -> bool:
    """Gives a file a second name, unless there is something of that name; tells whether it did."""
    try:
        os.link(source.path, target.path, src_dir_fd=source.place.fd, dst_dir_fd=target.place.fd)
    except FileExistsError:
        return False
    except (OSError, NotImplementedError) as error:
        if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS):
            raise
        # A file system without hard links: between the look and the rename another program could come.
        with suppress(FileNotFoundError):
            target.stat()
            return False
        _rename(source, target)
    return True


def _rename(source: _Entry, target: _Entry) -> None:
    os.replace(source.path, target.path, src_dir_fd=source.place.fd, dst_dir_fd=target.place.fd)


def _same(one: _Entry, other: _Entry) -> bool:
    """Tells whether two names stand for regular files of the same bytes."""
    first, second = one.stat(), other.stat()
    if not stat.S_ISREG(second.st_mode) or first.st_size != second.st_size:
        return False
    return one.digest() == other.digest()


def _begins(one: _Entry, other: _Entry) -> bool:
    """Tells whether a name stands for a regular file that holds the beginning of another one, or nothing."""
    first = one.stat()
    if not stat.S_ISREG(first.st_mode) or first.st_size >= other.stat().st_size:
        return False
    with one.open() as file, other.open() as whole:
        while chunk := file.read(_CHUNK):
            if chunk != whole.read(len(chunk)):
                return False
    return True


def _parts(name: str) -> list[str]:
    """Gives the parts of a name; one that could lead out of the folder is refused, wherever it comes from."""
    parts = name.split("/")
    if {"", ".", ".."} & set(parts) or "\0" in name:
        raise RefusedError(f"{name!r}: not written: it is no name below the folder")
    return parts


def _bytes(name: str) -> bytes:
    """Gives a name as UTF-8, whatever the locale says; what `os.listdir` could not decode as it was."""
    return name.encode("utf-8", "surrogateescape")


def _descend(current: int, folder: bytes) -> int:
    """Opens a folder below an open one; the error for a symbolic link is always ELOOP, which systems differ in."""
    try:
        return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=current)
    except OSError as error:
        with suppress(OSError):
            if stat.S_ISLNK(os.stat(folder, dir_fd=current, follow_symlinks=False).st_mode):
                error.errno = errno.ELOOP
        raise


def _checked(root: Path, folders: list[str], *, make: bool) -> _Place:
    path = root
    for folder in folders:
        path /= folder
        if path.is_symlink():
            raise OSError(errno.ELOOP, "a symbolic link", str(path))
        if make:
            path.mkdir(exist_ok=True)
    return _Place(-1, path)


@contextmanager
def _told(name: str) -> Iterator[None]:
    """Puts what the system refuses into words."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG):
            what = "a symbolic link" if error.errno == errno.ELOOP else (error.strerror or "?").lower()
            raise RefusedError(f"{name}: not written: {what} is in its place or on the way") from None
        hint = "free some space and run the same command again" if error.errno == errno.ENOSPC else "is it writable?"
        raise FolderError(f"cannot write {name}: {error.strerror}", hint=hint) from None
