"""Numbers of bytes as people read them."""

from __future__ import annotations

import pytest

from llamacloud_cli.sizes import show_size


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1 KiB"),
        (1024**2 - 1, "1 MiB"),
        (30 * 1024**2, "30 MiB"),
        (1024**3 - 1, "1.0 GiB"),
        (5.25 * 1024**3, "5.2 GiB"),
    ],
)
def test_are_in_the_unit_that_fits(count: float, shown: str) -> None:
    assert show_size(count) == shown
