"""Writes what is made from the application itself: `python docs/generate.py [--check]`.

That is docs/reference.md, the manual pages in docs/man/ and the scripts in completions/. With `--check` nothing is
written; the exit status is 1 where a file is not as it would be written, or is there although its command is gone.
"""

from __future__ import annotations

import sys
from pathlib import Path

from _man import manual_pages
from _reference import reference

from llamacloud_cli.cli.completion.scripts import scripts

DOCS = Path(__file__).parent


def files() -> dict[Path, str]:
    """Gives the text of each generated file."""
    return {
        DOCS / "reference.md": reference(),
        **{DOCS / "man" / name: text for name, text in manual_pages().items()},
        **{DOCS.parent / "completions" / name: text for name, text in scripts().items()},
    }


def main(argv: list[str]) -> int:
    """Writes or checks the generated files; gives the exit status."""
    check = "--check" in argv
    wanted = files()
    stale = [path for path, text in wanted.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    gone = [path for path in sorted((DOCS / "man").glob("*")) if path not in wanted]
    for path in stale:
        if not check:
            path.parent.mkdir(exist_ok=True)
            path.write_text(wanted[path], encoding="utf-8")
        _say("stale" if check else "wrote", path)
    for path in gone:
        if not check:
            path.unlink()
        _say("of no command" if check else "removed", path)
    return 1 if check and (stale or gone) else 0


def _say(what: str, path: Path) -> None:
    print(f"{what}: {path.relative_to(DOCS.parent)}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
