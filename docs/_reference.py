"""The text of reference.md."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from _commands import STATUSES, Page, pages

if TYPE_CHECKING:
    from collections.abc import Iterable


def reference() -> str:
    """Gives the page: each command, the global options, the exit statuses."""
    tree = pages()
    parts = [
        "# Reference\n",
        "<!-- Written by docs/generate.py from the application. Edit the application instead. -->\n",
        "Flags may stand before or after arguments; `--flag value` and `--flag=value` are the same.\n",
        *(_command(page) for page in tree),
        "## Global options\n",
        "Valid before the group, between group and command, and after the command; the nearest to the command wins.\n",
        _table("flag", tree[0].options(of_root=True)),
        "## Exit statuses\n",
        "| status | meaning |\n|---|---|\n"
        + "".join(f"| {int(status)} | {meaning} |\n" for status, meaning in STATUSES.items()),
    ]
    return "\n".join(parts)


def _command(page: Page) -> str:
    parts = [f"## {page.path}\n", inspect.cleandoc(page.command.help or "") + "\n"]
    parts += [
        f"{example.purpose[:1].upper()}{example.purpose[1:]}:\n\n```sh\n{example.command}\n```\n"
        for example in page.command.examples
    ]
    if page.subcommands:
        rows = "".join(f"| `{page.path} {name}` | {summary} |\n" for name, summary in page.subcommands.items())
        parts.append(f"| command | |\n|---|---|\n{rows}")
    options = page.options(of_root=False)
    if options:
        parts.append(_table("flag", options))
    return "\n".join(parts)


def _table(title: str, rows: Iterable[tuple[str, str]]) -> str:
    lines = "".join(f"| `{_cell(name)}` | {_cell(text)} |\n" for name, text in rows)
    return f"| {title} | |\n|---|---|\n{lines}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")
