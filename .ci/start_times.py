"""Prints how long the single file takes to start, beside the same wheel installed by pip.

Usage: start_times.py SINGLE_FILE INSTALLED CACHE. The first start unpacks into CACHE, which is emptied before it.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from statistics import median

ROUNDS = 9


def seconds(*argv: str) -> float:
    """Gives the wall time of one run, in seconds."""
    begin = time.perf_counter()
    subprocess.run(argv, check=True, capture_output=True)  # noqa: S603 - the two programs under test
    return time.perf_counter() - begin


def main() -> None:
    """Prints one line; the two take turns, so that a busy machine slows both."""
    single, installed, cache = sys.argv[1:]
    shutil.rmtree(cache, ignore_errors=True)
    first = seconds(sys.executable, single, "--version")
    pairs = [
        (seconds(sys.executable, single, "batches", "--help"), seconds(installed, "batches", "--help"))
        for _ in range(ROUNDS)
    ]
    one, other = (median(column) for column in zip(*pairs, strict=True))
    print(
        f"packages: single file: first start {first:.1f} s (unpacks itself), `batches --help` {one:.2f} s beside "
        f"{other:.2f} s of the wheel: {median(a / b for a, b in pairs):.2f} times as long"
    )


if __name__ == "__main__":
    main()
