"""The file behind completion of ids."""

from __future__ import annotations

import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llamacloud_cli import recent as module
from llamacloud_cli.recent import MOST_OF_A_KIND, Recent, cache_folder
from tests.servers import batch, page

if TYPE_CHECKING:
    from pathlib import Path

BATCHES = "/api/v2/batches"


def make(folder: Path) -> Recent:
    return Recent(folder, ("https://example.com", "llx-secret"), lambda: 100.0)


def ids(recent: Recent, kind: str = "batch") -> list[str]:
    return [entry.id for entry in recent.entries(kind)]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/api/v2/batches/x", "batch"),
        ("/api/v2/batches/x/cancel", "batch"),
        ("/api/v1/beta/directories", "directory"),
        ("/api/v1/beta/directories/x", "directory"),
        ("/api/v1/beta/configurations/x", "configuration"),
        ("/api/v1/beta/directories/x/files", None),
        ("/api/v1/beta/directories/x/files/y", None),
        ("/api/v2/parse/x", None),
        ("/api/v2/batches/x/other", None),
    ],
)
def test_ids_are_noted_from_the_resources_that_are_completed(tmp_path: Path, path: str, kind: str | None) -> None:
    recent = make(tmp_path)
    recent.note(path, {"id": "x-1"})
    recent.save()
    assert {one: ids(recent, one) for one in module.KINDS if ids(recent, one)} == ({kind: ["x-1"]} if kind else {})


def test_what_is_said_of_an_id_stays_where_it_is_met_as_a_part_of_something_else(tmp_path: Path) -> None:
    recent = make(tmp_path)
    recent.note("/api/v1/beta/directories/dir-1", {"id": "dir-1", "name": "invoices", "type": "user"})
    recent.note(f"{BATCHES}/bat-1", batch())
    recent.save()
    recent.note(f"{BATCHES}/bat-1", batch())
    recent.save()
    assert [entry.text for entry in recent.entries("directory")] == ["invoices, user"]


def test_a_file_does_not_grow_past_its_bounds(tmp_path: Path) -> None:
    for number in range(60):
        recent = make(tmp_path)
        recent.note(BATCHES, page(*(batch(f"bat-{number}-{index}") for index in range(100))))
        recent.save()
    (file,) = tmp_path.iterdir()
    assert file.stat().st_size < 300 * 1024
    assert file.stat().st_mode & 0o777 == 0o600
    assert len(ids(recent)) == MOST_OF_A_KIND
    assert set(ids(recent)) == {f"bat-{number}-{index}" for number in (58, 59) for index in range(100)}
    assert recent.marked("batch") == 100.0


def test_commands_at_the_same_time_lose_nothing(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from llamacloud_cli.recent import Recent\n"
        "for number in range(20):\n"
        "    recent = Recent(Path(sys.argv[1]), ('https://example.com', 'llx-secret'), lambda: 100.0)\n"
        "    recent.note('/api/v2/batches/x', {'id': f'bat-{sys.argv[2]}-{number}'}); recent.save()\n"
    )
    writers = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path), str(one)]) for one in range(4)]
    assert [writer.wait(60) for writer in writers] == [0] * 4
    assert sorted(ids(make(tmp_path))) == sorted(f"bat-{one}-{number}" for one in range(4) for number in range(20))


def test_threads_may_note_at_the_same_time(tmp_path: Path) -> None:
    recent = make(tmp_path)

    def note(one: int) -> None:
        for number in range(50):
            recent.note(f"{BATCHES}/x", {"id": f"bat-{one}-{number}"})

    threads = [threading.Thread(target=note, args=(one,)) for one in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    recent.save()
    assert len(ids(recent)) == 200


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text() | st.integers(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["id", "items", "config", "status", "x"]), inner),
)


@given(value=json_values)
def test_whatever_a_server_answers_is_noted_or_left(tmp_path_factory: pytest.TempPathFactory, value: Any) -> None:
    recent = make(tmp_path_factory.mktemp("recent"))
    recent.note(BATCHES, value)
    recent.save()
    assert all(entry.id.isascii() and entry.id.isprintable() for entry in recent.entries("batch"))


@given(data=st.binary())
def test_whatever_a_file_holds_is_read(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    recent = make(tmp_path_factory.mktemp("recent"))
    recent.note(f"{BATCHES}/x", {"id": "bat-1"})
    recent.save()
    (file,) = recent._path.parent.iterdir()
    file.write_bytes(data + file.read_bytes())
    assert "bat-1" in ids(recent)


@pytest.mark.parametrize("cache_home", [None, "", "/var/tmp/cache"])
def test_the_folder_is_the_one_that_platformdirs_gives(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cache_home: str | None
) -> None:
    from platformdirs import user_cache_path

    env = {"HOME": str(tmp_path)} if cache_home is None else {"HOME": str(tmp_path), "XDG_CACHE_HOME": cache_home}
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    assert cache_folder(env) == user_cache_path("llamacloud-prod", appauthor=False) / "recent"
