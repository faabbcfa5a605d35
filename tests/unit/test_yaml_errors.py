"""What a refusal of a YAML text says: the place, the line above a caret, and what to do."""

from __future__ import annotations

import pytest

from llamacloud_cli.errors import UsageError
from llamacloud_cli.inputs.yaml_values import parse


def refusal(text, where="--config"):
    with pytest.raises(UsageError) as caught:
        parse(text, where=where)
    return caught.value


def test_an_error_reads_as_one_line_a_snippet_and_a_hint():
    error = refusal("{image: @abe.jpg}")
    assert error.message == "--config: unexpected '@', line 1, column 9"
    assert error.snippet == "{image: @abe.jpg}\n        ^"
    assert error.hint == "Quote it: '@abe.jpg'"


def test_the_place_is_named_as_the_caller_calls_it():
    assert refusal("{", where="file c.yaml").message == "file c.yaml: '{' is never closed, line 1, column 1"


QUOTE = "Quote text that holds"
CLOSE = "Separate entries by commas, and close the "


@pytest.mark.parametrize(
    ("text", "problem", "line", "column", "hint"),
    [
        # what cannot start a text
        ("`x`", "unexpected '`'", 1, 1, "Quote it: '`x`'"),
        ("a: @file.txt # x", "unexpected '@'", 1, 4, "Quote it: '@file.txt'"),
        ("[%x]", "unexpected '%'", 1, 2, "Quote it: '%x'"),
        ("[a, |x]", "unexpected '|'", 1, 5, "Quote it: '|x'"),
        ("[-]", "unexpected '-'", 1, 2, QUOTE),
        ('"a"#b', "unexpected '#'", 1, 4, "Put a space before #"),
        # brackets and quotes
        ("{a: [1, 2", "'[' is never closed", 1, 5, "Add the missing ]."),
        ("a:\n  {b: 1\n\n", "'{' is never closed", 2, 3, "Add the missing }."),
        ("[a\n---\n", "'[' is never closed", 1, 1, "Add the missing ]."),
        ("{a: [1, 2}", "expected ',' or ']'", 1, 10, CLOSE + "'[' of line 1, column 5."),
        ("{a: 1 b: 2}", "expected ',' or '}'", 1, 8, CLOSE + "'{' of line 1, column 1."),
        ('["a" "b"]', "expected ',' or ']'", 1, 6, CLOSE + "'[' of line 1, column 1."),
        ("[a,,b]", "expected ',' or ']'", 1, 4, CLOSE + "'[' of line 1, column 1."),
        ("a: [b,\n  c\nd: e", "expected ',' or ']'", 3, 2, CLOSE + "'[' of line 1, column 4."),
        ("[[a]\n: b]", "a list or mapping cannot be a key", 2, 1, "Use a string as the key"),
        ("{a: 1}}", "unexpected '}'", 1, 7, "Check the indentation and the brackets"),
        ("a: ]", "unexpected ']'", 1, 4, "Check the indentation and the brackets"),
        ("x: 'abc", "the quote ' is never closed", 1, 4, "Add the closing '."),
        ('["abc', 'the quote " is never closed', 1, 2, 'Add the closing ".'),
        ("- 'a'\n [b", "unexpected '[b'", 2, 2, "Check the indentation and the brackets"),
        ("a: 'b'c", "unexpected 'c'", 1, 7, "Check the indentation"),
        ('"a\n---\nb"', "a document marker inside quotes", 2, 1, 'Add the closing " before it'),
        # colons
        ("{job:{a: b}}", "no space after the colon", 1, 5, "Put a space after the colon"),
        ("{job:[a]}", "no space after the colon", 1, 5, "Put a space after the colon"),
        ('"a":b', "unexpected ':b'", 1, 4, "Put a space after the colon"),
        (
            "a: b: c",
            "a mapping cannot start here",
            1,
            5,
            "Check the indentation, or quote a value that holds",
        ),
        ("a: 1\n  b: 2", "a mapping cannot start here", 2, 4, "Check the indentation"),
        ("a: 1\nb\n", "a key without a colon", 2, 1, "A line of a mapping is `key: value`"),
        ("a: 1\n" + "b" * 1025 + ": 2", "a key without a colon", 2, 1, "within 1,024 characters"),
        # indentation
        (" a: 1\nb: 2", "unexpected 'b:'", 2, 1, "Check the indentation"),
        ("- a\nb: c", "unexpected 'b:'", 2, 1, "Check the indentation"),
        (
            "a: - b",
            "a list cannot start here",
            1,
            4,
            "Check the indentation; `- ` starts on a line of its own.",
        ),
        ("a:\n\tb: 1", "a mapping cannot start here", 2, 3, "Indent with spaces"),
        ("a: {\n\tb: c,\n  d: @x}", "unexpected '@'", 3, 6, "Quote it: '@x'"),
        ("{a: @x,\tb: c}", "unexpected '@'", 1, 5, "Quote it: '@x'"),
        ("-\t- a", "a list cannot start here", 1, 3, "Indent with spaces"),
        ("a: |\n   \n  x", "an empty line is indented further", 2, 4, "Remove spaces from the empty line"),
        ("a: |x", "the text starts on the line of | or >", 1, 4, "or quote the text"),
        ("a: |0\n x", "the text starts on the line of | or >", 1, 4, "a digit from 1 to 9"),
        # escapes, tags, anchors, documents
        (r'{a: "C:\Users"}', r"unknown escape '\U'", 1, 8, r"write \\ for a backslash"),
        (r'"\q"', r"unknown escape '\q'", 1, 2, "single quotes"),
        (r'"\xg0"', r"unknown escape '\x'", 1, 2, "single quotes"),
        (
            r'"ab\ud800"',
            r"an escape that stands for no character: '\ud800'",
            1,
            4,
            "both halves of its surrogate pair",
        ),
        ("a: !!str, b", "no space after the tag", 1, 9, QUOTE),
        ("[!<tag:yaml.org,2002:str>X]", "no space after the tag", 1, 26, QUOTE),
        ("!!  a", "a tag without a name", 1, 1, QUOTE),
        ("a: !" + "x" * 1024, "a tag of more than 1,024 characters", 1, 4, "Remove the tag"),
        ("!e!x y", "undefined tag handle '!e!'", 1, 1, QUOTE),
        ("a: &", "expected alphabetic or numeric character, but found the end of the line", 1, 5, QUOTE),
        ("{a: *b}", "the alias '*b' has no anchor", 1, 5, "the anchor '&b'"),
        ("a: 1\n---\nb: 2", "a second document starts", 2, 1, "Give one document"),
        ("a\n... b", "unexpected text after '...'", 2, 4, "Remove the `...`"),
        ("%YAML 1.1\n--- yes", "only YAML 1.2 is read", 1, 1, "yes, no, on and off are strings in YAML 1.2"),
        ("%TAG ! x", "unexpected end of the text", 1, 9, "Check"),
        # values
        ("a: 1\nb: 2\n\na: 3", "the key 'a' is there twice", 4, 1, "Give each key once"),
        ('{"a": 1, "b": .5, "a": 2}', "the key 'a' is there twice", 1, 19, "Give each key once"),
        ("[1, .inf]", "JSON has no number '.inf'", 1, 5, "quote it to send a string"),
        ('{"a":\n 1e999}', "JSON has no number '1e999'", 2, 2, "quote it to send a string"),
        ("- !!int x", "'x' does not fit the tag !!int", 1, 3, "Remove the tag"),
        ("a: !!str [b]", "a list does not fit the tag !!str", 1, 4, "Remove the tag"),
        ("!!seq {a: b}", "a mapping does not fit the tag !!seq", 1, 1, "Remove the tag"),
        ("a\0b", "the character U+0000 is not allowed in YAML", 1, 2, r'write it as "\u0000"'),
        ("é\ud800", "not valid UTF-8", 1, 2, "as UTF-8"),
    ],
)
def test_an_error_names_the_place_and_says_what_to_do(text, problem, line, column, hint):
    error = refusal(text)
    assert error.message.startswith(f"--config: {problem}")
    assert error.message.endswith(f", line {line}, column {column}")
    assert hint in error.hint


