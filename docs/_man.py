"""Manual pages in man(7) macros, one a command: `llamacloud-prod-batches-get(1)`."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING

from _commands import PROG, STATUSES, Page, pages

from llamacloud_cli import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable

_CODE = re.compile(r"`([^`]+)`")
_SPECIAL = {"\\": "\\e", "-": "\\-", "'": "\\(aq", '"': "\\(dq", "^": "\\(ha", "~": "\\(ti", "`": "\\(ga"}
_ENVIRONMENT = re.compile(r"\[env: ([^\]]*)\]")
_VARIABLE = re.compile(r"[A-Z][A-Z_]{3,}")


def manual_pages() -> dict[str, str]:
    """Gives the text of each page by its file name."""
    tree = pages()
    return {f"{_name(page)}.1": _page(page, tree) for page in tree}


def _page(page: Page, tree: list[Page]) -> str:
    root = page is tree[0]
    name = _name(page)
    description = inspect.cleandoc(page.command.help or "")
    summary = " ".join(description.partition("\n\n")[0].split()).split(". ")[0].rstrip(".:")
    parts = [
        # Long names leave no room for a title between them; they are not to be broken either.
        f'.TH {_text(name)} 1 "" "{PROG} {__version__}" " "\n.nh\n.ad l\n',
        _section("NAME", f"{_text(name)} \\- {_text(summary)}\n"),
        _section("SYNOPSIS", f".B {_text(page.path)}\n{_text(page.usage())}\n"),
        _section("DESCRIPTION", _prose(description)),
        _section("COMMANDS", _definitions((f"{name}-{sub}(1)", text) for sub, text in page.subcommands.items())),
        _section("OPTIONS", _definitions(page.options(of_root=False))),
        _section("GLOBAL OPTIONS", _global_options(tree[0], whole=root)),
        _section("EXAMPLES", ".PP\n".join(_example(one.purpose, one.command) for one in page.command.examples)),
    ]
    if root:
        parts += [
            _section("ENVIRONMENT", _definitions(_environment(page))),
            _section("EXIT STATUS", _definitions((str(int(status)), text) for status, text in STATUSES.items())),
        ]
    parts.append(_section("SEE ALSO", _see_also(page, tree)))
    return "".join(parts)


def _name(page: Page) -> str:
    return page.path.replace(" ", "-")


def _section(title: str, body: str) -> str:
    return f".SH {title}\n{body}" if body else ""


def _prose(text: str) -> str:
    """Gives paragraphs; what is indented keeps its lines."""
    parts = []
    for paragraph in re.split(r"\n\s*\n", text):
        if paragraph.startswith(" "):
            parts.append(_verbatim(inspect.cleandoc(paragraph)))
        else:
            parts.append(_words(" ".join(paragraph.split())) + "\n")
    return ".PP\n".join(parts)


def _definitions(rows: Iterable[tuple[str, str]]) -> str:
    return "".join(f".TP\n.B {_text(term)}\n{_words(text) or chr(92) + '&'}\n" for term, text in rows)


def _global_options(root: Page, *, whole: bool) -> str:
    if whole:
        place = "Valid before the group, between group and command, and after the command; the nearest wins.\n"
        return place + _definitions(root.options(of_root=True))
    return f"Those of {_reference(PROG)} may stand here as well.\n"


def _example(purpose: str, command: str) -> str:
    return f"{_words(purpose[:1].upper() + purpose[1:])}:\n{_verbatim(command)}"


def _verbatim(text: str) -> str:
    lines = "".join(f"{_text(line)}\n" for line in text.split("\n"))
    return f".PP\n.RS 4\n.nf\n{lines}.fi\n.RE\n"


def _environment(root: Page) -> list[tuple[str, str]]:
    """Gives the variables that the global options name, each with the options that it stands for."""
    found: dict[str, list[str]] = {}
    for option, text in root.options(of_root=True):
        named = _ENVIRONMENT.search(text)
        flag = next(word for word in option.replace(",", "").split() if word.startswith("--"))
        for variable in _VARIABLE.findall(named[1]) if named else ():
            found.setdefault(variable, []).append(flag)
    return [(variable, f"See {' and '.join(flags)}.") for variable, flags in found.items()]


def _see_also(page: Page, tree: list[Page]) -> str:
    parent = page.path.rpartition(" ")[0]
    near = [one for one in tree if one.path == parent or (one.path.rpartition(" ")[0] == parent and one is not page)]
    near += [one for one in tree if one.path.rpartition(" ")[0] == page.path]
    if page is not tree[0] and tree[0] not in near:
        near.insert(0, tree[0])
    return ",\n".join(_reference(_name(one)) for one in near) + ("\n" if near else "")


def _reference(name: str) -> str:
    return f"\\fB{_text(name)}\\fR(1)"


def _words(text: str) -> str:
    """Gives running text with what stands between backticks in bold."""
    pieces = _CODE.split(" ".join(text.split()))
    line = "".join(f"\\fB{_text(piece)}\\fR" if number % 2 else _text(piece) for number, piece in enumerate(pieces))
    return f"\\&{line}" if line.startswith((".", "\\(aq")) else line


def _text(text: str) -> str:
    """Gives text in which nothing is taken for a request or an escape."""
    escaped = "".join(_SPECIAL.get(character, character) for character in text)
    return f"\\&{escaped}" if escaped.startswith(".") else escaped
