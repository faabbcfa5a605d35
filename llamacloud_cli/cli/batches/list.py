"""`batches list`."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from llamacloud_cli.cli.batches.parameters import ORGANIZATION_ID, PROJECT_ID, STATUSES
from llamacloud_cli.cli.call import Call, operation_app
from llamacloud_cli.cli.hints import give_hint, is_plain_word
from llamacloud_cli.cli.local_names import LOCAL_NAMES, NamedBatches, show_names_in_tables
from llamacloud_cli.errors import UsageError
from llamacloud_cli.inputs.merge import Inputs
from llamacloud_cli.operations import Example, Kind, Operation, Parameter, Place

if TYPE_CHECKING:
    from collections.abc import Callable

    from llamacloud_cli.api.pagination import Page
    from llamacloud_cli.jsontext import Items
    from llamacloud_cli.operations import Request

_FILTERS = ("created_at_on_or_after", "created_at_on_or_before", "source_directory_id", "status")


def _time(name: str, text: str) -> Parameter:
    return Parameter(name, Kind.DATETIME, Place.QUERY, text, nullable=True)


LIST = Operation(
    command="batches list",
    method="GET",
    path="/api/v2/batches",
    summary="List batches, all pages.",
    description="List batches, following the pages to the end.\n\n"
    "In a pipe each batch is a JSON document of its own; `jq -s` makes one array of them. "
    "--format raw prints one page as it came.",
    parameters=(
        _time("created_at_on_or_after", "Only batches created then or later: 2026-11-24 or 2026-11-24T17:00:00Z."),
        _time("created_at_on_or_before", "Only batches created then or earlier."),
        Parameter(
            "status",
            Kind.CHOICE,
            Place.QUERY,
            "Only batches in this status; several are filtered here, since the API takes one.",
            nullable=True,
            repeatable=True,
            choices=STATUSES,
        ),
        Parameter(
            "source_directory_id", Kind.TEXT, Place.QUERY, "Only batches of this directory.", nullable=True
        ),
        Parameter(
            "max_items", Kind.INTEGER, Place.LOCAL, "How many batches to print at most; -1 is all.", default="-1"
        ),
        Parameter(
            "page_size", Kind.INTEGER, Place.QUERY, "How many batches to ask for at a time.", nullable=True
        ),
        Parameter("page_token", Kind.TEXT, Place.QUERY, "Go on from this page.", nullable=True),
        ORGANIZATION_ID,
        PROJECT_ID,
        LOCAL_NAMES,
    ),
    examples=(
        Example("the batches that failed since that day", "llamacloud-prod batches list --status FAILED \\\n"
                "    --created-at-on-or-after 2026-11-24"),
        Example("the ids of what is going on", "llamacloud-prod batches list -q --status PENDING --status RUNNING"),
    ),
)  # fmt: skip


class _Selection:
    """Which batches of the pages are printed: by status where several were asked for, and so many at most."""

    def __init__(self, statuses: frozenset[str], limit: int) -> None:
        self._statuses = statuses
        self._left = limit if limit >= 0 else None
        self._cut = False
        self._last: Page | None = None

    def needs_more(self, page: Page) -> bool:
        """Tells whether a further page is needed after this one."""
        return self._left is None or self._left > len(self._of(page))

    def take(self, page: Page) -> Items:
        """Gives the batches of a page that are to be printed, and counts them."""
        items = self._of(page)
        if self._left is not None:
            self._cut = len(items) < len(page.items.select(self._wanted, None))
            self._left -= len(items)
        self._last = page
        return items

    def footer(self, shown: int, *, columns_chosen: bool) -> str:
        """Gives how many batches were shown, and how to see more, as far as it is true.

        Args:
            shown: how many.
            columns_chosen: whether the columns are the user's own.
        """
        from llamacloud_cli.workflows.words import counted

        token = self._last.next_page_token if self._last else None
        ways = []
        if self._cut or token is not None:
            ways.append("all: --max-items -1")
            if not self._cut and is_plain_word(token):
                ways.append(f"next: --page-token {token}")
        if not columns_chosen:
            ways.append("other fields: --columns")
        total = self._total() if self._cut or token is not None else None
        count = f"{shown:,} of {total:,} batches" if total and total > shown else counted(shown, "batch", "batches")
        return count + (f" ({'; '.join(ways)})" if ways else "")

    def _total(self) -> int | None:
        """Gives how many batches there are in all, where the API says it; of several statuses it says nothing."""
        value = self._last.document.value.get("total_size") if self._last else None
        return value if type(value) is int and not self._statuses else None

    def _of(self, page: Page) -> Items:
        return page.items.select(self._wanted, self._left)

    @property
    def _wanted(self) -> Callable[[Any], bool] | None:
        return self._has_status if self._statuses else None

    def _has_status(self, batch: Any) -> bool:
        return isinstance(batch, dict) and batch.get("status") in self._statuses


def list_batches(call: Call) -> None:
    """Prints page after page, while the next one is fetched."""
    from llamacloud_cli.api.pagination import fetch_page, fetch_pages

    if call.inputs.local.get("local_names"):
        show_names_in_tables(call.context)
    renderer = call.renderer(many=True)
    request, local = call.inputs.request, call.inputs.local
    if renderer.prints_whole_pages and local["statuses"]:
        raise UsageError("several --status and --format raw exclude each other", hint="raw is one page as it came")
    if local["max_items"] == 0:
        return
    if renderer.explores:
        _explore(call)
        return
    client = call.context.client()
    selection = _Selection(local["statuses"], local["max_items"])
    if renderer.prints_whole_pages:
        renderer.one(fetch_page(client, request).document)
    else:
        with ExitStack() as stack:
            named = stack.enter_context(NamedBatches()) if local.get("local_names") else None
            for page in fetch_pages(client, request, needs_more=selection.needs_more, printed=True):
                items = selection.take(page)
                renderer.page(named.items(items) if named else items)
    renderer.close()
    if not renderer.draws_a_table:
        return
    if renderer.seen:
        give_hint(call.context, selection.footer(renderer.seen, columns_chosen=renderer.chosen_columns))
    else:
        call.context.progress("no batches match" if local["statuses"] or _filters(request) else "no batches")


def _explore(call: Call) -> None:
    from llamacloud_cli.cli.exploring import explore_list

    local = call.inputs.local

    def begin() -> tuple[Callable[[Page], bool], Callable[[Page], Items]]:
        selection = _Selection(local["statuses"], local["max_items"])

        def take(page: Page) -> Items:
            items = selection.take(page)
            if not local.get("local_names"):
                return items
            with NamedBatches() as named:  # each page comes in a thread of its own, and SQLite is used in one
                return named.items(items)

        return selection.needs_more, take

    explore_list(call, begin)


def _filters(request: Request) -> list[str]:
    """Gives what a request filters by."""
    return [name for name, _ in request.query if name in _FILTERS]


def _prepare(inputs: Inputs) -> Inputs:
    """Takes several statuses out of the request, to be filtered here: the API takes one status alone."""
    limit = inputs.local.get("max_items", -1)
    if limit < -1:
        raise UsageError(f"--max-items: {limit} is not a number of batches", hint="-1 is all")
    request = inputs.request
    statuses = frozenset(value for name, value in request.query if name == "status")
    if len(statuses) > 1:
        query = tuple(pair for pair in request.query if pair[0] != "status")
    else:
        query, statuses = tuple(dict.fromkeys(request.query)), frozenset()
    return Inputs(request._replace(query=query), {**inputs.local, "max_items": limit, "statuses": statuses})


app = operation_app(LIST, list_batches, prepare=_prepare)
