"""A service that answers every route that the client calls, one of them not as it should."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from tests.servers import Reply

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hypothesis.strategies import SearchStrategy

    from tests.servers import Seen

BODIES: dict[str, dict[str, Any]] = json.loads(Path(__file__).with_name("bodies.json").read_text(encoding="utf-8"))
BATCH: str = BODIES["get batch"]["body"]["id"]
"""The id of the batch that all bodies are of."""

_ONE = "[^/]+"
ROUTES = {
    "create batch": ("POST", "/api/v2/batches"),
    "list batches": ("GET", "/api/v2/batches"),
    "get batch": ("GET", f"/api/v2/batches/{_ONE}"),
    "cancel batch": ("POST", f"/api/v2/batches/{_ONE}/cancel"),
    "create directory": ("POST", "/api/v1/beta/directories"),
    "list directories": ("GET", "/api/v1/beta/directories"),
    "upload file": ("POST", f"/api/v1/beta/directories/{_ONE}/files/upload"),
    "list files": ("GET", f"/api/v1/beta/directories/{_ONE}/files"),
    "list parse jobs": ("GET", "/api/v2/parse"),
    "get parse job": ("GET", f"/api/v2/parse/{_ONE}"),
    "list extract jobs": ("GET", "/api/v2/extract"),
    "get extract job": ("GET", f"/api/v2/extract/{_ONE}"),
    "create configuration": ("POST", "/api/v1/beta/configurations"),
    "list configurations": ("GET", "/api/v1/beta/configurations"),
    "get configuration": ("GET", f"/api/v1/beta/configurations/{_ONE}"),
    "list projects": ("GET", "/api/v1/projects"),
    "list projects v2": ("GET", "/api/v2/projects"),
    "file content": ("GET", f"/api/v1/beta/files/{_ONE}/content"),
    "download": ("GET", "/m"),
}

# Numbers that Python's json does not write stand as texts, which `to_json` turns into the numbers.
_LITERALS = {"@1e999": "1e999", "@-1e999": "-1e999", "@big": "9" * 400, "@long": "1" + "0" * 5000, "@1.10": "1.10"}


def to_json(value: Any) -> bytes:
    """Gives the JSON of a value, lone surrogates as escapes."""
    text = json.dumps(value)
    for name, literal in _LITERALS.items():
        text = text.replace(f'"{name}"', literal)
    return text.encode()


def _deep(levels: int) -> Any:
    value: Any = []
    for _ in range(levels):
        value = [value]
    return value


MISSING = object()
REPLACEMENTS: tuple[Any, ...] = (
    MISSING,
    None,
    True,
    False,
    0,
    -1,
    1.5,
    2**70,
    *_LITERALS,
    "",
    "x",
    "..",
    "PENDING",
    "COMPLETED",
    "FAILED",
    "parse_v2",
    "extract_v2",
    "é\u202e\x1b[31m\x00\n",
    "\ud800",
    "/" * 300,
    "long" * 20_000,
    "2026-02-30T00:00:00Z",
    "0001-01-01T00:00:00+23:59",
    "http://[",
    [],
    {},
    [None],
    [[]],
    [{}],
    ["a", 1, None, {}],
    {"": None},
    {"id": "\udfff"},
    {"id": {}, "status": [], "items": 1, "type": []},
    _deep(300),
    _deep(1500),
)


_DEEPEST_PLACE = 12


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Gives the path of everything within a JSON value that is not nested too deeply to be written, itself first."""
    yield path
    if len(path) >= _DEEPEST_PLACE:
        return
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield from places(one, (*path, key))


