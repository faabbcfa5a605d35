"""Properties of the YAML reader for any value and any text."""

from __future__ import annotations

import contextlib
import json
from io import StringIO

import ruamel.yaml
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from llamacloud_cli.errors import UsageError
from llamacloud_cli.inputs.yaml_composer import compose
from llamacloud_cli.inputs.yaml_source import Source
from llamacloud_cli.inputs.yaml_values import parse

# Nothing is kept between runs: tests write to their temporary folders only.
PROPERTY = settings(
    database=None,
    deadline=None,
    max_examples=100,
    suppress_health_check=[HealthCheck.too_slow],
)

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-(10**400), 10**400)
    | st.floats(allow_nan=False, allow_infinity=False)
)


def values(text):
    return st.recursive(SCALARS | text, lambda inner: st.lists(inner) | st.dictionaries(text, inner), max_leaves=20)


# Pieces that mean something to a YAML reader, and a few that do not.
PIECES = st.sampled_from(
    [
        *"ab10-?:,[]{}#&*!|>'\"%@`\\~=.\n\r\t ",
        *["- ", ": ", "? ", " #", "\n  ", "\n- ", "---", "...", "\r\n", "&x ", "*x", "!!str ", "!!int ", "|-\n", ">+2"],
        *['"x"', "'y'", '"a":', "a: ", "0x1", ".inf", "1e9", "null", "true", "<<", "\\u00e9", "\\ud83d", "%YAML 1.2\n"],
        *"é日😀\ufeff\x85\u2028\u2029\x7f\x00\x1b\ud800\ue000\xa0",
    ]
)
TEXTS = st.lists(PIECES, max_size=25).map("".join) | st.text(max_size=40)
JSON_PIECES = st.sampled_from(
    [
        *"{}[],: \n\t0",
        '"a"',
        '"b"',
        '""',
        '"\\ud83d\\ude00"',
        '"\\ud83d"',
        "null",
        "true",
        "-1",
        "1.5",
        "1E400",
        "NaN",
        "01",
        '"\x7f"',
        "'",
    ]
)


def exact(value):
    """A form in which True is not 1, 1 is not 1.0, and the order of keys counts."""
    return json.dumps(value, ensure_ascii=False)


def outcome(read, text):
    try:
        return exact(read(text))
    except UsageError as error:
        return (error.message, error.hint, error.snippet)


def by_any_way(text):
    return parse(text, where="x")


def by_the_yaml_way(text):
    return compose(Source(text, "x"))


@PROPERTY
@given(values(TEXT), st.booleans(), st.sampled_from([None, 0, 2, "\t"]))
def test_a_value_written_as_json_is_read_back_by_either_way(value, ascii_only, indent):
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    assert exact(by_any_way(text)) == exact(value)
    assert exact(by_the_yaml_way(text)) == exact(value)


@PROPERTY
@given(st.lists(JSON_PIECES, max_size=15).map("".join))
def test_a_text_like_json_has_one_outcome_by_either_way(text):
    assert outcome(by_any_way, text) == outcome(by_the_yaml_way, text)


WORDS = st.text("ab0127eEoxXfn_/+~.,=@:-TrueNullyes", max_size=12) | st.from_regex(
    r"[0-9+~/_a-z][0-9.:eE+-]{0,8}", fullmatch=True
)


@PROPERTY
@given(WORDS)
def test_a_word_has_one_outcome_by_either_way(text):
    assert outcome(by_any_way, text) == outcome(by_the_yaml_way, text)


def written(value, *, flow):
    yaml = ruamel.yaml.YAML(typ="safe", pure=True)
    yaml.default_flow_style = flow
    yaml.allow_unicode = True
    # Where ruamel.yaml breaks a long line between an escape and a digit, it adds a space to the text.
    yaml.width = 2**31
    yaml.sort_base_mapping_type_on_output = False
    yaml.representer.ignore_aliases = lambda _: True
    stream = StringIO()
    yaml.dump(value, stream)
    return stream.getvalue()


# ruamel.yaml writes U+0085, U+2028 and U+2029 as the line breaks they were in YAML 1.1, and a byte order mark bare.
WRITABLE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x85\u2028\u2029\ufeff"))


@PROPERTY
@given(values(WRITABLE), st.booleans())
def test_a_value_written_as_yaml_is_read_back(value, flow):
    assert exact(by_any_way(written(value, flow=flow))) == exact(value)


@PROPERTY
@given(TEXTS)
def test_any_text_is_a_value_that_can_be_sent_or_a_usage_error(text):
    with contextlib.suppress(UsageError):
        json.dumps(by_any_way(text), allow_nan=False, ensure_ascii=False).encode()


@PROPERTY
@given(TEXTS)
def test_an_error_is_one_line_and_a_snippet_of_two_for_a_terminal(text):
    seen = outcome(by_any_way, text)
    assume(isinstance(seen, tuple))
    message, hint, snippet = seen
    assert message.startswith("x: ")
    line, caret = snippet.split("\n")
    assert (message + hint + line).isprintable()
    assert caret.strip(" ") == "^"
    assert len(caret) <= 77


WIDTHS = {"a": 1, " ": 1, "\t": 1, "é": 1, "日": 2, "😀": 2, "\u0301": 0, "\u200b": 6, "\x9b": 4}


@PROPERTY
@given(st.text(st.sampled_from([*WIDTHS]), max_size=120), st.text("ab日 ", max_size=120), st.integers(0, 3))
def test_the_caret_stands_under_the_reported_column(before, after, lines):
    """A line is cut to 76 columns of the terminal, and the caret is under the character of the message's column."""
    text = "[" + "a,\n" * lines + f"'{before}', @'{after}']"
    line_text = text.split("\n")[lines]
    error = outcome(by_any_way, text)
    place = f", line {lines + 1}, column "
    assert place in error[0]
    column = int(error[0].rpartition(place)[2])
    assert line_text[column - 1] == "@"
    line, caret = error[2].split("\n")
    visible = line[: line.index("@")].replace(r"\u200b", "......").replace(r"\x9b", "....")
    assert len(caret) - 1 == sum(WIDTHS.get(char, 1) for char in visible)
    assert sum(WIDTHS.get(char, 1) for char in line) <= 76
