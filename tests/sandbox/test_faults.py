"""Each fault rule does what it says, to the requests that it matches, as often as it says."""

from __future__ import annotations

import time

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from llamacloud_cli.errors import UsageError
from llamacloud_cli.sandbox.faults import FaultPlan, Faults, load_plan

BATCHES = "/api/v2/batches"
CREATE = {"method": "POST", "path": BATCHES}


def plain(api):
    """A client without checks: a fault's answer need not be one of the API's."""
    headers = {"Authorization": f"Bearer {api.sandbox.api_key}"}
    return httpx.Client(base_url=api.sandbox.base_url, headers=headers, verify=False)


@pytest.fixture
def faulty(serve):
    """Starts an instant sandbox with rules for requests."""
    clients = []

    def start(*requests, **more):
        from llamacloud_cli.sandbox import INSTANT

        api = serve(speed=INSTANT, faults={"requests": list(requests), **more})
        client = plain(api)
        clients.append(client)
        return api, client

    yield start
    for client in clients:
        client.close()


def create(client, directory):
    config = {"job": {"type": "parse_v2", "configuration_id": "cfg-PARSE_AGENTIC"}}
    return client.post(BATCHES, json={"source_directory_id": directory, "config": config})


def test_a_status_with_headers_for_the_next_requests_that_match(faulty):
    api, client = faulty({"match": CREATE, "times": 2, "status": 503, "headers": {"Retry-After": "7"}})
    directory = api.directory(1)
    answers = [create(client, directory) for _ in range(3)]
    assert [a.status_code for a in answers] == [503, 503, 201]
    assert answers[0].headers["retry-after"] == "7"
    assert answers[0].headers["x-request-id"]
    assert len(api.get(BATCHES)["items"]) == 1


def test_a_body_of_its_own_and_requests_let_through_first(faulty):
    _, client = faulty({"match": {"path": BATCHES}, "after": 1, "times": 1, "status": 418, "body": {"detail": [1]}})
    answers = [client.get(BATCHES) for _ in range(3)]
    assert [a.status_code for a in answers] == [200, 418, 200]
    assert answers[1].json() == {"detail": [1]}


def test_a_create_that_takes_effect_but_is_not_answered(faulty):
    api, client = faulty({"match": CREATE, "times": 1, "reset": True, "take_effect": True})
    directory = api.directory(1)
    with pytest.raises(httpx.TransportError):
        create(client, directory)
    assert len(api.get(BATCHES, source_directory_id=directory)["items"]) == 1


def test_a_create_that_takes_effect_but_is_answered_with_503(faulty):
    api, client = faulty({"match": CREATE, "times": 1, "status": 503, "take_effect": True})
    assert create(client, api.directory(1)).status_code == 503
    assert len(api.get(BATCHES)["items"]) == 1


def test_a_reset_connection_without_effect(faulty):
    api, client = faulty({"match": CREATE, "times": 1, "reset": True})
    directory = api.directory(1)
    with pytest.raises(httpx.ReadError, match="reset"):
        create(client, directory)
    assert api.get(BATCHES)["items"] == []
    assert create(client, directory).status_code == 201


def test_a_cut_body_ends_before_its_length(faulty):
    _, client = faulty({"match": {"path": BATCHES}, "times": 1, "cut": 10})
    with client.stream("GET", BATCHES) as response:
        length = int(response.headers["content-length"])
        received = []
        with pytest.raises(httpx.RemoteProtocolError):
            received.extend(response.iter_raw())
    assert sum(map(len, received)) == 10 < length
    assert client.get(BATCHES).status_code == 200


def test_a_delay_comes_before_the_answer(faulty):
    _, client = faulty({"match": {"path": BATCHES}, "times": 1, "delay": 0.3})
    began = time.monotonic()
    assert client.get(BATCHES).status_code == 200
    assert time.monotonic() - began >= 0.3


