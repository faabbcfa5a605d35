"""Runs against a service that fails at random: nothing is lost, nothing is done twice."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.workflows.conftest import Service, Tool, manifest, written

if TYPE_CHECKING:
    from pathlib import Path

FILES = 45
BATCH_SIZE = 15
FAULTS = (
    {"share": 0.02, "status": 503},
    {"share": 0.02, "status": 503, "take_effect": True},
    {"share": 0.015, "reset": True},
    {"share": 0.015, "reset": True, "take_effect": True},
    {"share": 0.01, "status": 429, "headers": {"retry-after-ms": "20"}},
    {"share": 0.02, "cut": 20},
)
"""Together a tenth of all calls: refused, lost on the way, or done with the answer lost or cut."""


@pytest.mark.parametrize("seed", range(20))
def test_every_file_ends_once_in_the_manifest_when_a_tenth_of_all_calls_fail(
    seed: int, service: Service, tool: Tool, source, tmp_path: Path
) -> None:
    """A run that gives up is run again, as its message says, until it is through."""
    folder = source(count=FILES)
    service.faults(*FAULTS, seed=seed)
    command = ("batches", "run", str(folder), "--parse", "-o", str(tmp_path / "out"), "--batch-size", str(BATCH_SIZE))
    for _ in range(5):
        result = tool(*command)
        assert "internal error" not in result.stderr
        if result.status == 0:
            break
    service.no_faults()
    assert result.status == 0, result.stderr
    lines = manifest(tmp_path / "out")
    expected = {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*.txt")}
    assert Counter(line["source"] for line in lines) == dict.fromkeys(expected, 1)
    assert all(line["status"] == "COMPLETED" and line["error"] is None for line in lines)
    assert written(tmp_path / "out") == {f"{name}.md": text for name, text in expected.items()}
    assert len(service.batches()) == FILES // BATCH_SIZE
    assert Counter(file["unique_id"] for file in service.uploads()).most_common(1)[0][1] == 1
    assert len(service.uploads()) == FILES
