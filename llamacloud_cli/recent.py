"""The ids that commands met lately, for shell completion: one small file of the user's cache for each service and key.

No file holds a key, or tells one. Its name is a digest of the base URL and the key, cut to 32 bits: too few to find a
key from, or to confirm a guess of one, and enough to keep the few accounts of one user apart. The embedded sandbox
has no account: its folder stands for it.

A file is JSON lines, `[kind, id, text, created, seen]`, and is only ever appended to, each time by a single write, so
that commands that run at the same time do not disturb each other; the last line about an id counts. A file that has
grown is written anew beside itself and renamed. What a command appends in that moment is lost, as is all that cannot
be written: it is a cache.
"""

from __future__ import annotations

import os
import re
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from llamacloud_cli.private import make_private, open_private

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

MOST_OF_A_KIND = 200
"""How many ids of a kind a command notes, and a file keeps."""
KINDS = ("batch", "directory", "configuration")

_RESOURCE = re.compile(
    r"/api/(?:v2/(?P<batch>batches)(?:/[^/]+(?:/cancel)?)?"
    r"|v1/beta/(?:(?P<directory>directories)|(?P<configuration>configurations))(?:/[^/]+)?)"
)
_ID = re.compile(r"[A-Za-z0-9_.:-]{1,100}")  # nothing that a shell or a terminal could take for anything else
_LARGEST_FILE = 256 * 1024  # bytes; past it, a file is written anew
_MOST_READ = 4 * _LARGEST_FILE
_LONGEST_TEXT = 100


class Entry(NamedTuple):
    """One id.

    Attributes:
        kind: one of KINDS.
        id: it holds nothing but letters, digits, `_`, `.`, `:` and `-`.
        text: what a server said of it, as it came: the status of a batch; name and type of others.
        created: when it was made, as the server wrote it, or nothing.
        seen: when a command met it, in seconds since 1970.
    """

    kind: str
    id: str
    text: str
    created: str
    seen: float


class Recent:
    """Notes ids from the API's answers, keeps them, and gives them back. Any number of threads may note.

    Args:
        folder: where the files are.
        service: what tells one service from another, secret or not; only a digest of it is kept.
        now: gives the time in seconds since 1970.
    """

    def __init__(self, folder: Path, service: tuple[str, ...], now: Callable[[], float]) -> None:
        self._path = folder / f"{_digest(service)}.jsonl"
        self._now = now
        self._lock = threading.Lock()
        self._listed: dict[tuple[str, str], Entry] = {}
        self._touched: dict[tuple[str, str], Entry] = {}
        self._marks: dict[str, Entry] = {}
        self._full: set[str] = set()

    def note(self, path: str, value: Any) -> None:
        """Notes the ids of an answer of the API.

        Args:
            path: of the request, below the base URL.
            value: the JSON of the answer.
        """
        if not isinstance(value, dict) or (path in self._full and "id" not in value):
            return
        found = _RESOURCE.fullmatch(path)
        if found is None:
            return
        kind = str(found.lastgroup)
        with self._lock:
            if "id" in value:
                self._touch(kind, value)
            elif isinstance(value.get("items"), list):
                self._list(kind, value["items"], path)

    def mark(self, kind: str) -> None:
        """Notes that the ids of a kind are being asked for now."""
        self._marks[kind] = Entry(kind, "", "", "", self._now())

    def marked(self, kind: str) -> float:
        """Gives when the ids of a kind were last asked for or listed, in seconds since 1970; 0.0 for never."""
        return _marked(self._newest_first(), kind)

    def entries(self, kind: str) -> list[Entry]:
        """Gives the ids of a kind that were saved, those met last first, at most MOST_OF_A_KIND."""
        return _of_kind(self._newest_first(), kind)

    def save(self) -> None:
        """Appends what was noted.

        Raises:
            OSError: it cannot be written.
        """
        with self._lock:
            listed = list(self._listed.values())[::-1]
            listed.sort(key=lambda entry: entry.created)  # the newest is the last line, whatever order lists have
            lines = [_line(entry) for entry in (*self._marks.values(), *listed, *self._touched.values())]
            self._listed, self._touched, self._marks = {}, {}, {}
        if not lines:
            return
        make_private(self._path.parent)
        if _append(self._path, b"\n".join([b"", *lines, b""])) > _LARGEST_FILE:
            self._compact()

    def _touch(self, kind: str, value: Any) -> None:
        for entry in _entries(kind, value, self._now()):
            known = self._touched.pop((entry.kind, entry.id), None)
            self._touched[entry.kind, entry.id] = _fuller(entry, known)

    def _list(self, kind: str, items: list[Any], path: str) -> None:
        room = MOST_OF_A_KIND - sum(1 for one, _ in self._listed if one == kind)
        if len(items) >= room:  # a list of a thousand pages costs no more than that of a few
            self._full.add(path)
        self._marks.setdefault(kind, Entry(kind, "", "", "", self._now()))
        for item in items[:room]:
            for entry in _entries(kind, item, self._now()):
                key = (entry.kind, entry.id)
                self._listed[key] = _fuller(entry, self._listed.get(key))

    def _newest_first(self) -> Iterator[Entry]:
        for line in reversed(_read(self._path).split(b"\n")):
            entry = _parsed(line)
            if entry is not None:
                yield entry

    def _compact(self) -> None:
        entries = list(self._newest_first())
        kept = [Entry(kind, "", "", "", _marked(entries, kind)) for kind in KINDS]
        kept += [entry for kind in KINDS for entry in reversed(_of_kind(entries, kind))]
        beside = self._path.with_suffix(f".{os.getpid()}")
        try:
            _append(beside, b"\n".join([*map(_line, kept), b""]), os.O_EXCL)
            beside.replace(self._path)
        except OSError:
            with suppress(OSError):
                beside.unlink()
            raise


