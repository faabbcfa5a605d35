"""One value of an answer as a clean piece of text for tables and panels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.cells import cell_len
from rich.text import Text

from llamacloud_cli.jsontext import Number, write
from llamacloud_cli.moments import moment_of
from llamacloud_cli.output.terminal import clean_line

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from llamacloud_cli.output.drawing import Look

STATUS_STYLES = {
    "PENDING": "yellow",
    "THROTTLED": "yellow",
    "RUNNING": "cyan",
    "COMPLETED": "green",
    "FAILED": "red",
    "CANCELLED": "magenta",
}
_SAME_MOMENT_SECONDS = 5.0
_TIME_FIELDS = frozenset({"created_at", "updated_at", "expires_at"})


def field_text(name: str, value: Any, look: Look) -> Text:
    """Gives the value of a field: a status coloured, a time in the local zone or relative, anything else as it is."""
    if name == "status" and isinstance(value, str) and not isinstance(value, Number):
        return Text(clean_line(value), style=STATUS_STYLES.get(value, ""))
    moment = moment_of(value) if name in _TIME_FIELDS else None
    if moment is not None:
        return Text(local_time(moment) if look.roomy else relative_time(moment, look.now))
    if name == "local_names" and isinstance(value, list):
        return Text(", ".join(map(plain, value)))
    return Text(plain(value))


def full_field_text(name: str, value: Any, look: Look) -> Text:
    """Gives the same where there is room for a time both in the local zone and relative."""
    moment = moment_of(value) if name in _TIME_FIELDS else None
    if moment is not None:
        return Text(f"{local_time(moment)} ({relative_time(moment, look.now)})")
    return field_text(name, value, look)


def job_text(job_id: str, link: str | None) -> Text:
    """Gives the id of a job, as a link where there is one."""
    return Text(job_id, style=f"link {link}" if link else "")


def plain(value: Any) -> str:
    """Gives a value as one clean line: nothing for null, JSON for what has an inside, numbers as they came."""
    if value is None:
        return ""
    if isinstance(value, str):
        return clean_line(value)
    try:
        return clean_line(write(value))
    except RecursionError:
        return "(nested too deeply to be shown)"


def without_middle(text: str, width: int) -> str:
    """Gives a text cut to some columns in its middle: the start and the end of a path tell most of it."""
    if cell_len(text) <= width:
        return text
    tail = _fitting(reversed(text), (width - 1) // 2)[::-1]
    return _fitting(text, width - 1 - cell_len(tail)) + "…" + tail


def _fitting(characters: Iterable[str], width: int) -> str:
    """Gives as many characters as fit into some columns."""
    taken: list[str] = []
    for character in characters:
        width -= cell_len(character)
        if width < 0:
            break
        taken.append(character)
    return "".join(taken)


def get_path(item: Any, path: str, missing: Any = None) -> Any:
    """Gives the value at a dotted path, or `missing`. A key that holds dots itself comes first."""
    if isinstance(item, dict) and path in item:
        return item[path]
    head, dot, rest = path.partition(".")
    if isinstance(item, dict) and head in item:
        inner = item[head]
    elif isinstance(item, list) and head.isdecimal() and head.isascii() and int(head[:9]) < len(item):
        inner = item[int(head)]
    else:
        return missing
    return get_path(inner, rest, missing) if dot else inner


def local_time(moment: datetime) -> str:
    """Gives a time in the local zone, to the second."""
    return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def relative_time(moment: datetime, now: float) -> str:
    """Gives how long ago a time was, or how far ahead it is."""
    seconds = now - moment.timestamp()
    if -_SAME_MOMENT_SECONDS < seconds < 0:  # the server's clock is a little ahead of this machine's
        seconds = 0.0
    ago = "ago" if seconds >= 0 else "ahead"
    seconds = abs(seconds)
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= size:
            return f"{seconds / size:.0f}{unit} {ago}"
    return f"{seconds:.0f}s {ago}"
