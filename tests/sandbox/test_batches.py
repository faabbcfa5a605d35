"""What a batch goes through, by a clock that the test moves. The model: 2 s pending, 0.2 s a file to map."""

from __future__ import annotations

import pytest

from llamacloud_cli.sandbox import Pace, Policy

JOB = {"type": "parse_v2", "configuration_id": "cfg-PARSE_AGENTIC"}


def status(api, batch):
    return api.get(f"/api/v2/batches/{batch['id']}")["status"]


def results(api, batch):
    return api.get(f"/api/v2/batches/{batch['id']}", expand="results")["results"]


def test_a_batch_is_pending_then_runs_then_completes(timed):
    batch = timed.batch(timed.directory(5))
    seen = [batch["status"]]
    for _ in range(4):
        timed.clock.pass_time(0.95)
        seen.append(status(timed, batch))
    assert seen == ["PENDING", "PENDING", "PENDING", "RUNNING", "COMPLETED"]


def test_updated_at_is_the_time_of_the_last_change(timed):
    batch = timed.batch(timed.directory(5))
    timed.clock.pass_time(100)
    shown = timed.get(f"/api/v2/batches/{batch['id']}")
    assert batch["created_at"] == batch["updated_at"] == "2027-01-15T08:00:00.000000Z"
    assert shown["updated_at"] == "2027-01-15T08:00:03.000000Z"


def test_results_are_null_until_the_batch_has_ended(timed):
    batch = timed.batch(timed.directory(5))
    timed.clock.pass_time(2.5)
    assert results(timed, batch) is None
    timed.clock.pass_time(1)
    assert len(results(timed, batch)) == 5
    assert timed.get(f"/api/v2/batches/{batch['id']}")["results"] is None


def test_results_can_be_shown_as_files_are_mapped(serve, clock):
    api = serve(speed=1.0, clock=clock, policy=Policy(results_while_running=True))
    batch = api.batch(api.directory(5))
    counts = []
    for _ in range(4):
        api.clock.pass_time(0.85)
        counts.append(len(results(api, batch) or []))
    assert counts == [0, 0, 2, 5]


def test_jobs_go_on_after_their_batch_has_completed(timed):
    batch = timed.batch(timed.directory(3))
    timed.clock.pass_time(2.6)
    assert status(timed, batch) == "COMPLETED"
    assert {job["job"]["status"] for job in timed.jobs(batch)} <= {"PENDING", "RUNNING"}
    timed.clock.pass_time(1.5)
    assert "RUNNING" in {job["job"]["status"] for job in timed.jobs(batch)}
    timed.clock.pass_time(9)
    assert {job["job"]["status"] for job in timed.jobs(batch)} == {"COMPLETED"}


def test_a_job_does_not_exist_before_its_file_is_mapped(timed):
    batch = timed.batch(timed.directory(2))
    assert timed.get("/api/v2/parse")["items"] == []
    timed.clock.pass_time(2.25)
    [first] = timed.get("/api/v2/parse")["items"]
    timed.clock.pass_time(0.25)
    second, again = timed.get("/api/v2/parse")["items"]
    assert again["id"] == first["id"]
    references = [result["job_reference"]["id"] for result in results(timed, batch)]
    assert references == [first["id"], second["id"]]


def test_speed_divides_every_duration(serve, clock):
    api = serve(speed=10.0, clock=clock)
    batch = api.batch(api.directory(5))
    api.clock.pass_time(0.31)
    assert status(api, batch) == "COMPLETED"


def test_instant_has_everything_ended_when_the_create_is_answered(instant):
    batch = instant.batch(instant.directory(3))
    assert batch["status"] == "COMPLETED"
    assert [job["job"]["status"] for job in instant.jobs(batch)] == ["COMPLETED"] * 3


