"""The batches that are going on, asked for again and again until none is left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol
from urllib.parse import quote

from llamacloud_cli.api.answers import senseless
from llamacloud_cli.api.batches import BATCHES_PATH
from llamacloud_cli.api.pagination import fetch_pages
from llamacloud_cli.api.retries import may_pass
from llamacloud_cli.durations import show_duration
from llamacloud_cli.errors import ApiError, CliError, NetworkError, NotFoundError, WaitTimeoutError
from llamacloud_cli.operations import Request
from llamacloud_cli.progress import WatchedBatch
from llamacloud_cli.statuses import TERMINAL
from llamacloud_cli.workflows.limit import TimeUpError, limited

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from llamacloud_cli.api.client import Client
    from llamacloud_cli.api.directories import Scope

GOING_ON = ("PENDING", "THROTTLED", "RUNNING")
"""The statuses of what goes on, as the API filters by them; each takes a listing of its own."""
INTERVAL_SECONDS = 5.0
_PAGE_SIZE = "100"
_NOT_FOUND = "NOT FOUND"


class BoardView(Protocol):
    """Shows a board."""

    def show(self, batches: Sequence[WatchedBatch], changed: Sequence[WatchedBatch]) -> None:
        """Takes all batches, and those among them that are new or whose status has changed."""

    def note(self, text: str) -> None:
        """Takes one line, such as a failure that may pass."""

    def pause(self, seconds: float) -> None:
        """Waits for some seconds."""


class BoardOptions(NamedTuple):
    """How to watch.

    Attributes:
        interval: seconds between two rounds of questions.
        timeout: seconds after which it ends although batches go on, or None.
        keep_on: whether it goes on when nothing goes on.
        clock: gives seconds that never go back.
    """

    interval: float
    timeout: float | None
    keep_on: bool
    clock: Callable[[], float]


class Board:
    """Knows how far batches are: those with some ids, or all that go on.

    Attributes:
        client: sends the requests.

    Args:
        client: sends the requests.
        batch_ids: the batches; none means all that go on.
        scope: the project and organization.
    """

    def __init__(self, client: Client, batch_ids: Iterable[str], scope: Scope) -> None:
        self.client = client
        self._scope = scope
        self._named = list(dict.fromkeys(batch_ids))
        self._unasked = list(self._named)
        self._known: dict[str, WatchedBatch] = {}
        self.lost: list[CliError] = []
        """Why batches that were named cannot be asked for."""

    @property
    def batches(self) -> list[WatchedBatch]:
        """All batches that were seen, in the order in which they were named or came up."""
        return list(self._known.values())

    @property
    def going_on(self) -> list[WatchedBatch]:
        """Those that are not over."""
        return [one for one in self._known.values() if not one.over]

    @property
    def was_seen(self) -> bool:
        """Whether the service has answered for anything yet."""
        return bool(self._known)

    def refresh(self) -> list[WatchedBatch]:
        """Asks once how far all are; gives those that are new or whose status has changed.

        Raises:
            CliError: a call failed; the next time goes on from what is known.
        """
        before = {one.id: one.status for one in self._known.values()}
        while self._unasked:
            self._ask(self._unasked[0])
            self._unasked.pop(0)
        asked_alone = {one.id for one in self._known.values() if one.id not in before}
        going = [one.id for one in self.going_on if one.id not in asked_alone]
        # A few are asked for one by one; for many, and where others may come up, the three listings are fewer calls.
        listed: set[str] = set()
        if not self._named or len(going) > len(GOING_ON):
            listed = self._list(set(going) if self._named else None)
        for batch_id in going:
            if batch_id not in listed:
                self._ask(batch_id)
        return [one for one in self._known.values() if before.get(one.id) != one.status]

    def _list(self, wanted: set[str] | None) -> set[str]:
        """Lists what goes on; gives the ids of those that were wanted."""
        found: set[str] = set()
        for status in GOING_ON:
            query = (("status", status), ("page_size", _PAGE_SIZE), *self._scope)
            for page in fetch_pages(self.client, Request("GET", BATCHES_PATH, query)):
                for batch in page.items.values:
                    batch_id = batch.get("id") if isinstance(batch, dict) else None
                    if isinstance(batch_id, str) and (wanted is None or batch_id in wanted):
                        found.add(batch_id)
                        self._note(batch_id, batch)
        return found

    def _ask(self, batch_id: str) -> None:
        """Asks for one; its results say how many files are mapped."""
        path = f"{BATCHES_PATH}/{quote(batch_id, safe='')}"
        try:
            answer = self.client.send(Request("GET", path, (("expand", "results"), *self._scope)))
        except NotFoundError as error:
            self._known[batch_id] = WatchedBatch(batch_id, _NOT_FOUND, None, None, None, None, 0, over=True)
            self.lost.append(error)
            return
        if not isinstance(answer.document.value.get("status"), str):
            raise senseless(answer, "a batch without a `status`")
        self._note(batch_id, answer.document.value)

    def _note(self, batch_id: str, batch: dict[str, Any]) -> None:
        results, known = batch.get("results"), self._known.get(batch_id)
        files, errors = (known.files, known.errors) if known else (None, 0)
        if isinstance(results, list):
            files = len(results)
            errors = sum(1 for one in results if isinstance(one, dict) and one.get("error_message"))
        status = str(batch.get("status"))
        self._known[batch_id] = WatchedBatch(
            batch_id,
            status,
            _text(batch, "source_directory_id"),
            _text(batch, "created_at"),
            _text(batch, "updated_at"),
            files,
            errors,
            over=status in TERMINAL,
        )


def _text(batch: dict[str, Any], field: str) -> str | None:
    value = batch.get(field)
    return value if isinstance(value, str) else None


def watch_board(board: Board, options: BoardOptions, view: BoardView) -> None:
    """Asks again and again, and shows what has become of the batches, until none goes on any more.

    Args:
        board: knows the batches.
        options: how to watch.
        view: shows them.

    Raises:
        WaitTimeoutError: the time is up while batches go on.
        NotFoundError: a batch that was named is not there; raised when the others are over.
        CliError: a failure that will not pass.
    """
    began, timeout = options.clock(), options.timeout
    try:
        with limited(board.client, None if timeout is None else began + timeout, options.clock):
            _watch(board, options, view, began)
    except TimeUpError:
        raise _timed_out(board, timeout or 0.0) from None
    if board.lost:
        raise board.lost[0]


def _watch(board: Board, options: BoardOptions, view: BoardView, began: float) -> None:
    """Asks and shows until no batch goes on any more; raises TimeUpError where the time is up before."""
    waited = 0.0
    while True:
        pause = options.interval
        try:
            changed = board.refresh()
        except CliError as error:
            if not _will_pass(error, was_seen=board.was_seen):
                raise
            view.note(f"{error.message}; asking again")
            pause = max(pause, getattr(error, "retry_after", None) or 0.0)
        else:
            view.show(board.batches, changed)
            if not board.going_on and not options.keep_on:
                return
        if options.timeout is not None:
            # A pause may be a simulated one, and an answer may take long: whichever is more counts.
            left = options.timeout - max(waited, options.clock() - began)
            if left <= 0:
                raise TimeUpError
            pause = min(pause, left)
        view.pause(pause)
        waited += pause


def _will_pass(error: CliError, *, was_seen: bool) -> bool:
    if isinstance(error, NetworkError):
        return error.retryable and (error.maybe_sent or was_seen)
    return isinstance(error, ApiError) and may_pass(error)


def _timed_out(board: Board, seconds: float) -> WaitTimeoutError:
    going = [f"{one.id} {one.status}" for one in board.going_on]
    shown = ", ".join(going[:5]) + (f" and {len(going) - 5} more" if len(going) > 5 else "")  # noqa: PLR2004
    what = f"{len(going)} still going on: {shown}" if going else "nothing is going on"
    return WaitTimeoutError(f"after {show_duration(seconds)} {what}", hint="`batches watch` goes on watching")
