"""The program as a real process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.conftest import KEY

ROOT = Path(__file__).parents[1]
PROGRAM = (sys.executable, "-m", "llamacloud_cli")


def environment(url: str, **changes: str | None) -> dict[str, str]:
    """Gives an environment in which the program calls `url`; None takes a variable out."""
    env = {**os.environ, "PYTHONPATH": str(ROOT), "LLAMA_CLOUD_BASE_URL": url, "LLAMA_CLOUD_API_KEY": KEY}
    for name, value in changes.items():
        env.pop(name, None)
        if value is not None:
            env[name] = value
    return env


def finish(*command: str, url: str = "", **changes: str | None) -> subprocess.CompletedProcess[str]:
    """Runs a command to its end, with nothing on standard input."""
    return subprocess.run(
        command,
        env=environment(url, **changes),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        text=True,
        encoding="utf-8",
        timeout=300,
    )


def python(code: str, *, url: str = "") -> subprocess.CompletedProcess[str]:
    """Runs Python code in a fresh interpreter that can import the package."""
    return finish(sys.executable, "-c", code, url=url)
