"""`batches cancel`."""

from __future__ import annotations

from llamacloud_cli.cli.batches.parameters import BATCH_ID, INTERVAL, ORGANIZATION_ID, PROJECT_ID, TIMEOUT, WAIT
from llamacloud_cli.cli.call import Call, operation_app
from llamacloud_cli.cli.hints import hint_at_batch, scope_in
from llamacloud_cli.cli.watching import wait_and_print, waiting
from llamacloud_cli.operations import Example, Operation

CANCEL = Operation(
    command="batches cancel",
    method="POST",
    path="/api/v2/batches/{batch_id}/cancel",
    summary="Cancel a batch that is still going on.",
    description="Cancel a batch. The answer comes at once and may still say RUNNING; "
    "files that are done keep their results. A batch that is over is refused.",
    parameters=(BATCH_ID, ORGANIZATION_ID, PROJECT_ID, WAIT, TIMEOUT, INTERVAL),
    examples=(Example("cancel a batch", "llamacloud-prod batches cancel BATCH_ID"),),
)


def cancel(call: Call) -> None:
    """Cancels the batch and prints it, at once or when it is over."""
    options = waiting(call)
    renderer = call.renderer()
    client = call.context.client()
    from llamacloud_cli.api.batches import cancel_batch

    answer = cancel_batch(client, call.inputs.request)
    batch_id = answer.document.value.get("id")
    if options is None or not isinstance(batch_id, str):
        renderer.one(answer.document)
        renderer.close()
        if renderer.draws:
            hint_at_batch(call.context, answer.document.value, scope_in(call.inputs.request.query))
    else:
        wait_and_print(call.context, [batch_id], options, renderer)


app = operation_app(CANCEL, cancel)
