"""All pages of a list, one request ahead of the reader."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

from llamacloud_cli.api.answers import senseless
from llamacloud_cli.errors import CliError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from llamacloud_cli.api.answers import Answer
    from llamacloud_cli.api.client import Client
    from llamacloud_cli.jsontext import Document, Items
    from llamacloud_cli.operations import Request


class Page(NamedTuple):
    """One page of a list.

    Attributes:
        items: its elements, which may be none although further pages follow.
        next_page_token: what asks for the page after it, or None at the end.
        document: the whole page.
    """

    items: Items
    next_page_token: str | None
    document: Document


def fetch_page(client: Client, request: Request, *, once: bool = False) -> Page:
    """Fetches one page.

    Args:
        client: sends the request.
        request: asks for the page.
        once: whether it is asked for a single time, where the caller repeats by itself.

    Raises:
        ApiError: the API refused or failed, or the answer is no page.
        NetworkError: no usable answer came.
    """
    return _read_page(client.send_once(request) if once else client.send(request))


def fetch_pages(
    client: Client, request: Request, *, needs_more: Callable[[Page], bool] = lambda _: True, once: bool = False
) -> Iterator[Page]:
    """Gives page after page; while one is used, the next one is fetched.

    Args:
        client: sends the requests.
        request: asks for the first page; its query is repeated for the others.
        needs_more: tells, before a page is given out, whether a further one will be needed after it.
        once: whether each page is asked for a single time.

    Raises:
        ApiError: as `fetch_page`; also a page token that was seen before, which would never end.
        CliError: any failure of a later page; its hint names the token to go on with.
    """
    seen = {value for name, value in request.query if name == "page_token"}
    page = fetch_page(client, request, once=once)
    pool = ThreadPoolExecutor(1, thread_name_prefix="next-page")
    try:
        while page.next_page_token is not None:
            token = page.next_page_token
            if not needs_more(page):
                break
            if token in seen:
                yield page
                raise _repeated(token)
            seen.add(token)
            following = pool.submit(fetch_page, client, _with_token(request, token), once=once)
            yield page
            try:
                page = following.result()
            except CliError as error:
                error.hint = "; ".join(filter(None, (error.hint, _partial(token))))
                raise
        yield page
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _with_token(request: Request, token: str) -> Request:
    query = tuple(pair for pair in request.query if pair[0] != "page_token")
    return request._replace(query=(*query, ("page_token", token)))


def _read_page(answer: Answer) -> Page:
    value = answer.document.value
    if not isinstance(value, dict) or not isinstance(value.get("items"), list):
        raise senseless(answer, "a page without an array `items`")
    token = value.get("next_page_token")
    if token is not None and not isinstance(token, str):
        raise senseless(answer, "`next_page_token` is no text")
    return Page(answer.document.items("items"), token or None, answer.document)


def _partial(token: str) -> str:
    from shlex import quote

    return f"what was printed is not all: `--page-token {quote(token)}` goes on from here"


def _repeated(token: str) -> CliError:
    from llamacloud_cli.errors import ApiError

    return ApiError(
        "the listing does not end: the server gave a page token that it had given before",
        hint=f"what was printed is valid but may not be all; the token is {token!r}",
    )
