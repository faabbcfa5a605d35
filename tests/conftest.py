"""What every test gets: surroundings of its own, and `run`, which calls `main` as the process does."""

from __future__ import annotations

import io
import json
import os
import signal
from typing import TYPE_CHECKING, Any, NamedTuple

import hypothesis
import pytest

from llamacloud_cli.context import Context, Streams
from llamacloud_cli.main import main
from tests import canary
from tests.servers import ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

# Machines are noisy: how long an example takes says nothing.
hypothesis.settings.register_profile(
    "default", deadline=None, max_examples=50, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
# `pytest tests/fuzz --hypothesis-profile=thorough` takes long, with other examples each time.
hypothesis.settings.register_profile(
    "thorough", hypothesis.settings.get_profile("default"), max_examples=1000, print_blob=True
)
hypothesis.settings.load_profile("default")

KEY = canary.KEY


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", canary.MARKER)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fails a test while which the key was printed to the streams of the test run, by a thread for example."""
    report = yield
    shown = [name for name, text in report.sections if name.startswith("Captured") and canary.is_in(text)]
    is_last = report.when == "teardown"  # its report has what was captured before as well
    if shown and is_last and report.passed and item.get_closest_marker("shows_key") is None:
        report.outcome, report.longrepr = "failed", f"the key was printed: {', '.join(shown)}"
    return report


class Result(NamedTuple):
    """What a command line left behind."""

    status: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        """Standard output as one JSON document."""
        return json.loads(self.stdout)

    @property
    def documents(self) -> list[Any]:
        """Standard output as a stream of JSON documents."""
        decoder, found, text = json.JSONDecoder(), [], self.stdout.strip()
        while text:
            value, end = decoder.raw_decode(text)
            found.append(value)
            text = text[end:].lstrip()
        return found


class Stream(io.TextIOWrapper):
    """A text stream on bytes in memory that may say that it is a terminal."""

    def __init__(self, data: bytes = b"", *, terminal: bool = False) -> None:
        super().__init__(io.BytesIO(data), encoding="utf-8", newline="", write_through=True)
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal

    def text(self) -> str:
        self.flush()
        text = self.buffer.getvalue().decode("utf-8")
        canary.watch.look(text)
        return text


@pytest.fixture(autouse=True)
def _own_surroundings(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No test reads or writes the settings of whoever runs it."""
    home = tmp_path_factory.mktemp("home")
    for name in list(os.environ):
        if name.startswith(("LLAMA_", "XDG_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    for name in ("NO_COLOR", "FORCE_COLOR", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(home))
    (home / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(home / "tmp"))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    return home


@pytest.fixture(scope="session")
def _looked_through(tmp_path_factory: pytest.TempPathFactory) -> Iterator[set[Path]]:
    """Collects the folders that tests looked through; the others, of modules and sessions, are looked through last."""
    folders: set[Path] = set()
    yield folders
    others = {one.resolve() for one in tmp_path_factory.getbasetemp().iterdir() if one.is_dir()} - folders
    assert canary.files_with_it(others) == [], "the key was written"


@pytest.fixture(autouse=True)
def _no_key_left_behind(
    request: pytest.FixtureRequest,
    _own_surroundings: Path,
    _looked_through: set[Path],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[None]:
    """The key is in no file that a test wrote and in nothing that it had printed, by child processes neither."""
    canary.watch.forget()
    canary.look_at_children(monkeypatch)
    yield
    folders = [_own_surroundings, *(one for one in (request.node.funcargs.get("tmp_path"),) if one)]
    _looked_through.update(folders)
    if request.node.get_closest_marker("shows_key") is None:
        assert canary.watch.printed == [], "the key was printed"
        assert canary.files_with_it(folders) == [], "the key was written"


@pytest.fixture(autouse=True)
def _interruptible() -> Iterator[None]:
    """Signals do their work also where the tests were started by what ignores them: a shell's `&`, or nohup."""
    wanted = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL}
    if hasattr(signal, "SIGHUP"):
        wanted[signal.SIGHUP] = signal.SIG_DFL
    before = {number: signal.signal(number, handler) for number, handler in wanted.items()}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


class Runner:
    """Runs command lines through `main`.

    Attributes:
        base_url: the API that commands talk to, or None for the default.
        sleeps: the pauses that commands asked for; none is waited for.
    """

    def __init__(self) -> None:
        self.base_url: str | None = None
        self.sleeps: list[float] = []
        self.now = 1_780_000_000.0

    def __call__(
        self,
        *argv: str,
        stdin: str | bytes | None = None,
        env: dict[str, str | None] | None = None,
        stdin_terminal: bool = False,
        stdout_terminal: bool = False,
        stderr_terminal: bool = False,
    ) -> Result:
        """Runs one command line; standard input is empty unless given."""
        variables: dict[str, str] = {**os.environ, "LLAMA_CLOUD_API_KEY": KEY}
        if self.base_url:
            variables["LLAMA_CLOUD_BASE_URL"] = self.base_url
        for name, value in (env or {}).items():
            variables.pop(name, None)
            if value is not None:
                variables[name] = value
        data = stdin.encode() if isinstance(stdin, str) else stdin or b""
        out, err = Stream(terminal=stdout_terminal), Stream(terminal=stderr_terminal)
        streams = Streams(Stream(data, terminal=stdin_terminal), out, err)
        context = Context(streams, variables, now=lambda: self.now, sleep=self._sleep)
        status = main(list(argv), context)
        return Result(int(status), out.text(), err.text())

    def _sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)


@pytest.fixture
def run() -> Runner:
    """Runs command lines against no server, unless `server` is asked for as well."""
    return Runner()


@pytest.fixture
def server(run: Runner) -> Iterator[ScriptedServer]:
    """A scripted loopback server that `run` talks to."""
    scripted = ScriptedServer()
    run.base_url = scripted.url
    yield scripted
    scripted.close()
