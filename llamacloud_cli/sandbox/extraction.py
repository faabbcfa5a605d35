r"""Fills a JSON schema from labels in a text, by rules that can be read in a minute. Nothing is invented.

1. The labels of a property are its name with `_`, `-` and camelCase taken as blanks (`invoice_number` →
   "invoice number") and its `title`. Letter case, runs of blanks and punctuation in the label do not matter.
2. A value follows its label on one line, after `:` or `=` (`Invoice number: 17`), in the second cell of a
   table row of two (`| Total | 12.50 |`), or on the next line where nothing follows the label. First wins.
3. An array of plain values takes the list items under its label, or the value split at `;` or `,`.
   An array of objects takes the rows of the first table whose header names at least one of the properties.
4. An object takes its properties from the same text.
5. The value is turned into the schema's type: numbers lose currency signs and thousands separators
   ("1,250.00 EUR" → 1250.0), booleans are yes/no, true/false or a ticked box, an enum takes the member that
   equals the text but for letter case, `format: date` becomes YYYY-MM-DD where the text names day, month and
   year without doubt. A text that does not fit is no value.
6. Where nothing is found the value is null.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from llamacloud_cli.sandbox.extraction_values import convert
from llamacloud_cli.sandbox.markdown_items import is_table_line, table_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Schema = dict[str, Any]

_MAX_DEPTH = 8
"""Schemas deeper than this (the service takes 7 levels) stay null below it."""
_MAX_PROPERTIES = 5000
"""As many properties as the service takes; those after them stay null, so that a schema that refers to itself
ends."""
_LABELLED = re.compile(r"(?P<label>[^:=|]{1,80}?)\s*[:=]\s*(?P<value>.*)$")
_BULLET = re.compile(r"\s*(?:[-*+•]|\d+[.)])\s+(?P<value>.+)$")
_DECORATION = re.compile(r"[*_`#>]+")


@dataclass(slots=True)
class _Text:
    """One text, looked at once: its labelled lines in order and its tables."""

    lines: list[str]
    labels: dict[str, int] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)
    tables: list[list[list[str]]] = field(default_factory=list)
    budget: int = _MAX_PROPERTIES

    @classmethod
    def of(cls, text: str) -> _Text:
        found = cls([line.strip() for line in text.split("\n")])
        for number, line in enumerate(found.lines):
            if is_table_line(line):
                cells = table_rows([line])
                if cells and len(cells[0]) == 2:  # noqa: PLR2004 - a label and its value
                    found._note(cells[0][0], cells[0][1], number)
            elif match := _LABELLED.match(_DECORATION.sub("", line)):
                bullet = _BULLET.match(match["label"])
                found._note(bullet["value"] if bullet else match["label"], match["value"], number)
        found.tables = list(_tables(found.lines))
        return found

    def _note(self, label: str, value: str, number: int) -> None:
        key = normalise(label)
        if key and key not in self.labels:
            self.labels[key] = number
            self.values[key] = value.strip()


def extract(pages: Sequence[str], schema: Schema, target: str = "per_doc") -> dict[str, Any] | list[dict[str, Any]]:
    """Fills a schema from the markdown of a document's pages.

    Args:
        pages: the markdown of each page.
        schema: a JSON schema of an object.
        target: `per_doc` gives one object, `per_page` one a page, `per_table_row` one for each row of the
            first table whose header names a property.
    """
    if target == "per_page":
        return [_object(_Text.of(page), schema, schema, 0) for page in pages]
    text = _Text.of("\n".join(pages))
    if target == "per_table_row":
        return _rows(text, schema, schema, 0) or []
    return _object(text, schema, schema, 0)


def normalise(label: str) -> str:
    """A label or a property name as it is compared: lower-case words with single blanks between."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", label)
    return " ".join(re.findall(r"[^\W_]+", words.lower()))


def _object(text: _Text, schema: Schema, root: Schema, depth: int) -> dict[str, Any]:
    properties = schema.get("properties")
    if not isinstance(properties, dict):
        return {}
    return {name: _value(text, name, resolve(part, root), root, depth + 1) for name, part in properties.items()}


