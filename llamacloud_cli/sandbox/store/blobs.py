"""Uploaded files on disk: written to a temporary name, flushed, renamed; only then does a row name them."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import IO

UPLOADS = "uploads"
FILES = "files"


class Blobs:
    """The folders of uploads under way and of stored files (mode 0700, files 0600)."""

    def __init__(self, data: Path) -> None:
        self._uploads = data / UPLOADS
        self._files = data / FILES
        for folder in (self._uploads, self._files):
            folder.mkdir(mode=0o700, exist_ok=True)

    def start(self) -> IO[bytes]:
        """A new temporary file in the same file system as the stored ones; `.name` is its path."""
        descriptor, name = tempfile.mkstemp(dir=self._uploads)
        os.close(descriptor)
        return Path(name).open("w+b")

    def keep(self, upload: IO[bytes], file_id: str) -> int:
        """Makes a written temporary file the content of `file_id`, on disk for good.

        Returns:
            Its size in bytes.
        """
        upload.flush()
        os.fsync(upload.fileno())
        size = os.fstat(upload.fileno()).st_size
        upload.close()  # Windows renames closed files only
        Path(upload.name).replace(self.path(file_id))
        _flush_folder(self._files)
        return size

    def discard(self, upload: IO[bytes]) -> None:
        """Removes a temporary file that no row will name; nothing happens after `keep`."""
        upload.close()
        Path(upload.name).unlink(missing_ok=True)

    def path(self, file_id: str) -> Path:
        """Where the content of a file lies."""
        return self._files / file_id

    def remove(self, file_id: str) -> None:
        """Removes the content of a file, if it is there."""
        self.path(file_id).unlink(missing_ok=True)

    def clear_uploads(self, older_than: float) -> None:
        """Removes temporary files that a kill left behind.

        Args:
            older_than: seconds since the epoch; younger ones may belong to another process's upload.
        """
        for entry in self._uploads.iterdir():
            if entry.stat().st_mtime < older_than:
                entry.unlink(missing_ok=True)


def _flush_folder(folder: Path) -> None:
    if os.name == "nt":  # Windows cannot open folders, and flushes renames with the file
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
