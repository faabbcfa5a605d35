"""What a short command loads. Scripts call this tool often, and most of its time is start-up."""

from __future__ import annotations

import subprocess
import sys
from ast import literal_eval
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from llamacloud_cli.settings import userfile
from llamacloud_cli.settings.keystore import FileStore, StoredKey
from tests.servers import Reply, ScriptedServer, batch

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]

# Runs the program and tells, when the process ends, which modules it has loaded and how often certificates were read.
# It imports nothing of its own that could be taken for the program's.
PROBE = """
import os, sys
read = []
def watch():
    import ssl
    for name in ("load_verify_locations", "load_default_certs"):
        def noted(*args, original=getattr(ssl.SSLContext, name), **kwargs):
            read.append(1)
            return original(*args, **kwargs)
        setattr(ssl.SSLContext, name, noted)
if WATCH_TLS:
    watch()
end = os._exit
def tell(status):
    loaded = [name for name, module in list(sys.modules.items()) if module is not None]
    sys.stderr.write(repr((loaded, len(read))) + "\\n")
    sys.stderr.flush()
    end(status)
os._exit = tell
from llamacloud_cli.__main__ import run
run()
"""

# What neither help nor JSON in a pipe has a use for, by the name of the package.
HEAVY = {
    "anyio", "asyncio", "click", "cryptography", "dateutil", "email_validator", "httpx", "jinja2", "numpy",
    "platformdirs", "pydantic", "pydantic_core", "pygments", "requests", "rich", "ruamel", "sqlite3", "starlette",
    "tenacity", "textual", "trio", "unittest", "uvicorn", "yaml",
}  # fmt: skip
NETWORK = {"certifi", "h11", "http", "httpcore", "idna", "orjson", "socket", "ssl", "urllib.request"}

ROOT_HELP = {
    "llamacloud_cli", "llamacloud_cli.__main__", "llamacloud_cli.main", "llamacloud_cli.context",
    "llamacloud_cli.crashes", "llamacloud_cli.errors", "llamacloud_cli.operations", "llamacloud_cli.cli",
    "llamacloud_cli.cli.app", "llamacloud_cli.cli.options", "llamacloud_cli.cli.typer_seam", "llamacloud_cli.output",
    "llamacloud_cli.output.sink", "llamacloud_cli.output.color",
}  # fmt: skip
GROUP_HELP = ROOT_HELP | {"llamacloud_cli.cli.batches"}

# Parts of the package that a command loads when it needs them, each with what makes it heavy.
OWN_ON_DEMAND = (
    "llamacloud_cli.workflows", "llamacloud_cli.sandbox", "llamacloud_cli.explore", "llamacloud_cli.cli.exploring",
    "llamacloud_cli.statuses", "llamacloud_cli.inputs.yaml_",
    "llamacloud_cli.output.table", "llamacloud_cli.output.panel", "llamacloud_cli.output.cells",
    "llamacloud_cli.output.drawing", "llamacloud_cli.output.highlight", "llamacloud_cli.output.gjson",
    "llamacloud_cli.output.yamltext", "llamacloud_cli.output.requesttext", "llamacloud_cli.output.progress",
    "llamacloud_cli.output.board",
)  # fmt: skip
OWN_OF_A_CALL = ("llamacloud_cli.api", "llamacloud_cli.jsontext", "llamacloud_cli.redaction")


@pytest.fixture(scope="module")
def server() -> Iterator[ScriptedServer]:
    scripted = ScriptedServer([Reply(body=batch())])
    yield scripted
    scripted.close()


