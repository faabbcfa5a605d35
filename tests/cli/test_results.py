"""`batches results`: which file became which job, and its result on disk."""

from __future__ import annotations

import hashlib
import json
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from llamacloud_cli.sandbox import INSTANT, Sandbox, SandboxOptions
from llamacloud_cli.workflows.results import ResultsOptions, batch_results
from llamacloud_cli.workflows.stop import Stop
from tests.clients import client
from tests.conftest import KEY
from tests.servers import Reply, ScriptedServer, Seen, batch, page
from tests.workflows.conftest import Service, Tool, manifest, written

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from llamacloud_cli.progress import FetchProgress
    from tests.conftest import Runner
    from tests.servers import Script

NAMES = ["a.txt", "b.txt", "c.txt"]


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with Sandbox(SandboxOptions(data=tmp_path / "sandbox", speed=INSTANT, api_key=KEY)) as sandbox:
        found = Service(sandbox)
        yield found
        found.http.close()


@pytest.fixture
def tool(service: Service, tmp_path: Path) -> Tool:
    return Tool(service, tmp_path / "home")


def test_every_file_is_mapped_to_its_job_one_json_document_a_line(service: Service, tool: Tool) -> None:
    identifier = service.batch(NAMES)
    result = tool("batches", "results", identifier)
    assert result.status == 0
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert sorted(line["source"] for line in lines) == NAMES
    found = service.http.get(f"/api/v2/batches/{identifier}", params={"expand": "results"}).json()["results"]
    assert {line["directory_file_id"]: line["job_id"] for line in lines} == {
        one["source_directory_file_id"]: one["job_reference"]["id"] for one in found
    }
    assert all(line["status"] == "COMPLETED" and line["credits"] == 1.0 and line["pages"] == 1 for line in lines)
    assert all(line["output"] is None for line in lines)