def test_cancel_keeps_finished_files_and_stops_the_others(serve, clock):
    api = serve(speed=1.0, clock=clock, pace=Pace(mapping=10.0))
    batch = api.batch(api.directory(3))
    api.clock.pass_time(25)
    assert len(api.get("/api/v2/parse")["items"]) == 2
    assert api.http.post(f"/api/v2/batches/{batch['id']}/cancel").json()["status"] == "RUNNING"
    assert api.http.post(f"/api/v2/batches/{batch['id']}/cancel").status_code == 200
    api.clock.pass_time(1)
    assert status(api, batch) == "CANCELLED"
    first, second, third = results(api, batch)
    assert third["job_reference"] is None
    assert "cancelled" in third["error_message"]
    api.clock.pass_time(100)
    shown = [api.get(f"/api/v2/parse/{r['job_reference']['id']}")["job"]["status"] for r in (first, second)]
    assert shown == ["COMPLETED", "CANCELLED"]
    assert len(api.get("/api/v2/parse")["items"]) == 2


@pytest.mark.parametrize("ended", ["COMPLETED", "CANCELLED"])
def test_an_ended_batch_cannot_be_cancelled(timed, ended):
    batch = timed.batch(timed.directory(1))
    if ended == "CANCELLED":
        timed.http.post(f"/api/v2/batches/{batch['id']}/cancel")
    timed.clock.pass_time(60)
    refused = timed.http.post(f"/api/v2/batches/{batch['id']}/cancel")
    assert refused.status_code == 409
    assert refused.headers["x-should-retry"] == "false"
    assert ended in refused.json()["detail"]
    assert status(timed, batch) == ended


def test_the_configuration_of_a_batch_is_that_of_its_creation(timed):
    schema = {"type": "object", "properties": {"total": {"type": "number"}}}
    parameters = {"product_type": "extract_v2", "data_schema": schema}
    saved = timed.post("/api/v1/beta/configurations", {"name": "c", "parameters": parameters})
    batch = timed.batch(timed.directory(1), saved["id"])
    timed.http.delete(f"/api/v1/beta/configurations/{saved['id']}")
    timed.clock.pass_time(60)
    [job] = timed.jobs(batch)
    assert job["extract_result"] == {"total": 0.5}


def test_files_added_later_do_not_belong_to_the_batch(timed):
    directory = timed.directory(2)
    batch = timed.batch(directory)
    timed.upload(directory, "late.txt", b"late")
    timed.clock.pass_time(60)
    assert len(results(timed, batch)) == 2


def test_the_text_stays_when_the_files_are_gone(instant):
    directory = instant.directory({"a.txt": b"kept"})
    batch = instant.batch(directory)
    for file in instant.get("/api/v1/beta/files")["items"]:
        instant.http.delete(f"/api/v1/beta/files/{file['id']}")
    instant.http.delete(f"/api/v1/beta/directories/{directory}")
    [job] = instant.jobs(batch, "text_full")
    assert job["text_full"] == "kept"


def test_a_file_that_cannot_be_read_fails_its_own_job(instant):
    files = {"a.txt": b"fine", "b.exe": b"MZ\0", "c.pdf": b"%PDF-1.7 broken", "d.txt": b""}
    batch = instant.batch(instant.directory(files))
    jobs = {job["job"]["name"]: job["job"] for job in instant.jobs(batch)}
    assert {name: job["status"] for name, job in jobs.items()} == {
        "a.txt": "COMPLETED",
        "b.exe": "FAILED",
        "c.pdf": "FAILED",
        "d.txt": "FAILED",
    }
    assert "'.exe'" in jobs["b.exe"]["error_message"]
    assert jobs["a.txt"]["error_message"] is None
    failed = instant.get("/api/v2/parse", status="FAILED")["items"]
    assert {job["name"] for job in failed} == {"b.exe", "c.pdf", "d.txt"}


