"""`auth login` and questions at a real terminal."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pexpect
import pytest

from llamacloud_cli.settings import userfile
from llamacloud_cli.settings.keystore import FileStore
from tests.processes import PROGRAM, environment
from tests.servers import Reply, ScriptedServer, batch

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers import Seen

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="terminals of POSIX")

STORED = "llx-typed-in-9876543210zyxw"
QUESTION = r"Write the key to \S+ \(0600\), unencrypted\? \[y/N\] "


@pytest.fixture
def service() -> Iterator[ScriptedServer]:
    def script(seen: Seen) -> Reply:
        return Reply(body=[{"id": "p", "name": "Mine"}] if seen.path == "/api/v1/projects" else batch())

    served = ScriptedServer(script)
    yield served
    served.close()


@pytest.fixture
def terminal(service: ScriptedServer, tmp_path: Path) -> Iterator[list[pexpect.spawn]]:
    """Collects the programs that a test starts, to end them."""
    started: list[pexpect.spawn] = []
    yield started
    for one in started:
        one.close(force=True)


def start(
    started: list[pexpect.spawn], service: ScriptedServer, folder: Path, *argv: str, key: str | None = None
) -> pexpect.spawn:
    env = environment(service.url, LLAMA_CLOUD_API_KEY=key, TERM="xterm", COLUMNS="200")
    child = pexpect.spawn(
        PROGRAM[0], [*PROGRAM[1:], *argv], env=env, cwd=str(folder), timeout=30, encoding="utf-8", dimensions=(40, 200)
    )
    started.append(child)
    return child


def finish(child: pexpect.spawn) -> tuple[int | None, str]:
    """Gives the exit status and what was still written."""
    child.expect(pexpect.EOF)
    text = child.before or ""
    child.close()
    return child.exitstatus if child.signalstatus is None else -child.signalstatus, text


def type_key(child: pexpect.spawn) -> None:
    """Types a key at the first question, which is the one that shows nothing."""
    child.expect_exact("API key for ")
    assert "[y/N]" not in (child.before or ""), "a key that is pasted there is shown"
    assert child.waitnoecho(timeout=20)
    child.sendline(STORED)


class TestPrompt:
    def test_a_typed_key_is_never_shown(
        self, service: ScriptedServer, terminal: list[pexpect.spawn], tmp_path: Path
    ) -> None:
        child = start(terminal, service, tmp_path, "auth", "login", "--insecure-storage")
        child.expect_exact(f"API key for {service.url}: ")
        assert child.waitnoecho(timeout=20)
        child.sendline(STORED)
        status, text = finish(child)
        assert status == 0, text
        assert STORED not in text
        assert "Projects: Mine (p)" in text
        assert FileStore().read("default") == (STORED, service.url)

    def test_without_a_keyring_it_asks_before_it_writes_a_file(
        self, service: ScriptedServer, terminal: list[pexpect.spawn], tmp_path: Path
    ) -> None:
        child = start(terminal, service, tmp_path, "auth", "login")
        type_key(child)
        child.expect(QUESTION)
        assert service.seen == []
        child.sendline("y")
        assert finish(child)[0] == 0
        assert FileStore().path.stat().st_mode & 0o777 == 0o600

    @pytest.mark.parametrize("answer", ["", "n", "maybe"])
    def test_anything_but_yes_is_no(
        self, service: ScriptedServer, terminal: list[pexpect.spawn], tmp_path: Path, answer: str
    ) -> None:
        child = start(terminal, service, tmp_path, "auth", "login")
        type_key(child)
        child.expect(QUESTION)
        child.sendline(answer)
        status, text = finish(child)
        assert status == 2
        assert "nothing was stored" in text
        assert not FileStore().path.exists()
        assert service.seen == []

    def test_ctrl_d_is_no_key(self, service: ScriptedServer, terminal: list[pexpect.spawn], tmp_path: Path) -> None:
        child = start(terminal, service, tmp_path, "auth", "login", "--insecure-storage")
        child.expect_exact("API key for ")
        assert child.waitnoecho(timeout=20)
        child.sendeof()
        status, text = finish(child)
        assert (status, "no key was typed" in text) == (2, True)

    def test_ctrl_c_ends_it_quietly_with_the_terminal_as_it_was(
        self, service: ScriptedServer, terminal: list[pexpect.spawn], tmp_path: Path
    ) -> None:
        echo = "stty -a | grep -cw -- -echo"
        line = f"trap : INT; {echo}; {' '.join(PROGRAM)} auth login --insecure-storage; {echo}"
        env = environment(service.url, LLAMA_CLOUD_API_KEY=None, TERM="xterm")
        child = pexpect.spawn("bash", ["-c", line], env=env, cwd=str(tmp_path), timeout=30, encoding="utf-8")
        terminal.append(child)
        child.expect_exact("0\r\n")
        child.expect_exact("API key for ")
        assert child.waitnoecho(timeout=20)
        child.sendintr()
        _, text = finish(child)
        assert "0" in text.split()
        assert "Traceback" not in text
        assert not userfile.path().exists()

    def test_typing_a_key_that_cannot_be_one_sends_nothing(
        self, service: ScriptedServer, terminal: list[pexpect.spawn], tmp_path: Path
    ) -> None:
        child = start(terminal, service, tmp_path, "auth", "login", "--insecure-storage")
        child.expect_exact("API key for ")
        assert child.waitnoecho(timeout=20)
        child.sendline("two words\x07")
        status, text = finish(child)
        assert (status, service.seen) == (4, [])
        assert "two words" not in text


class TestTrust:
    def test_a_project_that_sets_the_base_url_takes_a_yes_once(
        self, service: ScriptedServer, terminal: list[pexpect.spawn], tmp_path: Path
    ) -> None:
        (tmp_path / ".git").mkdir()
        (tmp_path / ".llamacloud.toml").write_text(f'base_url = "{service.url}"\n', encoding="utf-8")
        os.environ.pop("LLAMA_CLOUD_BASE_URL", None)

        def ask() -> pexpect.spawn:
            env = environment("", LLAMA_CLOUD_BASE_URL=None, LLAMA_CLOUD_API_KEY=STORED, TERM="xterm")
            argv = [*PROGRAM[1:], "batches", "get", "bat-1"]
            child = pexpect.spawn(
                PROGRAM[0], argv, env=env, cwd=str(tmp_path), timeout=30, encoding="utf-8", dimensions=(40, 300)
            )
            terminal.append(child)
            return child

        child = ask()
        child.expect_exact(f"wants requests to go to {service.url}, with your API key. Trust it? [y/N] ")
        child.sendline("n")
        assert finish(child)[0] == 2
        assert service.seen == []
        child = ask()
        child.expect_exact("[y/N] ")
        child.sendline("y")
        assert finish(child)[0] == 0
        assert service.seen[0].headers["authorization"] == f"Bearer {STORED}"
        status, text = finish(ask())
        assert (status, "Trust it?" in text) == (0, False)
