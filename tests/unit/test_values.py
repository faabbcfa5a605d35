"""The text of one flag, and one field of standard input, by the kind of its parameter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llamacloud_cli.errors import UsageError
from llamacloud_cli.inputs.values import OMIT, read_choice, read_flag, read_integer, read_value
from llamacloud_cli.operations import Kind, Parameter, Place

if TYPE_CHECKING:
    from pathlib import Path

STATUSES = ("PENDING", "THROTTLED", "RUNNING", "COMPLETED", "FAILED", "CANCELLED")


def _parameter(kind: Kind, **fields: Any) -> Parameter:
    return Parameter("a_field", kind, Place.QUERY, "", **fields)


def _date(text: str) -> Any:
    return read_flag(_parameter(Kind.DATETIME), text)


class TestIntegers:
    @pytest.mark.parametrize(
        ("text", "number"),
        [
            ("0", 0),
            ("50", 50),
            ("+5", 5),
            ("-5", -5),
            ("0x10", 16),
            ("0XfF", 255),
            ("-0x10", -16),
            ("0o17", 15),
            ("0O17", 15),
            ("017", 15),
            ("00", 0),
            ("0b1", 1),
            ("0B101", 5),
            ("1_000", 1000),
            ("0x_1f", 31),
            ("0_7", 7),
            ("9223372036854775807", 2**63 - 1),
            ("-9223372036854775808", -(2**63)),
            ("0x7fffffffffffffff", 2**63 - 1),
        ],
    )
    def test_are_read_as_go_reads_its_literals(self, text: str, number: int) -> None:
        assert read_integer(text, where="--page-size") == number

    @pytest.mark.parametrize(
        "text",
        [
            "",
            " ",
            "ten",
            "1.5",
            "1e3",
            "08",
            "0x",
            "0b2",
            "0o8",
            "_1",
            "1_",
            "1__0",
            "0x1g",
            "--5",
            "+-5",
            " 5",
            "5 ",
            "9223372036854775808",
            "-9223372036854775809",
            "0x8000000000000000",
            "٣",
            "9" * 5000,
            "0b" + "1" * 64,
        ],
    )
    def test_that_go_refuses_are_refused(self, text: str) -> None:
        with pytest.raises(UsageError, match=r"--page-size: .* is no whole number"):
            read_integer(text, where="--page-size")

    def test_a_long_wrong_value_is_cut_in_the_message(self) -> None:
        with pytest.raises(UsageError) as caught:
            read_integer("9" * 5000, where="--page-size")
        assert len(caught.value.message) < 120

    @given(st.integers(-(2**63), 2**63 - 1))
    def test_of_64_bits_are_read_in_every_base(self, number: int) -> None:
        sign, magnitude = "-" if number < 0 else "", abs(number)
        for literal in (f"{magnitude}", f"{magnitude:#x}", f"{magnitude:#o}", f"{magnitude:#b}", f"{magnitude:_}"):
            assert read_integer(sign + literal, where="--n") == number

    @pytest.mark.parametrize("value", [True, 1.5, [1], {"a": 1}])
    def test_on_standard_input_are_whole_numbers(self, value: Any) -> None:
        with pytest.raises(UsageError, match=r"page_size: .* where a whole number of 64 bits is needed"):
            read_value(_parameter(Kind.INTEGER), value, "standard input, page_size")

    def test_on_standard_input_may_be_numbers_or_texts(self) -> None:
        assert read_value(_parameter(Kind.INTEGER), 16, "n") == read_value(_parameter(Kind.INTEGER), "0x10", "n") == 16

    def test_on_standard_input_have_64_bits_as_well(self) -> None:
        with pytest.raises(UsageError, match="n: a number where a whole number of 64 bits is needed"):
            read_value(_parameter(Kind.INTEGER), 2**63, "n")


class TestDates:
    @pytest.mark.parametrize(
        "text",
        [
            "2026-11-24",
            "2024-02-29",
            "2026-11-24T17:00:00Z",
            "2026-11-24t17:00:00z",
            "2026-11-24T17:00:00.123456789Z",
            "2026-11-24T17:00:00,5Z",
            "2026-11-24T17:00:00+05:30",
            "2026-11-24T17:00:00-0800",
            "2026-11-24T23:59:59+23:59",
            "2026-11-24 17:00:00Z",
            "2026-11-24T17:00:00",
            "2026-11-24T17:00Z",
            "2016-12-31T23:59:60Z",
            "1990-12-31T15:59:60-08:00",
            "1937-01-01T12:00:27.87+00:20",
            "1700000000",
            "1700000000.5",
            "1700000000000",
            "-1",
        ],
    )
    def test_that_the_api_may_take_pass_as_they_are(self, text: str) -> None:
        assert _date(text) == text

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "yesterday",
            "2026-11",
            "24.11.2026",
            "11/24/2026",
            "2026-13-01",
            "2026-00-10",
            "2026-02-29",
            "2026-11-31",
            "0000-01-01",
            "2026-11-24T24:00:00Z",
            "2026-11-24T17:60:00Z",
            "2026-11-24T17:00:61Z",
            "2026-11-24T17:00:00+24:00",
            "2026-11-24T17:00:00+05:60",
            "2026-11-24T",
            "2026-11-24T17",
            " 2026-11-24",
            "2026-11-24\n",
            "\uff12026-11-24",
        ],
    )
    def test_that_are_none_are_refused(self, text: str) -> None:
        with pytest.raises(UsageError, match=r"--a-field: .* is no date") as caught:
            _date(text)
        assert caught.value.hint == "write it like 2026-11-24 or 2026-11-24T17:00:00Z"

    @given(st.datetimes(timezones=st.timezones()))
    def test_in_any_iso_form_pass(self, moment: Any) -> None:
        if moment.utcoffset().seconds % 60 == 0:
            assert _date(moment.isoformat()) == moment.isoformat()


class TestChoices:
    @pytest.mark.parametrize("text", ["RUNNING", "running", "Running", " running "])
    def test_are_read_in_any_case(self, text: str) -> None:
        assert read_choice(text, STATUSES, where="--status") == "RUNNING"

    @pytest.mark.parametrize(
        ("text", "meant"), [("runing", "RUNNING"), ("COMPLETE", "COMPLETED"), ("canceled", "CANCELLED")]
    )
    def test_that_are_misspelt_are_refused_with_what_was_meant(self, text: str, meant: str) -> None:
        with pytest.raises(UsageError, match=rf"--status: no value '{text}'; did you mean {meant}") as caught:
            read_choice(text, STATUSES, where="--status")
        assert caught.value.hint == "one of " + ", ".join(STATUSES)

    def test_that_resemble_nothing_are_refused_without_a_guess(self) -> None:
        with pytest.raises(UsageError) as caught:
            read_choice("xyz", STATUSES, where="--status")
        assert caught.value.message == "--status: no value 'xyz'"

    def test_that_are_joined_by_commas_are_refused_where_the_flag_may_be_repeated(self) -> None:
        parameter = _parameter(Kind.CHOICE, choices=STATUSES, repeatable=True)
        with pytest.raises(UsageError, match=r"one value at a time, not 'FAILED,RUNNING'") as caught:
            read_flag(parameter, "FAILED,RUNNING")
        assert caught.value.hint == f"{parameter.flag_name} may be repeated"

    def test_that_add_up_are_lists(self) -> None:
        parameter = _parameter(Kind.CHOICE, choices=STATUSES, repeatable=True)
        assert read_flag(parameter, "failed") == ["FAILED"]
        assert read_value(parameter, ["failed", "running"], "status") == ["FAILED", "RUNNING"]


class TestNull:
    @pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.CHOICE])
    def test_leaves_a_nullable_flag_out(self, kind: Kind) -> None:
        parameter = _parameter(kind, nullable=True)
        assert read_flag(parameter, "null") is OMIT
        assert read_value(parameter, None, "a_field") is OMIT

    def test_is_a_text_where_a_value_is_needed(self) -> None:
        assert read_flag(_parameter(Kind.TEXT, required=True), "null") == "null"

    @pytest.mark.parametrize("text", ["NULL", "Null", "~", " null"])
    def test_is_written_in_one_way(self, text: str) -> None:
        assert read_flag(_parameter(Kind.TEXT, nullable=True), text) == text


class TestTexts:
    @pytest.mark.parametrize("text", ["0x1f", "yes", "1.0", "{a: b}", "[x]", "# no comment", " a ", "- a", '"q"', "~"])
    def test_are_literal(self, text: str) -> None:
        assert read_flag(_parameter(Kind.TEXT), text) == text

    def test_that_are_required_are_not_empty(self) -> None:
        with pytest.raises(UsageError, match="--a-field: empty"):
            read_flag(_parameter(Kind.TEXT, required=True), "")

    @pytest.mark.parametrize("text", ["", " ", "\n"])
    def test_that_are_ids_are_not_empty(self, text: str) -> None:
        """An unset variable would ask for everything, or be refused by the service in its own words."""
        parameter = Parameter("project_id", Kind.TEXT, Place.QUERY, "", nullable=True)
        with pytest.raises(UsageError, match="--project-id: empty"):
            read_flag(parameter, text)
        with pytest.raises(UsageError, match="standard input, project_id: empty"):
            read_value(parameter, text, "standard input, project_id")

    def test_that_are_no_ids_may_be_empty(self) -> None:
        assert read_flag(_parameter(Kind.TEXT), "") == ""

    def test_that_are_not_utf_8_are_refused(self) -> None:
        """What is no UTF-8 on the command line reaches Python as lone surrogates."""
        for kind in (Kind.TEXT, Kind.TEXTS):
            with pytest.raises(UsageError, match="not UTF-8 text"):
                read_flag(_parameter(kind), "caf\udce9")

    @pytest.mark.parametrize(("value", "words"), [(5, "a number"), (True, "true or false"), ([], "a list")])
    def test_on_standard_input_are_texts(self, value: Any, words: str) -> None:
        with pytest.raises(UsageError, match=rf"project_id: {words} where a text is needed") as caught:
            read_value(_parameter(Kind.TEXT), value, "standard input, project_id")
        assert caught.value.hint == "put quotes around it"

    @pytest.mark.parametrize(
        ("text", "texts"),
        [
            ("a", ["a"]),
            ("a, b", ["a, b"]),
            ("0x1f", ["0x1f"]),
            ("[a, b]", ["a", "b"]),
            ('["a b", c]', ["a b", "c"]),
            ("[]", []),
            ("- a\n- b", ["a", "b"]),
            ("- a", ["a"]),
            ('"a"', ["a"]),
            ("'it''s'", ["it's"]),
        ],
    )
    def test_of_a_list_are_one_text_or_yaml(self, text: str, texts: list[str]) -> None:
        assert read_flag(_parameter(Kind.TEXTS), text) == texts

    @pytest.mark.parametrize("text", ["[1]", "[a, null]", "[{a: b}]", "{a: b}"])
    def test_of_a_list_are_texts_each(self, text: str) -> None:
        with pytest.raises(UsageError, match=r"--a-field: .* where a text is needed"):
            read_flag(_parameter(Kind.TEXTS), text)


class TestObjects:
    def test_are_yaml(self) -> None:
        assert read_flag(_parameter(Kind.OBJECT), "{a: 0x10, b: [yes, null]}") == {"a": 16, "b": ["yes", None]}

    @pytest.mark.parametrize(
        ("text", "words"), [("a", "a text"), ("[a]", "a list"), ("5", "a number"), ("true", "true or false")]
    )
    def test_are_mappings(self, text: str, words: str) -> None:
        with pytest.raises(UsageError, match=rf"--a-field: {words} where a mapping is needed"):
            read_flag(_parameter(Kind.OBJECT), text)

    def test_alone_stand_for_a_list_of_one(self) -> None:
        assert read_flag(_parameter(Kind.OBJECTS), "{a: b}") == [{"a": "b"}]
        assert read_value(_parameter(Kind.OBJECTS), {"a": "b"}, "a_field") == [{"a": "b"}]

    def test_in_a_list_are_mappings_each(self) -> None:
        with pytest.raises(UsageError, match="--a-field: a text where a mapping is needed"):
            read_flag(_parameter(Kind.OBJECTS), "[{a: b}, c]")

    def test_with_broken_yaml_show_the_place(self) -> None:
        with pytest.raises(UsageError, match=r"--a-field: .*line 1, column 9") as caught:
            read_flag(_parameter(Kind.OBJECT), "{a: [1, }")
        assert caught.value.snippet == "{a: [1, }\n        ^"

    def test_that_are_empty_are_left_out_like_null(self) -> None:
        assert read_flag(_parameter(Kind.OBJECT, required=True), "") is OMIT


class TestFiles:
    """`@file`, for each kind of value."""

    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        return tmp_path / "value.txt"

    @pytest.mark.parametrize(
        ("kind", "text", "value"),
        [
            (Kind.TEXT, "a text\n", "a text\n"),
            (Kind.INTEGER, "0x10\n", 16),
            (Kind.DATETIME, "2026-11-24\r\n", "2026-11-24"),
            (Kind.CHOICE, "failed\n", "FAILED"),
            (Kind.TEXTS, "one text", ["one text"]),
            (Kind.TEXTS, "- a\n- b\n", ["a", "b"]),
            (Kind.TEXTS, "[a, b]\n", ["a", "b"]),
            (Kind.OBJECT, "a: 1\nb: {c: yes}\n", {"a": 1, "b": {"c": "yes"}}),
            (Kind.OBJECTS, '[{"a": 1}, {"b": 2}]', [{"a": 1}, {"b": 2}]),
        ],
    )
    def test_a_file_is_read_as_its_flag_is(self, path: Path, kind: Kind, text: str, value: Any) -> None:
        path.write_text(text, encoding="utf-8", newline="")
        assert read_flag(_parameter(kind, choices=STATUSES if kind is Kind.CHOICE else ()), f"@{path}") == value

    def test_broken_yaml_in_a_file_names_the_file(self, path: Path) -> None:
        path.write_text("a: 1\nb: [1,\n", encoding="utf-8")
        with pytest.raises(UsageError, match=rf"--a-field, file {path}: .*line 2, column 4"):
            read_flag(_parameter(Kind.OBJECT), f"@{path}")


@pytest.mark.parametrize(("text", "number"), [("-017", -15), ("-0x1F", -31), ("-0b11", -3), ("+017", 15), ("-0", 0)])
def test_a_sign_stands_before_any_base(text: str, number: int) -> None:
    assert read_integer(text, where="--n") == number
