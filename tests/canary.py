"""A canary: the key of all tests, looked for in everything that a test has written or had printed.

That is: files below the folders of the test and of its modules, those for temporary files among them; what the command
line printed within the test; what child processes printed to pipes and terminals; and what was printed to the streams
of the test run itself.

A test whose purpose is to store or print a key says so: `@pytest.mark.shows_key("why")`.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pytest

KEY = "llx-canary-0123456789abcdef"
MARKER = "shows_key(why): the purpose of this test is to store or print the key, and `why` says for what"


def _forms() -> tuple[bytes, ...]:
    """Gives how the key may be spelt: as it is, cut in two, in escapes, in other cases and encodings.

    Whatever escapes the dashes alone, as percent-encoding may, leaves one of the halves as it is.
    """
    raw, half = KEY.encode(), len(KEY) // 2
    escaped = json.dumps(KEY).strip('"').replace("-", "\\u002d")
    found = [raw, raw[:half], raw[half:], escaped.encode(), escaped.replace("2d", "2D").encode(), raw.upper()]
    escapes = ("%{:02x}", "%{:02X}", "\\u{:04x}", "\\x{:02x}", "&#{};", "{:02x}", "{:02X}")
    found += ["".join(escape.format(byte) for byte in raw).encode() for escape in escapes]
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
            paths = [os.path.join(where, name) for name in (*names, *files)]  # noqa: PTH118 - bytes
            found += [os.fsdecode(path) for path in paths if _holds_it(path)]
    return found


def _holds_it(path: bytes) -> bool:
    if os.path.islink(path):  # noqa: PTH114 - bytes
        return is_in(os.readlink(path))  # noqa: PTH115
    if not os.path.isfile(path):  # noqa: PTH113
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
        self._ends: dict[int, bytes] = {}

    def look(self, text: Any) -> None:
        """Notes a text where the key is in it."""
        if isinstance(text, bytes | str) and is_in(text):
            self.printed.append(repr(text[:500]))

    def look_on(self, source: int, data: bytes) -> None:
        """Notes a piece of what a source gives where the key is in it, or in it and the end of what came before."""
        text = self._ends.get(source, b"") + data
        self.look(text)
        self._ends[source] = text[-200:]

    def forget(self) -> None:
        """Begins anew, for another test."""
        self.printed.clear()
        self._ends.clear()


watch = Watch()
_communicate = subprocess.Popen.communicate
_init = subprocess.Popen.__init__
_read = os.read


class _Watched:
    """A pipe from a child process; what is read from it is looked at."""

    def __init__(self, pipe: Any) -> None:
        self._pipe = pipe

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pipe, name)

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        self._pipe.close()

    def __iter__(self) -> Iterator[Any]:
        return iter(self.readline, type(self._pipe.readline(0))())

    def read(self, *args: Any) -> Any:
        return self._looked_at(self._pipe.read(*args))

    def readline(self, *args: Any) -> Any:
        return self._looked_at(self._pipe.readline(*args))

    def _looked_at(self, data: Any) -> Any:
        watch.look_on(id(self), data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data or b"")
        return data


def _watched_init(process: subprocess.Popen[Any], *args: Any, **kwargs: Any) -> None:
    _init(process, *args, **kwargs)
    process.stdout = process.stdout and _Watched(process.stdout)  # type: ignore[assignment]
    process.stderr = process.stderr and _Watched(process.stderr)  # type: ignore[assignment]


def communicate(process: subprocess.Popen[Any], *args: Any, **kwargs: Any) -> tuple[Any, Any]:
    """Does what `Popen.communicate` does, and looks at what the process printed."""
    output = _communicate(process, *args, **kwargs)
    for text in output:
        watch.look(text)
    return output


def _watched_read(descriptor: int, length: int, /) -> bytes:
    """Does what `os.read` does, which is how terminals are read, and looks at what comes."""
    data = _read(descriptor, length)
    watch.look_on(descriptor, data)
    return data


def look_at_children(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks at all that child processes print from here on: to pipes and to terminals."""
    monkeypatch.setattr("subprocess.Popen.communicate", communicate)
    monkeypatch.setattr("subprocess.Popen.__init__", _watched_init)
    monkeypatch.setattr("os.read", _watched_read)
