"""However the service answers, on whichever route: a documented status, one clear line, no traceback."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.budget import Impatient, budget, check_json, check_promises
from tests.fuzz.service import BATCH, BODIES, ROUTES, Service, places, replaced, replies, to_json
from tests.servers import Reply, ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import Result

CONFIG = "{job: {configuration_id: cfg-1, type: parse_v2}}"
CREATE = ("batches", "create", "--source-directory-id", "dir-1", "--config", CONFIG)
RESULTS = ("batches", "results", BATCH)
OUT = ("-o", "HOME/out")
RUN = ("batches", "run", "HOME/in", *OUT)
COMMANDS: dict[str, tuple[str, ...]] = {
    "get": ("batches", "get", "bat-1", "--expand", "results"),
    "get as YAML": ("batches", "get", "bat-1", "--format", "yaml"),
    "get as a table": ("batches", "get", "bat-1", "--format", "table"),
    "get transformed": ("batches", "get", "bat-1", "--transform", "results.#.job_reference.id"),
    "list": ("batches", "list", "--max-items", "5"),
    "list as a table": ("batches", "list", "--format", "table"),
    "list ids": ("batches", "list", "-q"),
    "list as YAML": ("batches", "list", "--format", "yaml"),
    "create": CREATE,
    "create and wait": (*CREATE, "--wait", "--timeout", "80ms"),
    "cancel": ("batches", "cancel", "bat-1"),
    "cancel with errors as JSON": ("batches", "cancel", "bat-1", "--format-error", "json"),
    "watch": ("batches", "watch", "--interval", "1s"),
    "auth status": ("auth", "status"),
    "doctor": ("doctor", "--format", "json"),
    "completion of batches": ("completion", "ids", "batch"),
    "completion of directories": ("completion", "ids", "directory"),
    "completion of configurations": ("completion", "ids", "configuration"),
    "wait": ("batches", "wait", BATCH, "bat-2", "--timeout", "80ms"),
    "results": RESULTS,
    "results as a table": (*RESULTS, "--format", "table"),
    "results in a folder": (*RESULTS, *OUT, "--as", "all"),
    "results with --debug": (*RESULTS, *OUT, "--debug"),
    "results too large for an answer": (*RESULTS, *OUT),
    "results of extract": (*RESULTS, *OUT),
    "run --parse": (*RUN, "--parse"),
    "run --extract": (*RUN, "--extract", "HOME/schema.json"),
    "run --configuration by name": (*RUN, "--configuration", "n", "--as", "text"),
    "run --configuration by id": (*RUN, "--configuration", "cfg-1"),
}
MOST_DEEP = 3
"""How many places of a body are tried with something deep."""
UNUSED = {"list projects v2", "file content"}
"""Routes that no command calls while all goes well."""


class Bench:
    """A server, and a folder that is empty before each command line."""

    def __init__(self, server: ScriptedServer, home: Path) -> None:
        self.server = server
        self.home = home

    def __call__(self, name: str, service: Service, *, terminal: bool = False) -> Result:
        """Runs one of the commands against a service."""
        shutil.rmtree(self.home)
        (self.home / "in").mkdir(parents=True)
        (self.home / "in" / "a.txt").write_text("text", encoding="utf-8")
        (self.home / "schema.json").write_text('{"type": "object", "properties": {}}', encoding="utf-8")
        self.server.script = service
        run = Impatient()
        run.base_url = self.server.url
        argv = [word.replace("HOME", str(self.home)) for word in COMMANDS[name]]
        result = run(*argv, stdout_terminal=terminal, stderr_terminal=terminal, env={"XDG_STATE_HOME": str(self.home)})
        check_promises(result, (argv, service.wrong, service.reply))
        if not terminal and not any(word in name for word in ("table", "YAML", "ids", "completion", "watch")):
            check_json(result.stdout)
        return result


def service_for(name: str) -> Service:
    """Gives a service that answers a command as it should."""
    return Service("extract_v2" if "extract" in name else "parse_v2", large="too large" in name)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    home = tmp_path / "home"
    home.mkdir()
    server = ScriptedServer()
    yield Bench(server, home)
    server.close()


def routes_of(bench: Bench, name: str) -> list[str]:
    """Gives the routes that a command calls while all goes well, which it does."""
    service = service_for(name)
    result = bench(name, service)
    # One of the batch's two files has failed, watch is interrupted, and a busy machine may let the time of wait pass.
    assert result.status in (0, 3, 8, 130), result.stderr
    return sorted(service.called)


def test_every_route_that_the_client_knows_is_called_by_a_command_of_this_module(bench: Bench) -> None:
    called = {route for name in COMMANDS for route in routes_of(bench, name)}
    assert called == set(ROUTES) - UNUSED


@pytest.mark.parametrize("name", COMMANDS)
def test_any_answer_of_any_route_is_put_up_with(name: str, bench: Bench) -> None:
    routes = routes_of(bench, name)

    @budget(16)
    @given(st.data())
    def answer_wrongly(data: st.DataObject) -> None:
        service = service_for(name)
        service.wrong = data.draw(st.sampled_from(routes))
        service.reply = data.draw(replies(service.wrong))
        bench(name, service, terminal=data.draw(st.integers(0, 4)) == 0)

    answer_wrongly()


@pytest.mark.parametrize("name", COMMANDS)
def test_an_answer_of_any_depth_is_put_up_with(name: str, bench: Bench) -> None:
    """Without hypothesis, which lets Python call deeper than it does for users."""
    for route in set(routes_of(bench, name)) - {"download"}:
        body = BODIES[route]["body"]
        for number, place in enumerate(path for path in places(body) if len(path) <= 1):
            levels = (900, 1020, 100_000)[number % 3]
            text = to_json(replaced(body, place, "DEEP")).replace(b'"DEEP"', b"[" * levels + b"]" * levels)
            service = service_for(name)
            service.wrong, service.reply = route, Reply(BODIES[route]["status"], text)
            if number < MOST_DEEP:
                bench(name, service)
