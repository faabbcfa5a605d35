"""What a misspelt word may have meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def nearest(word: str, candidates: Iterable[str], *, count: int = 1, alike: float = 0.6) -> list[str]:
    """Gives the candidates that are spelt most like a word, in any case.

    Args:
        word: what was written.
        candidates: what there is.
        count: how many to give at most.
        alike: difflib's ratio from which two words count as spelt alike.
    """
    from difflib import get_close_matches

    spelt = {candidate.lower(): candidate for candidate in candidates}
    return [spelt[one] for one in get_close_matches(word.lower(), list(spelt), n=count, cutoff=alike)]


def did_you_mean(found: Sequence[str]) -> str:
    """Gives `; did you mean this or that?` to be put behind a message, or nothing where nothing was found."""
    return f"; did you mean {' or '.join(found)}?" if found else ""
