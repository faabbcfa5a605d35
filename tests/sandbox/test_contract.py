"""Many requests made from the API's description: no 500, and no answer outside its schemas.

Requests that are right and requests that are wrong are both made; ids are replaced by real ones in half of
them, so that routes are not only asked for what they do not have.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

from llamacloud_cli.sandbox import INSTANT, Policy, Sandbox, SandboxOptions
from llamacloud_cli.sandbox.routes import ROUTES

EXAMPLES = 12


def implemented():
    """The part of the API's description that the sandbox has routes for."""
    description = json.loads((Path(__file__).parent / "openapi.json").read_text())
    routes = {(route.method.lower(), re.sub(r"<(\w+)>", r"{\1}", route.path)) for route in ROUTES}
    paths = {
        path: {method: operation for method, operation in methods.items() if (method, path) in routes}
        for path, methods in description["paths"].items()
    }
    return {**description, "paths": {path: methods for path, methods in paths.items() if methods}}


DESCRIPTION = implemented()
schema = schemathesis.openapi.from_dict(DESCRIPTION)


@pytest.fixture(scope="module")
def target(tmp_path_factory):
    """A sandbox with one of everything, the ids of it, and how to call it."""
    import httpx

    options = SandboxOptions(
        data=tmp_path_factory.mktemp("contract") / "data", speed=INSTANT, policy=Policy(batch_file_limit=20)
    )
    with Sandbox(options) as sandbox:
        headers = {"Authorization": f"Bearer {sandbox.api_key}"}
        with httpx.Client(base_url=sandbox.base_url, headers=headers) as client:

            def batch(kind, configuration):
                config = {"job": {"type": kind, "configuration_id": configuration}}
                body = {"source_directory_id": ids["directory_id"], "config": config}
                made = client.post("/api/v2/batches", json=body).json()["id"]
                [result] = client.get(f"/api/v2/batches/{made}", params={"expand": "results"}).json()["results"]
                return made, result["job_reference"]["id"]

            ids = {"project_id": sandbox.project_id}
            ids["directory_id"] = client.post("/api/v1/beta/directories", json={"name": "d"}).json()["id"]
            path = f"/api/v1/beta/directories/{ids['directory_id']}/files/upload"
            file = client.post(path, files={"upload_file": ("a.md", b"# A\n\nTotal: 3\n\n- b")}).json()
            ids |= {"directory_file_id": file["id"], "file_id": file["file_id"]}
            parameters = {"product_type": "parse_v2", "tier": "agentic", "version": "latest"}
            saved = client.post("/api/v1/beta/configurations", json={"name": "c", "parameters": parameters})
            ids["config_id"] = saved.json()["id"]
            ids["batch_id"], ids["parse"] = batch("parse_v2", "cfg-PARSE_AGENTIC")
            _, ids["extract"] = batch("extract_v2", "cfg-SANDBOX_EXTRACT")
        yield sandbox.base_url, headers, ids


def with_real_ids(case, ids):
    """Puts real ids in place of made ones in half of the cases, always in the same."""
    text = repr((case.path_parameters, case.query, case.body))
    if sum(text.encode()) % 2:
        return
    for name in list(case.path_parameters or {}):
        product = "extract" if "/extract" in case.path else "parse"
        case.path_parameters[name] = ids[product] if name == "job_id" else ids[name]
    for name in ("project_id", "organization_id"):
        if case.query and name in case.query:
            del case.query[name]
    if isinstance(case.body, dict):
        real = {"source_directory_id": "directory_id", "file_id": "file_id", "file_input": "file_id"}
        case.body |= {name: ids[real[name]] for name in real if name in case.body}
        case.body |= {"purpose": "parse"} if "purpose" in case.body else {}
        match case.body:
            case {"config": {"job": {"type": "parse_v2"} as job}}:
                job["configuration_id"] = "cfg-PARSE_AGENTIC"
                case.body["webhook_configuration_ids"] = None


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_no_500_and_no_answer_outside_the_description(case, target):
    base_url, headers, ids = target
    # Deleting what later cases are asked for would make them all 404.
    if case.method != "DELETE" and "bulk-delete" not in case.path:
        with_real_ids(case, ids)
    response = case.call(base_url=base_url, headers=headers)
    assert response.headers["x-request-id"]
    checks = [not_a_server_error, response_schema_conformance]
    if response.status_code in {200, 201, 422}:
        checks.append(content_type_conformance)
    case.validate_response(response, checks=checks)


def test_every_route_of_the_description_is_implemented_but_these():
    whole = json.loads((Path(__file__).parent / "openapi.json").read_text())["paths"]
    every = {(method, path) for path, methods in whole.items() for method in methods}
    missing = every - {(method, path) for path, methods in DESCRIPTION["paths"].items() for method in methods}
    assert missing == {
        ("post", "/api/v1/beta/files/query"),  # deprecated
    }
