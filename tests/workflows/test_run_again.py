"""What a later run on the same folder finds: other files, changed files, results that were touched."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from llamacloud_cli.api.batches import SEARCH_SECONDS
from llamacloud_cli.workflows.ledger import Ledger
from tests.workflows.conftest import Service, Tool, manifest, written

if TYPE_CHECKING:
    from pathlib import Path


def jobs(service: Service) -> list[str]:
    """Gives the jobs of all batches."""
    found = []
    for one in service.batches():
        answer = service.http.get(f"/api/v2/batches/{one['id']}", params={"expand": "results"}).json()
        found += [result["job_reference"]["id"] for result in answer["results"]]
    return found


def test_what_a_run_that_was_killed_had_not_finished_writing_is_removed(tool: Tool, source, tmp_path: Path) -> None:
    command = ("batches", "run", str(source("a.txt")), "--parse", "-o", str(tmp_path / "out"))
    tool(*command)
    half = tmp_path / "out" / ".llamacloud" / "tmp" / "half"
    half.parent.mkdir(exist_ok=True)
    half.write_text("half")
    assert tool(*command).status == 0
    assert not half.exists()


def test_a_result_that_has_no_place_is_not_sent_again(service: Service, tool: Tool, source, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.txt.md").write_text("mine")
    command = ("batches", "run", str(source("a.txt", "b.txt")), "--parse", "-o", str(tmp_path / "out"))
    result = tool(*command)
    assert result.status == 3
    hint = "--overwrite replaces files that are in the way of results"
    assert f"error: 1 of 2 files failed — {hint}\n" in result.stderr
    assert written(tmp_path / "out") == {"a.txt.md": "mine", "b.txt.md": "text of b.txt\n"}
    assert tool(*command, "--overwrite").status == 0
    assert len(service.uploads()) == 2


def test_a_narrower_run_after_a_kill_pays_for_nothing_twice(
    service: Service, tool: Tool, source, tmp_path: Path
) -> None:
    """Of 40 files, 18 are in the directory, and the ledger knows of 10. Two others are run alone, then all again."""
    folder, out = source(count=40), tmp_path / "out"
    service.faults({"match": {"path": "*/files/upload"}, "after": 18, "status": 500})
    command = ("batches", "run", str(folder), "--parse", "-o", str(out), "--concurrency", "1", "--max-retries", "0")
    assert tool(*command).status == 1
    service.no_faults()
    assert len(service.uploads()) == 18
    ledger = Ledger(out / ".llamacloud")
    killed = "SELECT id FROM work WHERE state = 'uploaded' ORDER BY id LIMIT 8"
    ledger.change(f"UPDATE work SET state = 'new', file_id = NULL WHERE id IN ({killed})")
    narrow = [bytes(row[0]).decode() for row in ledger.rows("SELECT source FROM file ORDER BY id DESC LIMIT 2")]
    ledger.close()
    result = tool(*command, *(word for name in narrow for word in ("--include", f"/{name}")))
    assert result.status == 0, result.stderr
    result = tool(*command)
    assert result.status == 0, result.stderr
    uploads = [file["unique_id"] for file in service.uploads()]
    assert (len(uploads), len(set(uploads))) == (40, 40)
    assert len(jobs(service)) == 40
    assert len(written(out)) == len(manifest(out)) == 40


def test_a_changed_source_replaces_the_result_that_was_not_touched(tool: Tool, source, tmp_path: Path) -> None:
    folder, out = source("a.txt", "b.txt"), tmp_path / "out"
    command = ("batches", "run", str(folder), "--parse", "-o", str(out))
    tool(*command)
    (folder / "a.txt").write_text("changed\n")
    result = tool(*command)
    assert result.status == 0, result.stderr
    assert written(out)["a.txt.md"] == "changed\n"


def test_a_changed_source_leaves_the_result_that_was_edited(tool: Tool, source, tmp_path: Path) -> None:
    folder, out = source("a.txt", "b.txt"), tmp_path / "out"
    command = ("batches", "run", str(folder), "--parse", "-o", str(out))
    tool(*command)
    (out / "a.txt.md").write_text("edited by hand\n")
    (folder / "a.txt").write_text("changed\n")
    result = tool(*command)
    assert result.status == 3
    assert written(out)["a.txt.md"] == "edited by hand\n"
    assert "failed: a.txt (job pjb-" in result.stderr
    assert "a.txt.md: a different file is there (--overwrite replaces it" in result.stderr
    assert "--retry-failed" not in result.stderr
    assert tool(*command, "--overwrite").status == 0
    assert written(out)["a.txt.md"] == "changed\n"


@pytest.mark.parametrize("rest", ["", "text of"])
def test_a_result_that_was_cut_short_is_fetched_again(
    rest: str, service: Service, tool: Tool, source, tmp_path: Path
) -> None:
    command = ("batches", "run", str(source("a.txt", "b.txt")), "--parse", "-o", str(tmp_path / "out"))
    tool(*command)
    (tmp_path / "out" / "a.txt.md").write_text(rest)
    result = tool(*command)
    assert result.status == 0, result.stderr
    assert written(tmp_path / "out")["a.txt.md"] == "text of a.txt\n"
    assert len(service.uploads()) == 2


def test_the_manifest_tells_of_every_file_of_the_folder_and_standard_output_of_this_run(
    tool: Tool, source, tmp_path: Path
) -> None:
    folder, out = source("a.txt", "b.txt", "c.txt"), tmp_path / "out"
    command = ("batches", "run", str(folder), "--parse", "-o", str(out))
    tool(*command)
    result = tool(*command, "--include", "b.txt", "--transform", "source", "-r")
    assert result.stdout == "b.txt\n"
    assert [line["source"] for line in manifest(out)] == ["a.txt", "b.txt", "c.txt"]


def test_a_home_that_cannot_be_written_to_is_no_obstacle(tool: Tool, source, tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "home").write_text("no folder")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home"))
    result = tool("batches", "run", str(source("a.txt")), "--parse", "-o", str(tmp_path / "out"))
    assert result.status == 0, result.stderr
    assert written(tmp_path / "out") == {"a.txt.md": "text of a.txt\n"}


class TestUnansweredCreate:
    CREATE = {"match": {"method": "POST", "path": "/api/v2/batches"}}  # noqa: RUF012 - never changed

    def test_none_that_shows_up_gives_status_9_and_no_second_one_is_sent(
        self, service: Service, tool: Tool, source, tmp_path: Path
    ) -> None:
        folder, out = source(count=2), tmp_path / "out"
        command = ("batches", "run", str(folder), "--parse", "-o", str(out))
        service.faults({**self.CREATE, "status": 503, "times": 1})
        waited: list[float] = []
        result = tool(*command, sleep=waited.append)
        assert result.status == 9
        assert service.batches() == []
        assert f"for {SEARCH_SECONDS:.0f} seconds at most" in result.stderr
        directory = service.all("/api/v1/beta/directories")[0]["id"]
        assert f"check with `llamacloud-prod batches list --source-directory-id {directory}`" in result.stderr
        assert "the same command again looks for it first" in result.stderr
        assert sum(waited) == pytest.approx(SEARCH_SECONDS, abs=10)

    def test_a_later_run_creates_it_only_where_it_surely_had_no_effect(
        self, service: Service, tool: Tool, source, tmp_path: Path
    ) -> None:
        folder, out = source(count=2), tmp_path / "out"
        command = ("batches", "run", str(folder), "--parse", "-o", str(out))
        service.faults({**self.CREATE, "status": 503, "times": 1})
        assert tool(*command, sleep=lambda _: None).status == 9
        waited: list[float] = []
        result = tool(*command, sleep=waited.append)
        assert result.status == 0, result.stderr
        assert 110 < sum(waited) < 125
        assert len(service.batches()) == 1

    def test_a_batch_of_the_directory_that_does_not_fit_keeps_a_second_one_from_being_made(
        self, service: Service, tool: Tool, source, tmp_path: Path
    ) -> None:
        """The service may write the configuration in another way than it was sent."""
        folder, out = source(count=2), tmp_path / "out"
        command = ("batches", "run", str(folder), "--parse", "-o", str(out))
        service.faults({**self.CREATE, "status": 400})
        tool(*command)
        service.no_faults()
        directory = service.all("/api/v1/beta/directories")[0]["id"]
        config = {"job": {"type": "parse_v2", "configuration_id": "cfg-PARSE_AGENTIC"}}
        body = {"source_directory_id": directory, "config": config}
        service.http.post("/api/v2/batches", json=body).raise_for_status()
        ledger = Ledger(out / ".llamacloud")
        ledger.change("UPDATE shard SET state = 'intent'")
        ledger.close()
        result = tool(*command, sleep=lambda _: None)
        assert result.status == 9
        assert len(service.batches()) == 1
