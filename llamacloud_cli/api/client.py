"""The client: a request in, an answer or an error out. The key goes to the base URL's own origin alone."""

from __future__ import annotations

from http import HTTPStatus
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple, TypeVar
from urllib.parse import quote, urlencode

import httpx
import orjson

from llamacloud_cli import __version__
from llamacloud_cli.api.answers import Answer, read_answer
from llamacloud_cli.api.body import ACCEPT_ENCODING, TruncatedBodyError, read_body
from llamacloud_cli.api.debuglog import DebugLog
from llamacloud_cli.api.failures import network_error
from llamacloud_cli.api.retries import LONGEST_PAUSE_SECONDS, Retries, read_date, retry_after
from llamacloud_cli.api.transport import CONNECT_SECONDS, READ_SECONDS, deadline, make_transport
from llamacloud_cli.errors import ApiError, CliError
from llamacloud_cli.redaction import HIDDEN, redact

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from llamacloud_cli.operations import Request

T = TypeVar("T")

USER_AGENT = f"llamacloud-prod/{__version__}"
SHORTEST_REDACTED_KEY = 8
"""An answer that echoes a key shorter than this is left alone: a word of it could be the key by chance."""


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


class Client:
    """Sends requests.

    Attributes:
        retries: how failed calls are repeated.

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
        self._date = ""
        self._connection = connection
        self._now = now
        self._debug = DebugLog(debug, connection.api_key) if debug else None
        transport = make_transport(
            connection.base_url,
            ca_bundle=connection.ca_bundle,
            loopback=connection.loopback,
            env=connection.env,
        )
        timeout = httpx.Timeout(min(READ_SECONDS, connection.timeout), connect=min(CONNECT_SECONDS, connection.timeout))
        self._http = httpx.Client(
            transport=transport,
            timeout=timeout,
            follow_redirects=False,
            trust_env=False,
            headers=self._headers(),
        )

    @property
    def server_time(self) -> float | None:
        """The server's clock (its Date header) at the last answer, in seconds since 1970, or None."""
        return read_date(self._date)

    def send(self, request: Request, *, surely_undone: bool = False) -> Answer:
        """Sends a request and gives its answer.

        Args:
            request: what to send.
            surely_undone: repeat it only where it surely had no effect.

        Raises:
            ApiError: the API refused or failed, or its answer cannot be used.
            NetworkError: no usable answer came.
        """
        return self.retries.call(lambda: self.send_once(request), surely_undone=surely_undone)

    def send_once(self, request: Request) -> Answer:
        """Sends a request a single time; raises as `send` does."""
        url = self._connection.base_url + request.path
        if request.query:
            url += "?" + urlencode(request.query, quote_via=quote)
        content = b"" if request.body is None else orjson_or_json(request.body)
        headers = {"content-type": "application/json"} if content else {}
        outgoing = self._http.build_request(request.method, url, content=content or None, headers=headers)
        if self._debug:
            self._debug.request(request.method, url, outgoing.headers.multi_items(), content)
        started = monotonic()
        try:
            with deadline(self._connection.timeout):
                return self._exchange(outgoing, started)
        except CliError as error:
            raise self._safe(error) from None
        except (httpx.HTTPError, httpx.InvalidURL, TruncatedBodyError) as error:
            failure = self._safe(network_error(error, self._connection.base_url, self._connection.timeout))
        if self._debug:
            self._debug.failure(failure.message, monotonic() - started)
        raise failure

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    def _exchange(self, outgoing: httpx.Request, started: float) -> Answer:
        response = self._http.send(outgoing, stream=True)
        try:
            body = read_body(response)
        finally:
            response.close()
        headers = response.headers
        if self._debug:
            self._debug.answer(response.status_code, response.headers.multi_items(), body, monotonic() - started)
        self._date = headers.get("date", "")
        key = self._connection.api_key
        if len(key) >= SHORTEST_REDACTED_KEY and key.encode() in body:
            body = body.replace(key.encode(), HIDDEN.encode())
        try:
            return read_answer(
                response.status_code,
                headers,
                body,
                key_source=self._connection.key_source,
                base_url=self._connection.base_url,
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
        elif error.status != HTTPStatus.TOO_MANY_REQUESTS and self.retries.limit:
            error.hint = f"the service failed, and {self.retries.limit} further tries as well; try again later"

    def _headers(self) -> dict[str, str]:
        return {
            "authorization": f"Bearer {self._connection.api_key}",
            "accept": "application/json",
            "accept-encoding": ACCEPT_ENCODING,
            "user-agent": USER_AGENT,
        }

    def _safe(self, error: CliError) -> CliError:
        """Gives an error whose words hold neither the key nor a password."""
        error.message = redact(error.message, self._connection.api_key)
        return error


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
