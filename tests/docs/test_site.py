"""The site builds without a warning and asks no other host for anything."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOADED = re.compile(
    r"<(?:script|img|iframe|source)\b[^>]*\bsrc(?:set)?=\"?(?:https?:)?//|<link\b[^>]*stylesheet[^>]*//"
)


@pytest.mark.skipif(find_spec("material") is None, reason="mkdocs-material is not installed (extra: docs)")
def test_the_site_builds_without_a_warning_and_loads_from_nowhere_else(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "-f", ROOT / ".mkdocs.yml", "-d", tmp_path],
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert "WARNING" not in said, said
    pages = list(tmp_path.rglob("*.html"))
    assert {"index.html", "reference.html", "jq.html"} <= {page.name for page in pages}
    for page in pages:
        assert LOADED.findall(page.read_text(encoding="utf-8")) == [], page.name
    assert (tmp_path / "search" / "search_index.json").exists(), "the search is the reader's own"
    assert not list(tmp_path.rglob("*.py"))
    assert not list(tmp_path.rglob("*.1"))


def test_pictures_ask_for_nothing() -> None:
    """No fonts, no links: the only address in them is the name of the SVG format."""
    pictures = list((ROOT / "docs" / "pictures").glob("*.svg"))
    assert pictures
    for picture in pictures:
        text = picture.read_text(encoding="utf-8")
        assert "@font-face" not in text
        assert "url(http" not in text
        assert "href" not in text
