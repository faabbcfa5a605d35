"""What bash and fish offer as values: files, folders and ids."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.completion.conftest import needs_bash, needs_fish
from tests.completion.shells import bash, fish

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.completion.shells import Desk

    Shell = Callable[..., list[list[str]]]

pytestmark = pytest.mark.parametrize(
    "shell", [pytest.param(bash, marks=needs_bash, id="bash"), pytest.param(fish, marks=needs_fish, id="fish")]
)

PROG = "llamacloud-prod"


def offered(shell: Shell, desk: Desk, line: str) -> list[str]:
    """Gives the texts that are offered, without descriptions and what stands before `=` or `@`."""
    (offers,) = shell(desk, line)
    return [offer.partition("\t")[0].rpartition("=")[2] for offer in offers]


@pytest.fixture
def files(desk: Desk) -> Desk:
    (desk.folder / "job.yaml").touch()
    (desk.folder / "jobs").mkdir()
    (desk.folder / "jobs" / "one.pdf").touch()
    return desk


class TestFiles:
    @pytest.mark.parametrize(
        "line",
        ["batches run j", "batches run other j", "batches run --parse -- j", "batches list --ca-bundle j",
         "batches run --extract=j", "sandbox serve --fault j"],
    )  # fmt: skip
    def test_are_offered_with_folders_on_the_way(self, shell: Shell, files: Desk, line: str) -> None:
        assert sorted(offered(shell, files, f"{PROG} {line}")) == ["job.yaml", "jobs/"]

    @pytest.mark.parametrize("line", ["batches run -o j", "batches results --output=j", "--sandbox-data j"])
    def test_are_left_out_where_a_folder_is_wanted(self, shell: Shell, files: Desk, line: str) -> None:
        assert offered(shell, files, f"{PROG} {line}") == ["jobs/"]

    @pytest.mark.parametrize("flag", ["--config ", "--config=", "--webhook-configuration.webhook-signing-secret "])
    def test_are_offered_behind_an_at_sign(self, shell: Shell, files: Desk, flag: str) -> None:
        found = [one.removeprefix("@") for one in offered(shell, files, f"{PROG} batches create {flag}@j")]
        assert sorted(found) == ["job.yaml", "jobs/"]

    @pytest.mark.parametrize(
        "line",
        ["batches create --config ", "batches list --page-size ", "batches list --transform j", "batches get - j"],
    )
    def test_are_not_offered_elsewhere(self, shell: Shell, files: Desk, line: str) -> None:
        assert offered(shell, files, f"{PROG} {line}") == []


class TestFlags:
    def test_come_at_every_level_before_and_behind_values(self, shell: Shell, desk: Desk) -> None:
        lines = ["--col", "--format json batches --col", "batches --format=json list --status FAILED --col"]
        for line in lines:
            assert sorted(offered(shell, desk, f"{PROG} {line}")) == ["--color", "--columns"]

    def test_are_no_commands_behind_a_flag_that_wants_a_value(self, shell: Shell, desk: Desk) -> None:
        assert offered(shell, desk, f"{PROG} --transform batches bat") == ["batches"]
        assert offered(shell, desk, f"{PROG} --transform ") == []

    def test_are_not_offered_behind_two_dashes(self, shell: Shell, desk: Desk) -> None:
        assert offered(shell, desk, f"{PROG} batches run -- --form") == []


def test_settings_are_offered_by_name(shell: Shell, desk: Desk) -> None:
    assert offered(shell, desk, f"{PROG} config set pro") in (["project_id", "profile"], ["profile", "project_id"])
    assert offered(shell, desk, f"{PROG} config set profile pro") == []


class TestIds:
    @pytest.fixture(autouse=True)
    def _ids(self, desk: Desk) -> None:
        desk.ids.write_text("bat-9\tRUNNING, 3 h ago\nbat-10\tFAILED, 2 d ago\nother:1\t\n", encoding="utf-8")

    @pytest.mark.parametrize(
        ("line", "kind"),
        [
            ("batches get ", "batch"),
            ("batches cancel ", "batch"),
            ("batches results ", "batch"),
            ("batches wait bat-9 ", "batch"),
            ("batches get --batch-id ", "batch"),
            ("batches get --batch-id=", "batch"),
            ("batches list --source-directory-id ", "directory"),
            ("batches create --source-directory-id=", "directory"),
            ("batches run --configuration ", "configuration"),
            ("--profile ", "profile"),
        ],
    )
    def test_are_asked_of_the_tool_and_keep_their_order(self, shell: Shell, desk: Desk, line: str, kind: str) -> None:
        assert offered(shell, desk, f"{PROG} {line}") == ["bat-9", "bat-10", "other:1"]
        assert desk.asked() == [f"llamacloud-prod [completion] [ids] [{kind}]"]

    def test_are_offered_for_the_first_argument_alone_where_one_is_taken(self, shell: Shell, desk: Desk) -> None:
        assert offered(shell, desk, f"{PROG} batches get bat-9 b") == []

    def test_are_those_of_the_service_that_the_line_names(self, shell: Shell, desk: Desk) -> None:
        box = desk.folder.parent / "home" / "box"
        lines = {
            "--sandbox batches --sandbox-data=~/box get ": f"[--sandbox] [--sandbox-data={box}]",
            "batches get --base-url http://127.0.0.1:8 ": "[--base-url=http://127.0.0.1:8]",
            "--profile work batches get ": "[--profile=work]",
        }
        shell(desk, *(f"{PROG} {line}" for line in lines))
        assert desk.asked() == [f"llamacloud-prod [completion] [ids] [batch] {flags}" for flags in lines.values()]

    @pytest.mark.parametrize("flag", ["--api-key llx-1", "--api-key=llx-1", "--base-url $URL", "--profile `id`"])
    def test_are_not_asked_for_where_only_a_run_could_tell_whose_they_are(
        self, shell: Shell, desk: Desk, flag: str
    ) -> None:
        """No key is put on another command line, and nothing that was typed is evaluated."""
        assert offered(shell, desk, f"{PROG} batches {flag} get ") == []
        assert desk.asked() == []

    def test_are_asked_of_the_program_that_is_typed_where_none_is_in_path(self, shell: Shell, desk: Desk) -> None:
        (desk.bin / "llamacloud-prod").rename(desk.folder / "llamacloud-prod")
        assert offered(shell, desk, "./llamacloud-prod batches get ") == ["bat-9", "bat-10", "other:1"]
        assert offered(shell, desk, "llamacloud-prod batches get ") == []

    def test_are_never_evaluated_and_never_reach_the_terminal_with_controls(self, shell: Shell, desk: Desk) -> None:
        hostile = ["$(touch pwned)\tx", "`touch pwned`\tx", "a;touch pwned\tx", "a b\tx", "bat-\x1b[2J\tx", "*\tx"]
        desk.ids.write_text("\n".join([*hostile, "bat-1\t$(touch pwned)`touch pwned`", ""]), encoding="utf-8")
        assert offered(shell, desk, f"{PROG} batches get ") == ["bat-1"]
        assert list(desk.folder.iterdir()) == []