def test_a_repeated_page_token(faulty):
    api, client = faulty({"match": {"path": BATCHES}, "after": 1, "repeat_page_token": True})
    directory = api.directory(1)
    for _ in range(6):
        api.batch(directory)
    token = client.get(BATCHES, params={"page_size": 2}).json()["next_page_token"]
    page = client.get(BATCHES, params={"page_size": 2, "page_token": token}).json()
    assert page["next_page_token"] == token
    assert len(page["items"]) == 2


def test_empty_pages_with_a_token_lose_nothing(faulty):
    api, client = faulty({"match": {"method": "GET", "path": BATCHES}, "times": 2, "empty_page": True})
    directory = api.directory(1)
    created = [api.batch(directory)["id"] for _ in range(3)]
    pages, seen, tokens = [], [], []
    query = {"page_size": 2}
    while True:
        page = client.get(BATCHES, params=query).json()
        pages.append(len(page["items"]))
        seen += [item["id"] for item in page["items"]]
        if page["next_page_token"] is None:
            break
        tokens.append(page["next_page_token"])
        query["page_token"] = tokens[-1]
    assert pages == [0, 0, 2, 1]
    assert seen == created[::-1]
    assert len(set(tokens)) == len(tokens)


def test_a_listing_of_files_can_begin_with_an_empty_page(faulty):
    api, client = faulty({"match": {"method": "GET", "path": "*/files"}, "times": 1, "empty_page": True})
    path = f"/api/v1/beta/directories/{api.directory(2)}/files"
    first = client.get(path).json()
    assert first["items"] == []
    assert len(client.get(path, params={"page_token": first["next_page_token"]}).json()["items"]) == 2


def test_throttling_answers_429_with_retry_after_above_a_rate(faulty):
    _, client = faulty({"match": {"path": BATCHES}, "throttle": {"rate": 5}})
    answers = [client.get(BATCHES) for _ in range(12)]
    refused = [a for a in answers if a.status_code == 429]
    assert [a.status_code for a in answers[:5]] == [200] * 5
    assert refused  # how many exactly depends on how fast the twelve are asked
    assert refused[0].headers["retry-after"] == "1"
    time.sleep(1.05)
    assert [client.get(BATCHES).status_code for _ in range(5)] == [200] * 5


def test_a_share_of_files_fails_and_a_run_repeats(faulty):
    files = {f"f{n}.txt": b"x" for n in range(40)}

    def failing():
        api, _ = faulty(files=[{"stage": "job", "share": 0.25, "message": "no luck"}], seed=3)
        jobs = [job["job"] for job in api.jobs(api.batch(api.directory(files)))]
        assert {job["error_message"] for job in jobs if job["status"] == "FAILED"} == {"no luck"}
        return [job["name"] for job in jobs if job["status"] == "FAILED"]

    first = failing()
    assert 3 <= len(first) <= 18
    assert failing() == first


def test_every_stage_at_which_a_file_can_fail(faulty):
    api, _ = faulty(
        files=[
            {"stage": "mapping", "name": "m*", "message": "not mapped"},
            {"stage": "reference", "name": "r*"},
            {"stage": "page", "name": "p*", "page": 2, "message": "torn"},
        ]
    )
    files = {"m.txt": b"x", "r.txt": b"x", "p.txt": b"one\ftwo\fthree", "z.txt": b"x"}
    batch = api.batch(api.directory(files))
    m, r, p, z = api.get(f"{BATCHES}/{batch['id']}", expand="results")["results"]
    assert (m["job_reference"], m["error_message"]) == (None, "not mapped")
    assert (r["job_reference"], r["error_message"]) == (None, None)
    assert z["job_reference"]["type"] == "parse_v2"
    torn = api.get(f"/api/v2/parse/{p['job_reference']['id']}", expand=["markdown", "items", "markdown_full"])
    assert torn["job"]["status"] == "COMPLETED"
    assert [page["success"] for page in torn["markdown"]["pages"]] == [True, False, True]
    assert torn["items"]["pages"][1] == {"page_number": 2, "success": False, "error": "torn"}
    assert torn["markdown_full"] == "one\n\nthree"


