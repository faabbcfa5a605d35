"""Looking up directories, their files and configurations by what names them: what is asked, and what is believed."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
import respx

from llamacloud_cli.api.configurations import Configuration, ensure_configuration, find_configuration
from llamacloud_cli.api.directories import ensure_directory, list_files
from llamacloud_cli.api.failures import may_have_happened
from llamacloud_cli.api.jobs import JOBS_A_CALL, get_job, list_jobs
from llamacloud_cli.api.projects import list_projects
from llamacloud_cli.errors import ApiError, NetworkError, UsageError
from tests.clients import API, client

SCOPE = (("project_id", "prj-1"),)
DIRECTORIES = "/api/v1/beta/directories"
CONFIGURATIONS = "/api/v1/beta/configurations"


@pytest.fixture
def api() -> Any:
    """The API as respx plays it; a request that no route knows fails the test."""
    with respx.mock(base_url=API) as router:
        yield router


def page(*items: Any) -> dict[str, Any]:
    return {"items": list(items), "next_page_token": None}


def query(route: respx.Route) -> list[tuple[str, str]]:
    """Gives the query of the last request, in its order."""
    return list(route.calls.last.request.url.params.multi_items())


class TestDirectories:
    def test_a_new_one_is_made_at_once(self, api: respx.MockRouter) -> None:
        made = api.post(DIRECTORIES).respond(201, json={"id": "dir-1"})
        assert ensure_directory(client(), "n", SCOPE, known_to_exist=False) == "dir-1"
        assert query(made) == [("project_id", "prj-1")]
        assert made.calls.last.request.content == b'{"name":"n","type":"ephemeral"}'

    def test_one_that_may_exist_is_looked_for_by_its_name_and_kind(self, api: respx.MockRouter) -> None:
        """Whatever the service lists beside it."""
        listed = api.get(DIRECTORIES).respond(
            json=page("text", {"name": "other", "id": "dir-1"}, {"name": "n", "id": ""}, {"name": "n", "id": "dir-2"})
        )
        assert ensure_directory(client(), "n", SCOPE, known_to_exist=True) == "dir-2"
        assert query(listed) == [("name", "n"), ("type", "ephemeral"), ("project_id", "prj-1")]

    def test_one_whose_create_got_no_answer_is_not_made_twice(self, api: respx.MockRouter) -> None:
        made = api.post(DIRECTORIES).mock(side_effect=httpx.ReadError("reset"))
        api.get(DIRECTORIES).respond(json=page({"name": "n", "id": "dir-2"}))
        assert ensure_directory(client(2), "n", SCOPE, known_to_exist=False) == "dir-2"
        assert made.call_count == 1

    def test_a_lookup_that_fails_is_repeated_as_a_part_of_the_whole_alone(self, api: respx.MockRouter) -> None:
        """Two repeats are three listings, not nine."""
        listed = api.get(DIRECTORIES).respond(503)
        with pytest.raises(ApiError):
            ensure_directory(client(2), "n", SCOPE, known_to_exist=True)
        assert listed.call_count == 3

    def test_an_answer_without_an_id_is_no_directory(self, api: respx.MockRouter) -> None:
        api.post(DIRECTORIES).respond(201, json={"name": "n"})
        with pytest.raises(ApiError, match="a directory without an `id`"):
            ensure_directory(client(), "n", SCOPE, known_to_exist=False)


class TestFilesOfADirectory:
    def test_all_are_asked_for_in_large_pages(self, api: respx.MockRouter) -> None:
        listed = api.get(f"{DIRECTORIES}/dir-1/files").respond(json=page({"id": "dfl-1", "unique_id": "u"}, "text"))
        (file,) = list_files(client(), "dir-1", SCOPE)
        assert (file.id, file.unique_id, file.display_name) == ("dfl-1", "u", "dfl-1")
        assert query(listed) == [("page_size", "1000"), ("project_id", "prj-1")]

    def test_one_is_asked_for_by_its_unique_id(self, api: respx.MockRouter) -> None:
        """And another one is not taken for it, where the service ignores the filter."""
        items = [{"id": "dfl-1", "unique_id": "other"}, {"id": "dfl-2", "unique_id": "u"}]
        listed = api.get(f"{DIRECTORIES}/dir-1/files").respond(json=page(*items))
        assert [file.id for file in list_files(client(), "dir-1", SCOPE, unique_id="u")] == ["dfl-2"]
        assert query(listed) == [("unique_id", "u"), ("page_size", "1000"), ("project_id", "prj-1")]

    @pytest.mark.parametrize(("once", "calls"), [(True, 1), (False, 3)])
    def test_a_page_is_repeated_unless_the_caller_does_so(self, api: respx.MockRouter, once: bool, calls: int) -> None:
        listed = api.get(f"{DIRECTORIES}/dir-1/files").respond(503)
        with pytest.raises(ApiError):
            list(list_files(client(2), "dir-1", SCOPE, once=once))
        assert listed.call_count == calls


class TestWhetherAFailedRequestMayHaveTakenEffect:
    @pytest.mark.parametrize(
        ("status", "may"),
        [
            (None, True),
            (200, True),
            (302, False),
            (303, True),
            (400, False),
            (404, False),
            (408, True),
            (409, True),
            (422, False),
            (429, False),
            (499, False),
            (500, True),
            (503, True),
        ],
    )
    def test_by_its_status(self, status: int | None, may: bool) -> None:
        assert may_have_happened(ApiError("no", status=status)) is may

    @pytest.mark.parametrize("sent", [True, False])
    def test_without_an_answer_by_whether_it_was_sent(self, sent: bool) -> None:
        assert may_have_happened(NetworkError("no", maybe_sent=sent)) is sent

    def test_a_request_that_could_not_be_made_has_none(self) -> None:
        assert may_have_happened(UsageError("no")) is False


class TestConfigurations:
    def found(self, name: str = "mine", identifier: str = "cfg-1", product: str = "parse_v2") -> dict[str, Any]:
        return {"id": identifier, "name": name, "product_type": product}

    def test_one_that_is_built_in_is_not_asked_for(self, api: respx.MockRouter) -> None:
        """All of them are for parsing."""
        built_in = find_configuration(client(), "cfg-PARSE_AGENTIC", SCOPE)
        assert built_in == Configuration("cfg-PARSE_AGENTIC", "parse_v2")
        assert not api.calls

    def test_an_id_is_asked_for_as_one(self, api: respx.MockRouter) -> None:
        asked = api.get(f"{CONFIGURATIONS}/cfg-1").respond(json=self.found(product="extract_v2"))
        assert find_configuration(client(), "cfg-1", SCOPE) == Configuration("cfg-1", "extract_v2")
        assert query(asked) == [("project_id", "prj-1")]

    def test_an_id_that_is_unknown_is_wrong_usage(self, api: respx.MockRouter) -> None:
        api.get(f"{CONFIGURATIONS}/cfg-1").respond(404)
        with pytest.raises(UsageError, match="--configuration: there is no cfg-1"):
            find_configuration(client(), "cfg-1", SCOPE)

    def test_an_id_of_another_product_is_wrong_usage(self, api: respx.MockRouter) -> None:
        api.get(f"{CONFIGURATIONS}/cfg-1").respond(json=self.found(product="classify_v2"))
        with pytest.raises(UsageError, match="cfg-1 is for classify_v2"):
            find_configuration(client(), "cfg-1", SCOPE)

    def test_a_name_is_asked_for_in_its_latest_version_and_both_products(self, api: respx.MockRouter) -> None:
        """What the service lists beside it is not taken for it."""
        others = [self.found("other", "cfg-2"), self.found("mine", "cfg-3", "classify_v2"), {"name": "mine"}, 5]
        listed = api.get(CONFIGURATIONS).respond(json=page(*others, self.found(), self.found()))
        assert find_configuration(client(), "mine", SCOPE) == Configuration("cfg-1", "parse_v2")
        assert query(listed) == [
            ("name", "mine"),
            ("latest_only", "true"),
            ("product_type", "parse_v2"),
            ("product_type", "extract_v2"),
            ("project_id", "prj-1"),
        ]

    def test_a_name_that_several_have_is_wrong_usage(self, api: respx.MockRouter) -> None:
        api.get(CONFIGURATIONS).respond(json=page(self.found(), self.found(identifier="cfg-2")))
        with pytest.raises(UsageError, match="several configurations") as caught:
            find_configuration(client(), "mine", SCOPE)
        assert caught.value.hint == "give one of cfg-1, cfg-2"

    def test_a_name_that_none_has_is_wrong_usage(self, api: respx.MockRouter) -> None:
        api.get(CONFIGURATIONS).respond(json=page(self.found("other")))
        with pytest.raises(UsageError, match="no configuration is named 'mine'"):
            find_configuration(client(), "mine", SCOPE)

    def test_one_is_saved_where_there_is_none_of_its_product(self, api: respx.MockRouter) -> None:
        """The product is the only one that is asked for; the answer may name it inside the parameters."""
        listed = api.get(CONFIGURATIONS).respond(json=page(self.found(product="extract_v2")))
        saved = api.post(CONFIGURATIONS).respond(201, json={"id": "cfg-9", "parameters": {"product_type": "parse_v2"}})
        parameters = {"product_type": "parse_v2", "tier": "fast"}
        made = ensure_configuration(client(), "mine", parameters, SCOPE)
        assert made == Configuration("cfg-9", "parse_v2")
        assert [value for name, value in query(listed) if name == "product_type"] == ["parse_v2"]
        assert query(saved) == [("project_id", "prj-1")]
        assert saved.calls.last.request.content == (
            b'{"name":"mine","parameters":{"product_type":"parse_v2","tier":"fast"}}'
        )

    def test_one_that_is_there_is_not_saved_again(self, api: respx.MockRouter) -> None:
        api.get(CONFIGURATIONS).respond(json=page(self.found()))
        made = ensure_configuration(client(), "mine", {"product_type": "parse_v2"}, SCOPE)
        assert made == Configuration("cfg-1", "parse_v2")


class TestJobs:
    def test_one_is_asked_for_with_what_is_wanted_of_it(self, api: respx.MockRouter) -> None:
        answer = {"job": {"id": "pjb-1", "status": "COMPLETED", "usage": {"credits": 3}}}
        asked = api.get("/api/v2/parse/pjb-1").respond(json=answer)
        job = get_job(client(), "parse_v2", "pjb-1", ("usage", "text"), SCOPE)
        assert (job.state.id, job.state.status, job.state.error, job.credits) == ("pjb-1", "COMPLETED", None, 3.0)
        assert query(asked) == [("expand", "usage"), ("expand", "text"), ("project_id", "prj-1")]

    @pytest.mark.parametrize(
        ("usage", "cost"),
        [
            ({"credits": 0}, 0.0),
            ({"credits": 1.5}, 1.5),
            ({"credits": 1e15}, 1e15),
            ({"credits": 2e15}, None),
            ({"credits": -2e15}, None),
            ({"credits": True}, None),
            ({"credits": "3"}, None),
            ({}, None),
            ("text", None),
            (None, None),
        ],
    )
    def test_what_one_cost_is_a_number_of_a_sensible_size(
        self, api: respx.MockRouter, usage: Any, cost: float | None
    ) -> None:
        api.get("/api/v2/extract/exj-1").respond(json={"id": "exj-1", "status": "COMPLETED", "usage": usage})
        assert get_job(client(), "extract_v2", "exj-1", (), SCOPE).credits == cost

    @pytest.mark.parametrize("answer", [{}, {"job": 5}, {"job": {"id": "pjb-1"}}, {"job": {"status": "COMPLETED"}}])
    def test_an_answer_without_id_or_status_is_no_job(self, api: respx.MockRouter, answer: Any) -> None:
        api.get("/api/v2/parse/pjb-1").respond(json=answer)
        with pytest.raises(ApiError, match="a job without `id` and `status`"):
            get_job(client(), "parse_v2", "pjb-1", (), SCOPE)

    def test_many_are_asked_for_a_hundred_a_call_and_others_are_ignored(self, api: respx.MockRouter) -> None:
        ids = [f"pjb-{number}" for number in range(JOBS_A_CALL + 1)]

        def answer(request: httpx.Request) -> httpx.Response:
            asked = request.url.params.get_list("job_ids")
            items = [{"id": one, "status": "RUNNING"} for one in (*asked, "pjb-other")]
            return httpx.Response(200, json=page(*items, 5, {"id": asked[0]}))

        listed = api.get("/api/v2/parse").mock(side_effect=answer)
        assert [job.id for job in list_jobs(client(), "parse_v2", ids, SCOPE)] == ids
        sizes = [call.request.url.params["page_size"] for call in listed.calls]
        assert sizes == ["100", "1"]
        assert query(listed) == [("page_size", "1"), ("job_ids", ids[-1]), ("project_id", "prj-1")]


class TestPages:
    """Page after page, as every lookup goes through them."""

    def pages(self, *answers: httpx.Response) -> Any:
        """Gives a script that answers the first, the second … page so; the last one repeats, with a new token."""
        asked: list[str | None] = []

        def answer(request: httpx.Request) -> httpx.Response:
            asked.append(request.url.params.get("page_token"))
            if len(asked) <= len(answers):
                return answers[len(asked) - 1]
            return httpx.Response(200, json={"items": [], "next_page_token": f"t{len(asked)}"})

        self.asked = asked
        return answer

    def files(self, *names: str, token: str | None = None) -> httpx.Response:
        return httpx.Response(200, json={"items": [{"id": name} for name in names], "next_page_token": token})

    def listed(self, api: respx.MockRouter, *answers: httpx.Response, limit: int = 0, once: bool = False) -> list[str]:
        api.get(f"{DIRECTORIES}/dir-1/files").mock(side_effect=self.pages(*answers))
        return [file.id for file in list_files(client(limit), "dir-1", SCOPE, once=once)]

    def test_are_asked_for_by_the_token_of_the_one_before(self, api: respx.MockRouter) -> None:
        found = self.listed(api, self.files("a", token="t"), self.files(token="u"), self.files("b", token=""))
        assert (found, self.asked) == (["a", "b"], [None, "t", "u"])

    @pytest.mark.parametrize("ahead", [1024, 0])
    @pytest.mark.parametrize(("once", "calls"), [(True, 2), (False, 4)])
    def test_a_later_one_that_fails_is_repeated_unless_the_caller_does_so(
        self, api: respx.MockRouter, monkeypatch: pytest.MonkeyPatch, once: bool, calls: int, ahead: int
    ) -> None:
        """Whether it is fetched ahead, or after the one before it since that is large."""
        monkeypatch.setattr("llamacloud_cli.api.pagination._LARGEST_AHEAD", ahead)
        with pytest.raises(ApiError) as caught:
            self.listed(api, self.files("a", token="t"), *[httpx.Response(503)] * 9, limit=2, once=once)
        assert len(self.asked) == calls
        assert "--page-token" not in (caught.value.hint or ""), "nothing was printed, and a lookup takes no token"

    def test_a_token_that_was_there_before_ends_it(self, api: respx.MockRouter) -> None:
        with pytest.raises(ApiError, match="a page token that it had given before"):
            self.listed(api, self.files("a", token="t"), self.files("b", token="u"), self.files("c", token="t"))
        assert self.asked == [None, "t", "u"]

    def test_pages_without_anything_new_end_it(self, api: respx.MockRouter, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("llamacloud_cli.api.pagination.MOST_PAGES_WITHOUT_NEWS", 3)
        with pytest.raises(ApiError, match="the last 3 pages held nothing new"):
            self.listed(api, self.files("a", token="x"), self.files("b", token="y"))
        assert len(self.asked) == 5
        same = [self.files("a", token=f"s{number}") for number in range(9)]
        with pytest.raises(ApiError, match="nothing new"):
            self.listed(api, *same)
        assert len(self.asked) == 4

    @pytest.mark.parametrize(
        ("answer", "words"),
        [
            ({}, "a page without an array `items`"),
            ({"items": {}}, "a page without an array `items`"),
            ({"items": [], "next_page_token": 5}, "`next_page_token` is no text"),
            ({"items": [], "next_page_token": "t" * 8001}, "`next_page_token` has 8,001 characters"),
        ],
    )
    def test_an_answer_without_sense_is_no_page(self, api: respx.MockRouter, answer: Any, words: str) -> None:
        with pytest.raises(ApiError, match=words):
            self.listed(api, httpx.Response(200, json=answer))


class TestProjects:
    def test_one_may_have_no_name(self, api: respx.MockRouter) -> None:
        api.get("/api/v1/projects").respond(json=[{"id": "prj-1", "organization_id": "org-1", "is_default": True}])
        assert list_projects(client()) == [("prj-1", "", "org-1", True)]

    @pytest.mark.parametrize("item", ["prj-1", {}, {"id": 5}, {"id": ""}])
    def test_one_without_an_id_makes_no_sense(self, api: respx.MockRouter, item: object) -> None:
        api.get("/api/v1/projects").respond(json=[item])
        with pytest.raises(ApiError, match="a project without an `id`"):
            list_projects(client())


def test_an_id_that_is_a_step_in_a_path_is_not_asked_for(api: respx.MockRouter) -> None:
    with pytest.raises(ApiError, match=r"^the service names a job '\.\.', which is a step in a path"):
        get_job(client(), "parse_v2", "..", (), SCOPE)
    assert not api.calls
