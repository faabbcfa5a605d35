"""The syntax of YAML 1.2, by the chapters of https://yaml.org/spec/1.2.2/, first of all where ruamel.yaml errs."""

from __future__ import annotations

import json

import pytest

from llamacloud_cli.errors import UsageError
from llamacloud_cli.inputs.yaml_values import parse


def check(text, value):
    assert json.dumps(parse(text, where="x")) == json.dumps(value)


def refused(text):
    with pytest.raises(UsageError):
        parse(text, where="x")


@pytest.mark.parametrize("char", ["\x85", "\u2028", "\u2029"])
def test_5_4_the_line_separators_of_yaml_1_1_are_ordinary_characters(char):
    word = f"a{char}b"
    for text in (f"- {word}", f"- '{word}'", f'- "{word}"', f"- |-\n  {word}", f"- >-\n  {word}", f"[{word}]"):
        check(text, [word])
    check(f'{{"x": "a {char} b", {char}: {char}}}', {"x": f"a {char} b", char: char})
    check(f"{word}: c {char} d # {char}e: f\n", {word: f"c {char} d"})


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r'"\0\a\b\t\n\v\f\r\e"', "\0\a\b\t\n\v\f\r\x1b"),
        (r'"\ \"\/\\\N\_\L\P"', ' "/\\\x85\xa0\u2028\u2029'),
        ('"a\\\tb"', "a\tb"),
        (r'"\x41\u00e9\U0001F600"', "Aé😀"),
        (r"'\x41 \n'", r"\x41 \n"),
        ("'it''s'", "it's"),
        ("''", ""),
        ("''''", "'"),
    ],
)
def test_5_7_escapes_are_for_double_quotes(text, value):
    check(text, value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a:\tb\t\nc\t:\td\t# e\n\t\nf:\t\n  - g\t", {"a": "b", "c": "d", "f": ["g"]}),
        ("\t{\ta\t:\tb\t,\n\tc: d\n\t}", {"a": "b", "c": "d"}),
        ("-\ta\n-\t[b]\n- \t-1", ["a", ["b"], -1]),
        ("a\tb\t c", "a\tb\t c"),
        ("a:\n  b\n\tc\n  \td", None),
        ("a:\n  b\n  \tc", {"a": "b c"}),
        ("---\ta", "a"),
        ("a: |\t# b\n  \tc\n", {"a": "\tc\n"}),
    ],
)
def test_6_1_tabs_separate_but_do_not_indent(text, value):
    refused(text) if value is None else check(text, value)


@pytest.mark.parametrize("text", ["a:\n\tb: c", "-\t- a", "-\ta: b", "?\t- a", "a:\n\t- b", "- a\n\t- b"])
def test_6_1_a_tab_before_an_entry_or_key_of_a_block_is_refused(text):
    refused(text)


@pytest.mark.parametrize(
    ("quote", "lines", "value"),
    [
        *[(quote, "a\n b\n\n c", "a b\nc") for quote in ("", "'", '"')],
        *[(quote, "a \t\n\t \n \t b", "a\nb") for quote in ("", "'", '"')],
        *[(quote, " a\n ", " a ") for quote in ("'", '"')],
        *[(quote, "\n\n\n", "\n\n") for quote in ("'", '"')],
        ('"', "a \\\n  b", "a b"),
        ('"', "a\\\n\n  \\  b", "a\n  b"),
        ('"', "a\\ \n b", "a  b"),
        ('"', "a\\t\n b", "a\t b"),
    ],
)
def test_6_5_lines_of_a_flow_scalar_are_folded(quote, lines, value):
    check(f"- {quote}{lines}{quote}\n", [value])
    check(f"[{quote}{lines}{quote}]".replace("\n", "\r\n"), [value])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: b # c\n# d\n  # e\nf: g", {"a": "b", "f": "g"}),
        ("a: b#c", {"a": "b#c"}),
        ("a: #b\n  c", {"a": "c"}),
        ("[a, # b\n c ] # d", ["a", "c"]),
        ("{a: b # , c: d\n}", {"a": "b"}),
        ("#a\n---\n#b\nc\n#d", "c"),
        ("a: 'b' #c\nd: #\n", {"a": "b", "d": None}),
    ],
)
def test_6_6_a_comment_follows_white_space(text, value):
    check(text, value)


