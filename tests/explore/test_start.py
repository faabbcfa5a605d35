"""`--format explore` from the command line: what it needs, how it ends, and the process on a terminal of its own."""

from __future__ import annotations

import importlib.util
import io
import os
import signal
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from llamacloud_cli.context import Context, Streams
from llamacloud_cli.errors import ApiError
from llamacloud_cli.explore.contents import Answer, Listing, Outcome
from llamacloud_cli.extras import install_line
from llamacloud_cli.main import main
from tests.commands import COMMANDS, GET, LIST
from tests.conftest import KEY, Result, Stream
from tests.processes import PROGRAM, environment
from tests.servers import Reply, ScriptedServer, batch, page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import Runner


def on_terminal(server: ScriptedServer, *argv: str, **env: str) -> Result:
    """Runs a command line whose streams are terminals."""
    out, err = Stream(terminal=True), Stream(terminal=True)
    variables = {"LLAMA_CLOUD_API_KEY": KEY, "LLAMA_CLOUD_BASE_URL": server.url, "TERM": "xterm", **os.environ, **env}
    context = Context(Streams(Stream(terminal=True), out, err), variables, sleep=lambda _: None)
    return Result(int(main([*argv, "--format", "explore"], context)), out.text(), err.text())


class Shown(list[Any]):
    """Stands in for the screen: what would have been shown, and what is done with it there."""

    def __init__(self) -> None:
        super().__init__()
        self.meanwhile: Callable[[Any], None] = lambda _: None

    def explore(self, content: Any, *_: Any) -> Outcome:
        self.append(content)
        self.meanwhile(content)
        return Outcome()


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Shown:
    stand_in = Shown()
    monkeypatch.setattr("llamacloud_cli.explore.explore", stand_in.explore)
    return stand_in


