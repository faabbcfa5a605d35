r"""Wildcard patterns: `*` stands for any run of characters, `?` for one, `\` takes the next as it is."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

_PIECE: Final = re.compile(r"\\.|\\|\*+|\?|[^\\*?]+", re.DOTALL)


def matches(text: str, pattern: str) -> bool:
    """Tells whether the whole of `text` fits `pattern`, in time linear in the text for each `*`."""
    return _compiled(pattern).fullmatch(text) is not None


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    runs = [""]  # what stands between the stars
    for piece in _PIECE.findall(pattern):
        if piece[0] == "*":
            runs.append("")
        elif piece == "?":
            runs[-1] += "."
        elif piece == "\\":
            runs[-1] += "(?!)"  # nothing follows that it could take: fits no text
        else:
            runs[-1] += re.escape(piece.removeprefix("\\"))
    # The first place a run fits is as good as any later one, so all but the last are never retried.
    start, *middle = runs
    if not middle:
        return re.compile(start, re.DOTALL)
    *middle, end = middle
    between = "".join(f"(?>.*?{run})" for run in middle)
    return re.compile(f"{start}{between}.*{end}", re.DOTALL)
