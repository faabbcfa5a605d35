"""Creating and cancelling a batch: which answers are final, and which batch is taken for a lost answer."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
import respx

from llamacloud_cli.api.batches import (
    NEW_DIRECTORY,
    Before,
    Created,
    cancel_batch,
    check_command,
    create_batch,
    find_batch,
    list_before,
)
from llamacloud_cli.errors import ApiError, CliError, OutcomeUnknownError
from llamacloud_cli.operations import Request
from tests.clients import API, client
from tests.servers import batch, page

BATCHES = "/api/v2/batches"
JOB = {"type": "parse_v2", "configuration_id": "cfg-1"}
CREATE = Request(
    "POST", BATCHES, (("project_id", "p 1"), ("x", "y")), {"source_directory_id": "dir-1", "config": {"job": JOB}}
)
CANCEL = Request("POST", f"{BATCHES}/bat-1/cancel", (("project_id", "p 1"),))


class Caller:
    """Calls the API with as many repeats as are asked for, and keeps what was said and waited for."""

    def __init__(self, limit: int = 0) -> None:
        self.sleeps: list[float] = []
        self.notices: list[str] = []
        self.client = client(limit)

    def create(self, before: Before = NEW_DIRECTORY) -> Created:
        return create_batch(self.client, CREATE, sleep=self.sleeps.append, notice=self.notices.append, before=before)

    def find(self, seconds: float) -> Any:
        found = find_batch(self.client, CREATE, seconds=seconds, sleep=self.sleeps.append, notice=self.notices.append)
        return found and found.value


@pytest.fixture
def api() -> Any:
    """The API as respx plays it; a request that no route knows fails the test."""
    with respx.mock(base_url=API, assert_all_called=False) as router:
        yield router


class TestWhatACreateEndsWith:
    @pytest.mark.parametrize("status", [300, 301, 302, 304, 307, 308, 400, 401, 402, 403, 404, 410, 422, 425, 429, 499])
    def test_a_refusal_is_the_end_and_nothing_is_looked_for(self, api: respx.MockRouter, status: int) -> None:
        made = api.post(BATCHES).respond(status)
        listed = api.get(BATCHES).respond(json=page(batch("bat-1", config={"job": JOB})))
        with pytest.raises(ApiError) as caught:
            Caller().create()
        assert caught.value.status == status
        assert (made.call_count, listed.call_count) == (1, 0)

    @pytest.mark.parametrize("status", [303, 408, 409, 500, 502, 503, 504, 599])
    def test_any_other_failure_may_have_made_one_which_is_looked_for(self, api: respx.MockRouter, status: int) -> None:
        """And nothing is created again, however many repeats there may be."""
        made = api.post(BATCHES).respond(status)
        listed = api.get(BATCHES).respond(json=page(batch("bat-1", config={"job": JOB})))
        created = Caller(9).create()
        assert created.document.value["id"] == "bat-1"
        assert created.found is not None
        assert (made.call_count, listed.call_count) == (1, 1)

    @pytest.mark.parametrize("answer", [{"id": ""}, {"id": 5}, {}, {"id": "\ud800"}])
    def test_an_answer_without_an_id_as_well(self, api: respx.MockRouter, answer: Any) -> None:
        api.post(BATCHES).respond(201, text=str(answer).replace("'", '"'))
        api.get(BATCHES).respond(json=page(batch("bat-1", config={"job": JOB})))
        assert Caller().create().document.value["id"] == "bat-1"

    @pytest.mark.parametrize("status", [200, 299])
    def test_an_answer_that_cannot_be_read_as_well(self, api: respx.MockRouter, status: int) -> None:
        api.post(BATCHES).respond(status, text="created")
        api.get(BATCHES).respond(json=page(batch("bat-1", config={"job": JOB})))
        assert Caller().create().document.value["id"] == "bat-1"

    def test_a_good_answer_is_the_batch_itself(self, api: respx.MockRouter) -> None:
        api.post(BATCHES).respond(201, json={"id": "bat-7"})
        created = Caller().create()
        assert (created.document.value, created.found) == ({"id": "bat-7"}, None)


class TestLooking:
    def test_is_for_fifty_seconds_in_growing_pauses(self, api: respx.MockRouter) -> None:
        """And asks for the directory in the same project, each time once."""
        api.post(BATCHES).respond(500)
        listed = api.get(BATCHES).respond(json=page())
        caller = Caller(9)
        with pytest.raises(OutcomeUnknownError, match="no new batch of dir-1 has shown up") as caught:
            caller.create()
        assert caller.sleeps[:6] == [1.0, 2.0, 4.0, 8.0, 15.0, 15.0]
        assert caller.sleeps[6] <= 5.0
        assert len(caller.sleeps) == 7
        assert listed.call_count == 8
        assert list(listed.calls.last.request.url.params.multi_items()) == [
            ("source_directory_id", "dir-1"),
            ("project_id", "p 1"),
        ]
        check = "`llamacloud-prod batches list --source-directory-id dir-1 --project-id 'p 1'`"
        assert caught.value.hint == f"before you create it again, check with {check}"
        assert "for 50 seconds at most" in caller.notices[0]

    def test_a_listing_that_fails_for_now_is_asked_for_again(self, api: respx.MockRouter) -> None:
        api.post(BATCHES).respond(500)
        answers = [httpx.Response(503), httpx.Response(200, json=page(batch("bat-1", config={"job": JOB})))]
        listed = api.get(BATCHES).mock(side_effect=answers)
        assert Caller(9).create().document.value["id"] == "bat-1"
        assert listed.call_count == 2

    def test_a_listing_that_is_refused_ends_it(self, api: respx.MockRouter) -> None:
        api.post(BATCHES).respond(500)
        listed = api.get(BATCHES).respond(403, json={"detail": "not yours"})
        caller = Caller(9)
        with pytest.raises(
            OutcomeUnknownError, match="the batches of dir-1 cannot be listed: 403 Forbidden: not yours"
        ):
            caller.create()
        assert (listed.call_count, caller.sleeps) == (1, [])

    @pytest.mark.parametrize(
        ("config", "fits"),
        [
            ({"job": JOB}, True),
            ({"job": {**JOB, "added": 1}, "more": None}, True),
            ({"job": {**JOB, "configuration_id": "cfg-2"}}, False),
            ({"job": {"type": "parse_v2"}}, False),
            ({"job": [JOB]}, False),
            ({}, False),
            (None, False),
        ],
    )
    def test_takes_a_batch_whose_configuration_holds_what_was_asked_for(
        self, api: respx.MockRouter, config: Any, fits: bool
    ) -> None:
        api.post(BATCHES).respond(500)
        api.get(BATCHES).respond(json=page(batch("bat-1", config=config)))
        if fits:
            assert Caller().create().document.value["id"] == "bat-1"
            return
        with pytest.raises(OutcomeUnknownError):
            Caller().create()

    @pytest.mark.parametrize("before", [Before(frozenset({"bat-1"})), Before(frozenset({"bat-1"}), complete=True)])
    def test_takes_none_that_was_there_before(self, api: respx.MockRouter, before: Before) -> None:
        api.post(BATCHES).respond(500)
        old, new = (batch(name, config={"job": JOB}) for name in ("bat-1", "bat-2"))
        api.get(BATCHES).respond(json=page(old, new))
        assert Caller().create(before).document.value["id"] == "bat-2"

    @pytest.mark.parametrize(("count", "more"), [(2, ""), (10, ""), (12, " and 2 more")])
    def test_takes_none_of_several_and_names_ten(self, api: respx.MockRouter, count: int, more: str) -> None:
        api.post(BATCHES).respond(500)
        api.get(BATCHES).respond(json=page(*(batch(f"bat-{number}", config={"job": JOB}) for number in range(count))))
        caller = Caller()
        named = ", ".join(f"bat-{number}" for number in range(min(count, 10)))
        with pytest.raises(OutcomeUnknownError) as caught:
            caller.create()
        assert caught.value.message.endswith(f"several batches of dir-1 fit ({named}{more})")
        assert caller.sleeps == []


class TestWhatTheDirectoryHadBefore:
    def test_a_listing_that_fails_for_now_is_asked_for_again(self, api: respx.MockRouter) -> None:
        listed = api.get(BATCHES).mock(
            side_effect=[httpx.Response(503), httpx.Response(200, json=page(batch("bat-1")))]
        )
        assert list_before(client(1), CREATE) == Before(frozenset({"bat-1"}), complete=True)
        assert listed.call_count == 2


def test_the_command_to_check_with_asks_for_the_same_project_and_organization() -> None:
    query = (("organization_id", "o 1"), ("project_id", "p-1"), ("x", "y"))
    assert check_command(CREATE._replace(query=query)) == (
        "llamacloud-prod batches list --source-directory-id dir-1 --organization-id 'o 1' --project-id p-1"
    )


class TestByTheClockOfTheService:
    """Where it is not known what the directory had before: `created_at` against the Date header of the listing."""

    def create(self, api: respx.MockRouter, *batches: Any) -> str:
        api.post(BATCHES).respond(500, headers={"date": "Sun, 09 Mar 2031 08:00:30 GMT"})
        api.get(BATCHES).respond(json=page(*batches), headers={"date": "Sun, 09 Mar 2031 08:00:30 GMT"})
        return str(Caller().create(Before()).document.value["id"])

    def one(self, identifier: str, status: str, time: str) -> dict[str, Any]:
        return batch(identifier, status=status, created_at=f"2031-03-{time}Z", config={"job": JOB})

    @pytest.mark.parametrize("status", ["COMPLETED", "FAILED", "CANCELLED", "RUNNING", "PENDING"])
    def test_one_that_is_more_than_five_seconds_older_is_not_it(self, api: respx.MockRouter, status: str) -> None:
        with pytest.raises(OutcomeUnknownError, match="no new batch"):
            self.create(api, self.one("bat-1", status, "09T08:00:22"))

    @pytest.mark.parametrize("status", ["COMPLETED", "RUNNING"])
    def test_one_that_is_hardly_older_is_it(self, api: respx.MockRouter, status: str) -> None:
        """Clocks of one service differ a little."""
        assert self.create(api, self.one("bat-1", status, "09T08:00:27")) == "bat-1"

    def test_one_that_goes_on_for_more_than_a_day_tells_of_clocks_that_differ(self, api: respx.MockRouter) -> None:
        """No batch goes on for so long; one that has ended may be as old as that."""
        assert self.create(api, self.one("bat-1", "RUNNING", "07T08:00:00")) == "bat-1"
        with pytest.raises(OutcomeUnknownError, match="no new batch"):
            self.create(api, self.one("bat-1", "COMPLETED", "07T08:00:00"))

    def test_of_an_older_and_a_newer_one_the_newer_is_it(self, api: respx.MockRouter) -> None:
        older, newer = self.one("bat-1", "RUNNING", "07T08:00:00"), self.one("bat-2", "RUNNING", "09T08:00:29")
        assert self.create(api, older, newer) == "bat-2"

    def test_of_two_that_are_new_neither_is(self, api: respx.MockRouter) -> None:
        with pytest.raises(OutcomeUnknownError, match="several batches"):
            self.create(api, *(self.one(name, "RUNNING", "09T08:00:29") for name in ("bat-1", "bat-2")))


class TestFindingWhatAnEarlierProcessBegan:
    def test_its_batch_is_given(self, api: respx.MockRouter) -> None:
        api.get(BATCHES).respond(json=page(batch("bat-1", config={"job": JOB})))
        caller = Caller()
        assert caller.find(60.0)["id"] == "bat-1"
        assert caller.notices[0].endswith(" those of dir-1, for 60 seconds at most")

    def test_an_empty_directory_says_after_that_time_that_there_is_none(self, api: respx.MockRouter) -> None:
        api.get(BATCHES).respond(json=page())
        caller = Caller()
        assert caller.find(3.0) is None
        assert caller.sleeps[0] == 1.0
        assert 2.0 < sum(caller.sleeps) <= 3.0

    def test_no_time_looks_once(self, api: respx.MockRouter) -> None:
        listed = api.get(BATCHES).respond(json=page())
        caller = Caller()
        assert caller.find(0.0) is None
        assert (listed.call_count, caller.sleeps) == (1, [])

    @pytest.mark.parametrize("answer", [httpx.Response(403), httpx.Response(503)])
    def test_a_directory_that_cannot_be_listed_says_nothing(
        self, api: respx.MockRouter, answer: httpx.Response
    ) -> None:
        api.get(BATCHES).mock(return_value=answer)
        with pytest.raises(OutcomeUnknownError, match="its answer never came; the batches of dir-1 cannot be listed"):
            Caller().find(0.0)

    def test_a_directory_with_another_batch_says_nothing(self, api: respx.MockRouter) -> None:
        api.get(BATCHES).respond(json=page(batch("bat-1", config={})))
        with pytest.raises(OutcomeUnknownError):
            Caller().find(0.0)


class TestCancelling:
    def test_a_refusal_after_an_unclear_answer_is_explained_by_the_batch(self, api: respx.MockRouter) -> None:
        """The first attempt has cancelled it."""
        asked = api.post(CANCEL.path).mock(side_effect=[httpx.ReadError("reset"), httpx.Response(400)])
        looked = api.get(f"{BATCHES}/bat-1").respond(json=batch(status="CANCELLED"))
        assert cancel_batch(Caller(2).client, CANCEL).document.value["status"] == "CANCELLED"
        assert asked.call_count == 2
        assert dict(looked.calls.last.request.url.params) == {"project_id": "p 1"}

    @pytest.mark.parametrize("found", [httpx.Response(200, json=batch(status="RUNNING")), httpx.Response(500)])
    def test_unless_that_is_not_cancelled(self, api: respx.MockRouter, found: httpx.Response) -> None:
        api.post(CANCEL.path).mock(side_effect=[httpx.Response(503), httpx.Response(409, json={"detail": "ended"})])
        api.get(f"{BATCHES}/bat-1").mock(return_value=found)
        with pytest.raises(CliError, match="409 Conflict: ended"):
            cancel_batch(Caller(2).client, CANCEL)

    @pytest.mark.parametrize(
        "first", [[], [httpx.ConnectError("refused")], [httpx.Response(429)], [httpx.Response(425)]]
    )
    def test_a_refusal_without_an_unclear_answer_before_it_is_final(
        self, api: respx.MockRouter, first: list[Any]
    ) -> None:
        api.post(CANCEL.path).mock(side_effect=[*first, httpx.Response(400)])
        looked = api.get(f"{BATCHES}/bat-1").respond(json=batch(status="CANCELLED"))
        with pytest.raises(ApiError):
            cancel_batch(Caller(2).client, CANCEL)
        assert looked.call_count == 0
