"""What stands below a table or a panel on a terminal: how many there are, and how to go on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.commands import CANCEL, CREATE, GET, LIST
from tests.servers import Reply, batch, page

if TYPE_CHECKING:
    from tests.conftest import Result, Runner
    from tests.servers import ScriptedServer, Seen

OTHER = "other fields: --columns"


@pytest.fixture(autouse=True)
def _terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")


def seen_by_a_person(run: Runner, *argv: str) -> Result:
    return run(*argv, "--color", "never", stdout_terminal=True, stderr_terminal=True)


class TestFooterOfAList:
    @pytest.fixture(autouse=True)
    def _five_batches_on_three_pages(self, server: ScriptedServer) -> None:
        tokens = {None: ("t2", "ab"), "t2": ("t3", "cd"), "t3": (None, "e")}

        def script(seen: Seen) -> Reply:
            token, names = tokens[dict(seen.query).get("page_token")]
            return Reply(body={**page(*(batch(f"bat-{name}") for name in names), token=token), "total_size": 5})

        server.script = script

    @pytest.mark.parametrize(
        ("words", "line"),
        [
            ((), f"5 batches ({OTHER})"),
            (("--max-items", "9"), f"5 batches ({OTHER})"),
            (("--max-items", "5"), f"5 batches ({OTHER})"),
            (("--max-items", "2"), f"2 of 5 batches (all: --max-items -1; next: --page-token t2; {OTHER})"),
            (("--max-items", "4"), f"4 of 5 batches (all: --max-items -1; next: --page-token t3; {OTHER})"),
            (("--max-items", "3"), f"3 of 5 batches (all: --max-items -1; {OTHER})"),
            (("--max-items", "1"), f"1 of 5 batches (all: --max-items -1; {OTHER})"),
            (("--columns", "id"), "5 batches"),
            (("--columns", "id", "--max-items", "1"), "1 of 5 batches (all: --max-items -1)"),
            # Sorted out here: of how many, the service does not say.
            (
                ("--status", "RUNNING", "--status", "FAILED", "--max-items", "1"),
                f"1 batch (all: --max-items -1; {OTHER})",
            ),
        ],
    )
    def test_says_how_many_and_how_to_see_more(self, run: Runner, words: tuple[str, ...], line: str) -> None:
        result = seen_by_a_person(run, *LIST, *words)
        assert (result.status, result.stderr) == (0, line + "\n")

    def test_is_true(self, run: Runner) -> None:
        """What it says shows the rest."""
        two = seen_by_a_person(run, *LIST, "--max-items", "2")
        token = re.findall(r"--page-token (\w+)", two.stderr)[0]
        assert run(*LIST, "-q", "--page-token", token).stdout == "bat-c\nbat-d\nbat-e\n"

    @pytest.mark.parametrize("words", [("-q",), ("--json",), ("--format", "yaml"), ("--transform", "id")])
    def test_is_not_there_where_nothing_is_drawn(self, run: Runner, words: tuple[str, ...]) -> None:
        assert seen_by_a_person(run, *LIST, *words).stderr == ""

    def test_is_not_there_where_nobody_reads_it_with_the_table(self, run: Runner) -> None:
        assert run(*LIST, "--format", "table", stderr_terminal=True).stderr == ""
        assert run(*LIST, stdout_terminal=True).stderr == ""

    def test_never_goes_to_standard_output(self, run: Runner) -> None:
        assert "batches" not in seen_by_a_person(run, *LIST).stdout


def test_a_total_that_makes_no_sense_is_not_told(run: Runner, server: ScriptedServer) -> None:
    for total in (1, 2, 0, -5, True, "9", 9.5, None):
        server.script = [Reply(body={**page(batch("a"), batch("b"), batch("c"), token="t"), "total_size": total})]
        assert seen_by_a_person(run, *LIST, "--max-items", "2").stderr.startswith("2 batches (all")


@pytest.mark.parametrize("token", ["a b", "$(rm -rf x)", "a'b", "\x1b[2J", "-x", "日本"])
def test_a_token_that_cannot_be_copied_is_not_shown(run: Runner, server: ScriptedServer, token: str) -> None:
    server.script = [Reply(body=page(batch(), token=token))]
    assert seen_by_a_person(run, *LIST, "--max-items", "1").stderr == f"1 batch (all: --max-items -1; {OTHER})\n"


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ((), "no batches"),
        (("--page-size", "5"), "no batches"),
        (("--status", "FAILED"), "no batches match"),
        (("--status", "FAILED", "--status", "RUNNING"), "no batches match"),
        (("--source-directory-id", "dir-1"), "no batches match"),
    ],
)
def test_an_empty_list_is_told_of(run: Runner, server: ScriptedServer, words: tuple[str, ...], line: str) -> None:
    server.script = [Reply(body=page())]
    assert seen_by_a_person(run, *LIST, *words) == (0, "", line + "\n")


class TestNextCommand:
    @pytest.mark.parametrize(
        ("status", "command"),
        [
            ("RUNNING", "wait"),
            ("PENDING", "wait"),
            ("SOMETHING_NEW", "wait"),
            ("COMPLETED", "results"),
            ("FAILED", "results"),
        ],
    )
    @pytest.mark.parametrize("argv", [GET, CANCEL, CREATE])
    def test_follows_from_the_status(
        self, run: Runner, server: ScriptedServer, argv: tuple[str, ...], status: str, command: str
    ) -> None:
        server.script = [Reply(body=batch(status=status))]
        assert seen_by_a_person(run, *argv).stderr == f"next: llamacloud-prod batches {command} bat-1\n"

    def test_goes_to_the_same_place(self, run: Runner, server: ScriptedServer) -> None:
        server.script = [Reply(body=batch())]
        words = ("--project-id", "a b", "--base-url", server.url)
        line = f"next: llamacloud-prod batches wait bat-1 --base-url {server.url} --project-id 'a b'\n"
        assert seen_by_a_person(run, *GET, *words).stderr == line

    @pytest.mark.parametrize("identifier", ["a b", "$(x)", "-rf", "\x1b[2J", "", None, 5])
    def test_is_not_made_of_an_id_that_cannot_be_copied(
        self, run: Runner, server: ScriptedServer, identifier: Any
    ) -> None:
        server.script = [Reply(body={**batch(), "id": identifier})]
        assert seen_by_a_person(run, *GET).stderr == ""

    @pytest.mark.parametrize("words", [("-q",), ("--json",), ("--format", "yaml"), ("--transform", "id")])
    def test_is_not_there_where_nothing_is_drawn(
        self, run: Runner, server: ScriptedServer, words: tuple[str, ...]
    ) -> None:
        server.script = [Reply(body=batch())]
        assert seen_by_a_person(run, *GET, *words).stderr == ""
        assert run(*GET, stdout_terminal=True).stderr == run(*GET, stderr_terminal=True).stderr == ""


@pytest.mark.parametrize(
    ("env", "dim"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False), ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False)],
)
def test_hints_are_dim_where_there_are_colours(
    run: Runner, server: ScriptedServer, env: dict[str, str | None], dim: bool
) -> None:
    server.script = [Reply(body=page(batch()))]
    shown = run(*LIST, env=env, stdout_terminal=True, stderr_terminal=True).stderr
    text = f"1 batch ({OTHER})"
    assert shown == (f"\x1b[2m{text}\x1b[0m\n" if dim else f"{text}\n")
