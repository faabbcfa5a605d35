"""The life of one shard: directory, uploads, batch, waiting, results. Each step is in the ledger around it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from llamacloud_cli.api.batches import BATCHES_PATH, create_batch
from llamacloud_cli.api.directories import ensure_directory, list_files
from llamacloud_cli.api.files import upload_file
from llamacloud_cli.api.pagination import fetch_pages
from llamacloud_cli.durations import show_duration
from llamacloud_cli.errors import ApiError, NetworkError, NotFoundError, OutcomeUnknownError
from llamacloud_cli.operations import Request
from llamacloud_cli.workflows.uploads import SourceError, upload_of
from llamacloud_cli.workflows.wait import Follower
from llamacloud_cli.workflows.watch import BatchWatch

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from llamacloud_cli.api.client import Client
    from llamacloud_cli.api.configurations import Configuration
    from llamacloud_cli.api.directories import Scope
    from llamacloud_cli.workflows.collect import Collector
    from llamacloud_cli.workflows.ledger_shards import Finished, Sending, Shard, ShardBook
    from llamacloud_cli.workflows.pool import Pool
    from llamacloud_cli.workflows.stop import Stop
    from llamacloud_cli.workflows.tally import Tally

SETTLE_SECONDS = 120.0
"""How long after a create of unknown outcome its batch may still show up: a minute for the call, and one to appear."""
_MOST_CREATES = 3
_REFUSED_FILE = frozenset({400, 413, 415, 422})
"""Statuses by which the service refuses one file, while others may be taken."""


class Tools(NamedTuple):
    """What the shards of a run share.

    Attributes:
        client: sends the requests.
        configuration: what is run on the files.
        scope: the project and organization.
        shards: the ledger's shards.
        collector: fetches results.
        pool: works on files side by side.
        uploading: held by the shard whose files are being uploaded, so that the first batch starts early.
        stop: ends everything.
        tally: the numbers of the run.
        note: told what the user should see.
        now: gives the time in seconds since 1970.
        interval: the first pause between two questions, in seconds.
    """

    client: Client
    configuration: Configuration
    scope: Scope
    shards: ShardBook
    collector: Collector
    pool: Pool
    uploading: threading.Lock
    stop: Stop
    tally: Tally
    note: Callable[[str], None]
    now: Callable[[], float]
    interval: float

    def collect(self, finished: Finished) -> None:
        """Collects one result, from any thread."""
        self.stop.check()
        if self.collector.collect(finished):
            self.tally.add(collected=1)


class ShardRun:
    """Takes one shard from where it is to its end.

    Args:
        shard: as the ledger has it.
        tools: what the shards share.
    """

    def __init__(self, shard: Shard, tools: Tools) -> None:
        self._shard = shard
        self._tools = tools

    def run(self) -> None:
        """Goes on until the shard has ended.

        Raises:
            Stopped: the run is being stopped.
            CliError: something failed that concerns more than one file; another run goes on from here.
        """
        tools, shard = self._tools, self._shard
        with tools.uploading:
            tools.stop.check()
            if shard.state == "open":
                self._fill()
            if self._shard.state in ("open", "intent"):
                if not tools.shards.has_files(shard.id):
                    tools.shards.end(shard.id, "the file was not uploaded")
                    return
                self._create()
        self._follow()

    def _fill(self) -> None:
        """Uploads what is not in the directory yet."""
        tools, shard = self._tools, self._shard
        if shard.directory_id is not None:
            try:
                found = [
                    (file.unique_id, file.id) for file in list_files(tools.client, shard.directory_id, tools.scope)
                ]
                tools.tally.add(uploaded=tools.shards.uploaded_before(shard.id, found))
            except NotFoundError:
                tools.note(f"the directory {shard.directory_id} is gone; its files are uploaded again")
                tools.shards.begin_again(shard.id)
                shard = self._shard = tools.shards.get(shard.id)
        if shard.directory_id is None:
            if next(tools.shards.to_upload(shard.id), None) is None:
                return
            tools.shards.asking_for_directory(shard.id)
            directory = ensure_directory(
                tools.client, shard.directory_name, tools.scope, known_to_exist=shard.directory_asked
            )
            tools.shards.has_directory(shard.id, directory)
            self._shard = tools.shards.get(shard.id)
        tools.pool.each(self._upload, tools.shards.to_upload(shard.id))

    def _upload(self, sending: Sending) -> None:
        tools, directory = self._tools, self._shard.directory_id or ""
        try:
            file = upload_file(tools.client, directory, upload_of(sending, tools.stop.check), tools.scope)
        except SourceError as error:
            tools.shards.failed(sending.id, error.message)
            tools.tally.add(failed=1)
        except ApiError as error:
            if error.status not in _REFUSED_FILE:
                raise
            tools.shards.failed(sending.id, error.message)
            tools.tally.add(failed=1)
        else:
            tools.shards.uploaded(sending.id, file.id)
            tools.tally.add(uploaded=1, uploaded_bytes=sending.size)

    def _create(self) -> None:
        """Creates the batch; never a second one for this directory, which nobody else knows."""
        for _ in range(_MOST_CREATES):
            batch_id = self._find() if self._shard.state == "intent" else None
            if batch_id is None:
                batch_id = self._create_once()
            if batch_id is not None:
                self._tools.shards.created(self._shard.id, batch_id)
                self._shard = self._tools.shards.get(self._shard.id)
                return
        raise OutcomeUnknownError(
            f"no batch of {self._shard.directory_id} shows up after {_MOST_CREATES} creates without a clear answer",
            hint="run the same command again later",
        )

    def _create_once(self) -> str | None:
        """Sends one create; None where its outcome is unknown."""
        tools, shard = self._tools, self._shard
        job = {"configuration_id": tools.configuration.id, "type": tools.configuration.product}
        body = {"source_directory_id": shard.directory_id, "config": {"job": job}}
        tools.shards.about_to_create(shard.id, tools.now())
        self._shard = tools.shards.get(shard.id)
        request = Request("POST", BATCHES_PATH, tools.scope, body)
        try:
            created = create_batch(
                tools.client, request, sleep=tools.stop.sleep, notice=tools.note, known_ids=frozenset()
            )
        except OutcomeUnknownError:
            return None
        except (ApiError, NetworkError):
            tools.shards.not_created(shard.id)
            raise
        return str(created.document.value["id"])

    def _find(self) -> str | None:
        """Looks for the batch of a create that may have taken effect; None where it surely did not.

        Raises:
            OutcomeUnknownError: the directory has several batches.
        """
        tools, shard = self._tools, self._shard
        waited = 0.0
        query = (("source_directory_id", shard.directory_id or ""), *tools.scope)
        while True:
            found = [
                str(item["id"])
                for page in fetch_pages(tools.client, Request("GET", BATCHES_PATH, query))
                for item in page.items.values
                if isinstance(item, dict) and item.get("source_directory_id") == shard.directory_id and item.get("id")
            ]
            if len(found) == 1:
                tools.note(f"found {found[0]}, whose create got no answer; no second one is made")
                return found[0]
            if found:
                raise OutcomeUnknownError(
                    f"{shard.directory_id} has several batches ({', '.join(found)})",
                    hint="cancel all but one of them, and run the same command again",
                )
            age = max(tools.now() - (shard.intent_at or 0.0), waited)
            if age >= SETTLE_SECONDS:
                tools.note(f"no batch of {shard.directory_id} exists {show_duration(age)} after it was asked for")
                return None
            if not waited:
                tools.note(f"a create got no answer; looking for its batch in {shard.directory_id}")
            pause = min(5.0, SETTLE_SECONDS - age + 0.1)
            tools.stop.sleep(pause)
            waited += pause

    def _follow(self) -> None:
        """Waits for the batch and its jobs, and collects what is done meanwhile."""
        tools, shard = self._tools, self._shard
        watch = BatchWatch(tools.client, shard.batch_id or "", tools.scope)
        follower = Follower(watch, tools.interval, tools.note)
        while not watch.over:
            tools.stop.sleep(max(follower.due - follower.clock(), 0.0))
            try:
                follower.step()
            except NotFoundError:
                tools.shards.end(shard.id, f"{shard.batch_id} is not known any more")
                return
            self._note(watch)
            tools.pool.each(tools.collect, tools.shards.to_collect(tools.collector.mark, shard.id))
        tools.shards.end(shard.id, f"{watch.id} ended {watch.status}")
        tools.tally.shard_ended(shard.id)

    def _note(self, watch: BatchWatch) -> None:
        # A batch that FAILED has no reliable results: which job belongs to which file is not certain.
        outcomes = [] if watch.status == "FAILED" else list(watch.outcomes())
        self._tools.shards.note(self._shard.id, watch.status, outcomes)
        progress = watch.progress()
        self._tools.tally.shard(self._shard.id, watch.status, progress.done, progress.failed)
