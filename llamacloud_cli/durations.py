"""Lengths of time as people write them: 90s, 10m, 2h, 1h30m."""

from __future__ import annotations

import re

from llamacloud_cli.errors import UsageError

LONGEST_SECONDS = 30 * 86400.0
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)", re.ASCII)
_NUMBER = re.compile(r"\d+(?:\.\d+)?", re.ASCII)


def read_duration(text: str, *, where: str) -> float:
    """Gives a duration in seconds. A number without a unit is seconds.

    Args:
        text: such as `90s`, `10m`, `2h`, `1h30m`, `500ms` or `45`.
        where: the flag, for the message.

    Raises:
        UsageError: it is none, is not above zero, or is longer than 30 days.
    """
    compact = text.strip().lower()
    if _NUMBER.fullmatch(compact):
        seconds = float(compact)
    else:
        parts = list(_PART.finditer(compact))
        if not parts or "".join(part[0] for part in parts) != compact:
            raise UsageError(f"{where}: {text!r} is no duration", hint="write it like 90s, 10m or 2h")
        seconds = sum(float(part[1]) * _UNITS[part[2]] for part in parts)
    if not 0 < seconds <= LONGEST_SECONDS:
        raise UsageError(f"{where}: {text!r} is not between 0 and 30 days", hint="write it like 90s, 10m or 2h")
    return seconds


def show_duration(seconds: float) -> str:
    """Gives a duration in a form for people: `7s`, `2m05s`, `1h02m`."""
    whole = int(seconds)
    if whole < 60:  # noqa: PLR2004
        return f"{whole}s"
    if whole < 3600:  # noqa: PLR2004
        return f"{whole // 60}m{whole % 60:02d}s"
    return f"{whole // 3600}h{whole % 3600 // 60:02d}m"
