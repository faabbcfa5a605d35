"""A page's markdown as the items that `expand=items` shows: headings, lists, tables, code and text."""

from __future__ import annotations

import csv
import html
import io
import re
from typing import Any

_HEADING = re.compile(r"(#{1,6}) +(.*?)\s*#*$")
_LIST_ITEM = re.compile(r"\s*(?:([-*+])|(\d+)[.)])\s+(.*)")
_RULE_ROW = re.compile(r"\|?(\s*:?-{2,}:?\s*\|)+\s*(:?-{2,}:?)?\s*$")
_FENCE = "```"

Item = dict[str, Any]


def markdown_items(markdown: str) -> list[Item]:
    """The blocks of a markdown text, in order. Each has `type` and `md`; nothing gets a bounding box."""
    lines = markdown.split("\n")
    items: list[Item] = []
    start = 0
    while start < len(lines):
        if not lines[start].strip():
            start += 1
            continue
        end = _block_end(lines, start)
        items.append(_item(lines[start:end]))
        start = end
    return items


def table_rows(lines: list[str]) -> list[list[str]]:
    """The cells of a markdown table's lines, without the rule under its header."""
    return [_cells(line) for line in lines if not _RULE_ROW.match(line.strip())]


def is_table_line(line: str) -> bool:
    """Whether a line can be a row of a markdown table."""
    return line.lstrip().startswith("|")


def _kind(line: str) -> str:
    if line.startswith(_FENCE):
        return "code"
    if _HEADING.match(line):
        return "heading"
    if is_table_line(line):
        return "table"
    return "list" if _LIST_ITEM.match(line) else "text"


def _block_end(lines: list[str], start: int) -> int:
    kind = _kind(lines[start])
    end = start + 1
    if kind == "heading":
        return end
    if kind == "code":
        while end < len(lines) and not lines[end].startswith(_FENCE):
            end += 1
        return min(end + 1, len(lines))
    while end < len(lines) and lines[end].strip() and _kind(lines[end]) == kind:
        end += 1
    return end


def _item(lines: list[str]) -> Item:
    kind = _kind(lines[0])
    md = "\n".join(lines)
    item: Item = {"type": kind, "md": md, "bbox": None}
    if kind == "heading":
        match = _HEADING.match(lines[0])
        if match:
            item |= {"level": len(match[1]), "value": match[2]}
    elif kind == "code":
        body = lines[1:-1] if len(lines) > 1 and lines[-1].startswith(_FENCE) else lines[1:]
        item |= {"value": "\n".join(body), "language": lines[0].removeprefix(_FENCE).strip() or None}
    elif kind == "table":
        item |= _table(table_rows(lines))
    elif kind == "list":
        item |= _list(lines)
    else:
        item["value"] = "\n".join(line.rstrip() for line in lines)
    return item


def _table(rows: list[list[str]]) -> Item:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    body = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return {
        "rows": rows,
        "csv": out.getvalue(),
        "html": f"<table>{body}</table>",
        "merged_from_pages": None,
        "merged_into_page": None,
        "parse_concerns": None,
    }


def _list(lines: list[str]) -> Item:
    matches = [_LIST_ITEM.match(line) for line in lines]
    items = [
        {"type": "text", "value": match[3], "md": line, "bbox": None}
        for line, match in zip(lines, matches, strict=True)
        if match
    ]
    return {"ordered": bool(matches[0] and matches[0][2]), "items": items}


def _cells(line: str) -> list[str]:
    inner = line.strip().removeprefix("|").removesuffix("|")
    return [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", inner)]
