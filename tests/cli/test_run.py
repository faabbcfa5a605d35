"""`batches run`: from files and folders to results."""

from __future__ import annotations

import json
import os
import re
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from llamacloud_cli.sandbox import INSTANT, Sandbox, SandboxOptions
from tests.conftest import KEY
from tests.workflows.conftest import Service, Tool, manifest, written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with Sandbox(SandboxOptions(data=tmp_path / "sandbox", speed=INSTANT, api_key=KEY)) as sandbox:
        found = Service(sandbox)
        yield found
        found.http.close()


@pytest.fixture
def tool(service: Service, tmp_path: Path) -> Tool:
    return Tool(service, tmp_path / "home")


@pytest.fixture
def source(tmp_path: Path) -> Callable[..., Path]:
    def make(*names: str) -> Path:
        for name in names:
            path = tmp_path / "docs" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"text of {name}\n")
        return tmp_path / "docs"

    return make


def test_a_folder_becomes_results_under_the_same_paths(service: Service, tool: Tool, source, tmp_path: Path) -> None:
    folder, out = source("a.txt", "sub/b.txt", "sub/deep/c.md"), tmp_path / "out"
    result = tool("batches", "run", str(folder), "--parse", "-o", str(out))
    assert result.status == 0, result.stderr
    assert written(out) == {
        "a.txt.md": "text of a.txt\n",
        "sub/b.txt.md": "text of sub/b.txt\n",
        "sub/deep/c.md.md": "text of sub/deep/c.md\n",
    }
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line["source"] for line in lines] == ["a.txt", "sub/b.txt", "sub/deep/c.md"]
    assert all(line["credits"] == 1.0 and line["bytes"] > 0 and len(line["sha256"]) == 64 for line in lines)
    assert "3 files ok (0 done before), 0 failed, 3 credits" in result.stderr
    (directory,) = service.all("/api/v1/beta/directories")
    assert directory["type"] == "ephemeral"
    assert directory["name"].startswith("llamacloud-prod-run-")


def test_the_same_command_again_sends_and_fetches_nothing(service: Service, tool: Tool, source, tmp_path: Path) -> None:
    command = ("batches", "run", str(source("a.txt", "b.txt")), "--parse", "-o", str(tmp_path / "out"))
    tool(*command)
    service.faults({"match": {"method": "POST"}, "status": 500}, {"match": {"path": "/api/v2/*"}, "status": 500})
    result = tool(*command)
    assert result.status == 0, result.stderr
    assert "2 files ok (2 done before), 0 failed, 0 credits" in result.stderr


def test_only_what_is_new_or_changed_is_sent(service: Service, tool: Tool, source, tmp_path: Path) -> None:
    folder = source("a.txt", "b.txt")
    command = ("batches", "run", str(folder), "--parse", "-o", str(tmp_path / "out"), "--overwrite")
    tool(*command)
    (folder / "b.txt").write_text("changed\n")
    (folder / "c.txt").write_text("new\n")
    assert tool(*command).status == 0
    assert sorted(file["display_name"] for file in service.uploads()) == ["a.txt", "b.txt", "b.txt", "c.txt"]
    assert written(tmp_path / "out")["b.txt.md"] == "changed\n"


def test_files_of_the_same_content_are_paid_for_once(service: Service, tool: Tool, source, tmp_path: Path) -> None:
    folder = source("a.txt")
    (folder / "copy").mkdir()
    (folder / "copy" / "b.txt").write_bytes((folder / "a.txt").read_bytes())
    result = tool("batches", "run", str(folder), "--parse", "-o", str(tmp_path / "out"))
    assert result.status == 0
    assert len(service.uploads()) == 1
    assert written(tmp_path / "out") == {"a.txt.md": "text of a.txt\n", "copy/b.txt.md": "text of a.txt\n"}
    assert len({line["job_id"] for line in manifest(tmp_path / "out")}) == 1


