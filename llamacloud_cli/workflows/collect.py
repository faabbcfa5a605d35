"""Collecting: what is done is fetched and written, or its cost noted where nothing is to be written."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from llamacloud_cli.errors import NotFoundError
from llamacloud_cli.workflows.fetch import SUFFIXES, kinds_for
from llamacloud_cli.workflows.folder import RefusedError
from llamacloud_cli.workflows.watch import JOB_GONE

if TYPE_CHECKING:
    from collections.abc import Callable

    from llamacloud_cli.workflows.fetch import Fetcher, JobResult
    from llamacloud_cli.workflows.folder import OutputFolder
    from llamacloud_cli.workflows.ledger_files import FileBook
    from llamacloud_cli.workflows.ledger_shards import Finished, ShardBook


class Output(NamedTuple):
    """A file that holds a result.

    Attributes:
        name: relative to the output folder.
        size: its bytes.
        sha256: of its content, in hexadecimal digits.
    """

    name: str
    size: int
    sha256: str


class Kept(NamedTuple):
    """What was written of a result.

    Attributes:
        outputs: the files.
        error: why one of them could not be written and those after it were not, or None.
    """

    outputs: tuple[Output, ...]
    error: str | None

    @property
    def size(self) -> int:
        """Bytes in all."""
        return sum(output.size for output in self.outputs)


class Collector:
    """Fetches results and writes them. Any number of threads may use it.

    Args:
        fetcher: fetches results.
        folder: where they go, or None to write none.
        kind: what `--as` says, or None.
        overwrite: whether different files are replaced.
        ours: gives the SHA-256 of a file as this tool wrote it, by its name, or None; such a file is replaced.
    """

    def __init__(
        self,
        fetcher: Fetcher,
        folder: OutputFolder | None,
        kind: str | None,
        *,
        overwrite: bool,
        ours: Callable[[str], str | None] = lambda _: None,
    ) -> None:
        self._fetcher = fetcher
        self._folder = folder
        self._kind = kind
        self._overwrite = overwrite
        self._ours = ours

    def fetch(self, product: str, job_id: str) -> JobResult | None:
        """Fetches the result of one job; None where the service does not know it any more.

        Raises:
            CliError: it cannot be fetched.
        """
        try:
            return self._fetcher.fetch(product, job_id, self.kinds(product))
        except NotFoundError:
            return None

    def kinds(self, product: str) -> tuple[str, ...]:
        """Gives the kinds of results that are written of a job."""
        return kinds_for(product, self._kind) if self._folder else ()

    def keep(self, name: str, result: JobResult) -> Kept:
        """Writes a result.

        Args:
            name: relative to the folder, without the suffix of a result.
            result: as `fetch` gave it.

        Raises:
            FolderError: it cannot be written, as when the disk is full.
        """
        outputs: list[Output] = []
        error = None
        if self._folder is not None:
            try:
                for kind, fill in result.parts.items():
                    output = name + SUFFIXES[kind]
                    file = self._folder.write(output, fill, overwrite=self._overwrite, ours=self._ours(output))
                    outputs.append(Output(output, file.size, file.sha256))
            except RefusedError as refused:
                error = refused.message + (f" ({refused.hint})" if refused.hint else "")
        return Kept(tuple(outputs), error)


class LedgerCollector:
    """Collects for a run: what the ledger says is done, for each file of that content.

    Attributes:
        mark: names the kinds of results, as the ledger keeps them.

    Args:
        collector: fetches and writes.
        files: knows the files that wait for results.
        shards: knows the work.
        folder: where results go, or None.
        product: `parse_v2` or `extract_v2`.
    """

    def __init__(
        self, collector: Collector, files: FileBook, shards: ShardBook, folder: OutputFolder | None, product: str
    ) -> None:
        self.mark = collection_mark(collector.kinds(product))
        self._collector = collector
        self._files = files
        self._shards = shards
        self._folder = folder

    def collect(self, finished: Finished) -> bool:
        """Fetches the result of one job and writes it for each file of that content; tells whether it was there.

        Raises:
            FolderError: it cannot be written.
            CliError: it cannot be fetched.
        """
        result = self._collector.fetch(finished.product, finished.job_id)
        if result is None:
            self._shards.lost_result(finished.id, JOB_GONE)
            return False
        self._shards.result(finished.id, result)
        for target in self._files.targets(finished.id, self.mark):
            self._files.collected(target.id, self.mark, self._collector.keep(target.name, result))
        return True

    def forget_lost(self) -> None:
        """Lets results be fetched again that were refused before, or are not there any more as they were written."""
        self._files.try_refused_again()
        if self._folder is None:
            return
        for file_id, sizes in self._files.kept_outputs(self.mark):
            found = {name: self._folder.size_of(name) for name in sizes}
            if any(found[name] is None or size not in (None, found[name]) for name, size in sizes.items()):
                self._files.lost(file_id)


def collection_mark(kinds: tuple[str, ...]) -> str:
    """Gives the name under which the ledger keeps that these kinds of results were collected."""
    return "+".join(kinds) or "noted"
