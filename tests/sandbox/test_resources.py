"""Directories, their files, stored files, configurations, projects, and the key."""

from __future__ import annotations

import uuid

import httpx
import pytest

from llamacloud_cli.sandbox import Policy

DIRECTORIES = "/api/v1/beta/directories"
FILES = "/api/v1/beta/files"
CONFIGURATIONS = "/api/v1/beta/configurations"
PARSE = {"product_type": "parse_v2", "tier": "fast", "version": "latest"}


class TestKey:
    @pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer wrong", "Basic {key}", "Bearer {key}x", "{key}"])
    def test_without_the_key_nothing_is_shown(self, instant, header):
        headers = {} if header is None else {"Authorization": header.format(key=instant.sandbox.api_key)}
        for path in ("/api/v2/batches", "/api/v1/projects", "/_sandbox/faults"):
            response = httpx.get(instant.sandbox.base_url + path, headers=headers)
            assert response.status_code == 401
            assert response.json() == {"detail": "Invalid authentication token"}
            assert response.headers["x-request-id"]

    def test_another_project_is_forbidden(self, instant):
        for name in ("project_id", "organization_id"):
            assert instant.http.get("/api/v2/batches", params={name: str(uuid.uuid4())}).status_code == 403
        own = {"project_id": instant.sandbox.project_id}
        assert instant.http.get("/api/v2/batches", params=own).status_code == 200
        assert instant.http.get(f"/api/v1/projects/{uuid.uuid4()}").status_code == 403
        assert instant.http.get("/api/v1/projects/x").json()["detail"][0]["loc"] == ["path", "project_id"]

    def test_unknown_paths_and_methods(self, instant):
        assert instant.http.get("/api/v9/batches").status_code == 404
        refused = instant.http.put("/api/v2/batches")
        assert refused.status_code == 405
        assert set(refused.headers["allow"].split(", ")) >= {"GET", "POST"}

    def test_each_answer_has_its_own_request_id(self, instant):
        ids = {instant.http.get("/api/v2/batches").headers["x-request-id"] for _ in range(5)}
        assert len(ids) == 5


class TestDirectories:
    def test_created_changed_listed_deleted(self, instant):
        made = instant.post(DIRECTORIES, {"name": "a", "description": "old", "system_metadata": {"k": [1]}})
        assert made["type"] == "user"
        assert made["expires_at"] is None
        changed = instant.http.patch(f"{DIRECTORIES}/{made['id']}", json={"name": "b"}).json()
        assert (changed["name"], changed["description"]) == ("b", "old")
        cleared = instant.http.patch(f"{DIRECTORIES}/{made['id']}", json={"description": None}).json()
        assert (cleared["name"], cleared["description"]) == ("b", None)
        assert instant.get(f"{DIRECTORIES}/{made['id']}")["system_metadata"] == {"k": [1]}
        assert [d["id"] for d in instant.get(DIRECTORIES, name="b")["items"]] == [made["id"]]
        assert instant.get(DIRECTORIES, name="a")["items"] == []
        assert instant.http.delete(f"{DIRECTORIES}/{made['id']}").status_code == 204
        assert instant.http.get(f"{DIRECTORIES}/{made['id']}").status_code == 404
        assert instant.get(DIRECTORIES)["items"] == []
        [gone] = instant.get(DIRECTORIES, include_deleted="true")["items"]
        assert gone["deleted_at"] is not None

    def test_found_by_type(self, instant):
        for kind in ("user", "ephemeral", "user"):
            instant.post(DIRECTORIES, {"name": kind, "type": kind})
        assert len(instant.get(DIRECTORIES, type="user")["items"]) == 2
        assert len(instant.get(DIRECTORIES, types=["user", "ephemeral"])["items"]) == 3
        assert instant.get(DIRECTORIES, type="index")["items"] == []

    def test_an_ephemeral_one_expires_with_its_files(self, timed):
        directory = timed.directory({"a.txt": b"text"}, kind="ephemeral")
        kept = timed.directory({"b.txt": b"text"})
        shown = timed.get(f"{DIRECTORIES}/{directory}")
        assert shown["expires_at"] == "2027-01-17T08:00:00.000000Z"
        batch = timed.batch(directory)
        timed.clock.pass_time(60)
        assert [job["text_full"] for job in timed.jobs(batch, "text_full")] == ["text"]
        timed.clock.pass_time(48 * 3600)
        assert timed.http.get(f"{DIRECTORIES}/{directory}").status_code == 404
        assert timed.http.get(f"{DIRECTORIES}/{directory}/files").status_code == 404
        assert [d["id"] for d in timed.get(DIRECTORIES)["items"]] == [kept]
        gone = next(d for d in timed.get(DIRECTORIES, include_deleted=True)["items"] if d["id"] == directory)
        assert gone["deleted_at"] == gone["expires_at"]
        assert [file["name"] for file in timed.get(FILES)["items"]] == ["b.txt"]
        assert [job["text_full"] for job in timed.jobs(batch, "text_full")] == ["text"]

    def test_the_bytes_of_an_expired_file_are_removed(self, serve, clock, tmp_path):
        api = serve(clock=clock)
        api.directory({"a.txt": b"x"}, kind="ephemeral")
        blobs = tmp_path / "data" / "files"
        assert len(list(blobs.iterdir())) == 1
        api.clock.pass_time(48 * 3600 + 1)
        api.close()
        again = serve(clock=api.clock)
        again.sandbox.close()  # what is due is swept as soon as the folder is served
        assert list(blobs.iterdir()) == []

    @pytest.mark.parametrize("body", [{"name": ""}, {}, {"name": "a", "type": "index"}, {"name": None}])
    def test_refused(self, instant, body):
        assert instant.http.post(DIRECTORIES, json=body).status_code == 422


