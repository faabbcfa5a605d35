"""Ten thousand batches cost no more than a hundred: the queries go through indexes."""

from __future__ import annotations

import json
import statistics
import time
import uuid

import pytest

from llamacloud_cli.sandbox.store import Store


def fill(store, number, start=0):
    with store.database.write() as connection:
        connection.executemany(
            "INSERT INTO batches (id, source_directory_id, product, configuration_id, created_at, running_at, ends_at)"
            " VALUES (?, ?, 'parse_v2', 'cfg-PARSE_AGENTIC', ?, ?, ?)",
            [(f"bat-{uuid.uuid4()}", f"dir-{n % 50}", n, n + 1, n + 2) for n in range(start, start + number)],
        )


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path / "data", now=0)
    yield store
    store.close()


def plans(store, monkeypatch, act):
    """What SQLite would do for each SELECT that `act` makes."""
    seen = []
    original = store.database.all

    def explained(sql, parameters):
        seen.extend(row["detail"] for row in original(f"EXPLAIN QUERY PLAN {sql}", parameters))
        return original(sql, parameters)

    monkeypatch.setattr(store.database, "all", explained)
    act()
    return seen


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"after": [5000]},
        {"source_directory_id": "dir-7"},
        {"source_directory_id": "dir-7", "after": [5000]},
        {"status": "PENDING"},
        {"status": "COMPLETED"},
    ],
    ids=json.dumps,
)
def test_a_page_of_batches_never_sorts_and_never_scans_without_an_index(store, monkeypatch, query):
    fill(store, 10_000)
    store.database.connection().execute("ANALYZE")
    seen = plans(store, monkeypatch, lambda: store.batches.page(now=10**9, size=50, **{"after": None, **query}))
    assert seen
    assert not [step for step in seen if "TEMP B-TREE" in step]
    if query.get("status") == "PENDING":
        assert any("batches_ends" in step for step in seen)
    if "source_directory_id" in query:
        assert any("batches_directory" in step for step in seen)


@pytest.mark.parametrize("product", ["parse_v2", "extract_v2"])
def test_a_page_of_jobs_goes_through_its_index(store, monkeypatch, product):
    filters = dict.fromkeys(("after", "status", "job_ids", "created_from", "created_to"))
    seen = plans(store, monkeypatch, lambda: store.jobs.page(product, now=1, size=50, **filters))
    assert any("jobs_product" in step for step in seen)
    assert not [step for step in seen if "TEMP B-TREE" in step or step.startswith("SCAN jobs")]


def test_first_page_and_get_stay_flat(store):
    def median(act):
        times = []
        for _ in range(60):
            began = time.perf_counter()
            act()
            times.append(time.perf_counter() - began)
        return statistics.median(times)

    def measure():
        newest = store.batches.page(now=10**9, after=None, size=1).rows[0]["id"]
        return (
            median(lambda: store.batches.page(now=10**9, after=None, size=50)),
            median(lambda: store.batches.get(newest, now=10**9)),
            median(lambda: store.batches.page(now=10**9, after=None, size=50, status="RUNNING")),
        )

    fill(store, 100)
    few = measure()
    fill(store, 9_900, start=100)
    many = measure()
    for at_100, at_10000 in zip(few, many, strict=True):
        assert at_10000 < at_100 * 2 + 0.0005
