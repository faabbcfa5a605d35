"""`--transform`: what a GJSON path finds in a document."""

from __future__ import annotations

from llamacloud_cli.errors import TransformError
from llamacloud_cli.jsontext import Document
from llamacloud_cli.output.gjson import get

_LONGEST_SHOWN = 60  # characters


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

    @property
    def is_string(self) -> bool:
        """Whether a JSON string was found."""
        return self.raw.startswith('"')

    def document(self) -> Document:
        """Gives what was found as a document.

        Raises:
            TransformError: it is no JSON, as a literal in a path (`!{`) may be.
        """
        try:
            return Document(self.raw.encode("utf-8", "surrogatepass"))
        except ValueError:
            shown = repr(self.raw if len(self.raw) <= _LONGEST_SHOWN else f"{self.raw[:_LONGEST_SHOWN]}…")
            raise TransformError(f"--transform: the path gives {shown}, which is no JSON") from None


def transform(document: Document, path: str) -> Found | None:
    """Gives what a GJSON path finds, or None."""
    result = get(document.source().decode("utf-8"), path)
    return Found(result.raw, result.string) if result.exists else None