class TestDirectoryFiles:
    def test_fields_of_an_upload(self, instant):
        directory = instant.directory(0)
        file = instant.upload(
            directory, "ä b.txt", b"x", display_name="shown", unique_id="u", external_file_id="e",
            metadata='{"k": "v", "n": 1, "f": 1.5, "b": true, "z": null, "l": ["a"]}',
        )  # fmt: skip
        assert (file["display_name"], file["unique_id"]) == ("shown", "u")
        assert file["metadata"] == {"k": "v", "n": 1, "f": 1.5, "b": True, "z": None, "l": ["a"]}
        assert instant.get(f"{FILES}/{file['file_id']}")["external_file_id"] == "e"

    def test_names_default_to_the_file_name(self, instant):
        file = instant.upload(instant.directory(0), "a.txt", b"x")
        assert (file["display_name"], file["unique_id"], file["metadata"]) == ("a.txt", "a.txt", {})

    def test_a_second_file_with_the_same_unique_id_is_refused_and_leaves_nothing(self, instant, tmp_path):
        directory = instant.directory({"a.txt": b"1"})
        refused = instant.http.post(f"{DIRECTORIES}/{directory}/files/upload", files={"upload_file": ("a.txt", b"2")})
        assert refused.status_code == 409
        assert refused.headers["x-should-retry"] == "false"
        assert len(instant.get(FILES)["items"]) == 1
        assert len(list((tmp_path / "data" / "files").iterdir())) == 1
        assert list((tmp_path / "data" / "uploads").iterdir()) == []

    def test_every_filter(self, timed):
        directory = timed.directory(0)
        one = timed.upload(directory, "one.txt", b"1", unique_id="u1")
        timed.clock.pass_time(60)
        two = timed.upload(directory, "two.txt", b"2", unique_id="u2")

        def ids(**query):
            return [f["id"] for f in timed.get(f"{DIRECTORIES}/{directory}/files", **query)["items"]]

        assert ids() == [two["id"], one["id"]]
        assert ids(unique_id="u1") == [one["id"]]
        assert ids(display_name="two.txt") == [two["id"]]
        assert ids(display_name_contains="tw") == [two["id"]]
        assert ids(display_name_contains="%") == []
        assert ids(file_id=one["file_id"]) == [one["id"]]
        assert ids(updated_at_on_or_after=two["updated_at"]) == [two["id"]]
        assert ids(updated_at_on_or_before=one["updated_at"]) == [one["id"]]
        timed.http.delete(f"{DIRECTORIES}/{directory}/files/{one['id']}")
        assert ids() == [two["id"]]
        assert ids(include_deleted=True) == [two["id"], one["id"]]

    def test_changed_and_moved(self, instant):
        here, there = instant.directory({"a.txt": b"x"}), instant.directory(0)
        [file] = instant.get(f"{DIRECTORIES}/{here}/files")["items"]
        path = f"{DIRECTORIES}/{here}/files/{file['id']}"
        changes = {"display_name": "b", "unique_id": "v", "metadata": {"k": 1}, "target_directory_id": there}
        moved = instant.http.patch(path, json=changes).json()
        assert (moved["display_name"], moved["unique_id"], moved["metadata"]) == ("b", "v", {"k": 1})
        assert moved["directory_id"] == there
        assert instant.http.get(path).status_code == 404
        assert instant.get(f"{DIRECTORIES}/{there}/files/{file['id']}")["file_id"] == file["file_id"]

    def test_download_url_by_expand(self, instant):
        directory = instant.directory({"a.txt": b"bytes"})
        [plain] = instant.get(f"{DIRECTORIES}/{directory}/files")["items"]
        [file] = instant.get(f"{DIRECTORIES}/{directory}/files", expand="download_url")["items"]
        assert plain["download_url"] is None
        assert httpx.get(file["download_url"]["url"]).content == b"bytes"

    def test_many_are_deleted_or_none(self, instant):
        directory = instant.directory(3)
        ids = [f["id"] for f in instant.get(f"{DIRECTORIES}/{directory}/files")["items"]]
        path = f"{DIRECTORIES}/{directory}/files/bulk-delete"
        assert instant.http.post(path, json={"directory_file_ids": [ids[0], "dfl-no"]}).status_code == 404
        assert len(instant.get(f"{DIRECTORIES}/{directory}/files")["items"]) == 3
        assert instant.http.post(path, json={"directory_file_ids": ids[:2]}).status_code == 204
        assert len(instant.get(f"{DIRECTORIES}/{directory}/files")["items"]) == 1
        assert instant.http.post(path, json={"directory_file_ids": []}).status_code == 422

    @pytest.mark.parametrize("metadata", ["{", "[]", '{"k": {"deep": 1}}', '{"k": [1]}'])
    def test_metadata_that_is_no_flat_object_is_refused(self, instant, metadata):
        response = instant.http.post(
            f"{DIRECTORIES}/{instant.directory(0)}/files/upload",
            files={"upload_file": ("a", b"x")},
            data={"metadata": metadata},
        )
        assert response.status_code == 422

    def test_an_upload_without_a_file_is_refused(self, instant):
        path = f"{DIRECTORIES}/{instant.directory(0)}/files/upload"
        missing = instant.http.post(path, files={"other": ("a", b"x")})
        assert missing.json()["detail"][0] == {
            "type": "missing", "loc": ["body", "upload_file"], "msg": "Field required", "input": None
        }  # fmt: skip
        assert instant.http.post(path, files={"upload_file": (None, b"text")}).status_code == 422
        assert instant.http.post(path, json={}).status_code == 422
        broken = {"Content-Type": "multipart/form-data; boundary=x"}
        assert instant.http.post(path, content=b"--x\r\nnothing", headers=broken).status_code in {400, 422}


