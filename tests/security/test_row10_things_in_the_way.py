"""Row 10: whatever stands in the place of a file that the tool reads or writes: a line, or no matter; nothing else.

No command hangs, crashes, or follows a link out of the folder that is the user's own.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import certifi
import pytest

from llamacloud_cli.api import transport
from llamacloud_cli.api.transport import tls_context
from llamacloud_cli.errors import UsageError
from tests.conftest import KEY
from tests.fuzz.service import Service
from tests.processes import environment
from tests.servers import ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.skipif(os.name != "posix", reason="links, pipes and owners of POSIX")

_CONFIG = ".config/llamacloud-prod"
_STATE = ".local/state/llamacloud-prod"
_DATA = ".local/share/llamacloud-prod/sandbox"
_RUN = ("batches", "run", "in", "--parse", "-o", "out", "--interval", "1s")
_RESULTS = ("batches", "results", "bat-1", "-o", "out")
_LOGIN = ("auth", "login", "--with-token", "--insecure-storage")
_SET = ("config", "set", "project_id", "p")
_TRUST = ("config", "set", "base_url", "https://api.example", "--project")
PLACES: list[tuple[str, tuple[str, ...]]] = [
    (f"{_CONFIG}/config.toml", ("config", "list")),
    (f"{_CONFIG}/config.toml", _SET),
    (f"{_CONFIG}/credentials.toml", _LOGIN),
    (f"{_CONFIG}/.lock", _SET),
    (".llamacloud.toml", ("batches", "list")),
    (".llamacloud.toml", _TRUST),
    (f"{_STATE}/trusted.json", _TRUST),
    (f"{_STATE}/ledgers", _RUN),
    (".cache/llamacloud-prod/recent", ("batches", "list")),
    ("out", _RESULTS),
    ("out/manifest.jsonl", _RESULTS),
    ("out/manifest.jsonl", _RUN),
    ("out/a.pdf.md", _RESULTS),
    ("out/a.txt.md", _RUN),
    ("out/.llamacloud/ledger.sqlite3", _RUN),
    ("out/.llamacloud/ledger.sqlite3-wal", _RUN),
    ("out/.llamacloud/lock", _RUN),
    ("out/.llamacloud/tmp", _RESULTS),
    (f"{_DATA}/sandbox.sqlite3", ("batches", "list", "--sandbox")),
    (f"{_DATA}/in-use", ("batches", "list", "--sandbox")),
    (f"{_DATA}/sandbox.sqlite3", ("sandbox", "reset", "--yes")),
    ("ca.pem", ("batches", "list", "--ca-bundle", "ca.pem", "--base-url", "https://127.0.0.1:1", "--max-retries", "0")),
    ("fault.yaml", ("sandbox", "serve", "--fault", "fault.yaml")),
    (".bashrc", ("doctor", "--offline")),
    (".llamacloud-prod.bash", ("doctor", "--offline")),
]


def _outside(path: Path) -> str:
    return str(next(parent for parent in path.parents if parent.name == "home-of-test").with_name("outside"))


IMPATIENT = """
import llamacloud_cli.api.transport as transport, llamacloud_cli.inputs.files as files
transport.PIPE_SECONDS = files.PATIENCE_SECONDS = 0.5
from llamacloud_cli.__main__ import run
run()
"""
"""The program, which waits half a second in place of half a minute for a pipe."""
THINGS: dict[str, Callable[[Path], object]] = {
    "a link": lambda path: path.symlink_to(_outside(path)),
    "a link to nothing": lambda path: path.symlink_to(_outside(path) + "-that-is-not-there"),
    "a pipe": os.mkfifo,
    "a device": lambda path: path.symlink_to("/dev/zero"),
    "nonsense": lambda path: path.write_bytes(b"\xff\0 nonsense \x1b[2J"),
}


@pytest.fixture
def service() -> Iterator[ScriptedServer]:
    served = ScriptedServer(Service())
    yield served
    served.close()


@pytest.mark.parametrize("thing", THINGS)
@pytest.mark.parametrize(("place", "argv"), PLACES, ids=[f"{place} {' '.join(argv[:2])}" for place, argv in PLACES])
def test_row10_in_the_place_of(
    service: ScriptedServer, tmp_path: Path, place: str, argv: tuple[str, ...], thing: str
) -> None:
    home, outside = tmp_path / "home-of-test", tmp_path / "outside"
    outside.write_text("do not touch")
    (home / "in").mkdir(parents=True)
    (home / "in" / "a.txt").write_text("text")
    (home / place).parent.mkdir(parents=True, mode=0o700, exist_ok=True)
    THINGS[thing](home / place)
    env = environment(service.url, HOME=str(home), SHELL="/bin/bash")
    if "sandbox" in " ".join(argv) or "--base-url" in argv or argv == _TRUST:
        del env["LLAMA_CLOUD_BASE_URL"]
    done = subprocess.run(
        [sys.executable, "-c", IMPATIENT, *argv], env=env, cwd=home, input=b"llx-typed-in-987654",
        capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    stderr = done.stderr.decode()
    assert done.returncode in (0, 1, 2, 3, 7), stderr
    assert not [word for word in ("Traceback", "internal error", "\x1b", KEY) if word in stderr], stderr
    if done.returncode:
        assert stderr.splitlines()[-1].startswith("error: ")
    assert outside.read_text() == "do not touch"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home-of-test", "outside"], "a link was followed"


class TestCertificatesFromAPipe:
    """`--ca-bundle <(…)` of a shell."""

    def test_row10_are_taken_while_they_come(self, tmp_path: Path) -> None:
        text = "# Autorité\n".encode() + Path(certifi.where()).read_bytes()
        os.mkfifo(tmp_path / "pipe")
        writer = threading.Thread(target=(tmp_path / "pipe").write_bytes, args=(text,))
        writer.start()
        context = tls_context(str(tmp_path / "pipe"), {})
        writer.join()
        assert len(context.get_ca_certs()) == text.count(b"BEGIN CERTIFICATE")

    @pytest.mark.parametrize("given", [b"", b"no certificate", "-----BEGIN CERTIFICATE-----é".encode()])
    def test_row10_that_are_none_are_refused(self, tmp_path: Path, given: bytes) -> None:
        os.mkfifo(tmp_path / "pipe")
        writer = threading.Thread(target=(tmp_path / "pipe").write_bytes, args=(given,))
        writer.start()
        with pytest.raises(UsageError, match="it holds none"):
            tls_context(str(tmp_path / "pipe"), {})
        writer.join()

    def test_row10_are_not_waited_for_without_end(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(transport, "PIPE_SECONDS", 0.2)
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(UsageError, match=r"no end came from it within 0\.2 s"):
            tls_context(str(tmp_path / "pipe"), {})
