"""Numbers of bytes as people read them."""

from __future__ import annotations


def show_size(count: float) -> str:
    """Gives a number of bytes in a form for people: `17 B`, `3 KiB`, `500 MiB`, `1.5 GiB`."""
    for unit in ("B", "KiB", "MiB"):
        if count < 1023.5:  # noqa: PLR2004 - what is not rounded up to 1024
            return f"{count:.0f} {unit}"
        count /= 1024
    return f"{count:.1f} GiB"
