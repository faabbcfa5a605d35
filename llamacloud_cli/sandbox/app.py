"""The WSGI application: routing, the key, request ids, and errors as the service words them."""

from __future__ import annotations

import hmac
import logging
import uuid
from typing import TYPE_CHECKING

from werkzeug import Request, Response
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.routing import Map, Rule

from llamacloud_cli.sandbox.routes import ROUTES
from llamacloud_cli.sandbox.web import ApiProblem, Call, answer

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment

    from llamacloud_cli.sandbox.web import Services

logger = logging.getLogger(__name__)

_MULTIPART_OVERHEAD = 1024 * 1024
"""Bytes of an upload's body beside the file: boundaries and text fields."""


class SandboxRequest(Request):
    """A request whose text fields are kept small; files go to disk by the routes that take them."""

    max_form_memory_size = 1024 * 1024
    max_form_parts = 100


class App:
    """Answers one request at a time in any number of threads."""

    def __init__(self, services: Services, api_key: str) -> None:
        self._services = services
        self._api_key = api_key.encode()
        rules = [Rule(route.path, methods=[route.method], endpoint=route) for route in ROUTES]
        self._map = Map(rules, strict_slashes=False, merge_slashes=False)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """The WSGI entry point."""
        request = SandboxRequest(environ)
        response = self._respond(request)
        response.headers["x-request-id"] = str(uuid.uuid4())
        return response(environ, start_response)

    def _respond(self, request: SandboxRequest) -> Response:
        try:
            route, arguments = self._map.bind_to_environ(request.environ).match()
            if route.needs_key:
                self._check_key(request)
            request.max_content_length = self._services.policy.upload_limit + _MULTIPART_OVERHEAD
            response: Response = route.handler(Call(request, self._services, arguments))
        except ApiProblem as problem:
            return answer({"detail": problem.detail}, problem.status, problem.headers)
        except RequestEntityTooLarge:
            return answer({"detail": "Request body too large"}, 413)
        except HTTPException as error:
            status = error.code or 500
            headers = {name: value for name, value in error.get_headers() if name == "Allow"}
            return answer({"detail": error.name}, status, headers)
        except Exception:
            logger.exception("%s %s failed", request.method, request.path)
            return answer({"detail": "Internal Server Error"}, 500)
        return response

    def _check_key(self, request: Request) -> None:
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        given = key.strip().encode("utf-8", "surrogateescape")
        if scheme.lower() != "bearer" or not hmac.compare_digest(given, self._api_key):
            raise ApiProblem(401, "Invalid authentication token", {"WWW-Authenticate": "Bearer"})
