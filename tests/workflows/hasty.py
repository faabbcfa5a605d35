"""The tool as a process of its own whose pauses are a hundredth of what it asks for: `python hasty.py ARGUMENT…`."""

from __future__ import annotations

import sys
import time

from llamacloud_cli.__main__ import end_process
from llamacloud_cli.context import Context
from llamacloud_cli.main import main

if __name__ == "__main__":
    end_process(main(sys.argv[1:], Context(sleep=lambda seconds: time.sleep(seconds / 100))))
