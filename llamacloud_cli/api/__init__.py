"""The thin HTTP layer: requests in, answers or errors out. It knows no flags and prints nothing."""

from __future__ import annotations

import sys
from importlib import import_module

_UNUSED = ("anyio", "click")
"""What httpcore and httpx import where it is there: for asynchronous calls, and for a command line of their own."""


def _import_httpx() -> None:
    """Imports httpx without what is not used of it, which takes longer than the rest of a short command."""
    if "httpx" in sys.modules:
        return
    hidden = [name for name in _UNUSED if name not in sys.modules]
    for name in hidden:
        sys.modules[name] = None  # type: ignore[assignment] # makes its import fail, which both expect
    try:
        import_module("httpcore")
        import_module("httpx")
    finally:
        for name in hidden:
            del sys.modules[name]


_import_httpx()
