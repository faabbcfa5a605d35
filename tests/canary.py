"""A canary: the key of all tests, looked for in everything that a test has written or had printed.

A test whose purpose is to store or print a key says so: `@pytest.mark.shows_key("why")`.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

KEY = "llx-canary-0123456789abcdef"
MARKER = "shows_key(why): the purpose of this test is to store or print the key, and `why` says for what"


def _forms() -> tuple[bytes, ...]:
    """Gives how the key may be spelt: as it is, cut in two, in JSON escapes, in base64 at any place, in UTF-16."""
    raw, half = KEY.encode(), len(KEY) // 2
    escaped = json.dumps(KEY).strip('"').replace("-", "\\u002d")
    found = [raw, raw[:half], raw[half:], escaped.encode(), escaped.replace("2d", "2D").encode()]
    for offset in range(3):
        text = base64.b64encode(bytes(offset) + raw)
        found.append(text[-(-8 * offset // 6) : 8 * (offset + len(raw)) // 6])
    return (*found, KEY.encode("utf-16-le"), KEY[::-1].encode())


FORMS = _forms()
_LONGEST_BYTES = 64 * 1024 * 1024


def is_in(data: bytes | str) -> bool:
    """Tells whether the key is in it, in any form."""
    raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    return any(form in raw for form in FORMS)


def files_with_it(folders: Iterable[os.PathLike[str]]) -> list[str]:
    """Gives the files below some folders, by name or content, that hold the key. Only regular files are opened."""
    found = []
    for folder in folders:
        for where, names, files in os.walk(os.fsencode(folder)):
            found += [os.fsdecode(name) for name in (*names, *files) if is_in(name)]
            found += [os.fsdecode(path) for name in files if _holds_it(path := os.path.join(where, name))]  # noqa: PTH118
    return found


def _holds_it(path: bytes) -> bool:
    if not os.path.isfile(path) or os.path.islink(path):  # noqa: PTH113, PTH114 - bytes
        return False
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb") as file:
            return is_in(file.read(_LONGEST_BYTES))
    except OSError:
        return False


class Watch:
    """What one test printed that holds the key.

    Attributes:
        printed: the beginnings of such texts.
    """

    def __init__(self) -> None:
        self.printed: list[str] = []

    def look(self, text: Any) -> None:
        """Notes a text where the key is in it."""
        if isinstance(text, bytes | str) and is_in(text):
            self.printed.append(repr(text[:500]))


watch = Watch()
_communicate = subprocess.Popen.communicate


def communicate(process: subprocess.Popen[Any], *args: Any, **kwargs: Any) -> tuple[Any, Any]:
    """Does what `Popen.communicate` does, and looks at what the process printed."""
    output = _communicate(process, *args, **kwargs)
    for text in output:
        watch.look(text)
    return output
