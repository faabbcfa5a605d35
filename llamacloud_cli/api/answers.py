"""An HTTP answer, or the error that it stands for."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple

from llamacloud_cli.api.weight import Weight, weigh
from llamacloud_cli.errors import ApiError, AuthenticationError, NotFoundError
from llamacloud_cli.jsontext import Document

if TYPE_CHECKING:
    from collections.abc import Mapping

RETRYABLE = frozenset({408, 425, 429, 500, 502, 503, 504})
TOO_LARGE = "answer_too_large"
"""The `code` of the error for an answer past its limit."""
REQUEST_ID_HEADERS = ("x-request-id", "request-id", "x-correlation-id", "x-amzn-trace-id", "cf-ray")
Wanted = type[dict[str, Any] | list[Any]]
"""What the JSON of an answer must be: an object or an array."""

_LONGEST_DETAIL = 600
_LONGEST_WORDS = 200
_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)


class Answer(NamedTuple):
    """A successful answer.

    Attributes:
        status: the HTTP status.
        document: the JSON of its body.
        headers: its headers, names in lower case.
    """

    status: int
    document: Document
    headers: Mapping[str, str]


def request_id(headers: Mapping[str, str]) -> str | None:
    """Gives the server's id of the request, by whichever usual header it comes."""
    return next((shortened(headers[name]) for name in REQUEST_ID_HEADERS if headers.get(name)), None)


def shortened(words: str) -> str:
    """Gives the beginning of words that a server chose, for a message of one line: a header may have any length."""
    return words if len(words) <= _LONGEST_WORDS else f"{words[:_LONGEST_WORDS]}…"


def read_answer(  # noqa: PLR0913 - an answer, and what its errors tell of
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    *,
    key_source: str,
    base_url: str,
    wanted: Wanted = dict,
) -> Answer:
    """Gives the answer, or raises the error that it stands for.

    Args:
        status: the HTTP status.
        headers: of the answer; their names may be asked for in lower case.
        body: the decoded body.
        key_source: where the key came from, for a 401.
        base_url: where the request went, for hints about regions and redirects.
        wanted: what the body must be: `dict` for an object, `list` for an array.

    Raises:
        ApiError: the API refused or failed, or the body is not what is wanted.
    """
    if status >= HTTPStatus.BAD_REQUEST:
        raise _refusal(status, headers, body, key_source, base_url)
    if status >= HTTPStatus.MULTIPLE_CHOICES:
        raise _redirect(status, headers)
    weight = weigh(body)
    if weight is Weight.TOO_MUCH:
        raise too_large(status, headers, weight.value)
    try:
        document = _decoded(body, weight)
    except ValueError as error:
        raise _unusable(status, headers, body, str(error)) from None
    answer = Answer(status, document, headers)
    if not isinstance(document.value, wanted):
        raise senseless(answer, f"{_kind(document.value)} instead of {_kind(wanted())}")
    return answer


def text_of(value: Any) -> str | None:
    r"""Gives a text that can be kept and sent back; None for anything else, and for an empty text.

    JSON can write half of a surrogate pair (`"\ud800"`), which is no character: UTF-8 has no bytes for it.
    """
    return value if isinstance(value, str) and words_of(value) == value else None