class TestNeeds:
    @pytest.mark.parametrize("argv", COMMANDS.values(), ids=COMMANDS)
    def test_a_terminal_on_both_sides_or_nothing_is_sent(
        self, argv: tuple[str, ...], run: Runner, server: ScriptedServer
    ) -> None:
        for terminal in (False, True):  # standard input is none in either case
            result = run(*argv, "--format", "explore", stdout_terminal=terminal)
            assert result.status == 2
            assert result.stderr.startswith("error: --format explore needs a terminal on standard input and output")
        assert server.seen == []

    @pytest.mark.parametrize("argv", COMMANDS.values(), ids=COMMANDS)
    def test_the_extra_or_nothing_is_sent(
        self, argv: tuple[str, ...], server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        find_spec = importlib.util.find_spec
        monkeypatch.setattr(
            "llamacloud_cli.explore.find_spec", lambda name: None if name == "textual" else find_spec(name)
        )
        result = on_terminal(server, *argv)
        assert result.status == 2
        assert "textual" in result.stderr
        assert install_line("explore") in result.stderr
        assert server.seen == []

    def test_a_terminal_that_can_be_drawn_on(self, server: ScriptedServer) -> None:
        assert on_terminal(server, *GET, TERM="dumb").status == 2
        assert server.seen == []

    def test_that_debug_does_not_write_over_it(self, server: ScriptedServer) -> None:
        result = on_terminal(server, *GET, "--debug")
        assert result.status == 2
        assert "2>debug.log" in result.stderr
        assert server.seen == []


class TestWhatIsShown:
    @pytest.mark.parametrize(("status", "expected"), [(401, 4), (404, 6), (500, 1)])
    def test_a_failure_of_the_first_answer_ends_as_in_any_format(
        self, status: int, expected: int, server: ScriptedServer, shown: Shown
    ) -> None:
        server.script = [Reply(status, {"detail": "no"})]
        for argv in (GET, LIST):
            result = on_terminal(server, *argv)
            assert result.status == expected
            assert result.stdout == ""
            assert result.stderr.splitlines()[-1].startswith(f"error: {status}")
        assert shown == []

    def test_an_answer_is_shown_and_can_be_asked_for_anew(self, server: ScriptedServer, shown: Shown) -> None:
        server.script = [Reply(body=b'{"id":"bat-1","n":1.10}'), Reply(body=batch(status="COMPLETED"))]

        def meanwhile(content: Any) -> None:
            assert isinstance(content, Answer)
            assert content.document.text == b'{"id":"bat-1","n":1.10}'
            assert content.again is not None
            assert content.again().document.value["status"] == "COMPLETED"

        shown.meanwhile = meanwhile
        assert on_terminal(server, *GET) == (0, "", "")
        assert len(shown) == 1

    def test_a_create_is_never_made_again(self, server: ScriptedServer, shown: Shown) -> None:
        server.script = [Reply(201, batch())]
        assert on_terminal(server, *COMMANDS["create"]).status == 0
        assert shown[0].again is None

    def test_a_list_is_shown_by_its_first_page(self, server: ScriptedServer, shown: Shown) -> None:
        server.script = [Reply(body=page(batch("bat-1"), token="t2")), Reply(body=page(batch("bat-2")))]

        def meanwhile(content: Any) -> None:
            assert len(server.seen) == 1
            assert isinstance(content, Listing)
            assert content.pages.more
            assert content.pages.next().values[0]["id"] == "bat-2"
            assert not content.pages.more

        shown.meanwhile = meanwhile
        assert on_terminal(server, *LIST) == (0, "", "")
        assert server.seen[1].query == [("page_token", "t2")]

    def test_the_options_of_a_list_hold(self, server: ScriptedServer, shown: Shown) -> None:
        server.script = lambda seen: Reply(
            body=page(batch("bat-1"), batch("bat-2", status="FAILED"), token="t" + str(len(server.seen)))
        )

        def meanwhile(content: Any) -> None:
            assert [one["id"] for one in content.items.values] == ["bat-2"]
            assert [one["id"] for one in content.pages.next().values] == ["bat-2"]
            assert not content.pages.more
            assert content.again().pages.more

        shown.meanwhile = meanwhile
        words = ("--status", "FAILED", "--status", "CANCELLED", "--max-items", "2")
        assert on_terminal(server, *LIST, *words) == (0, "", "")
        assert len(server.seen) == 3

    def test_a_token_that_comes_again_ends_the_list(self, server: ScriptedServer, shown: Shown) -> None:
        server.script = lambda _: Reply(body=page(batch(), token="same"))

        def meanwhile(content: Any) -> None:
            with pytest.raises(ApiError, match="the listing does not end"):
                content.pages.next()
            assert not content.pages.more

        shown.meanwhile = meanwhile
        assert on_terminal(server, *LIST) == (0, "", "")

    def test_what_was_waited_for_is_shown(self, server: ScriptedServer, shown: Shown) -> None:
        server.script = lambda seen: Reply(body=batch(seen.path.rpartition("/")[2], status="FAILED", results=[]))
        assert on_terminal(server, "batches", "wait", "bat-1", "bat-2").status == 5
        (content,) = shown
        assert {one["id"] for one in content.items.values} == {"bat-1", "bat-2"}
        assert not content.pages.more


# The process on a terminal of its own.

posix = pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal")


class Window:
    """The program on a pseudo-terminal, and what is on its screen."""

    def __init__(self, url: str, *argv: str, size: tuple[int, int] = (80, 24), **env: str) -> None:
        pexpect = pytest.importorskip("pexpect")
        pyte = pytest.importorskip("pyte")
        self.raw = io.BytesIO()
        self._screen = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self._screen)
        self._timeout = pexpect.TIMEOUT
        self._end = pexpect.EOF
        variables = {**environment(url), "TERM": "xterm-256color", **env}
        self.child = pexpect.spawn(
            PROGRAM[0], [*PROGRAM[1:], *argv], env=variables, dimensions=size[::-1], timeout=30
        )  # fmt: skip

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self._screen.display)

    @property
    def cursor_is_hidden(self) -> bool:
        return bool(self._screen.cursor.hidden)

    def until(self, wanted: Callable[[str], bool]) -> str:
        """Reads until the screen is as wanted, and gives its text."""
        end = time.monotonic() + 60
        while not wanted(self.text):
            assert time.monotonic() < end, self.text
            try:
                self._feed(self.child.read_nonblocking(65536, 0.2))
            except self._timeout:
                continue
            except self._end:
                assert wanted(self.text), self.text
        return self.text

    def end(self) -> None:
        """Reads until the program has ended."""
        self._feed(self.child.read())
        self.child.close()

    def _feed(self, data: bytes) -> None:
        self.raw.write(data)
        self._stream.feed(data)