def test_a_batch_that_fails_as_a_whole(faulty):
    api, _ = faulty(batches=[{"outcome": "failed", "times": 1}])
    directory = api.directory(1)
    failed, fine = api.batch(directory), api.batch(directory)
    assert (failed["status"], fine["status"]) == ("FAILED", "COMPLETED")
    assert api.get(f"{BATCHES}/{failed['id']}", expand="results")["results"] is None


def test_a_batch_that_is_throttled_first(serve, clock):
    api = serve(speed=1.0, clock=clock, faults={"batches": [{"outcome": "throttled", "seconds": 3}]})
    batch = api.batch(api.directory(1))
    seen = [batch["status"]]
    for _ in range(3):
        clock.pass_time(2.5)
        seen.append(api.get(f"{BATCHES}/{batch['id']}")["status"])
    assert seen == ["PENDING", "THROTTLED", "RUNNING", "COMPLETED"]
    assert [b["id"] for b in api.get(BATCHES, status="COMPLETED")["items"]] == [batch["id"]]


def test_rules_are_added_replaced_and_taken_back_while_it_runs(faulty):
    api, client = faulty()
    added = client.post("/_sandbox/faults", json={"requests": [{"match": CREATE, "status": 500}]})
    assert added.status_code == 200
    assert create(client, "x").status_code == 500
    client.put("/_sandbox/faults", json={"requests": [{"match": CREATE, "status": 502}]})
    assert [rule["status"] for rule in client.get("/_sandbox/faults").json()["requests"]] == [502]
    assert create(client, "x").status_code == 502
    assert client.delete("/_sandbox/faults").status_code == 204
    assert create(client, api.directory(1)).status_code == 201


def test_the_sandboxs_own_routes_never_fail(faulty):
    _, client = faulty({"reset": True})
    assert client.get("/_sandbox/health").json()["status"] == "ok"
    assert client.delete("/_sandbox/faults").status_code == 204
    assert client.get(BATCHES).status_code == 200


@pytest.mark.parametrize(
    "plan",
    [
        {"request": []},
        {"requests": [{}]},
        {"requests": [{"status": 503, "reset": True}]},
        {"requests": [{"status": 99}]},
        {"requests": [{"cut": 1, "take_effect": True}]},
        {"requests": [{"reset": True, "times": 0}]},
        {"files": [{"stage": "sleep"}]},
        {"batches": [{"outcome": "failed", "share": 1}]},
        {"seed": "x"},
    ],
)
def test_a_wrong_plan_is_refused_with_its_place(faulty, plan):
    with pytest.raises(UsageError, match=r"fault rules: .* at "):
        load_plan(plan)
    _, client = faulty()
    assert client.post("/_sandbox/faults", json=plan).status_code == 422


@given(seed=st.integers(), share=st.floats(0, 1))
def test_the_same_seed_picks_the_same_requests(seed, share):
    plan = FaultPlan.model_validate({"seed": seed, "requests": [{"share": share, "status": 500}]})

    def picks():
        faults = Faults(plan, seed=0)
        return [faults.for_request("GET", "/") is not None for _ in range(50)]

    assert picks() == picks()


@given(rate=st.floats(0.1, 100), gaps=st.lists(st.floats(0, 3), max_size=60))
def test_throttling_never_lets_more_than_its_rate_pass(rate, gaps):
    now = 0.0
    plan = FaultPlan.model_validate({"requests": [{"throttle": {"rate": rate}}]})
    faults = Faults(plan, seed=0, monotonic=lambda: now)
    passed = []
    for gap in gaps:
        now += gap
        acting = faults.for_request("GET", "/")
        if acting is None:
            passed.append(now)
        else:
            assert acting[1] is not None
            assert acting[1] > 0
    for first in passed:
        within = [at for at in passed if first <= at < first + 1]
        assert len(within) <= max(1.0, rate) + rate + 1e-6
