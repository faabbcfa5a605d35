"""The client: a request in, an answer or an error out. The key goes to the base URL's own origin alone."""

from __future__ import annotations

import math
from http import HTTPStatus
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, urlencode

import httpx
import orjson

from llamacloud_cli import __version__
from llamacloud_cli.api.answers import Answer, read_answer
from llamacloud_cli.api.body import (
    ACCEPT_ENCODING,
    LARGEST_ANSWER,
    LARGEST_REFUSAL,
    TruncatedBodyError,
    read_body,
)
from llamacloud_cli.api.debuglog import DebugLog
from llamacloud_cli.api.failures import network_error
from llamacloud_cli.api.keymask import KeyMask
from llamacloud_cli.api.retries import LONGEST_PAUSE_SECONDS, read_date, retry_after
from llamacloud_cli.api.transport import CONNECT_SECONDS, deadline, make_transport, proxy_for, without_password
from llamacloud_cli.errors import ApiError, UsageError
from llamacloud_cli.redaction import hide_in_url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from llamacloud_cli.api.answers import Wanted
    from llamacloud_cli.api.retries import Retries
    from llamacloud_cli.operations import Request

USER_AGENT = f"llamacloud-prod/{__version__}"


class Connection(NamedTuple):
    """Where and how to call.

    Attributes:
        base_url: without a slash at the end.
        loopback: whether its host is this machine.
        api_key: the key.
        key_source: where the key came from, in words.
        timeout: seconds that one HTTP call may take in all.
        ca_bundle: certificates to trust instead of the usual ones, or None.
        env: the environment, for proxies and certificates.
    """

    base_url: str
    loopback: bool
    api_key: str
    key_source: str
    timeout: float
    ca_bundle: str | None
    env: Mapping[str, str]


class Payload(NamedTuple):
    """A body that is streamed, such as an upload.

    Attributes:
        chunks: gives the body's pieces; called once for each attempt. What it raises ends the call.
        headers: Content-Type and Content-Length.
        seconds: how much longer than another call it may take in all.
    """

    chunks: Callable[[], Iterator[bytes]]
    headers: Mapping[str, str]
    seconds: float


