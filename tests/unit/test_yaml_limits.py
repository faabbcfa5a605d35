"""What is read at most, and how fast a hostile text is refused."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path

import pytest

from llamacloud_cli.errors import UsageError
from llamacloud_cli.inputs.yaml_values import parse

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "yaml.json").read_text(encoding="utf-8"))
BOMB = next(vector["text"] for vector in VECTORS if vector["name"].startswith("bomb"))
MIB = 1024 * 1024
HANGS = 60  # seconds; noisy machines stay far below, a run without bounds far above


def read(text):
    return parse(text, where="--config")


def refusal(text):
    with pytest.raises(UsageError) as caught:
        read(text)
    return caught.value


def test_aliases_are_bounded_by_what_they_stand_for():
    line = "&a [" + "x, " * 998 + "x]"
    assert len(read(f"[{line}" + ", *a" * 100 + "]")) == 101
    assert "the aliases stand for more than 100,000 values" in refusal(f"[{line}" + ", *a" * 101 + "]").message
    text = "- &a " + "x" * MIB + "\n"
    assert len(read(text + "- *a\n" * 9)) == 10
    assert "the aliases stand for more than 10,485,760 characters" in refusal(text + "- *a\n" * 11).message


def test_a_bomb_of_aliases_is_refused_quickly_in_flat_memory():
    tracemalloc.start()
    start = time.perf_counter()
    refusal(BOMB)
    seconds, (_, peak) = time.perf_counter() - start, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert seconds < HANGS
    assert peak < 32 * MIB


def nested(levels):
    yield "[" * levels + "]" * levels
    yield '{"a":' * levels + "1" + "}" * levels
    yield "{a: " * levels + "}" * levels
    yield "- " * levels + "x"
    yield "\n".join("  " * level + "a:" for level in range(levels))
    yield (
        "- &a "
        + "[" * (levels // 2)
        + "]" * (levels // 2)
        + "\n- "
        + "[" * (levels - levels // 2 - 1)
        + "*a"
        + "]" * (levels - levels // 2 - 1)
    )


def test_a_hundred_levels_are_read():
    for text in nested(100):
        read(text)


def test_a_level_more_is_refused():
    for text in nested(101):
        assert "nested more than 100 levels deep" in refusal(text).message


@pytest.mark.parametrize(
    "unit",
    [
        "[",
        "{",
        "{a: ",
        '{"a":',
        "[{",
        "- ",
        "? ",
        ": ",
        "&a [",
        "{&a ",
        "{? ",
        "[[],",
        "- [",
        "!!seq [",
        "{a: [",
        "\n[",
        "[\n",
    ],
)
def test_endless_nesting_is_refused_quickly(unit):
    start = time.perf_counter()
    refusal(unit * (1_000_000 // len(unit)))
    assert time.perf_counter() - start < HANGS


def test_the_size_is_bounded_in_bytes_of_utf_8():
    assert read('"' + "x" * (10 * MIB - 2) + '"') == "x" * (10 * MIB - 2)
    for text in ("x" * (10 * MIB + 1), '"' + "é" * (5 * MIB) + '"'):
        assert refusal(text).message == "--config: larger than 10 MiB"


IMPORTS = """
import sys
from llamacloud_cli.inputs.yaml_values import parse

parse(sys.argv[1], where="")
print("ruamel.yaml" in sys.modules)
"""


@pytest.mark.parametrize(
    ("text", "loaded"),
    [
        *[
            ('{"a": [1, 2.5, null, "\\u00e9"]}', False),
            ("batch.success", False),
            ("12:30", False),
            ("~", False),
        ],
        *[("{a: 1}", True), ("a b", True)],
    ],
)
def test_ruamel_is_loaded_for_what_is_neither_json_nor_a_word(text, loaded):
    shown = subprocess.run([sys.executable, "-c", IMPORTS, text], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == str(loaded)
