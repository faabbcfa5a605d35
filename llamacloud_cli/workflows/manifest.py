"""The manifest: one line for each source file, which says what became of it."""

from __future__ import annotations

import json
from typing import IO, TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

MANIFEST_NAME = "manifest.jsonl"


class Entry(NamedTuple):
    """What became of one source file.

    Attributes:
        source: its relative path, or the name that the service knows it by.
        sha256: of its content, or None where that is unknown.
        directory_file_id: what it is in its directory (`dfl-…`), or None where it was not uploaded.
        batch_id: the batch, or None.
        job_id: its job, or None.
        job_type: `parse_v2` or `extract_v2`, or None.
        status: the job's status; REFUSED for a file that was not sent; FAILED where there is no job.
        pages: how many pages were read, or None where that is unknown.
        failed_pages: numbers of pages that could not be read.
        credits: what it cost, or None where that is unknown.
        error: what went wrong, or None.
        outputs: the files that hold its results, relative to the output folder.
        bytes: their size in all, or None where there is none.
    """

    source: str
    sha256: str | None = None
    directory_file_id: str | None = None
    batch_id: str | None = None
    job_id: str | None = None
    job_type: str | None = None
    status: str = "FAILED"
    pages: int | None = None
    failed_pages: tuple[int, ...] = ()
    credits: float | None = None
    error: str | None = None
    outputs: tuple[str, ...] = ()
    bytes: int | None = None

    @property
    def is_good(self) -> bool:
        """Whether the file has its result."""
        return self.status == "COMPLETED" and self.error is None

    @property
    def is_refused(self) -> bool:
        """Whether the file was not sent, since the service would not take it."""
        return self.status == "REFUSED"

    @property
    def is_unwritten(self) -> bool:
        """Whether there is a result that could not be written."""
        return self.status == "COMPLETED" and self.error is not None

    def failure(self) -> str:
        """Gives in one line why the file has no result."""
        job = f" (job {self.job_id})" if self.job_id else ""
        return f"failed: {self.source}{job}: {self.error or f'still {self.status}'}"

    def to_object(self) -> dict[str, Any]:
        """Gives the object of its line."""
        fields = self._asdict()
        fields["failed_pages"] = list(self.failed_pages)
        fields["output"] = self.outputs[0] if self.outputs else None
        fields["outputs"] = list(self.outputs)
        return fields


def write_manifest(file: IO[bytes], entries: Iterable[Entry]) -> None:
    """Writes the lines of a manifest."""
    for entry in entries:
        # In ASCII, so that names which are no text (lone surrogates) come back as they were.
        file.write(json.dumps(entry.to_object(), separators=(",", ":")).encode() + b"\n")
