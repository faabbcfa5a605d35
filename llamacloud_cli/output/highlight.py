"""Colours for JSON on a terminal."""

from __future__ import annotations

import io

from rich.console import Console
from rich.highlighter import JSONHighlighter
from rich.text import Text

from llamacloud_cli.output.table import UNLIMITED_WIDTH


def colored_json(text: str) -> str:
    """Gives a JSON text with colours; without them it is the same text."""
    stream = io.StringIO()
    console = Console(
        file=stream, width=UNLIMITED_WIDTH, force_terminal=True, color_system="standard", legacy_windows=False
    )
    highlighted = Text(text)
    JSONHighlighter().highlight(highlighted)
    console.print(highlighted, soft_wrap=True, end="")
    return stream.getvalue()
