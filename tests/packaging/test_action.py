"""The GitHub action, step by step as the runner does it: bash with the variables that each step names."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
import yaml

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
ACTION = ROOT / ".github" / "actions" / "batches-run"
SAMPLES = ROOT / "llamacloud_cli" / "sandbox" / "samples"


class Outcome(NamedTuple):
    """What a run of the action leaves.

    Attributes:
        failed_step: the name of the step that failed, or None.
        outputs: of the action.
        summary: of the job, in Markdown.
        log: all that the steps printed.
    """

    failed_step: str | None
    outputs: dict[str, str]
    summary: str
    log: str


@pytest.fixture
def action(tmp_path: Path) -> Callable[..., Outcome]:
    """Runs the action's steps but the installation, which .ci/packages does for real."""
    definition = yaml.safe_load((ACTION / "action.yml").read_text(encoding="utf-8"))
    programs = tmp_path / "runner" / "llamacloud-prod" / "bin"
    programs.mkdir(parents=True)
    for name, command in (("python", sys.executable), ("llamacloud-prod", f"{sys.executable} -m llamacloud_cli")):
        (programs / name).write_text(f'#!/bin/sh\nexec {command} "$@"\n', encoding="utf-8")
        (programs / name).chmod(0o755)

    def run(**inputs: str) -> Outcome:
        values = {f"inputs.{name}": spec.get("default", "") for name, spec in definition["inputs"].items()}
        values |= {f"inputs.{name.replace('_', '-')}": value for name, value in inputs.items()}
        values["github.action_path"] = str(ACTION)

        def filled(text: str) -> str:
            return re.sub(r"\$\{\{ (.+?) \}\}", lambda found: values.get(found[1], ""), text)

        log, failed = "", None
        summary = tmp_path / "summary.md"
        for step in definition["runs"]["steps"][1:]:
            assert "${{" not in step["run"], "an input that is put into a script would be run"
            output = tmp_path / "output"
            output.write_text("", encoding="utf-8")
            env = {
                "PATH": os.environ["PATH"],
                "HOME": os.environ["HOME"],
                "PYTHONPATH": str(ROOT),
                "LLAMA_CLOUD_SANDBOX_SPEED": "instant",
                "RUNNER_TEMP": str(tmp_path / "runner"),
                "GITHUB_OUTPUT": str(output),
                "GITHUB_STEP_SUMMARY": str(summary),
                **{name: filled(text) for name, text in step["env"].items()},
            }
            done = subprocess.run(
                ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
                cwd=tmp_path,
                env=env,
                capture_output=True,
                text=True,
                check=False,
            )
            log += done.stdout + done.stderr
            for line in output.read_text(encoding="utf-8").splitlines():
                name, _, value = line.partition("=")
                values[f"steps.{step['id']}.outputs.{name}"] = value
            if done.returncode:
                failed = step["name"]
                break
        outputs = {name: filled(spec["value"]) for name, spec in definition["outputs"].items()}
        return Outcome(failed, outputs, summary.read_text(encoding="utf-8") if summary.exists() else "", log)

    return run


def test_the_results_are_there_and_the_summary_has_a_line_a_file(
    action: Callable[..., Outcome], tmp_path: Path
) -> None:
    """As a workflow uses it, on the sandbox."""
    outcome = action(source=str(SAMPLES), args="--parse\n--sandbox")
    assert outcome.failed_step is None, outcome.log
    assert outcome.outputs == {
        "exit-status": "0",
        "manifest": "llamacloud-results/manifest.jsonl",
        "succeeded": "5",
        "failed": "0",
    }
    assert "5 files with a result, 0 without, 8 credits." in outcome.summary
    for path in SAMPLES.iterdir():
        assert f"| {path.name.replace('_', '&#95;')} | COMPLETED |" in outcome.summary
    assert (tmp_path / "llamacloud-results" / "meeting-notes.md.md").is_file()


def test_inputs_are_text_and_never_code(action: Callable[..., Outcome], tmp_path: Path) -> None:
    """A name with everything that a shell would take for its own."""
    name = "a b;$(touch pwned)`touch pwned`'\".txt"
    (tmp_path / name).write_text("words", encoding="utf-8")
    outcome = action(source=f"{name}\n", args="--parse\n--sandbox\n", output="out; touch pwned")
    assert outcome.failed_step is None, outcome.log
    assert outcome.outputs["succeeded"] == "1"
    assert not list(tmp_path.rglob("pwned"))


