"""Creating a batch at most once.

A batch costs money and the API knows no idempotency key, so a create whose outcome is unknown is never sent again.
The batches of its source directory are listed instead, for the better part of a minute: one that was not there before
and has the same configuration is taken for the answer. What was there before is told by ids as far as they are known.
"""

from __future__ import annotations

from shlex import quote
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple

from llamacloud_cli.api.answers import senseless, text_of
from llamacloud_cli.api.failures import may_have_happened
from llamacloud_cli.api.pagination import fetch_pages
from llamacloud_cli.api.retries import LONGEST_PAUSE_SECONDS, may_pass
from llamacloud_cli.errors import ApiError, CliError, OutcomeUnknownError
from llamacloud_cli.operations import Request
from llamacloud_cli.statuses import TERMINAL

if TYPE_CHECKING:
    from collections.abc import Callable

    from llamacloud_cli.api.answers import Answer
    from llamacloud_cli.api.client import Client
    from llamacloud_cli.jsontext import Document

BATCHES_PATH = "/api/v2/batches"
SEARCH_SECONDS = 50.0  # with the listings themselves, less than the minute after which callers give up
_FIRST_PAUSE_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 15.0
_CLOCK_STEP_SECONDS = 5.0  # the Date header counts whole seconds, and one service has several clocks
_LONGEST_BATCH_SECONDS = 86400.0
"""None goes on for so long. Where one does, by the service's clocks, these differ too much to tell old from new."""
_MOST_NAMED = 10


class Before(NamedTuple):
    """What is known of the batches that a directory had before a create.

    Attributes:
        ids: batches that it had.
        complete: whether it had no others.
    """

    ids: frozenset[str] = frozenset()
    complete: bool = False


NEW_DIRECTORY = Before(complete=True)
"""A directory that nobody else knows, and that no batch was made of."""


class Created(NamedTuple):
    """A batch that was created.

    Attributes:
        document: the batch.
        found: whether it was found by listing, since the create itself got no usable answer; then why.
    """

    document: Document
    found: str | None = None


def list_before(client: Client, request: Request) -> Before:
    """Gives the batches that a directory has before a create; a service that cannot list is not asked to create.

    Args:
        client: sends the requests.
        request: the create.

    Raises:
        CliError: they could not be listed; nothing was created.
    """
    search = _Search(client, request, Before())
    try:
        return Before(frozenset(item.value["id"] for item in search.listed(once=False)), complete=True)
    except CliError as error:
        error.message += f"; the batches of {search.directory} are listed first, so nothing was created"
        raise


def create_batch(
    client: Client,
    request: Request,
    *,
    sleep: Callable[[float], None],
    notice: Callable[[str], None],
    before: Before,
) -> Created:
    """Creates a batch; at most one POST that may have taken effect is ever sent.

    Args:
        client: sends the requests.
        request: the create.
        sleep: waits for some seconds.
        notice: told what is being waited for.
        before: what is known of the batches that the source directory had before.

    Raises:
        ApiError: the API refused; nothing was created.
        NetworkError: the connection was never made; nothing was created.
        UsageError: no such request can be made; nothing was created.
        OutcomeUnknownError: it may or may not have been created; the hint says how to check.
    """
    started = monotonic()
    try:
        answer = client.send(request, surely_undone=True)
        _require_id(answer)
    except CliError as error:
        if not may_have_happened(error):
            raise
        search = _Search(client, request, before, started)
        notice(f"{error.message}; looking for the batch among those of {search.directory}, {_at_most(SEARCH_SECONDS)}")
        found = search.run(sleep, SEARCH_SECONDS)
        if found is None:
            raise _unknown(error.message, search, request) from None
        return Created(found, error.message)
    return Created(answer.document)


