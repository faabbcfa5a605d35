"""`--local-names`: what the ledgers of this machine know of the files of batches, put into answers."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.commands import GET, LIST
from tests.servers import Reply, batch, page

if TYPE_CHECKING:
    from tests.conftest import Runner
    from tests.servers import ScriptedServer

LITERALS = '{"id":"bat-1","n":[1.10,1e400,-0,12345678901234567890123,"\\ud800 é"],"results":[{"a":1E+2},7]}'


@pytest.fixture(autouse=True)
def _terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")


class TestOfBatchesThatNoLedgerKnows:
    def test_are_null(self, run: Runner, server: ScriptedServer) -> None:
        server.script = [Reply(body=batch(results=[{"source_directory_file_id": "d"}]))]
        found = run(*GET, "--local-names").json
        assert found["local_names"] is None
        assert found["results"] == [{"source_directory_file_id": "d", "local_name": None}]

    def test_leave_numbers_as_they_came(self, run: Runner, server: ScriptedServer) -> None:
        tokens = (
            '{"id":"bat-1","n":[1.10,1e400,-0,12345678901234567890123,"\\ud800 \\u00e9"],'
            '"results":[{"a":1E+2,"local_name":null},7],"local_names":null}'
        )
        server.script = [Reply(body=LITERALS.encode())]
        assert run(*GET, "--local-names", "--format", "jsonl").stdout == tokens + "\n"
        server.script = [Reply(body=f'{{"items":[{LITERALS},{LITERALS}],"next_page_token":null}}'.encode())]
        assert run(*LIST, "--local-names", "--format", "jsonl").stdout == f"{tokens}\n" * 2

    def test_leave_alone_what_is_no_batch(self, run: Runner, server: ScriptedServer) -> None:
        server.script = [Reply(body=page(None, 1, "x", [], {"id": 5}))]
        assert run(*LIST, "--local-names", "--format", "jsonl").stdout.split("\n")[:-1] == [
            "null", "1", '"x"', "[]", '{"id":5}',
        ]  # fmt: skip

    @pytest.mark.parametrize("levels", [300, 1000])
    def test_leave_alone_what_is_nested_too_deeply(self, run: Runner, server: ScriptedServer, levels: int) -> None:
        server.script = [Reply(body=b'{"id":"b","v":' + b"[" * levels + b"]" * levels + b"}")]
        result = run(*GET, "--local-names", "--format", "jsonl")
        assert (result.status, result.stdout[:14]) == (0, '{"id":"b","v":')


class TestOfBatchesOfThisMachine:
    @pytest.fixture
    def sandbox(self, run: Runner, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
        """A sandbox in which a run has sent three files."""
        folder = tmp_path_factory.mktemp("run")
        for name in ("b.txt", "a.txt", "年次.txt"):
            (folder / name).write_text(f"text of {name}\n", encoding="utf-8")
        words = ("--sandbox", "--sandbox-data", str(folder / "data"))
        run.base_url = None
        result = run("batches", "run", str(folder), "--include", "*.txt", "--parse", "-o", str(folder / "out"), *words)
        assert result.status == 0, result.stderr
        return words

    def test_stand_in_place_of_ids_in_the_table_of_files(self, run: Runner, sandbox: tuple[str, ...]) -> None:
        identifier = run("batches", "list", "-q", *sandbox).stdout.strip()
        argv = ("batches", "get", identifier, "--expand", "results", "--local-names", *sandbox)
        shown = run(*argv, "--color", "never", stdout_terminal=True).stdout
        panel, table = shown.split("\n\n")
        assert "local_names" not in panel
        rows = table.splitlines()
        assert rows[:2] == ["3 files: 3 mapped", "FILE      JOB"]
        assert [re.sub(r"pjb-\S{36}", "JOB", row) for row in rows[2:]] == [
            "a.txt     JOB",
            "b.txt     JOB",
            "年次.txt  JOB",
        ]
        assert {one["local_name"] for one in run(*argv).json["results"]} == {"a.txt", "b.txt", "年次.txt"}

    def test_are_a_column_of_a_list(self, run: Runner, sandbox: tuple[str, ...]) -> None:
        argv = ("batches", "list", "--local-names", *sandbox)
        assert sorted(json.loads(run(*argv).stdout)["local_names"]) == ["a.txt", "b.txt", "年次.txt"]
        words = (*argv, "--columns", "local_names", "--no-header")
        assert sorted(run(*words).stdout.strip().split(", ")) == ["a.txt", "b.txt", "年次.txt"]
