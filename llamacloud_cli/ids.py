"""Ids, which anybody may have chosen, as segments of a URL's path: they can neither climb nor open a query."""

from __future__ import annotations

import re
from urllib.parse import quote

from llamacloud_cli.errors import ApiError

_NO_TEXT = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def problem_of_id(text: str) -> str | None:
    """Gives in words why a text can be no id, or None where it can be one.

    A client or a server on the way may take `.` and `..` for folders even where they are percent-encoded
    (https://url.spec.whatwg.org/#double-dot-path-segment), so they are refused. Control characters and lone
    surrogates are no part of any id.
    """
    if not text.strip():
        return "is empty"
    if text in (".", ".."):
        return "is a step in a path"
    if _NO_TEXT.search(text):
        return "holds a control character"
    if text != text.strip():
        return "has a blank at its start or end"
    return None


def path_segment(identifier: str, what: str) -> str:
    """Gives an id, percent-encoded, as one segment of a path.

    Args:
        identifier: an id that the service gave; those of users are looked at where they are read.
        what: what it is the id of, for the message.

    Raises:
        ApiError: it can be no id.
    """
    problem = problem_of_id(identifier)
    if problem:
        raise ApiError(f"the service names a {what} {identifier!r}, which {problem}", hint="nothing was asked of it")
    return quote(identifier, safe="")
