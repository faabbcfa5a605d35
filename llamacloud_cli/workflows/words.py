"""Numbers of things in words."""

from __future__ import annotations


def counted(number: int, one: str, several: str = "") -> str:
    """Gives a number and what it counts: `1 file`, `2,000 files`.

    Args:
        number: how many.
        one: what one is called.
        several: what others are called, where that is not `one` and an s.
    """
    return f"{number:,} {one if number == 1 else several or one + 's'}"
