"""From files and folders to results: find, send, wait, collect, and go on after any interruption."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, NamedTuple

from llamacloud_cli.api.downloads import Downloader
from llamacloud_cli.durations import show_duration
from llamacloud_cli.errors import BatchFailedError, PartialFailureError
from llamacloud_cli.sizes import show_size
from llamacloud_cli.workflows.collect import Collector, LedgerCollector
from llamacloud_cli.workflows.fetch import Fetcher
from llamacloud_cli.workflows.manifest import MANIFEST_NAME, write_manifest
from llamacloud_cli.workflows.pool import Pool
from llamacloud_cli.workflows.shards import ShardRun, Tools
from llamacloud_cli.workflows.stop import Stopped
from llamacloud_cli.workflows.tally import Tally
from llamacloud_cli.workflows.throttle import Throttle
from llamacloud_cli.workflows.words import counted

if TYPE_CHECKING:
    from collections.abc import Callable

    from llamacloud_cli.api.client import Client
    from llamacloud_cli.api.configurations import Configuration
    from llamacloud_cli.api.directories import Scope
    from llamacloud_cli.progress import RunWatcher
    from llamacloud_cli.workflows.plan import PlanOptions
    from llamacloud_cli.workflows.session import Session
    from llamacloud_cli.workflows.stop import Stop

_TICK_SECONDS = 0.1
_GRACE_SECONDS = 10.0
"""How long what is under way may take to end after Ctrl-C, so that its outcome is noted."""


class RunOptions(NamedTuple):
    """How to run.

    Attributes:
        plan: which files.
        configuration: what is run on them.
        scope: the project and organization.
        kind: what `--as` says, or None.
        overwrite: whether different files are replaced.
        retry_failed: whether files that failed before are sent again.
        concurrency: files that are worked on at a time.
        max_active: batches at a time.
        batch_size: files of a batch at most.
        interval: the first pause between two questions, in seconds.
    """

    plan: PlanOptions
    configuration: Configuration
    scope: Scope
    kind: str | None
    overwrite: bool
    retry_failed: bool
    concurrency: int
    max_active: int
    batch_size: int
    interval: float


class Summary(NamedTuple):
    """What a run came to.

    Attributes:
        ok: files whose results are there, those of earlier runs included.
        failed: files without a result.
        refused: of these, files that were not sent, since the service would not take them.
        unwritten: of these, files whose result could not be written.
        skipped: of `ok`, those that were done before.
        credits: what this run has cost, as far as the service says.
        seconds: how long it took.
        batches: batches by status.
    """

    ok: int
    failed: int
    refused: int
    unwritten: int
    skipped: int
    credits: float
    seconds: float
    batches: dict[str, int]

    def line(self) -> str:
        """Gives it in words."""
        return (
            f"{counted(self.ok, 'file')} ok ({self.skipped:,} done before), {self.failed:,} failed, "
            f"{self.credits:g} credit{'' if self.credits == 1 else 's'}, {show_duration(self.seconds)}"
        )

    def hint(self) -> str:
        """Gives what helps, for each kind of failure that there is."""
        helps = []
        if self.failed > self.refused + self.unwritten:
            helps.append("--retry-failed sends again what failed")
        if self.unwritten:
            helps.append("--overwrite replaces files that are in the way of results")
        if self.refused:
            helps.append("files that are refused must be changed, or left out by --exclude")
        return "; ".join(helps)

    def raise_for_outcome(self) -> None:
        """Ends well where every file has its result.

        Raises:
            BatchFailedError: a batch ended FAILED or CANCELLED.
            PartialFailureError: some files failed.
        """
        ended = {status: count for status, count in self.batches.items() if status in ("FAILED", "CANCELLED")}
        if self.failed and ended:
            shown = " and ".join(f"{count} {status}" for status, count in sorted(ended.items()))
            raise BatchFailedError(
                f"batches that did not complete: {shown}; {counted(self.failed, 'file')} failed", hint=self.hint()
            )
        if self.failed:
            total = counted(self.ok + self.failed, "file")
            raise PartialFailureError(f"{self.failed:,} of {total} failed", hint=self.hint())


class Run:
    """One run.

    Args:
        client: sends the requests.
        session: the hold on the folder.
        options: how to run.
        watcher: told how far it is.
        stop: ends everything.
    """

    def __init__(self, client: Client, session: Session, options: RunOptions, watcher: RunWatcher, stop: Stop) -> None:
        self._client = client
        self._session = session
        self._options = options
        self._watcher = watcher
        self._stop = stop
        self._tally = Tally()
        self._error: BaseException | None = None
        self._lock = threading.Lock()

    def execute(self) -> Summary:
        """Finds the files, sends what is new, waits, and collects.

        Raises:
            KeyboardInterrupt: Ctrl-C; nothing more is sent, and batches go on.
            CliError: something failed that concerns more than one file; the same run again goes on from there.
        """
        client, options, session = self._client, self._options, self._session
        client.around = Throttle(self._stop).run
        client.retries = client.retries._replace(sleep=self._stop.sleep, notice=self._watcher.hint)
        session.find_files(options.plan, self._stop.check, self._found)
        if options.retry_failed:
            session.files.retry_failed()
        downloader, pool = Downloader(client), Pool(options.concurrency)
        try:
            return self._send(pool, downloader)
        finally:
            pool.close()
            downloader.close()

    def _found(self, count: int) -> None:
        self._tally.add(found=count)
        self._watcher.run(self._tally.progress())

    def _send(self, pool: Pool, downloader: Downloader) -> Summary:
        options, session = self._options, self._session
        session.shards.assign(options.batch_size)
        writer = Collector(
            Fetcher(self._client, downloader, options.scope),
            session.output,
            options.kind,
            overwrite=options.overwrite,
            ours=session.files.sha256_of_output,
        )
        product = options.configuration.product
        collector = LedgerCollector(writer, session.files, session.shards, session.output, product)
        collector.forget_lost()
        counts = session.files.counts(collector.mark)
        cost = session.files.credits()
        new, size = session.files.new_work()
        for line in session.left_alone:
            self._watcher.note(line)
        self._watcher.note(
            f"{counted(counts.files, 'file')}: {new:,} to upload{f' ({show_size(size)})' if new else ''}, "
            f"{counts.done_before:,} done before, {counts.refused:,} refused; configuration {options.configuration.id}"
        )
        self._tally.start("running", counts)
        tools = self._tools(pool, collector)
        self._in_background(self._shard_workers(tools))
        self._in_background([lambda: pool.each(tools.collect, session.shards.to_collect(collector.mark))])
        self._watcher.run(self._tally.progress())
        if session.output is not None:
            entries = session.files.entries(of_all_runs=True)
            session.output.write(MANIFEST_NAME, lambda file: write_manifest(file, entries), overwrite=True)
        return self._summary(counts.done_before, cost)

    def _tools(self, pool: Pool, collector: LedgerCollector) -> Tools:
        options = self._options
        return Tools(
            client=self._client,
            configuration=options.configuration,
            scope=options.scope,
            shards=self._session.shards,
            collector=collector,
            pool=pool,
            uploading=threading.Lock(),
            stop=self._stop,
            tally=self._tally,
            note=self._watcher.note,
            interval=options.interval,
        )

    def _shard_workers(self, tools: Tools) -> list[Callable[[], None]]:
        shards = self._session.shards.going_on()

        def work() -> None:
            while True:
                with self._lock:
                    shard = next(shards, None)
                if shard is None:
                    return
                ShardRun(shard, tools).run()

        return [work] * self._options.max_active

    def _in_background(self, tasks: list[Callable[[], None]]) -> None:
        """Works in other threads, so that this one can be interrupted.

        Raises:
            KeyboardInterrupt: Ctrl-C. A second one does not wait for what is under way.
            CliError: the first failure of a task; it stops the others.
        """
        ended = _Countdown(len(tasks))
        for task in tasks:
            threading.Thread(target=self._guarded, args=(task, ended), daemon=True).start()
        try:
            self._wait(ended, None)
        except KeyboardInterrupt:
            self._stop.set()
            self._watcher.note("stopping: nothing more is sent; Ctrl-C again ends at once")
            self._wait(ended, _GRACE_SECONDS)
            raise
        if self._error is not None:
            raise self._error

    def _wait(self, ended: _Countdown, seconds: float | None) -> None:
        waited = 0.0
        while not ended.all.wait(_TICK_SECONDS) and (seconds is None or waited < seconds):
            self._watcher.run(self._tally.progress())
            waited += _TICK_SECONDS

    def _guarded(self, task: Callable[[], None], ended: _Countdown) -> None:
        try:
            task()
        except Stopped:
            return
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits
            self._error = self._error or error
            self._stop.set()
        finally:
            ended.one()

    def _summary(self, done_before: int, cost_before: float) -> Summary:
        ok = failed = refused = unwritten = 0
        for entry in self._session.files.entries():
            ok += entry.is_good
            failed += not entry.is_good
            refused += entry.is_refused
            unwritten += entry.is_unwritten
        return Summary(
            ok=ok,
            failed=failed,
            refused=refused,
            unwritten=unwritten,
            skipped=done_before,
            credits=self._session.files.credits() - cost_before,
            seconds=self._tally.elapsed,
            batches=self._session.shards.statuses(),
        )


class _Countdown:
    """Tells when several threads have ended. `Thread.join` takes a thread for ended that Ctrl-C kept it from awaiting.

    That is bpo-45274, in Python 3.11 and 3.12: https://github.com/python/cpython/issues/89437.

    Attributes:
        all: set when none is left.
    """

    def __init__(self, count: int) -> None:
        self.all = threading.Event()
        self._left = count
        self._lock = threading.Lock()

    def one(self) -> None:
        """Counts one that has ended."""
        with self._lock:
            self._left -= 1
            if not self._left:
                self.all.set()
