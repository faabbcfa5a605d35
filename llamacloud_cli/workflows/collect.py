"""Collecting: what is done is fetched and written, or its cost noted where nothing is to be written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llamacloud_cli.errors import NotFoundError
from llamacloud_cli.workflows.fetch import SUFFIXES
from llamacloud_cli.workflows.folder import RefusedError

if TYPE_CHECKING:
    from llamacloud_cli.workflows.fetch import Fetcher, JobResult
    from llamacloud_cli.workflows.folder import OutputFolder
    from llamacloud_cli.workflows.ledger_files import FileBook, Target
    from llamacloud_cli.workflows.ledger_shards import Finished, ShardBook


class Collector:
    """Fetches results and puts them where they belong. Any number of threads may use it.

    Attributes:
        mark: names the kinds of results, as the ledger keeps them.

    Args:
        fetcher: fetches results.
        files: knows the files that wait for them.
        shards: knows the work.
        folder: where they go, or None.
        kinds: what is wanted of a job.
        overwrite: whether different files are replaced.
    """

    def __init__(  # noqa: PLR0913 - what it works with
        self,
        fetcher: Fetcher,
        files: FileBook,
        shards: ShardBook,
        *,
        folder: OutputFolder | None,
        kinds: tuple[str, ...],
        overwrite: bool,
    ) -> None:
        self.mark = collection_mark(kinds if folder else ())
        self._kinds = kinds if folder else ()
        self._fetcher = fetcher
        self._files = files
        self._shards = shards
        self._folder = folder
        self._overwrite = overwrite

    def collect(self, finished: Finished) -> bool:
        """Fetches the result of one job and writes it for each file of that content; tells whether it was there.

        Raises:
            FolderError: it cannot be written.
            CliError: it cannot be fetched.
        """
        try:
            result = self._fetcher.fetch(finished.product, finished.job_id, self._kinds)
        except NotFoundError:
            self._shards.lost_result(finished.id, "the job is not known any more; results expire")
            return False
        self._shards.result(finished.id, result)
        for target in self._files.targets(finished.id, self.mark):
            self._write(target, result)
        return True

    def forget_lost(self) -> None:
        """Lets results be fetched again that were refused before, or written and are not there any more."""
        self._files.try_refused_again()
        if self._folder is None:
            return
        for file_id, outputs in self._files.kept_outputs(self.mark):
            if any(self._folder.size_of(name) is None for name in outputs):
                self._files.lost(file_id)

    def _write(self, target: Target, result: JobResult) -> None:
        outputs, size, error = [], 0, None
        if self._folder is not None:
            try:
                for kind, fill in result.parts.items():
                    name = target.name + SUFFIXES[kind]
                    size += self._folder.write(name, fill, overwrite=self._overwrite).size
                    outputs.append(name)
            except RefusedError as refused:
                error = refused.message
        self._files.collected(target.id, self.mark, outputs, size if outputs else None, error)


def collection_mark(kinds: tuple[str, ...]) -> str:
    """Gives the name under which the ledger keeps that these kinds of results were collected."""
    return "+".join(kinds) or "noted"
