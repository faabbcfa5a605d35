"""The files of settings: what may stand in them, what is refused, and how they are changed."""

from __future__ import annotations

import os
import stat
import threading
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llamacloud_cli.errors import CliError, UsageError
from llamacloud_cli.settings import projectfile, userfile
from llamacloud_cli.settings.projectfile import ProjectFile
from llamacloud_cli.settings.safefile import LARGEST_BYTES, read_private, write_private, write_text
from llamacloud_cli.settings.tomlfile import changed_text

PATH = Path("/home/me/config.toml")
posix = pytest.mark.skipif(os.name != "posix", reason="the modes and links of POSIX")


class TestWhatMayStandThere:
    def test_settings_and_profiles_are_read(self) -> None:
        text = (
            'format = "yaml"\ncolumns = ["id", "status"]\nconcurrency = 4\nprofile = "work"\n'
            '[profiles.work]\nproject_id = "p"\ncolumns = "id,created_at"\n'
        )
        file = userfile.read(PATH, text)
        assert file.values == {"format": "yaml", "columns": "id,status", "concurrency": 4, "profile": "work"}
        assert file.profiles == {"work": {"project_id": "p", "columns": "id,created_at"}}
        assert file.names == ["default", "work"]

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("# c\nproejct_id = 'x'\n", "config.toml, line 2: no setting 'proejct_id'; did you mean project_id?"),
            (
                "[profiles.work]\nbase-url = 'x'\n",
                "line 2: no setting 'base-url' in [profiles.work]; did you mean base_url?",
            ),
            ("[profiles.a]\n[profiles.b]\nprofile = 'a'\n", "line 3: no setting 'profile' in [profiles.b]"),
            ("[format]\nx = 1\n", "config.toml, line 1: format: no text"),
            ("concurrency = 0\n", "line 1: concurrency: no whole number between 1 and 64"),
            ("concurrency = true\n", "concurrency: no whole number"),
            ("concurrency = '8'\n", "concurrency: no whole number"),
            ("columns = []\n", "columns: no list of columns"),
            ("columns = ['id', 3]\n", "columns: no list of columns"),
            ("project_id = 'a b'\n", "project_id: no id"),
            ("project_id = 7\n", "project_id: no id"),
            ("base_url = 3\n", "base_url: no text"),
            ("profiles = 3\n", "profiles: no tables"),
            ("[profiles]\nx = 3\n", "[profiles.x]: no table"),
            ("[profiles.'a b']\n", "no name of a profile"),
            ("[profiles.a]\napi_key_store = 'post-it'\n", "line 2: api_key_store: neither keyring nor file"),
            ("x = \n", "is not TOML: Invalid value (at line 1, column 5)"),
            ("a = " + "[" * 5000, "is not TOML"),
        ],
    )
    def test_what_is_wrong_is_named_with_its_line(self, text: str, words: str) -> None:
        with pytest.raises(UsageError) as caught:
            userfile.read(PATH, text)
        assert words in caught.value.message
        assert "\n" not in caught.value.message

    @pytest.mark.parametrize("file", [userfile.read, ProjectFile])
    @pytest.mark.parametrize(
        "text",
        [
            "api_key = 'llx-canary-1234'\n",
            "apikey = 'llx-canary-1234'\n",
            "LLAMA_CLOUD_API_KEY = 'llx-canary-1234'\n",
            "token = 'llx-canary-1234'\n",
            "auth_token = 'x'\n",
            "password = 'x'\n",
            "project_id = 'llx-canary-1234'\n",
            "format = 'Bearer llx-canary-1234'\n",
        ],
    )
    def test_a_key_is_refused_in_either_file_and_not_shown(self, file: Any, text: str) -> None:
        with pytest.raises(UsageError, match="a key has no place in this file") as caught:
            file(PATH, text)
        assert "canary" not in caught.value.message + (caught.value.hint or "")
        assert "line 1" in caught.value.message

    def test_a_project_has_no_profiles(self) -> None:
        with pytest.raises(UsageError, match="no setting 'profiles'; did you mean profile"):
            ProjectFile(PATH, "[profiles.work]\n")


