"""Lets fault rules act on requests, around the application."""

from __future__ import annotations

import math
import re
import time
import uuid
from typing import TYPE_CHECKING

import orjson
from werkzeug import Request, Response

from llamacloud_cli.sandbox.server import reset_connection
from llamacloud_cli.sandbox.signing import InvalidTokenError
from llamacloud_cli.sandbox.web import answer

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from llamacloud_cli.sandbox.faults import Faults, RequestFault
    from llamacloud_cli.sandbox.signing import Signer

_OWN_PREFIX = "/_sandbox/"
"""The sandbox's own routes never fail on purpose, or faults could not be taken back."""
_LISTINGS = {
    "/api/v2/batches": "batches",
    "/api/v2/parse": "parse",
    "/api/v2/extract": "extract",
    "/api/v1/beta/directories": "directories",
    "/api/v1/beta/configurations": "configurations",
    "/api/v1/beta/files": "files:None",
}
"""Listings by their paths: on a first page no token says which it is."""
_DIRECTORY_FILES = re.compile("/api/v1/beta/directories/([^/]+)/files/?$")


class FaultMiddleware:
    """A WSGI application that passes requests on, unless a rule acts on them."""

    def __init__(self, app: WSGIApplication, faults: Faults, signer: Signer) -> None:
        self._app = app
        self._faults = faults
        self._signer = signer

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """The WSGI entry point."""
        request = Request(environ)
        acting = None
        if not request.path.startswith(_OWN_PREFIX):
            acting = self._faults.for_request(request.method, request.path)
        if acting is None:
            return self._app(environ, start_response)
        rule, wait = acting
        if rule.delay:
            time.sleep(rule.delay)
        response = self._act(rule, wait, request)
        if response is None:
            return self._app(environ, start_response)
        return response(environ, start_response)

    def _act(self, rule: RequestFault, wait: float | None, request: Request) -> Response | None:
        """The answer in place of the application's; None passes the request on."""
        if rule.take_effect:
            self._run(request)
        if rule.reset:
            reset_connection(request.environ)
        if rule.status is not None:
            return _refusal(rule.status, rule.body, rule.headers)
        if wait is not None:
            headers = {"Retry-After": str(max(1, math.ceil(wait)))}
            return _refusal(429, {"detail": "Rate limit exceeded"}, headers)
        if rule.cut is not None:
            return _cut(self._run(request), rule.cut)
        if rule.repeat_page_token or rule.empty_page:
            return self._change_page(rule, request)
        return None

    def _run(self, request: Request) -> Response:
        return Response.from_app(self._app, request.environ, buffered=True)

    def _change_page(self, rule: RequestFault, request: Request) -> Response:
        response = self._run(request)
        asked = request.args.get("page_token")
        if response.status_code != 200:  # noqa: PLR2004 - only pages can be changed
            return response
        page = orjson.loads(response.get_data())
        if "items" not in page:
            return response
        if rule.empty_page:
            token = self._same_place(request.path, asked)
            if token is not None:
                page |= {"items": [], "next_page_token": token}
        elif asked:
            page["next_page_token"] = asked
        response.set_data(orjson.dumps(page))
        return response

    def _same_place(self, path: str, asked: str | None) -> str | None:
        """Another token for the place at which a page begins."""
        if asked:
            try:
                name, key = self._signer.open_token(asked)
            except InvalidTokenError:
                return None
            return self._signer.page_token(name, key)
        files = _DIRECTORY_FILES.match(path)
        listing = f"directory-files:{files[1]}" if files else _LISTINGS.get(path.rstrip("/"))
        return self._signer.page_token(listing, None) if listing else None


def _refusal(status: int, body: object, headers: dict[str, str]) -> Response:
    detail = {"detail": "Failed by a fault rule of the sandbox"} if body is None else body
    return answer(detail, status, {"x-request-id": str(uuid.uuid4()), **headers})


def _cut(response: Response, size: int) -> Response:
    """The answer with its whole Content-Length and the first bytes of its body; the server then closes."""
    data = response.get_data()
    headers = response.headers.copy()
    headers["Content-Length"] = str(len(data))
    shortened = Response(status=response.status, headers=headers)
    shortened.response = [data[:size]]
    shortened.automatically_set_content_length = False
    return shortened