def _loaded(*argv: str, watch_tls: bool = False) -> tuple[set[str], int]:
    """Gives the modules that a command line loads in a process of its own, and how often certificates are read."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE.replace("WATCH_TLS", str(watch_tls)), *argv],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    modules, certificates = literal_eval(done.stderr.splitlines()[-1])
    return set(modules), certificates


def _packages(modules: set[str]) -> set[str]:
    return {module.partition(".")[0] for module in modules}


def _own(modules: set[str]) -> set[str]:
    return {module for module in modules if module.partition(".")[0] == "llamacloud_cli"}


@pytest.mark.parametrize("flag", ["--version", "-v"])
def test_the_version_loads_nothing_but_the_package_itself(flag: str) -> None:
    modules, _ = _loaded(flag)
    assert _own(modules) == {"llamacloud_cli", "llamacloud_cli.__main__"}
    assert modules & (NETWORK | {"typer", "enum", "inspect", "re", "typing", "json", "dataclasses"}) == set()


@pytest.mark.parametrize(
    ("argv", "own"),
    [
        (("--help",), ROOT_HELP),
        ((), ROOT_HELP),
        (("batches", "--help"), GROUP_HELP),
        (("batches",), GROUP_HELP),
        (("batches", "--version"), GROUP_HELP),
    ],
    ids=["--help", "alone", "batches --help", "batches", "batches --version"],
)
def test_help_of_groups_loads_typer_and_the_groups_alone(argv: tuple[str, ...], own: set[str]) -> None:
    modules, _ = _loaded(*argv)
    assert _packages(modules) & HEAVY == set()
    assert modules & NETWORK == set()
    assert _own(modules) - own == set()


@pytest.mark.parametrize("command", ["create", "list", "get", "cancel"])
def test_help_of_commands_loads_no_library_but_typer(command: str) -> None:
    modules, _ = _loaded("batches", command, "--help")
    assert _packages(modules) & HEAVY == set()
    assert modules & NETWORK == set()
    assert [module for module in _own(modules) if module.startswith(OWN_ON_DEMAND + OWN_OF_A_CALL)] == []


def test_completion_of_ids_that_are_known_loads_no_library_but_typer() -> None:
    modules, _ = _loaded("completion", "ids", "batch", "--sandbox", "--sandbox-data", "/nowhere")
    assert _packages(modules) & HEAVY == set()
    assert modules & NETWORK == set()


class TestCall:
    """`batches get` against a server on this machine, in a pipe."""

    def test_loads_nothing_that_it_does_not_use(self, server: ScriptedServer) -> None:
        modules, _ = _loaded("batches", "get", "bat-1", "--api-key", "k", "--base-url", server.url)
        assert _packages(modules) & (HEAVY - {"httpx"}) == set()
        assert [module for module in _own(modules) if module.startswith(OWN_ON_DEMAND)] == []
        assert {"httpx", "httpcore", "orjson"} <= _packages(modules)

    def test_reads_no_certificates_for_plain_http(self, server: ScriptedServer) -> None:
        """They take longer than all else."""
        _, certificates = _loaded("batches", "get", "bat-1", "--api-key", "k", "--base-url", server.url, watch_tls=True)
        assert certificates == 0

    def test_would_be_told_of_certificates(self) -> None:
        """The probe itself."""
        code = PROBE.replace("WATCH_TLS", "True").replace("from llamacloud_cli.__main__ import run", "import ssl")
        code = code.replace("run()", "ssl.create_default_context(); os._exit(0)")
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert literal_eval(done.stderr)[1] > 0


class TestSettings:
    """What files of settings cost: nothing where there are none."""

    LIBRARIES = frozenset({"keyring", "platformdirs", "tomlkit", "tomllib"})
    FILES = ("settings.userfile", "settings.projectfile", "settings.keystore", "settings.tomlfile", "settings.safefile")

    def loaded(self, *argv: str) -> tuple[set[str], set[str]]:
        """Gives the libraries for settings that a command loads, and the modules that read files of them."""
        modules, _ = _loaded(*argv)
        own = {name.removeprefix("llamacloud_cli.") for name in _own(modules)}
        return _packages(modules) & self.LIBRARIES, own & set(self.FILES)

    def test_without_files_no_library_is_loaded_and_no_module_that_reads_them(self, server: ScriptedServer) -> None:
        argv = ("batches", "get", "bat-1", "--api-key", "k", "--base-url", server.url)
        assert self.loaded(*argv) == (set(), set())

    def test_with_a_file_nothing_is_loaded_that_writes_it_and_no_keyring(self, server: ScriptedServer) -> None:
        userfile.change(None, {"base_url": server.url})
        libraries, _ = self.loaded("batches", "get", "bat-1", "--api-key", "k")
        assert libraries == {"platformdirs", "tomllib"}

    def test_a_key_in_a_file_loads_no_keyring(self, server: ScriptedServer) -> None:
        FileStore().write("default", StoredKey("llx-stored-0123456789", server.url))
        userfile.change("default", {"base_url": server.url, "api_key_store": "file", "api_key_origin": server.url})
        libraries, _ = self.loaded("batches", "get", "bat-1")
        assert libraries == {"platformdirs", "tomllib"}

    @pytest.mark.parametrize(
        "argv",
        [("--help",), ("auth", "--help"), ("auth", "login", "--help"), ("config", "set", "--help")],
        ids=" ".join,
    )
    def test_help_reads_no_file_although_there_is_one(self, argv: tuple[str, ...]) -> None:
        userfile.change(None, {"format": "yaml"})
        libraries, files = self.loaded(*argv)
        assert (libraries, files & {"settings.userfile", "settings.tomlfile"}) == (set(), set())