class TestChanges:
    BEFORE = (
        '# mine\nformat = "yaml"  # for reading\n\n[profiles.work] # the firm\nbase_url = "https://a.example"\n'
        'project_id = "p"\n'
    )

    def test_comments_and_order_stay(self) -> None:
        after = changed_text(PATH, self.BEFORE, None, {"format": "json"})
        assert after == self.BEFORE.replace('"yaml"', '"json"')
        after = changed_text(PATH, self.BEFORE, "work", {"project_id": "q"})
        assert after == self.BEFORE.replace('"p"', '"q"')

    def test_a_setting_of_the_top_level_lands_there_although_tables_follow(self) -> None:
        after = tomllib.loads(changed_text(PATH, self.BEFORE, None, {"concurrency": 3}))
        assert after["concurrency"] == 3
        assert after["profiles"] == {"work": {"base_url": "https://a.example", "project_id": "p"}}

    def test_a_profile_of_which_nothing_is_left_goes(self) -> None:
        after = changed_text(PATH, self.BEFORE, "work", {"base_url": None, "project_id": None})
        assert tomllib.loads(after).get("profiles", {}) == {}
        assert "# mine" in after

    NAMES = st.sampled_from(["project_id", "organization_id", "format"])
    PROFILES = st.sampled_from([None, "default", "work", "a.b"])
    VALUES = st.none() | st.from_regex(r"[a-z0-9\"'\\#=-]{1,12}", fullmatch=True)

    @given(st.lists(st.tuples(PROFILES, NAMES, VALUES), max_size=12))
    def test_any_changes_in_a_row_leave_what_a_dict_would_hold(
        self, changes: list[tuple[str | None, str, str | None]]
    ) -> None:
        text, model = self.BEFORE, tomllib.loads(self.BEFORE)
        for profile, name, value in changes:
            text = changed_text(PATH, text, profile, {name: value})
            table = model if profile is None else model["profiles"].setdefault(profile, {})
            table.pop(name, None) if value is None else table.update({name: value})
            if profile is not None and not table:
                del model["profiles"][profile]
        found = tomllib.loads(text)
        found.setdefault("profiles", {})
        assert found == model
        assert text.startswith("# mine\n")

    @pytest.mark.parametrize("profile", [None, "work", "new"])
    @pytest.mark.parametrize(
        "text",
        [
            'profiles.work.project_id = "x"\n',
            'profiles = {work = {project_id = "x"}}\n',
            '[profiles]\nwork.project_id = "x"\n',
            'format = "json"\nprofiles.a.format = "yaml"\nprofiles.b.format = "raw"\n',
        ],
    )
    def test_a_text_in_another_style_is_changed_rightly_or_not_at_all(self, text: str, profile: str | None) -> None:
        model = tomllib.loads(text)
        table = model if profile is None else model["profiles"].setdefault(profile, {})
        table["format"] = "pretty"
        try:
            assert tomllib.loads(changed_text(PATH, text, profile, {"format": "pretty"})) == model
        except UsageError as error:
            assert "written in a way that cannot be changed here" in error.message  # noqa: PT017 - either is right

    def test_nothing_is_written_that_could_not_be_read_again(self) -> None:
        with pytest.raises(UsageError):
            userfile.change(None, {"concurrency": 1000})
        assert not userfile.path().exists()

    def test_changes_of_many_at_once_are_all_kept(self) -> None:
        names = [f"p{number}" for number in range(12)]
        threads = [threading.Thread(target=userfile.change, args=(name, {"project_id": name})) for name in names]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert set(userfile.load().profiles) == set(names)

    def test_a_project_file_can_be_read_by_others_and_keeps_its_mode(self, tmp_path: Path) -> None:
        path = tmp_path / ".llamacloud.toml"
        assert projectfile.change(path, {"project_id": "p"})
        path.chmod(0o640)
        assert projectfile.change(path, {"project_id": "q"})
        assert not projectfile.change(path, {"project_id": "q"})
        assert stat.S_IMODE(path.stat().st_mode) == 0o640

    def test_who_sets_a_base_url_says_yes_to_it(self, tmp_path: Path) -> None:
        path = tmp_path / ".llamacloud.toml"
        projectfile.change(path, {"base_url": "https://a.example"})
        assert ProjectFile(path, path.read_text("utf-8")).is_trusted()

    def test_another_change_makes_nothing_trusted_that_was_not(self, tmp_path: Path) -> None:
        path = tmp_path / ".llamacloud.toml"
        path.write_text('base_url = "https://theirs.example"\n', encoding="utf-8")
        projectfile.change(path, {"project_id": "p"})
        assert not ProjectFile(path, path.read_text("utf-8")).is_trusted()