def test_a_result_that_was_deleted_is_fetched_again_and_not_paid_again(
    service: Service, tool: Tool, source, tmp_path: Path
) -> None:
    command = ("batches", "run", str(source("a.txt", "b.txt")), "--parse", "-o", str(tmp_path / "out"))
    tool(*command)
    (tmp_path / "out" / "a.txt.md").unlink()
    assert tool(*command).status == 0
    assert sorted(written(tmp_path / "out")) == ["a.txt.md", "b.txt.md"]
    assert len(service.uploads()) == 2


def test_another_form_of_the_results_is_not_paid_again(service: Service, tool: Tool, source, tmp_path: Path) -> None:
    command = ("batches", "run", str(source("a.txt")), "--parse", "-o", str(tmp_path / "out"))
    tool(*command)
    assert tool(*command, "--as", "text").status == 0
    assert sorted(written(tmp_path / "out")) == ["a.txt.md", "a.txt.txt"]
    assert len(service.batches()) == 1


def test_many_files_become_batches_of_at_most_the_size(service: Service, tool: Tool, source, tmp_path: Path) -> None:
    folder = source(*(f"{number}.txt" for number in range(25)))
    result = tool("batches", "run", str(folder), "--parse", "-o", str(tmp_path / "out"), "--batch-size", "10")
    assert result.status == 0, result.stderr
    sizes = [
        len(service.all(f"/api/v1/beta/directories/{one['id']}/files"))
        for one in service.all("/api/v1/beta/directories")
    ]
    assert sorted(sizes) == [5, 10, 10]
    assert len(service.batches()) == 3


def test_what_will_be_sent_is_told_before_it_is(service: Service, tool: Tool, source, tmp_path: Path) -> None:
    with (source("a.txt", "b.txt") / "a.txt").open("wb") as file:
        file.truncate(30 * 1024 * 1024)
    service.faults({"match": {"method": "POST", "path": "/api/v1/beta/directories"}, "status": 400})
    result = tool("batches", "run", str(tmp_path / "docs"), "--parse", "-o", str(tmp_path / "out"))
    assert result.status == 1
    assert "2 files: 2 to upload (30 MiB), 0 done before, 0 refused; configuration cfg-" in result.stderr
    assert service.uploads() == []


def test_ids_alone_are_those_of_the_jobs(tool: Tool, source) -> None:
    folder = source("a.txt", "b.txt")
    (folder / "a.txt").write_text("")
    result = tool("batches", "run", str(folder), "--parse", "-q")
    assert result.status == 3
    assert result.stdout.startswith("pjb-")
    assert result.stdout.count("\n") == 1


def test_the_embedded_sandbox_knows_what_was_done_although_its_port_changes(tmp_path: Path, run, source) -> None:
    command = ("batches", "run", str(source("a.txt")), "--parse", "-o", str(tmp_path / "out"), "--sandbox")
    env = {"LLAMA_CLOUD_SANDBOX_DATA": str(tmp_path / "embedded"), "LLAMA_CLOUD_SANDBOX_SPEED": "instant"}
    assert run(*command, env=env).status == 0
    assert "(1 done before)" in run(*command, env=env).stderr


def test_folders_may_be_as_deep_as_the_system_lets_them(tool: Tool, tmp_path: Path) -> None:
    here = tmp_path / "docs"
    here.mkdir()
    made = [here]
    for _ in range(1200):
        made.append(made[-1] / "d")
        made[-1].mkdir()
    (made[-1] / "a.txt").write_text("deep\n")
    plan = tool("batches", "run", str(here), "--parse", "--dry-run")
    assert plan.json["files"] == 1
    (made[-1] / "a.txt").unlink()
    for folder in reversed(made):  # pytest's own cleaning recurses
        folder.rmdir()


