"""`doctor`: one finding a check, what to do beside it, and a status that says what failed first."""

from __future__ import annotations

import os
from email.utils import formatdate
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import KEY
from tests.servers import Reply

if TYPE_CHECKING:
    from tests.conftest import Result, Runner
    from tests.servers import ScriptedServer

CHECKS = [
    "python", "version", "extras", "files", "completion", "base url", "key", "proxy", "certificates", "reachability",
    "key accepted", "clock",
]  # fmt: skip
PROJECTS = [{"id": "p-1", "name": "One", "organization_id": "o-1"}]


def _projects(run: Runner, *, skew: float = 0.0) -> Reply:
    return Reply(body=PROJECTS, headers={"date": formatdate(run.now - skew, usegmt=True)})


def _found(result: Result) -> dict[str, Any]:
    return {one["check"]: one for one in result.documents}


def test_a_healthy_place_has_a_finding_a_check_and_status_0(run: Runner, server: ScriptedServer) -> None:
    """One request is sent, the cheapest that needs the key."""
    server.script = [_projects(run)]
    result = run("doctor")
    assert result.status == 0, result.stderr
    found = _found(result)
    assert list(found) == CHECKS
    assert {one["state"] for one in found.values()} <= {"ok", "note"}
    assert found["key"]["value"] == f"…{KEY[-4:]} from LLAMA_CLOUD_API_KEY"
    assert found["key accepted"]["value"] == "1 project"
    assert found["base url"]["value"] == f"{server.url}, from LLAMA_CLOUD_BASE_URL"
    assert [(seen.method, seen.path) for seen in server.seen] == [("GET", "/api/v1/projects")]


def test_every_finding_that_is_not_ok_says_what_to_do_or_why_not(run: Runner, server: ScriptedServer) -> None:
    server.script = [Reply(status=401, body={"detail": "Invalid API Key"})]
    for one in run("doctor", "--offline").documents + run("doctor").documents:
        if one["state"] in ("failed", "warning"):
            assert one["advice"], one


class TestKeyAndNetworkAreNeverMixedUp:
    """Each has its own status."""

    def test_a_key_that_is_refused_is_status_4_and_the_network_is_fine(
        self, run: Runner, server: ScriptedServer
    ) -> None:
        server.script = [Reply(status=401, body={"detail": "Invalid API Key"})]
        result = run("doctor")
        found = _found(result)
        assert result.status == 4
        assert found["reachability"]["state"] == "ok"
        assert found["key accepted"]["state"] == "failed"
        assert "a key belongs to one region" in found["key accepted"]["advice"]
        assert result.stderr == "error: 1 of 12 checks failed: key accepted\n"

    def test_a_network_that_fails_is_status_7_and_says_nothing_of_the_key(self, run: Runner) -> None:
        result = run("doctor", "--base-url", "http://127.0.0.1:1")
        found = _found(result)
        assert result.status == 7
        assert (found["key"]["state"], found["key accepted"]["state"]) == ("ok", "note")
        assert "Connection refused" in found["reachability"]["value"]

    def test_without_a_key_the_network_is_still_looked_at(self, run: Runner, server: ScriptedServer) -> None:
        server.script = [Reply(status=401, body={"detail": "Invalid API Key"})]
        result = run("doctor", env={"LLAMA_CLOUD_API_KEY": None})
        found = _found(result)
        assert result.status == 4
        assert found["key"]["value"] == "no API key"
        assert found["reachability"]["state"] == "ok"
        assert "key accepted" not in found

    def test_a_service_that_fails_is_status_1(self, run: Runner, server: ScriptedServer) -> None:
        server.script = [Reply(status=503, body={"detail": "down"})]
        result = run("doctor")
        found = _found(result)
        assert result.status == 1
        assert found["reachability"]["state"] == "failed"
        assert found["key accepted"]["state"] == "note"


@pytest.mark.parametrize(
    ("skew", "state", "words"),
    [
        (30, "ok", "to the minute"),
        (-30, "ok", "to the minute"),
        (400, "warning", "400 s ahead"),
        (-7200, "warning", "7,200 s behind"),
    ],
)
def test_a_clock_that_is_off_is_told(run: Runner, server: ScriptedServer, skew: float, state: str, words: str) -> None:
    """Against the Date header of the answer."""
    server.script = [_projects(run, skew=skew)]
    clock = _found(run("doctor"))["clock"]
    assert clock["state"] == state
    assert words in clock["value"]


def test_offline_sends_nothing(run: Runner, server: ScriptedServer) -> None:
    result = run("doctor", "--offline")
    assert result.status == 0
    assert server.seen == []
    assert _found(result)["reachability"] == {
        "check": "reachability", "state": "note", "value": "not checked: --offline", "advice": None,
    }  # fmt: skip


def test_a_key_file_that_others_can_read_fails_with_the_command_that_mends_it(run: Runner) -> None:
    folder = Path(os.environ["HOME"]) / ".config" / "llamacloud-prod"
    folder.mkdir(parents=True, mode=0o700)
    path = folder / "credentials.toml"
    path.write_text("", encoding="utf-8")
    path.chmod(0o644)
    result = run("doctor", "--offline")
    files = _found(result)["files"]
    assert (result.status, files["state"]) == (2, "failed")
    assert files["advice"] == f"run: chmod 600 '{path}'"


