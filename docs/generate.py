"""Writes docs/reference.md from the application itself: `python docs/generate.py [--check]`.

With `--check` nothing is written; the exit status is 1 where a file is not as it would be written.
"""

from __future__ import annotations

import inspect
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from typer.main import get_command

from llamacloud_cli.cli.app import app
from llamacloud_cli.cli.typer_seam import GLOBAL_PANEL, Group, option_names
from llamacloud_cli.context import Context
from llamacloud_cli.errors import ExitStatus

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCS = Path(__file__).parent
PROG = "llamacloud-prod"
STATUSES = {
    ExitStatus.OK: "done",
    ExitStatus.FAILURE: "the API refused or failed, or its answer makes no sense; a `--transform` path found nothing",
    ExitStatus.USAGE: "usage: a wrong flag, value, file or standard input; nothing was sent",
    ExitStatus.PARTIAL: "finished, but some files failed",
    ExitStatus.AUTHENTICATION: "authentication: no key, 401, 403",
    ExitStatus.BATCH_FAILED: "the batch ended FAILED or CANCELLED",
    ExitStatus.NOT_FOUND: "not found (404)",
    ExitStatus.NETWORK: "network: no connection, TLS, name resolution, time-out",
    ExitStatus.WAIT_TIMEOUT: "`--timeout` passed while the batch is still going on (it goes on)",
    ExitStatus.OUTCOME_UNKNOWN: "outcome unknown: a create may or may not have taken effect; what to check is printed",
    ExitStatus.INTERRUPTED: "Ctrl-C: the process ends by SIGINT itself, so that shell loops stop too",
}


def commands(command: Any, path: str, parent: Any = None) -> Iterator[tuple[str, Any, Any]]:
    """Gives every command of the tree with its path and context, depth first."""
    surroundings = {} if parent else {"obj": Context()}
    context = command.make_context(path.rpartition(" ")[2], [], parent=parent, resilient_parsing=True, **surroundings)
    yield path, command, context
    if isinstance(command, Group):
        for name in command.list_commands(context):
            yield from commands(command.get_command(context, name), f"{path} {name}", context)


def reference() -> str:
    """Gives the text of reference.md."""
    tree = list(commands(get_command(app), PROG))
    parts = [
        "# Reference\n",
        "<!-- Written by docs/generate.py from the application. Edit the application instead. -->\n",
        "Flags may stand before or after arguments; `--flag value` and `--flag=value` are the same.\n",
        *(_command(path, command, context) for path, command, context in tree),
        "## Global options\n",
        "Valid before the group, between group and command, and after the command; the nearest to the command wins.\n",
        _table(tree[0][1], tree[0][2], wanted=True),
        "## Exit statuses\n",
        "| status | meaning |\n|---|---|\n"
        + "".join(f"| {int(status)} | {meaning} |\n" for status, meaning in STATUSES.items()),
    ]
    return "\n".join(parts)


def _command(path: str, command: Any, context: Any) -> str:
    parts = [f"## {path}\n", inspect.cleandoc(command.help or "") + "\n"]
    parts += [
        f"{example.purpose[:1].upper()}{example.purpose[1:]}:\n\n```sh\n{example.command}\n```\n"
        for example in command.examples
    ]
    if isinstance(command, Group):
        rows = "".join(f"| `{path} {name}` | {lazy.summary} |\n" for name, lazy in command.subcommands.items())
        parts.append(f"| command | |\n|---|---|\n{rows}")
    table = _table(command, context, wanted=False)
    if table:
        parts.append(table)
    return "\n".join(parts)


def _table(command: Any, context: Any, *, wanted: bool) -> str:
    help_option = command.get_help_option(context)
    rows = [
        f"| `{_cell(option_names(param))}` | {_cell(param.help or '')} |\n"
        for param in command.get_params(context)
        if not getattr(param, "hidden", False)
        and wanted == (param is help_option or getattr(param, "rich_help_panel", None) == GLOBAL_PANEL)
    ]
    return "| flag | |\n|---|---|\n" + "".join(rows) if rows else ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def main(argv: list[str]) -> int:
    """Writes or checks the generated files; gives the exit status."""
    stale = []
    for path, text in {DOCS / "reference.md": reference()}.items():
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(path)
        if "--check" not in argv:
            path.write_text(text, encoding="utf-8")
    for path in stale:
        print(f"{'stale' if '--check' in argv else 'wrote'}: {path.relative_to(DOCS.parent)}", file=sys.stderr)
    return 1 if stale and "--check" in argv else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