class TestFailures:
    def test_files_that_failed_give_status_3_and_are_in_the_manifest(
        self, service: Service, tool: Tool, source, tmp_path: Path
    ) -> None:
        command = ("batches", "run", str(source("a.txt", "b.txt", "c.txt")), "--parse", "-o", str(tmp_path / "out"))
        faults = [{"stage": "job", "name": "a.txt", "message": "corrupt"}, {"stage": "mapping", "name": "b.txt"}]
        service.faults(files=faults)
        result = tool(*command)
        assert result.status == 3
        assert "error: 2 of 3 files failed — --retry-failed sends again what failed\n" in result.stderr
        assert re.search(r"^failed: a.txt \(job pjb-[^)]+\): corrupt$", result.stderr, re.MULTILINE)
        assert "failed: b.txt: Failed by a fault rule of the sandbox\n" in result.stderr
        errors = {line["source"]: line["error"] for line in manifest(tmp_path / "out")}
        assert errors == {"a.txt": "corrupt", "b.txt": "Failed by a fault rule of the sandbox", "c.txt": None}
        service.no_faults()
        assert tool(*command).status == 3, "what failed is not sent again unasked"
        assert len(service.batches()) == 1
        assert tool(*command, "--retry-failed").status == 0
        assert len(service.uploads()) == 5
        assert sorted(written(tmp_path / "out")) == ["a.txt.md", "b.txt.md", "c.txt.md"]

    def test_of_many_that_failed_the_first_are_named(
        self, service: Service, tool: Tool, source, tmp_path: Path
    ) -> None:
        folder = source(*(f"{number:02d}.txt" for number in range(13)))
        service.faults(files=[{"stage": "job"}])
        result = tool("batches", "run", str(folder), "--parse", "-o", str(tmp_path / "out"))
        assert result.stderr.count("failed: ") == 10
        assert "… and 3 more\n" in result.stderr

    def test_a_batch_that_failed_gives_status_5_and_can_be_sent_again(
        self, service: Service, tool: Tool, source, tmp_path: Path
    ) -> None:
        command = ("batches", "run", str(source("a.txt")), "--parse", "-o", str(tmp_path / "out"))
        service.faults(batches=[{"outcome": "failed", "times": 1}])
        result = tool(*command)
        assert result.status == 5
        assert "1 FAILED" in result.stderr
        assert tool(*command, "--retry-failed").status == 0
        assert len(service.batches()) == 2

    def test_a_file_that_the_service_refuses_does_not_keep_the_others(
        self, service: Service, tool: Tool, source, tmp_path: Path
    ) -> None:
        folder = source("a.txt", "b.txt", "c.txt")
        service.faults(
            {"match": {"path": "*/files/upload"}, "status": 413, "times": 1, "body": {"detail": "Too large"}}
        )
        result = tool("batches", "run", str(folder), "--parse", "-o", str(tmp_path / "out"))
        assert result.status == 3
        assert len(written(tmp_path / "out")) == 2
        assert [line["error"] for line in manifest(tmp_path / "out") if line["error"]] == [
            f"413 {HTTPStatus(413).phrase}: Too large"
        ]

    def test_a_key_that_is_refused_ends_the_run(self, service: Service, tool: Tool, source, tmp_path: Path) -> None:
        folder = source("a.txt")
        assert (
            tool("batches", "run", str(folder), "--parse", "-o", str(tmp_path / "out"), "--api-key", "no").status == 4
        )

    def test_a_throttled_batch_is_waited_for(self, tmp_path: Path, source) -> None:
        with Sandbox(SandboxOptions(data=tmp_path / "slow", speed=200.0, api_key=KEY)) as sandbox:
            service = Service(sandbox)
            service.faults(batches=[{"outcome": "throttled", "seconds": 20}])
            result = Tool(service, tmp_path / "home")("batches", "run", str(source("a.txt")), "--parse")
            service.http.close()
        assert result.status == 0, result.stderr

    def test_the_limits_of_a_service_are_kept_by_all_workers(
        self, service: Service, tool: Tool, source, tmp_path: Path
    ) -> None:
        """40 calls a second pass: few of them are refused although 8 workers send."""
        folder = source(*(f"{number}.txt" for number in range(60)))
        service.faults({"match": {"path": "*/files/upload"}, "throttle": {"rate": 40}})
        result = tool("batches", "run", str(folder), "--parse", "-o", str(tmp_path / "out"))
        assert result.status == 0, result.stderr
        assert len(service.uploads()) == 60


