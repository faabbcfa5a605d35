"""Which source wins, what a base URL and an origin are, and where a project file is looked for."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from itertools import combinations
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llamacloud_cli.errors import AuthenticationError, UsageError
from llamacloud_cli.settings import places, userfile
from llamacloud_cli.settings.resolve import Settings
from llamacloud_cli.settings.values import EU_BASE_URL, check_key, origin_of, read_base_url

if TYPE_CHECKING:
    from pathlib import Path

FLAG, VARIABLE, PROJECT, PROFILE, USER = "flag", "variable", "project", "profile", "user"
URLS = {source: f"https://{source}.example" for source in (FLAG, VARIABLE, PROJECT, PROFILE, USER)}


def yes(_: str) -> bool:
    return True


def settings(options: dict[str, Any] | None = None, env: dict[str, str] | None = None, **others: Any) -> Settings:
    return Settings(options or {}, env or {}, **{"confirm": yes, "on_key": lambda _: None, **others})


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A git root as the current folder."""
    folder = tmp_path / "project"
    (folder / ".git").mkdir(parents=True)
    monkeypatch.chdir(folder)
    return folder


def write_user_file(text: str) -> Path:
    path = userfile.path()
    path.parent.mkdir(parents=True, mode=0o700, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    return path


class TestOrder:
    def everything(self, sources: tuple[str, ...], project: Path, *, explicit: bool = False) -> Settings:
        """Gives settings whose base URL each of `sources` sets."""
        text = f'base_url = "{URLS[USER]}"\n' if USER in sources else ""
        text += "[profiles.work]\n" + (f'base_url = "{URLS[PROFILE]}"\n' if PROFILE in sources else "")
        write_user_file(text)
        file = project / ".llamacloud.toml"
        file.write_text(f'base_url = "{URLS[PROJECT]}"\n' if PROJECT in sources else "", encoding="utf-8")
        options = {"base_url": URLS[FLAG]} if FLAG in sources else {}
        env = {"LLAMA_CLOUD_BASE_URL": URLS[VARIABLE]} if VARIABLE in sources else {}
        if explicit:
            options["profile"] = "work"
        else:
            env["LLAMA_CLOUD_PROFILE"] = "work"
        return settings(options, env)

    @pytest.mark.parametrize(
        ("order", "explicit"),
        [((FLAG, VARIABLE, PROJECT, PROFILE, USER), False), ((FLAG, PROFILE, VARIABLE, PROJECT, USER), True)],
        ids=["flag > environment > project file > user file", "a profile that is named counts as a flag"],
    )
    def test_the_source_that_stands_first_wins_whatever_others_say(
        self, project: Path, order: tuple[str, ...], explicit: bool
    ) -> None:
        for count in range(len(order) + 1):
            for sources in combinations(order, count):
                found = self.everything(sources, project, explicit=explicit)
                expected = URLS[sources[0]] if sources else "https://api.cloud.llamaindex.ai"
                assert found.base_url().url == expected, sources

    def test_all_values_are_listed_the_winner_first(self, project: Path) -> None:
        found = self.everything((FLAG, VARIABLE, PROJECT, PROFILE, USER), project).layers("base_url")
        assert [one.source for one in found] == [
            "--base-url",
            "LLAMA_CLOUD_BASE_URL",
            str(project / ".llamacloud.toml"),
            "profile work",
            str(userfile.path()),
            "default",
        ]

    def test_an_empty_variable_counts_as_none(self) -> None:
        found = settings(env={"LLAMA_CLOUD_BASE_URL": "", "LLAMA_CLOUD_PROJECT_ID": "", "LLAMA_CLOUD_PROFILE": ""})
        assert (found.base_url().region, found.scope(), found.profile) == ("us", {}, "default")

    @pytest.mark.parametrize(
        ("options", "env", "expected"),
        [
            ({"profile": "a"}, {"LLAMA_CLOUD_PROFILE": "b"}, ("a", "--profile")),
            ({}, {"LLAMA_CLOUD_PROFILE": "b"}, ("b", "LLAMA_CLOUD_PROFILE")),
            ({}, {}, ("c", "project file")),
        ],
    )
    def test_the_profile_is_chosen_in_the_same_order(
        self, project: Path, options: dict[str, str], env: dict[str, str], expected: tuple[str, str]
    ) -> None:
        write_user_file('profile = "d"\n[profiles.a]\n[profiles.b]\n[profiles.c]\n[profiles.d]\n')
        file = project / ".llamacloud.toml"
        file.write_text('profile = "c"\n', encoding="utf-8")
        found = settings(options, env)
        assert (found.profile, found.chosen_profile.source.replace(str(file), "project file")) == expected
        file.unlink()
        assert settings().profile == "d"

    def test_an_unknown_profile_is_an_error_that_lists_those_there_are(self) -> None:
        write_user_file("[profiles.work]\n[profiles.home]\n")
        with pytest.raises(UsageError, match="no profile 'wrok'; known: default, home, work"):
            _ = settings({"profile": "wrok"}).profile

    @pytest.mark.parametrize("name", ["", "a b", "../x", "a@b", "ä", "x" * 65, "-x", "a\n"])
    def test_a_name_that_cannot_be_one_is_refused(self, name: str) -> None:
        with pytest.raises(UsageError, match="no name of a profile"):
            _ = settings({"profile": name}).profile

    def test_ids_of_the_environment_are_checked(self) -> None:
        with pytest.raises(UsageError, match="LLAMA_CLOUD_PROJECT_ID: no id"):
            settings(env={"LLAMA_CLOUD_PROJECT_ID": "@/etc/passwd"}).scope()


class TestKeySources:
    FILE = '[profiles.default]\napi_key_store = "file"\napi_key_origin = "https://api.cloud.llamaindex.ai"\n'

    def test_the_winner_comes_first_and_the_losers_after_it(self) -> None:
        write_user_file(self.FILE)
        found = settings({"api_key": "k"}, {"LLAMA_CLOUD_API_KEY": "e"}).key_sources()
        assert [one.source for one in found] == ["--api-key", "LLAMA_CLOUD_API_KEY", "profile default (file)"]

    def test_a_profile_that_is_named_beats_the_environment(self) -> None:
        write_user_file(self.FILE)
        found = settings({"profile": "default"}, {"LLAMA_CLOUD_API_KEY": "e"}).key_sources()
        assert [one.source for one in found] == ["profile default (file)", "LLAMA_CLOUD_API_KEY"]

    def test_a_named_profile_without_a_key_does_not_fall_back_to_the_environment(self) -> None:
        write_user_file("[profiles.work]\n")
        with pytest.raises(AuthenticationError, match="profile work keeps none; with --profile, LLAMA_CLOUD_API_KEY"):
            settings({"profile": "work"}, {"LLAMA_CLOUD_API_KEY": "e"}).api_key()

    def test_without_a_key_the_profiles_that_have_one_are_named(self) -> None:
        write_user_file('[profiles.work]\napi_key_store = "file"\n[profiles.home]\n')
        with pytest.raises(AuthenticationError, match=r"no API key: profile default keeps none, unlike work$"):
            settings().api_key()
        with pytest.raises(AuthenticationError, match="profile home keeps none, unlike work"):
            settings(env={"LLAMA_CLOUD_PROFILE": "home"}).account()

    @pytest.mark.parametrize("key", ["llx-0123456789", "llx-with a blank at its end "])
    def test_every_key_that_is_read_is_told_of_so_that_messages_can_hide_it(self, key: str) -> None:
        told: list[str] = []
        with suppress(AuthenticationError):
            settings(env={"LLAMA_CLOUD_API_KEY": key}, on_key=told.append).api_key()
        assert told == [key]

    def test_an_empty_variable_is_an_error_and_no_way_to_the_stored_key(self) -> None:
        """A secret that a CI job has lost must not turn into somebody's own key."""
        write_user_file(self.FILE)
        with pytest.raises(AuthenticationError, match="LLAMA_CLOUD_API_KEY: the API key is empty"):
            settings(env={"LLAMA_CLOUD_API_KEY": ""}).api_key()


class TestBaseUrl:
    @pytest.mark.parametrize(
        ("url", "origin"),
        [
            ("https://API.example", "https://api.example"),
            ("https://api.example:443/v1/", "https://api.example"),
            ("http://api.example:80", "http://api.example"),
            ("https://api.example:8443", "https://api.example:8443"),
            ("http://[::1]:8000/x", "http://[::1]:8000"),
        ],
    )
    def test_an_origin_is_written_in_one_way_alone(self, url: str, origin: str) -> None:
        assert origin_of(url) == origin

    @given(
        st.sampled_from(["http", "https"]), st.from_regex(r"[a-z]{1,8}\.example", fullmatch=True), st.integers(1, 65535)
    )
    def test_the_origin_of_an_origin_is_itself(self, scheme: str, host: str, port: int) -> None:
        origin = origin_of(f"{scheme}://{host}:{port}/path")
        assert origin_of(origin) == origin
        assert origin_of(f"{scheme}://{host}:{port % 65535 + 1}") != origin

    def test_a_region_is_known_by_its_origin(self) -> None:
        assert read_base_url(EU_BASE_URL + "/", "--base-url", insecure_http=False).region == "eu"
        assert read_base_url("https://api.cloud.eu.llamaindex.ai.evil.example", "x", insecure_http=False).region is None

    def test_a_key_keeps_out_of_its_own_repr(self) -> None:
        assert "llx" not in repr(check_key("llx-1234567890", "here"))


class TestProjectFile:
    def test_the_nearest_one_above_counts(self, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        deep = project / "a" / "b"
        deep.mkdir(parents=True)
        (project / ".llamacloud.toml").write_text('project_id = "outer"\n', encoding="utf-8")
        monkeypatch.chdir(deep)
        assert settings().scope() == {"project_id": "outer"}
        (project / "a" / ".llamacloud.toml").write_text('project_id = "inner"\n', encoding="utf-8")
        assert settings().scope() == {"project_id": "inner"}

    def test_the_search_ends_at_a_git_root(self, project: Path) -> None:
        (project.parent / ".llamacloud.toml").write_text('project_id = "above"\n', encoding="utf-8")
        assert settings().scope() == {}
        (project / ".git").rmdir()
        assert settings().scope() == {"project_id": "above"}

    def test_the_search_ends_at_the_home_folder(
        self, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        home = tmp_path / "home"
        work = home / "work"
        work.mkdir(parents=True)
        (tmp_path / ".llamacloud.toml").write_text('project_id = "above"\n', encoding="utf-8")
        monkeypatch.setenv("HOME", str(home))
        monkeypatch.chdir(work)
        assert places.project_path() is None
        (home / ".llamacloud.toml").write_text("", encoding="utf-8")
        assert places.project_path() == home / ".llamacloud.toml"

    @pytest.mark.skipif(os.name != "posix", reason="the modes of POSIX")
    def test_the_search_goes_into_no_folder_that_everybody_may_write_to(self, project: Path) -> None:
        """Anybody could put a file into /tmp for all who work below it."""
        (project / ".git").rmdir()
        (project.parent / ".llamacloud.toml").write_text("", encoding="utf-8")
        project.parent.chmod(0o1777)
        assert places.project_path() is None
        project.parent.chmod(0o755)
        assert places.project_path() is not None

    def test_a_current_folder_that_is_gone_has_none(self, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        gone = project / "gone"
        gone.mkdir()
        monkeypatch.chdir(gone)
        gone.rmdir()
        assert places.project_path() is None
        monkeypatch.chdir(project)

    def test_its_base_url_takes_a_yes_that_is_remembered_until_it_changes(self, project: Path) -> None:
        file = project / ".llamacloud.toml"
        file.write_text('base_url = "https://one.example"\n', encoding="utf-8")
        questions: list[str] = []

        def ask(question: str) -> bool:
            questions.append(question)
            return True

        for _ in range(2):
            assert settings(confirm=ask).base_url().host == "one.example"
        assert len(questions) == 1
        assert str(file) in questions[0]
        assert "https://one.example" in questions[0]
        file.write_text('base_url = "https://two.example"\n', encoding="utf-8")
        with pytest.raises(UsageError, match="is not trusted"):
            settings(confirm=lambda _: False).base_url()
        with pytest.raises(UsageError, match="needs your yes") as caught:
            settings(confirm=lambda _: None).base_url()
        assert "config trust" in (caught.value.hint or "")

    def test_a_base_url_that_something_else_wins_over_takes_no_yes(self, project: Path) -> None:
        (project / ".llamacloud.toml").write_text('base_url = "https://one.example"\n', encoding="utf-8")
        found = settings({"base_url": "https://mine.example"}, confirm=lambda _: False)
        assert found.base_url().host == "mine.example"


@pytest.mark.parametrize("variable", [None, "", "XDG"])
def test_no_folder_is_found_without_platformdirs_exactly_where_platformdirs_would_find_none(
    variable: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The short way at the start of every command says the same as the long one."""
    if variable is not None:
        monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / variable) if variable else "")
    assert places.existing_config_folder() is None or os.name != "posix"
    places.config_folder().mkdir(parents=True)
    assert places.existing_config_folder() == places.config_folder()


def test_a_new_user_file_is_for_its_owner_alone() -> None:
    userfile.change(None, {"project_id": "p"})
    assert stat.S_IMODE(userfile.path().stat().st_mode) == 0o600
    assert stat.S_IMODE(userfile.path().parent.stat().st_mode) == 0o700
