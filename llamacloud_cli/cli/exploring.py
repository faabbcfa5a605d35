"""`--format explore`: what the explorer shows, and where its values lead at the service."""

from __future__ import annotations

import io
import signal
import sys
from typing import TYPE_CHECKING, Any

from llamacloud_cli.errors import ApiError, UsageError
from llamacloud_cli.output.color import wants_color
from llamacloud_cli.output.render import Renderer
from llamacloud_cli.output.sink import Sink

if TYPE_CHECKING:
    from collections.abc import Callable

    from llamacloud_cli.api.client import Client
    from llamacloud_cli.api.pagination import Page
    from llamacloud_cli.cli.call import Call
    from llamacloud_cli.context import Context
    from llamacloud_cli.explore.contents import Content, Link
    from llamacloud_cli.jsontext import Document, Items
    from llamacloud_cli.operations import Request
    from llamacloud_cli.output.render import OutputOptions

_LIGHT = frozenset({"7", "15"})
"""Background colours that are light, as COLORFGBG numbers them (`15;0` is white on black)."""
Scope = tuple[tuple[str, str], ...]


def refuse_without_terminal(context: Context) -> None:
    """Makes sure that there is a terminal to draw on and to type at.

    Raises:
        UsageError: there is none, or something else would write to it.
    """
    streams = context.streams
    if not (context.is_terminal(streams.stdin) and context.is_terminal(streams.stdout)):
        raise UsageError(
            "--format explore needs a terminal on standard input and output",
            hint="use another format in a pipe, such as json",
        )
    if context.env.get("TERM", "dumb") == "dumb":
        raise UsageError("--format explore needs a terminal that can be drawn on", hint="TERM is dumb or not set")
    if context.options.get("debug") and context.is_terminal(streams.stderr):
        raise UsageError("--debug would write over the explorer", hint="send standard error to a file: 2>debug.log")
    from llamacloud_cli.explore import require_extra

    require_extra()


class ExploringRenderer(Renderer):
    """Takes documents as the other formats do, and shows them in the explorer at the end.

    Args:
        context: the surroundings.
        options: how to print.
        call: what is answered, where it is one operation.

    Raises:
        UsageError: the explorer cannot be started.
    """

    def __init__(self, context: Context, options: OutputOptions, call: Call | None) -> None:
        refuse_without_terminal(context)
        super().__init__(options, Sink(context.streams.stdout), context.notice)
        self._context = context
        self._call = call
        self._documents: list[Document] = []
        self._is_list = False

    def one(self, document: Document) -> None:
        """Takes one answer."""
        self.seen += 1
        self._documents.append(document)

    def page(self, items: Items) -> None:
        """Takes the items of one page."""
        self.seen += len(items)
        self._is_list = True
        self._documents += items

    def close(self) -> None:
        """Shows what was taken; nothing after Ctrl-C."""
        if not self._documents or isinstance(sys.exception(), KeyboardInterrupt):
            return
        scope = scope_within(self._call.inputs.request) if self._call else tuple(self._context.scope().items())
        show(self._context, self._content(), scope)

    def _content(self) -> Content:
        from llamacloud_cli.explore.contents import Listing

        title = self._call.operation.command if self._call else "results"
        if not self._is_list and len(self._documents) == 1:
            return self._answer(title, self._documents[0])
        from llamacloud_cli.jsontext import Items

        texts = [document.source() for document in self._documents]
        return Listing(title, Items([document.value for document in self._documents], texts), _NoPages())

    def _answer(self, title: str, document: Document) -> Content:
        from llamacloud_cli.explore.contents import Answer

        call = self._call
        if call is None or call.operation.method != "GET" or call.inputs.local.get("local_names"):
            return Answer(title, document)
        return Answer(
            title, document, lambda: self._answer(title, call.context.client().send(call.inputs.request).document)
        )


def show(context: Context, content: Content, scope: Scope) -> None:
    """Runs the explorer, and prints what the user chose to print.

    Raises:
        KeyboardInterrupt: Ctrl-C ended it.
    """
    from llamacloud_cli.explore import explore
    from llamacloud_cli.explore.contents import Appearance, Hints

    client, hints = context.client(), Hints()
    client.retries = client.retries._replace(notice=hints)
    color = wants_color(context.options.get("color") or "auto", context.env, is_terminal=True)
    light = context.env.get("COLORFGBG", "").rpartition(";")[2] in _LIGHT
    outcome = explore(content, ServiceGuide(client, scope), Appearance(color, light, context.now), hints)
    if outcome.signal == signal.SIGINT:
        raise KeyboardInterrupt
    if outcome.signal is not None:
        signal.signal(outcome.signal, signal.SIG_DFL)
        signal.raise_signal(outcome.signal)
    if outcome.chosen is not None:
        from llamacloud_cli.output.terminal import clean

        sink = Sink(context.streams.stdout)
        sink.write(f"{clean(outcome.chosen)}\n".encode())
        sink.flush()


def explore_list(call: Call, begin: Callable[[], tuple[Callable[[Page], bool], Callable[[Page], Items]]]) -> None:
    """Shows a list, whose pages are fetched when one scrolls to their place.

    Args:
        call: asks for the first page.
        begin: gives, for each time that the list is begun, what tells whether a further page is needed after one, and
            what gives the items of a page that are shown.
    """
    from llamacloud_cli.explore.contents import Listing

    client, request = call.context.client(), call.inputs.request

    def first() -> Content:
        pages = RemotePages(client, request, *begin())
        return Listing(call.operation.command, pages.next(), pages, first)

    show(call.context, first(), scope_within(request))


