"""All pages of a list, one request ahead of the reader."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

from llamacloud_cli.api.answers import senseless, text_of
from llamacloud_cli.api.body import LARGEST_PAGE
from llamacloud_cli.errors import ApiError, CliError

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


MOST_PAGES_WITHOUT_NEWS = 1000
"""So many pages in a row may be empty, or the same as the page before; a service that filters may send some."""
MOST_PAGES_OF_A_LOOKUP = 1000
"""Pages of a listing that looks for something: 1,000 files each make the largest directory a thousandth of that."""
_LONGEST_TOKEN = 8000
"""Characters; a URL that is longer is refused by most servers."""
_LARGEST_AHEAD = 1024 * 1024
"""Bytes of a page during whose use the next one is fetched: larger ones would be in memory twice."""


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
    send = client.send_once if once else client.send
    return _read_page(send(request, limit=LARGEST_PAGE))


def fetch_pages(
    client: Client,
    request: Request,
    *,
    needs_more: Callable[[Page], bool] = lambda _: True,
    once: bool = False,
    printed: bool = False,
) -> Iterator[Page]:
    """Gives page after page; while one is used, the next one is fetched.

    Args:
        client: sends the requests.
        request: asks for the first page; its query is repeated for the others.
        needs_more: tells, before a page is given out, whether a further one will be needed after it.
        once: whether each page is asked for a single time.
        printed: whether a person sees each page as it comes. There may be any number of them then, and an error says
            where to go on.

    Raises:
        ApiError: as `fetch_page`; also a page token that was seen before, too many pages without anything new, or
            too many pages: such a listing would never end.
        CliError: any failure of a later page.
    """
    seen = {_mark(value) for name, value in request.query if name == "page_token"}
    page = fetch_page(client, request, once=once)
    pool = ThreadPoolExecutor(1, thread_name_prefix="next-page")
    progress = _Progress(None if printed else MOST_PAGES_OF_A_LOOKUP)
    try:
        while page.next_page_token is not None:
            token = page.next_page_token
            if not needs_more(page):
                break
            if _mark(token) in seen:
                yield page
                error = _endless("the server gave a page token that it had given before")
                if printed:
                    error.hint = f"what was printed is valid but may not be all; the token is {token!r}"
                raise error
            seen.add(_mark(token))
            following = with_token(request, token)
            ahead = None
            if len(page.document.text) <= _LARGEST_AHEAD:
                ahead = pool.submit(fetch_page, client, following, once=once)
            yield page
            try:
                before, page = page, ahead.result() if ahead else fetch_page(client, following, once=once)
                progress.note(before, page)
            except CliError as error:
                if printed:
                    error.hint = "; ".join(filter(None, (error.hint, _partial(token))))
                raise
        yield page
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


class _Progress:
    """Tells whether a listing gets anywhere.

    Args:
        most: how many pages there may be at most, or None.
    """

    def __init__(self, most: int | None) -> None:
        self._most = most
        self._pages = 1
        self._without_news = 0

    def note(self, before: Page, page: Page) -> None:
        """Notes a page and the one before it; raises ApiError where they do not end."""
        self._pages += 1
        is_news = len(page.items) and page.items.values != before.items.values
        self._without_news = 0 if is_news else self._without_news + 1
        if page.next_page_token is None:
            return
        if self._without_news >= MOST_PAGES_WITHOUT_NEWS:
            raise _endless(f"the last {MOST_PAGES_WITHOUT_NEWS:,} pages held nothing new")
        if self._most is not None and self._pages >= self._most:
            raise _endless(f"after {self._pages:,} pages there are more")


def _mark(token: str) -> bytes:
    """Gives what stands for a token: as many pages as may come must not fill the memory with theirs."""
    from hashlib import blake2b

    return blake2b(token.encode("utf-8", "surrogateescape"), digest_size=16).digest()


def with_token(request: Request, token: str) -> Request:
    """Gives the request for the page that a token names."""
    query = tuple(pair for pair in request.query if pair[0] != "page_token")
    return request._replace(query=(*query, ("page_token", token)))


def _read_page(answer: Answer) -> Page:
    value = answer.document.value
    if not isinstance(value, dict) or not isinstance(value.get("items"), list):
        raise senseless(answer, "a page without an array `items`")
    token = value.get("next_page_token")
    if token not in (None, "") and text_of(token) is None:
        raise senseless(answer, "`next_page_token` is no text")
    if token and len(token) > _LONGEST_TOKEN:
        raise senseless(answer, f"`next_page_token` has {len(token):,} characters")
    return Page(answer.document.items("items"), token or None, answer.document)


def _partial(token: str) -> str:
    from shlex import quote

    return f"what was printed is not all: `--page-token {quote(token)}` goes on from here"


def _endless(problem: str) -> ApiError:
    return ApiError(f"the listing does not end: {problem}")
