"""Whether to colour."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def wants_color(choice: str, env: Mapping[str, str], *, is_terminal: bool) -> bool:
    """Tells whether to colour: `--color` > NO_COLOR (not empty) > FORCE_COLOR > TERM=dumb > is it a terminal."""
    if choice != "auto":
        return choice == "always"
    if env.get("NO_COLOR"):
        return False
    if env.get("FORCE_COLOR"):
        return env["FORCE_COLOR"] != "0"
    return is_terminal and env.get("TERM") != "dumb"