@pytest.fixture
def api() -> Iterator[ScriptedServer]:
    scripted = ScriptedServer([Reply(body=page(batch("bat-1"), batch("bat-2")))])
    yield scripted
    scripted.close()


@posix
class TestAsAProcess:
    def test_it_draws_copies_and_gives_the_terminal_back(self, api: ScriptedServer) -> None:
        window = Window(api.url, *LIST, "--format", "explore")
        window.until(lambda text: "⏎ batch bat-1" in text)
        window.child.send("p")
        window.until(lambda text: "copied path @this" in text)
        assert b"\x1b]52;c;QHRoaXM=\x07" in window.raw.getvalue()
        window.child.send("q")
        window.end()
        assert window.child.exitstatus == 0
        assert not window.cursor_is_hidden
        assert window.raw.getvalue().rstrip().endswith(b"\x1b[?25h") or b"\x1b[?1049l" in window.raw.getvalue()
        assert KEY.encode() not in window.raw.getvalue()

    def test_ctrl_c_ends_it_by_the_signal(self, api: ScriptedServer) -> None:
        window = Window(api.url, *LIST, "--format", "explore")
        window.until(lambda text: "⏎ batch bat-1" in text)
        window.child.send("\x03")
        window.end()
        assert window.child.signalstatus == signal.SIGINT
        assert b"\x1b[?1049l" in window.raw.getvalue()

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
    def test_a_signal_ends_it_and_gives_the_terminal_back_first(
        self, number: signal.Signals, api: ScriptedServer
    ) -> None:
        window = Window(api.url, *LIST, "--format", "explore")
        window.until(lambda text: "⏎ batch bat-1" in text)
        os.kill(window.child.pid, number)
        window.end()
        assert window.child.signalstatus == number
        assert b"\x1b[?1049l" in window.raw.getvalue()
        assert b"Traceback" not in window.raw.getvalue()

    def test_a_value_that_is_chosen_is_printed_after_it(self, api: ScriptedServer) -> None:
        window = Window(api.url, *LIST, "--format", "explore")
        window.until(lambda text: "⏎ batch bat-1" in text)
        window.child.send("/")
        window.until(lambda text: "⏎ searches" in text)
        window.child.send("bat-2\r")
        window.until(lambda text: "match 1 of 1" in text)
        window.child.send("o")
        window.end()
        assert window.child.exitstatus == 0
        assert window.raw.getvalue().rpartition(b"\x1b[?1049l")[2].rstrip().endswith(b"bat-2")

    def test_it_is_drawn_on_standard_output_though_errors_go_to_a_file(
        self, api: ScriptedServer, tmp_path: Path
    ) -> None:
        errors = tmp_path / "errors"
        line = f"exec {' '.join(PROGRAM)} batches list --format explore --debug 2>{errors}"
        pexpect = pytest.importorskip("pexpect")
        window = Window(api.url, "--version")
        window.end()
        window.child = pexpect.spawn(
            "/bin/sh", ["-c", line], env={**environment(api.url), "TERM": "xterm"}, dimensions=(24, 80), timeout=30
        )
        window.until(lambda text: "⏎ batch bat-1" in text)
        window.child.send("q")
        window.end()
        assert window.child.exitstatus == 0
        assert "GET" in errors.read_text()
        assert KEY not in errors.read_text()

    def test_without_colour_no_colour_is_sent(self, api: ScriptedServer) -> None:
        import re

        window = Window(api.url, *LIST, "--format", "explore", NO_COLOR="1")
        window.until(lambda text: "⏎ batch bat-1" in text)
        window.child.send("q")
        window.end()
        codes = {
            code
            for found in re.findall(rb"\x1b\[([0-9;]*)m", window.raw.getvalue())
            for code in found.decode().split(";")
        }
        assert codes
        assert not {code for code in codes if code and 30 <= int(code) <= 48 and code != "39"}, codes

    def test_a_refused_key_is_an_error_line_and_no_screen(self, api: ScriptedServer) -> None:
        api.script = [Reply(401, {"detail": "Invalid API Key"})]
        window = Window(api.url, *LIST, "--format", "explore")
        window.end()
        assert window.child.exitstatus == 4
        assert b"error: 401" in window.raw.getvalue()
        assert b"\x1b[?1049h" not in window.raw.getvalue()