@pytest.mark.parametrize(
    ("text", "shown", "caret"),
    [
        ("{a: 1,\n b: @x}\nc", " b: @x}", 4),
        ("{a: 1,\r\n b: @x}\r\nc", " b: @x}", 4),
        ("{a: 1,\r b: @x}\rc", " b: @x}", 4),
        ("{\ta:\t@x}", "{ a: @x}", 5),
        ("{日本: @x}", "{日本: @x}", 7),
        ("{'😀': @x}", "{'😀': @x}", 7),
        ("{e\u0301: @x}", "{e\u0301: @x}", 4),
        ("{e\u20dd: @x}", "{e\u20dd: @x}", 4),
        ("{\uff21: @x}", "{\uff21: @x}", 5),
        ("{'\u202e': @x}", r"{'\u202e': @x}", 11),
        ("{'\x9b31m': @x}", r"{'\x9b31m': @x}", 12),
        ("{'\u2028': @x}", r"{'\u2028': @x}", 11),
        ("{a: \x1b[31m}", r"{a: \x1b[31m}", 4),
        ("\ufeff{a: @x}", "{a: @x}", 4),
        ("[a,\n", "[a,", 0),
        ("'" + "\n" * 3, "'", 0),
    ],
)
def test_the_caret_is_under_the_place(text, shown, caret):
    assert refusal(text).snippet == f"{shown}\n{' ' * caret}^"


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("", "y" * 60, "[@" + "y" * 60 + "]"),
        ("", "y" * 73, "[@" + "y" * 73 + "]"),
        ("", "y" * 74, "[@" + "y" * 68 + "..."),
        ("", "y" * 100, "[@" + "y" * 68 + "..."),
        ("x" * 100 + ", ", "", "..." + "x" * 66 + ", @]"),
        ("x" * 100 + ", ", "y" * 100, "..." + "x" * 33 + ", @" + "y" * 34 + "..."),
        ("日" * 50 + ", ", "本" * 50, "..." + "日" * 16 + ", @" + "本" * 17 + "..."),
    ],
)
def test_a_long_line_is_cut_around_the_place(before, after, shown):
    line, caret = refusal(f"[{before}@{after}]").snippet.split("\n")
    assert line == shown
    wide = sum(char in "日本" for char in line[: line.index("@")])
    assert caret == " " * (line.index("@") + wide) + "^"
    assert len(line) + sum(char in "日本" for char in line) <= 76