def replaced(value: Any, path: tuple[Any, ...], replacement: Any) -> Any:
    """Gives a JSON value with something else at a place, or nothing."""
    if not path:
        return None if replacement is MISSING else replacement
    key, *rest = path
    copy = dict(value) if isinstance(value, dict) else list(value)
    if rest:
        copy[key] = replaced(value[key], tuple(rest), replacement)
    elif replacement is MISSING:
        del copy[key]
    else:
        copy[key] = replacement
    return copy


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(), max_size=20)
    | st.sampled_from(list(_LITERALS)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
"""Any JSON value, lone surrogates and numbers past every range among it."""


@st.composite
def bodies(draw: Any, route: str) -> bytes:
    """Gives the body of a route's answer with one to three places changed."""
    value = BODIES[route]["body"]
    for _ in range(draw(st.sampled_from((1, 1, 1, 2, 3)))):
        path = draw(st.sampled_from(list(places(value))))
        value = replaced(value, path, draw(st.sampled_from(REPLACEMENTS) | JSON))
    return to_json(value)


@st.composite
def broken_texts(draw: Any, route: str) -> bytes:
    """Gives the bytes of a route's answer, cut, doubled, or with some bytes changed."""
    text = to_json(BODIES[route]["body"])
    start, end = sorted(draw(st.tuples(st.integers(0, len(text)), st.integers(0, len(text)))))
    filling = draw(
        st.binary(max_size=8) | st.sampled_from([b"", b"\x00", b"\xff", b"\xef\xbb\xbf", b"{" * 2000, b"[" * 200_000])
    )
    return bytes(text[:start] + filling + text[end:])


HEADERS = st.dictionaries(
    st.sampled_from(
        ["retry-after", "retry-after-ms", "x-should-retry", "content-type", "date", "x-request-id", "location"]
    ),
    st.sampled_from(
        ["", "0", "-1", "9" * 400, "1e9", "false", "true", "text/html", "Mon, 99 Foo", "\xff\xfe", "http://["]
    )
    | st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=20),
    max_size=3,
)


def _reply(status: int, body: bytes, headers: dict[str, str]) -> Reply:
    return Reply(status, body, headers)


def replies(route: str) -> SearchStrategy[Reply]:
    """Gives answers of a route as a server should never give them."""
    if route == "download":
        return st.builds(_reply, st.sampled_from([200, 206, 301, 404, 500]), st.binary(max_size=50), HEADERS)
    status = BODIES[route]["status"]
    changed = bodies(route)
    return st.one_of(
        changed.map(lambda body: Reply(status, body)),
        changed.map(lambda body: Reply(status, body)),
        changed.map(lambda body: Reply(status, body)),
        st.builds(_reply, st.just(status), broken_texts(route), HEADERS),
        st.builds(_reply, st.sampled_from([*range(200, 230), *range(300, 310), *range(400, 600, 7)]), changed, HEADERS),
        st.builds(_reply, st.integers(400, 599), JSON.map(lambda value: to_json({"detail": value})), HEADERS),
        st.builds(
            _reply, st.just(status), st.binary(max_size=60).map(gzip.compress), st.just({"content-encoding": "gzip"})
        ),
    )


class Service:
    """A script for a ScriptedServer.

    Args:
        product: what batches run, `parse_v2` or `extract_v2`.
        large: whether a parse job's answer is larger than the client takes, so that it must be downloaded.

    Attributes:
        wrong: the route that is answered with `reply`, or None.
        called: the routes that were called.
    """

    def __init__(self, product: str = "parse_v2", *, large: bool = False) -> None:
        self.product = product
        self.large = large
        self.wrong: str | None = None
        self.reply = Reply()
        self.called: dict[str, int] = {}

    def __call__(self, seen: Seen) -> Reply:
        route = route_of(seen)
        self.called[route] = self.called.get(route, 0) + 1
        if route == self.wrong:
            return self.reply
        if route == "download":
            return Reply(200, b"# downloaded")
        if route == "get parse job" and self.large and "_content_metadata" not in seen.target:
            return Reply(200, _BOMB, {"content-encoding": "gzip"})
        text = to_json(BODIES[route]["body"]).replace(b"http://127.0.0.1/", f"http://{seen.headers['host']}/".encode())
        if route == "get batch":  # whichever is asked for
            text = text.replace(BATCH.encode(), seen.path.rpartition("/")[2].encode())
        if self.product == "extract_v2":
            text = text.replace(b'"parse_v2"', b'"extract_v2"').replace(b'"pjb-', b'"ext-')
        return Reply(BODIES[route]["status"], text)


_BOMB = gzip.compress(b" " * (65 * 1024 * 1024), compresslevel=1)


def route_of(seen: Seen) -> str:
    """Gives the name of the route that a request is for."""
    for name, (method, pattern) in ROUTES.items():
        if seen.method == method and re.fullmatch(pattern, seen.path):
            return name
    raise AssertionError(f"a route that the fuzzing does not know: {seen.method} {seen.path}")