@pytest.mark.parametrize(("allowed", "failed_step"), [("false", "Write the job summary"), ("true", None)])
def test_a_file_that_failed_fails_the_step_unless_that_is_allowed(
    action: Callable[..., Outcome], tmp_path: Path, allowed: str, failed_step: str | None
) -> None:
    """The summary is written first in either case, and names the file."""
    (tmp_path / "good.txt").write_text("words", encoding="utf-8")
    (tmp_path / "bad.pdf").write_bytes(b"%PDF-1.4 and then nothing of the kind")
    outcome = action(source="good.txt\nbad.pdf", args="--parse\n--sandbox", allow_failed_files=allowed)
    assert outcome.failed_step == failed_step, outcome.log
    assert (outcome.outputs["exit-status"], outcome.outputs["failed"]) == ("3", "1")
    lines = [line for line in outcome.summary.splitlines() if "bad.pdf" in line or "good.txt" in line]
    assert "bad.pdf | FAILED" in lines[0]
    assert "good.txt | COMPLETED" in lines[1]


def test_wrong_usage_fails_with_its_meaning_in_the_summary(action: Callable[..., Outcome]) -> None:
    """There is no manifest then."""
    outcome = action(source="gone.pdf", args="--parse\n--sandbox")
    assert outcome.failed_step == "Write the job summary"
    assert outcome.outputs["exit-status"] == "2"
    assert "Exit status 2: wrong usage; nothing was sent." in outcome.summary
    assert "gone.pdf" in outcome.log


def test_a_manifest_of_an_earlier_run_is_not_taken_for_that_of_a_failed_one(
    action: Callable[..., Outcome], tmp_path: Path
) -> None:
    """A cache may bring one back."""
    (tmp_path / "out").mkdir()
    old = tmp_path / "out" / "manifest.jsonl"
    old.write_text('{"source": "old.pdf", "status": "COMPLETED"}\n', encoding="utf-8")
    os.utime(old, (0, 0))
    outcome = action(source="gone.pdf", args="--parse\n--sandbox", output="out")
    assert (outcome.outputs["manifest"], outcome.outputs["succeeded"]) == ("", "0")
    assert "old" not in outcome.summary


def test_the_key_is_in_no_log_and_no_argument(action: Callable[..., Outcome]) -> None:
    """It reaches the tool by the environment; the port is closed, so that the call fails."""
    outcome = action(source=str(SAMPLES), api_key="llx-canary-of-the-action", base_url="http://127.0.0.1:1")
    assert outcome.outputs["exit-status"] == "7"
    assert "canary" not in outcome.log + outcome.summary


def test_hostile_text_in_a_manifest_is_no_markup_in_the_summary(tmp_path: Path) -> None:
    """File names and the service's errors are other people's text."""
    row = {"source": "<img src=x>|`a`\udcff\u202e", "status": "FAILED", "error": "[click](http://evil)\n# head"}
    (tmp_path / "manifest.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    env = {
        "PATH": os.environ["PATH"],
        "MANIFEST": "manifest.jsonl",
        "EXIT_STATUS": "3",
        "GITHUB_STEP_SUMMARY": "summary.md",
        "GITHUB_OUTPUT": "output",
    }
    command = shlex.join([sys.executable, str(ACTION / "summary.py")])
    subprocess.run(["bash", "-c", command], cwd=tmp_path, env=env, check=True)
    line = (tmp_path / "summary.md").read_text(encoding="utf-8").splitlines()[-1]
    assert "<img" not in line
    assert "](http" not in line
    assert "\u202e" not in line
    assert line.count("|") == 6


def test_the_steps_run_in_the_bash_of_macos_runners() -> None:
    """That is 3.2: no mapfile, no associative arrays, no changes of case in expansions."""
    definition = yaml.safe_load((ACTION / "action.yml").read_text(encoding="utf-8"))
    scripts = [step["run"] for step in definition["runs"]["steps"]] + [(ACTION / "install.sh").read_text("utf-8")]
    newer = r"\b(mapfile|readarray|declare -[An]|local -n)\b|\$\{\w+(\^|,|@)|&>>|\|&"
    assert [found[0] for script in scripts for found in re.finditer(newer, script)] == []
