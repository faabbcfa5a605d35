"""Time to read YAML grows with its length and not with its square: `pytest tests/benchmarks/growth_yaml.py`.

Not run by default: it takes a minute and is about time.
"""

from __future__ import annotations

import contextlib
import time

import pytest

from llamacloud_cli.errors import UsageError
from llamacloud_cli.inputs.yaml_values import parse


@pytest.mark.parametrize(
    "unit",
    [
        "a,",
        "&a ",
        "!t ",
        '"x" ',
        "!!str ",
        " ",
        "\t",
        "\n",
        "\r",
        "#",
        "# \n",
        ":",
        "-",
        "?",
        "'",
        "\\",
        "*a,",
        "%",
        "% \n",
        "...\n",
        "\u2028",
        "a: ",
        "|\n",
    ],
)
@pytest.mark.parametrize("start", ["", "[", "{", "- ", '"', "x: '", "a: |\n ", "x ", "!", "&", "*", "%TAG ! "])
def test_time_grows_with_the_length_and_not_its_square(start, unit):
    text = start + unit * (100_000 // len(unit))
    begin = time.perf_counter()
    with contextlib.suppress(UsageError):
        parse(text, where="--config")
    assert time.perf_counter() - begin < 5
