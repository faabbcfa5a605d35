"""Writes into pages what their commands print now: `python -m tests.docs.fill [PAGE…]`.

What a page shows stays where it is still true, so `…` stays as well. Read the difference before you keep it: this makes
pages agree with the tool, not the tool with what was meant.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.docs.matching import Binding
from tests.docs.pages import read_page
from tests.docs.terminal import Terminal


def fill(path: Path) -> bool:
    """Writes one page anew where the terminal differs; gives whether it did."""
    page = read_page(path)
    before = path.read_text(encoding="utf-8")
    lines = before.split("\n")
    replaced = []
    binding = Binding()
    with tempfile.TemporaryDirectory() as folder, Terminal(Path(folder), sandbox=page.sandbox) as terminal:
        for exchange in page.exchanges:
            shown = terminal.run(binding.translate(exchange.command))
            if not binding.matches(exchange.output, shown.text):
                replaced.append((exchange, shown.text))
    for exchange, text in reversed(replaced):
        start = exchange.line - 1 + exchange.source.count("\n") + 1
        end = start + (exchange.output.count("\n") + 1 if exchange.output else 0)
        output = text.split("\n") if text else []
        lines[start:end] = [f"{exchange.indentation}{line}".rstrip() for line in output]
    after = "\n".join(lines)
    path.write_text(after, encoding="utf-8")
    return after != before


if __name__ == "__main__":
    root = Path(__file__).parents[2]
    chosen = [Path(name) for name in sys.argv[1:]] or [root / "README.md", *sorted((root / "docs").rglob("*.md"))]
    for one in chosen:
        if read_page(one).exchanges and fill(one):
            print(f"wrote: {one}", file=sys.stderr)
