"""The scripts as files: fresh, printed by the tool, and for PowerShell, which no test can start, of the right form."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from llamacloud_cli.cli.completion.scripts import scripts
from llamacloud_cli.cli.completion.tree import Source, Values, brief, tree
from llamacloud_cli.workflows.configure import TIERS
from tests.completion.conftest import levels
from tests.completion.shells import SCRIPTS

if TYPE_CHECKING:
    from tests.conftest import Runner

NAMES = {
    "bash": "llamacloud-prod.bash",
    "zsh": "_llamacloud-prod",
    "fish": "llamacloud-prod.fish",
    "powershell": "llamacloud-prod.ps1",
}


def test_the_files_are_as_the_application_writes_them() -> None:
    """`python docs/generate.py` writes them anew."""
    there = {path.name: path.read_text(encoding="utf-8") for path in SCRIPTS.iterdir()}
    assert there == scripts()


@pytest.mark.parametrize("shell", NAMES)
def test_the_tool_prints_them(run: Runner, shell: str) -> None:
    done = run("completion", shell)
    assert (done.status, done.stdout, done.stderr) == (0, scripts()[NAMES[shell]], "")


@pytest.mark.parametrize("name", NAMES.values())
def test_nothing_is_left_of_the_template(name: str) -> None:
    assert re.findall(r"@[A-Z_]+@", scripts()[name]) == []


@pytest.mark.parametrize("name", NAMES.values())
def test_the_command_that_only_scripts_call_is_not_offered(name: str) -> None:
    assert "'ids'" not in scripts()[name]
    assert all("ids" not in level.commands for level in levels())


def test_values_are_completed_as_the_application_reads_them() -> None:
    flags = {(node.path, flag.names[-1]): flag for node in tree().all() for flag in node.flags}
    assert flags["batches create", "--config"].values == Values(source=Source.AT_FILE)
    assert flags["batches run", "--output"].values == Values(source=Source.FOLDER)
    assert flags["batches list", "--max-items"].values == Values()
    assert flags["batches list", "--local-names"].values is None
    assert flags["batches list", "--status"].repeatable
    assert not flags["batches list", "--page-token"].repeatable
    tiers = flags["batches run", "--tier"].values
    assert tiers is not None
    assert set(tiers.words) == {tier for tiers in TIERS.values() for tier in tiers}


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("The batch's id.", "The batch's id"),
        ("Where the API is; the EU region is elsewhere. [env: X]", "Where the API is"),
        ("Print `ids` alone,\none a line. More.", "Print ids alone, one a line"),
        ("word " * 20, "word word word word word word word word word word word…"),
        ("", ""),
    ],
)
def test_descriptions_are_the_first_words_of_help(text: str, short: str) -> None:
    assert brief(text) == short


class TestPowerShell:
    """PowerShell's grammar: https://learn.microsoft.com/powershell/scripting/lang-spec/chapter-02."""

    _TOKEN = re.compile(
        r"(?P<comment>#[^\n]*)|(?P<single>'(?:[^']|'')*')|(?P<double>\"(?:[^\"`$]|`.|\"\"|\$(?!\()|\$\([^()]*(?:\([^()]*\)[^()]*)*\))*\")"
        r"|(?P<open>[@$]?\(|@?\{|\[)|(?P<close>[)}\]])|(?P<other>.)",
        re.DOTALL,
    )

    def _tokens(self) -> list[re.Match[str]]:
        return list(self._TOKEN.finditer(scripts()["llamacloud-prod.ps1"]))

    def test_brackets_and_quotes_are_balanced(self) -> None:
        pairs = {"(": ")", "{": "}", "[": "]"}
        open_ones: list[str] = []
        for token in self._tokens():
            if token["open"]:
                open_ones.append(pairs[token["open"][-1]])
            elif token["close"]:
                assert open_ones.pop() == token["close"], token.start()
            elif token["other"]:
                assert token["other"] not in "'\"", token.start()
        assert open_ones == []

    def test_names_each_command_and_flag(self) -> None:
        texts = [token["single"][1:-1].replace("''", "'") for token in self._tokens() if token["single"]]
        for level in levels():
            path = level.line.strip().partition(" ")[2]
            assert set(level.commands) <= set(texts)
            assert set(level.flags) <= set(texts)
            if level.commands:
                assert path in texts

    def test_holds_data_in_single_quotes_alone(self) -> None:
        """In these nothing is expanded."""
        data = scripts()["llamacloud-prod.ps1"].partition("function global:")[0]
        assert re.findall(r'"|`|\$\(', re.sub(r"#[^\n]*|'(?:[^']|'')*'", "", data)) == []

    def test_has_each_key_of_a_table_once(self) -> None:
        """PowerShell's tables do not tell capital letters from small ones."""
        for table in scripts()["llamacloud-prod.ps1"].partition("function global:")[0].split("$global:")[1:]:
            keys = [key.lower() for key in re.findall(r"^    '([^']*)' = @\(", table, re.MULTILINE)]
            assert keys
            assert len(keys) == len(set(keys))

    def test_is_ascii_which_every_console_reads_alike(self) -> None:
        assert scripts()["llamacloud-prod.ps1"].isascii()

    def test_is_registered_for_the_program(self) -> None:
        last = scripts()["llamacloud-prod.ps1"].rpartition("Register-ArgumentCompleter")[2]
        assert last.startswith(" -Native -CommandName 'llamacloud-prod', 'llamacloud-prod.exe' -ScriptBlock {")
