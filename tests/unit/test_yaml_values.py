"""What a YAML or JSON text stands for, and which texts are refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from llamacloud_cli.errors import ExitStatus, UsageError
from llamacloud_cli.inputs.yaml_composer import compose
from llamacloud_cli.inputs.yaml_source import Source
from llamacloud_cli.inputs.yaml_values import parse

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "yaml.json").read_text(encoding="utf-8"))
MIB = 1024 * 1024


def read(text):
    return parse(text, where="--config")


def refusal(text):
    with pytest.raises(UsageError) as caught:
        read(text)
    error = caught.value
    assert error.exit_status is ExitStatus.USAGE
    assert error.message.startswith("--config: ")
    assert "\n" not in error.message
    assert error.hint
    return error


def exact(value):
    """A form in which True is not 1, 1 is not 1.0, and the order of keys counts."""
    return json.dumps(value, ensure_ascii=False)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_vector(vector):
    if vector.get("refused"):
        refusal(vector["text"])
    else:
        assert exact(read(vector["text"])) == exact(vector["value"])


@pytest.mark.parametrize(
    "text", ["", " ", "\n\n", "\t\r\n", "# a comment", "  # one\n# two\n", "---", "...", "\ufeff", "null"]
)
def test_a_text_without_content_is_null(text):
    assert read(text) is None


SCALARS = [
    *[(text, None) for text in ("null", "Null", "NULL", "~")],
    *[(text, True) for text in ("true", "True", "TRUE")],
    *[(text, False) for text in ("false", "False", "FALSE")],
    *[("0", 0), ("-17", -17), ("+17", 17), ("017", 17), ("-017", -17), ("0o17", 15), ("0xfF", 255), ("-0", 0)],
    *[(".5", 0.5), ("-.5", -0.5), ("1.", 1.0), ("1e3", 1000.0), ("+1E+3", 1000.0), ("1.5e-3", 0.0015), ("-0.0", -0.0)],
    *[("1.10", 1.1), ("1e-400", 0.0), ("9" * 4300, int("9" * 4300)), ("-" + "9" * 30, -int("9" * 30))],
]
STRINGS = [
    *["nULL", "tRUE", "yes", "Yes", "NO", "on", "off", "y", "n", "None", "NaN", "Infinity", "-Infinity"],
    *[
        "-0o17",
        "+0x1",
        "0o8",
        "0xg",
        "0O17",
        "0X1",
        "0b101",
        "1_000",
        "1,000",
        "12:30",
        "1:30:45",
        "1 2",
        "٣",
    ],
    *[
        ".",
        "+",
        ".e3",
        "1e",
        "e3",
        "1.2.3",
        "+.nan",
        ".iNf",
        "1e3.0",
        "2001-12-14",
        "2001-12-14T21:59:43Z",
        "2024-10",
    ],
    *[
        "=",
        "<<",
        "cfg-1",
        "a:b",
        "http://x.y/z?a=b:c#d",
        "a#b",
        "it's",
        'say "x"',
        "-x",
        "?x",
        ":x",
        "é 😀",
        "a\\nb",
    ],
]


@pytest.mark.parametrize(("text", "value"), [*SCALARS, *[(text, text) for text in STRINGS]])
def test_a_plain_scalar_follows_the_core_schema(text, value):
    """The same in every place, and whichever of the ways to read it is taken."""
    assert exact(read(text)) == exact(value)
    assert exact(compose(Source(text, ""))) == exact(value)
    assert exact(read(f"a:\n  - {text}\n")) == exact({"a": [value]})
    if "," not in text:
        assert exact(read(f"{{a: [{text} , {text}]}}")) == exact({"a": [value, value]})


@pytest.mark.parametrize("text", ["1", "true", "null", "~", "1.5", ".inf", "0x10", "", "2001-12-14"])
def test_a_quoted_or_block_scalar_is_a_string(text):
    assert read(f"'{text}'") == text
    assert read(f'"{text}"') == text
    assert read(f"a: |-\n  {text}") == {"a": text}
    assert read(f"! '{text}'") == text
    assert read(f"! {text}") == text


@pytest.mark.parametrize(
    "text", [".inf", "-.INF", "+.Inf", ".nan", ".NaN", ".NAN", "1e400", "-1e400", "1" + "0" * 400 + "."]
)
def test_a_number_that_json_has_not_is_refused(text):
    for whole in (text, f"[{text}]", f"a: {text}", f"!!float {text}"):
        assert "JSON has no number" in refusal(whole).message


@pytest.mark.parametrize("text", ["9" * 4301, "-" + "0" * 4301, "0x" + "f" * 4000, "[" + "9" * 5000 + "]", "9" * MIB])
def test_an_integer_that_python_cannot_write_is_refused(text):
    assert "a number of more than 4300 digits" in refusal(text).message


def test_nan_and_infinity_are_words_as_the_core_schema_has_it():
    assert read("[NaN, Infinity, -Infinity]") == ["NaN", "Infinity", "-Infinity"]


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("{1: a, true: b, null: c, 1.50: d}", ["1", "true", "null", "1.50"]),
        ("{0x10: a, 16: b, 0o20: c, 1_6: d}", ["0x10", "16", "0o20", "1_6"]),
        ("{~: a, : b, 2001-12-14: c, .inf: d}", ["~", "", "2001-12-14", ".inf"]),
        ("{<<: {x: 1}, =: 2, yes: 3}", ["<<", "=", "yes"]),
        ("{'1': a, 01: b, +1: c}", ["1", "01", "+1"]),
        ("{!!int 7: a, !!str true: b}", ["7", "true"]),
        ("- &k 0x1: a\n- *k : b", ["0x1"]),
    ],
)
def test_a_key_is_its_text(text, keys):
    value = read(text)
    assert list(value if isinstance(value, dict) else value[0]) == keys
    assert isinstance(value, dict) or value[0].keys() == value[1].keys()


@pytest.mark.parametrize(
    ("text", "key"),
    [
        *[
            ("{a: 1, a: 2}", "a"),
            ('{"a": 1, "a": 1}', "a"),
            ("a: 1\nb: 2\n'a': 3", "a"),
            ("{1: a, '1': b}", "1"),
        ],
        *[('{"a": {"b": [{"c": 1, "\\u0063": 2}]}}', "c"), ("{: a, '': b}", ""), ("&k a: 1\n*k : 2", "a")],
        *[("{null: a, 'null': b}", "null"), ("{<<: 1, <<: 2}", "<<")],
    ],
)
def test_a_duplicate_key_is_refused_by_name(text, key):
    assert f"the key '{key}' is there twice" in refusal(text).message


@pytest.mark.parametrize(
    "text",
    [
        "{[a]: 1}",
        "{{a: b}: 1}",
        "? [a]\n: 1",
        "? a: b\n: 1",
        "? - a",
        "[a]: 1",
        "[{a: b}: c]",
        "- &x [a]\n- *x : b",
        "{? [a]}",
        "{&x [a]: b}",
    ],
)
def test_a_collection_as_a_key_is_refused(text):
    assert "a list or mapping cannot be a key" in refusal(text).message


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *[
            ("!!str 1", "1"),
            ("!!str", ""),
            ("!!int '12'", 12),
            ("!!int 0x1F", 31),
            ("!!float 3", 3.0),
            ("!!float '.5'", 0.5),
        ],
        *[
            ("!!bool 'true'", True),
            ("!!null ''", None),
            ("!!null ~", None),
            ("!!seq [1]", [1]),
            ("!!map {a: 1}", {"a": 1}),
        ],
        *[
            ("! [a]", ["a"]),
            ("! {a: b}", {"a": "b"}),
            ("!<tag:yaml.org,2002:str> 1", "1"),
            ("[!!str, !!null ]", ["", None]),
        ],
        *[("%TAG !y! tag:yaml.org,2002:\n---\n!y!str 1", "1"), ("!!%73tr 1", "1"), ("- !!seq\n  - a", [["a"]])],
    ],
)
def test_a_tag_of_the_core_schema_is_obeyed(text, value):
    assert exact(read(text)) == exact(value)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        *[
            (f"!!{name} x", f"'!!{name}'")
            for name in ("binary", "timestamp", "set", "omap", "pairs", "merge", "str2", "python/name:os")
        ],
        ("!!python/object/apply:os.system [id]", "'!!python/object/apply:os.system'"),
        *[("!local x", "'!local'"), ("a: !x [b]", "'!x'"), ("{!k a: b}", "'!k'"), ("!<str> x", "'str'")],
        ("%TAG ! tag:e.com,2000:\n---\n!str x", "'tag:e.com,2000:str'"),
        ("!" + "t" * 100 + " x", f"'!{'t' * 39}...'"),
    ],
)
def test_any_other_tag_is_refused_by_name(text, named):
    assert f"the tag {named} is not of the core schema" in refusal(text).message


@pytest.mark.parametrize(
    "text",
    [
        "!!int x",
        "!!int 1.0",
        "!!int 1_0",
        "!!float x",
        "!!bool yes",
        "!!null x",
        "!!str [a]",
        "!!map [a]",
        "!!seq {a: b}",
        "!!map x",
        "!!int {a: b}",
    ],
)
def test_a_value_that_does_not_fit_its_tag_is_refused(text):
    assert "does not fit the tag !!" in refusal(text).message


def test_an_alias_is_a_copy_of_what_it_stands_for():
    value = read("{a: &x {n: [1]}, b: *x, c: [*x, &x 2, *x]}")
    assert value == {"a": {"n": [1]}, "b": {"n": [1]}, "c": [{"n": [1]}, 2, 2]}
    value["b"]["n"].append(2)
    assert value["a"] == {"n": [1]}
    assert value["c"][0] == {"n": [1]}


@pytest.mark.parametrize("text", ["*a", "[*a, &a 1]", "{*a : 1}", "- &a 1\n- *b"])
def test_an_alias_without_an_anchor_is_refused(text):
    assert "has no anchor" in refusal(text).message


@pytest.mark.parametrize("text", ["&a [*a]", "&a {b: [{c: *a}]}", "a: &a\n  - *a", "&a [&a [*a]]"])
def test_an_alias_inside_what_it_stands_for_is_refused(text):
    assert "stands for a part of itself" in refusal(text).message


def test_line_ends_and_a_byte_order_mark_make_no_difference():
    text = 'a:\n  - "b\n    c"\n  - |\n    d\n    e\n# f\ng: h\n  i\n'
    value = {"a": ["b c", "d\ne\n"], "g": "h i"}
    assert read(text) == value
    assert read("\ufeff" + text.replace("\n", "\r\n")) == value
    assert read(text.replace("\n", "\r")) == value
    assert read('\ufeff{"a": 1}') == {"a": 1}


@pytest.mark.parametrize("char", [chr(code) for code in range(0x20) if chr(code) not in "\t\n\r"])
def test_a_control_character_is_refused_everywhere(char):
    for text in (char, f"a{char}b", f"'{char}'", f'{{"a": "{char}"}}', f"# {char}", f"|\n {char}"):
        assert f"the character U+{ord(char):04X} is not allowed in YAML" in refusal(text).message


@pytest.mark.parametrize("char", ["\x7f", "\x80", "\x9f", "\ufeff", "\ufffe", "\uffff"])
def test_what_json_has_in_strings_is_taken_in_quotes_only(char):
    for text in (f"['{char}']", f'["{char}"]', f"- '{char}'"):
        assert read(text) == [char]
    for text in (
        f"a{char}b",
        f"# {char}",
        f"|\n {char}",
        f"'a'{char}",
        f"['{char}', {char}]",
        f"{{{char}: ''}}",
    ):
        assert f"the character U+{ord(char):04X} is not allowed outside quotes" in refusal(text).message


@pytest.mark.parametrize("text", ["\ud800", "a: \udcff", "'\udfff'", '["\ud83d\ude00"]', "# \udc80"])
def test_a_text_that_is_no_utf_8_is_refused(text):
    assert "not valid UTF-8" in refusal(text).message


def test_an_escaped_surrogate_needs_its_pair():
    assert read(r'["\ud83d\ude00"]') == ["😀"]
    assert read(r'{a: "\uD83D\uDE00x"}') == {"a": "😀x"}
    for escape in (
        r"\ud83d",
        r"\ude00\ud83d",
        r"\ud83d\ud83d",
        r"\ud83d x",
        r"\U0000d800",
        r"\U00110000",
        r"\Uffffffff",
    ):
        for text in (f'["{escape}"]', f'{{"a": "x{escape}"}}', f'a: "{escape}"'):
            assert "stands for no character" in refusal(text).message


@pytest.mark.parametrize("text", ["a\n---\nb", "--- a\n--- b\n", "a\n...\n---\n", "{}\n---", "a\n...\nb", "---\n---"])
def test_a_second_document_is_refused(text):
    assert "a second document starts" in refusal(text).message


@pytest.mark.parametrize("version", ["1.1", "1.3", "2.0", "1.20", "1", "", "1.2x", "1." + "9" * 5000])
def test_another_version_of_yaml_is_refused(version):
    assert "only YAML 1.2 is read" in refusal(f"%YAML {version}\n---\nyes").message


def test_directives_of_yaml_1_2_are_read():
    assert read("%YAML 1.2 # as here\n---\nyes") == "yes"
    assert read("%UNKNOWN x y\n--- a\n...\n") == "a"
