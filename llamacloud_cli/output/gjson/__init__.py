"""A reader of GJSON paths: one path picks, reshapes or counts values in a JSON text.

The paths, and what they give, are those of https://github.com/tidwall/gjson v1.18.0, which describes
them in its SYNTAX.md. The answer keeps the document's spelling of numbers, strings and blanks.

    >>> get('{"items": [{"id": "a", "n": 1.50}, {"id": "b"}]}', "items.#.id").raw
    '["a","b"]'
    >>> get('{"items": [{"id": "a", "n": 1.50}, {"id": "b"}]}', "items.0.n")
    Result(exists=True, raw='1.50', string='1.5')

Answers are known to differ only where a modifier or a search meets text that is no JSON, which takes
a broken constant (`![n]`) or a string opened up by `@fromstr` or a pipe (`name.@fromstr.@pretty`,
`name|0`). There a lone `n` is null here and a number in the library, and `@pretty`, `@flatten` and an
array with a dangling comma may take other parts of what is broken.
"""

from __future__ import annotations

from typing import NamedTuple

from .evaluate import resolve
from .text import string

__all__ = ["Result", "get"]


class Result(NamedTuple):
    """What a path gives: `raw` is JSON text as it stands in the document, `string` what it means as text.

    `string` is a string without its quotes and escapes, "" for null, and `raw` for a container.
    If nothing is there, `exists` is false and both are empty.
    """

    exists: bool
    raw: str
    string: str


def get(text: str, path: str) -> Result:
    """Gives what `path` leads to in `text`, which has to be valid JSON. Never raises for any path."""
    value = resolve(text, path)
    return Result(bool(value), value, string(value))
