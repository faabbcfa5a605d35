"""What is generated from the application is fresh, and its manual pages are ones that `man` shows without complaint."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MANUAL = ROOT / "docs" / "man"


def generate(*argv: str, docs: Path = ROOT / "docs") -> subprocess.CompletedProcess[str]:
    """Runs docs/generate.py, or a copy of it."""
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, str(docs / "generate.py"), *argv]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


def test_generated_pages_are_fresh() -> None:
    """`python docs/generate.py` makes them so."""
    done = generate("--check")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_page_that_is_stale_missing_or_of_no_command_is_found(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    shutil.copytree(ROOT / "docs", docs, ignore=shutil.ignore_patterns("pictures", "__pycache__"))
    generate(docs=docs)
    (docs / "man" / "llamacloud-prod.1").write_text("stale", encoding="utf-8")
    (docs / "man" / "llamacloud-prod-batches.1").unlink()
    (docs / "man" / "llamacloud-prod-gone.1").write_text("", encoding="utf-8")
    checked = generate("--check", docs=docs)
    assert checked.returncode == 1
    assert sorted(checked.stderr.splitlines()) == [
        "of no command: docs/man/llamacloud-prod-gone.1",
        "stale: docs/man/llamacloud-prod-batches.1",
        "stale: docs/man/llamacloud-prod.1",
    ]
    assert generate(docs=docs).returncode == 0
    assert generate("--check", docs=docs).returncode == 0


@pytest.mark.skipif(shutil.which("groff") is None, reason="groff is not installed")
def test_manual_pages_have_no_mistakes() -> None:
    """All warnings of groff are on; it says nothing."""
    pages = sorted(MANUAL.glob("*.1"))
    assert pages
    for page in pages:
        done = subprocess.run(
            ["groff", "-man", "-ww", "-Tutf8", "-z", "-k", str(page)], capture_output=True, text=True, check=True
        )
        assert done.stderr == "", page.name


@pytest.mark.skipif(shutil.which("groff") is None, reason="groff is not installed")
def test_a_manual_page_shows_what_was_written_in_the_application() -> None:
    """Dashes, backslashes and quotes are those that can be pasted."""
    page = MANUAL / "llamacloud-prod-batches-create.1"
    shown = subprocess.run(
        ["groff", "-man", "-Tutf8", "-k", "-P-c", str(page)], capture_output=True, encoding="utf-8", check=True
    ).stdout
    text = "".join(shown[index] for index in range(len(shown)) if "\b" not in shown[index : index + 2])
    assert "--config '{job: {configuration_id: cfg-PARSE_AGENTIC, type: parse_v2}}'" in text
    assert "llamacloud-prod batches create --source-directory-id DIRECTORY_ID \\\n" in text
