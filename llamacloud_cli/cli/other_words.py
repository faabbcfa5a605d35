"""What people type who know other tools (gh, kubectl, aws, stripe, curl), and what it is called here.

Read only when a command line has been refused, so that it costs nobody else anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

_FLAGS = {
    "--format": ("--output", "-o"),
    "--transform": ("--jq", "--query", "--template", "--filter"),
    "--columns": ("--fields", "--custom-columns"),
    "--max-items": ("--limit", "-L", "-n", "--first", "--count"),
    "--created-at-on-or-after": ("--since", "--after"),
    "--created-at-on-or-before": ("--until", "--before"),
    "--batch-id": ("--id", "--batch"),
    "--base-url": ("--endpoint-url", "--server", "--host", "--url"),
    "--color never": ("--no-color", "--no-colour"),
    "--debug": ("--verbose",),
}
_COMMANDS = {
    "list": ("ls",),
    "get": ("show", "describe", "view", "inspect"),
    "cancel": ("stop", "abort", "kill"),
    "results": ("download", "fetch"),
    "create": ("new", "submit"),
    "run": ("parse", "extract", "upload", "process"),
    "watch": ("follow", "tail"),
    "status": ("whoami",),
    "serve": ("start", "up"),
}


def flags_for(flag: str, known: Collection[str]) -> list[str]:
    """Gives what an unknown flag is called here, where the command has it.

    Args:
        flag: as it was typed, with its dashes.
        known: the flags of the command, with theirs.
    """
    return [ours for ours, theirs in _FLAGS.items() if flag in theirs and ours.partition(" ")[0] in known]


def commands_for(name: str, paths: Iterable[str]) -> list[str]:
    """Gives the commands that an unknown one may mean: those it is the last word of, or another tool's word for.

    Args:
        name: as it was typed.
        paths: commands that could have been typed in its place, such as `list` or `batches list`.
    """
    ours = {name, *(ours for ours, theirs in _COMMANDS.items() if name in theirs)}
    return [path for path in paths if path.rpartition(" ")[2] in ours]


def paths_below(groups: Mapping[str, Iterable[str]], named: str | None) -> list[str]:
    """Gives the two-word commands below groups; only those of one group where the word that follows names it.

    Args:
        groups: the commands of each group.
        named: the word behind the unknown one, as in `list batches`.
    """
    from llamacloud_cli.spelling import nearest

    near = nearest(named or "", groups)
    return [f"{group} {name}" for group, names in groups.items() if not near or group in near for name in names]
