"""A call that failed: in words that name the host and what to do, and whether it may have taken effect all the same.

The words hold no key and no password.
"""

from __future__ import annotations

import ssl

import httpx

from llamacloud_cli.api.answers import shortened
from llamacloud_cli.api.body import TruncatedBodyError
from llamacloud_cli.api.transport import NAME_UNRESOLVED
from llamacloud_cli.errors import ApiError, CliError, NetworkError, UsageError
from llamacloud_cli.redaction import hide_in_text


def network_error(error: Exception, where: str, timeout: float) -> NetworkError:
    """Gives the error for what httpx raised.

    Args:
        error: an httpx.HTTPError or TruncatedBodyError.
        where: the base URL, and the proxy in between.
        timeout: the deadline of the call, in seconds.
    """
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout | httpx.ProxyError):
        return _never_connected(error, where)
    if isinstance(error, httpx.TimeoutException):
        return NetworkError(f"{where}: no whole answer within {timeout:g} s", hint="see --http-timeout")
    if isinstance(error, TruncatedBodyError):
        return NetworkError(f"{where}: the answer cannot be read: {error}", hint="try again")
    return NetworkError(f"{where}: the connection broke: {_reason(error)}", hint="try again")


def may_have_happened(error: CliError) -> bool:
    """Tells whether a request that failed so may have taken effect all the same."""
    if isinstance(error, UsageError):
        return False
    if isinstance(error, NetworkError):
        return error.maybe_sent
    if not isinstance(error, ApiError) or error.status is None:
        return True
    is_refusal = 300 <= error.status < 500  # noqa: PLR2004 - redirects and client errors
    # 303 says that something was done, and where to see it.
    return not is_refusal or error.status in (303, 408, 409)


def _never_connected(error: Exception, where: str) -> NetworkError:
    """Gives the error for a connection that was never made, so that nothing was sent."""
    tls = next((cause for cause in _causes(error) if isinstance(cause, ssl.SSLError)), None)
    retryable = True
    if isinstance(tls, ssl.SSLCertVerificationError):
        what = f"no trusted TLS connection: {tls.verify_message or tls.reason}"
        hint = "name the certificate authority of your network with --ca-bundle FILE or SSL_CERT_FILE"
        retryable = False
    elif tls is not None:
        what = f"no TLS connection: {(tls.reason or 'it was closed').replace('_', ' ').lower()}"
        hint = "is this a port for https?"
        retryable = isinstance(tls, ssl.SSLEOFError | ssl.SSLZeroReturnError)
    elif isinstance(error, httpx.ProxyError):
        reason = _reason(error)
        what, hint = f"the proxy refuses: {reason}", "check HTTPS_PROXY, its user name and its password"
        retryable = reason.startswith("5")
    elif isinstance(error, httpx.TimeoutException):
        unresolved = f": {NAME_UNRESOLVED}" if NAME_UNRESOLVED in str(error) else ""
        what, hint = f"no connection in time{unresolved}", "check the network; is a proxy (HTTPS_PROXY) needed?"
    else:
        what, hint = f"no connection: {_reason(error)}", "check the network, --base-url and proxies"
    return NetworkError(f"{where}: {what}", hint=hint, maybe_sent=False, retryable=retryable)


def _reason(error: Exception) -> str:
    """Gives the words of the operating system, which are clearer than those of the libraries above it."""
    words = (cause.strerror for cause in _causes(error) if isinstance(cause, OSError) and cause.strerror)
    told = str(error).partition(": bytearray(")[0]  # h11 quotes the bytes that it cannot read
    return next(words, None) or shortened(hide_in_text(told)) or type(error).__name__


def _causes(error: BaseException | None) -> list[BaseException]:
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        error = error.__cause__ or error.__context__
    return found
