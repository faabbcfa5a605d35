"""Every session in README.md and docs/ is true: each command is run, and the terminal shows what the page says."""

from __future__ import annotations

import os
import re
import shutil
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.docs.matching import Binding
from tests.docs.pages import read_page

if TYPE_CHECKING:
    from tests.docs.pages import Page

ROOT = Path(__file__).parents[2]
PATHS = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
PAGES = [page for page in map(read_page, PATHS) if page.exchanges]
GENERATED = {ROOT / "docs" / "reference.md"}


@pytest.mark.skipif(os.name != "posix", reason="sessions are run by bash on a POSIX terminal")
@pytest.mark.parametrize("page", PAGES, ids=[page.path.relative_to(ROOT).as_posix() for page in PAGES])
def test_a_page_shows_what_its_commands_print(page: Page, tmp_path: Path) -> None:
    """A command that fails shows its error, or `$ echo $?` follows, so that the page says so."""
    from tests.docs.terminal import Terminal

    if not (Path(sysconfig.get_path("scripts")) / "llamacloud-prod").exists():
        pytest.skip("the tool is not installed in this environment")
    missing = [name for name in page.needs if shutil.which(name) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    binding = Binding()
    with Terminal(tmp_path, sandbox=page.sandbox) as terminal:
        for exchange, following in zip(page.exchanges, [*page.exchanges[1:], None], strict=True):
            shown = terminal.run(binding.translate(exchange.command))
            where = f"{page.path.relative_to(ROOT)}:{exchange.line}\n{exchange.source}"
            difference = f"{where}\n{shown.text}\n--- the page shows:\n{exchange.output}"
            assert binding.matches(exchange.output, shown.text), difference
            asks_status = following is not None and following.command.startswith("echo $?")
            says_so = asks_status or re.search(r"^error: ", exchange.output, re.MULTILINE)
            assert shown.status == 0 or says_so, f"{where}\nended with status {shown.status}"


def test_the_pages_with_sessions_are_found() -> None:
    """README and the guides are among them."""
    assert {"README.md", "first-run.md", "jq.md", "webhooks.md"} <= {page.path.name for page in PAGES}


def test_commands_in_the_guides_are_sessions() -> None:
    """What is shown as a shell's code without `$` would be run by nobody."""
    for path in set(PATHS) - GENERATED:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"^ *```(?:sh|bash|shell)\n", text, re.MULTILINE), path
