"""Commands that ask for much: whatever a service or a file name says, a terminal shows it and does nothing else."""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING

import pytest

from llamacloud_cli.sandbox import INSTANT, Sandbox, SandboxOptions
from tests.commands import CANCEL, GET, LIST
from tests.security.terminal import ATTACKS, assert_harmless, every_attack, evil_batch, run_on_terminal
from tests.servers import Reply, ScriptedServer, Seen, batch, page
from tests.workflows.conftest import Service, Tool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import Runner

RESULTS = ("batches", "results", "bat-1")
WAIT = ("batches", "wait", "bat-1")


@pytest.fixture(autouse=True)
def _terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "100")


def evil_service(text: str) -> Callable[[Seen], Reply]:
    """Gives a script of a batch that is done, and of which every text but ids and statuses is an attack."""
    reference = {"id": "pjb-1", "type": "parse_v2", text: text}
    results = [
        {"source_directory_file_id": "dfl-1", "job_reference": reference},
        {"source_directory_file_id": f"dfl{text}", "job_reference": None, "error_message": text},
    ]
    fixed = {"id": "bat-1", "status": "COMPLETED", "source_directory_id": "dir-1", "results": results}
    job = {"id": "pjb-1", "status": "FAILED", "error_message": text, "name": text}
    file = {"id": "dfl-1", "file_id": "f", "display_name": text, "unique_id": text, "metadata": {text: text}}

    def script(seen: Seen) -> Reply:
        if seen.path.startswith("/api/v2/batches/"):
            return Reply(body={**evil_batch(text), **fixed})
        if seen.path == "/api/v2/parse":
            return Reply(body=page(job))
        if seen.path.startswith("/api/v2/parse/"):
            return Reply(body={"job": job, text: text})
        return Reply(body=page(file))

    return script


@every_attack
class TestAnswers:
    @pytest.mark.parametrize("argv", [RESULTS, WAIT, CANCEL], ids=" ".join)
    @pytest.mark.parametrize("name", ["auto", "table", "jsonl", "json", "pretty", "yaml", "raw"])
    def test_on_a_terminal_are_harmless(
        self, run: Runner, server: ScriptedServer, text: str, argv: tuple[str, ...], name: str
    ) -> None:
        server.script = evil_service(text)
        result = run(*argv, "--format", name, "--debug", stdout_terminal=True, stderr_terminal=True)
        assert result.status in (0, 3)
        assert result.stdout
        assert_harmless(result.stdout + result.stderr)

    @pytest.mark.parametrize("argv", [RESULTS, WAIT], ids=" ".join)
    def test_in_progress_and_failures_are_harmless(
        self, run: Runner, server: ScriptedServer, text: str, argv: tuple[str, ...]
    ) -> None:
        """Without --debug, progress is one live display, which moves the cursor: that is looked at apart."""
        server.script = evil_service(text)
        result = run(*argv, stderr_terminal=True, env={"TERM": "dumb"})
        assert result.status == 3
        assert "failed" in result.stderr
        assert_harmless(result.stderr)

    @pytest.mark.parametrize("name", ["jsonl", "json"])
    def test_in_a_pipe_are_as_they_came(self, run: Runner, server: ScriptedServer, text: str, name: str) -> None:
        server.script = evil_service(text)
        result = run(*RESULTS, "--format", name)
        assert [one["error"] for one in result.documents] == [text, text]
        assert result.documents[0]["source"] == text
        assert run(*RESULTS, "--transform", "error", "-r").stdout == f"{text}\n{text}\n"


@every_attack
class TestStreams:
    """Each stream is judged by what it is itself."""

    def test_only_the_terminal_is_protected(self, run: Runner, server: ScriptedServer, text: str) -> None:
        body = json.dumps(evil_batch(text), ensure_ascii=False, separators=(",", ":"))
        server.script = [Reply(body=body.encode())]
        piped = run(*GET, "--format", "raw", "--debug", stderr_terminal=True)
        assert piped.stdout == body + "\n"
        assert_harmless(piped.stderr)
        shown = run(*GET, "--format", "raw", stdout_terminal=True)
        assert_harmless(shown.stdout)
        assert json.loads(shown.stdout) == evil_batch(text)

    def test_an_error_goes_by_standard_error_alone(self, run: Runner, server: ScriptedServer, text: str) -> None:
        body = json.dumps({"detail": text}, ensure_ascii=False)
        server.script = [Reply(400, body.encode())]
        words = (*GET, "--format-error", "raw")
        assert run(*words, stdout_terminal=True).stderr == body + "\n"
        assert_harmless(run(*words, stderr_terminal=True).stderr)


NAMES = {name: f"{text.replace('/', '-')}.txt" for name, text in ATTACKS.items() if "\0" not in text}


