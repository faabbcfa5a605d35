"""Colours for JSON on a terminal."""

from __future__ import annotations

from rich.highlighter import JSONHighlighter
from rich.text import Text

from llamacloud_cli.output.drawing import Look, draw

_LOOK = Look(width=None, color=True, now=0.0)


def colored_json(text: str) -> str:
    """Gives a JSON text with colours; without them it is the same text."""
    highlighted = Text(text)
    JSONHighlighter().highlight(highlighted)
    return draw(highlighted, _LOOK).removesuffix("\n")
