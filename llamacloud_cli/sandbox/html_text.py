"""HTML reduced to its text: once as markdown, once plain. Scripts, styles and the head are left out."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_SKIPPED = frozenset({"script", "style", "head", "template", "noscript", "svg"})
_HEADINGS = {f"h{level}": "#" * level for level in range(1, 7)}
# fmt: off
_BLOCKS = frozenset({
    "p", "div", "section", "article", "header", "footer", "main", "address", "ul", "ol",
    "table", "body", "form", "blockquote", "dl", "dt", "dd", "figure", "figcaption", "nav",
    "aside", "pre", "fieldset",
})
# fmt: on


class _Blocks(HTMLParser):
    """Collects blocks: (markdown, text) of a paragraph, a heading, a list item or a table row."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[tuple[str, str]] = []
        self._inline: list[str] = []
        self._prefix = ""
        self._skip_depth = 0
        self._lists: list[int | None] = []
        self._row: list[str] | None = None
        self._rows_seen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - the base class has it
        if tag in _SKIPPED:
            self._skip_depth += 1
        elif tag == "br":
            self._inline.append("\n")
        elif tag in _HEADINGS:
            self.end_block()
            self._prefix = f"{_HEADINGS[tag]} "
        elif tag == "li":
            self.end_block()
            self._prefix = self._item_prefix()
        elif tag == "tr":
            self.end_block()
            self._row = []
        elif tag in {"td", "th"}:
            self._inline.clear()
        elif tag in _BLOCKS and self._row is None:
            self.end_block()
            if tag == "table":
                self._rows_seen = 0
            elif tag in {"ul", "ol"}:
                self._lists.append(1 if tag == "ol" else None)

    def handle_endtag(self, tag: str) -> None:
        if tag in _SKIPPED:
            self._skip_depth = max(0, self._skip_depth - 1)
        elif tag in {"td", "th"} and self._row is not None:
            self._row.append(_squeeze("".join(self._inline)).replace("\n", " "))
            self._inline.clear()
        elif tag == "tr" and self._row is not None:
            self._end_row(self._row)
            self._row = None
        elif (tag in _BLOCKS or tag in _HEADINGS or tag == "li") and self._row is None:
            self.end_block()
            if tag in {"ul", "ol"} and self._lists:
                self._lists.pop()

    def handle_data(self, data: str) -> None:
        if not self._skip_depth:
            self._inline.append(data.replace("\n", " "))

    def end_block(self) -> None:
        """Ends the paragraph, heading or item that text was collected for."""
        text = _squeeze("".join(self._inline))
        self._inline.clear()
        if text:
            self.blocks.append((self._prefix + text.replace("\n", "  \n"), text))
        self._prefix = ""

    def _item_prefix(self) -> str:
        indent = "  " * max(0, len(self._lists) - 1)
        number = self._lists[-1] if self._lists else None
        if number is None:
            return f"{indent}- "
        self._lists[-1] = number + 1
        return f"{indent}{number}. "

    def _end_row(self, cells: list[str]) -> None:
        if not cells:
            return
        escaped = [cell.replace("|", "\\|") for cell in cells]
        markdown = f"| {' | '.join(escaped)} |"
        if self._rows_seen == 0:
            markdown += f"\n|{' --- |' * len(cells)}"
        self._rows_seen += 1
        self.blocks.append((markdown, "\t".join(cells)))


def html_to_markdown_and_text(source: str) -> tuple[str, str]:
    """The text of an HTML page as markdown and as plain text; neither fails on broken HTML."""
    parser = _Blocks()
    parser.feed(source)
    parser.close()
    parser.end_block()
    markdown = ""
    for block, _ in parser.blocks:
        tight = block.startswith("| ") and markdown.rstrip().endswith("|")
        tight = tight or (_is_item(block) and _is_item(markdown.rpartition("\n")[2]))
        markdown += ("\n" if tight else "\n\n") + block
    return markdown.strip("\n"), "\n".join(text for _, text in parser.blocks)


def _is_item(line: str) -> bool:
    return re.match(r"\s*(?:-|\d+\.) ", line) is not None


def _squeeze(text: str) -> str:
    lines = (re.sub(r"[ \t\r\f\v\u00a0]+", " ", line).strip() for line in text.split("\n"))
    return "\n".join(lines).strip()
