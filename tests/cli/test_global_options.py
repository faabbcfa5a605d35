"""The global options: where they may stand, which one counts, and what a wrong value is told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

import pytest

from llamacloud_cli import __version__
from llamacloud_cli.cli.options import root
from tests.commands import CREATE, GET, every_command, failure
from tests.servers import Reply, ScriptedServer, batch

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Result, Runner

    Check = Callable[[Result, ScriptedServer], bool]

OK = Reply(body=batch())
VERSION = f"llamacloud-prod {__version__}\n"
NOT_FOUND = Reply(404, {"detail": "gone"})


class Case(NamedTuple):
    """A global option with an effect that can be seen.

    Attributes:
        words: the option, with its value.
        check: whether the effect is there.
        others: further words at the end of the command line.
        reply: what the server answers.
        stdin: standard input.
    """

    words: tuple[str, ...]
    check: Check
    others: tuple[str, ...] = ()
    reply: Reply = OK
    stdin: str | None = None


CASES = [
    Case(("--api-key", "k2"), lambda _, server: server.seen[0].headers["authorization"] == "Bearer k2"),
    Case(("--base-url", "{url}/prefix"), lambda _, server: server.seen[0].path.startswith("/prefix/api/v2/")),
    Case(("--profile", "default"), lambda result, _: "profile default keeps none" in result.stderr),
    Case(("--format", "jsonl"), lambda result, _: result.stdout.startswith('{"id":"bat-1",')),
    Case(("--json",), lambda result, _: result.stdout.startswith('{\n  "id"')),
    Case(("--transform", "id"), lambda result, _: result.stdout == '"bat-1"\n'),
    Case(("--raw-output",), lambda result, _: result.stdout == "bat-1\n", ("--transform", "id")),
    Case(("-r",), lambda result, _: result.stdout == "bat-1\n", ("--transform", "id")),
    Case(("--columns", "id"), lambda result, _: result.stdout == "ID\nbat-1\n"),
    Case(("--no-header",), lambda result, _: result.stdout == "bat-1\n", ("--columns", "id")),
    Case(("--quiet",), lambda result, _: result.stdout == "bat-1\n"),
    Case(("-q",), lambda result, _: result.stdout == "bat-1\n"),
    Case(("--format-error", "json"), lambda result, _: json.loads(result.stderr)["error"]["status"] == 404,
         reply=NOT_FOUND),
    Case(("--transform-error", "error.status"), lambda result, _: result.stderr == "404\n", reply=NOT_FOUND),
    Case(("--color", "always"), lambda result, _: "\x1b[" in result.stdout),
    Case(("--dry-run",), lambda result, server: not server.seen and result.json["method"] == "GET"),
    Case(("--print-curl",), lambda result, server: not server.seen and result.stdout.startswith("curl ")),
    Case(("--no-stdin",), lambda result, _: result.status == 0, (), OK, "no mapping"),
    Case(("--max-retries", "0"), lambda _, server: len(server.seen) == 1, (), Reply(503)),
    Case(("--http-timeout", "0.2"), lambda result, _: "within 0.2 s" in result.stderr, ("--max-retries", "0"),
         OK._replace(delay=1.0)),
    Case(("--ca-bundle", "/missing.pem"), lambda result, _: "/missing.pem" in result.stderr,
         ("--base-url", "https://127.0.0.1:1")),
    Case(("--insecure-http",), lambda result, _: result.json["url"].startswith("http://api.example/"),
         ("--base-url", "http://api.example", "--dry-run")),
    Case(("--sandbox",), lambda result, _: "--sandbox and --base-url" in result.stderr, ("--base-url", "http://[::1]:1")),
    Case(("--debug",), lambda result, _: "> GET " in result.stderr),
    Case(("--version",), lambda result, server: result.stdout == VERSION and not server.seen),
    Case(("-v",), lambda result, server: result.stdout == VERSION and not server.seen),
]  # fmt: skip
ELSEWHERE = {"sandbox_data"}  # tests/sandbox/


def test_every_global_option_is_among_the_cases() -> None:
    names = {case.words[0].strip("-").replace("-", "_") for case in CASES}
    assert {name.rstrip("_") for name in root.__annotations__ if name != "return"} - ELSEWHERE <= names


@pytest.mark.parametrize("place", [0, 1, 2, 3], ids=["before the group", "between", "after the command", "at the end"])
@pytest.mark.parametrize("case", CASES, ids=[case.words[0] for case in CASES])
def test_a_global_option_holds_wherever_it_stands(run: Runner, server: ScriptedServer, case: Case, place: int) -> None:
    server.script = [case.reply]
    words = list(GET)
    words[place:place] = [word.replace("{url}", server.url) for word in case.words]
    result = run(*words, *case.others, stdin=case.stdin)
    assert case.check(result, server), result


class TestSeveral:
    def test_the_one_nearest_to_the_command_counts(self, run: Runner, server: ScriptedServer) -> None:
        server.script = [OK]
        after = run("--format", "yaml", "batches", "--format", "raw", "get", "b", "--format", "jsonl")
        between = run("--format", "yaml", "batches", "--format", "jsonl", "get", "b")
        before = run("--format", "jsonl", "batches", "get", "b")
        assert after.stdout == between.stdout == before.stdout
        assert after.stdout.startswith('{"id":"bat-1",')

    def test_of_two_in_one_place_the_last_counts(self, run: Runner, server: ScriptedServer) -> None:
        run("batches", "get", "b", "--api-key", "first", "--api-key", "last")
        assert server.seen[0].headers["authorization"] == "Bearer last"

    def test_a_flag_beats_the_environment(self, run: Runner, server: ScriptedServer) -> None:
        run("--api-key", "flag", "batches", "get", "b", env={"LLAMA_CLOUD_API_KEY": "environment"})
        run("batches", "get", "b", env={"LLAMA_CLOUD_API_KEY": "environment"})
        keys = [seen.headers["authorization"] for seen in server.seen]
        assert keys == ["Bearer flag", "Bearer environment"]

    def test_short_flags_may_stand_together(self, run: Runner, server: ScriptedServer) -> None:
        server.script = [OK]
        assert run(*GET, "-rq").stdout == "bat-1\n"

    @every_command
    def test_a_value_may_follow_after_an_equals_sign(
        self, run: Runner, server: ScriptedServer, argv: tuple[str, ...]
    ) -> None:
        server.script = [Reply(body={**batch(), "items": []})]
        assert run(*argv, "--api-key=k=2", "--format=raw").status == 0
        assert server.seen[0].headers["authorization"] == "Bearer k=2"


class TestMisspelt:
    @pytest.mark.parametrize(
        ("argv", "words"),
        [
            (("batch", "list"), "no command 'batch'; did you mean 'batches'?"),
            (("batches", "lst"), "no command 'lst'; did you mean 'list'?"),
            (("batches", "canel", "b"), "no command 'canel'; did you mean 'cancel'?"),
            (("batches", "get", "b", "--frmat", "json"), "no flag --frmat; did you mean --format?"),
            (("batches", "get", "b", "--exapnd", "results"), "no flag --exapnd; did you mean --expand?"),
            (("batches", "list", "--page_size", "5"), "no flag --page_size; did you mean --page-size?"),
            (("--api_key", "k", "batches", "list"), "no flag --api_key; did you mean --api-key?"),
            (
                ("batches", "create", "--webhook-url", "u"),
                "no flag --webhook-url; did you mean --webhook-configuration.webhook-url?",
            ),
            (("batches", "list", "--directory-id", "d"), "no flag --directory-id; did you mean --source-directory-id?"),
            (("batches", "get", "b", "--format", "jsn"), "--format: no value 'jsn'; did you mean json?"),
            (("batches", "list", "--status", "complete"), "--status: no value 'complete'; did you mean COMPLETED?"),
            (("batches", "get", "b", "--color", "allways"), "--color: no value 'allways'; did you mean always?"),
        ],
    )
    def test_words_are_refused_with_what_was_meant(
        self, run: Runner, server: ScriptedServer, argv: tuple[str, ...], words: str
    ) -> None:
        line = failure(run(*argv), 2)
        assert line.startswith(f"error: {words} — ")
        assert not server.seen

    @pytest.mark.parametrize(
        ("argv", "words"),
        [
            (("xyz",), "no command 'xyz' — one of auth, batches, completion, config, doctor, sandbox"),
            (("completion", "tcsh"), "no command 'tcsh' — one of bash, zsh, fish, powershell"),
            (("batches", "get", "b", "--xyz"), "no flag --xyz — `llamacloud-prod batches get --help` shows the flags"),
            (("batches", "get", "b", "-x"), "no flag -x — `llamacloud-prod batches get --help` shows the flags"),
            (("--format", "json"), "missing command — one of auth, batches, completion, config, doctor, sandbox"),
        ],
    )
    def test_words_that_resemble_nothing_are_refused_without_a_guess(
        self, run: Runner, argv: tuple[str, ...], words: str
    ) -> None:
        assert failure(run(*argv), 2) == f"error: {words}"

    @pytest.mark.parametrize(
        ("argv", "words"),
        [
            (("list", "batches"), "no command 'list'; did you mean 'batches list'?"),
            (("get", "batch", "b"), "no command 'get'; did you mean 'batches get'?"),
            (("list",), "no command 'list'; did you mean 'batches list' or 'config list'?"),
            (("login",), "no command 'login'; did you mean 'auth login'?"),
            (("whoami",), "no command 'whoami'; did you mean 'auth status'?"),
            (("parse", "docs"), "no command 'parse'; did you mean 'batches run'?"),
            (("version",), "no command 'version'; did you mean '--version'?"),
            (("batches", "ls"), "no command 'ls'; did you mean 'list'? — one of create, list, get, "),
            (("batches", "describe", "b"), "no command 'describe'; did you mean 'get'? — one of create, list, get, "),
            (("batches", "list", "-o", "json"), "no flag -o; did you mean --format? — "),
            (("batches", "list", "--output", "json"), "no flag --output; did you mean --format? — "),
            (("batches", "list", "--jq", ".id"), "no flag --jq; did you mean --transform? — "),
            (("batches", "list", "--limit", "3"), "no flag --limit; did you mean --max-items? — "),
            (("batches", "get", "--id", "b"), "no flag --id; did you mean --batch-id? — "),
            (("batches", "get", "b", "--no-color"), "no flag --no-color; did you mean --color never? — "),
            (("batches", "get", "b", "--limit", "3"), "no flag --limit — "),
            (("batches", "list", "-json"), "no flag -json; did you mean --json? — "),
            (("batches", "-help"), "no flag -help; did you mean --help? — "),
            (("batches", "list", "-format=yaml"), "no flag -format; did you mean --format? — "),
        ],
    )
    def test_words_of_other_tools_are_refused_with_what_they_are_called_here(
        self, run: Runner, server: ScriptedServer, argv: tuple[str, ...], words: str
    ) -> None:
        assert failure(run(*argv), 2).startswith(f"error: {words}")
        assert not server.seen

    def test_a_control_character_in_a_word_is_shown_and_not_sent_to_the_terminal(self, run: Runner) -> None:
        assert "\x1b" not in failure(run("batches", "get", "b", "--\x1b[31m"), 2)


class TestWrongValues:
    @pytest.mark.parametrize(
        ("words", "status", "what"),
        [
            (("--format", "bogus"), 2, "--format: no value 'bogus' — one of auto, explore, json, "),
            (("--format", ""), 2, "--format: no value ''"),
            (("--format-error", "bogus"), 2, "--format-error: no value 'bogus'"),
            (("--color", "pink"), 2, "--color: no value 'pink' — one of auto, always, never"),
            (("--columns", ""), 2, "--columns: an empty name in ''"),
            (("--columns", "id,,status"), 2, "--columns: an empty name in 'id,,status'"),
            (("--max-retries", "many"), 2, "--max-retries: 'many' is no whole number"),
            (("--max-retries", "1.5"), 2, "--max-retries: '1.5' is no whole number"),
            (("--max-retries", "-1"), 2, "--max-retries: less than 0 — 0 makes each call once"),
            *((("--http-timeout", value), 2, f"--http-timeout: '{value}' is no number of seconds")
              for value in ("0", "-1", "nan", "inf", "1e9", "soon", "")),
            (("--base-url", "localhost"), 2, "--base-url: 'localhost' is no http:// or https:// URL"),
            (("--base-url", "ftp://a.example"), 2, "--base-url: 'ftp://a.example' is no http:// or https:// URL"),
            (("--base-url", "https://"), 2, "--base-url: 'https://' is no http:// or https:// URL"),
            (("--base-url", "https://a.example:port"), 2, "--base-url: not a URL"),
            (("--base-url", "https://a.example?x=1"), 2, "--base-url: a base URL has no query (?) or fragment (#)"),
            (("--base-url", "https://u:p@a.example"), 2, "--base-url: a base URL holds no user name or password"),
            (("--base-url", "https://a.example/\n"), 2, "--base-url: a URL holds no blanks or control characters"),
            (("--base-url", "http://a.example"), 2, "--base-url: http:// would send the API key unencrypted"),
            (("--ca-bundle", "/missing", "--base-url", "https://127.0.0.1:1"), 2, "--ca-bundle: cannot read"),
            (("--api-key", ""), 4, "--api-key: the API key is empty"),
            (("--api-key", "  "), 4, "--api-key: the API key is empty"),
            (("--api-key", " k"), 4, "--api-key: the API key has blanks at its start or end"),
            (("--api-key", "a\nb"), 4, "--api-key: the API key holds a line break or a control character"),
            (("--api-key", "clé"), 4, "--api-key: the API key holds a character that is not ASCII"),
        ],
    )  # fmt: skip
    def test_are_refused_in_one_line_before_anything_is_sent(
        self, run: Runner, server: ScriptedServer, words: tuple[str, ...], status: int, what: str
    ) -> None:
        for argv in ((*words, *GET), (*GET, *words), (*CREATE, *words)):
            assert failure(run(*argv), status).startswith(f"error: {what}")
        assert not server.seen

    @pytest.mark.parametrize(
        "flag", ["--api-key", "--base-url", "--format", "--transform", "--columns", "--color", "--max-retries"]
    )
    def test_that_are_missing_are_named(self, run: Runner, flag: str) -> None:
        line = failure(run(*GET, flag), 2)
        assert line == f"error: {flag} needs a value — `llamacloud-prod batches get --help` shows the flags"

    @pytest.mark.parametrize("flag", ["--debug", "--json", "--dry-run", "--no-header"])
    def test_after_a_flag_that_takes_none_are_refused(self, run: Runner, flag: str) -> None:
        assert failure(run(*GET, f"{flag}=true"), 2).startswith(f"error: {flag} takes no value — ")

    def test_of_an_error_format_do_not_garble_the_message(self, run: Runner) -> None:
        assert failure(run("--format-error", "bogus", *GET), 2).startswith("error: --format-error: no value 'bogus'")

    def test_an_argument_too_many_is_refused(self, run: Runner, server: ScriptedServer) -> None:
        assert failure(run("batches", "get", "a", "b"), 2).startswith("error: unexpected extra argument: b — ")
        assert failure(run("batches", "list", "a", "b"), 2).startswith("error: unexpected extra argument: a b — ")
        assert not server.seen