def find_batch(
    client: Client,
    request: Request,
    *,
    seconds: float,
    sleep: Callable[[float], None],
    notice: Callable[[str], None],
) -> Document | None:
    """Gives the batch of a create that an earlier process began, from a directory that nobody else uses.

    None says that the directory has no batch at all.

    Args:
        client: sends the requests.
        request: the create.
        seconds: how long to look at most.
        sleep: waits for some seconds.
        notice: told what is being waited for.

    Raises:
        OutcomeUnknownError: none fits, but there are others, or they cannot be listed; the hint says how to check.
    """
    search = _Search(client, request, NEW_DIRECTORY)
    notice(f"a create was cut off; looking for its batch among those of {search.directory}, {_at_most(seconds)}")
    found = search.run(sleep, seconds)
    if found is None and not search.is_empty:
        raise _unknown("its answer never came", search, request)
    return found


def _require_id(answer: Answer) -> None:
    if text_of(answer.document.value.get("id")) is None:
        raise senseless(answer, "a batch without an `id`")


class _Search:
    """Looks for the batch that a create may have made.

    Attributes:
        directory: the source directory whose batches are listed.
        outcome: what the last listing said, in words, where no batch was found.
        is_empty: whether the last listing had no batch of the directory.
    """

    def __init__(self, client: Client, request: Request, before: Before, started: float = 0.0) -> None:
        self.directory = str(request.body["source_directory_id"])
        self._config = request.body.get("config")
        self._listing = _listing(request)
        self._client = client
        self._before = before
        self._started = started
        self.outcome = ""
        self.is_empty = False
        self._is_in_vain = False
        self._wished_pause = 0.0

    def run(self, sleep: Callable[[float], None], seconds: float) -> Document | None:
        """Lists until exactly one batch fits, several do, or some seconds have passed."""
        began, waited, pause = monotonic(), 0.0, _FIRST_PAUSE_SECONDS
        while True:
            fitting = self._list()
            if len(fitting) > 1 and not self._before.complete:  # older ones, by the server's clock, are surely not it
                fitting = [item for item in fitting if not self._is_older(item.value)] or fitting
            if len(fitting) == 1:
                return fitting[0]
            if fitting:
                ids = ", ".join(item.value["id"] for item in fitting[:_MOST_NAMED])
                ids += f" and {len(fitting) - _MOST_NAMED:,} more" if len(fitting) > _MOST_NAMED else ""
                self.outcome = f"several batches of {self.directory} fit ({ids})"
                return None
            # A listing may take long itself.
            left = seconds - max(waited, monotonic() - began)
            if left <= 0 or self._is_in_vain:
                return None
            pause = min(max(pause, self._wished_pause), left)
            sleep(pause)
            waited += pause
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)

    def _list(self) -> list[Document]:
        """Gives the batches that may be the one; none where the service is still unwell, for it is asked again."""
        self.outcome = f"no new batch of {self.directory} has shown up"
        self.is_empty, self._wished_pause = False, 0.0
        try:
            listed = self.listed(once=True)
            self.is_empty = not listed
            # One that came up while the pages were fetched may be on two of them.
            return list({item.value["id"]: item for item in listed if self._fits(item)}.values())
        except CliError as error:
            self.outcome = f"the batches of {self.directory} cannot be listed: {error.message}"
            self._wished_pause = getattr(error, "retry_after", None) or 0.0
            if self._wished_pause > LONGEST_PAUSE_SECONDS:
                self.outcome += f"; {error.hint}"
            self._is_in_vain = _is_final(error)
            return []

    def listed(self, *, once: bool) -> list[Document]:
        """Gives the batches of the directory; raises as `fetch_pages` does."""
        pages = fetch_pages(self._client, self._listing, once=once)
        return [item for page in pages for item in page.items if self._is_of_directory(item)]

    def _is_of_directory(self, item: Document) -> bool:
        batch = item.value
        return (
            isinstance(batch, dict)
            and text_of(batch.get("id")) is not None
            and batch.get("source_directory_id") == self.directory
        )

    def _fits(self, item: Document) -> bool:
        batch = item.value
        if not _covers(batch.get("config"), self._config):
            return False
        if batch["id"] in self._before.ids:
            return False
        if self._before.complete or not self._is_older(batch):
            return True
        return batch.get("status") not in TERMINAL and self._seconds_before(batch) > _LONGEST_BATCH_SECONDS

    def _is_older(self, batch: dict[str, Any]) -> bool:
        """Tells whether a batch existed before the create began, by the service's clocks."""
        return self._seconds_before(batch) > _CLOCK_STEP_SECONDS

    def _seconds_before(self, batch: dict[str, Any]) -> float:
        """Gives how long before the create a batch was made; 0.0 where the service does not say.

        Both moments are the server's own, its Date header and `created_at`; this machine's clock only says how long
        the create took.
        """
        from llamacloud_cli.moments import moment_of

        created, server_time = moment_of(batch.get("created_at")), self._client.server_time
        if created is None or server_time is None:
            return 0.0
        return server_time - (monotonic() - self._started) - created.timestamp()


