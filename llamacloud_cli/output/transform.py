"""`--transform`: what a GJSON path finds in a document."""

from __future__ import annotations

from llamacloud_cli.jsontext import Document
from llamacloud_cli.output.gjson import get


class Found:
    """What a path found.

    Attributes:
        raw: its JSON text.
        string: a string without its quotes, anything else as `raw`.
    """

    __slots__ = ("raw", "string")

    def __init__(self, raw: str, string: str) -> None:
        self.raw = raw
        self.string = string

    def document(self) -> Document:
        """Gives what was found as a document."""
        return Document(self.raw.encode("utf-8", "surrogatepass"))


def transform(document: Document, path: str) -> Found | None:
    """Gives what a GJSON path finds, or None."""
    result = get(document.source().decode("utf-8"), path)
    return Found(result.raw, result.string) if result.exists else None