@posix
class TestPrivateFiles:
    def test_a_file_that_others_may_read_is_refused_with_what_to_run(self, tmp_path: Path) -> None:
        path = tmp_path / "c.toml"
        path.write_text("x", encoding="utf-8")
        path.chmod(0o640)
        with pytest.raises(UsageError, match="other users may read") as caught:
            read_private(path, secret=True)
        assert caught.value.hint == f"run: chmod 600 '{path}'"
        assert read_private(path, secret=False) == "x"
        path.chmod(0o622)
        with pytest.raises(UsageError, match="other users may change"):
            read_private(path, secret=False)

    def test_a_link_in_its_place_is_neither_read_nor_written(self, tmp_path: Path) -> None:
        target, path = tmp_path / "target", tmp_path / "c.toml"
        target.write_text("theirs", encoding="utf-8")
        target.chmod(0o600)
        path.symlink_to(target)
        for action in (lambda: read_private(path, secret=True), lambda: write_private(path, "mine")):
            with pytest.raises(UsageError, match="is a symbolic link"):
                action()
        assert target.read_text("utf-8") == "theirs"

    @pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root may give files away")
    def test_a_file_of_another_user_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "c.toml"
        path.write_text("", encoding="utf-8")
        path.chmod(0o600)
        os.chown(path, 65534, -1)
        for action in (lambda: read_private(path, secret=True), lambda: write_private(path, "mine")):
            with pytest.raises(UsageError, match="belongs to another user"):
                action()

    def test_a_folder_or_a_pipe_in_its_place_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "folder").mkdir(mode=0o700)
        os.mkfifo(tmp_path / "pipe", 0o600)
        for name in ("folder", "pipe"):
            for action in (lambda path: read_private(path, secret=True), projectfile.load):
                with pytest.raises(UsageError, match="is no file"):
                    action(tmp_path / name)

    def test_what_is_too_large_or_no_text_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "c.toml"
        path.touch(0o600)
        path.write_bytes(b"#" * (LARGEST_BYTES + 1))
        with pytest.raises(UsageError, match="larger than 1 MiB"):
            read_private(path, secret=True)
        path.write_bytes(b"\xff")
        with pytest.raises(UsageError, match="not UTF-8"):
            read_private(path, secret=True)

    def test_a_folder_that_others_may_enter_is_closed_to_them(self, tmp_path: Path) -> None:
        folder = tmp_path / "config"
        folder.mkdir(mode=0o755)
        write_private(folder / "c.toml", "x")
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700

    def test_the_mode_does_not_depend_on_the_umask(self, tmp_path: Path) -> None:
        before = os.umask(0)
        try:
            write_private(tmp_path / "new" / "c.toml", "x")
        finally:
            os.umask(before)
        assert stat.S_IMODE((tmp_path / "new" / "c.toml").stat().st_mode) == 0o600
        assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700

    def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(self, tmp_path: Path) -> None:
        path = tmp_path / "c.toml"
        write_private(path, "old")
        with pytest.raises(UnicodeEncodeError):
            write_text(path, "\ud800", mode=0o600)
        assert path.read_text("utf-8") == "old"
        assert list(tmp_path.iterdir()) == [path]

    def test_a_place_that_cannot_be_written_is_one_clear_error(self) -> None:
        with pytest.raises(CliError, match="cannot"):
            write_private(Path("/proc/none/c.toml"), "x")


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_in_one_line(text: str) -> None:
    for file in (userfile.read, ProjectFile):
        message = str(PATH)
        try:
            file(PATH, text)
        except UsageError as error:
            message = error.message
        assert message.startswith((str(PATH), repr(str(PATH))))
        assert "\n" not in message