@pytest.mark.parametrize(
    "text", ["{'\x1b': 1, '\x1b': 2}", '{"\\u001b": 1, "\\u001b": 2}', "!\x1b x", "@\x1b", "*\u202ex", "!\u202e x"]
)
def test_no_control_character_reaches_the_terminal(text):
    error = refusal(text)
    shown = error.message + error.hint + error.snippet.replace("\n", "")
    assert shown.isprintable()


def test_names_in_a_message_are_cut():
    assert len(refusal(f"{{{'k' * 5000}: 1, {'k' * 5000}: 2}}").message) < 120
    problem = ("undefined tag handle '!" + "h" * 1000)[:100]
    assert refusal("!" + "h" * 1000 + "!x y").message == f"--config: {problem}, line 1, column 1"
    assert len(refusal("*" + "a" * 5000).hint) < 160


@pytest.mark.parametrize(("text", "quote"), [("'it''s", "'"), (r'"a\" b', '"')])
def test_a_quote_that_stands_for_itself_closes_none(text, quote):
    assert refusal(text).message == f"--config: the quote {quote} is never closed, line 1, column 1"


def test_where_there_may_be_secrets_stars_as_long_as_the_values_keep_the_caret_in_its_place():
    error = refusal("{secret: abcdef, b: @x}")
    assert error.snippet == "{secret: ******, *: **}\n" + " " * 20 + "^"
    assert error.hint == "Quote it: '***'"
