"""README's two lines that install are true: what they run after that is run here, the second as it stands by the gate.

The other sessions of README are run by tests/docs/.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
LINES = re.findall(r"^\$ (python3 -m venv .+)$", README, re.MULTILINE)


def test_there_is_one_line_for_the_main_job_and_one_for_the_tests() -> None:
    """Each makes its environment, installs and runs, with Python and pip alone."""
    assert len(LINES) == 2
    for line in LINES:
        assert line.startswith("python3 -m venv .venv && .venv/bin/pip install -q ")
    assert [line for line in LINES if "pytest" in line] == LINES[1:], "the gate finds its line by this word"
    assert ".venv/bin/llamacloud-prod " in LINES[0]
    assert ".venv/bin/python -m pytest " in LINES[1]


def test_the_line_for_the_main_job_prints_the_results_of_the_samples(tmp_path: Path) -> None:
    """On the sandbox, without a key; the words are those of the sample documents."""
    command = LINES[0].split(" && ", 2)[2].replace(".venv/bin/llamacloud-prod", f"{sys.executable} -m llamacloud_cli")
    samples = "llamacloud_cli/sandbox/samples"
    assert samples in command
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "PYTHONPATH": str(ROOT),
        "LLAMA_CLOUD_SANDBOX_SPEED": "instant",
    }
    done = subprocess.run(
        ["bash", "-c", command.replace(samples, shlex.quote(str(ROOT / samples)))],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    sources = sorted(path.name for path in (ROOT / samples).iterdir())
    for name in sources:
        assert f'"source":"{name}"' in done.stdout
    assert "Invoice number" in done.stdout
    assert re.search(r"5 files ok.* 0 failed", done.stderr)


def test_links_lead_to_files() -> None:
    """The site's own links are checked when it is built; README is no part of it."""
    targets = re.findall(r"\]\(([^)#]+)[^)]*\)|(?:src|srcset)=\"([^\"]+)\"", README)
    local = [target for pair in targets for target in pair if target and "://" not in target]
    assert len(local) > 10
    assert [target for target in local if not (ROOT / target).exists()] == []