def test_a_terminal_sees_a_table(service: Service, tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is little room, what it cost gives way: an id that is cut is of no use."""
    identifier = service.batch(NAMES)
    argv = ("batches", "results", identifier, "--color", "never")
    monkeypatch.setenv("COLUMNS", "80")
    narrow = tool(*argv, terminal=True).stdout.splitlines()
    assert narrow[0].split() == ["SOURCE", "JOB_ID", "STATUS"]
    monkeypatch.setenv("COLUMNS", "140")
    result = tool(*argv, terminal=True)
    assert result.stdout.splitlines()[0].split() == ["SOURCE", "JOB_ID", "STATUS", "PAGES", "CREDITS", "ERROR"]
    assert len(result.stdout.splitlines()) == 4


@pytest.mark.parametrize(
    ("kind", "suffixes"), [(None, [".md"]), ("text", [".txt"]), ("json", [".json"]), ("all", [".json", ".md", ".txt"])]
)
def test_each_result_is_written_under_the_name_of_its_file(
    kind: str | None, suffixes: list[str], service: Service, tool: Tool, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    result = tool("batches", "results", service.batch(NAMES), "-o", str(out), *(("--as", kind) if kind else ()))
    assert result.status == 0
    files = written(out)
    assert sorted(files) == sorted(name + suffix for name in NAMES for suffix in suffixes)
    for name, text in files.items():
        number = NAMES.index(name[:5])
        if name.endswith(".json"):
            assert json.loads(text)["job"]["status"] == "COMPLETED"
        else:
            assert text == f"text {number}\n"
    lines = manifest(out)
    assert {output for line in lines for output in line["outputs"]} == set(files)
    assert sum(line["bytes"] for line in lines) == sum(len(text.encode()) for text in files.values())


def test_a_different_file_is_left_alone_without_overwrite(service: Service, tool: Tool, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "a.txt.md").write_text("mine\n")
    (out / "b.txt.md").write_text("text 1\n")
    identifier = service.batch(NAMES)
    result = tool("batches", "results", identifier, "-o", str(out))
    assert result.status == 3
    assert (out / "a.txt.md").read_text() == "mine\n"
    errors = {line["source"]: line["error"] for line in manifest(out)}
    assert errors.pop("a.txt").startswith("a.txt.md: a different file is there (--overwrite replaces it")
    assert errors == {"b.txt": None, "c.txt": None}
    assert "error: 1 of 3 files failed — --overwrite replaces files that are in the way" in result.stderr
    assert tool("batches", "results", identifier, "-o", str(out), "--overwrite").status == 0
    assert (out / "a.txt.md").read_text() == "text 0\n"


def test_files_that_failed_are_named_with_their_error_and_the_status_is_3(service: Service, tool: Tool) -> None:
    service.faults(
        files=[{"stage": "job", "name": "a.txt", "message": "corrupt"}, {"stage": "mapping", "name": "b.txt"}]
    )
    result = tool("batches", "results", service.batch(NAMES))
    assert result.status == 3
    lines = {line["source"]: line for line in map(json.loads, result.stdout.splitlines())}
    assert (lines["a.txt"]["status"], lines["a.txt"]["error"]) == ("FAILED", "corrupt")
    assert (lines["b.txt"]["job_id"], lines["b.txt"]["status"]) == (None, "FAILED")
    assert lines["c.txt"]["error"] is None
    assert f"failed: a.txt (job {lines['a.txt']['job_id']}): corrupt\n" in result.stderr
    assert "failed: b.txt: " in result.stderr


def test_a_page_that_failed_is_named(service: Service, tool: Tool, tmp_path: Path) -> None:
    service.faults(files=[{"stage": "page", "page": 1}])
    tool("batches", "results", service.batch(["a.txt"]), "-o", str(tmp_path / "out"))
    assert manifest(tmp_path / "out")[0]["failed_pages"] == [1]


def test_a_batch_that_goes_on_says_that_it_must_be_waited_for(tmp_path: Path) -> None:
    with Sandbox(SandboxOptions(data=tmp_path / "slow", speed=0.001, api_key=KEY)) as sandbox:
        service = Service(sandbox)
        result = Tool(service, tmp_path / "home")("batches", "results", service.batch(NAMES))
        service.http.close()
    assert result.status == 3
    assert "wait first: `llamacloud-prod batches wait bat-" in result.stderr


def test_a_batch_that_failed_gives_status_5(service: Service, tool: Tool) -> None:
    service.faults(batches=[{"outcome": "failed"}])
    identifier = service.batch(NAMES)
    result = tool("batches", "results", identifier)
    assert result.status == 5
    assert f"error: {identifier} ended FAILED — what is shown is all that it has\n" in result.stderr


def test_files_that_a_run_sent_have_their_paths_and_digests(service: Service, tool: Tool, tmp_path: Path) -> None:
    (tmp_path / "docs" / "sub").mkdir(parents=True)
    (tmp_path / "docs" / "sub" / "a.txt").write_text("text\n")
    assert tool("batches", "run", str(tmp_path / "docs"), "--parse").status == 0
    (line,) = tool("batches", "results", service.batches()[0]["id"]).documents
    assert (line["source"], line["sha256"]) == ("sub/a.txt", hashlib.sha256(b"text\n").hexdigest())


def test_files_of_a_directory_that_is_gone_are_known_by_their_ids(service: Service, tool: Tool, tmp_path: Path) -> None:
    identifier = service.batch(NAMES)
    service.faults({"match": {"method": "GET", "path": "*/files"}, "status": 404})
    result = tool("batches", "results", identifier, "-o", str(tmp_path / "out"))
    assert result.status == 0, result.stderr
    assert all(line["source"] == line["directory_file_id"] and line["sha256"] is None for line in result.documents)
    assert sorted(written(tmp_path / "out")) == sorted(f"{line['source']}.md" for line in result.documents)


def cancelled() -> Script:
    """A batch that was cancelled when the first of its two jobs was done."""
    statuses = {"pjb-1": "COMPLETED", "pjb-2": "RUNNING"}
    results = [{"source_directory_file_id": f"dfl-{one[-1]}", "job_reference": {"id": one, "type": "parse_v2"}}
               for one in statuses]  # fmt: skip
    jobs = [{"id": one, "status": status, "usage": {"credits": 1}} for one, status in statuses.items()]

    def script(seen: Seen) -> Reply:
        if seen.path.startswith("/api/v2/batches"):
            return Reply(body=batch(status="CANCELLED", results=results))
        if seen.path == "/api/v2/parse":
            return Reply(body=page(*jobs))
        if seen.path == "/api/v2/parse/pjb-1":
            return Reply(body={"job": jobs[0], "markdown": {"pages": [{"markdown": "done", "page_number": 1}]}})
        return Reply(404)

    return script


def test_a_job_that_is_gone_is_a_failure_of_its_file_alone(service: Service, tool: Tool, tmp_path: Path) -> None:
    identifier = service.batch(NAMES)
    service.faults({"match": {"method": "GET", "path": "/api/v2/parse/*"}, "status": 404, "times": 1})
    result = tool("batches", "results", identifier, "-o", str(tmp_path / "out"))
    assert result.status == 3
    (gone,) = (line for line in result.documents if line["error"] is not None)
    assert (gone["status"], gone["error"], gone["outputs"]) == (
        "FAILED",
        "the job is not known any more; results expire",
        [],
    )
    assert len(written(tmp_path / "out")) == len(NAMES) - 1


def test_of_a_batch_that_was_cancelled_only_what_is_done_is_fetched(
    run: Runner, server: ScriptedServer, tmp_path: Path
) -> None:
    server.script = cancelled()
    result = run("batches", "results", "bat-1", "-o", str(tmp_path / "out"))
    assert result.status == 5
    assert written(tmp_path / "out") == {"dfl-1.md": "done\n"}
    assert [(line["status"], line["error"]) for line in result.documents] == [("COMPLETED", None), ("RUNNING", None)]
    assert all(seen.path != "/api/v2/parse/pjb-2" for seen in server.seen)


def test_how_far_it_is_is_told_from_the_start(server: ScriptedServer) -> None:
    server.script = cancelled()
    told: list[FetchProgress] = []
    with closing(client(base_url=server.url)) as caller:
        batch_results(caller, "bat-1", ResultsOptions(concurrency=1), Stop(), told.append)
    assert [(one.done, one.total) for one in told] == [(0, 2), (1, 2), (2, 2)]


def test_an_extract_batch_has_no_markdown(service: Service, tool: Tool, tmp_path: Path) -> None:
    (tmp_path / "schema.json").write_text('{"type": "object", "properties": {"total": {"type": "string"}}}')
    (tmp_path / "a.txt").write_text("Total: 5\n")
    argv = ("batches", "run", str(tmp_path / "a.txt"), "--extract", str(tmp_path / "schema.json"))
    assert tool(*argv).status == 0
    identifier = service.batches()[0]["id"]
    assert tool("batches", "results", identifier, "-o", str(tmp_path / "out"), "--as", "markdown").status == 2
    assert tool("batches", "results", identifier, "-o", str(tmp_path / "out")).status == 0
    assert list(json.loads(written(tmp_path / "out")["a.txt.json"])) == ["total"]


class TestLargeResults:
    """A result that is too large for an answer is downloaded by its presigned URL, without the key."""

    def _script(self, server: ScriptedServer, download: Reply):
        results = [{"source_directory_file_id": "dfl-1", "job_reference": {"id": "pjb-1", "type": "parse_v2"},
                    "error_message": None}]  # fmt: skip
        job = {"id": "pjb-1", "status": "COMPLETED", "error_message": None, "usage": {"credits": 7}}

        def script(seen: Seen) -> Reply:
            expand = [value for name, value in seen.query if name == "expand"]
            if seen.path.startswith("/api/v2/batches"):
                return Reply(body=batch(status="COMPLETED", results=results))
            if seen.path.endswith("/files"):
                return Reply(body=page({"id": "dfl-1", "unique_id": "u", "display_name": "big.pdf"}))
            if seen.path == "/api/v2/parse":
                return Reply(body=page(job))
            if "markdown_content_metadata" in expand:
                url = f"{server.url}/presigned?signature=secret"
                return Reply(
                    body={"job": job, "result_content_metadata": {"md": {"size_bytes": 9, "presigned_url": url}}}
                )
            if seen.path.startswith("/api/v2/parse/"):
                return Reply(headers={"content-length": str(65 * 1024 * 1024)}, body=b"x" * (65 * 1024 * 1024))
            return download

        return script

    def test_it_comes_without_the_key(self, run, server: ScriptedServer, tmp_path: Path) -> None:
        server.script = self._script(server, Reply(body=b"# Large\n"))
        result = run("batches", "results", "bat-1", "-o", str(tmp_path / "out"))
        assert result.status == 0, result.stderr
        assert written(tmp_path / "out") == {"big.pdf.md": "# Large\n"}
        fetched = [seen for seen in server.seen if seen.path == "/presigned"]
        assert len(fetched) == 1
        assert "authorization" not in fetched[0].headers
        assert manifest(tmp_path / "out")[0]["credits"] == 7

    def test_a_redirect_to_plain_http_is_not_followed(self, run, server: ScriptedServer, tmp_path: Path) -> None:
        elsewhere = Reply(302, headers={"location": "http://elsewhere.example/x"})
        server.script = self._script(server, elsewhere)
        result = run("batches", "results", "bat-1", "-o", str(tmp_path / "out"))
        assert result.status == 1
        assert "a download leads to http://elsewhere.example, which is not https" in result.stderr
        assert "secret" not in result.stderr
        assert written(tmp_path / "out") == {}

    def test_a_cut_download_leaves_nothing_behind(self, run, server: ScriptedServer, tmp_path: Path) -> None:
        server.script = self._script(server, Reply(body=b"# Large\n" * 100, cut=300))
        result = run("batches", "results", "bat-1", "-o", str(tmp_path / "out"), "--max-retries", "1")
        assert result.status == 7
        assert written(tmp_path / "out") == {}
