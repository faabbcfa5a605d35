"""The lines of docs/guides/completion.md do what they say, with the tool itself."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.completion.conftest import needs_bash, needs_fish, needs_zsh
from tests.completion.shells import Terminal
from tests.processes import ROOT, environment, finish
from tests.servers import Reply, ScriptedServer, batch

if TYPE_CHECKING:
    from tests.completion.shells import Desk

GUIDE = (ROOT / "docs" / "guides" / "completion.md").read_text(encoding="utf-8")


def install(desk: Desk, shell: str) -> Desk:
    """Runs the lines of the guide for a shell, as a user does."""
    program = f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m llamacloud_cli "$@"\n'
    (desk.bin / "llamacloud-prod").write_text(program, encoding="utf-8")
    block = re.search(rf"^## {shell}\n\n```console\n(.*?)```", GUIDE, re.MULTILINE | re.DOTALL)
    assert block is not None
    lines = re.sub(r"^\$ ", "", block[1], flags=re.MULTILINE)
    done = subprocess.run(["sh", "-eu"], input=lines, env=desk.env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return desk


@needs_bash
def test_bash(desk: Desk) -> None:
    terminal = Terminal(["bash"], install(desk, "bash"), "PS1='> '", end=("%%", "%%"))
    try:
        assert terminal.type("llamacloud-prod batches li\t") == ["> llamacloud-prod batches list"]
    finally:
        terminal.close()


@needs_zsh
def test_zsh(desk: Desk) -> None:
    terminal = Terminal(["zsh", "-d"], install(desk, "zsh"), "PS1='> '", end=("%%", "%%"))
    try:
        assert terminal.type("llamacloud-prod batches li\t")[-1].startswith("> llamacloud-prod batches list")
    finally:
        terminal.close()


@needs_fish
def test_fish_offers_an_id_that_a_command_met(desk: Desk) -> None:
    """From the answer of a server through the cache to the shell."""
    install(desk, "fish")
    server = ScriptedServer([Reply(body=batch("bat-7", status="FAILED"))])
    try:
        program = str(desk.bin / "llamacloud-prod")
        assert finish(program, "batches", "get", "bat-7", url=server.url, HOME=desk.env["HOME"]).returncode == 0
        env = {**environment(server.url), **desk.env}
        ask = "complete -C 'llamacloud-prod batches li'; complete -C 'llamacloud-prod batches get b'"
        done = subprocess.run(["fish", "-c", ask], env=env, capture_output=True, text=True, check=True)
    finally:
        server.close()
    first, second = done.stdout.splitlines()
    assert first == "list\tList batches, all pages"
    assert second.startswith("bat-7\tFAILED, ")


def test_the_guide_has_lines_for_each_shell() -> None:
    names = [path.stem for path in Path(ROOT, "llamacloud_cli", "cli", "completion").glob("*.py")]
    for heading in re.findall(r"^## (\w+)$", GUIDE, re.MULTILINE)[:4]:
        assert heading.lower() in names
        assert f"llamacloud-prod completion {heading.lower()}" in GUIDE
