"""Options that several commands for batches share."""

from __future__ import annotations

from typing import Annotated

import typer

KINDS = ("markdown", "text", "json", "all")
"""What `--as` takes."""

PROJECT = Annotated[
    str | None,
    typer.Option("--project-id", metavar="TEXT", help="The project, where the key is good for several."),
]
ORGANIZATION = Annotated[
    str | None,
    typer.Option("--organization-id", metavar="TEXT", help="The organization, where the key is good for several."),
]
TIMEOUT = Annotated[
    str | None,
    typer.Option("--timeout", metavar="DURATION", help="Stop waiting after this long (90s, 10m, 2h). [default: never]"),
]
INTERVAL = Annotated[
    str | None,
    typer.Option("--interval", metavar="DURATION", help="First pause between two questions; it grows. [default: 2s]"),
]
OUTPUT = Annotated[
    str | None,
    typer.Option("-o", "--output", metavar="DIR", help="Write each result to this folder, and manifest.jsonl."),
]
KIND = Annotated[
    str | None,
    typer.Option(
        "--as", metavar="|".join(KINDS), help="What to write. [default: markdown; json for extract, which has no other]"
    ),
]
OVERWRITE = Annotated[bool, typer.Option("--overwrite", help="Replace files in DIR that are different.")]