class TestFiles:
    def test_orders(self, instant):
        for name in ("b.txt", "a.txt", "c.txt"):
            response = instant.http.post(FILES, files={"file": (name, b"x")}, data={"purpose": "parse"})
            assert response.status_code == 201

        def names(**query):
            names, token = [], None
            while True:
                page = instant.get(FILES, page_size=2, **query, **({"page_token": token} if token else {}))
                names += [file["name"] for file in page["items"]]
                token = page["next_page_token"]
                if token is None:
                    return names

        assert names() == names(order_by="created_at") == ["c.txt", "a.txt", "b.txt"]
        assert names(order_by="name") == ["a.txt", "b.txt", "c.txt"]
        assert sorted(names(order_by="id")) == ["a.txt", "b.txt", "c.txt"]
        assert instant.http.get(FILES, params={"order_by": "size"}).status_code == 422
        assert names(file_name="b.txt") == ["b.txt"]

    def test_found_by_ids(self, instant):
        ids = [instant.upload(instant.directory(0), "a", b"x")["file_id"] for _ in range(3)]
        assert {f["id"] for f in instant.get(FILES, file_ids=ids[:2])["items"]} == set(ids[:2])
        assert instant.http.get(FILES, params={"file_ids": "x"}).status_code == 422

    @pytest.mark.parametrize("size", [0, 1001])
    def test_page_size_bounds(self, instant, size):
        assert instant.http.get(FILES, params={"page_size": size}).status_code == 422

    @pytest.mark.parametrize("purpose", [None, "cooking"])
    def test_a_purpose_is_needed(self, instant, purpose):
        data = {"purpose": purpose} if purpose else {}
        refused = instant.http.post(FILES, files={"file": ("a", b"x")}, data=data)
        assert refused.status_code == 422
        assert refused.json()["detail"][0]["loc"] == ["body", "purpose"]

    def test_a_presigned_url_works_without_a_key_until_it_expires(self, timed):
        file = timed.upload(timed.directory(0), "a.txt", b"bytes")
        signed = timed.get(f"{FILES}/{file['file_id']}/content", expires_at_seconds=60)
        assert signed["expires_at"] == "2027-01-15T08:01:00.000000Z"
        assert httpx.get(signed["url"]).content == b"bytes"
        assert httpx.get(signed["url"].replace("signature=", "signature=0")).status_code == 403
        assert httpx.get(signed["url"].replace("expires=", "expires=9")).status_code == 403
        timed.clock.pass_time(61)
        assert httpx.get(signed["url"]).status_code == 403

    def test_ids_that_are_no_uuid(self, instant):
        refused = instant.http.get(f"{FILES}/dfl-1")
        assert refused.status_code == 422
        assert refused.json()["detail"][0]["loc"] == ["path", "file_id"]
        assert instant.http.get(f"{FILES}/{uuid.uuid4()}").status_code == 404


