"""The official SDK cannot tell the sandbox from the service: its strict models take every answer."""

from __future__ import annotations

import json

import httpx
import pytest
from llama_cloud import BadRequestError, ConflictError, NotFoundError, UnprocessableEntityError

SCHEMA = {
    "type": "object",
    "properties": {
        "invoice_number": {"type": "string"},
        "total": {"type": "number"},
        "colour": {"type": "string"},
    },
}
EVERYTHING = [
    "text",
    "text_full",
    "markdown",
    "markdown_full",
    "items",
    "metadata",
    "job_metadata",
    "usage",
    "text_content_metadata",
    "markdown_content_metadata",
]


def test_fifty_files_from_upload_to_text(instant):
    sdk = instant.sdk
    directory = sdk.beta.directories.create(name="letters", type="ephemeral")
    uploaded = {}
    for number in range(50):
        file = sdk.beta.directories.files.upload(
            directory.id,
            upload_file=(f"letter-{number}.txt", f"Letter number {number}\fIts second page".encode()),
            unique_id=f"letters/{number}",
            metadata=json.dumps({"number": number}),
        )
        uploaded[file.id] = number
    listed = list(sdk.beta.directories.files.list(directory.id, page_size=7))
    assert [file.metadata["number"] for file in listed] == list(range(49, -1, -1))

    configuration = sdk.configurations.create(
        name="mine", parameters={"product_type": "parse_v2", "tier": "agentic", "version": "latest"}
    )
    batch = sdk.batches.create(
        source_directory_id=directory.id,
        config={"job": {"type": "parse_v2", "configuration_id": configuration.id}},
    )
    assert batch.results is None
    results = sdk.batches.get(batch.id, expand=["results"]).results
    assert results is not None
    assert {result.source_directory_file_id for result in results} == set(uploaded)
    for result in results:
        assert result.job_reference is not None
        job = sdk.parsing.get(result.job_reference.id, expand=["text", "usage"])
        number = uploaded[result.source_directory_file_id]
        assert [page.text for page in job.text.pages] == [f"Letter number {number}", "Its second page"]
        assert job.job.usage.credits == 2


def test_every_expandable_part_of_a_pdf_is_its_real_text(instant, samples):
    pdf = samples / "invoice-HI-2026-0317.pdf"
    batch = instant.batch(instant.directory({pdf.name: pdf.read_bytes()}))
    [result] = instant.sdk.batches.get(batch["id"], expand=["results"]).results
    job = instant.sdk.parsing.get(result.job_reference.id, expand=EVERYTHING)
    assert job.job.status == "COMPLETED"
    first, second = job.text.pages
    assert "Invoice number: HI-2026-0317" in first.text
    assert "Incoterms: DAP Gothenburg" in second.text
    assert job.markdown.pages[0].markdown.startswith("# Invoice\n")
    assert job.markdown_full == "\n\n".join(page.markdown for page in job.markdown.pages)
    assert job.text_full == f"{first.text}\n\n{second.text}"
    headings = [item.value for item in job.items.pages[0].items if item.type == "heading"]
    assert headings == ["Invoice", "Items", "Amounts"]
    assert round(job.items.pages[0].page_width) == 595
    assert [page.page_number for page in job.metadata.pages] == [1, 2]
    for kind, whole in (("text", job.text_full), ("markdown", job.markdown_full)):
        part = job.result_content_metadata[kind]
        assert part.size_bytes == len(whole.encode())
        assert httpx.get(part.presigned_url).text == whole


def test_extract_fills_the_schema_from_labels_and_leaves_the_rest_null(instant, samples):
    configuration = instant.sdk.configurations.create(
        name="invoices", parameters={"product_type": "extract_v2", "data_schema": SCHEMA}
    )
    pdf = samples / "invoice-HI-2026-0317.pdf"
    batch = instant.batch(instant.directory({pdf.name: pdf.read_bytes()}), configuration.id)
    [result] = instant.sdk.batches.get(batch["id"], expand=["results"]).results
    job = instant.sdk.extract.get(result.job_reference.id, expand=["configuration", "extract_metadata", "usage"])
    assert job.extract_result == {"invoice_number": "HI-2026-0317", "total": 2008.13, "colour": None}
    assert job.configuration.data_schema == SCHEMA
    assert job.usage.credits == 2
    listed = list(instant.sdk.extract.list(configuration_id=configuration.id, expand=["configuration"]))
    assert [found.id for found in listed] == [job.id]


