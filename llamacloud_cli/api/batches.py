"""Creating a batch at most once.

A batch costs money and the API knows no idempotency key, so a create whose outcome is unknown is never sent again.
The batches of its source directory are listed instead, for up to a minute: one that is new and has the same
configuration is taken for the answer.
"""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple

from llamacloud_cli.api.answers import senseless
from llamacloud_cli.api.pagination import fetch_pages
from llamacloud_cli.errors import ApiError, CliError, NetworkError, OutcomeUnknownError
from llamacloud_cli.operations import Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from llamacloud_cli.api.answers import Answer
    from llamacloud_cli.api.client import Client
    from llamacloud_cli.jsontext import Document

BATCHES_PATH = "/api/v2/batches"
SEARCH_SECONDS = 60.0
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
        notice(f"{error.message}; looking for the batch among those of {search.directory}")
        found = search.run(sleep)
        if found is None:
            raise _unknown(error, search) from None
        return Created(found, error.message)
    return Created(answer.document)


def _require_id(answer: Answer) -> None:
    value = answer.document.value
    if not isinstance(value, dict) or not isinstance(value.get("id"), str) or not value["id"]:
        raise senseless(answer, "a batch without an `id`")


def _is_refusal(error: CliError) -> bool:
    """Tells whether a failed create surely had no effect."""
    if isinstance(error, NetworkError):
        return not error.maybe_sent
    if not isinstance(error, ApiError) or error.status is None:
        return False
    refused = 300 <= error.status < 500  # noqa: PLR2004 - redirects and client errors
    return refused and error.status not in (408, 409)


class _Search:
    """Looks for the batch that a create may have made."""

    def __init__(self, client: Client, request: Request, known_ids: frozenset[str] | None, started: float) -> None:
        self.directory = str(request.body["source_directory_id"])
        self._config = request.body.get("config")
        scope = tuple(pair for pair in request.query if pair[0] in ("project_id", "organization_id"))
        self._listing = Request("GET", BATCHES_PATH, (("source_directory_id", self.directory), *scope))
        self._client = client
        self._known_ids = known_ids
        self._started = started
        self.candidates: list[str] = []

    def run(self, sleep: Callable[[float], None]) -> Document | None:
        """Lists until exactly one batch fits, several do, or a minute has passed."""
        waited, pause = 0.0, _FIRST_PAUSE_SECONDS
        while True:
            try:
                fitting = [
                    item for page in fetch_pages(self._client, self._listing) for item in page.items if self._fits(item)
                ]
            except CliError:
                fitting = []  # the service is still unwell; it is asked again
            self.candidates = [str(item.value["id"]) for item in fitting]
            if len(fitting) == 1:
                return fitting[0]
            if fitting or waited >= SEARCH_SECONDS:
                return None
            sleep(pause)
            waited += pause
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS, max(SEARCH_SECONDS - waited, 1.0))

    def _fits(self, item: Document) -> bool:
        batch = item.value
        if not isinstance(batch, dict) or not isinstance(batch.get("id"), str):
            return False
        if batch.get("source_directory_id") != self.directory or batch.get("config") != self._config:
            return False
        if self._known_ids is not None:
            return batch["id"] not in self._known_ids
        return not self._is_older(batch)

    def _is_older(self, batch: dict[str, Any]) -> bool:
        """Tells whether a batch surely existed before the create: it is over, and was made before the create began.

        Both moments are the server's own, its Date header and `created_at`; this machine's clock only says how long
        the create took.
        """
        from pydantic import ValidationError

        from llamacloud_cli.models import Batch

        try:
            parsed = Batch.model_validate(batch)
        except ValidationError:
            return False
        server_time = self._client.server_time
        if not parsed.is_terminal or parsed.created_at is None or server_time is None:
            return False
        began = server_time - (monotonic() - self._started) - _CLOCK_STEP_SECONDS
        return parsed.created_at.timestamp() < began


def _unknown(error: CliError, search: _Search) -> OutcomeUnknownError:
    check = f"llamacloud-prod batches list --source-directory-id {search.directory}"
    if search.candidates:
        what = f"several batches of {search.directory} fit ({', '.join(search.candidates)})"
    else:
        what = f"no new batch of {search.directory} has shown up"
    return OutcomeUnknownError(
        f"the batch may or may not have been created: {error.message}; {what}",
        hint=f"before you create it again, check with `{check}`",
    )