def scope_within(request: Request) -> Scope:
    """Gives the project and organization that a request names."""
    return tuple(pair for pair in request.query if pair[0] in ("project_id", "organization_id"))


class _NoPages:
    """The further pages of what is there as a whole."""

    more = False

    def next(self) -> Items:
        """Gives no further items."""
        from llamacloud_cli.jsontext import Items

        return Items([])


class RemotePages:
    """The pages of a list at the service, each fetched when it is asked for.

    Attributes:
        more: whether a further page is known to follow.

    Args:
        client: sends the requests.
        request: asks for the first page.
        needs_more: tells whether a further page is needed after one.
        take: gives what is shown of a page.
    """

    def __init__(
        self,
        client: Client,
        request: Request,
        needs_more: Callable[[Page], bool],
        take: Callable[[Page], Items],
    ) -> None:
        self.more = True
        self._client = client
        self._request = request
        self._needs_more = needs_more
        self._take = take
        self._seen = {value for name, value in request.query if name == "page_token"}

    def next(self) -> Items:
        """Fetches the next page; raises as `pagination.fetch_page` does, and ApiError for a token seen before."""
        from llamacloud_cli.api.pagination import fetch_page, with_token

        page = fetch_page(self._client, self._request)
        token = page.next_page_token
        self.more = token is not None and self._needs_more(page)
        if self.more and token is not None:
            if token in self._seen:
                self.more = False
                raise ApiError("the listing does not end: the server gave a page token that it had given before")
            self._seen.add(token)
            self._request = with_token(self._request, token)
        return self._take(page)


class ServiceGuide:
    """Leads from a batch to its results, and from a result to what the job gave.

    Args:
        client: sends the requests.
        scope: the project and organization.
    """

    def __init__(self, client: Client, scope: Scope) -> None:
        self._client = client
        self._scope = scope

    def link(self, value: Any) -> Link | None:
        """Gives where a value leads, or None."""
        from llamacloud_cli.explore.contents import Link

        job = _job_of(value)
        if job is not None:
            return Link(f"job {job[1]}", lambda: self._job(*job))
        if _is_batch(value) and not isinstance(value.get("results"), list):
            return Link(f"batch {value['id']}", lambda: self._batch(value["id"]))
        return None

    def _batch(self, batch_id: str) -> Content:
        from urllib.parse import quote

        from llamacloud_cli.api.batches import BATCHES_PATH
        from llamacloud_cli.explore.contents import Answer
        from llamacloud_cli.operations import Request

        path = f"{BATCHES_PATH}/{quote(batch_id, safe='')}"
        answer = self._client.send(Request("GET", path, (("expand", "results"), *self._scope)))
        status = answer.document.value.get("status")
        has_results = isinstance(answer.document.value.get("results"), list)
        note = "" if has_results else f"{status}: no results yet; r asks again"
        return Answer(batch_id, answer.document, lambda: self._batch(batch_id), note)

    def _job(self, product: str, job_id: str) -> Content:
        from llamacloud_cli.api.jobs import get_job
        from llamacloud_cli.explore.contents import Answer, Reading

        def again() -> Content:
            return self._job(product, job_id)

        title = f"job {job_id}"
        if product == "extract_v2":
            job = get_job(self._client, product, job_id, ("extract_metadata",), self._scope)
            return Answer(title, job.document, again, "" if job.state.status == "COMPLETED" else job.state.status)
        text, kind, why = self._text_of(job_id)
        if text is not None:
            return Reading(title, text, kind == "markdown", again)
        return Answer(title, get_job(self._client, product, job_id, (), self._scope).document, again, why)

    def _text_of(self, job_id: str) -> tuple[str | None, str, str]:
        """Gives what a parse job read, its kind, and why it is not there where it is None."""
        from llamacloud_cli.api.downloads import Downloader
        from llamacloud_cli.workflows.fetch import Fetcher
        from llamacloud_cli.workflows.folder import RefusedError

        downloader, why = Downloader(self._client), ""
        try:
            for kind in ("markdown", "text"):  # the tier `fast` gives text alone
                result = Fetcher(self._client, downloader, self._scope).fetch("parse_v2", job_id, (kind,))
                if result.state.status != "COMPLETED":
                    return None, kind, f"{result.state.status}: no text; r asks again"
                file = io.BytesIO()
                try:
                    result.parts[kind](file)
                except RefusedError as refused:
                    why = why or refused.message
                else:
                    return file.getvalue().decode("utf-8", "replace"), kind, ""
        finally:
            downloader.close()
        return None, "text", why


def _is_batch(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("id"), str)
        and "source_directory_id" in value
        and isinstance(value.get("config"), dict)
    )


def _job_of(value: Any) -> tuple[str, str] | None:
    """Gives product and id of the job that a value names: a result, a reference, or a row of `batches results`."""
    from llamacloud_cli.api.jobs import JOBS_PATHS

    if not isinstance(value, dict):
        return None
    reference = value.get("job_reference", value)
    if not isinstance(reference, dict):
        return None
    for product, job_id in (("type", "id"), ("job_type", "job_id")):
        if reference.get(product) in JOBS_PATHS and isinstance(reference.get(job_id), str) and reference[job_id]:
            return str(reference[product]), str(reference[job_id])
    return None
