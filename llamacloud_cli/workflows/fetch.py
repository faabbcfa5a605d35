"""The result of one job: asked for in one call, or downloaded where it is too large for an answer."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any, NamedTuple

from llamacloud_cli.api.answers import TOO_LARGE
from llamacloud_cli.api.jobs import JobState, get_job
from llamacloud_cli.errors import ApiError, UsageError
from llamacloud_cli.workflows.folder import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from llamacloud_cli.api.client import Client
    from llamacloud_cli.api.directories import Scope
    from llamacloud_cli.api.downloads import Downloader
    from llamacloud_cli.api.jobs import Job

SUFFIXES = {"markdown": ".md", "text": ".txt", "json": ".json"}
_EXPAND = {"markdown": ("markdown",), "text": ("text",), "json": ("text", "markdown", "items", "metadata")}
_PAGE_BREAK = b"\n\n"


class JobResult(NamedTuple):
    """What a job gave.

    Attributes:
        state: how far the job is.
        credits: what it cost, or None where the service does not say.
        pages: how many pages it read, or None where that is unknown.
        failed_pages: the numbers of pages that could not be read.
        parts: for each kind of result, what writes it to a file. It may raise RefusedError where there is none.
    """

    state: JobState
    credits: float | None
    pages: int | None
    failed_pages: tuple[int, ...]
    parts: dict[str, Callable[[IO[bytes]], object]]


def kinds_for(product: str, choice: str | None) -> tuple[str, ...]:
    """Gives the kinds of results that `--as` asks for.

    Args:
        product: `parse_v2` or `extract_v2`.
        choice: `markdown`, `text`, `json`, `all`, or None for the usual one.

    Raises:
        UsageError: an extract job is asked for markdown or text.
    """
    if product == "extract_v2":
        if choice in ("markdown", "text"):
            raise UsageError(f"--as {choice}: an extract job gives JSON", hint="use --as json, or leave it out")
        return ("json",)
    return tuple(SUFFIXES) if choice == "all" else (choice or "markdown",)


class Fetcher:
    """Fetches results.

    Args:
        client: sends the requests.
        downloader: fetches presigned URLs.
        scope: the project and organization.
    """

    def __init__(self, client: Client, downloader: Downloader, scope: Scope) -> None:
        self._client = client
        self._downloader = downloader
        self._scope = scope

    def fetch(self, product: str, job_id: str, kinds: tuple[str, ...]) -> JobResult:
        """Fetches the result of one job.

        Args:
            product: `parse_v2` or `extract_v2`.
            job_id: the job.
            kinds: what is wanted of it; nothing asks for pages and credits alone.

        Raises:
            CliError: the API refused or could not be reached.
        """
        if product == "extract_v2":
            return self._extracted(get_job(self._client, product, job_id, ("usage",), self._scope), kinds)
        wanted = dict.fromkeys(value for kind in kinds for value in _EXPAND[kind]) or {"metadata": None}
        try:
            job = get_job(self._client, product, job_id, ("usage", *wanted), self._scope)
        except ApiError as error:
            if error.code != TOO_LARGE or "json" in kinds or not kinds:
                raise
            return self._presigned(job_id, kinds)
        answer = job.document.value
        pages, failed = _count(answer)
        parts = {kind: _parsed(kind, job) for kind in kinds}
        return JobResult(job.state, job.credits, pages, failed, parts)

    def _extracted(self, job: Job, kinds: tuple[str, ...]) -> JobResult:
        def write(file: IO[bytes]) -> None:
            if job.document.value.get("extract_result") is None:
                raise RefusedError(f"job {job.state.id} gave no result")
            file.write(job.document.member("extract_result").indented() + b"\n")

        return JobResult(job.state, job.credits, None, (), {"json": write} if kinds else {})

    def _presigned(self, job_id: str, kinds: tuple[str, ...]) -> JobResult:
        expand = ("usage", *(f"{kind}_content_metadata" for kind in kinds))
        job = get_job(self._client, "parse_v2", job_id, expand, self._scope)
        found = job.document.value.get("result_content_metadata")
        parts = {kind: self._download(kind, found, several=len(kinds) > 1) for kind in kinds}
        return JobResult(job.state, job.credits, None, (), parts)

    def _download(self, kind: str, found: Any, *, several: bool) -> Callable[[IO[bytes]], object]:
        entries = {name: one for name, one in found.items() if isinstance(one, dict)} if isinstance(found, dict) else {}
        # The service does not say how it names the entries: the only one asked for is the one, whatever its name.
        one = entries.get(kind) or next((value for name, value in entries.items() if kind in name or not several), {})
        url = one.get("presigned_url")

        def write(file: IO[bytes]) -> None:
            if not isinstance(url, str):
                raise RefusedError(f"the result is too large for an answer, and there is no download of its {kind}")

            def restart() -> None:
                file.seek(0)
                file.truncate()

            self._downloader.fetch(url, file.write, restart)

        return write


def _parsed(kind: str, job: Job) -> Callable[[IO[bytes]], object]:
    def write(file: IO[bytes]) -> None:
        if kind == "json":
            file.write(job.document.indented() + b"\n")
            return
        shown = _pages(job.document.value.get(kind))
        if shown is None:
            hint = (
                "the tier `fast` gives text alone: --as text" if kind == "markdown" else "--as json shows what there is"
            )
            raise RefusedError(f"job {job.state.id} gave no {kind}", hint=hint)
        text = ""
        for number, text in enumerate(page[kind] for page in shown if isinstance(page.get(kind), str)):
            # Piece by piece: all of it in one text, and that as bytes, would take the memory of the answer twice more.
            file.write((_PAGE_BREAK if number else b"") + text.encode("utf-8", "replace"))
        file.write(b"" if text.endswith("\n") else b"\n")

    return write


def _count(answer: Any) -> tuple[int | None, tuple[int, ...]]:
    for field in ("markdown", "items", "text", "metadata"):
        pages = _pages(answer.get(field))
        if pages is not None:
            failed = [page.get("page_number") for page in pages if page.get("success") is False]
            return len(pages), tuple(number for number in failed if isinstance(number, int))
    return None, ()


def _pages(part: Any) -> list[dict[str, Any]] | None:
    pages = part.get("pages") if isinstance(part, dict) else None
    return [page for page in pages if isinstance(page, dict)] if isinstance(pages, list) else None