class TestConfigurations:
    def create(self, api, name="n", parameters=PARSE):
        return api.http.post(CONFIGURATIONS, json={"name": name, "parameters": parameters})

    def test_a_create_with_the_same_name_and_product_replaces_the_parameters(self, instant):
        first = self.create(instant).json()
        second = self.create(instant, parameters={**PARSE, "tier": "agentic"}).json()
        assert first["id"] == second["id"]
        assert second["parameters"]["tier"] == "agentic"
        other = self.create(instant, parameters={"product_type": "extract_v2", "data_schema": {}}).json()
        assert other["id"] != first["id"]
        found = instant.get(CONFIGURATIONS, name="n", product_type="parse_v2", latest_only=True)["items"]
        assert [item["id"] for item in found] == [first["id"]]

    def test_the_two_built_in_ones_are_listed_and_cannot_be_changed(self, instant):
        listed = {item["id"]: item["product_type"] for item in instant.get(CONFIGURATIONS)["items"]}
        assert listed == {"cfg-PARSE_AGENTIC": "parse_v2", "cfg-SANDBOX_EXTRACT": "extract_v2"}
        path = f"{CONFIGURATIONS}/cfg-PARSE_AGENTIC"
        assert instant.http.delete(path).status_code == 403
        assert instant.http.put(path, json={"name": "x"}).status_code == 403
        assert self.create(instant, "PARSE_AGENTIC").status_code == 403
        assert instant.get(path)["parameters"]["tier"] == "agentic"

    def test_changed_and_deleted(self, timed):
        made = self.create(timed).json()
        timed.clock.pass_time(1)
        path = f"{CONFIGURATIONS}/{made['id']}"
        changed = timed.http.put(path, json={"name": "m"}).json()
        assert (changed["name"], changed["parameters"]) == ("m", PARSE)
        assert changed["version"] > made["version"]
        self.create(timed, "taken")
        assert timed.http.put(path, json={"name": "taken"}).status_code == 409
        assert timed.http.delete(path).status_code == 204
        assert timed.http.get(path).status_code == 404

    def test_parameters_are_kept_as_given(self, instant):
        given = {**PARSE, "page_ranges": {"max_pages": 3}, "crop_box": {"top": 0.25}, "disable_cache": None}
        assert self.create(instant, parameters=given).json()["parameters"] == given

    @pytest.mark.parametrize(
        ("parameters", "place"),
        [
            ({}, []),
            ({"product_type": "poetry"}, []),
            ({"product_type": "parse_v2", "version": "latest"}, ["parse_v2", "tier"]),
            ({**PARSE, "crop_box": {"top": 2}}, ["parse_v2", "crop_box", "top"]),
            ({**PARSE, "input_options": {"pdf": {"x": 1}}}, ["parse_v2", "input_options", "pdf", "x"]),
            ({"product_type": "extract_v2"}, ["extract_v2", "data_schema"]),
        ],
    )
    def test_wrong_parameters_are_named_by_their_place(self, instant, parameters, place):
        refused = self.create(instant, parameters=parameters)
        assert refused.status_code == 422
        assert refused.json()["detail"][0]["loc"] == ["body", "parameters", *place]

    @pytest.mark.parametrize("name", ["", "n" * 256])
    def test_names_have_1_to_255_characters(self, instant, name):
        assert self.create(instant, name).status_code == 422


