"""Which statuses of a batch end it. Any other, an unknown one as well, counts as going on."""

from __future__ import annotations

TERMINAL = frozenset({"COMPLETED", "FAILED", "CANCELLED"})