def words_of(value: Any) -> str | None:
    """Gives a text for people, a question mark in place of each half of a surrogate pair; else as `text_of`."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) and value else None


def too_large(status: int, headers: Mapping[str, str], problem: str) -> ApiError:
    """Gives the error for an answer past its limit; `problem` says which."""
    error = ApiError(
        f"{status}: the answer {problem}",
        hint="ask for less, such as a smaller --page-size",
        status=status,
        request_id=request_id(headers),
    )
    error.code = TOO_LARGE
    return error


def senseless(answer: Answer, problem: str) -> ApiError:
    """Gives the error for an answer that is JSON but lacks what it must hold."""
    return ApiError(
        f"{answer.status}: the answer makes no sense: {problem}",
        hint="is --base-url the LlamaCloud API?",
        status=answer.status,
        detail=answer.document.value,
        request_id=request_id(answer.headers),
    )


def _decoded(body: bytes, weight: Weight) -> Document:
    if weight is not Weight.FINE:
        raise ValueError(weight.value)
    return Document(body)


def _kind(value: Any) -> str:
    kinds = {dict: "an object", list: "an array", str: "a string", bool: "a boolean", type(None): "null"}
    return kinds.get(type(value), "a number")


def _refusal(status: int, headers: Mapping[str, str], body: bytes, key_source: str, base_url: str) -> ApiError:
    try:
        value: Any = _decoded(body, weigh(body)).value if body else None
    except ValueError:
        value = None
    detail = value.get("detail", value) if isinstance(value, dict) else value
    words = _describe(detail) if value is not None else _describe_text(headers, body)
    reason = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "unknown status"
    error = _class_of(status)(
        f"{status} {reason}" + (f": {words}" if words else ""),
        hint=_hint(status, key_source, base_url),
        status=status,
        detail=detail,
        request_id=request_id(headers),
        retryable=status in RETRYABLE and headers.get("x-should-retry", "").strip().lower() != "false",
    )
    error.body = body
    return error


def _class_of(status: int) -> type[ApiError]:
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return AuthenticationError
    return NotFoundError if status == HTTPStatus.NOT_FOUND else ApiError


def _describe(detail: Any) -> str:
    """Puts the API's `detail` into words: a text, or FastAPI's list of `{loc, msg}`, or anything else as it is."""
    if detail in (None, {}, []):
        return ""
    if isinstance(detail, str):
        return detail[:_LONGEST_DETAIL]
    if isinstance(detail, list):
        return "; ".join(_describe_one(one) for one in detail)[:_LONGEST_DETAIL]
    if isinstance(detail, dict) and isinstance(detail.get("message"), str):
        return str(detail["message"])[:_LONGEST_DETAIL]
    return _as_it_is(detail)[:_LONGEST_DETAIL]


def _describe_one(one: Any) -> str:
    if not isinstance(one, dict) or "msg" not in one:
        return _as_it_is(one)
    loc = one.get("loc")
    place = ".".join(_as_it_is(part) for part in loc) if isinstance(loc, list) else ""
    words = _as_it_is(one["msg"])
    return f"{place}: {words}" if place else words


def _as_it_is(value: Any) -> str:
    """Gives a text as it is, and anything else as JSON."""
    import json

    try:
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    except (ValueError, RecursionError):  # a number of very many digits, or nested deeply
        return "…"


def _describe_text(headers: Mapping[str, str], body: bytes) -> str:
    text = body[:4096].decode("utf-8", "replace").strip()
    if _is_html(headers, text):
        title = _TITLE.search(text)
        return "an HTML page" + (f" titled {shortened(' '.join(title[1].split()))!r}" if title else "")
    return shortened(" ".join(text.split()))


def _is_html(headers: Mapping[str, str], text: str) -> bool:
    return "html" in headers.get("content-type", "").lower() or text[:1] == "<"


def _unusable(status: int, headers: Mapping[str, str], body: bytes, problem: str) -> ApiError:
    text = body[:4096].decode("utf-8", "replace").strip()
    if not text:
        what, hint = "an empty answer", "try again"
    elif _is_html(headers, text):
        what, hint = (
            f"not an answer of the API but {_describe_text(headers, body)}",
            "a proxy or a login page may stand in between; check --base-url",
        )
    else:
        what, hint = f"the answer is not valid JSON ({problem})", "it may have been cut short: try again"
    return ApiError(f"{status}: {what}", hint=hint, status=status, request_id=request_id(headers))


def _redirect(status: int, headers: Mapping[str, str]) -> ApiError:
    location = headers.get("location")
    if location is None:
        what, hint = "the server answers without an answer", "is --base-url the LlamaCloud API?"
    else:
        what = f"the server redirects to {_host(location)}; API calls follow no redirect, since the key would go along"
        hint = "if that is the API, name it with --base-url"
    return ApiError(f"{status}: {what}", hint=hint, status=status, request_id=request_id(headers))


def _host(url: str) -> str:
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
        return shortened(parts.hostname + port) if parts.hostname else "another place of the same host"
    except ValueError:
        return "an unreadable address"


def _hint(status: int, key_source: str, base_url: str) -> str | None:
    if status == HTTPStatus.UNAUTHORIZED:
        other = "leave --base-url out" if ".eu." in base_url else "pass --base-url https://api.cloud.eu.llamaindex.ai"
        region = "the North America region" if ".eu." in base_url else "the EU region"
        return f"the key comes from {key_source}; a key belongs to one region: for {region}, {other}"
    return {
        402: "the plan is out of credits",
        403: f"the key (from {key_source}) may not use this; check --project-id and --organization-id",
        404: "check the id, the project and the region; what has expired is gone",
        429: "slow down, or try again later",
    }.get(status, "the service failed; try again later" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else None)
