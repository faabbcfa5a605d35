"""How files are opened that somebody else may be changing."""

from __future__ import annotations

import os

READ_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
"""For `os.open`: a symbolic link that took the place of a file is refused, and a pipe does not hold the run."""
