"""Times as the API writes them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from llamacloud_cli.jsontext import Number


def moment_of(value: Any) -> datetime | None:
    """Gives the time that a text names, or None. A time without a zone is the server's, and so in UTC."""
    if not isinstance(value, str) or isinstance(value, Number):
        return None
    try:
        moment = datetime.fromisoformat(value)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        moment.astimezone().timestamp()
    except (ValueError, OverflowError, OSError):  # no time, or one that the platform's calendar does not hold
        return None
    return moment
