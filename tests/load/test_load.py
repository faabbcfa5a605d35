"""Under load nothing is lost or done twice, and memory does not grow. benchmarks/bench_load.py does much more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.load.scenarios import (
    check_crowd,
    check_run,
    crowd,
    fill_with_batches,
    make_files,
    measure,
    run_files,
    serving,
    tool,
)

if TYPE_CHECKING:
    from pathlib import Path

FEW = 200
MORE = 1.15
"""How much more memory a hundred times the work may take: the allocator's slack, and the first use of some code."""


@pytest.mark.parametrize(("form", "length"), [("jsonl", 20_000), ("yaml", 2_000), ("table", 5_000)])
def test_a_list_many_times_as_long_takes_no_more_memory(form: str, length: int, tmp_path: Path) -> None:
    fill_with_batches(tmp_path, length)
    with serving(tmp_path, "1") as served:

        def listing(count: int) -> float:
            words = ("batches", "list", "--page-size", "100", "--max-items", str(count), "--format", form)
            done = measure(tool(*words), served.env, tmp_path / "errors.txt")
            assert done.status == 0, done.errors
            assert done.lines >= count
            if form == "jsonl":
                assert done.lines == done.ids == count
            return done.memory

        few, many = listing(FEW), listing(length)
    assert many < few * MORE


def test_a_run_of_ten_times_the_files_takes_no_more_memory_and_loses_nothing(tmp_path: Path) -> None:
    def running(count: int) -> float:
        folder = tmp_path / str(count)
        make_files(folder / "source", count)
        with serving(folder, "2000") as served:
            done = run_files(folder, served, "--batch-size", "60")
            assert done.status == 0, done.errors
            assert done.lines == done.ids == count
            check_run(folder, served, count, 60)
        uploads = (
            served.requests["POST 201"] - 1 - 2 * -(-count // 60)
        )  # the others: configuration, directories, batches
        assert uploads == count
        return done.memory

    few, many = running(60), running(600)
    assert many < few * MORE + 8


def test_ten_processes_at_once_lose_nothing_and_make_nothing_twice(tmp_path: Path) -> None:
    with serving(tmp_path, "20") as served:
        found = crowd(tmp_path, served, processes=10, seconds=3)
        made = check_crowd(served, found)
    assert made >= 10
    assert {"create", "get", "list", "cancel"} <= set(found.counts)
    assert set(served.requests) <= {"GET 200", "POST 200", "POST 201", "POST 409"}