@pytest.mark.parametrize(
    ("text", "check"),
    [
        ("base_url = ", "base url"),
        ("[profiles", "base url"),
        ("nosuch = 1", "base url"),
        ('format = "nosuch"', "settings"),
    ],
)
def test_settings_that_cannot_be_used_are_findings(run: Runner, text: str, check: str) -> None:
    """And the checks that need no settings are made all the same."""
    folder = Path(os.environ["HOME"]) / ".config" / "llamacloud-prod"
    folder.mkdir(parents=True, mode=0o700)
    (folder / "config.toml").write_text(text + "\n", encoding="utf-8")
    (folder / "config.toml").chmod(0o600)
    result = run("doctor", "--offline", env={"LLAMA_CLOUD_BASE_URL": None})
    found = _found(result)
    assert found["python"]["state"] == "ok"
    assert (result.status, found[check]["state"]) == (2, "failed")
    assert "config.toml" in found[check]["value"]


def test_a_variable_that_cannot_be_read_is_a_finding(run: Runner) -> None:
    result = run("doctor", "--offline", env={"LLAMA_CLOUD_SANDBOX": "maybe"})
    assert result.status == 2
    assert "LLAMA_CLOUD_SANDBOX" in _found(result)["base url"]["value"]


def test_a_folder_that_others_can_look_into_is_a_warning(run: Runner) -> None:
    folder = Path(os.environ["HOME"]) / ".config" / "llamacloud-prod"
    folder.mkdir(parents=True)
    folder.chmod(0o755)
    result = run("doctor", "--offline")
    assert result.status == 0
    assert _found(result)["files"]["advice"] == f"run: chmod 700 '{folder}'"


def test_the_password_of_a_proxy_is_not_shown(run: Runner) -> None:
    result = run(
        "doctor", "--offline", "--base-url", "https://api.example.test",
        env={"HTTPS_PROXY": "http://user:canary-password@proxy.example.test:3128"},
    )  # fmt: skip
    assert _found(result)["proxy"]["value"] == "http://proxy.example.test:3128"
    assert "canary" not in result.stdout + result.stderr


def test_certificates_that_cannot_be_read_fail_before_anything_is_sent(
    run: Runner, server: ScriptedServer, tmp_path: Path
) -> None:
    result = run("doctor", "--ca-bundle", str(tmp_path / "gone.pem"))
    assert result.status == 2
    assert _found(result)["certificates"]["state"] == "failed"
    assert _found(result)["reachability"]["value"] == "not checked: certificates"
    assert server.seen == []


class TestCompletion:
    """The script of the shell that the user logs in with."""

    def _check(self, run: Runner, shell: str) -> dict[str, Any]:
        found: dict[str, Any] = _found(run("doctor", "--offline", env={"SHELL": f"/bin/{shell}"}))["completion"]
        return found

    @pytest.mark.parametrize(
        ("shell", "place"),
        [
            ("bash", ".local/share/bash-completion/completions/llamacloud-prod"),
            ("zsh", ".zfunc/_llamacloud-prod"),
            ("fish", ".config/fish/completions/llamacloud-prod.fish"),
        ],
    )
    def test_is_found_where_the_guide_puts_it_and_told_when_it_is_old(
        self, run: Runner, shell: str, place: str
    ) -> None:
        path = Path(os.environ["HOME"]) / place
        assert self._check(run, shell)["state"] == "note"
        path.parent.mkdir(parents=True)
        path.write_text(run("completion", shell).stdout, encoding="utf-8")
        assert self._check(run, shell)["state"] == "ok"
        path.write_text("# of another version\n", encoding="utf-8")
        found = self._check(run, shell)
        assert (found["state"], found["advice"]) == ("warning", f"run: llamacloud-prod completion {shell} > '{path}'")

    def test_is_found_in_a_start_up_file(self, run: Runner) -> None:
        (Path(os.environ["HOME"]) / ".zshrc").write_text("source <(llamacloud-prod completion zsh)\n", encoding="utf-8")
        assert self._check(run, "zsh")["state"] == "ok"

    def test_of_an_unknown_shell_is_a_note(self, run: Runner) -> None:
        assert self._check(run, "tcsh")["state"] == "note"


def test_on_a_terminal_there_is_a_line_a_check_within_its_width(
    run: Runner, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what to do stands below its check."""
    monkeypatch.setenv("COLUMNS", "80")
    server.script = [_projects(run)]
    lines = run("doctor", "--color", "never", stdout_terminal=True).stdout.splitlines()
    starts = [line for line in lines if not line.startswith(" ")]
    assert [" ".join(line.split()[1:3]).startswith(check) for line, check in zip(starts, CHECKS, strict=True)]
    assert max(map(len, lines)) <= 80


def test_the_sandbox_is_looked_at_as_any_place(run: Runner, tmp_path: Path) -> None:
    """No key and no settings of the user's count there."""
    result = run("doctor", "--sandbox", "--sandbox-data", str(tmp_path), env={"LLAMA_CLOUD_API_KEY": None})
    found = _found(result)
    assert result.status == 0, result.stderr
    assert found["base url"]["value"] == f"the sandbox in '{tmp_path}'"
    assert found["key accepted"]["state"] == "ok"


@pytest.mark.parametrize("flag", [["--dry-run"], ["--print-curl"], ["--quiet"], ["--format", "explore"]])
def test_flags_that_mean_nothing_here_are_refused(run: Runner, server: ScriptedServer, flag: list[str]) -> None:
    result = run("doctor", *flag)
    assert (result.status, result.stdout, server.seen) == (2, "", [])