@pytest.mark.parametrize("text", ['"a"#b', "[a]#b", "[a,#b\n c]", "{a: 'b'#c\n}", "a: |#b\n c", "a\n# b\nc"])
def test_6_6_any_other_hash_is_no_comment(text):
    refused(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{a: , b:, c, 'd', ? e, ? f : g, : h, }", {**dict.fromkeys("abcde"), "f": "g", "": "h"}),
        ("{a:, b: 1}", {"a": None, "b": 1}),
        ("{a:}", {"a": None}),
        ("[a:]", [{"a": None}]),
        ("{?a: b, ?: c, -d: e}", {"?a": "b", "?": "c", "-d": "e"}),
        ("[?a, -b, :c, a?b, ::]", ["?a", "-b", ":c", "a?b", {":": None}]),
        ("{type:parse_v2}", {"type:parse_v2": None}),
        ("{a:b:c: d, http://e:80/f, g::h}", {"a:b:c": "d", "http://e:80/f": None, "g::h": None}),
        ("[a b, c d: e f]", ["a b", {"c d": "e f"}]),
    ],
)
def test_7_3_3_a_colon_or_question_mark_inside_a_plain_scalar_is_text(text, value):
    check(text, value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a":1,"b":[],"c":{},\'d\':"e"}', {"a": 1, "b": [], "c": {}, "d": "e"}),
        ('{"a"  :b, "c":  d, "e":f:g}', {"a": "b", "c": "d", "e": "f:g"}),
        ('{"a"\n:b, c\n  : d}', {"a": "b", "c": "d"}),
        ('{"a" # b\n  :c}', {"a": "c"}),
        (
            '["a":b, "c": d, e: f, : g, ? h : i, ? j]',
            [{"a": "b"}, {"c": "d"}, {"e": "f"}, {"": "g"}, {"h": "i"}, {"j": None}],
        ),
        ("{a\n b: c}", {"a b": "c"}),
        ('{"a\n  b": c}', {"a b": "c"}),
        ("{" + "k" * 2000 + ": v}", {"k" * 2000: "v"}),
        ("[a, b, ]", ["a", "b"]),
        ("[[], [[]], {}, ]", [[], [[]], {}]),
        ("{\n}", {}),
        ("a: {\n  b: [\n    c,\n  ],\n}\n", {"a": {"b": ["c"]}}),
    ],
)
def test_7_4_flow_collections(text, value):
    check(text, value)


@pytest.mark.parametrize(
    "text",
    [
        "[a,,b]",
        "[,]",
        "{,}",
        "{a: b,, c: d}",
        "[-]",
        "[- a]",
        "[a]]",
        "[a}",
        "{a]",
        "{a: b: c}",
        "[a\n b: c]",
        "{a: [b}",
        "[a] b",
        "{a: b} {c: d}",
        '{"a" "b"}',
        "[*]",
        "[&]",
        "{a: |\n b}",
        "[" + "k" * 2000 + ": v]",
    ],
)
def test_7_4_malformed_flow_collections_are_refused(text):
    refused(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("|\n a\n  b\n\n c\n", "a\n b\n\nc\n"),
        (">\n a\n b\n\n c\n  d\n e\n", "a b\nc\n d\ne\n"),
        ("|-\n a\n\n\n", "a"),
        ("|\n a\n\n\n", "a\n"),
        ("|+\n a\n\n\n", "a\n\n\n"),
        (">+2 # b\n   a\n\n", " a\n\n"),
        ("|2-\n   a\n", " a"),
        ("|-2\n   a\n", " a"),
        ("|\n\n  \n  a\n", "\n\na\n"),
        ("|\n a: b\n # c\n", "a: b\n# c\n"),
        ("|", ""),
        ("|-\n a\n...\n", "a"),
        ("|\n...\n", ""),
        ("--- |\na\nb\n", "a\nb\n"),
        ("a: |\n   \nb: c\n", {"a": "", "b": "c"}),
        ("- |\n  \n\n- a\n", ["", "a"]),
        ("|\n a", "a\n"),
        ("|-\n a", "a"),
        ("|+\n a\n ", "a\n\n"),
        ("|\r\n a\r\n b", "a\nb\n"),
    ],
)
def test_8_1_block_scalars(text, value):
    check(text, value)


