"""Colours for JSON on a terminal."""

from __future__ import annotations

from rich.highlighter import JSONHighlighter
from rich.text import Span, Text

from llamacloud_cli.output.drawing import Look, draw

_LOOK = Look(width=None, color=True, now=0.0)
# In place of Rich's own styles: blue is not to be read on black, nor bright green on white.
_STYLES = {
    "json.key": "cyan",
    "json.str": "green",
    "json.bool_true": "magenta",
    "json.bool_false": "magenta",
    "json.null": "magenta",
}


def colored_json(text: str) -> str:
    """Gives a JSON text with colours; without them it is the same text."""
    highlighted = Text(text)
    JSONHighlighter().highlight(highlighted)
    found = [(span, _STYLES.get(str(span.style))) for span in highlighted.spans]
    spans = [Span(span.start, span.end, style) for span, style in found if style]
    return draw(Text(text, spans=spans), _LOOK).removesuffix("\n")
