"""One batch that is watched: what it and its jobs are taken for."""

from __future__ import annotations

from typing import Any

import pytest
import respx

from llamacloud_cli.errors import ApiError
from llamacloud_cli.workflows.watch import JOB_GONE, PATIENCE_WITH_REFERENCES, BatchWatch, FileOutcome
from tests.clients import API, client
from tests.servers import page

BATCH = "/api/v2/batches/bat-1"
JOBS = "/api/v2/parse"
SCOPE = (("project_id", "prj-1"),)


@pytest.fixture
def api() -> Any:
    """The API as respx plays it; a request that no route knows fails the test."""
    with respx.mock(base_url=API, assert_all_called=False) as router:
        yield router


def result(number: int, job: str | None = "pjb", **more: Any) -> dict[str, Any]:
    """Gives what a batch says of one file."""
    reference = {"type": "parse_v2", "id": f"{job}-{number}"} if job else None
    return {"source_directory_file_id": f"dfl-{number}", "job_reference": reference, **more}


def answer(status: str, *results: Any) -> dict[str, Any]:
    return {"id": "bat-1", "status": status, "results": list(results) or None}


def jobs(*statuses: str, **more: Any) -> dict[str, Any]:
    return page(*({"id": f"pjb-{number}", "status": status, **more} for number, status in enumerate(statuses)))


