"""The sandbox in a process of its own, which counts its requests: `python serve.py FOLDER SPEED`.

Prints the base URL and the key on one line, serves until SIGTERM, and then prints how many requests it answered.
"""

from __future__ import annotations

import json
import sys
import threading
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from llamacloud_cli.sandbox import Sandbox, SandboxOptions

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


class Counting:
    """A WSGI application that counts what another one answers, by method and status."""

    def __init__(self, app: WSGIApplication) -> None:
        self.counts: Counter[str] = Counter()
        self._app = app
        self._lock = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def note(status: str, *rest: object) -> object:
            with self._lock:
                self.counts[f"{environ['REQUEST_METHOD']} {status[:3]}"] += 1
            return start_response(status, *rest)  # type: ignore[arg-type] # headers and error, as they came

        return self._app(environ, note)  # type: ignore[arg-type] # the same signature in effect


def main() -> None:
    """Serves."""
    sandbox = Sandbox(SandboxOptions(data=Path(sys.argv[1]), speed=float(sys.argv[2])))
    sandbox.app = counting = Counting(sandbox.app)  # type: ignore[assignment] # a WSGI application as well
    sandbox.serve_forever(lambda ready: print(ready.base_url, ready.api_key, flush=True))
    print(json.dumps(counting.counts), flush=True)


if __name__ == "__main__":
    main()