class TestJobs:
    def test_many_are_read_by_their_ids(self, instant):
        batch = instant.batch(instant.directory(5))
        ids = [job["job"]["id"] for job in instant.jobs(batch)]
        page = instant.get("/api/v2/parse", job_ids=ids[:3])
        assert {job["id"] for job in page["items"]} == set(ids[:3])

    def test_nothing_is_expanded_before_the_job_is_complete(self, timed):
        batch = timed.batch(timed.directory(1))
        timed.clock.pass_time(2.5)
        [job] = timed.jobs(batch, "text", "markdown", "usage")
        assert job["job"]["status"] in {"PENDING", "RUNNING"}
        assert [name for name, value in job.items() if value is not None] == ["job"]

    def test_the_fast_tier_has_text_but_no_markdown(self, instant):
        saved = instant.post(CONFIGURATIONS, {"name": "PARSE fast", "parameters": PARSE})
        config = {"job": {"type": "parse_v2", "configuration_id": saved["id"]}}
        body = {"source_directory_id": instant.directory(1), "config": config}
        [job] = instant.jobs(instant.post("/api/v2/batches", body), "text", "markdown", "markdown_full", "items")
        assert job["job"]["tier"] == "fast"
        assert job["text"] is not None
        assert job["markdown"] is job["markdown_full"] is job["items"] is None

    def test_one_job_can_be_cancelled(self, timed):
        batch = timed.batch(timed.directory(2))
        timed.clock.pass_time(2.5)
        first, _ = timed.jobs(batch)
        path = f"/api/v2/parse/{first['job']['id']}/cancel"
        assert timed.http.post(path).json()["status"] == "CANCELLED"
        assert timed.http.post(path).status_code == 409
        timed.clock.pass_time(60)
        assert [job["job"]["status"] for job in timed.jobs(batch)] == ["CANCELLED", "COMPLETED"]

    def test_a_job_of_the_other_product_is_not_found(self, instant):
        [job] = instant.jobs(instant.batch(instant.directory(1)))
        assert instant.http.get(f"/api/v2/extract/{job['job']['id']}").status_code == 404

    def test_an_extract_job_names_its_file_and_its_error(self, instant):
        batch = instant.batch(instant.directory({"a.bin": b"\0"}), "cfg-SANDBOX_EXTRACT")
        [job] = instant.jobs(batch)
        assert job["status"] == "FAILED"
        assert "'.bin'" in job["error_message"]
        assert job["extract_result"] is None
        assert [j["id"] for j in instant.get("/api/v2/extract", file_input=job["file_input"])["items"]] == [job["id"]]


def test_uploads_over_the_limit_are_refused(serve):
    api = serve(policy=Policy(upload_limit=1000))
    directory = api.directory({"a.txt": b"x" * 1000})
    path = f"{DIRECTORIES}/{directory}/files/upload"
    refused = api.http.post(path, files={"upload_file": ("b.txt", b"x" * 1001)})
    assert refused.status_code == 413
    far_over = api.http.post(path, files={"upload_file": ("c.txt", b"x" * 4_000_000)})
    assert far_over.status_code == 413
    assert len(api.get(FILES)["items"]) == 1
