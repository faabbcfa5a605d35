"""Whether a text is JSON."""

from __future__ import annotations

import re
from typing import Final

_TOKEN: Final = re.compile(
    r"""[ \t\n\r]*+(?:
        (?P<string>"(?:[^"\\\x00-\x1f]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*+")
      | (?P<scalar>true|false|null|-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?)
      | (?P<open>[{\[])
      | (?P<close>[}\]])
      | (?P<comma>,)
      | (?P<colon>:)
      | (?P<end>\Z)
    )""",
    re.VERBOSE,
)

# What may come next -> the token found -> what may come after it.
_GRAMMAR: Final = {
    "value": {"string": "after", "scalar": "after", "open": "inside"},
    "element or end": {"string": "after", "scalar": "after", "open": "inside", "close": "after"},
    "key or end": {"string": "colon", "close": "after"},
    "key": {"string": "colon"},
    "colon": {"colon": "value"},
    "after": {"comma": "next", "close": "after", "end": "end"},
}


def is_valid(text: str) -> bool:
    """Tells whether `text` is one JSON value (RFC 8259), however deep it nests."""
    due = "value"
    closing: list[str] = []  # the brackets still to come, the innermost last
    position = 0
    while due != "end":
        token = _TOKEN.match(text, position)
        due = _GRAMMAR[due].get(token.lastgroup or "", "") if token else ""
        if token is None or not due:
            return False
        match token.lastgroup:
            case "open":
                closing.append("}" if token["open"] == "{" else "]")
                due = "key or end" if token["open"] == "{" else "element or end"
            case "close" if not closing or closing.pop() != token["close"]:
                return False
            case "comma" if not closing:
                return False
            case "comma":
                due = "key" if closing[-1] == "}" else "value"
        position = token.end()
    return not closing
