"""The thin HTTP layer: requests in, answers or errors out. It knows no flags and prints nothing."""

from __future__ import annotations

import sys


def _import_httpcore() -> None:
    """Imports httpcore without anyio, which it uses for asynchronous calls alone (a tenth of a short command)."""
    if "httpcore" in sys.modules or "anyio" in sys.modules:
        return
    sys.modules["anyio"] = None  # type: ignore[assignment] # makes `import anyio` fail, which httpcore expects
    try:
        import httpcore  # noqa: F401 - for its effect on sys.modules
    finally:
        del sys.modules["anyio"]


_import_httpcore()