class TestList:
    def test_every_filter(self, timed):
        one, two = timed.directory(1), timed.directory(1)
        old = timed.batch(one)
        timed.clock.pass_time(60)
        new = timed.batch(two)

        def ids(**query):
            return [item["id"] for item in timed.get("/api/v2/batches", **query)["items"]]

        assert ids() == [new["id"], old["id"]]
        assert ids(status="PENDING") == [new["id"]]
        assert ids(status="COMPLETED") == [old["id"]]
        assert ids(status="FAILED") == []
        assert ids(source_directory_id=one) == [old["id"]]
        assert ids(created_at_on_or_after=new["created_at"]) == [new["id"]]
        assert ids(created_at_on_or_before=old["created_at"]) == [old["id"]]
        assert ids(created_at_on_or_before="2027-01-15T09:00:30+01:00") == [old["id"]]

    def test_pages_stay_in_place_while_batches_are_added(self, instant):
        directory = instant.directory(1)
        before = [instant.batch(directory)["id"] for _ in range(10)]
        seen, token = [], None
        while True:
            query = {"page_size": 3} | ({"page_token": token} if token else {})
            page = instant.get("/api/v2/batches", **query)
            seen += [item["id"] for item in page["items"]]
            token = page["next_page_token"]
            instant.batch(directory)
            if token is None:
                break
        assert seen == before[::-1]

    def test_the_last_page_has_no_token(self, instant):
        directory = instant.directory(1)
        for _ in range(4):
            instant.batch(directory)
        page = instant.get("/api/v2/batches", page_size=4)
        assert page["next_page_token"] is None
        assert page["total_size"] is None

    @pytest.mark.parametrize("token", ["x", "AAAA", "é", "eyJhIjoxfQ=="])
    def test_a_token_that_is_not_its_own_is_refused(self, instant, token):
        refused = instant.http.get("/api/v2/batches", params={"page_token": token})
        assert refused.status_code == 422
        assert refused.json()["detail"][0]["loc"] == ["query", "page_token"]

    def test_a_token_of_another_listing_is_refused(self, instant):
        directory = instant.directory(3)
        token = instant.get(f"/api/v1/beta/directories/{directory}/files", page_size=1)["next_page_token"]
        assert instant.http.get("/api/v2/batches", params={"page_token": token}).status_code == 422


class TestRefusals:
    def create(self, api, directory, job=JOB, **more):
        body = {"source_directory_id": directory, "config": {"job": job}, **more}
        return api.http.post("/api/v2/batches", json=body)

    def test_more_than_a_thousand_files(self, serve):
        api = serve(policy=Policy(batch_file_limit=3))
        assert self.create(api, api.directory(3)).status_code == 201
        refused = self.create(api, api.directory(4))
        assert refused.status_code == 400
        assert "at most 3 files" in refused.json()["detail"]

    def test_the_limit_is_a_thousand(self):
        assert Policy().batch_file_limit == 1000

    def test_a_configuration_of_another_product(self, instant):
        refused = self.create(
            instant, instant.directory(1), {"type": "extract_v2", "configuration_id": "cfg-PARSE_AGENTIC"}
        )
        assert refused.status_code == 400
        assert "parse_v2" in refused.json()["detail"]

    def test_an_unknown_directory(self, instant):
        assert self.create(instant, "dir-none").status_code == 404

    def test_too_many_webhook_ids(self, instant):
        refused = self.create(instant, instant.directory(1), webhook_configuration_ids=["a"] * 5)
        assert refused.status_code == 422
        assert refused.json()["detail"][0]["loc"] == ["body", "webhook_configuration_ids"]

    def test_a_missing_field_is_named_by_its_place(self, instant):
        refused = instant.http.post("/api/v2/batches", json={"config": {"job": {"type": "parse_v3"}}})
        places = {tuple(problem["loc"]): problem["type"] for problem in refused.json()["detail"]}
        assert places == {
            ("body", "source_directory_id"): "missing",
            ("body", "config", "job", "type"): "literal_error",
            ("body", "config", "job", "configuration_id"): "missing",
        }

    @pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"a": \xff}'])
    def test_a_body_that_is_no_object(self, instant, body):
        refused = instant.http.post("/api/v2/batches", content=body, headers={"Content-Type": "application/json"})
        assert refused.status_code == 422
        assert refused.json()["detail"][0]["loc"][0] == "body"

    @pytest.mark.parametrize(
        ("name", "value"),
        [("status", "DONE"), ("page_size", "x"), ("page_size", "0"), ("project_id", "prj-1"),
         ("created_at_on_or_after", "yesterday")],
    )  # fmt: skip
    def test_a_wrong_filter_is_named(self, instant, name, value):
        refused = instant.http.get("/api/v2/batches", params={name: value})
        assert refused.status_code == 422
        assert refused.json()["detail"][0]["loc"] == ["query", name]
