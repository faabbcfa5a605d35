"""Presigned downloads: the URL itself is the permission, so no key goes along."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

import httpx

from llamacloud_cli.api.answers import RETRYABLE
from llamacloud_cli.api.client import USER_AGENT
from llamacloud_cli.api.failures import network_error
from llamacloud_cli.api.transport import CONNECT_SECONDS, deadline, make_transport, proxy_for
from llamacloud_cli.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Callable

    from llamacloud_cli.api.client import Client

LARGEST_DOWNLOAD = 4 * 1024**3
"""Bytes; no text of a document that may be 512 MB large comes near."""
SECONDS_FOR_ALL = 3600.0
_MAX_REDIRECTS = 5


class Downloader:
    """Fetches presigned URLs: without the key, following redirects to https alone.

    Args:
        client: whose network settings and retries hold here too; its key does not.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._transports: dict[str, httpx.HTTPTransport] = {}

    def fetch(self, url: str, write: Callable[[bytes], object], restart: Callable[[], object]) -> int:
        """Fetches what a URL gives, piece by piece.

        Args:
            url: as the API gave it.
            write: takes each piece.
            restart: called before each attempt; what was written so far is void.

        Returns:
            The number of bytes.

        Raises:
            ApiError: it is refused, leads elsewhere than https, or is larger than 4 GiB.
            NetworkError: it did not come whole.
        """

        def attempt() -> int:
            restart()
            return self._attempt(url, write)

        return self._client.retries.call(attempt)

    def close(self) -> None:
        """Closes the connections."""
        for transport in self._transports.values():
            transport.close()

    def _attempt(self, url: str, write: Callable[[bytes], object]) -> int:
        where = _origin(url)
        try:
            with deadline(SECONDS_FOR_ALL):
                for _ in range(_MAX_REDIRECTS + 1):
                    self._check(url)
                    where = _origin(url)
                    response = self._transport(url).handle_request(self._request(url))
                    try:
                        if not response.has_redirect_location:
                            return _take(response, where, write)
                        url = _joined(url, response.headers["location"])
                    finally:
                        response.close()
        except httpx.HTTPError as error:
            raise network_error(error, where, SECONDS_FOR_ALL) from None
        raise ApiError(f"{where}: a download is redirected more than {_MAX_REDIRECTS} times")

    def _check(self, url: str) -> None:
        """Refuses anything but https; the origin of an http:// base URL, such as the sandbox, is an exception."""
        origin = _origin(url)
        if origin.startswith("https://") or (origin and origin == _origin(self._client.connection.base_url)):
            return
        raise _leads_to(origin)

    def _transport(self, url: str) -> httpx.HTTPTransport:
        origin = _origin(url)
        if origin not in self._transports:
            settings = self._client.connection
            proxy = None if urlsplit(url).scheme == "http" else proxy_for(url, settings.env)
            self._transports[origin] = make_transport(url, proxy=proxy, ca_bundle=settings.ca_bundle, env=settings.env)
        return self._transports[origin]

    def _request(self, url: str) -> httpx.Request:
        seconds = self._client.connection.timeout
        timeout = httpx.Timeout(seconds, connect=min(CONNECT_SECONDS, seconds)).as_dict()
        headers = {"user-agent": USER_AGENT, "accept-encoding": "identity"}
        try:
            return httpx.Request("GET", url, headers=headers, extensions={"timeout": timeout})
        except (httpx.InvalidURL, UnicodeError):
            raise _leads_to("") from None


def _take(response: httpx.Response, where: str, write: Callable[[bytes], object]) -> int:
    status = response.status_code
    if status != 200:  # noqa: PLR2004
        raise _refused(status, where)
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        raise ApiError(f"{where}: a download is encoded, which was not asked for", status=status)
    size = 0
    for chunk in response.iter_raw():
        size += len(chunk)
        if size > LARGEST_DOWNLOAD:
            raise ApiError(f"{where}: a download does not end", status=status)
        write(chunk)
    return size


def _leads_to(origin: str) -> ApiError:
    what = f"{origin}, which is not https" if origin else "an unusable address"
    return ApiError(f"a download leads to {what}", hint="nothing was fetched")


def _joined(url: str, location: str) -> str:
    """Gives where a redirect leads, or nothing where it cannot be read."""
    try:
        return urljoin(url, location)
    except ValueError:
        return ""


def _refused(status: int, where: str) -> ApiError:
    hint = "its URL may have expired: try again" if status in (401, 403, 404, 410) else None
    return ApiError(
        f"{where}: a download is refused with {status}", hint=hint, status=status, retryable=status in RETRYABLE
    )


def _origin(url: str) -> str:
    """Gives scheme, host and port, or nothing: the path and query of a presigned URL are a secret."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return ""
    return f"{parts.scheme}://{(parts.hostname or '').lower()}{port}" if parts.hostname else ""
