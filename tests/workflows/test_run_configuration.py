"""Which configuration a run uses, and what `--dry-run` says of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.workflows.conftest import Service, Tool, written

if TYPE_CHECKING:
    from pathlib import Path


class TestConfiguration:
    def test_it_is_saved_once_and_found_again_by_its_name(
        self, service: Service, tool: Tool, source, tmp_path: Path
    ) -> None:
        folder = source("a.txt")
        for out in ("one", "two"):
            assert (
                tool(
                    "batches",
                    "run",
                    str(folder),
                    "--parse",
                    "--tier",
                    "fast",
                    "-o",
                    str(tmp_path / out),
                ).status
                == 0
            )
        saved = service.all("/api/v1/beta/configurations", name="llamacloud-prod parse fast")
        assert len(saved) == 1
        assert saved[0]["parameters"]["tier"] == "fast"
        assert (tmp_path / "one" / "a.txt.txt").is_file()
        assert {one["config"]["job"]["configuration_id"] for one in service.batches()} == {saved[0]["id"]}

    @pytest.mark.parametrize("tier", ["agentic-plus", "AGENTIC_PLUS"])
    def test_a_tier_is_read_in_any_case_and_with_dashes(self, service: Service, tool: Tool, source, tier: str) -> None:
        assert tool("batches", "run", str(source("a.txt")), "--parse", "--tier", tier).status == 0
        assert len(service.all("/api/v1/beta/configurations", name="llamacloud-prod parse agentic_plus")) == 1

    @pytest.mark.parametrize("kind", ["markdown", "all"])
    def test_a_tier_that_gives_no_markdown_is_not_paid_for_to_say_so(
        self, service: Service, tool: Tool, source, tmp_path: Path, kind: str
    ) -> None:
        words = ("--parse", "--tier", "fast", "--as", kind, "-o", str(tmp_path / "out"))
        result = tool("batches", "run", str(source("a.txt")), *words)
        assert result.status == 2
        assert result.stderr.startswith(f"error: --as {kind}: the tier fast gives no markdown — use --as text")
        assert service.batches() == []

    def test_a_saved_one_is_named_by_name_or_id(self, service: Service, tool: Tool, source, tmp_path: Path) -> None:
        parameters = {"product_type": "parse_v2", "tier": "agentic", "version": "latest"}
        body = {"name": "mine", "parameters": parameters}
        identifier = service.http.post("/api/v1/beta/configurations", json=body).raise_for_status().json()["id"]
        folder = source("a.txt")
        assert tool("batches", "run", str(folder), "--configuration", "mine", "-o", str(tmp_path / "out")).status == 0
        again = tool("batches", "run", str(folder), "--configuration", identifier, "-o", str(tmp_path / "out"))
        assert "1 done before" in again.stderr
        assert tool("batches", "run", str(folder), "--configuration", "other").status == 2

    def test_it_is_given_as_in_create(self, service: Service, tool: Tool, source) -> None:
        config = "{job: {configuration_id: cfg-PARSE_AGENTIC, type: parse_v2}}"
        assert tool("batches", "run", str(source("a.txt")), "--config", config).status == 0
        assert service.batches()[0]["config"] == {"job": {"configuration_id": "cfg-PARSE_AGENTIC", "type": "parse_v2"}}

    def test_a_schema_extracts(self, tool: Tool, source, tmp_path: Path) -> None:
        folder = source("a.txt")
        (folder / "a.txt").write_text("Total: 12.50\n")
        schema = tmp_path / "schema.json"
        schema.write_text(json.dumps({"type": "object", "properties": {"total": {"type": "string"}}}))
        assert tool("batches", "run", str(folder), "--extract", str(schema), "-o", str(tmp_path / "out")).status == 0
        assert list(json.loads(written(tmp_path / "out")["a.txt.json"])) == ["total"]

    @pytest.mark.parametrize(
        "argv",
        [
            (),
            ("--parse", "--configuration", "x"),
            ("--configuration", "cfg-PARSE_AGENTIC", "--tier", "fast"),
            ("--parse", "--tier", "huge"),
            ("--config", "{job: 5}"),
            ("--extract", "nowhere.json"),
            ("--parse", "--concurrency", "0"),
            ("--parse", "--batch-size", "1001"),
            ("--parse", "--as", "pdf"),
            ("--parse", "--print-curl"),
        ],
    )
    def test_wrong_flags_are_refused_before_anything_is_sent(
        self, argv: tuple[str, ...], service: Service, tool: Tool, source
    ) -> None:
        assert tool("batches", "run", str(source("a.txt")), *argv).status == 2
        assert service.all("/api/v1/beta/directories") == []


class TestDryRun:
    def test_it_says_what_would_be_done_and_changes_nothing(
        self, service: Service, tool: Tool, source, tmp_path: Path
    ) -> None:
        folder = source(*(f"{number}.txt" for number in range(5)))
        argv = ("batches", "run", str(folder), "--configuration", "cfg-PARSE_AGENTIC", "-o", str(tmp_path / "out"))
        plan = tool(*argv, "--dry-run").json
        assert (plan["batches"], plan["batch_size"], plan["output"]) == (1, 1000, str(tmp_path / "out"))
        assert tool(*argv, "--batch-size", "1000", "--dry-run").json == plan
        assert tool(*argv[:-2], "--dry-run").json["output"] is None
        plan = tool(*argv, "--batch-size", "2", "--dry-run").json
        assert (plan["files"], plan["to_upload"], plan["batches"], plan["already_done"]) == (5, 5, 3, 0)
        assert not (tmp_path / "out").exists()
        assert service.all("/api/v1/beta/directories") == []
        tool(*argv)
        (folder / "new.txt").write_text("new\n")
        plan = tool(*argv, "--dry-run").json
        assert (plan["files"], plan["to_upload"], plan["batches"], plan["already_done"]) == (6, 1, 1, 5)

    @pytest.mark.parametrize(("kind", "kinds"), [("text", ["text"]), ("all", ["markdown", "text", "json"])])
    def test_the_plan_tells_in_which_forms_the_results_would_come(
        self, tool: Tool, source, tmp_path: Path, kind: str, kinds: list[str]
    ) -> None:
        words = ("--parse", "--as", kind, "-o", str(tmp_path / "out"), "--dry-run")
        plan = tool("batches", "run", str(source("a.txt")), *words).json
        assert (plan["type"], plan["results_as"]) == ("parse_v2", kinds)

    @pytest.mark.parametrize("form", ["parse", "extract", "name", "id"])
    def test_a_named_configuration_is_the_one_of_the_last_run(
        self, form: str, service: Service, tool: Tool, source, tmp_path: Path
    ) -> None:
        schema = tmp_path / "schema.json"
        schema.write_text(json.dumps({"type": "object", "properties": {"total": {"type": "string"}}}))
        parameters = {"product_type": "parse_v2", "tier": "agentic", "version": "latest"}
        saved = service.http.post("/api/v1/beta/configurations", json={"name": "mine", "parameters": parameters})
        flags = {
            "parse": ("--parse",),
            "extract": ("--extract", str(schema)),
            "name": ("--configuration", "mine"),
            "id": ("--configuration", saved.json()["id"]),
        }[form]
        command = ("batches", "run", str(source("a.txt", "b.txt")), *flags, "-o", str(tmp_path / "out"))
        before = tool(*command, "--dry-run").json
        assert (before["to_upload"], before["already_done"]) == (2, 0)
        assert tool(*command).status == 0
        after = tool(*command, "--dry-run").json
        assert (after["to_upload"], after["batches"], after["already_done"]) == (0, 0, 2)
        assert after["type"] == ("extract_v2" if form == "extract" else "parse_v2")

    def test_one_that_is_given_as_in_create_is_known_although_no_run_named_it_so(
        self, tool: Tool, source, tmp_path: Path
    ) -> None:
        command = ("batches", "run", str(source("a.txt", "b.txt")), "-o", str(tmp_path / "out"))
        assert tool(*command, "--configuration", "cfg-PARSE_AGENTIC").status == 0
        for identifier, done in (("cfg-PARSE_AGENTIC", 2), ("cfg-PARSE_FAST", 0)):
            config = f"{{job: {{configuration_id: {identifier}, type: parse_v2}}}}"
            plan = tool(*command, "--config", config, "--dry-run").json
            assert (plan["to_upload"], plan["already_done"]) == (2 - done, done)

    def test_what_failed_is_sent_again_only_when_asked(
        self, service: Service, tool: Tool, source, tmp_path: Path
    ) -> None:
        command = ("batches", "run", str(source("a.txt", "b.txt")), "--parse", "-o", str(tmp_path / "out"))
        service.faults(files=[{"stage": "job", "name": "a.txt"}])
        assert tool(*command).status == 3
        assert tool(*command, "--dry-run").json["to_upload"] == 0
        assert tool(*command, "--retry-failed", "--dry-run").json["to_upload"] == 1
