"""`completion ids`, which the shells' scripts call: from what commands met, and never for long."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from llamacloud_cli.cli.completion import ids as module
from llamacloud_cli.cli.completion.ids import describe
from llamacloud_cli.recent import Entry, cache_folder
from tests.commands import CREATE
from tests.conftest import KEY
from tests.processes import PROGRAM, finish
from tests.servers import Reply, batch, page, refusing_port

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Result, Runner
    from tests.servers import ScriptedServer, Seen

NOW = 1_780_000_000.0
NOBODY = "http://127.0.0.1:9"


def lines(result: Result) -> list[str]:
    """Checks what is always so, and gives the lines."""
    assert (result.status, result.stderr) == (0, "")
    return result.stdout.splitlines()


def found(run: Runner, kind: str = "batch", *flags: str) -> list[str]:
    """Gives the ids."""
    return [line.partition("\t")[0] for line in lines(run("completion", "ids", kind, *flags))]


class Gate:
    """Answers when it is opened, and says when it was asked."""

    def __init__(self) -> None:
        self.opened, self.asked = threading.Event(), threading.Event()

    def __call__(self, seen: Seen) -> Reply:
        self.asked.set()
        self.opened.wait(60)
        return Reply(body=page(batch("bat-late")))


class TestWhatCommandsMet:
    @pytest.fixture(autouse=True)
    def _no_asking(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "_may_ask", lambda _context: False)

    def test_is_given_with_what_was_said_of_it_those_met_last_first(self, run: Runner, server: ScriptedServer) -> None:
        server.script = [
            Reply(body=page(batch("bat-2", created_at="2026-05-28T17:26:40Z"), batch("bat-1", status="FAILED"))),
            Reply(body=batch("bat-1", status="FAILED", created_at="2026-05-26T20:26:40Z")),
        ]
        run("batches", "list")
        assert found(run) == ["bat-1", "bat-2"]  # by when they were made
        run("batches", "get", "bat-1")
        assert lines(run("completion", "ids", "batch")) == ["bat-1\tFAILED, 2 d ago", "bat-2\tRUNNING, 3 h ago"]

    def test_includes_what_was_created_and_cancelled(self, run: Runner, server: ScriptedServer) -> None:
        server.script = lambda seen: Reply(201, batch("bat-new" if seen.path.endswith("batches") else "bat-old"))
        run(*CREATE)
        run("batches", "cancel", "bat-old")
        assert found(run) == ["bat-old", "bat-new"]

    def test_includes_the_directory_and_configuration_of_a_batch(self, run: Runner, server: ScriptedServer) -> None:
        server.script = [Reply(body=batch())]
        run("batches", "get", "bat-1")
        assert (found(run, "directory"), found(run, "configuration")) == (["dir-1"], ["cfg-1"])

    def test_is_kept_apart_by_service_and_key(self, run: Runner, server: ScriptedServer) -> None:
        server.script = [Reply(body=batch())]
        run("batches", "get", "bat-1")
        assert found(run) == ["bat-1"]
        assert found(run, "batch", "--api-key", "llx-other") == []
        assert found(run, "batch", "--base-url", f"{server.url}/eu") == []
        assert found(run, "batch", "--sandbox") == []

    def test_never_holds_a_key(self, run: Runner, server: ScriptedServer) -> None:
        server.script = [Reply(body=batch())]
        run("batches", "get", "bat-1")
        (file,) = cache_folder({}).iterdir()
        assert KEY not in file.read_text(encoding="utf-8") + file.name
        assert len(file.stem) * 4 == 32  # bits of the digest
        assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)

    def test_takes_no_more_than_the_first_ids_of_a_long_list(self, run: Runner, server: ScriptedServer) -> None:
        def pages(seen: Seen) -> Reply:
            number = int(dict(seen.query).get("page_token", "0"))
            token = str(number + 1) if number < 9 else None
            return Reply(body=page(*(batch(f"bat-{number}-{index}") for index in range(50)), token=token))

        server.script = pages
        run("batches", "list")
        assert len(server.seen) == 10
        assert sorted(found(run)) == sorted(f"bat-{number}-{index}" for number in range(4) for index in range(50))

    def test_leaves_out_ids_that_a_shell_could_take_for_anything_else(
        self, run: Runner, server: ScriptedServer
    ) -> None:
        hostile = ["$(id)", "`id`", "a b", "a;b", "-\n", "\x1b[2J", "é", "", "x" * 101, None, 7]
        server.script = [Reply(body=page(*(batch(identifier) for identifier in hostile), batch("bat-1:x_y.z")))]
        run("batches", "list")
        assert found(run) == ["bat-1:x_y.z"]

    def test_a_cache_that_cannot_be_written_is_no_matter(self, run: Runner, server: ScriptedServer) -> None:
        server.script = [Reply(body=batch())]
        where = cache_folder({})
        where.parent.mkdir(parents=True)
        where.write_text("in the way", encoding="utf-8")
        assert run("batches", "get", "bat-1").stderr == ""
        assert "ids for completion were not kept" in run("batches", "get", "bat-1", "--debug").stderr
        assert found(run) == []

    def test_a_symlink_in_its_place_is_not_followed(self, run: Runner, server: ScriptedServer, tmp_path: Path) -> None:
        server.script = [Reply(body=batch())]
        run("batches", "get", "bat-1")
        (file,) = cache_folder({}).iterdir()
        file.unlink()
        (tmp_path / "precious").write_text("precious", encoding="utf-8")
        file.symlink_to(tmp_path / "precious")
        assert run("batches", "get", "bat-1").status == 0
        assert (tmp_path / "precious").read_text(encoding="utf-8") == "precious"


class TestAsking:
    def test_asks_for_one_page_where_nothing_is_known(self, run: Runner, server: ScriptedServer) -> None:
        server.script = [Reply(body=page(batch("bat-2"), batch("bat-1"), token="more"))]
        assert found(run) == ["bat-2", "bat-1"]
        assert [(seen.path, seen.query) for seen in server.seen] == [("/api/v2/batches", [("page_size", "50")])]

    @pytest.mark.parametrize(
        ("kind", "path"),
        [("directory", "/api/v1/beta/directories"), ("configuration", "/api/v1/beta/configurations")],
    )
    def test_asks_for_the_names_of_others(self, run: Runner, server: ScriptedServer, kind: str, path: str) -> None:
        item = {"id": "x-1", "name": "invoices", "type": "user", "parameters": {"product_type": "parse_v2"}}
        server.script = [Reply(body=page(item))]
        second = "user" if kind == "directory" else "parse_v2"
        assert lines(run("completion", "ids", kind)) == [f"x-1\tinvoices, {second}"]
        assert server.seen[0].path == path

    def test_asks_again_when_some_minutes_have_passed(self, run: Runner, server: ScriptedServer) -> None:
        server.script = [Reply(body=page(batch()))]
        for pause, requests in ((0, 1), (module.PAUSE_SECONDS - 1, 1), (2, 2)):
            run.now += pause
            assert found(run) == ["bat-1"]
            assert len(server.seen) == requests

    def test_does_not_ask_behind_a_list(self, run: Runner, server: ScriptedServer) -> None:
        server.script = [Reply(body=page(batch()))]
        run("batches", "list")
        assert found(run) == ["bat-1"]
        assert len(server.seen) == 1

    def test_gives_up_before_a_slow_answer_comes_and_does_not_ask_at_the_next_tab(
        self, run: Runner, server: ScriptedServer
    ) -> None:
        """By the order of events: it is over while the server still waits to answer."""
        gate = Gate()
        server.script = gate
        assert found(run) == []
        assert gate.asked.wait(60)
        assert not gate.opened.is_set()
        assert found(run) == []
        assert len(server.seen) == 1
        gate.opened.set()

    def test_gives_up_where_a_name_is_looked_up_for_long(self, run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
        """Name resolution knows no time-out."""
        looked_up, opened = threading.Event(), threading.Event()

        def slow(*args: object, **kwargs: object) -> None:
            looked_up.set()
            opened.wait(60)
            raise OSError

        monkeypatch.setattr("socket.getaddrinfo", slow)
        assert found(run, "batch", "--base-url", "https://nowhere.invalid") == []
        assert looked_up.wait(60)
        assert not opened.is_set()
        opened.set()

    def test_the_process_ends_although_the_answer_is_still_to_come(self, server: ScriptedServer) -> None:
        gate = Gate()
        server.script = gate
        done = finish(*PROGRAM, "completion", "ids", "batch", url=server.url)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        assert gate.asked.is_set()
        assert not gate.opened.is_set()
        gate.opened.set()

    def test_never_asks_the_sandbox_which_would_have_to_be_started(self, run: Runner, tmp_path: Path) -> None:
        assert found(run, "batch", "--sandbox", "--sandbox-data", str(tmp_path / "box")) == []
        assert not (tmp_path / "box").exists()


class TestWhateverGoesWrong:
    """It says nothing and succeeds: somebody is typing."""

    @pytest.mark.parametrize(
        "reply",
        [Reply(401), Reply(500), Reply(429, headers={"retry-after": "60"}), Reply(body=b"<html>"), Reply(raw=b""),
         Reply(302, headers={"location": "http://127.0.0.1:9/"}), Reply(body={"items": 7}), Reply(body=page(7, None))],
        ids=str,
    )  # fmt: skip
    def test_the_answer(self, run: Runner, server: ScriptedServer, reply: Reply) -> None:
        server.script = [reply]
        assert found(run) == []
        assert len(server.seen) == 1

    def test_no_connection(self, run: Runner) -> None:
        with refusing_port() as port:
            assert found(run, "batch", "--base-url", f"http://127.0.0.1:{port}") == []

    @pytest.mark.parametrize(
        "flags",
        [("--base-url", "nonsense"), ("--base-url", "http://far.example"), ("--api-key", "a\nb"), ("--debug",),
         ("--sandbox", "--base-url", NOBODY), ("--profile", "unknown"), ("--http-timeout", "x"),
         ("--ca-bundle", "/nowhere", "--base-url", "https://127.0.0.1:9")],
        ids=str,
    )  # fmt: skip
    def test_the_settings(self, run: Runner, flags: tuple[str, ...]) -> None:
        assert found(run, "batch", *flags, *(() if "--base-url" in flags else ("--base-url", NOBODY))) == []

    def test_no_key(self, run: Runner) -> None:
        assert lines(run("completion", "ids", "batch", env={"LLAMA_CLOUD_API_KEY": None})) == []

    def test_an_unknown_kind(self, run: Runner) -> None:
        assert found(run, "nonsense") == []

    def test_a_cache_that_anybody_else_wrote(self, run: Runner, server: ScriptedServer) -> None:
        server.script = [Reply(body=page(batch()))]
        run("batches", "list")
        (file,) = cache_folder({}).iterdir()
        evil = b'["batch","bat-\\u001b[2J","","",1]\n["batch","bat-2","\\u001b[2J\\nbat-3\\tx","",1]\n'
        file.write_bytes(file.read_bytes() + b"\xff\xfe\n[1]\n{}\n[[[[\n" + evil + b'["batch","cut sho')
        assert lines(run("completion", "ids", "batch"))[0] == r"bat-2	was \x1b[2J\nbat-3\tx"
        assert found(run) == ["bat-2", "bat-1"]


def test_profiles_are_given_by_name(run: Runner) -> None:
    run("config", "set", "project_id", "prj-1", "--profile", "work")
    assert found(run, "profile") == ["default", "work"]


def test_is_in_no_help(run: Runner) -> None:
    assert "ids  " not in run("completion", "--help").stdout


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        (Entry("batch", "b", "RUNNING", "2026-05-28T20:26:40Z", NOW), "RUNNING, just now"),
        (Entry("batch", "b", "RUNNING", "2026-05-28T20:21:39.117Z", NOW), "RUNNING, 5 min ago"),
        (Entry("batch", "b", "RUNNING", "2026-05-28T20:21:40Z", NOW - 3600), "was RUNNING, 5 min ago"),
        (Entry("batch", "b", "FAILED", "2026-05-28T17:26:40+00:00", NOW - 3600), "FAILED, 3 h ago"),
        (Entry("batch", "b", "PAUSED", "yesterday", NOW), "PAUSED"),
        (Entry("batch", "b", "", "9999-99-99T00:00:00Z", NOW), ""),
        (Entry("directory", "d", "a" * 50, "", NOW), "a" * 39 + "…"),
        (Entry("directory", "d", "a\tb\n\x1b[2J", "", NOW), r"a\tb\n\x1b[2J"),
    ],
)
def test_a_description_is_short_and_harmless(entry: Entry, text: str) -> None:
    assert describe(entry, NOW) == text
