"""Times as the store keeps them: whole microseconds since the epoch, and as the API writes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

SECOND = 1_000_000
"""Microseconds."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_text(microseconds: int) -> str:
    """The API's form, as in `2026-11-24T17:00:00.123456Z`."""
    moment = _EPOCH + timedelta(microseconds=microseconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def to_text_or_none(microseconds: int | None) -> str | None:
    """Like `to_text`; None stays None."""
    return None if microseconds is None else to_text(microseconds)


def from_datetime(moment: datetime) -> int:
    """Microseconds since the epoch; a time without a zone is taken as UTC."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (aware - _EPOCH) // timedelta(microseconds=1)
