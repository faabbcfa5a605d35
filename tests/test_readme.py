"""README's two lines are true: what they run after the installation is run here."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
LINES = re.findall(r"^\$ (.+)$", README, re.MULTILINE)


def test_there_is_one_line_for_the_main_job_and_one_for_the_tests() -> None:
    """Each makes its environment, installs and runs, with Python and pip alone."""
    assert len(LINES) == 2
    for line in LINES:
        assert line.startswith("python3 -m venv .venv && .venv/bin/pip install -q ")
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
