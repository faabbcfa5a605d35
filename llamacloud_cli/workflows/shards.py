"""The life of one shard: directory, uploads, batch, waiting, results. Each step is in the ledger around it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from llamacloud_cli.api.batches import BATCHES_PATH, NEW_DIRECTORY, create_batch, find_batch
from llamacloud_cli.api.directories import ensure_directory, list_files
from llamacloud_cli.api.files import upload_file
from llamacloud_cli.errors import ApiError, NetworkError, NotFoundError, OutcomeUnknownError, UsageError
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
    from llamacloud_cli.jsontext import Document
    from llamacloud_cli.workflows.collect import LedgerCollector
    from llamacloud_cli.workflows.ledger_shards import Finished, Sending, Shard, ShardBook
    from llamacloud_cli.workflows.pool import Pool
    from llamacloud_cli.workflows.stop import Stop
    from llamacloud_cli.workflows.tally import Tally

_APPEAR_SECONDS = 60.0
"""How long after a create has ended its batch may still show up."""
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
        interval: the first pause between two questions, in seconds.
    """

    client: Client
    configuration: Configuration
    scope: Scope
    shards: ShardBook
    collector: LedgerCollector
    pool: Pool
    uploading: threading.Lock
    stop: Stop
    tally: Tally
    note: Callable[[str], None]
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
                if self._shard.state == "open" and tools.shards.has_unsent(shard.id):
                    self._note_uploaded()  # an upload that was cut off may have taken effect meanwhile
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
                self._note_uploaded()
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

    def _note_uploaded(self) -> None:
        """Asks the directory for what earlier uploads have left in it."""
        tools, shard = self._tools, self._shard
        if shard.directory_id is not None:
            files = list_files(tools.client, shard.directory_id, tools.scope)
            found = [(file.unique_id, file.id) for file in files]
            tools.tally.add(uploaded=tools.shards.uploaded_before(shard.id, found))

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
            tools.tally.add(uploaded=1, sent=1, uploaded_bytes=sending.size)

    def _create(self) -> None:
        """Creates the batch, or finds the one whose create was cut off.

        Raises:
            OutcomeUnknownError: a create may have taken effect, but no batch shows up.
        """
        tools, shard = self._tools, self._shard
        job = {"configuration_id": tools.configuration.id, "type": tools.configuration.product}
        body = {"source_directory_id": shard.directory_id, "config": {"job": job}}
        request = Request("POST", BATCHES_PATH, tools.scope, body)
        try:
            batch = (self._find(request) if shard.state == "intent" else None) or self._send_create(request)
        except OutcomeUnknownError as error:
            error.hint = f"{error.hint}; the same command again looks for it first"
            raise
        tools.shards.created(shard.id, str(batch.value["id"]))
        self._shard = tools.shards.get(shard.id)

    def _send_create(self, request: Request) -> Document:
        """Sends one create. Where its outcome is unknown, the ledger keeps that, and the run ends."""
        tools, shard = self._tools, self._shard
        tools.shards.about_to_create(shard.id)
        try:
            created = create_batch(
                tools.client, request, sleep=tools.stop.sleep, notice=tools.note, before=NEW_DIRECTORY
            )
        except (ApiError, NetworkError, UsageError):
            tools.shards.not_created(shard.id)
            raise
        return created.document

    def _find(self, request: Request) -> Document | None:
        """Gives the batch of a create that an earlier run began; None where it surely had no effect.

        It surely had none where its directory, which nobody else knows, has no batch although the call must have ended
        and its batch must have appeared. That takes its time however long ago the earlier run was by the clock, which
        may have been set meanwhile.
        """
        tools, shard = self._tools, self._shard
        settled = tools.client.connection.timeout + _APPEAR_SECONDS
        found = find_batch(tools.client, request, seconds=settled, sleep=tools.stop.sleep, notice=tools.note)
        if found is None:
            tools.note(f"{shard.directory_id} has no batch: the create that was cut off had no effect; it is sent now")
        else:
            tools.note(f"found {found.value['id']}, whose create got no answer; no second one is made")
        return found

    def _follow(self) -> None:
        """Waits for the batch and its jobs, and collects what is done meanwhile."""
        tools, shard = self._tools, self._shard
        watch = BatchWatch(tools.client, shard.batch_id or "", tools.scope)
        follower = Follower(watch, tools.interval, tools.note, exists=True)
        while not watch.over:
            tools.stop.sleep(max(follower.due - follower.clock(), 0.0))
            try:
                follower.step()
            except NotFoundError:
                tools.shards.end(shard.id, f"{shard.batch_id} is not known any more")
                return
            if watch.document is None:  # nothing was learned
                continue
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
