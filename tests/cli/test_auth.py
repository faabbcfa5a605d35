"""`auth login|status|token|logout` with keys that are piped in; tests/cli/test_auth_terminal.py types them."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import pytest

from llamacloud_cli.settings import userfile
from llamacloud_cli.settings.keystore import SERVICE, FileStore
from tests.accounts import LOGIN, NO_ENV, PROJECTS, STORED, account, login
from tests.commands import GET, failure
from tests.keyrings import ForgetfulKeyring, LockedKeyring, MemoryKeyring, ReadOnlyKeyring, using
from tests.servers import DROP, Reply, refusing_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Runner
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


def profiles() -> dict[str, dict[str, Any]]:
    return userfile.load().profiles


def nothing_stored() -> bool:
    return not userfile.path().exists() and not FileStore().path.exists()


class TestLogin:
    def test_checks_the_key_names_the_projects_and_stores_it_in_the_keyring(
        self, run: Runner, service: ScriptedServer, ring: MemoryKeyring
    ) -> None:
        result = login(run)
        assert (result.status, result.stdout) == (0, "")
        assert [(seen.method, seen.path) for seen in service.seen] == [("GET", "/api/v1/projects")]
        assert f"Logged in to {service.url} as profile default.\n" in result.stderr
        assert "The key ending in …zyxw is kept in the keyring (memory).\n" in result.stderr
        assert "Projects: Invoices (prj-1, default), Letters (prj-2)\n" in result.stderr
        assert STORED not in result.stderr
        assert ring.kept == {(SERVICE, f"default@{service.url}"): STORED}
        assert profiles() == {
            "default": {"base_url": service.url, "api_key_store": "keyring", "api_key_origin": service.url}
        }

    def test_later_commands_use_it_with_its_base_url(
        self, run: Runner, service: ScriptedServer, ring: MemoryKeyring
    ) -> None:
        login(run, "--profile", "work")
        result = run(*GET, "--profile", "work", env={**NO_ENV, "LLAMA_CLOUD_BASE_URL": "http://127.0.0.1:1"})
        assert result.status == 0, result.stderr
        assert service.seen[-1].headers["authorization"] == f"Bearer {STORED}"
        assert (SERVICE, f"work@{service.url}") in ring.kept

    @pytest.mark.parametrize("ending", ["\n", "\r\n", ""])
    def test_one_line_break_at_the_end_of_standard_input_is_no_part_of_it(
        self, run: Runner, service: ScriptedServer, ring: MemoryKeyring, ending: str
    ) -> None:
        assert login(run, key=STORED + ending).status == 0
        assert set(ring.kept.values()) == {STORED}

    @pytest.mark.parametrize("text", ["", "\n", f"{STORED}\n\n", f" {STORED}", f"{STORED}\nmore", "é" * 20, "\0" * 20])
    def test_what_cannot_be_a_key_is_refused_before_anything_is_sent(
        self, run: Runner, service: ScriptedServer, ring: MemoryKeyring, text: str
    ) -> None:
        assert STORED not in failure(login(run, key=text), 4)
        assert service.seen == []
        assert nothing_stored()

    def test_what_is_too_long_for_a_key_is_refused(self, run: Runner, service: ScriptedServer) -> None:
        assert "too long for a key" in failure(login(run, "--insecure-storage", key="x" * 9000), 2)
        assert service.seen == []

    def test_a_key_that_is_not_valid_is_not_stored(
        self, run: Runner, service: ScriptedServer, ring: MemoryKeyring
    ) -> None:
        text = failure(login(run, key="llx-of-somebody-else-1"), 4)
        assert "401 Unauthorized" in text
        assert "nothing was stored" in text
        assert ring.kept == {}
        assert nothing_stored()

    @pytest.mark.parametrize(("region", "other"), [("us", "eu"), ("eu", "us")])
    def test_the_other_region_is_named_and_never_tried(
        self, run: Runner, monkeypatch: pytest.MonkeyPatch, region: str, other: str
    ) -> None:
        """The key of one region is sent nowhere else without being asked for."""
        from llamacloud_cli.settings import values
        from tests.servers import ScriptedServer

        one, two = ScriptedServer([Reply(401, {"detail": "no"})]), ScriptedServer()
        monkeypatch.setitem(values.REGIONS, region, one.url)
        monkeypatch.setitem(values.REGIONS, other, two.url)
        text = failure(login(run, "--insecure-storage", "--region", region, "--profile", "w"), 4)
        one.close()
        two.close()
        assert f"`llamacloud-prod auth login --region {other} --profile w`" in text
        assert (len(one.seen), len(two.seen)) == (1, 0)

    def test_a_network_that_fails_is_told_from_a_key_that_is_not_valid(self, run: Runner, ring: MemoryKeyring) -> None:
        with refusing_port() as port:
            failure(login(run, "--base-url", f"http://127.0.0.1:{port}", "--max-retries", "0"), 7)
        assert ring.kept == {}
        assert nothing_stored()

    @pytest.mark.parametrize(("reply", "status"), [(Reply(503), 1), (DROP, 7), (Reply(body={}), 1), (Reply(403), 4)])
    def test_any_other_failure_stores_nothing_either(
        self, run: Runner, server: ScriptedServer, ring: MemoryKeyring, reply: Reply, status: int
    ) -> None:
        server.script = [reply]
        failure(login(run, "--max-retries", "0"), status)
        assert ring.kept == {}
        assert nothing_stored()

    def test_json_is_printed_where_it_is_asked_for(
        self, run: Runner, service: ScriptedServer, ring: MemoryKeyring
    ) -> None:
        result = login(run, "--json", "--profile", "work")
        assert result.json == {
            "profile": "work",
            "base_url": service.url,
            "region": None,
            "key_ending": "…zyxw",
            "stored_in": "the keyring (memory)",
            "projects": PROJECTS,
        }

    @pytest.mark.parametrize(
        ("flags", "words"),
        [
            (("--api-key", "llx-visible"), "takes no --api-key"),
            (("--region", "asia"), "--region: no value 'asia'"),
            (("--region", "eu", "--base-url", "http://127.0.0.1:1"), "--region and --base-url exclude each other"),
            (("--sandbox",), "the sandbox needs no key"),
            (("--dry-run",), "--dry-run"),
            (("--profile", "a b"), "no name of a profile"),
            (("--base-url", "http://api.example"), "unencrypted"),
        ],
    )
    def test_what_makes_no_sense_is_refused(
        self, run: Runner, ring: MemoryKeyring, flags: tuple[str, ...], words: str
    ) -> None:
        run.base_url = None
        assert words in failure(login(run, *flags), 2)
        assert nothing_stored()

    def test_without_a_terminal_and_without_the_flag_it_reads_nothing(
        self, run: Runner, service: ScriptedServer
    ) -> None:
        text = failure(run("auth", "login", stdin=STORED, env=NO_ENV), 2)
        assert "--with-token" in text
        assert service.seen == []

    def test_a_variable_that_wins_is_told_of(self, run: Runner, service: ScriptedServer, ring: MemoryKeyring) -> None:
        assert "LLAMA_CLOUD_API_KEY is set and wins" in run(*LOGIN, stdin=STORED).stderr

    def test_a_base_url_that_wins_over_the_new_one_is_told_of(
        self, run: Runner, service: ScriptedServer, ring: MemoryKeyring
    ) -> None:
        env = {**NO_ENV, "LLAMA_CLOUD_BASE_URL": "https://other.example"}
        result = login(run, "--base-url", service.url, env=env)
        assert "not sent there" not in result.stderr  # the flag of this command is no lasting winner
        userfile.change("default", {"base_url": service.url})
        assert "stored for" in run("auth", "token", env=env).stderr

    def test_names_of_projects_cannot_forge_lines(
        self, run: Runner, server: ScriptedServer, ring: MemoryKeyring
    ) -> None:
        server.script = [Reply(body=[{"id": "p", "name": "a\nLogged in as root\x1b[31m"}])]
        assert "Projects: a\\nLogged in as root\\x1b[31m (p)\n" in login(run).stderr


NOT_WORKING = {
    "none": None,
    "locked": LockedKeyring(),
    "forgetful": ForgetfulKeyring(),
    "read-only": ReadOnlyKeyring(),
}


class TestWhereItIsStored:
    @pytest.fixture(params=NOT_WORKING, autouse=True)
    def keyring(self, request: pytest.FixtureRequest) -> Iterator[None]:
        """A keyring that does not work."""
        backend = NOT_WORKING[request.param]
        if backend is None:
            yield
        else:
            with using(backend):
                yield

    def test_without_a_keyring_nothing_is_stored_unless_somebody_says_so(
        self, run: Runner, service: ScriptedServer
    ) -> None:
        result = login(run)
        assert result.status == 2
        assert "keyring" in result.stderr
        assert "--insecure-storage" in result.stderr
        assert nothing_stored()

    def test_the_flag_says_so(self, run: Runner, service: ScriptedServer) -> None:
        result = login(run, "--insecure-storage")
        assert result.status == 0
        assert str(FileStore().path) in result.stderr
        assert FileStore().path.stat().st_mode & 0o777 == 0o600
        assert tomllib.loads(FileStore().path.read_text("utf-8"))["profiles"]["default"]["api_key"] == STORED
        assert run(*GET, env=NO_ENV).status == 0


def test_without_a_keyring_nothing_is_sent_before_that_is_clear(run: Runner, service: ScriptedServer) -> None:
    failure(login(run), 2)
    assert service.seen == []


class TestLoggingInAgain:
    def test_a_new_key_takes_the_place_of_the_old_one(
        self, run: Runner, server: ScriptedServer, ring: MemoryKeyring
    ) -> None:
        server.script = [Reply(body=PROJECTS)]
        login(run, key="llx-first-0000000000")
        login(run)
        assert list(ring.kept.values()) == [STORED]

    def test_the_old_one_is_removed_from_where_it_was(
        self, run: Runner, service: ScriptedServer, ring: MemoryKeyring
    ) -> None:
        login(run)
        login(run, "--insecure-storage")
        assert ring.kept == {}
        login(run)
        assert FileStore().read("default") is None
        login(run, "--base-url", service.url.replace("127.0.0.1", "localhost"))
        assert [user for _, user in ring.kept] == [f"default@{service.url.replace('127.0.0.1', 'localhost')}"]

    def test_a_key_whose_profile_cannot_be_written_is_not_left_behind(
        self, run: Runner, service: ScriptedServer, ring: MemoryKeyring
    ) -> None:
        userfile.change("work", {"project_id": "p"})
        text = 'profiles = {work = {project_id = "p"}}\n'
        userfile.path().write_text(text, encoding="utf-8")
        for flags in ((), ("--insecure-storage",)):
            result = login(run, *flags)
            assert "cannot be changed here" in result.stderr
            assert result.status == 2
        assert ring.kept == {}
        assert FileStore().read("default") is None
        assert userfile.path().read_text("utf-8") == text

    def test_other_settings_of_the_profile_stay(
        self, run: Runner, service: ScriptedServer, ring: MemoryKeyring
    ) -> None:
        userfile.change("default", {"project_id": "prj-2"})
        login(run)
        assert profiles()["default"]["project_id"] == "prj-2"
