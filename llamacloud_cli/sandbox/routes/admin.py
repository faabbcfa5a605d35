"""`/_sandbox/…`: the sandbox's own routes; the service has none of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llamacloud_cli.errors import UsageError
from llamacloud_cli.sandbox.clock import to_text_or_none
from llamacloud_cli.sandbox.faults import FaultPlan, load_plan
from llamacloud_cli.sandbox.web import ApiProblem, Call, answer, invalid, json_body, no_content

if TYPE_CHECKING:
    from werkzeug import Response


def health(call: Call) -> Response:
    """GET, without a key: the sandbox answers."""
    return answer({"status": "ok", "project_id": call.store.project_id})


def show_faults(call: Call) -> Response:
    """GET: the fault rules in force."""
    return answer(call.services.faults.plan.model_dump(mode="json"))


def add_faults(call: Call) -> Response:
    """POST: puts rules before those in force; every count starts again."""
    call.services.faults.add(_plan(call))
    return show_faults(call)


def replace_faults(call: Call) -> Response:
    """PUT: takes these rules in place of those in force."""
    call.services.faults.replace(_plan(call))
    return show_faults(call)


def clear_faults(call: Call) -> Response:
    """DELETE: no faults any more."""
    call.services.faults.replace(FaultPlan())
    return no_content()


def show_deliveries(call: Call) -> Response:
    """GET: what became of a batch's webhooks."""
    batch_id = call.path["batch_id"]
    if call.store.batches.get(batch_id, now=call.now()) is None:
        raise ApiProblem(404, f"Batch {batch_id} not found")
    rows = call.store.deliveries.of_batch(batch_id)
    deliveries = [
        {
            "event_id": row["event_id"],
            "event_type": row["event"],
            "happens_at": to_text_or_none(row["happens_at"]),
            "attempts": row["attempts"],
            "delivered_at": to_text_or_none(row["delivered_at"]),
            "next_attempt_at": to_text_or_none(row["next_attempt_at"]),
            "last_error": row["last_error"],
        }
        for row in rows
        if row["attempts"] or row["next_attempt_at"] is not None
    ]
    return answer({"items": deliveries})


def _plan(call: Call) -> FaultPlan:
    value = json_body(call)
    if not isinstance(value, dict):
        raise invalid("body", kind="dict_type", message="Input should be a valid dictionary")
    try:
        return load_plan(value)
    except UsageError as error:
        raise invalid("body", message=error.message) from None
