"""What the settings say of printing, pace and care, where the command line says nothing of it.

At the sandbox nothing that is configured counts, so that `--sandbox` works the same everywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from llamacloud_cli.inputs.values import read_choice

if TYPE_CHECKING:
    from llamacloud_cli.context import Context

_WITHOUT_TRANSFORM = ("raw", "table")
"""Formats of whole pages and rows, in which a path finds nothing."""


def use_configured_format(context: Context) -> None:
    """Prints in the format of the settings, unless a flag says how to print and the two would exclude each other.

    Raises:
        UsageError: there is no such format, or a file cannot be used.
    """
    from llamacloud_cli.cli.options import FORMATS

    options = context.options
    if any(options.get(name) for name in ("format_", "json_", "quiet", "columns")) or context.uses_sandbox():
        return
    found = context.settings.get("format")
    if found.source == "default":
        return
    name = read_choice(found.value, FORMATS, where=found.where)
    if name == "explore" and not (
        context.is_terminal(context.streams.stdin) and context.is_terminal(context.streams.stdout)
    ):
        return  # a preference for the screen is none for pipes
    if name not in _WITHOUT_TRANSFORM or options.get("transform") is None:
        options["format_"] = name


def use_configured_columns(context: Context) -> None:
    """Gives the table of a list the columns of the settings, where one is drawn and no flag says what to print.

    Raises:
        UsageError: a file cannot be used.
    """
    options = context.options
    if any(options.get(name) for name in ("json_", "quiet", "columns", "transform")) or context.uses_sandbox():
        return
    name = options.get("format_", "auto")
    if name == "table" or (name == "auto" and context.is_terminal(context.streams.stdout)):
        columns = context.settings.get("columns").value
        if columns is not None:
            options["columns"] = columns


def configured_concurrency(context: Context) -> int:
    """Gives how many files are worked on at a time.

    Raises:
        UsageError: a file cannot be used.
    """
    from llamacloud_cli.settings.values import DEFAULT_CONCURRENCY

    return DEFAULT_CONCURRENCY if context.uses_sandbox() else int(context.settings.get("concurrency").value)


def configured_list_before(context: Context) -> bool:
    """Tells whether each create lists its directory first.

    Raises:
        UsageError: a file or a variable cannot be used.
    """
    return not context.uses_sandbox() and bool(context.settings.get("list_before").value)