@pytest.mark.parametrize(
    "text", ["|0\n a", "|10\n a", "|+-\n a", "| a\n b", "|x", "|\n   \n a", "a: |\n b\n  c\n d\n\te: f"]
)
def test_8_1_malformed_block_scalars_are_refused(text):
    refused(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("- a\n- - b\n  - c: d\n    e: f\n-\n- - g", ["a", ["b", {"c": "d", "e": "f"}], None, ["g"]]),
        ("a:\n- b\n-\nc:\n  - d\n", {"a": ["b", None], "c": ["d"]}),
        ("? a\n: b\n? c\n? |\n  d\n: - e\n", {"a": "b", "c": None, "d\n": ["e"]}),
        ("a: b\n'c': d\n\"e\" : f\n? g\n", {"a": "b", "c": "d", "e": "f", "g": None}),
        ("a:\n  b:\n   c\n  d:\n   - e\n", {"a": {"b": "c", "d": ["e"]}}),
        ("a: &x b\nc: &y\n  d: *x\ne: *y", {"a": "b", "c": {"d": "b"}, "e": {"d": "b"}}),
        ("- !!str 1\n- !!int\n  '2'\n- &a !!str 3\n- !!str &b 4", ["1", 2, "3", "4"]),
        ("a: [b]\n: c\n", {"a": ["b"], "": "c"}),
        ("- ---a\n- ...b\n- -c\n- --- d", ["---a", "...b", "-c", "--- d"]),
        ("a: b\n  c\n   d\ne: f", {"a": "b c d", "e": "f"}),
        ("a: it's\nb: \"c's\"", {"a": "it's", "b": "c's"}),
    ],
)
def test_8_2_block_collections(text, value):
    check(text, value)


@pytest.mark.parametrize(
    "text",
    [
        "a: b: c",
        "a: b\n c: d",
        "- a\nb: c",
        " a: b\nc: d",
        "a: b\n  c: d",
        "- a\n - b\nc",
        "a: - b",
        "a: 'b' c",
        "a\nb: c",
        "'a\n b': c",
        "a: b\nc",
        "a: *x y",
        "&a &b c",
        "!!str !!str a",
        "k" * 1025 + ": v",
    ],
)
def test_8_2_malformed_block_collections_are_refused(text):
    refused(text)


@pytest.mark.parametrize("tag", ["!!str", "!<tag:yaml.org,2002:str>"])
def test_6_9_white_space_or_the_end_of_an_entry_follows_a_tag(tag):
    check(f"- {tag} X\n- {tag}\n", ["X", ""])
    check(f"[{tag} X, {tag} , {tag} ]", ["X", "", ""])
    check(f"[{tag} , {{a: {tag}}}]", ["", {"a": ""}])
    for text in (f"{tag}[X]", f"[{tag}{{X}}]", f'{tag}"X"', f"[{tag}'X']"):
        refused(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("--- a\n", "a"),
        ("---\na: b\n...\n# c\n", {"a": "b"}),
        ("...\n# a\n...\nb", "b"),
        ("--- # a\n", None),
        ("a\n...\n...\n", "a"),
        ("%TAG !e! tag:e.com:\n--- a", "a"),
        ("a\n  ---\n  ...", "a --- ..."),
    ],
)
def test_9_1_one_document_with_or_without_its_markers(text, value):
    check(text, value)


@pytest.mark.parametrize(
    "text",
    [
        "... a",
        "a\n... b",
        "a\n%YAML 1.2\n---\nb",
        "%YAML 1.2\na",
        "%YAML 1.2\n%YAML 1.2\n--- a",
        "%TAG ! a\n%TAG ! b\n--- c",
        "'a\n---\nb'",
        "[a\n--- ]",
    ],
)
def test_9_1_misplaced_markers_and_directives_are_refused(text):
    refused(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: {\nb: c\n}", {"a": {"b": "c"}}),
        ('a: "b\nc"', {"a": "b c"}),
        ("a:\n|\n", {"a": ""}),
        (": - a", {"": ["a"]}),
    ],
)
def test_some_texts_that_yaml_1_2_has_no_meaning_for_are_read_all_the_same(text, value):
    """They cannot be misunderstood: indentation that is missing, and a value in the line of an empty key."""
    check(text, value)