class TestOneBatch:
    def watch(self) -> BatchWatch:
        return BatchWatch(client(), "bat-1", SCOPE)

    def test_one_that_goes_on_is_asked_for_with_its_results_and_its_jobs_are_not(self, api: respx.MockRouter) -> None:
        asked = api.get(BATCH).respond(json=answer("RUNNING", result(0)))
        watch = self.watch()
        watch.step()
        assert (watch.status, watch.over) == ("RUNNING", False)
        assert list(watch.outcomes()) == [FileOutcome("dfl-0", "parse_v2", "pjb-0", "PENDING", None)]
        assert list(asked.calls.last.request.url.params.multi_items()) == [
            ("expand", "results"),
            ("project_id", "prj-1"),
        ]

    def test_one_that_is_completed_is_over_when_its_jobs_are(self, api: respx.MockRouter) -> None:
        """The batch itself is not asked for again meanwhile, nor is a job that has ended."""
        batch = api.get(BATCH).respond(json=answer("COMPLETED", result(0), result(1)))
        listed = api.get(JOBS).respond(json=jobs("COMPLETED", "RUNNING"))
        watch = self.watch()
        watch.step()
        first = watch.progress()
        assert (first.over, first.jobs, first.done, first.failed) == (False, 2, 1, 0)
        listed.respond(json=page({"id": "pjb-1", "status": "FAILED", "error_message": "no pages"}))
        watch.step()
        assert watch.over
        assert [(one.status, one.error) for one in watch.outcomes()] == [("COMPLETED", None), ("FAILED", "no pages")]
        assert (watch.progress().done, watch.progress().failed) == (2, 1)
        assert batch.call_count == 1
        assert listed.calls.last.request.url.params.get_list("job_ids") == ["pjb-1"]

    @pytest.mark.parametrize("status", ["FAILED", "CANCELLED"])
    def test_one_that_ended_otherwise_is_over_whatever_its_jobs_do(self, api: respx.MockRouter, status: str) -> None:
        api.get(BATCH).respond(json=answer(status, result(0), result(1, None)))
        api.get(JOBS).respond(json=jobs("RUNNING"))
        watch = self.watch()
        watch.step()
        assert watch.over
        assert [one.status for one in watch.outcomes()] == ["RUNNING", "FAILED"]

    @pytest.mark.parametrize(
        ("status", "words"), [("FAILED", "the job ended FAILED"), ("CANCELLED", "ended CANCELLED")]
    )
    def test_a_job_that_failed_without_a_word_has_a_reason(
        self, api: respx.MockRouter, status: str, words: str
    ) -> None:
        api.get(BATCH).respond(json=answer("COMPLETED", result(0)))
        api.get(JOBS).respond(json=jobs(status))
        watch = self.watch()
        watch.step()
        (outcome,) = watch.outcomes()
        assert outcome.status == status
        assert words in (outcome.error or "")

    def test_a_job_that_succeeded_has_no_error_whatever_it_says(self, api: respx.MockRouter) -> None:
        api.get(BATCH).respond(json=answer("COMPLETED", result(0)))
        api.get(JOBS).respond(json=jobs("COMPLETED", error_message="a warning"))
        watch = self.watch()
        watch.step()
        assert [one.error for one in watch.outcomes()] == [None]

    def test_a_job_that_its_listing_leaves_out_is_asked_for_by_its_id(self, api: respx.MockRouter) -> None:
        """Where that does not know it either, it is gone, and failed."""
        api.get(BATCH).respond(json=answer("COMPLETED", result(0), result(1)))
        api.get(JOBS).respond(json=page())
        api.get(f"{JOBS}/pjb-0").respond(json={"job": {"id": "pjb-0", "status": "COMPLETED"}})
        api.get(f"{JOBS}/pjb-1").respond(404)
        watch = self.watch()
        watch.step()
        assert watch.over
        assert [(one.status, one.error) for one in watch.outcomes()] == [("COMPLETED", None), ("FAILED", JOB_GONE)]

    def test_one_that_names_no_job_yet_is_asked_a_few_times_more(self, api: respx.MockRouter) -> None:
        asked = api.get(BATCH).respond(json=answer("COMPLETED", result(0, None)))
        watch, steps = self.watch(), 0
        while not watch.over:
            assert [one.status for one in watch.outcomes()] == (["PENDING"] if steps else [])
            watch.step()
            steps += 1
        assert steps == PATIENCE_WITH_REFERENCES + 1
        assert asked.call_count == steps
        (outcome,) = watch.outcomes()
        assert (outcome.status, outcome.job_id) == ("FAILED", None)
        assert "neither a job nor an error" in (outcome.error or "")

    def test_one_that_names_no_file_yet_is_asked_a_few_times_more(self, api: respx.MockRouter) -> None:
        asked = api.get(BATCH).respond(json=answer("COMPLETED"))
        watch, steps = self.watch(), 0
        while not watch.over:
            watch.step()
            steps += 1
        assert steps == asked.call_count == PATIENCE_WITH_REFERENCES + 1
        assert list(watch.outcomes()) == []

    def test_a_file_with_an_error_needs_no_job(self, api: respx.MockRouter) -> None:
        asked = api.get(BATCH).respond(json=answer("COMPLETED", result(0, None, error_message="unreadable")))
        watch = self.watch()
        watch.step()
        assert watch.over
        assert asked.call_count == 1
        assert [(one.status, one.error) for one in watch.outcomes()] == [("FAILED", "unreadable")]

    @pytest.mark.parametrize("reference", [{"type": "other", "id": "j"}, {"type": "parse_v2"}, {"id": "j"}, "text", 5])
    def test_a_reference_to_no_known_job_is_none(self, api: respx.MockRouter, reference: Any) -> None:
        one = {"source_directory_file_id": "dfl-0", "job_reference": reference, "error_message": "why"}
        api.get(BATCH).respond(json=answer("COMPLETED", one))
        watch = self.watch()
        watch.step()
        assert list(watch.outcomes()) == [FileOutcome("dfl-0", None, None, "FAILED", "why")]

    def test_a_job_whose_id_could_lead_elsewhere_is_not_asked_for(self, api: respx.MockRouter) -> None:
        one = {**result(0), "job_reference": {"type": "parse_v2", "id": ".."}}
        api.get(BATCH).respond(json=answer("COMPLETED", one))
        watch = self.watch()
        watch.step()
        (outcome,) = watch.outcomes()
        assert (outcome.job_id, outcome.status) == (None, "FAILED")
        assert "a job whose id" in (outcome.error or "")

    @pytest.mark.parametrize(
        "body",
        [{}, {"status": 5}, {"status": "RUNNING", "results": {"a": 1}}, answer("RUNNING", 5), answer("RUNNING", {})],
    )
    def test_an_answer_without_sense_changes_nothing(self, api: respx.MockRouter, body: Any) -> None:
        api.get(BATCH).respond(json=body)
        watch = self.watch()
        with pytest.raises(ApiError, match="makes no sense"):
            watch.step()
        assert (watch.status, watch.document, watch.progress().jobs) == ("", None, None)
