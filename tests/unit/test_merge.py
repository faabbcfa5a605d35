"""Flags and a mapping on standard input, merged into one request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llamacloud_cli.cli.batches.cancel import CANCEL
from llamacloud_cli.cli.batches.create import CREATE
from llamacloud_cli.cli.batches.get import GET
from llamacloud_cli.cli.batches.list import LIST
from llamacloud_cli.errors import UsageError
from llamacloud_cli.inputs.merge import Inputs, build, merge_objects

if TYPE_CHECKING:
    from pathlib import Path

    from llamacloud_cli.operations import Operation, Parameter

WEBHOOK = "--webhook-configuration"
REQUIRED = ("--config", "{}", "--source-directory-id", "d")


def _flags(operation: Operation, words: tuple[str, ...]) -> list[tuple[Parameter, str]]:
    by_flag = {parameter.flag_name: parameter for parameter in operation.parameters}
    return [(by_flag[flag], text) for flag, text in zip(words[::2], words[1::2], strict=True)]


def _build(operation: Operation, *words: str, stdin: dict[str, Any] | None = None) -> Inputs:
    return build(operation, _flags(operation, words), stdin or {})


def _body(*words: str, stdin: dict[str, Any] | None = None) -> dict[str, Any]:
    body: dict[str, Any] = _build(CREATE, *words, stdin=stdin).request.body
    return body


def _query(operation: Operation, *words: str, stdin: dict[str, Any] | None = None) -> tuple[tuple[str, str], ...]:
    return _build(operation, *words, stdin=stdin).request.query


def _webhooks(*words: str, stdin: dict[str, Any] | None = None) -> Any:
    return _body(*REQUIRED, *words, stdin=stdin).get("webhook_configurations")


class TestPlaces:
    def test_each_value_goes_to_its_place(self) -> None:
        request, local, _ = _build(LIST, "--page-size", "0x10", "--max-items", "5", "--project-id", "p")
        assert (request.method, request.path, request.body) == ("GET", "/api/v2/batches", None)
        assert dict(request.query) == {"page_size": "16", "project_id": "p"}
        assert local == {"max_items": 5}

    def test_standard_input_fills_every_place_by_the_names_of_the_api(self) -> None:
        request = _build(LIST, stdin={"page_size": 16, "status": ["failed", "RUNNING"]}).request
        assert sorted(request.query) == [("page_size", "16"), ("status", "FAILED"), ("status", "RUNNING")]
        assert _build(CANCEL, stdin={"batch_id": "b"}).request.path == "/api/v2/batches/b/cancel"

    def test_standard_input_does_not_steer_this_tool(self) -> None:
        """`max_items` is no field of the API."""
        with pytest.raises(UsageError, match="has no field 'max_items'"):
            _build(LIST, stdin={"max_items": 5})

    def test_a_file_may_stand_for_an_object_there_as_in_a_flag(self, tmp_path: Path) -> None:
        """The same value means the same, wherever it comes from."""
        file = tmp_path / "c.yaml"
        file.write_text("job: {type: parse_v2}\n", encoding="utf-8")
        body = _build(CREATE, stdin={"config": f"@{file}", "source_directory_id": "d"}).request.body
        assert body == {"config": {"job": {"type": "parse_v2"}}, "source_directory_id": "d"}

    def test_a_repeated_flag_adds_to_an_array(self) -> None:
        words = ("--batch-id", "b", "--expand", "results", "--expand", "[other, more]")
        assert _query(GET, *words) == (("expand", "results"), ("expand", "other"), ("expand", "more"))
        assert _body(*REQUIRED, "--webhook-configuration-id", "a", "--webhook-configuration-id", "b")[
            "webhook_configuration_ids"
        ] == ["a", "b"]

    def test_repeated_statuses_are_kept_whole(self) -> None:
        assert _query(LIST, "--status", "failed", "--status", "running") == (
            ("status", "FAILED"),
            ("status", "RUNNING"),
        )

    def test_of_a_repeated_single_value_the_last_one_counts(self) -> None:
        assert _query(LIST, "--page-size", "1", "--page-size", "2") == (("page_size", "2"),)


class TestObjects:
    def test_merge_key_by_key(self) -> None:
        assert merge_objects({"a": {"b": 1, "c": 1}, "l": [1]}, {"a": {"c": 2}, "l": [2]}) == {
            "a": {"b": 1, "c": 2},
            "l": [2],
        }

    def test_a_repeated_object_flag_merges(self) -> None:
        words = ("--config", "{job: {type: parse_v2}}", "--config", "{job: {configuration_id: c}}")
        body = _body(*words, "--source-directory-id", "d")
        assert body["config"] == {"job": {"type": "parse_v2", "configuration_id": "c"}}

    @pytest.mark.parametrize("inner_first", [True, False])
    def test_an_inner_flag_lies_over_its_object(self, *, inner_first: bool) -> None:
        whole, inner = ("--config", "{extra: 1, job: {type: a, keep: 1}}"), ("--config.job", "{type: b}")
        words = inner + whole if inner_first else whole + inner
        assert _body(*words, "--source-directory-id", "d")["config"] == {"extra": 1, "job": {"type": "b", "keep": 1}}

    def test_a_repeated_inner_flag_merges_as_well(self) -> None:
        words = ("--config.job", "{type: a}", "--config.job", "{configuration_id: c}", "--source-directory-id", "d")
        assert _body(*words)["config"] == {"job": {"type": "a", "configuration_id": "c"}}

    def test_an_inner_flag_alone_makes_the_object(self) -> None:
        assert _body("--config.job", "{type: a}", "--source-directory-id", "d")["config"] == {"job": {"type": "a"}}

    def test_flags_lie_over_standard_input_key_by_key(self) -> None:
        stdin = {"config": {"job": {"type": "a", "configuration_id": "c"}, "x": 1}, "source_directory_id": "in"}
        body = _body("--config.job", "{type: b}", "--source-directory-id", "flag", stdin=stdin)
        assert body == {
            "config": {"job": {"type": "b", "configuration_id": "c"}, "x": 1},
            "source_directory_id": "flag",
        }


class TestWebhooks:
    def test_inner_flags_make_one_object_until_one_comes_again(self) -> None:
        assert _webhooks(
            f"{WEBHOOK}.webhook-url", "https://a.example",
            f"{WEBHOOK}.webhook-events", "[batch.success]",
            f"{WEBHOOK}.webhook-url", "https://b.example",
            f"{WEBHOOK}.webhook-signing-secret", "s",
            f"{WEBHOOK}.webhook-headers", "{X-A: b}",
            f"{WEBHOOK}.webhook-output-format", "json",
        ) == [
            {"webhook_url": "https://a.example", "webhook_events": ["batch.success"]},
            {
                "webhook_url": "https://b.example",
                "webhook_signing_secret": "s",
                "webhook_headers": {"X-A": "b"},
                "webhook_output_format": "json",
            },
        ]  # fmt: skip

    def test_an_inner_flag_goes_on_with_the_last_object_given_before_it(self) -> None:
        assert _webhooks(WEBHOOK, "[{webhook_url: a}, {webhook_url: b}]", f"{WEBHOOK}.webhook-events", "e") == [
            {"webhook_url": "a"},
            {"webhook_url": "b", "webhook_events": ["e"]},
        ]

    def test_whole_objects_add_up_in_order(self) -> None:
        assert _webhooks(WEBHOOK, "{webhook_url: a}", f"{WEBHOOK}.webhook-url", "b", WEBHOOK, "{webhook_url: c}") == [
            {"webhook_url": "a"},
            {"webhook_url": "b"},
            {"webhook_url": "c"},
        ]

    def test_flags_replace_the_array_of_standard_input(self) -> None:
        stdin = {"webhook_configurations": [{"webhook_url": "in"}]}
        assert _webhooks(f"{WEBHOOK}.webhook-url", "flag", stdin=stdin) == [{"webhook_url": "flag"}]

    def test_one_object_on_standard_input_is_an_array_of_one(self) -> None:
        assert _webhooks(stdin={"webhook_configurations": {"webhook_url": "in"}}) == [{"webhook_url": "in"}]


class TestNull:
    def test_leaves_a_value_out(self) -> None:
        assert _query(LIST, "--project-id", "null", "--status", "null", "--page-size", "null") == ()
        assert _webhooks(WEBHOOK, "null") is None
        assert _webhooks(f"{WEBHOOK}.webhook-url", "a", f"{WEBHOOK}.webhook-events", "null") == [{"webhook_url": "a"}]

    def test_of_a_flag_takes_back_what_standard_input_says(self) -> None:
        assert _query(LIST, "--project-id", "null", stdin={"project_id": "p", "page_size": 5}) == (("page_size", "5"),)

    def test_takes_back_what_came_before_it_and_not_what_comes_after(self) -> None:
        words = ("--batch-id", "b", "--expand", "a", "--expand", "null", "--expand", "b")
        assert _query(GET, *words) == (("expand", "b"),)

    def test_on_standard_input_leaves_a_known_field_out_and_stays_in_an_unknown_one(self) -> None:
        stdin = {"project_id": None, "webhook_configurations": None, "future": None}
        request = _build(CREATE, *REQUIRED, stdin=stdin).request
        assert request.query == ()
        assert request.body == {"config": {}, "source_directory_id": "d", "future": None}

    def test_for_what_is_required_means_that_it_is_missing(self) -> None:
        with pytest.raises(UsageError, match="missing --config and --source-directory-id"):
            _build(CREATE, "--config", "null", stdin={"source_directory_id": None})


class TestUnknownFields:
    def test_of_standard_input_go_to_the_body_of_create(self) -> None:
        stdin = {"future": {"a": [1, None]}, "": "empty name", "type": "@missing"}
        assert _body(*REQUIRED, stdin=stdin) == {"config": {}, "source_directory_id": "d", **stdin}

    @pytest.mark.parametrize(
        ("operation", "key", "meant"),
        [
            (LIST, "pagesize", "page_size"),
            (LIST, "page-size", "page_size"),
            (GET, "batch-id", "batch_id"),
            (CANCEL, "batchid", "batch_id"),
        ],
    )
    def test_are_refused_elsewhere_with_what_was_meant(self, operation: Operation, key: str, meant: str) -> None:
        with pytest.raises(UsageError, match=rf"`{operation.command}` has no field '{key}'; did you mean {meant}"):
            _build(operation, stdin={key: "x"})

    def test_that_resemble_nothing_are_refused_with_the_fields_that_there_are(self) -> None:
        with pytest.raises(UsageError, match="standard input: `batches get` has no field 'zzz'") as caught:
            _build(GET, stdin={"zzz": 1})
        assert str(caught.value.hint).startswith("it takes batch_id, expand, organization_id, project_id")


class TestMissing:
    def test_values_are_named_with_an_example_on_one_line(self) -> None:
        with pytest.raises(UsageError, match="missing --config and --source-directory-id") as caught:
            _build(CREATE)
        assert caught.value.hint is not None
        assert caught.value.hint.startswith("for example: llamacloud-prod batches create --source-directory-id ")
        assert "\n" not in caught.value.hint
        assert "\\" not in caught.value.hint

    def test_an_id_is_named_as_the_argument_that_it_mostly_is(self) -> None:
        with pytest.raises(UsageError, match=r"^missing BATCH_ID$"):
            _build(GET)

    def test_a_misspelt_field_that_may_be_what_is_missing_is_named(self) -> None:
        with pytest.raises(UsageError, match="missing --config and --source-directory-id") as caught:
            _build(CREATE, stdin={"source_directory": "dir-1"})
        assert caught.value.hint is not None
        assert caught.value.hint.startswith("'source_directory' on standard input may mean source_directory_id; for ex")


class TestIds:
    @pytest.mark.parametrize(
        ("identifier", "segment"),
        [
            ("bat-1", "bat-1"),
            ("a/b c?d#e%2F", "a%2Fb%20c%3Fd%23e%252F"),
            ("../x", "..%2Fx"),
            ("...", "..."),
            (".a", ".a"),
            ("%2e%2e", "%252e%252e"),
            ("ü😀", "%C3%BC%F0%9F%98%80"),
            (";@&=+,:$", "%3B%40%26%3D%2B%2C%3A%24"),
            ("a\\b", "a%5Cb"),
        ],
    )
    def test_are_one_segment_of_the_path(self, identifier: str, segment: str) -> None:
        assert _build(GET, "--batch-id", identifier).request.path == f"/api/v2/batches/{segment}"

    @pytest.mark.parametrize("identifier", [".", ".."])
    def test_that_would_climb_are_refused(self, identifier: str) -> None:
        for words, stdin in ((("--batch-id", identifier), {}), ((), {"batch_id": identifier})):
            with pytest.raises(UsageError, match=rf"batch_id: '{identifier}' is no id"):
                _build(GET, *words, stdin=stdin)

    @pytest.mark.parametrize("identifier", ["a\n", "\ta", "a\0", "a\x1b[0m", "a\x7f", "a\x85"])
    def test_with_control_characters_are_refused(self, identifier: str) -> None:
        with pytest.raises(UsageError, match=r"batch_id: .* holds a control character"):
            _build(GET, "--batch-id", identifier)

    @pytest.mark.parametrize("identifier", [" a", "a ", "a\u3000"])
    def test_with_a_blank_around_them_are_refused(self, identifier: str) -> None:
        """Copied with it; the service would answer 404, and the message would hardly show why."""
        with pytest.raises(UsageError, match=r"batch_id: .* has a blank at its start or end"):
            _build(GET, "--batch-id", identifier)

    def test_that_are_empty_are_refused(self) -> None:
        for words, stdin in ((("--batch-id", ""), {}), ((), {"batch_id": ""}), (("--batch-id", " "), {})):
            with pytest.raises(UsageError, match="empty"):
                _build(GET, *words, stdin=stdin)

    @given(st.text().map(str.strip).filter(lambda text: text not in ("", ".", "..") and text.isprintable()))
    def test_of_any_text_are_one_segment_that_means_the_text(self, identifier: str) -> None:
        path = _build(GET, stdin={"batch_id": identifier}).request.path
        segment = path.removeprefix("/api/v2/batches/")
        assert not set(segment) & set("/?#")
        assert segment.isascii()
        assert unquote(segment) == identifier