class TestSources:
    def test_patterns_choose_files_as_gitignore_does(self, tool: Tool, source, tmp_path: Path) -> None:
        folder = source("a.txt", "b.pdf", "drafts/c.txt", "sub/d.txt", "sub/e.html")
        argv = ("--include", "*.txt", "--include", "*.html", "--exclude", "drafts/", "--exclude", "/sub/d.txt")
        plan = tool("batches", "run", str(folder), "--parse", *argv, "--dry-run").json
        assert plan["files"] == 2

    def test_files_of_other_types_are_left_alone_and_told(self, tool: Tool, source, tmp_path: Path) -> None:
        result = tool("batches", "run", str(source("a.txt", "b.exe", ".hidden")), "--parse", "--dry-run")
        assert result.json["files"] == 1
        assert result.json["left_alone"] == [
            "left alone: 2 files of types that the service does not read (without a type, .exe)"
        ] or result.json["left_alone"] == [
            "left alone: 2 files of types that the service does not read (.exe, without a type)"
        ]

    def test_a_list_comes_on_standard_input(self, tool: Tool, source, tmp_path: Path) -> None:
        folder = source("a.txt", "b.txt", "c.txt")
        listed = f"{folder}/a.txt\n\n{folder}/c.txt\n".encode()
        result = tool("batches", "run", "-", "--parse", "--transform", "source", "-r", stdin=listed)
        assert result.stdout == "a.txt\nc.txt\n"

    @pytest.mark.parametrize("end", [b"\n", b"\0"])
    def test_only_what_ends_a_name_ends_it(self, end: bytes, tool: Tool, tmp_path: Path) -> None:
        names = ["line\u2028separator.txt", " blanks at the ends .txt", "a\rb\x0bc\x85d.txt"]
        names += ["line\nfeed.txt"] if end == b"\0" else []
        paths = [os.fsencode(tmp_path / "docs" / name) for name in names]
        paths.append(os.fsencode(tmp_path / "docs") + b"/no text \xff.txt")
        (tmp_path / "docs").mkdir()
        for number, path in enumerate(paths):
            Path(os.fsdecode(path)).write_text(f"{number}\n")
        result = tool("batches", "run", "-", "--parse", "-q", stdin=end.join(paths) + end)
        assert result.status == 0, result.stderr
        assert result.stdout.count("pjb-") == len(paths)

    def test_several_folders_keep_their_names_apart(self, tool: Tool, source, tmp_path: Path) -> None:
        source("one/a.txt", "two/a.txt")
        paths = [str(tmp_path / "docs" / name) for name in ("one", "two")]
        assert tool("batches", "run", *paths, "--parse", "-o", str(tmp_path / "out")).status == 0
        assert sorted(written(tmp_path / "out")) == ["one/a.txt.md", "two/a.txt.md"]

    def test_an_empty_file_is_refused_before_anything_is_sent(
        self, service: Service, tool: Tool, source, tmp_path: Path
    ) -> None:
        folder = source("a.txt", "b.txt")
        (folder / "a.txt").write_text("")
        result = tool("batches", "run", str(folder), "--parse", "-o", str(tmp_path / "out"))
        assert result.status == 3
        assert [(line["status"], line["error"]) for line in manifest(tmp_path / "out")] == [
            ("REFUSED", "the file is empty"), ("COMPLETED", None)
        ]  # fmt: skip
        assert len(service.uploads()) == 1
        assert "failed: a.txt: the file is empty\n" in result.stderr
        assert "1 of 2 files failed — files that are refused must be changed, or left out by --exclude" in result.stderr

    def test_a_name_that_is_no_text_can_be_told(self, tool: Tool, source) -> None:
        folder = source("a.txt")
        Path(os.fsdecode(os.fsencode(folder) + b"/no text \xff.txt")).write_text("")
        result = tool("batches", "run", str(folder), "--parse")
        assert "failed: no text \ufffd.txt: the file is empty\n" in result.stderr

    def test_a_name_that_is_no_text_can_be_told_before_anything_is_sent(self, tool: Tool, source) -> None:
        folder = source("a.txt")
        Path(os.fsdecode(os.fsencode(folder) + b"/no text \xff.txt")).write_text("")
        plan = tool("batches", "run", str(folder), "--parse", "--dry-run").json
        assert plan["refused_files"] == [{"source": "no text ?.txt", "error": "the file is empty"}]

    def test_a_file_that_is_too_large_is_refused(self, tool: Tool, source, tmp_path: Path) -> None:
        folder = source("a.txt", "b.txt")
        with (folder / "a.txt").open("wb") as file:
            file.truncate(513 * 1024 * 1024)
        plan = tool("batches", "run", str(folder), "--parse", "--dry-run").json
        assert plan["refused_files"] == [{"source": "a.txt", "error": "the file has 513 MiB; at most 512 are taken"}]
        assert plan["to_upload"] == 1

    @pytest.mark.parametrize("argv", [(), ("nowhere",), ("a.exe",), ("empty",)])
    def test_what_cannot_be_a_source_is_refused(
        self, argv: tuple[str, ...], service: Service, tool: Tool, source, tmp_path: Path
    ) -> None:
        """Nothing is saved at the service and no folder is made, even where another PATH is good."""
        (tmp_path / "a.exe").write_text("x")
        (tmp_path / "empty").mkdir()
        paths = [str(tmp_path / name) for name in argv]
        good = str(source("a.txt") / "a.txt")
        for before in ((), (good,)) if argv and argv != ("empty",) else ((),):
            assert tool("batches", "run", *before, *paths, "--parse", "-o", str(tmp_path / "out")).status == 2
        assert service.all("/api/v1/beta/configurations", name="llamacloud-prod parse agentic") == []
        assert service.all("/api/v1/beta/directories") == []
        assert not (tmp_path / "out").exists()

    def test_results_are_not_written_among_the_sources(self, tool: Tool, source) -> None:
        folder = source("a.txt")
        result = tool("batches", "run", str(folder), "--parse", "-o", str(folder))
        assert result.status == 2
        assert "would be taken for sources" in result.stderr

    def test_an_output_folder_below_the_sources_is_left_out(self, tool: Tool, source) -> None:
        folder = source("a.txt")
        command = ("batches", "run", str(folder), "--parse", "-o", str(folder / "results"))
        assert tool(*command).status == 0
        result = tool(*command)
        assert "1 file: 0 to upload" in result.stderr


