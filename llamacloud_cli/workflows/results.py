"""The results of one batch: every source file with its job and, where a folder is named, its result on disk."""

from __future__ import annotations

import threading
from contextlib import closing
from shlex import quote
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

from llamacloud_cli.api.directories import list_files
from llamacloud_cli.api.downloads import Downloader
from llamacloud_cli.api.jobs import TERMINAL_JOB
from llamacloud_cli.errors import BatchFailedError, CliError, NotFoundError, PartialFailureError
from llamacloud_cli.progress import FetchProgress
from llamacloud_cli.statuses import TERMINAL
from llamacloud_cli.workflows.collect import Collector
from llamacloud_cli.workflows.fetch import Fetcher, kinds_for
from llamacloud_cli.workflows.folder import OWN_FOLDER, OutputFolder
from llamacloud_cli.workflows.lock import FolderLock
from llamacloud_cli.workflows.manifest import MANIFEST_NAME, Entry, write_manifest
from llamacloud_cli.workflows.names import marked, safe_path, same_name_key
from llamacloud_cli.workflows.pool import CONCURRENCY, Pool
from llamacloud_cli.workflows.throttle import Throttle
from llamacloud_cli.workflows.watch import JOB_GONE, BatchWatch, FileOutcome
from llamacloud_cli.workflows.words import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from llamacloud_cli.api.client import Client
    from llamacloud_cli.api.directories import DirectoryFile, Scope
    from llamacloud_cli.workflows.stop import Stop


class ResultsOptions(NamedTuple):
    """How to show or keep results.

    Attributes:
        scope: the project and organization.
        folder: where results are written, or None to write none.
        kind: what `--as` says, or None.
        overwrite: whether different files are replaced.
        concurrency: calls at a time.
    """

    scope: Scope = ()
    folder: Path | None = None
    kind: str | None = None
    overwrite: bool = False
    concurrency: int = CONCURRENCY


class BatchResults(NamedTuple):
    """What became of the files of a batch.

    Attributes:
        batch_id: the batch.
        status: its status.
        entries: one for each file that it names.
    """

    batch_id: str
    status: str
    entries: list[Entry]

    def raise_for_outcome(self) -> None:
        """Ends well where every file succeeded.

        Raises:
            BatchFailedError: the batch ended FAILED or CANCELLED.
            PartialFailureError: some files failed, or are not done yet.
        """
        going = sum(entry.status not in TERMINAL_JOB for entry in self.entries)
        if self.status not in TERMINAL or (going and self.status == "COMPLETED"):
            what = (
                f"not done yet: {counted(going, 'file')}"
                if going
                else f"the batch is {self.status} and names no files yet"
            )
            raise PartialFailureError(what, hint=f"wait first: `llamacloud-prod batches wait {quote(self.batch_id)}`")
        if self.status != "COMPLETED":
            raise BatchFailedError(f"{self.batch_id} ended {self.status}", hint="what is shown is all that it has")
        failed = sum(not entry.is_good for entry in self.entries)
        if failed:
            unwritten = sum(entry.is_unwritten for entry in self.entries)
            hint = "--overwrite replaces files that are in the way of results" if unwritten else None
            raise PartialFailureError(f"{failed:,} of {counted(len(self.entries), 'file')} failed", hint=hint)


def batch_results(
    client: Client,
    batch_id: str,
    options: ResultsOptions,
    stop: Stop,
    tell: Callable[[FetchProgress], None] = lambda _: None,
) -> BatchResults:
    """Gives what became of each file of a batch, and writes the results where a folder is named.

    Args:
        client: sends the requests.
        batch_id: the batch.
        options: how.
        stop: ends the pauses.
        tell: takes how far it is; any thread calls it.

    Raises:
        UsageError: the folder cannot be used, or another run is at work in it.
        FolderError: a result cannot be written, as when the disk is full.
        CliError: the API refused or could not be reached.
    """
    client.around = Throttle(stop).run
    watch = BatchWatch(client, batch_id, options.scope)
    watch.step()
    outcomes = list(watch.outcomes())
    for product in {outcome.product for outcome in outcomes if outcome.product}:
        kinds_for(product, options.kind)
    files = _files_of(client, watch, options.scope) if outcomes else {}
    names = _output_names(outcomes, files)
    gather = _Gatherer(client, watch, options, outcomes, tell)
    if options.folder is None:
        return BatchResults(batch_id, watch.status, gather.entries(files, names, None))
    with (
        closing(OutputFolder(options.folder)) as folder,  # first: it refuses links, which the lock would follow
        FolderLock(options.folder / OWN_FOLDER, str(options.folder)),
    ):
        folder.clean()
        entries = gather.entries(files, names, folder)
        folder.write(MANIFEST_NAME, lambda file: write_manifest(file, entries), overwrite=True)
    return BatchResults(batch_id, watch.status, entries)