def cache_folder(env: Mapping[str, str]) -> Path:
    """Gives the user's folder for these files, as platformdirs' `user_cache_path` does.

    On Linux it is found here, since platformdirs takes longer to load than all else of this module
    (https://specifications.freedesktop.org/basedir-spec/latest/, which has relative paths ignored). Where the user has
    no home, nothing is kept.
    """
    if sys.platform == "linux" and "ANDROID_DATA" not in env and env.get("HOME", "~"):
        named = Path(env.get("XDG_CACHE_HOME", "").strip())
        home = Path(env.get("HOME") or os.path.expanduser("~"))  # noqa: PTH111 - never raises
        base = named if named.is_absolute() else home / ".cache"
        return (base if base.is_absolute() else Path(os.devnull)) / "llamacloud-prod" / "recent"
    from platformdirs import user_cache_path

    return user_cache_path("llamacloud-prod", appauthor=False) / "recent"


def _digest(service: tuple[str, ...]) -> str:
    import hashlib

    return hashlib.sha256("\0".join(service).encode("utf-8", "surrogateescape")).hexdigest()[:8]


def _entries(kind: str, value: Any, now: float) -> Iterator[Entry]:
    """Gives the ids of one resource: a batch names a directory and a configuration as well."""
    if not isinstance(value, dict):
        return
    if kind == "batch":
        job = value.get("config")
        job = job.get("job") if isinstance(job, dict) else None
        if isinstance(job, dict):
            yield from _entry("configuration", job.get("configuration_id"), [], None, now)
        yield from _entry("directory", value.get("source_directory_id"), [], None, now)
        said = [value.get("status")]
    elif kind == "directory":
        said = [value.get("name"), value.get("type")]
    else:
        parameters = value.get("parameters")
        product = value.get("product_type") or (isinstance(parameters, dict) and parameters.get("product_type"))
        said = [value.get("name"), product]
    yield from _entry(kind, value.get("id"), said, value.get("created_at"), now)


def _entry(kind: str, identifier: Any, said: list[Any], created: Any, now: float) -> Iterator[Entry]:
    if isinstance(identifier, str) and _ID.fullmatch(identifier):
        text = ", ".join(part for part in said if part and isinstance(part, str))[:_LONGEST_TEXT]
        yield Entry(kind, identifier, text, created[:40] if isinstance(created, str) else "", now)


def _marked(newest_first: Iterable[Entry], kind: str) -> float:
    return next((entry.seen for entry in newest_first if entry.kind == kind and not entry.id), 0.0)


def _of_kind(newest_first: Iterable[Entry], kind: str) -> list[Entry]:
    found: dict[str, Entry] = {}
    for entry in newest_first:
        if entry.kind == kind and entry.id:
            found[entry.id] = _fuller(found.setdefault(entry.id, entry), entry)
    return list(found.values())[:MOST_OF_A_KIND]


def _fuller(entry: Entry, older: Entry | None) -> Entry:
    """Gives an entry with what an older one says, where it was met as a part of something else, which says nothing."""
    if entry.text or older is None:
        return entry
    return entry._replace(text=older.text, created=older.created)


def _line(entry: Entry) -> bytes:
    import json

    return json.dumps(entry, separators=(",", ":")).encode("ascii")


def _parsed(line: bytes) -> Entry | None:
    """Reads a line; None for one that was cut short, or that anybody else wrote."""
    import json

    try:
        kind, identifier, text, created, seen = json.loads(line)
        moment = float(seen)
    except (ValueError, TypeError, OverflowError, RecursionError):
        return None
    texts = (kind, identifier, text, created)
    if not all(isinstance(one, str) for one in texts) or not isinstance(seen, (int, float)):
        return None
    return Entry(*texts, moment) if not identifier or _ID.fullmatch(identifier) else None


def _append(path: Path, data: bytes, flags: int = 0) -> int:
    """Appends by a single write, and gives the size of the file then."""
    descriptor = open_private(path, flags | os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    try:
        os.write(descriptor, data)
        return os.fstat(descriptor).st_size
    finally:
        os.close(descriptor)


def _read(path: Path) -> bytes:
    """Gives the end of a file, or nothing where it cannot be read."""
    try:
        descriptor = open_private(path, os.O_RDONLY)
    except OSError:
        return b""
    with open(descriptor, "rb") as file:  # noqa: PTH123 - a descriptor is no path
        with suppress(OSError):
            file.seek(-_MOST_READ, os.SEEK_END)
        try:
            return file.read(_MOST_READ)
        except OSError:
            return b""
