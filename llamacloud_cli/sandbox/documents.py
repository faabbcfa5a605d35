"""A file becomes pages of text and markdown, or a reason why it cannot be read.

Only what stands in the file is given back: there is no OCR, so a scanned PDF has empty pages, and a file of
a kind that is not listed in `READERS` cannot be read.
"""

from __future__ import annotations

import codecs
import csv
import io
import threading
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from llamacloud_cli.sandbox.html_text import html_to_markdown_and_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_HEADING_RATIO = 1.15
"""A PDF line this much larger than the page's most common size is a heading."""
_HEADING_LEVELS = 3
_PDFIUM_LOCK = threading.Lock()
"""PDFium may be used by one thread at a time."""


class UnreadableDocumentError(Exception):
    """A file whose text cannot be had; the message says why, for the job's `error_message`."""


@dataclass(frozen=True, slots=True)
class DocumentPage:
    """One page.

    Attributes:
        text: its text.
        markdown: its text as markdown.
        width: points (1/72 inch); 0 where the file has no pages of a size.
        height: as `width`.
    """

    text: str
    markdown: str
    width: float = 0.0
    height: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """The page as plain JSON values."""
        return asdict(self)


def read_document(path: Path, name: str, *, limit: int) -> list[DocumentPage]:
    """Reads a file.

    Args:
        path: where the content is.
        name: the file's name; its extension says what the file is, unless the content is a PDF.
        limit: largest size in bytes that is read.

    Returns:
        At least one page.

    Raises:
        UnreadableDocumentError: it is missing, too large, of an unknown kind, or broken.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            is_pdf = file.read(5) == b"%PDF-"
    except FileNotFoundError:
        raise UnreadableDocumentError("Source file not found in storage") from None
    if size == 0:
        raise UnreadableDocumentError("The file is empty")
    if size > limit:
        raise UnreadableDocumentError(f"The file has {size} bytes; the sandbox reads files up to {limit} bytes")
    extension = "pdf" if is_pdf else file_type(name)
    reader = READERS.get(extension or "")
    if reader is None:
        kind = f"of type '.{extension}'" if extension else "without an extension"
        raise UnreadableDocumentError(f"The sandbox cannot read files {kind}")
    return reader(path)


def file_type(name: str) -> str | None:
    """A file name's extension in lower case without the dot, or None."""
    stem, dot, extension = name.rpartition(".")
    return extension.lower() if dot and stem and extension else None


def _read_pdf(path: Path) -> list[DocumentPage]:
    import pypdfium2  # type: ignore[import-untyped]

    with _PDFIUM_LOCK:
        try:
            document = pypdfium2.PdfDocument(path)
        except pypdfium2.PdfiumError as error:
            raise UnreadableDocumentError(f"The PDF cannot be opened: {error}") from error
        try:
            pages = [_read_pdf_page(document[index]) for index in range(len(document))]
        except pypdfium2.PdfiumError as error:
            raise UnreadableDocumentError(f"The PDF cannot be read: {error}") from error
        finally:
            document.close()
    if not pages:
        raise UnreadableDocumentError("The PDF has no pages")
    return pages


def _read_pdf_page(page: Any) -> DocumentPage:
    from pypdfium2 import raw

    width, height = page.get_size()
    text_page = page.get_textpage()
    lines: list[tuple[str, float]] = []
    characters: list[str] = []
    size = 0.0
    for index in range(raw.FPDFText_CountChars(text_page)):
        character = chr(raw.FPDFText_GetUnicode(text_page, index))
        if character == "\n":
            lines.append(("".join(characters).rstrip(), size))
            characters, size = [], 0.0
        elif character not in "\r\0":
            characters.append("-" if character == "\x02" else character)  # \x02: a hyphen at a line's end
            if not size and not character.isspace():
                size = raw.FPDFText_GetFontSize(text_page, index)  # of a line's first letter: one call a line
    lines.append(("".join(characters).rstrip(), size))
    text_page.close()
    page.close()
    text = _clean("\n".join(line for line, _ in lines).strip("\n"))
    return DocumentPage(text, _clean(_pdf_markdown(lines)), width, height)


def _pdf_markdown(lines: list[tuple[str, float]]) -> str:
    weights: dict[float, int] = {}
    for line, size in lines:
        weights[round(size, 1)] = weights.get(round(size, 1), 0) + len(line)
    body = max(weights, key=lambda size: weights[size])
    larger = sorted((size for size in weights if size > body * _HEADING_RATIO), reverse=True)
    levels = {size: min(rank, _HEADING_LEVELS) for rank, size in enumerate(larger, start=1)}
    blocks: list[str] = []
    paragraph: list[str] = []
    for line, size in [*lines, ("", 0.0)]:
        level = levels.get(round(size, 1))
        if line and level is None:
            paragraph.append(line)
            continue
        if paragraph:
            blocks.append("  \n".join(paragraph))  # two blanks keep the line break of the page
            paragraph = []
        if line and level is not None:
            blocks.append(f"{'#' * level} {line}")
    return "\n\n".join(blocks)


def _clean(text: str) -> str:
    """Text that every JSON reader takes: no NUL, no half of a surrogate pair."""
    return text.replace("\0", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _decode(path: Path) -> str:
    data = path.read_bytes()
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    if b"\0" in data:
        raise UnreadableDocumentError("The file is binary, not text")
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _text_pages(text: str, to_markdown: Callable[[str], str]) -> list[DocumentPage]:
    """A form feed ends a page, as in text that printers take."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return [DocumentPage(part, to_markdown(part)) for part in text.removesuffix("\f").split("\f")]


def _read_plain(path: Path) -> list[DocumentPage]:
    return _text_pages(_decode(path), lambda text: text)


def _read_json(path: Path) -> list[DocumentPage]:
    text = _decode(path)
    return [DocumentPage(text, f"```json\n{text.rstrip()}\n```")]


def _read_html(path: Path) -> list[DocumentPage]:
    markdown, text = html_to_markdown_and_text(_decode(path))
    return [DocumentPage(text, markdown)]


def _read_csv(path: Path) -> list[DocumentPage]:
    text = _decode(path)
    delimiter = "\t" if "\t" in text.partition("\n")[0] else ","
    try:
        rows = [row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if row]
    except csv.Error as error:
        raise UnreadableDocumentError(f"The CSV file cannot be read: {error}") from error
    return [DocumentPage(text, markdown_table(rows))]


def markdown_table(rows: list[list[str]]) -> str:
    """A markdown table whose first row is the header; short rows are filled up."""
    if not rows:
        return ""
    width = max(len(row) for row in rows)
    cells = [[cell.replace("|", "\\|").replace("\n", " ").strip() for cell in row] for row in rows]
    padded = [row + [""] * (width - len(row)) for row in cells]
    lines = [f"| {' | '.join(row)} |" for row in padded]
    lines.insert(1, f"|{' --- |' * width}")
    return "\n".join(lines)


READERS: dict[str, Callable[[Path], list[DocumentPage]]] = {
    "pdf": _read_pdf,
    "txt": _read_plain,
    "text": _read_plain,
    "log": _read_plain,
    "md": _read_plain,
    "markdown": _read_plain,
    "json": _read_json,
    "csv": _read_csv,
    "tsv": _read_csv,
    "html": _read_html,
    "htm": _read_html,
}
"""What the sandbox reads, by extension."""