def test_batches_are_listed_page_by_page_newest_first(instant):
    directory = instant.directory(1)
    created = [instant.batch(directory)["id"] for _ in range(7)]
    assert [batch.id for batch in instant.sdk.batches.list(page_size=2)] == created[::-1]
    assert [batch.id for batch in instant.sdk.batches.list(source_directory_id=directory)] == created[::-1]
    assert list(instant.sdk.batches.list(source_directory_id="dir-other")) == []


def test_a_running_batch_is_cancelled_and_an_ended_one_refuses(timed):
    batch = timed.batch(timed.directory(3))
    timed.clock.pass_time(2.3)
    assert timed.sdk.batches.cancel(batch["id"]).status == "RUNNING"
    timed.clock.pass_time(1)
    assert timed.sdk.batches.get(batch["id"]).status == "CANCELLED"
    with pytest.raises(ConflictError) as refused:
        timed.sdk.with_options(max_retries=5).batches.cancel(batch["id"])
    assert refused.value.response.headers["x-should-retry"] == "false"


def test_files_are_uploaded_found_downloaded_and_deleted(instant):
    sdk = instant.sdk
    file = sdk.files.create(file=("a b é.txt", b"bytes"), purpose="parse", external_file_id="mine/1")
    assert (file.name, file.file_type, file.external_file_id) == ("a b é.txt", "txt", "mine/1")
    assert [found.id for found in sdk.files.list(external_file_id="mine/1")] == [file.id]
    url = sdk.files.content(file.id, expires_at_seconds=60).url
    assert httpx.get(url).content == b"bytes"
    directory = sdk.beta.directories.create(name="d")
    added = sdk.beta.directories.files.add(directory.id, file_id=file.id)
    assert (added.unique_id, added.display_name) == ("mine/1", "a b é.txt")
    sdk.files.delete(file.id)
    assert httpx.get(url).status_code == 404
    with pytest.raises(NotFoundError):
        sdk.files.content(file.id)


def test_refusals_raise_the_sdks_own_exceptions(instant):
    sdk = instant.sdk
    job = {"type": "parse_v2", "configuration_id": "cfg-PARSE_AGENTIC"}
    with pytest.raises(NotFoundError):
        sdk.batches.get("bat-unknown")
    with pytest.raises(BadRequestError, match="has no files"):
        sdk.batches.create(source_directory_id=instant.directory(0), config={"job": job})
    with pytest.raises(UnprocessableEntityError):
        sdk.batches.list(project_id="prj-1")
    with pytest.raises(NotFoundError, match="cfg-none"):
        sdk.batches.create(
            source_directory_id=instant.directory(1),
            config={"job": {"type": "parse_v2", "configuration_id": "cfg-none"}},
        )


def test_projects_name_the_project_of_the_key(instant):
    [project] = instant.sdk.projects.list()
    assert project.id == instant.sandbox.project_id
    assert instant.sdk.projects.get(project.id).is_default
    assert [found.id for found in instant.sdk.v2_projects.list(name="Sandbox")] == [project.id]
    assert instant.sdk.v2_projects.get(project.id).organization_id == project.organization_id


def test_single_jobs_are_created_read_and_deleted(instant):
    sdk = instant.sdk
    file = sdk.files.create(file=("a.txt", b"Total: 3"), purpose="parse")
    parsed = sdk.parsing.create(tier="agentic", version="latest", file_id=file.id, user_metadata={"k": "v"})
    assert parsed.user_metadata == {"k": "v"}
    assert sdk.parsing.get(parsed.id, expand=["text_full"]).text_full == "Total: 3"
    schema = {"type": "object", "properties": {"total": {"type": "integer"}}}
    for source in (file.id, parsed.id):
        extracted = sdk.extract.create(file_input=source, configuration={"data_schema": schema})
        assert sdk.extract.get(extracted.id, expand=["configuration"]).extract_result == {"total": 3}
    saved = sdk.extract.create(file_input=file.id, configuration_id="cfg-SANDBOX_EXTRACT")
    assert sdk.extract.get(saved.id).extract_result["total"] == 3
    assert sdk.parsing.delete(parsed.id).id == parsed.id
    sdk.extract.delete(extracted.id)
    with pytest.raises(NotFoundError):
        sdk.parsing.get(parsed.id)
    assert extracted.id not in [job.id for job in sdk.extract.list()]


def test_a_job_that_goes_on_is_deleted_by_force_only(timed):
    file = timed.upload(timed.directory(0), "a.txt", b"x")["file_id"]
    job = timed.sdk.extract.create(file_input=file, configuration_id="cfg-SANDBOX_EXTRACT")
    with pytest.raises(ConflictError):
        timed.sdk.extract.delete(job.id)
    timed.sdk.extract.delete(job.id, force=True)
    assert timed.get("/api/v2/extract")["items"] == []
