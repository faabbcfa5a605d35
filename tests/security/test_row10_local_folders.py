"""Row 10: the tool's own folders: private up to the home, never a place to hang, never a reason to fail."""

from __future__ import annotations

import os
import stat
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from tests.commands import CREATE, LIST
from tests.processes import PROGRAM, environment, finish
from tests.servers import Reply, ScriptedServer, batch, page

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.skipif(os.name != "posix", reason="modes, locks and named pipes are those of POSIX")


@pytest.fixture
def places(tmp_path: Path) -> dict[str, str]:
    """Folders below folders that are not there yet."""
    kinds = {"XDG_CACHE_HOME": "cache", "XDG_CONFIG_HOME": "config", "XDG_STATE_HOME": "state"}
    return {name: str(tmp_path / "above" / kind) for name, kind in kinds.items()}


def modes(top: Path) -> set[tuple[bool, int]]:
    """Gives whether each thing below a folder, and the folder, is a folder itself, and its mode."""
    return {(path.is_dir(), stat.S_IMODE(path.stat().st_mode)) for path in (top, *top.rglob("*"))}


@pytest.mark.parametrize("umask", [0, 0o022, 0o077])
@pytest.mark.parametrize(
    "argv",
    [LIST, ("config", "set", "base_url", "https://api.example"), ("--sandbox", "batches", "list")],
    ids=["cache", "config", "sandbox"],
)
def test_row10_folders_above_the_tool_s_own_are_for_the_user_alone_too(
    server: ScriptedServer, places: dict[str, str], tmp_path: Path, argv: tuple[str, ...], umask: int
) -> None:
    """So the XDG Base Directory Specification wants it of folders that are made below a home."""
    server.script = [Reply(body=page(batch()))]
    changes: dict[str, str | None] = {**places, "XDG_DATA_HOME": str(tmp_path / "above" / "data")}
    if "--sandbox" in argv:
        changes["LLAMA_CLOUD_BASE_URL"] = None
    done = subprocess.run(
        [*PROGRAM, *argv], env=environment(server.url, **changes), umask=umask, stdin=subprocess.DEVNULL,
        capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    folders = {mode for is_folder, mode in modes(tmp_path / "above") if is_folder}
    assert folders == {0o700}


def pipe(path: Path) -> None:
    os.mkfifo(path)


def digits(path: Path) -> None:
    """No float is as large as the time at which the id was met."""
    path.write_text(f'["batch","bat-1","","",{"9" * 400}]\n')


@pytest.mark.parametrize("argv", [LIST, CREATE], ids=["list", "create"])
@pytest.mark.parametrize("spoil", [pipe, digits, os.mkdir])
def test_row10_whatever_is_in_the_place_of_the_cache_is_no_matter(
    server: ScriptedServer,
    places: dict[str, str],
    tmp_path: Path,
    argv: tuple[str, ...],
    spoil: Callable[[Path], None],
) -> None:
    server.script = lambda seen: Reply(body=page(batch())) if seen.method == "GET" else Reply(201, batch())
    assert finish(*PROGRAM, *LIST, url=server.url, **places).returncode == 0
    (cache,) = (tmp_path / "above" / "cache").rglob("*.jsonl")
    cache.unlink()
    spoil(cache)
    done = finish(*PROGRAM, *argv, url=server.url, **places)
    assert (done.returncode, done.stderr) == (0, "")
    assert '"bat-1"' in done.stdout


def test_row10_a_folder_that_another_process_keeps_locked_is_not_waited_for_without_end(
    places: dict[str, str], tmp_path: Path
) -> None:
    import fcntl

    folder = tmp_path / "above" / "config" / "llamacloud-prod"
    folder.mkdir(parents=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        began = time.monotonic()
        done = finish(*PROGRAM, "config", "set", "base_url", "https://api.example", **places)
        assert time.monotonic() - began < 50
    assert (done.returncode, done.stdout) == (1, "")
    assert "another process keeps the folder" in done.stderr
    assert not (folder / "config.toml").exists()
