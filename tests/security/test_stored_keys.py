"""Stored keys: where they go, who can read them, and that no output shows them."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from llamacloud_cli.settings import userfile
from llamacloud_cli.settings.keystore import FileStore, StoredKey
from tests.commands import COMMANDS, GET, every_command, failure
from tests.keyrings import FailingKeyring, MemoryKeyring, using
from tests.processes import PROGRAM, finish
from tests.servers import DROP, Reply, ScriptedServer, batch, page

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

    from tests.conftest import Result, Runner
    from tests.servers import Seen

STORED = "llx-stored-canary-9876543210"
NO_ENV: dict[str, str | None] = {"LLAMA_CLOUD_API_KEY": None}


@pytest.fixture(params=["file", "keyring"])
def stored(request: pytest.FixtureRequest, server: ScriptedServer) -> Iterator[str]:
    """A key that is stored for the server, one way or the other."""
    with using(MemoryKeyring()) as ring:
        if request.param == "file":
            FileStore().write("default", StoredKey(STORED, server.url))
        else:
            ring.set_password("llamacloud-prod", f"default@{server.url}", STORED)
        userfile.change("default", {"api_key_store": request.param, "api_key_origin": server.url})
        yield request.param


def hidden(result: Result) -> Result:
    assert STORED not in result.stdout + result.stderr
    return result


def echo(seen: Seen) -> str:
    return seen.headers["authorization"].removeprefix("Bearer ")


@pytest.mark.usefixtures("stored")
class TestWhereItGoes:
    @every_command
    def test_to_the_place_that_it_was_stored_for(
        self, run: Runner, server: ScriptedServer, argv: tuple[str, ...]
    ) -> None:
        server.script = [Reply(body={**page(batch()), **batch()})]
        run(*argv, env=NO_ENV)
        assert {echo(seen) for seen in server.seen} == {STORED}

    @every_command
    @pytest.mark.parametrize(
        "way", ["flag", "variable", "user file", "profile", "project file", "key and project file"]
    )
    def test_to_no_other_place_whoever_names_it(
        self, run: Runner, argv: tuple[str, ...], way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        other = ScriptedServer([Reply(body=batch())])
        (tmp_path / ".git").mkdir()
        monkeypatch.chdir(tmp_path)
        env = {**NO_ENV, "LLAMA_CLOUD_BASE_URL": None}
        flags: tuple[str, ...] = ()
        if way == "flag":
            flags = ("--base-url", other.url)
        elif way == "variable":
            env["LLAMA_CLOUD_BASE_URL"] = other.url
        elif way == "user file":
            userfile.change(None, {"base_url": other.url})
        elif way == "profile":
            userfile.change("default", {"base_url": other.url})
        else:
            (tmp_path / ".llamacloud.toml").write_text(f'base_url = "{other.url}"\n', encoding="utf-8")
            assert run("config", "trust").status == 0
        if way == "key and project file":  # the file of the store says as well that the key is for the other place
            userfile.change("default", {"api_key_origin": other.url})
        text = failure(run(*argv, *flags, env=env), 4)
        assert "was stored for" in text or "no longer there" in text
        assert STORED not in text
        other.close()
        assert other.seen == []

    def test_not_after_a_redirect(self, run: Runner, server: ScriptedServer) -> None:
        other = ScriptedServer([Reply(body=batch())])
        server.script = [Reply(302, b"", {"location": f"{other.url}/api/v2/batches/bat-1"})]
        hidden(run(*GET, env=NO_ENV))
        other.close()
        assert other.seen == []


@pytest.mark.usefixtures("stored")
class TestWhatIsShown:
    @every_command
    @pytest.mark.parametrize("flag", ["--debug", "--dry-run", "--print-curl"])
    def test_no_request_that_is_shown_shows_it(
        self, run: Runner, server: ScriptedServer, argv: tuple[str, ...], flag: str
    ) -> None:
        server.script = [Reply(body={**page(batch()), **batch()})]
        hidden(run(*argv, flag, env=NO_ENV))

    @pytest.mark.parametrize("argv", [*COMMANDS.values(), ("auth", "status")], ids=[*COMMANDS, "status"])
    @pytest.mark.parametrize(
        "script",
        [
            lambda seen: Reply(401, {"detail": f"no such key {echo(seen)}"}),
            lambda seen: Reply(500, echo(seen).encode()),
            lambda seen: Reply(200, [{"id": "p", "name": echo(seen)}]),
            lambda _: DROP,
        ],
        ids=["401", "500", "a name", "dropped"],
    )
    def test_no_answer_that_echoes_it_shows_it(
        self, run: Runner, server: ScriptedServer, argv: tuple[str, ...], script: object
    ) -> None:
        server.script = script  # type: ignore[assignment]
        for flags in ((), ("--debug",), ("--format-error", "json")):
            assert hidden(run(*argv, *flags, "--max-retries", "0", env=NO_ENV)).stderr or argv[0] == "auth"

    def test_no_setting_does(self, run: Runner) -> None:
        for argv in (("config", "list"), ("auth", "status"), ("auth", "logout"), ("config", "get", "profile")):
            hidden(run(*argv, "--max-retries", "0", env=NO_ENV))


def test_an_error_of_ours_does_not_show_it_although_its_words_come_from_elsewhere(run: Runner) -> None:
    """main() knows every key that was read, and takes it out of what it prints."""
    origin = "https://127.0.0.1:1"
    FileStore().write("default", StoredKey(STORED, origin))
    userfile.change("default", {"base_url": origin, "api_key_store": "file", "api_key_origin": origin})
    text = failure(run(*GET, "--ca-bundle", f"/tmp/{STORED}.pem", env=NO_ENV), 2)
    assert "/tmp/***.pem" in text
    assert STORED not in text


class TestLogin:
    def test_a_keyring_whose_words_hold_the_key_does_not_show_it(self, run: Runner, server: ScriptedServer) -> None:
        class Writes(FailingKeyring):
            def get_password(self, service: str, username: str) -> None:
                return None

        server.script = [Reply(body=[])]
        with using(Writes()):
            for flags in ((), ("--debug",), ("--format-error", "json")):
                result = run("auth", "login", "--with-token", *flags, stdin=STORED, env=NO_ENV)
                assert result.status == 2
                hidden(result)

    def test_no_file_but_the_one_for_keys_holds_it(self, run: Runner, server: ScriptedServer) -> None:
        server.script = [Reply(body=[{"id": "p", "name": "x"}])]
        argv = ("auth", "login", "--with-token", "--insecure-storage", "--debug", "--json")
        assert hidden(run(*argv, stdin=STORED, env=NO_ENV)).status == 0
        hidden(run(*GET, env=NO_ENV))
        files = [path for path in Path.home().rglob("*") if path.is_file()]
        holding = [path for path in files if STORED.encode() in path.read_bytes()]
        assert holding == [FileStore().path]


@pytest.mark.skipif(os.name != "posix", reason="the modes and links of POSIX")
class TestTheFile:
    @pytest.fixture(autouse=True)
    def stored_in_file(self, server: ScriptedServer) -> None:
        FileStore().write("default", StoredKey(STORED, server.url))
        userfile.change("default", {"api_key_store": "file", "api_key_origin": server.url})

    @pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
    def test_one_that_others_can_read_is_refused_with_what_to_run(
        self, run: Runner, server: ScriptedServer, mode: int
    ) -> None:
        FileStore().path.chmod(mode)
        text = failure(run(*GET, env=NO_ENV), 2)
        assert f"run: chmod 600 '{FileStore().path}'" in text
        assert server.seen == []
        result = run("auth", "login", "--with-token", "--insecure-storage", stdin="llx-other-00000000", env=NO_ENV)
        assert result.status == 2
        assert STORED in FileStore().path.read_text("utf-8")

    def test_a_link_in_its_place_is_refused(self, run: Runner, server: ScriptedServer, tmp_path: Path) -> None:
        path = FileStore().path
        shutil.move(path, tmp_path / "elsewhere")
        path.symlink_to(tmp_path / "elsewhere")
        assert "is a symbolic link" in failure(run(*GET, env=NO_ENV), 2)
        assert server.seen == []

    def test_a_config_file_that_others_can_change_is_refused(self, run: Runner, server: ScriptedServer) -> None:
        userfile.path().chmod(0o666)
        assert "other users may change" in failure(run(*GET, env=NO_ENV), 2)
        assert server.seen == []


class TestProjectFile:
    """A repository that somebody else wrote decides nothing about keys."""

    @pytest.fixture(autouse=True)
    def project(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        (tmp_path / ".git").mkdir()
        monkeypatch.chdir(tmp_path)
        return tmp_path / ".llamacloud.toml"

    def test_it_gets_no_key_sent_anywhere_without_a_yes(self, run: Runner, project: Path) -> None:
        evil = ScriptedServer([Reply(body=batch())])
        project.write_text(f'base_url = "{evil.url}"\n', encoding="utf-8")
        env = {"LLAMA_CLOUD_BASE_URL": None}
        for argv in (*COMMANDS.values(), ("auth", "status"), ("batches", "wait", "bat-1")):
            failure(run(*argv, env=env), 2)
        result = run("auth", "login", "--with-token", "--insecure-storage", stdin=STORED, env={**env, **NO_ENV})
        assert result.status == 2
        result = run(*GET, env=env, stdin="n\n", stdin_terminal=True, stderr_terminal=True)
        assert result.status == 2
        evil.close()
        assert evil.seen == []

    def test_the_question_cannot_be_forged_by_the_file(self, run: Runner, project: Path) -> None:
        project.write_text('base_url = "https://evil.example/\\u001b[2K\\rhttps://api.cloud.llamaindex.ai"\n', "utf-8")
        result = run(*GET, env={"LLAMA_CLOUD_BASE_URL": None}, stdin="y\n", stdin_terminal=True, stderr_terminal=True)
        assert result.status == 2
        assert "\x1b" not in result.stderr
        assert "\r" not in result.stderr


def test_a_real_process_keeps_a_key_and_shows_it_to_auth_token_alone(server: ScriptedServer) -> None:
    server.script = lambda seen: Reply(body=[{"id": "p"}] if seen.path.endswith("/projects") else batch())
    line = f"printf {STORED} | {' '.join(PROGRAM)} auth login --with-token --insecure-storage --debug"
    done = finish("bash", "-c", line, url=server.url, LLAMA_CLOUD_API_KEY=None)
    assert done.returncode == 0, done.stderr
    assert STORED not in done.stdout + done.stderr
    got = finish(*PROGRAM, *GET, url=server.url, LLAMA_CLOUD_API_KEY=None)
    assert json.loads(got.stdout)["id"] == "bat-1"
    assert finish(*PROGRAM, "auth", "token", url=server.url, LLAMA_CLOUD_API_KEY=None).stdout == f"{STORED}\n"


def test_a_real_process_keeps_a_key_in_the_keyring_and_nowhere_else(
    server: ScriptedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ring = tmp_path / "ring.json"
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "tests.keyrings.DiskKeyring")
    monkeypatch.setenv("KEYRING_OF_A_TEST", str(ring))
    server.script = lambda seen: Reply(body=[{"id": "p"}] if seen.path.endswith("/projects") else batch())

    def process(*argv: str) -> subprocess.CompletedProcess[str]:
        return finish(*PROGRAM, *argv, url=server.url, LLAMA_CLOUD_API_KEY=None)

    line = f"printf {STORED} | {' '.join(PROGRAM)} auth login --with-token"
    done = finish("bash", "-c", line, url=server.url, LLAMA_CLOUD_API_KEY=None)
    assert done.returncode == 0, done.stderr
    assert "is kept in the keyring (disk)" in done.stderr
    assert list(json.loads(ring.read_text("utf-8"))) == [f"llamacloud-prod default@{server.url}"]
    assert not FileStore().path.exists()
    assert json.loads(process(*GET).stdout)["id"] == "bat-1"
    assert echo(server.seen[-1]) == STORED
    assert process("auth", "logout").returncode == 0
    assert json.loads(ring.read_text("utf-8")) == {}
    assert process(*GET).returncode == 4
