"""Creating a batch at most once.

A batch costs money and the API knows no idempotency key, so a create whose outcome is unknown is never sent again.
The batches of its source directory are listed instead, for the better part of a minute: one that is new and has the
same configuration is taken for the answer.
"""

from __future__ import annotations

from shlex import quote
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple

from llamacloud_cli.api.answers import senseless
from llamacloud_cli.api.pagination import fetch_pages
from llamacloud_cli.errors import ApiError, CliError, NetworkError, OutcomeUnknownError, UsageError
from llamacloud_cli.operations import Request
from llamacloud_cli.statuses import TERMINAL

if TYPE_CHECKING:
    from collections.abc import Callable

    from llamacloud_cli.api.answers import Answer
    from llamacloud_cli.api.client import Client
    from llamacloud_cli.jsontext import Document

BATCHES_PATH = "/api/v2/batches"
SEARCH_SECONDS = 45.0  # with the listings themselves, less than the minute after which callers give up
_FIRST_PAUSE_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 15.0
_CLOCK_STEP_SECONDS = 5.0  # the Date header counts whole seconds, and one service has several clocks


class Created(NamedTuple):
    """A batch that was created.

    Attributes:
        document: the batch.
        found: whether it was found by listing, since the create itself got no usable answer; then why.
    """

    document: Document
    found: str | None = None


def create_batch(
    client: Client,
    request: Request,
    *,
    sleep: Callable[[float], None],
    notice: Callable[[str], None],
    known_ids: frozenset[str] | None = None,
) -> Created:
    """Creates a batch; at most one POST that may have taken effect is ever sent.

    Args:
        client: sends the requests.
        request: the create.
        sleep: waits for some seconds.
        notice: told what is being waited for.
        known_ids: the batches that the source directory had before, where the caller knows them.

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
        if _is_refusal(error):
            raise
        search = _Search(client, request, known_ids, started)
        notice(f"{error.message}; looking for the batch among those of {search.directory}, {_at_most(SEARCH_SECONDS)}")
        found = search.run(sleep, SEARCH_SECONDS)
        if found is None:
            raise _unknown(error.message, search) from None
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
        seconds: how long to look at most; nothing looks once.
        sleep: waits for some seconds.
        notice: told what is being waited for.

    Raises:
        OutcomeUnknownError: none fits, but there are others, or they cannot be listed; the hint says how to check.
    """
    search = _Search(client, request, frozenset(), monotonic())
    notice(f"a create was cut off; looking for its batch among those of {search.directory}, {_at_most(seconds)}")
    found = search.run(sleep, seconds)
    if found is None and not search.is_empty:
        raise _unknown("its answer never came", search)
    return found


def _require_id(answer: Answer) -> None:
    value = answer.document.value
    if not isinstance(value, dict) or not isinstance(value.get("id"), str) or not value["id"]:
        raise senseless(answer, "a batch without an `id`")


def _is_refusal(error: CliError) -> bool:
    """Tells whether a failed create surely had no effect."""
    if isinstance(error, UsageError):
        return True
    if isinstance(error, NetworkError):
        return not error.maybe_sent
    if not isinstance(error, ApiError) or error.status is None:
        return False
    refused = 300 <= error.status < 500  # noqa: PLR2004 - redirects and client errors
    return refused and error.status not in (408, 409)


class _Search:
    """Looks for the batch that a create may have made.

    Attributes:
        directory: the source directory whose batches are listed.
        outcome: what the last listing said, in words, where no batch was found.
        is_empty: whether the last listing had no batch of the directory.
    """

    def __init__(self, client: Client, request: Request, known_ids: frozenset[str] | None, started: float) -> None:
        self.directory = str(request.body["source_directory_id"])
        self._config = request.body.get("config")
        scope = tuple(pair for pair in request.query if pair[0] in ("project_id", "organization_id"))
        self._listing = Request("GET", BATCHES_PATH, (("source_directory_id", self.directory), *scope))
        self._client = client
        self._known_ids = known_ids
        self._started = started
        self.outcome = ""
        self.is_empty = False
        self._is_refused = False

    def run(self, sleep: Callable[[float], None], seconds: float) -> Document | None:
        """Lists until exactly one batch fits, several do, or some seconds have passed."""
        began, waited, pause = monotonic(), 0.0, _FIRST_PAUSE_SECONDS
        while True:
            fitting = self._list()
            if len(fitting) > 1:  # those that are older by the server's clock are surely not it
                fitting = [item for item in fitting if not self._is_older(item.value)] or fitting
            if len(fitting) == 1:
                return fitting[0]
            if fitting:
                ids = ", ".join(item.value["id"] for item in fitting)
                self.outcome = f"several batches of {self.directory} fit ({ids})"
                return None
            # A listing may take long itself.
            left = seconds - max(waited, monotonic() - began)
            if left <= 0 or self._is_refused:
                return None
            pause = min(pause, left)
            sleep(pause)
            waited += pause
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)

    def _list(self) -> list[Document]:
        """Gives the batches that may be the one; none where the service is still unwell, for it is asked again."""
        self.outcome = f"no new batch of {self.directory} has shown up"
        self.is_empty = False
        try:
            pages = fetch_pages(self._client, self._listing, once=True)
            listed = [item for page in pages for item in page.items if self._is_of_directory(item)]
            self.is_empty = not listed
            return [item for item in listed if self._fits(item)]
        except CliError as error:
            self.outcome = f"the batches of {self.directory} cannot be listed: {error.message}"
            self._is_refused = isinstance(error, ApiError) and not error.retryable
            return []

    def _is_of_directory(self, item: Document) -> bool:
        batch = item.value
        return (
            isinstance(batch, dict)
            and isinstance(batch.get("id"), str)
            and batch.get("source_directory_id") == self.directory
        )

    def _fits(self, item: Document) -> bool:
        batch = item.value
        if not _covers(batch.get("config"), self._config):
            return False
        if self._known_ids is not None:
            return batch["id"] not in self._known_ids
        return batch.get("status") not in TERMINAL or not self._is_older(batch)

    def _is_older(self, batch: dict[str, Any]) -> bool:
        """Tells whether a batch surely existed before the create began.

        Both moments are the server's own, its Date header and `created_at`; this machine's clock only says how long
        the create took.
        """
        created, server_time = _seconds(batch.get("created_at")), self._client.server_time
        if created is None or server_time is None:
            return False
        return created < server_time - (monotonic() - self._started) - _CLOCK_STEP_SECONDS

    def check(self) -> str:
        """Gives the command with which a person looks for the batch."""
        flags = (f"--{name.replace('_', '-')} {quote(value)}" for name, value in self._listing.query)
        return f"llamacloud-prod batches list {' '.join(flags)}"


def _covers(whole: Any, part: Any) -> bool:
    """Tells whether a configuration is what was asked for; a service may add its defaults to it."""
    if isinstance(whole, dict) and isinstance(part, dict):
        return all(name in whole and _covers(whole[name], value) for name, value in part.items())
    return bool(whole == part)


def _seconds(time: Any) -> float | None:
    """Gives a time of the API as seconds since 1970, or None where it is no time."""
    from datetime import UTC, datetime

    try:
        moment = datetime.fromisoformat(time)
    except (TypeError, ValueError):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _at_most(seconds: float) -> str:
    return f"for {seconds:.0f} seconds at most" if seconds else "once"


def _unknown(problem: str, search: _Search) -> OutcomeUnknownError:
    return OutcomeUnknownError(
        f"the batch may or may not have been created: {problem}; {search.outcome}",
        hint=f"before you create it again, check with `{search.check()}`",
    )