def _value(text: _Text, name: str, schema: Schema, root: Schema, depth: int) -> Any:
    text.budget -= 1
    if depth > _MAX_DEPTH or text.budget < 0:
        return None
    kind = kind_of(schema)
    if kind == "object":
        filled = _object(text, schema, root, depth)
        return filled if any(value is not None for value in filled.values()) else None
    if kind == "array":
        return _array(text, name, schema, root, depth)
    raw = _find(text, name, schema)
    return None if raw is None else convert(raw, kind, schema)


def _array(text: _Text, name: str, schema: Schema, root: Schema, depth: int) -> list[Any] | None:
    items = resolve(schema.get("items"), root)
    if kind_of(items) == "object":
        return _rows(text, items, root, depth)
    key = _known_label(text, name, schema)
    if key is None:
        return None
    inline = text.values[key]
    raws = re.split(r"[;,]", inline) if inline else list(_bullets(text.lines[text.labels[key] + 1 :]))
    values = [convert(raw.strip(), kind_of(items), items) for raw in raws if raw.strip()]
    return [value for value in values if value is not None] or None


def _rows(text: _Text, schema: Schema, root: Schema, depth: int) -> list[dict[str, Any]] | None:
    properties = schema.get("properties")
    if not isinstance(properties, dict) or depth > _MAX_DEPTH:
        return None
    parts = {name: resolve(part, root) for name, part in properties.items()}
    for header, *rows in text.tables:
        keys = [normalise(cell) for cell in header]
        columns = {
            name: next((keys.index(label) for label in _labels(name, part) if label in keys), None)
            for name, part in parts.items()
        }
        if any(column is not None for column in columns.values()):
            return [{name: _cell(row, columns[name], part) for name, part in parts.items()} for row in rows]
    return None


def _cell(row: list[str], column: int | None, schema: Schema) -> Any:
    if column is None or column >= len(row) or not row[column]:
        return None
    return convert(row[column], kind_of(schema), schema)


def _labels(name: str, schema: Schema) -> list[str]:
    title = schema.get("title")
    labels = [normalise(name)] + ([normalise(title)] if isinstance(title, str) else [])
    return [label for label in labels if label]


def _known_label(text: _Text, name: str, schema: Schema) -> str | None:
    return next((label for label in _labels(name, schema) if label in text.labels), None)


def _find(text: _Text, name: str, schema: Schema) -> str | None:
    key = _known_label(text, name, schema)
    if key is None:
        return None
    if text.values[key]:
        return text.values[key]
    following = text.lines[text.labels[key] + 1 : text.labels[key] + 2]
    if following and following[0] and not _LABELLED.match(following[0]) and not is_table_line(following[0]):
        return _DECORATION.sub("", following[0]).strip()
    return None


def _bullets(lines: list[str]) -> Iterator[str]:
    for line in lines:
        match = _BULLET.match(line)
        if match:
            yield match["value"]
        elif line:
            return


def _tables(lines: list[str]) -> Iterator[list[list[str]]]:
    block: list[str] = []
    for line in [*lines, ""]:
        if is_table_line(line):
            block.append(line)
        elif block:
            rows = table_rows(block)
            if len(rows) > 1:
                yield rows
            block = []


def kind_of(schema: Schema) -> str:
    """The one type that a schema asks for, leaving null aside; `any` where it asks for none."""
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((name for name in kind if name != "null"), None)
    if isinstance(kind, str):
        return kind
    return "object" if "properties" in schema else "any"


def resolve(schema: Any, root: Schema) -> Schema:
    """Follows a local `$ref` and takes the first alternative that is not null; anything else is no schema."""
    for _ in range(_MAX_DEPTH):
        if not isinstance(schema, dict):
            return {}
        reference = schema.get("$ref")
        if isinstance(reference, str) and (reference == "#" or reference.startswith("#/")):
            target: Any = root
            for part in reference.split("/")[1:]:
                target = target.get(part) if isinstance(target, dict) else None
            schema = target
            continue
        options = schema.get("anyOf") or schema.get("oneOf")
        if isinstance(options, list):
            kept = [o for o in options if not (isinstance(o, dict) and o.get("type") == "null")]
            rest = {name: value for name, value in schema.items() if name not in {"anyOf", "oneOf"}}
            schema = {**rest, **kept[0]} if kept and isinstance(kept[0], dict) else {}
            continue
        return schema
    return {}
