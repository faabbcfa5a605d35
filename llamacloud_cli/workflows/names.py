"""Names of output files, made from names that anybody may have chosen: the disk's, or the service's.

What comes out is relative, has no part that climbs, and can be a file's name on every common system.
"""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata

from llamacloud_cli.workflows.folder import OWN_FOLDER
from llamacloud_cli.workflows.manifest import MANIFEST_NAME

LONGEST_PART_BYTES = 255
"""What most file systems take for one part of a path."""
LONGEST_PATH_PARTS = 32
_LONGEST_STEM_BYTES = 200
"""For a part before a suffix, such as `.md`, and a mark that tells two apart are added."""
_MARK_CHARACTERS = 8

# Control characters, bidirectional controls, invisible characters and line separators hide or forge a name; the rest
# cannot be part of a name on Windows.
_FORBIDDEN = re.compile(
    r'[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff<>:"|?*]'
    "|[\U000e0000-\U000e007f]"
)
_SEPARATORS = re.compile(r"[/\\]")
# https://learn.microsoft.com/windows/win32/fileio/naming-a-file; blanks before the dot do not count there.
_RESERVED_BY_WINDOWS = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³]) *(\..*)?", re.IGNORECASE)
_RESERVED = frozenset({OWN_FOLDER, MANIFEST_NAME})
"""What this tool keeps itself at the top of an output folder."""


def safe_path(text: str) -> str:
    """Gives a relative path with `/` between its parts, made from any text.

    Parts that name the same or the parent folder are left out, so nothing climbs; what remains empty is `unnamed`.
    """
    parts = [part for part in _SEPARATORS.split(text) if part not in ("", ".", "..")]
    safe = [safe_part(part) for part in parts[-LONGEST_PATH_PARTS:]]
    return "/".join(safe) or "unnamed"


def safe_part(text: str) -> str:
    """Gives one part of a path, made from any text; it is the text itself where that is harmless."""
    part = _FORBIDDEN.sub("_", unicodedata.normalize("NFC", text)).replace("/", "_").replace("\\", "_")
    part = part.rstrip(". ").lstrip(" ") or "unnamed"
    if _RESERVED_BY_WINDOWS.fullmatch(part) or part.lower() in _RESERVED:
        part = f"_{part}"
    if len(part.encode()) > _LONGEST_STEM_BYTES:
        part = _shortened(part)
    return part


def marked(path: str, seed: bytes) -> str:
    """Gives a path that differs from the given one by a mark, for a second file of the same name.

    Args:
        path: as `safe_path` gives it.
        seed: what tells this file from the other; the same seed gives the same mark.
    """
    stem, suffix = os.path.splitext(path)  # noqa: PTH122 - text, no path of this machine
    mark = hashlib.sha256(seed).hexdigest()[:_MARK_CHARACTERS]
    return f"{stem}~{mark}{suffix}"


def same_name_key(path: str) -> str:
    """Gives what two paths have in common that a file system may take for one: case and composition are ignored."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


def as_text(path: bytes) -> str:
    """Gives the bytes of a path as text; a byte that is not UTF-8 becomes a lone surrogate, so that none is lost."""
    return path.decode("utf-8", "surrogateescape")


def _shortened(part: str) -> str:
    stem, suffix = os.path.splitext(part)  # noqa: PTH122 - text, no path of this machine
    if len(suffix.encode()) > 20:  # noqa: PLR2004 - no file type
        stem, suffix = part, ""
    mark = hashlib.sha256(part.encode()).hexdigest()[:_MARK_CHARACTERS]
    room = _LONGEST_STEM_BYTES - len(suffix.encode()) - _MARK_CHARACTERS - 1
    cut = stem.encode()[:room].decode("utf-8", "ignore").rstrip(". ")
    return f"{cut}~{mark}{suffix}"
