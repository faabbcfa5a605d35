"""A mapping on standard input: fields of the request, by their API names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

from llamacloud_cli.errors import UsageError
from llamacloud_cli.inputs.files import MAX_INPUT_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable

HINT = "`</dev/null` or `--no-stdin` keeps this command from reading standard input"
_PATIENCE_SECONDS = 2.0


def read_mapping(stream: BinaryIO, *, notice: Callable[[str], None]) -> dict[str, Any]:
    """Reads standard input to its end and gives its fields; nothing at all gives no fields.

    Anything but a mapping is refused: a `while read` loop would lose its other lines to this command.

    Args:
        stream: standard input, which is no terminal.
        notice: told what is being waited for, when nothing has come for 2 seconds.

    Raises:
        UsageError: it is no mapping in YAML or JSON, not UTF-8, or larger than 10 MiB.
    """
    if not _has_input(stream, _PATIENCE_SECONDS):
        notice(f"reading standard input until it ends; {HINT}")
    try:
        data = stream.read(MAX_INPUT_BYTES + 1)
    except OSError as error:
        raise UsageError(f"standard input: cannot read it: {error.strerror}", hint=HINT) from None
    if len(data) > MAX_INPUT_BYTES:
        raise UsageError("standard input: larger than 10 MiB", hint=HINT)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError("standard input: not UTF-8 text", hint=HINT) from None
    if not text.strip():
        return {}
    from llamacloud_cli.inputs.yaml_values import parse

    try:
        value = parse(text, where="standard input")
    except UsageError as error:
        raise UsageError(
            error.message, hint=f"{error.hint.rstrip('.')}; {HINT}" if error.hint else HINT, snippet=error.snippet
        ) from None
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise UsageError("standard input: not a mapping of field names to values", hint=HINT)
    return value


def _has_input(stream: BinaryIO, seconds: float) -> bool:
    """Tells whether something, or the end, can be read within `seconds`; True where that cannot be asked."""
    import select

    try:
        return bool(select.select([stream], [], [], seconds)[0])
    except (OSError, ValueError):  # a file without a descriptor, or Windows, where select takes sockets alone
        return True
