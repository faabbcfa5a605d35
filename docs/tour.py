"""Writes docs/guides/newcomers-hour.md: what a newcomer sees, captured from a real terminal.

Usage: python docs/tour.py. Needs tmux, bash, zsh, fish and a network for pip; everything else happens in a temporary
home, against the embedded sandbox. The pictures are what tmux shows, with nothing changed but blanks at line ends.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "guides" / "newcomers-hour.md"
WIDTH, HEIGHT = 80, 40
LONGEST_STEP_SECONDS = 180.0
PROMPT = "% "
SERVER = "http://127.0.0.1:8089"


class Step(NamedTuple):
    """One step of the hour.

    Attributes:
        title: a heading, or nothing where it goes on under the one before.
        words: what there is to see.
        keys: what is typed, as tmux names keys; `Enter` and `Tab` are keys, anything else is text.
        until: a pattern that the screen shows when the step is over; None waits for the next prompt.
        clear: whether the screen is cleared first.
        seconds: how long the screen has to stay as it is.
    """

    title: str
    words: str
    keys: tuple[str, ...]
    until: str | None = None
    clear: bool = True
    seconds: float = 0.6


class Terminal:
    """A tmux session of its own.

    Args:
        home: the home folder of the user in it.
        variables: further variables of the environment.
    """

    def __init__(self, home: Path, variables: dict[str, str]) -> None:
        self._socket = home / ".tmux"
        env = {"HOME": str(home), "TERM": "xterm-256color", "LANG": "C.UTF-8", **variables}
        assignments = [f"{name}={value}" for name, value in env.items()]
        self._tmux(
            "-f", "/dev/null", "new-session", "-d", "-x", str(WIDTH), "-y", str(HEIGHT), "-c", str(home),
            "env", "-i", *assignments, "bash", "--noprofile", "--rcfile", f"{home}/.bashrc",
        )  # fmt: skip
        self._tmux("set-option", "-g", "status", "off")

    def type(self, keys: tuple[str, ...]) -> None:
        """Types text and keys."""
        for key in keys:
            if key in ("Enter", "Tab", "Escape", "Down", "Up", "C-c", "C-l", "C-u"):
                self._tmux("send-keys", key)
            elif key.startswith("sleep "):
                time.sleep(float(key.split()[1]))
            else:
                self._tmux("send-keys", "-l", key)

    def screen(self) -> str:
        """Gives what is on the screen."""
        return self._tmux("capture-pane", "-p").rstrip("\n")

    def settled(self, until: str | None, seconds: float) -> str:
        """Waits until the screen shows a pattern, or a prompt, and stays as it is; gives it."""
        pattern = re.compile(until or rf"\n(\S+ )?{re.escape(PROMPT.strip())}$", re.MULTILINE)
        end = time.monotonic() + LONGEST_STEP_SECONDS
        before, since = "", time.monotonic()
        while time.monotonic() < end:
            screen = self.screen()
            if screen != before:
                before, since = screen, time.monotonic()
            elif pattern.search("\n" + screen) and time.monotonic() - since > seconds:
                return screen
            time.sleep(0.1)
        raise TimeoutError(f"never saw {pattern.pattern!r} on:\n{before}")

    def close(self) -> None:
        """Ends all that runs in it."""
        self._tmux("kill-server")

    def _tmux(self, *argv: str) -> str:
        command = ["/usr/bin/env", "tmux", "-S", str(self._socket), *argv]
        done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - keys of this file
        return done.stdout


def steps(key: str) -> list[Step]:
    """Gives the steps of the hour, for a sandbox server with a key."""
    run = "llamacloud-prod"
    return [
        Step(
            "Install",
            "Python and pip are enough; `pipx install` and `uv tool install` work as well.",
            ("python3 -m venv .venv && .venv/bin/pip install -q './llamacloud-cli[all]'", "Enter"),
            seconds=3,
        ),
        Step("", "", ("export PATH=~/.venv/bin:$PATH && llamacloud-prod | head -n 30", "Enter")),
        Step(
            "Log in",
            f"Here the service is the embedded sandbox (`{run} sandbox serve --port 8089` in another window); at "
            "LlamaCloud `--base-url` is left out, or is `--region eu`. The key is pasted without an echo. This "
            "machine has no keyring that works, so the tool asks before it writes a file.",
            (f"{run} auth login --base-url {SERVER}", "Enter", "sleep 3", key, "Enter", "sleep 2", "y", "Enter"),
        ),
        Step("", "", (f"{run} auth status", "Enter")),
        Step(
            "From a folder to results",
            "The samples come with the tool. The configuration is made once and found again.",
            (f"{run} batches run llamacloud-cli/llamacloud_cli/sandbox/samples --parse -o out -q", "Enter"),
            seconds=1.5,
        ),
        Step("", "", ("ls out && head -5 out/meeting-notes.md.md", "Enter")),
        Step("See what there is", "", (f"{run} batches list", "Enter")),
        Step(
            "Tab in bash",
            "After `. <(llamacloud-prod completion bash)`. Commands and flags come from the script alone; ids from "
            "what commands have met.",
            (f". <({run} completion bash)", "Enter", "sleep 1.5", "C-l", f"{run} batches ", "Tab", "Tab"),
            until=r"watch",
        ),
        Step(
            "",
            "",
            ("C-u", f"{run} batches get ba", "Tab", "sleep 1.5", " --ex", "Tab", "sleep 0.5", "res", "Tab", "Enter"),
        ),
        Step(
            "Tab in zsh",
            "",
            (
                "PS1='%% ' zsh -f",
                "Enter",
                "sleep 1",
                "autoload -Uz compinit; compinit -u",
                "Enter",
                "sleep 1",
                f". <({run} completion zsh)",
                "Enter",
                "sleep 1.5",
                "C-l",
                f"{run} batches ",
                "Tab",
            ),
            until=r"watch",
        ),
        Step("", "", ("C-u", f"{run} batches list --status ", "Tab"), until="RUNNING", clear=True),
        Step("", "", ("C-c", "exit", "Enter"), until=None),
        Step(
            "Tab in fish",
            "",
            (
                "fish --no-config",
                "Enter",
                "sleep 1.5",
                "function fish_prompt; echo -n '% '; end",
                "Enter",
                "sleep 1",
                f"{run} completion fish | source",
                "Enter",
                "sleep 1.5",
                "C-l",
                f"{run} batches ",
                "Tab",
            ),
            until=r"watch",
        ),
        Step("", "", ("Escape", "C-u", f"{run} batches get ", "Tab", "sleep 2", "Tab"), until="bat-", clear=False),
        Step("", "", ("Escape", "C-u", "exit", "Enter"), until=None),
        Step(
            "Explore an answer",
            "`--format explore`: a tree, a table, search, and the job's text one Enter further. Here after Enter on "
            "the first batch.",
            (f"{run} batches list --format explore", "Enter", "sleep 4", "Enter", "sleep 2"),
            until=r"results",
            seconds=2,
        ),
        Step("", "", ("q", "sleep 1"), until=None),
        Step(
            "An error",
            "One line: what is wrong, where, what to do. The exit status says of which kind.",
            (f'{run} batches list --status DONE; echo "exit status $?"', "Enter"),
        ),
        Step(
            "",
            "",
            (f'{run} batches get bat-00000000-0000-0000-0000-000000000000; echo "exit status $?"', "Enter"),
            clear=False,
        ),
        Step("Is everything well?", "", (f"{run} doctor", "Enter")),
    ]


def play(terminal: Terminal, hour: list[Step]) -> str:
    """Gives the page."""
    parts = [
        "# A newcomer's hour\n",
        "<!-- Written by docs/tour.py from a real terminal. Run it again instead of editing. -->\n",
        (
            f"What somebody sees who comes to this tool for the first time, in a window of {WIDTH} columns, captured\n"
            "by tmux. Everything happens on the embedded sandbox: no account, no cost.\n"
        ),
    ]
    for step in hour:
        if step.clear:
            terminal.type(("C-l",))
            time.sleep(0.3)
        terminal.type(step.keys)
        screen = terminal.settled(step.until, step.seconds)
        if step.keys[0] == "q" or "exit" in step.keys:  # the way back
            continue
        if step.title:
            parts.append(f"## {step.title}\n")
        if step.words:
            parts.append(step.words + "\n")
        lines = [line.rstrip() for line in screen.splitlines()]
        while lines and lines[-1] in ("", PROMPT.strip()):
            lines.pop()
        parts.append("```text\n" + "\n".join(lines) + "\n```\n")
        PAGE.write_text("\n".join(parts), encoding="utf-8")  # what there is, should a later step fail
        print(step.title or "…", file=sys.stderr)
    return "\n".join(parts)


def main() -> None:
    """Plays the hour in a temporary home and writes the page."""
    home = Path(tempfile.gettempdir()) / "newcomer"
    home.mkdir()
    try:
        _play_in(home)
    finally:
        shutil.rmtree(home, ignore_errors=True)  # shells that are ending may still write there


def _play_in(home: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="tour-") as folder:
        (home / ".bashrc").write_text(f"PS1='{PROMPT}'\nbind 'set bell-style none'\n", encoding="utf-8")
        copy = shutil.ignore_patterns(".git", "__pycache__", ".*_cache", "tests", ".venv")
        shutil.copytree(ROOT, home / "llamacloud-cli", ignore=copy)
        server = subprocess.Popen(  # noqa: S603 - this tool itself
            [sys.executable, "-m", "llamacloud_cli", "sandbox", "serve", "--port", SERVER.rpartition(":")[2],
             "--data", f"{folder}/data", "--speed", "instant"],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        key = ""
        while "LLAMA_CLOUD_API_KEY" not in key:
            key = server.stdout.readline() if server.stdout else ""
        variables = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
        variables |= {"PATH": f"{sys.base_prefix}/bin:/usr/bin:/bin", "SHELL": "/bin/bash"}
        terminal = Terminal(home, variables)
        try:
            PAGE.write_text(play(terminal, steps(key.strip().rpartition("=")[2])), encoding="utf-8")
        finally:
            terminal.close()
            server.terminate()


if __name__ == "__main__":
    main()