class _Gatherer:
    """Makes an entry of each file of a batch, side by side."""

    def __init__(
        self,
        client: Client,
        watch: BatchWatch,
        options: ResultsOptions,
        outcomes: Sequence[FileOutcome],
        tell: Callable[[FetchProgress], None],
    ) -> None:
        self._client = client
        self._watch = watch
        self._options = options
        self._outcomes = outcomes
        self._tell = tell

    def entries(
        self, files: dict[str, DirectoryFile], names: dict[str, str], folder: OutputFolder | None
    ) -> list[Entry]:
        """Gives an entry for each file, in the order of the batch, and writes its result where there is a folder."""
        options = self._options
        downloader = Downloader(self._client)
        fetcher = Fetcher(self._client, downloader, options.scope)
        collector = Collector(fetcher, folder, options.kind, overwrite=options.overwrite)
        entries: dict[str, Entry] = {}
        lock = threading.Lock()
        began = monotonic()

        def work(outcome: FileOutcome) -> None:
            entry = self._entry(outcome, files.get(outcome.file_id))
            if outcome.status == "COMPLETED" and outcome.error is None:
                entry = _with_result(entry, collector, names[outcome.file_id])
            with lock:
                entries[outcome.file_id] = entry
                done = len(entries)
            self._tell(FetchProgress(done, len(self._outcomes), monotonic() - began))

        pool = Pool(options.concurrency)
        self._tell(FetchProgress(0, len(self._outcomes), 0.0))
        try:
            pool.each(work, self._outcomes)
        finally:
            pool.close()
            pool.join(5.0)
            downloader.close()
        return [entries[outcome.file_id] for outcome in self._outcomes]

    def _entry(self, outcome: FileOutcome, file: DirectoryFile | None) -> Entry:
        source = outcome.file_id if file is None else file.source_path or file.display_name
        return Entry(
            source=source,
            sha256=file.sha256 if file else None,
            directory_file_id=outcome.file_id,
            batch_id=self._watch.id,
            job_id=outcome.job_id,
            job_type=outcome.product,
            status=outcome.status,
            error=outcome.error,
        )


def _with_result(entry: Entry, collector: Collector, name: str) -> Entry:
    result = collector.fetch(entry.job_type or "", entry.job_id or "")
    if result is None:
        return entry._replace(status="FAILED", error=JOB_GONE)
    kept = collector.keep(name, result)
    return entry._replace(
        credits=result.credits,
        pages=result.pages,
        failed_pages=result.failed_pages,
        outputs=tuple(output.name for output in kept.outputs),
        bytes=kept.size if kept.outputs else None,
        error=kept.error,
    )


def _files_of(client: Client, watch: BatchWatch, scope: Scope) -> dict[str, DirectoryFile]:
    """Gives the files of the batch's directory, by their id; none where the directory is gone."""
    batch = watch.document.value if watch.document else {}
    directory = batch.get("source_directory_id")
    if not isinstance(directory, str):
        return {}
    try:
        return {file.id: file for file in list_files(client, directory, scope)}
    except NotFoundError:
        return {}
    except CliError as error:
        error.message = f"the names of the files cannot be read: {error.message}"
        raise


def _output_names(outcomes: Sequence[FileOutcome], files: dict[str, DirectoryFile]) -> dict[str, str]:
    """Gives a safe relative path for each file; of two that a file system may take for one, the later is marked."""
    taken: set[str] = set()
    names: dict[str, str] = {}
    for outcome in outcomes:
        file = files.get(outcome.file_id)
        name = safe_path(outcome.file_id if file is None else file.source_path or file.display_name)
        if same_name_key(name) in taken:
            name = marked(name, outcome.file_id.encode())
        taken.add(same_name_key(name))
        names[outcome.file_id] = name
    return names
