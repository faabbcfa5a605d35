"""Writes the job summary of the action `batches-run` from manifest.jsonl.

Reads the variables MANIFEST and EXIT_STATUS; appends Markdown to the file GITHUB_STEP_SUMMARY and the counts to
GITHUB_OUTPUT, as https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions describes.
"""

from __future__ import annotations

import html
import json
import os
import re
from pathlib import Path
from typing import Any

# GitHub takes at most 1 MiB of summary a step; a longer one is thrown away as a whole.
MOST_ROWS = 1000
MEANINGS = {
    "0": "every file succeeded",
    "1": "the API refused or failed",
    "2": "wrong usage; nothing was sent",
    "3": "finished, but some files failed",
    "4": "no key, or the key was refused",
    "5": "a batch ended FAILED or CANCELLED",
    "6": "not found",
    "7": "no connection to the API",
    "9": "a create may or may not have taken effect; the log says what to check",
}


def rows_of(manifest: Path) -> list[dict[str, Any]]:
    """Gives the lines of a manifest; none where there is no manifest, as after a usage error."""
    if not manifest.is_file():
        return []
    return [json.loads(line) for line in manifest.read_text(encoding="utf-8").splitlines() if line]


def cell(value: Any) -> str:
    """Gives text for one cell of a Markdown table: a file name or an error holds no markup there."""
    text = str(value if value is not None else "").encode("utf-8", "backslashreplace").decode()
    text = "".join(character if character.isprintable() else " " for character in text)
    return re.sub(r"[|`*_\[\]\\~#:@]", lambda found: f"&#{ord(found[0])};", html.escape(text))


def succeeded(row: dict[str, Any]) -> bool:
    """Tells whether a file has its result."""
    return row.get("status") == "COMPLETED" and not row.get("error")


def summary(rows: list[dict[str, Any]], exit_status: str) -> str:
    """Gives the summary in Markdown: the counts, then the files, those that failed first."""
    failed = [row for row in rows if not succeeded(row)]
    credit = sum(row.get("credits") or 0 for row in rows)
    lines = [
        "## LlamaCloud batches",
        "",
        f"Exit status {exit_status}: {MEANINGS.get(exit_status, 'see the log')}.",
        f"{len(rows) - len(failed)} files with a result, {len(failed)} without, {credit:g} credits.",
    ]
    if rows:
        lines += ["", "| file | status | pages | credits | error |", "|---|---|---|---|---|"]
        ordered = sorted(rows, key=succeeded)
        lines += [
            "| " + " | ".join(cell(row.get(name)) for name in ("source", "status", "pages", "credits", "error")) + " |"
            for row in ordered[:MOST_ROWS]
        ]
        if len(rows) > MOST_ROWS:
            lines += ["", f"{len(rows) - MOST_ROWS} more files are in the manifest."]
    return "\n".join([*lines, ""])


def main() -> None:
    """Appends to the files that the runner names."""
    rows = rows_of(Path(os.environ["MANIFEST"] or os.devnull))
    good = sum(map(succeeded, rows))
    with Path(os.environ["GITHUB_STEP_SUMMARY"]).open("a", encoding="utf-8") as file:
        file.write(summary(rows, os.environ["EXIT_STATUS"]))
    with Path(os.environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as file:
        file.write(f"succeeded={good}\nfailed={len(rows) - good}\n")


if __name__ == "__main__":
    main()