class Client:
    """Sends requests. Any number of threads may use one client.

    Attributes:
        connection: where and how.
        retries: how failed calls are repeated.
        around: makes each attempt of a call; many threads can be slowed down together here.
        patience: gives the seconds that an attempt may take where that is less than the connection's time-out.
        observe: told of each answer, by the path of its request and the value of its JSON, or None.

    Args:
        connection: where and how.
        retries: how failed calls are repeated.
        now: gives the time in seconds since 1970.
        debug: writes one line of `--debug`, or None.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        retries: Retries,
        now: Callable[[], float],
        debug: Callable[[str], None] | None = None,
    ) -> None:
        self.retries = retries
        self.connection = connection
        self.around: Callable[[Callable[[], Answer]], Answer] = _at_once
        self.patience: Callable[[], float] = lambda: math.inf
        self.observe: Callable[[str, Any], None] | None = None
        self._now = now
        self._date = ""
        self._mask = KeyMask(connection.api_key)
        self._debug = DebugLog(debug, connection.api_key) if debug else None
        url = connection.base_url
        proxy = None if connection.loopback else proxy_for(url, connection.env)
        self._where = hide_in_url(url) + (f" through the proxy {without_password(proxy)}" if proxy else "")
        # The transport alone, without httpx.Client: no redirects, cookies, .netrc or variables of the environment.
        self._transport = make_transport(url, proxy=proxy, ca_bundle=connection.ca_bundle, env=connection.env)
        self._timeout = httpx.Timeout(connection.timeout, connect=min(CONNECT_SECONDS, connection.timeout)).as_dict()

    @property
    def server_time(self) -> float | None:
        """The server's clock (its Date header) at the last answer, in seconds since 1970, or None."""
        return read_date(self._date)

    def send(
        self,
        request: Request,
        *,
        surely_undone: bool = False,
        wanted: Wanted = dict,
        limit: int = LARGEST_ANSWER,
    ) -> Answer:
        """Sends a request and gives its answer.

        Args:
            request: what to send.
            surely_undone: repeat it only where it surely had no effect.
            wanted: what the answer must be: `dict` for an object, `list` for an array.
            limit: the bytes past which the answer is refused.

        Raises:
            ApiError: the API refused or failed, or its answer cannot be used.
            NetworkError: no usable answer came.
        """
        return self.retries.call(
            lambda: self.send_once(request, wanted=wanted, limit=limit), surely_undone=surely_undone
        )

    def send_once(
        self,
        request: Request,
        *,
        wanted: Wanted = dict,
        payload: Payload | None = None,
        limit: int = LARGEST_ANSWER,
    ) -> Answer:
        """Sends a request a single time; raises as `send` does.

        Args:
            request: what to send.
            wanted: what the answer must be.
            payload: the body where it is streamed; `request.body` is None then.
            limit: the bytes past which the answer is refused.
        """
        answer = self.around(lambda: self._attempt(request, wanted, payload, limit))
        if self.observe is not None:
            self.observe(request.path, answer.document.value)
        return answer

    def _attempt(self, request: Request, wanted: Wanted, payload: Payload | None, limit: int) -> Answer:
        started, seconds = monotonic(), min(self.connection.timeout, self.patience())
        try:
            with deadline(seconds + (payload.seconds if payload else 0)):
                status, headers, body = self._exchange(request, started, payload, limit)
            return self._read(status, headers, body, wanted)
        except ApiError as error:
            raise self._mask.error(error) from None
        except (httpx.HTTPError, TruncatedBodyError) as error:
            failure = self._mask.error(network_error(error, self._where, seconds))
        if self._debug:
            self._debug.failure(failure.message, monotonic() - started)
        raise failure

    def close(self) -> None:
        """Closes the connections."""
        self._transport.close()

    def _outgoing(self, request: Request, payload: Payload | None) -> httpx.Request:
        target = request.path + ("?" + urlencode(request.query, quote_via=quote) if request.query else "")
        if self._mask.is_in(target):  # servers and proxies keep URLs in their logs
            raise UsageError("the API key is in the URL of a request", hint="was it given in place of an id?")
        url = self.connection.base_url + target
        content = None if request.body is None else orjson_or_json(request.body)
        headers = self._headers()
        if payload is not None:
            headers.update(payload.headers)
        elif content is not None:
            headers["content-type"] = "application/json"
        try:
            outgoing = httpx.Request(
                request.method,
                url,
                content=payload.chunks() if payload else content,
                headers=headers,
                extensions={"timeout": self._timeout},
            )
        except (httpx.InvalidURL, UnicodeError):
            raise UsageError("no request can be made to the base URL", hint="check --base-url") from None
        if self._debug:
            self._debug.request(request.method, url, outgoing.headers.multi_items(), content or b"")
        return outgoing

    def _exchange(
        self, request: Request, started: float, payload: Payload | None, limit: int
    ) -> tuple[int, httpx.Headers, bytes]:
        response = self._transport.handle_request(self._outgoing(request, payload))
        try:
            body = self._mask.body(_body_of(response, limit))
            body = self._mask.echo(body, request.body, refused=response.status_code >= HTTPStatus.BAD_REQUEST)
        finally:
            response.close()
        headers = self._mask.headers(response.headers)
        self._date = headers.get("date", "")
        if self._debug:
            self._debug.answer(response.status_code, headers.multi_items(), body, monotonic() - started)
        return response.status_code, headers, body

    def _read(self, status: int, headers: httpx.Headers, body: bytes, wanted: Wanted) -> Answer:
        try:
            return read_answer(
                status,
                headers,
                body,
                key_source=self.connection.key_source,
                base_url=self.connection.base_url,
                wanted=wanted,
            )
        except ApiError as error:
            self._note_pause(error, headers)
            raise

    def _note_pause(self, error: ApiError, headers: Mapping[str, str]) -> None:
        if not error.retryable:
            return
        error.retry_after = retry_after(headers, self._now())
        if error.retry_after is not None and error.retry_after > LONGEST_PAUSE_SECONDS:
            error.hint = f"the server asks to come back in {_duration(error.retry_after)}"

    def _headers(self) -> dict[str, str]:
        return {
            "authorization": f"Bearer {self.connection.api_key}",
            "accept": "application/json",
            "accept-encoding": ACCEPT_ENCODING,
            "user-agent": USER_AGENT,
        }


def _at_once(attempt: Callable[[], Answer]) -> Answer:
    return attempt()


def _body_of(response: httpx.Response, limit: int) -> bytes:
    """Reads the body; that of a refusal may be unreadable, since its status says enough."""
    if response.status_code < HTTPStatus.MULTIPLE_CHOICES:
        return read_body(response, limit=limit)
    try:
        return read_body(response, limit=LARGEST_REFUSAL)
    except (ApiError, TruncatedBodyError, httpx.TransportError):
        return b""


def orjson_or_json(value: object) -> bytes:
    """Gives the JSON text of a value; integers past 64 bits stay exact, which orjson refuses."""
    try:
        return orjson.dumps(value)
    except TypeError:
        import json

        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _duration(seconds: float) -> str:
    if seconds >= 2 * 86400:
        return f"{seconds / 86400:,.0f} days" if seconds < 1e9 else "a very long time"  # noqa: PLR2004
    if seconds >= 2 * 3600:
        return f"{seconds / 3600:.1f} hours"
    return f"{seconds:.0f} seconds"