def _is_final(error: CliError) -> bool:
    """Tells whether a listing that failed so will fail for the rest of the search as well.

    A page of a proxy or half an answer in place of the listing may pass, as they do while a service restarts.
    """
    if not isinstance(error, ApiError):
        return False
    is_unreadable = error.status is not None and error.status < 300  # noqa: PLR2004 - it said that all is well
    return not (may_pass(error) or is_unreadable)


def _listing(request: Request) -> Request:
    """Gives the listing of the batches of a create's directory."""
    scope = tuple(pair for pair in request.query if pair[0] in ("project_id", "organization_id"))
    return Request("GET", BATCHES_PATH, (("source_directory_id", str(request.body["source_directory_id"])), *scope))


def check_command(request: Request) -> str:
    """Gives the command with which a person looks for the batch of a create."""
    flags = (f"--{name.replace('_', '-')} {quote(value)}" for name, value in _listing(request).query)
    return f"llamacloud-prod batches list {' '.join(flags)}"


def _covers(whole: Any, part: Any) -> bool:
    """Tells whether a configuration is what was asked for; a service may add its defaults to it."""
    if isinstance(whole, dict) and isinstance(part, dict):
        return all(name in whole and _covers(whole[name], value) for name, value in part.items())
    return bool(whole == part)


def _at_most(seconds: float) -> str:
    return f"for {seconds:.0f} seconds at most"


def _unknown(problem: str, search: _Search, request: Request) -> OutcomeUnknownError:
    return OutcomeUnknownError(
        f"the batch may or may not have been created: {problem}; {search.outcome}",
        hint=f"before you create it again, check with `{check_command(request)}`",
    )


def cancel_batch(client: Client, request: Request) -> Answer:
    """Cancels a batch and gives it as it then is.

    Where an attempt got no clear answer and its repeat is refused, the first one may be why: a batch that is cancelled
    cannot be cancelled. So the batch itself is looked at.

    Args:
        client: sends the requests.
        request: the cancel.

    Raises:
        CliError: the API refused or could not be reached.
    """
    in_doubt = False

    def attempt() -> Answer:
        nonlocal in_doubt
        try:
            return client.send_once(request)
        except CliError as error:
            if in_doubt and isinstance(error, ApiError) and not error.retryable:
                cancelled = _cancelled(client, request)
                if cancelled is not None:
                    return cancelled
            in_doubt = in_doubt or may_have_happened(error)
            raise

    return client.retries.call(attempt)


def _cancelled(client: Client, request: Request) -> Answer | None:
    """Gives the batch of a cancel where it is cancelled, else None."""
    try:
        answer = client.send_once(Request("GET", request.path.removesuffix("/cancel"), request.query))
    except CliError:
        return None
    return answer if answer.document.value.get("status") == "CANCELLED" else None