class TestRun:
    @pytest.fixture
    def service(self, tmp_path: Path) -> Iterator[Service]:
        with Sandbox(SandboxOptions(data=tmp_path / "sandbox", speed=INSTANT)) as sandbox:
            found = Service(sandbox)
            yield found
            found.http.close()

    @pytest.fixture
    def tool(self, service: Service, tmp_path: Path) -> Tool:
        return Tool(service, tmp_path / "home")

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        """A folder of files whose names are attacks, and one file that the service refuses to read."""
        folder = tmp_path / "source"
        folder.mkdir()
        for name in NAMES.values():
            (folder / name).write_text(f"text of {name!r}\n")
        (folder / "bad\x1b[2J\u202e.pdf").write_text("no PDF")
        return folder

    @pytest.mark.parametrize("form", ["auto", "jsonl", "yaml", "pretty", "raw"])
    def test_names_of_files_are_harmless_on_a_terminal(
        self, service: Service, tool: Tool, folder: Path, tmp_path: Path, form: str
    ) -> None:
        words = ("batches", "run", str(folder), "--parse", "-o", str(tmp_path / "out"), "--format", form, "--debug")
        result = tool(*words, terminal=True)
        assert result.status in (0, 3)
        assert_harmless(result.stdout + result.stderr)
        (one,) = service.batches()
        for argv in (
            ("batches", "results", one["id"], "--format", form),
            ("batches", "get", one["id"], "--expand", "results", "--local-names", "--format", form),
            ("batches", "list", "--local-names", "--format", form),
            (*words, "--dry-run"),
            words,
        ):
            again = tool(*argv, "--debug", terminal=True)
            assert again.status in (0, 3)
            assert_harmless(again.stdout + again.stderr)

    def test_names_of_files_are_as_they_are_in_a_pipe(
        self, service: Service, tool: Tool, folder: Path, tmp_path: Path
    ) -> None:
        result = tool("batches", "run", str(folder), "--parse", "-o", str(tmp_path / "out"), "--format", "jsonl")
        sources = {json.loads(line)["source"] for line in result.stdout.split("\n") if line}
        assert set(NAMES.values()) <= sources


class TestRealTerminal:
    """What a terminal emulator makes of all that a process writes."""

    @pytest.fixture
    def service(self) -> Iterator[ScriptedServer]:
        served = ScriptedServer()
        yield served
        served.close()

    pytestmark = pytest.mark.skipif(os.name != "posix", reason="a pseudo-terminal is needed")

    @staticmethod
    def _all_attacks() -> str:
        return "|".join(ATTACKS.values())

    @pytest.mark.parametrize(
        "words",
        [
            (*GET, "--expand", "results"),
            (*GET, "--json"),
            (*GET, "--format", "raw"),
            (*GET, "--format", "yaml"),
            (*GET, "--transform", "status", "-r"),
            (*GET, "--debug"),
            (*GET[:2], "\x1b]0;owned\x07\x1b[2J\u202e", "--no-such-\x1b]0;owned\x07"),
        ],
        ids=["panel", "json", "raw", "yaml", "transform", "debug", "argv"],
    )
    def test_only_shows(self, service: ScriptedServer, words: tuple[str, ...]) -> None:
        service.script = [Reply(body=json.dumps(evil_batch(self._all_attacks()), ensure_ascii=False).encode())]
        shown = run_on_terminal(service.url, *words)
        assert shown.status == (2 if "no-such" in words[-1] else 0)
        assert_harmless(shown.written)
        assert shown.screen.orders == []
        assert shown.screen.title == ""
        assert shown.screen.cursor.x == 0
        assert any(re.search(r"\\(x1b|u001b|e)", row) for row in shown.rows)

    def test_a_list_and_its_footer_only_show(self, service: ScriptedServer) -> None:
        text = self._all_attacks()
        service.script = [Reply(body={**page(evil_batch(text), batch(), token=text), "total_size": text})]
        shown = run_on_terminal(service.url, *LIST, "--max-items", "2")
        assert shown.status == 0
        assert_harmless(shown.written)
        assert (shown.screen.orders, shown.screen.title, shown.screen.cursor.x) == ([], "", 0)
        assert shown.rows[shown.screen.cursor.y - 1].startswith("2 batches (all: --max-items -1; other")

    @pytest.mark.parametrize("words", [RESULTS, WAIT], ids=" ".join)
    def test_live_progress_only_redraws_its_own_lines(self, service: ScriptedServer, words: tuple[str, ...]) -> None:
        service.script = evil_service(self._all_attacks())
        shown = run_on_terminal(service.url, *words)
        assert shown.status == 3
        # All that a live display needs: to the start of a line, up, and erase; the cursor hidden and shown.
        for order in ("\x1b[2K", "\x1b[1A", "\x1b[?25l", "\x1b[?25h", "\r"):
            shown = shown._replace(written=shown.written.replace(order, ""))
        assert_harmless(shown.written)
        assert (shown.screen.orders, shown.screen.title, shown.screen.cursor.x) == ([], "", 0)
        assert not shown.screen.cursor.hidden

    def test_links_lead_nowhere_but_to_known_pages(self, service: ScriptedServer) -> None:
        """The service is on this machine, so its pages are not known: there is no link, whatever ids say."""
        service.script = [Reply(body=evil_batch(self._all_attacks()))]
        shown = run_on_terminal(service.url, *GET, FORCE_HYPERLINK="1")
        assert "\x1b]" not in shown.written
