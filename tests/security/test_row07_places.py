"""Row 7: the key is in no file, no child process and no echo; other secrets of a request are not shown either."""

from __future__ import annotations

import ast
import base64
import gzip
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

import llamacloud_cli
from tests import canary
from tests.commands import CREATE, GET, LIST
from tests.conftest import KEY, Stream
from tests.processes import ROOT
from tests.servers import Reply, ScriptedServer, Seen, batch, page

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Runner
    from tests.workflows.conftest import Service, Tool

PACKAGE = Path(llamacloud_cli.__file__).parent
STARTS_PROCESSES = {"subprocess", "multiprocessing", "pty", "webbrowser", "_posixsubprocess", "ctypes"}


class TestTheCanary:
    """What every test of this suite is held to can itself fail."""

    @pytest.mark.shows_key("holds the canary to its promise")
    @pytest.mark.parametrize(
        "text",
        [
            f"a {KEY} b",
            f"Authorization: Basic {base64.b64encode(f'Bearer {KEY}'.encode()).decode()}",
            json.dumps({"a": KEY}).replace("-", "\\u002d"),
            KEY[:14],
            KEY[13:],
            KEY[::-1],
            KEY.upper(),
            KEY.replace("-", "%2D"),
            "".join(f"%{byte:02x}" for byte in KEY.encode()),
            "".join(f"\\u{byte:04x}" for byte in KEY.encode()),
            KEY.encode().hex(),
        ],
    )
    def test_finds_the_key_in_files_names_and_outputs(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "deep" / "er").mkdir(parents=True)
        (tmp_path / "deep" / "plain").write_text("llx-other-key")
        assert canary.files_with_it([tmp_path]) == []
        (tmp_path / "deep" / "er" / "file").write_bytes(b"\0" * 9999 + text.encode())
        assert canary.files_with_it([tmp_path]) == [str(tmp_path / "deep" / "er" / "file")]
        assert canary.watch.printed == []
        Stream(text.encode()).text()
        assert len(canary.watch.printed) == 1
        done = subprocess.run([sys.executable, "-c", f"print({text!r})"], capture_output=True, check=True)
        assert text in done.stdout.decode()
        assert len(canary.watch.printed) > 1

    @pytest.mark.shows_key("holds the canary to its promise")
    def test_finds_it_in_a_temporary_file_of_a_child_process_and_in_the_name_that_a_link_leads_to(self) -> None:
        code = f"import tempfile; tempfile.NamedTemporaryFile(delete=False).write({KEY!r}.encode())"
        subprocess.run([sys.executable, "-c", code], check=True)
        (Path.home() / "link").symlink_to(f"/nowhere/{KEY}")
        found = canary.files_with_it([Path.home()])
        assert sorted(str(Path(one).parent.relative_to(Path.home())) for one in found) == [".", "tmp"]

    @pytest.mark.shows_key("holds the canary to its promise")
    @pytest.mark.parametrize("way", ["a line", "all", "an iterator", "standard error", "a terminal", "in pieces"])
    def test_finds_it_in_what_is_read_from_a_child_process(self, way: str) -> None:
        code = f"import os, sys; os.write(2 if sys.argv[1] == 'standard error' else 1, {KEY.encode() + b'!'!r})"
        ours, its = os.openpty()
        where = its if way == "a terminal" else subprocess.PIPE
        with subprocess.Popen([sys.executable, "-c", code, way], stdout=where, stderr=subprocess.PIPE) as process:
            stdout, stderr = process.stdout, process.stderr
            assert stderr is not None
            if way == "a terminal":
                assert KEY.encode() in os.read(ours, 99)
            elif way == "standard error":
                assert KEY.encode() in stderr.read()
            else:
                assert stdout is not None
                ways = {"a line": stdout.readline, "all": stdout.read, "an iterator": lambda: b"".join(stdout)}
                pieces = lambda: b"".join(iter(lambda: stdout.read(5), b""))  # noqa: E731 - for one way alone
                assert KEY.encode() in ways.get(way, pieces)()
        os.close(ours)
        os.close(its)
        assert canary.watch.printed

    @pytest.mark.shows_key("holds the canary to its promise")
    def test_fails_a_test_that_lets_it_slip(self, tmp_path: Path) -> None:
        """Into a stream of the test run, a folder of a module, or a file of the home of a passing test."""
        (tmp_path / "conftest.py").write_text("from tests.conftest import *\nfrom tests.conftest import _no_key_left_"
            "behind, _own_surroundings, _looked_through, pytest_configure, pytest_runtest_makereport\n")  # fmt: skip
        (tmp_path / "test_slips.py").write_text(f"""
import os, pytest, subprocess, sys, threading
KEY = {KEY!r}
def test_thread():
    thread = threading.Thread(target=print, args=(KEY,))
    thread.start()
    thread.join()
def test_home():
    open(os.path.expanduser("~/x"), "w").write(KEY)
def test_child():
    subprocess.run([sys.executable, "-c", "print(" + repr(KEY) + ")"], capture_output=True)
@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("module")
def test_module(folder):
    (folder / "x").write_text(KEY)
""")
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", str(tmp_path)],
            env={**os.environ, "PYTHONPATH": str(ROOT)}, cwd=tmp_path, capture_output=True, text=True, check=False,
        )  # fmt: skip
        told = [line.split(" - ")[0] for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
        assert sorted(told) == [
            "ERROR test_slips.py::test_child",
            "ERROR test_slips.py::test_home",
            "ERROR test_slips.py::test_module",
            "ERROR test_slips.py::test_thread",
        ], done.stdout


class TestFiles:
    def test_nothing_that_a_run_leaves_behind_holds_it(
        self,
        tool: Tool,
        source: Callable[..., Path],
        tmp_path: Path,
    ) -> None:
        """Ledger, lock, manifest, results, notes below the home, and what the embedded service keeps."""
        out = tmp_path / "out"
        result = tool("batches", "run", str(source(count=3)), "--parse", "-o", str(out), "--debug")
        assert result.status == 0, result.stderr
        assert tool.env["LLAMA_CLOUD_API_KEY"] == KEY, "the service takes no other"
        assert (out / ".llamacloud" / "ledger.sqlite3").stat().st_size > 0
        assert (out / "manifest.jsonl").stat().st_size > 0
        assert canary.files_with_it([tmp_path]) == []
        assert KEY not in result.stdout + result.stderr

    def test_a_ledger_of_a_run_that_was_refused_neither(
        self,
        service: Service,
        tool: Tool,
        source: Callable[..., Path],
        tmp_path: Path,
    ) -> None:
        service.faults({"match": {"path": "*/files/upload"}, "status": 422, "body": {"detail": f"no {KEY}"}})
        out = tmp_path / "out"
        assert tool("batches", "run", str(source(count=2)), "--parse", "-o", str(out)).status != 0
        service.no_faults()
        assert canary.files_with_it([out, tmp_path / "home"]) == []


class TestChildProcesses:
    @pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
    def test_no_module_can_start_one(self, path: Path) -> None:
        """So no other program inherits the environment with the key in it."""
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
            assert not {name.partition(".")[0] for name in names} & STARTS_PROCESSES
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "os":
                assert not node.attr.startswith(("exec", "spawn", "posix_spawn", "fork", "system", "popen"))

    def test_none_is_started_by_a_library_either(
        self,
        service: Service,
        tool: Tool,
        source: Callable[..., Path],
        tmp_path: Path,
    ) -> None:
        code = """
import sys
forbidden = ("subprocess.", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.system", "pty.", "webbrowser.")
def hook(event, args):
    if event.startswith(forbidden):
        sys.stderr.write(f"STARTED {event}\\n")
sys.addaudithook(hook)
from llamacloud_cli.__main__ import run
run()
"""
        batch_id = service.batch(["a.txt"])
        for argv in (
            ("list",),
            ("get", batch_id),
            ("results", batch_id),
            ("run", str(source(count=1)), "--parse", "-o", str(tmp_path / "out"), "--interval", "100ms"),
        ):
            env = {**tool.env, "PYTHONPATH": str(ROOT)}
            done = subprocess.run(
                [sys.executable, "-c", code, "batches", *argv],
                env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=60,
            )  # fmt: skip
            assert done.returncode == 0, done.stderr
            assert "STARTED" not in done.stderr


def chunked(*pieces: bytes) -> Reply:
    body = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
    return Reply(raw=head + body)


def _encoded(seen: Seen) -> list[str]:
    header = seen.headers["authorization"]
    return [
        base64.b64encode(f"{before}{header}{after}".encode()).decode() for before in ("", "x", "xy") for after in "yz"
    ]


ECHOES: dict[str, Callable[[Seen], Reply]] = {
    "base64": lambda seen: Reply(body=batch(note=_encoded(seen))),
    "base64 in an error": lambda seen: Reply(400, {"detail": " ".join(_encoded(seen))}),
    "cut into chunks": lambda _: chunked(*(bytes([one]) for one in json.dumps(batch(name=KEY)).encode())),
    "compressed": lambda _: Reply(
        body=gzip.compress(json.dumps(batch(name=KEY)).encode()), headers={"content-encoding": "gzip"}
    ),
    "a header": lambda _: Reply(400, {"detail": "no"}, {"x-request-id": base64.b64encode(KEY.encode()).decode()}),
    "a key of an object": lambda _: Reply(body=batch(**{KEY: {f"x{KEY}y": KEY}})),
}


class TestEchoes:
    @pytest.mark.parametrize("script", ECHOES.values(), ids=ECHOES)
    def test_of_the_key_are_hidden_in_any_encoding(
        self, run: Runner, server: ScriptedServer, script: Callable[[Seen], Reply]
    ) -> None:
        server.script = script
        for flags in ((), ("--debug",), ("--format", "raw"), ("--format-error", "json")):
            result = run(*GET, *flags)
            assert result.status in (0, 1)
            assert not canary.is_in(result.stdout + result.stderr)
            assert "***" in result.stdout + result.stderr

    def test_of_a_key_that_a_url_must_encode(self, run: Runner, server: ScriptedServer) -> None:
        key = "llx/canary+99==?&"
        server.script = [Reply(302, b"", {"location": f"https://a.example/?k={quote(key, safe='')}"})]
        result = run(*GET, "--api-key", key, "--debug")
        assert "canary" not in result.stderr

    @pytest.mark.parametrize("form", ["auto", "json", "raw", "yaml", "pretty"])
    def test_of_what_a_webhook_must_keep_secret(self, run: Runner, server: ScriptedServer, form: str) -> None:
        """A refusal often quotes the input: all of it, a part of it, or in its words."""
        hook = (
            "{webhook_url: 'https://u:pass-canary@h.example/?token=tok-canary-1', webhook_signing_secret: "
            "'whsec-cänary \"7', webhook_headers: {X-One: hidden-canary, X-Two: [other-canary]}}"
        )

        def refuse(seen: Seen) -> Reply:
            if seen.method == "GET":
                return Reply(body=page())
            quoted = seen.json["webhook_configurations"][0]
            words = f"not {quoted['webhook_signing_secret']} but {quoted['webhook_headers']['X-One']}"
            detail = [
                {"loc": ["body", "webhook_configurations"], "msg": words, "input": quoted},
                {"loc": ["body"], "msg": "no", "input": "other-canary", "ctx": {"url": quoted["webhook_url"]}},
            ]
            return Reply(422, {"detail": detail})

        server.script = refuse
        result = run(*CREATE, "--webhook-configuration", hook, "--format-error", form, "--debug")
        assert result.status == 1
        assert "422" in result.stderr or form == "raw"
        for part in ("pass-canary", "tok-canary", "whsec", "nary", "hidden-", "other-"):
            assert part not in result.stderr, part

    def test_of_ordinary_words_are_left_alone(self, run: Runner, server: ScriptedServer) -> None:
        """Only what was sent as a secret is hidden, and in a refusal alone."""
        server.script = [Reply(body=page(batch("batch-plain", name="application/json")))]
        assert run(*LIST, "-q").stdout == "batch-plain\n"
