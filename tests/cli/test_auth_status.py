"""`auth status|token|logout`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from llamacloud_cli.settings import userfile
from llamacloud_cli.settings.keystore import SERVICE, FileStore
from tests.accounts import NO_ENV, PROJECTS, STORED, account, login
from tests.commands import GET, failure
from tests.keyrings import LockedKeyring, MemoryKeyring, ReadOnlyKeyring, using
from tests.servers import DROP, Reply

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Result, Runner
    from tests.servers import ScriptedServer


@pytest.fixture
def service(server: ScriptedServer) -> ScriptedServer:
    """A service that knows one key."""
    server.script = account
    return server


@pytest.fixture
def ring() -> Iterator[MemoryKeyring]:
    """A keyring that works."""
    with using(MemoryKeyring()) as ring:
        yield ring


class TestStatus:
    def status(self, run: Runner, *flags: str, **more: Any) -> Result:
        return run("auth", "status", "--max-retries", "0", *flags, **{"env": NO_ENV, **more})

    def test_says_which_key_wins_over_which_and_what_it_is_good_for(
        self, run: Runner, service: ScriptedServer, ring: MemoryKeyring
    ) -> None:
        login(run)
        result = self.status(run, env={"LLAMA_CLOUD_API_KEY": STORED})
        assert result.status == 0
        assert result.json == {
            "state": "valid",
            "profile": "default",
            "profile_source": "default",
            "base_url": service.url,
            "base_url_source": "LLAMA_CLOUD_BASE_URL",
            "region": None,
            "key_source": "LLAMA_CLOUD_API_KEY",
            "key_ending": "…zyxw",
            "not_used": ["profile default (keyring)"],
            "projects": PROJECTS,
            "error": None,
        }
        result = self.status(run, "--profile", "default", env={"LLAMA_CLOUD_API_KEY": "other-key-000000000"})
        assert (result.json["key_source"], result.json["not_used"]) == (
            "profile default (keyring)",
            ["LLAMA_CLOUD_API_KEY"],
        )

    def test_on_a_terminal_it_is_lines(self, run: Runner, service: ScriptedServer, ring: MemoryKeyring) -> None:
        login(run)
        result = self.status(run, env={"LLAMA_CLOUD_API_KEY": STORED}, stdout_terminal=True)
        assert result.stdout == (
            f"{service.url}\n"
            "  ✓ Valid\n"
            "  - Key: …zyxw, from LLAMA_CLOUD_API_KEY\n"
            "  - LLAMA_CLOUD_API_KEY wins over profile default (keyring)\n"
            "  - Base URL from LLAMA_CLOUD_BASE_URL\n"
            "  - Profile: default (the default)\n"
            "  - Projects: Invoices (prj-1, default), Letters (prj-2)\n"
        )
        assert self.status(run, "--json", "--color", "never", stdout_terminal=True).json["state"] == "valid"

    @pytest.mark.parametrize("flags", [("-q",), ("--json", "--format", "yaml"), ("--format", "jsn"), ("--dry-run",)])
    def test_what_cannot_be_printed_is_refused_before_anything_is_sent(
        self, run: Runner, service: ScriptedServer, flags: tuple[str, ...]
    ) -> None:
        failure(self.status(run, *flags, env={"LLAMA_CLOUD_API_KEY": STORED}), 2)
        assert service.seen == []

    def test_a_key_that_is_not_valid_is_status_4(self, run: Runner, service: ScriptedServer) -> None:
        result = self.status(run, env={"LLAMA_CLOUD_API_KEY": "llx-of-somebody-else-1"})
        assert (result.status, result.json["state"]) == (4, "invalid")
        assert result.stderr.startswith("error: 401")

    def test_no_key_is_status_4_and_nothing_is_sent(self, run: Runner, service: ScriptedServer) -> None:
        result = self.status(run)
        assert (result.status, result.json["state"], result.json["key_ending"]) == (4, "none", None)
        assert "auth login" in result.stderr
        assert service.seen == []

    @pytest.mark.parametrize("reply", [DROP, Reply(raw=b"no HTTP\r\n\r\n")])
    def test_a_network_that_fails_is_status_7_and_says_nothing_of_the_key(
        self, run: Runner, server: ScriptedServer, reply: Reply
    ) -> None:
        server.script = [reply]
        result = self.status(run, "--api-key", STORED)
        assert (result.status, result.json["state"]) == (7, "unreachable")
        result = self.status(run, "--api-key", STORED, stdout_terminal=True)
        assert "whether it is valid is not known" in result.stdout
        assert "x Not valid" not in result.stdout

    def test_a_service_that_fails_says_nothing_of_the_key_either(self, run: Runner, server: ScriptedServer) -> None:
        server.script = [Reply(503)]
        result = self.status(run, "--api-key", STORED)
        assert (result.status, result.json["state"]) == (1, "unknown")

    @pytest.mark.parametrize(("key", "shown"), [("k" * 15, "…"), ("k" * 12 + "wxyz", "…wxyz")])
    def test_the_end_of_a_key_is_shown_where_it_is_long_enough(
        self, run: Runner, server: ScriptedServer, key: str, shown: str
    ) -> None:
        server.script = [Reply(body=PROJECTS)]
        assert self.status(run, "--api-key", key).json["key_ending"] == shown

    def test_a_locked_keyring_is_no_key_and_says_why(self, run: Runner, service: ScriptedServer) -> None:
        with using(MemoryKeyring()):
            login(run)
        with using(LockedKeyring()):
            result = self.status(run)
        assert (result.status, result.json["state"]) == (4, "none")
        assert "KeyringLocked" in result.stderr

    def test_the_sandbox_has_its_own_key(self, run: Runner) -> None:
        result = run("auth", "status", "--sandbox")
        assert result.status == 0, result.stderr
        assert (result.json["key_source"], result.json["profile"]) == ("the sandbox", None)
        assert result.json["projects"][0]["name"] == "Sandbox"


class TestToken:
    def test_prints_the_key_alone(self, run: Runner, service: ScriptedServer, ring: MemoryKeyring) -> None:
        login(run)
        sent = len(service.seen)
        assert run("auth", "token", env=NO_ENV) == (0, f"{STORED}\n", "")
        assert run("auth", "token", "--api-key", "flag").stdout == "flag\n"
        assert len(service.seen) == sent

    def test_without_a_key_is_status_4(self, run: Runner) -> None:
        assert "auth login" in failure(run("auth", "token", env=NO_ENV), 4)

    def test_of_another_place_is_not_given(self, run: Runner, service: ScriptedServer, ring: MemoryKeyring) -> None:
        login(run)
        failure(run("auth", "token", "--base-url", "https://other.example", env=NO_ENV), 4)


class TestLogout:
    @pytest.mark.parametrize("flags", [(), ("--insecure-storage",)], ids=["keyring", "file"])
    def test_removes_the_key_and_keeps_the_rest(
        self, run: Runner, service: ScriptedServer, ring: MemoryKeyring, flags: tuple[str, ...]
    ) -> None:
        login(run, *flags)
        result = run("auth", "logout", env=NO_ENV)
        assert (result.status, result.stdout) == (0, "")
        assert "Removed the key of profile default" in result.stderr
        assert ring.kept == {}
        assert FileStore().read("default") is None
        assert userfile.load().profiles == {"default": {"base_url": service.url}}
        failure(run(*GET, env=NO_ENV), 4)

    def test_again_removes_nothing_and_is_no_error(self, run: Runner) -> None:
        result = run("auth", "logout", env=NO_ENV)
        assert result == (0, "", "Profile default keeps no key; nothing to remove.\n")

    def test_a_variable_that_still_gives_a_key_is_told_of(self, run: Runner) -> None:
        assert "LLAMA_CLOUD_API_KEY still gives a key" in run("auth", "logout").stderr

    def test_a_keyring_that_refuses_leaves_everything_as_it_was(self, run: Runner, service: ScriptedServer) -> None:
        ring = ReadOnlyKeyring()
        with using(MemoryKeyring()) as writable:
            login(run)
            ring.kept = writable.kept
        with using(ring):
            assert "the key is still there" in failure(run("auth", "logout", env=NO_ENV), 1)
            assert run(*GET, env=NO_ENV).status == 0

    def test_of_one_profile_leaves_the_others(self, run: Runner, service: ScriptedServer, ring: MemoryKeyring) -> None:
        login(run)
        login(run, "--profile", "work")
        run("auth", "logout", "--profile", "work", env=NO_ENV)
        assert list(ring.kept) == [(SERVICE, f"default@{service.url}")]
        assert "no profile 'nope'" in failure(run("auth", "logout", "--profile", "nope", env=NO_ENV), 2)


def test_the_settings_of_the_format_hold_for_what_is_printed(
    run: Runner, service: ScriptedServer, ring: MemoryKeyring
) -> None:
    login(run)
    run("config", "set", "format", "jsonl")
    line = run("auth", "status", env=NO_ENV).stdout
    assert json.loads(line)["state"] == "valid"
    assert line.count("\n") == 1