def test_list_and_get_know_the_names_of_the_files(service: Service, tool: Tool, source) -> None:
    tool("batches", "run", str(source("a.txt", "b.txt")), "--parse")
    identifier = service.batches()[0]["id"]
    assert tool("batches", "list", "--local-names").json["local_names"] == ["a.txt", "b.txt"]
    found = tool("batches", "get", identifier, "--expand", "results", "--local-names").json
    assert sorted(result["local_name"] for result in found["results"]) == ["a.txt", "b.txt"]
    assert "local_names" not in tool("batches", "list").json
    table = tool("batches", "list", "--local-names", "--color", "never", terminal=True).stdout
    assert "LOCAL_NAMES" in table


def test_a_terminal_sees_the_progress_of_the_whole(tool: Tool, source, tmp_path: Path) -> None:
    result = tool(
        "batches", "run", str(source("a.txt", "b.txt")), "--parse", "-o", str(tmp_path / "out"), terminal=True
    )
    assert result.status == 0
    assert "uploaded" in result.stderr
    assert "of 2" in result.stderr


def test_after_a_run_without_a_folder_a_person_is_told_how_to_get_what_was_paid_for(
    service: Service, tool: Tool, source, tmp_path: Path
) -> None:
    command = ("batches", "run", str(source("a.txt")), "--parse")
    result = tool(*command, terminal=True)
    hint = re.search(r"next: llamacloud-prod (batches results bat-\S+) -o out", result.stderr)
    assert hint is not None, result.stderr
    assert tool(*hint[1].split(), "-o", str(tmp_path / "out")).status == 0
    assert written(tmp_path / "out") == {"a.txt.md": "text of a.txt\n"}
    assert len(service.batches()) == 1
    for more in (("-o", str(tmp_path / "other")), ("--json",), ("-q",)):
        assert "next:" not in tool(*command, *more, terminal=True).stderr
