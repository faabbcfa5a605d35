"""`config get|set|unset|list|path|trust`."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import pytest

from llamacloud_cli.settings import userfile
from tests.commands import failure

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Runner

NO_URL: dict[str, str | None] = {"LLAMA_CLOUD_BASE_URL": None}


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A git root as the current folder."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path / ".llamacloud.toml"


def user_file() -> dict[str, Any]:
    return tomllib.loads(userfile.path().read_text("utf-8"))


class TestSet:
    @pytest.mark.parametrize(
        ("name", "text", "value"),
        [
            ("base_url", "https://api.example/", "https://api.example"),
            ("project_id", "prj-1", "prj-1"),
            ("organization-id", "org-1", "org-1"),
            ("format", "YAML", "yaml"),
            ("columns", "id, status", ["id", "status"]),
            ("concurrency", "0x10", 16),
            ("list-before", "True", True),
            ("list_before", "0", False),
            ("profile", "default", "default"),
        ],
    )
    def test_a_value_is_read_as_the_flag_reads_it(self, run: Runner, name: str, text: str, value: object) -> None:
        result = run("config", "set", name, text)
        assert (result.status, result.stdout) == (0, "")
        name = name.replace("-", "_")
        assert result.stderr.startswith(f"{name}: set in {userfile.path()}")
        assert user_file() == {name: value}
        assert f"{name}: was so already" in run("config", "set", name, text).stderr

    @pytest.mark.parametrize(
        ("words", "message"),
        [
            ((), "no setting named"),
            (("project_id",), "no value for project_id"),
            (("proejct_id", "x"), "no setting 'proejct_id'; did you mean project_id?"),
            (("base_url", "ftp://x"), "base_url: 'ftp://x' is no http:// or https:// URL"),
            (("base_url", "http://api.example"), "base_url: http:// would send the API key unencrypted"),
            (("base_url", "https://me:secret@api.example"), "holds no user name or password"),
            (("format", "jsn"), "format: no value 'jsn'; did you mean json?"),
            (("columns", "id,,x"), "columns: no list of columns"),
            (("concurrency", "0"), "concurrency: no whole number between 1 and 64"),
            (("list_before", "maybe"), "list_before: neither true nor false"),
            (("concurrency", "many"), "concurrency: 'many' is no whole number"),
            (("project_id", "a b"), "project_id: no id"),
            (("profile", "work"), "no profile 'work'; known: default"),
            (("profile", "default", "--profile", "default"), "a profile cannot choose a profile"),
            (("project_id", "x", "--project", "--profile", "default"), "--project and --profile exclude each other"),
        ],
    )
    def test_what_cannot_be_set_is_refused_and_nothing_written(
        self, run: Runner, project: Path, words: tuple[str, ...], message: str
    ) -> None:
        text = failure(run("config", "set", *words), 2)
        assert message in text
        assert "secret" not in text
        assert not userfile.path().exists()
        assert not project.exists()

    @pytest.mark.parametrize("name", ["api_key", "api-key", "apikey", "token", "LLAMA_CLOUD_API_KEY", "client.secret"])
    def test_a_key_is_no_setting(self, run: Runner, name: str) -> None:
        for words in (("set", name, "llx-canary"), ("get", name), ("unset", name)):
            text = failure(run("config", *words), 2)
            assert "auth login" in text
            assert "llx-canary" not in text

    def test_a_profile_lies_over_the_top_level(self, run: Runner) -> None:
        run("config", "set", "project_id", "for-all")
        run("config", "set", "project_id", "for-work", "--profile", "work")
        assert user_file() == {"project_id": "for-all", "profiles": {"work": {"project_id": "for-work"}}}
        assert run("config", "get", "project_id").stdout == "for-all\n"
        assert run("config", "get", "project_id", "--profile", "work").stdout == "for-work\n"
        assert run("config", "get", "project_id", env={"LLAMA_CLOUD_PROFILE": "work"}).stdout == "for-work\n"

    def test_what_wins_over_it_is_told_of(self, run: Runner) -> None:
        result = run("config", "set", "project_id", "mine", env={"LLAMA_CLOUD_PROJECT_ID": "theirs"})
        assert result.stderr.endswith("note: LLAMA_CLOUD_PROJECT_ID wins over it\n")
        run("config", "set", "base_url", "https://work.example", "--profile", "default")
        result = run("config", "set", "base_url", "https://all.example", env=NO_URL)
        assert result.stderr.endswith("note: base_url of profile default wins over it\n")

    def test_a_stored_key_that_does_not_go_to_a_new_base_url_is_told_of(self, run: Runner) -> None:
        userfile.change("work", {"api_key_store": "file", "api_key_origin": "https://old.example"})
        result = run("config", "set", "base_url", "https://new.example", "--profile", "work", env=NO_URL)
        assert "note: the key of profile work was stored for https://old.example" in result.stderr
        result = run("config", "set", "base_url", "https://old.example/v2", "--profile", "work", env=NO_URL)
        assert "note" not in result.stderr

    def test_comments_stay(self, run: Runner) -> None:
        run("config", "set", "format", "json")
        userfile.path().write_text('# mine\nformat = "json" # short\n', encoding="utf-8")
        run("config", "set", "format", "yaml")
        assert userfile.path().read_text("utf-8") == '# mine\nformat = "yaml" # short\n'

    def test_the_project_s_file_is_made_here_or_changed_where_it_is(
        self, run: Runner, project: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert str(project) in run("config", "set", "project_id", "a", "--project").stderr
        below = project.parent / "below"
        below.mkdir()
        monkeypatch.chdir(below)
        run("config", "set", "columns", "id,status", "--project")
        assert tomllib.loads(project.read_text("utf-8")) == {"project_id": "a", "columns": ["id", "status"]}
        assert list(below.iterdir()) == []


class TestUnset:
    def test_takes_it_out_and_says_so_if_it_was_not_there(self, run: Runner, project: Path) -> None:
        run("config", "set", "project_id", "a")
        assert "taken out of" in run("config", "unset", "project_id").stderr
        assert "not set in" in run("config", "unset", "project_id").stderr
        assert user_file() == {}
        run("config", "set", "project_id", "a", "--project")
        assert run("config", "unset", "project_id", "--project").status == 0
        assert project.read_text("utf-8") == ""


class TestGet:
    def test_prints_the_value_that_counts(self, run: Runner) -> None:
        assert run("config", "get", "base_url").stdout == "https://api.cloud.llamaindex.ai\n"
        assert run("config", "get", "concurrency").stdout == "8\n"
        assert run("config", "get", "list_before").stdout == "false\n"
        assert run("config", "get", "base-url", "--base-url", "https://x.example").stdout == "https://x.example\n"
        assert run("config", "get", "base_url", "--json").json == {
            "name": "base_url",
            "value": "https://api.cloud.llamaindex.ai",
            "source": "default",
        }

    def test_what_is_not_set_is_status_1(self, run: Runner) -> None:
        line = failure(run("config", "get", "project_id"), 1)
        assert line == "error: project_id is not set — `llamacloud-prod config set project_id VALUE` sets it"


class TestList:
    def test_shows_where_each_value_comes_from(self, run: Runner, project: Path) -> None:
        run("config", "set", "concurrency", "3")
        run("config", "set", "format", "jsonl", "--project")
        found = run("config", "list", env={"LLAMA_CLOUD_PROJECT_ID": "p"}).documents
        assert {one["name"]: (one["value"], one["source"]) for one in found} == {
            "base_url": ("https://api.cloud.llamaindex.ai", "default"),
            "project_id": ("p", "LLAMA_CLOUD_PROJECT_ID"),
            "organization_id": (None, "not set"),
            "format": ("jsonl", str(project)),
            "columns": (None, "not set"),
            "concurrency": (3, str(userfile.path())),
            "list_before": (False, "default"),
            "profile": ("default", "default"),
        }

    @pytest.mark.parametrize("flags", [(), ("--format", "yaml"), ("--format", "table")])
    def test_a_variable_that_is_no_text_is_shown_with_question_marks(self, run: Runner, flags: tuple[str, ...]) -> None:
        """An environment may hold any bytes; UTF-8 has none for half a surrogate pair."""
        result = run("config", "list", *flags, env={"LLAMA_CLOUD_BASE_URL": "http://a\udcff"})
        assert (result.status, result.stderr) == (0, "")
        assert "http://a?" in result.stdout

    def test_is_a_table_on_a_terminal(self, run: Runner) -> None:
        text = run("config", "list", "--color", "never", stdout_terminal=True).stdout
        assert text.splitlines()[0].split() == ["NAME", "VALUE", "SOURCE"]
        assert "concurrency" in text

    def test_asks_for_no_yes_since_nothing_is_sent(self, run: Runner, project: Path) -> None:
        project.write_text('base_url = "https://team.example"\n', encoding="utf-8")
        env = {**NO_URL, "FORCE_HYPERLINK": "1"}
        result = run("config", "list", env=env, stdin_terminal=True, stdout_terminal=True, stderr_terminal=True)
        assert (result.status, result.stderr) == (0, "")
        assert "https://team.example" in result.stdout

    def test_has_no_ids(self, run: Runner) -> None:
        failure(run("config", "list", "-q"), 2)

    def test_settings_for_other_tables_leave_this_one_alone(self, run: Runner) -> None:
        run("config", "set", "columns", "id,status")
        text = run("config", "list", "--format", "table").stdout
        assert text.split()[:3] == ["NAME", "VALUE", "SOURCE"]


class TestPath:
    def test_prints_where_the_files_are(self, run: Runner, project: Path) -> None:
        assert run("config", "path").stdout == f"{userfile.path()}\n"
        failure(run("config", "path", "--project"), 1)
        project.write_text("not toml", encoding="utf-8")
        assert run("config", "path", "--project").stdout == f"{project}\n"

    def test_a_broken_file_can_still_be_found(self, run: Runner) -> None:
        run("config", "set", "format", "json")
        userfile.path().write_text("not toml", encoding="utf-8")
        assert run("config", "path").status == 0
        assert "is not TOML" in failure(run("config", "set", "format", "yaml"), 2)
        assert userfile.path().read_text("utf-8") == "not toml"


class TestTrust:
    def test_says_yes_to_the_file_as_it_is(self, run: Runner, project: Path) -> None:
        project.write_text('base_url = "https://team.example"\n', encoding="utf-8")
        text = failure(run("batches", "get", "b", "--dry-run", env=NO_URL), 2)
        assert "`llamacloud-prod config trust`" in text
        assert run("config", "trust").status == 0
        assert run("batches", "get", "b", "--dry-run", env=NO_URL).json["url"].startswith("https://team.example/")
        project.write_text('base_url = "https://other.example"\n', encoding="utf-8")
        failure(run("batches", "get", "b", "--dry-run", env=NO_URL), 2)

    @pytest.mark.parametrize("text", [None, 'project_id = "p"\n', 'base_url = "http://plain.example"\n'])
    def test_without_a_base_url_that_can_be_used_there_is_nothing_to_say_yes_to(
        self, run: Runner, project: Path, text: str | None
    ) -> None:
        if text is not None:
            project.write_text(text, encoding="utf-8")
        failure(run("config", "trust"), 2)

    def test_who_sets_it_says_yes(self, run: Runner, project: Path) -> None:
        run("config", "set", "base_url", "https://team.example", "--project")
        assert run("batches", "get", "b", "--dry-run", env=NO_URL).status == 0
