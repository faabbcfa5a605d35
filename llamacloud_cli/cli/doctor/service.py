"""Checks of what stands between this machine and the API: settings, key, proxy, certificates, network, clock."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from llamacloud_cli.cli.auth.account import ending_of, losers_of, place_name
from llamacloud_cli.cli.doctor.finding import Finding, from_error
from llamacloud_cli.errors import ApiError, AuthenticationError, CliError, NetworkError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from llamacloud_cli.context import Context
    from llamacloud_cli.settings.values import ApiKey, BaseUrl

MOST_SKEW_SECONDS = 60
"""Past this, signed links and certificates may be taken for expired or not yet valid."""
_UNREACHED = ("reachability", "key accepted", "clock")


def findings(context: Context, *, offline: bool) -> Iterator[Finding]:
    """Gives what is found; without `offline`, one request is sent."""
    try:
        url = context.base_url()
    except CliError as error:
        yield from_error("base url", error)
        return
    yield _base_url(context, url)
    key, finding = _key(context)
    yield finding
    yield _proxy(context, url)
    certificates = _certificates(context, url)
    yield certificates
    if offline:
        yield from (Finding(check, "note", "not checked: --offline") for check in _UNREACHED)
    elif certificates.state == "failed":
        yield from (Finding(check, "note", "not checked: certificates") for check in _UNREACHED)
    else:
        yield from _answer(context, url, key)


def _base_url(context: Context, url: BaseUrl) -> Finding:
    if context.uses_sandbox():
        return Finding("base url", "ok", f"the sandbox in '{context.sandbox_folder()}'")
    settings = context.settings
    return Finding("base url", "ok", f"{place_name(url)}, from {settings.get('base_url').source}")


def _key(context: Context) -> tuple[ApiKey | None, Finding]:
    try:
        key = context.api_key()
    except CliError as error:
        return None, from_error("key", error)
    losers = losers_of(context)
    wins = f", which wins over {', '.join(losers)}" if losers else ""
    return key, Finding("key", "ok", f"{ending_of(key.value)} from {key.source}{wins}")


def _proxy(context: Context, url: BaseUrl) -> Finding:
    from llamacloud_cli.api.transport import proxy_for, without_password

    proxy = None if url.loopback else proxy_for(url.url, context.env)
    return Finding("proxy", "ok", without_password(proxy) if proxy else "none")


def _certificates(context: Context, url: BaseUrl) -> Finding:
    from llamacloud_cli.api.transport import tls_context

    bundle = context.options.get("ca_bundle")
    try:
        tls_context(bundle, context.env)
    except CliError as error:
        return from_error("certificates", error)
    if url.scheme == "http":
        return Finding("certificates", "ok", "not needed for http://")
    named = [name for name in ("SSL_CERT_FILE", "SSL_CERT_DIR") if context.env.get(name)]
    source = f"'{bundle}' of --ca-bundle" if bundle else ", ".join(named) or "certifi's and the system's"
    return Finding("certificates", "ok", source)


def _answer(context: Context, url: BaseUrl, key: ApiKey | None) -> Iterator[Finding]:
    """Asks for the projects, the cheapest question that needs a key."""
    from llamacloud_cli.api.projects import PROJECTS_PATH
    from llamacloud_cli.operations import Request
    from llamacloud_cli.settings.values import ApiKey

    client = context.make_client(url, key or ApiKey("none", "doctor, which has no other"))
    begin = monotonic()
    headers: Mapping[str, str] = {}
    refusal: CliError | None = None
    try:
        answer = client.send(Request("GET", PROJECTS_PATH), wanted=list)
        headers = answer.headers
    except NetworkError as error:
        yield from_error("reachability", error)
        yield from (Finding(check, "note", "not known: the API was not reached") for check in _UNREACHED[1:])
        return
    except ApiError as error:
        refusal = error
    finally:
        client.close()
    seconds = monotonic() - begin
    if refusal is not None and not isinstance(refusal, AuthenticationError):
        yield from_error("reachability", refusal)
    else:
        yield Finding("reachability", "ok", f"{url.host} answered in {seconds:.2g} s")
    if key is not None:
        yield _acceptance(key, refusal, answer.document.value if refusal is None else None)
    yield _clock(headers, context.now())


def _acceptance(key: ApiKey, refusal: CliError | None, projects: list[object] | None) -> Finding:
    if projects is not None:
        return Finding("key accepted", "ok", f"{len(projects)} project{'' if len(projects) == 1 else 's'}")
    if isinstance(refusal, AuthenticationError):
        return from_error("key accepted", refusal)
    return Finding("key accepted", "note", f"not known: {key.source} was not asked about")


def _clock(headers: Mapping[str, str], now: float) -> Finding:
    from email.utils import parsedate_to_datetime

    try:
        skew = now - parsedate_to_datetime(headers["date"]).timestamp()
    except (KeyError, ValueError):
        return Finding("clock", "note", "not known: no answer with a time")
    if abs(skew) <= MOST_SKEW_SECONDS:
        return Finding("clock", "ok", "as the server's, to the minute")
    way = "ahead of" if skew > 0 else "behind"
    return Finding("clock", "warning", f"{abs(skew):,.0f} s {way} the server's", "set this machine's clock (NTP)")
