"""`batches get`."""

from __future__ import annotations

from llamacloud_cli.cli.batches.parameters import BATCH_ID, ORGANIZATION_ID, PROJECT_ID
from llamacloud_cli.cli.call import Call, operation_app
from llamacloud_cli.cli.hints import hint_at_batch, scope_in
from llamacloud_cli.cli.local_names import LOCAL_NAMES, NamedBatches
from llamacloud_cli.operations import Example, Kind, Operation, Parameter, Place

GET = Operation(
    command="batches get",
    method="GET",
    path="/api/v2/batches/{batch_id}",
    summary="Get a batch, with its results if asked for.",
    description="Get a batch by its id.\n\n"
    "COMPLETED means that every file was mapped to a job; the jobs themselves may still run or fail.",
    parameters=(
        BATCH_ID,
        Parameter(
            "expand",
            Kind.TEXTS,
            Place.QUERY,
            "What to add to the answer: results, the job of each file.",
            nullable=True,
            repeatable=True,
        ),
        ORGANIZATION_ID,
        PROJECT_ID,
        LOCAL_NAMES,
    ),
    examples=(
        Example("a batch and the job of each file", "llamacloud-prod batches get BATCH_ID --expand results"),
        Example(
            "the files that could not be mapped",
            "llamacloud-prod batches get BATCH_ID --expand results \\\n"
            "    --transform 'results.#(error_message!=~null)#.source_directory_file_id'",
        ),
    ),
)


def get(call: Call) -> None:
    """Gets the batch and prints it."""
    renderer = call.renderer()
    answer = call.context.client().send(call.inputs.request)
    if call.inputs.local.get("local_names"):
        with NamedBatches() as named:
            renderer.one(named.document(answer.document))
    else:
        renderer.one(answer.document)
    renderer.close()
    if renderer.draws:
        hint_at_batch(call.context, answer.document.value, scope_in(call.inputs.request.query))


app = operation_app(GET, get)
