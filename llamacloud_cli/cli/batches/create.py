"""`batches create`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llamacloud_cli.cli.batches.parameters import INTERVAL, ORGANIZATION_ID, PROJECT_ID, TIMEOUT, WAIT
from llamacloud_cli.cli.call import Call, operation_app
from llamacloud_cli.cli.hints import hint_at_batch, scope_in
from llamacloud_cli.cli.preferences import configured_list_before
from llamacloud_cli.cli.termination import told_of_the_end
from llamacloud_cli.cli.watching import flags_again, wait_and_print, waiting
from llamacloud_cli.errors import OutcomeUnknownError
from llamacloud_cli.operations import Example, Kind, Operation, Parameter, Place

if TYPE_CHECKING:
    from llamacloud_cli.api.batches import Created
    from llamacloud_cli.api.client import Client
    from llamacloud_cli.jsontext import Document
    from llamacloud_cli.output.render import Renderer


def _webhook(field: str, kind: Kind, text: str) -> Parameter:
    return Parameter(
        "webhook_configurations",
        kind,
        Place.BODY,
        text,
        flag=f"webhook-configuration.{field.replace('_', '-')}",
        inner=field,
        nullable=True,
        repeatable=True,
    )


CREATE = Operation(
    command="batches create",
    method="POST",
    path="/api/v2/batches",
    summary="Create a batch from the files of a directory.",
    description="Create a batch: one parse or extract job for every file of a directory.\n\n"
    "A create that got no clear answer is never sent twice; the tool looks for the batch instead. "
    "A mapping on standard input (YAML or JSON) fills the fields that no flag gives.",
    parameters=(
        Parameter(
            "config",
            Kind.OBJECT,
            Place.BODY,
            "What to run, as {job: {configuration_id: ID, type: parse_v2 or extract_v2}}; @FILE reads a file.",
            required=True,
        ),
        Parameter(
            "config",
            Kind.OBJECT,
            Place.BODY,
            "The job alone, laid over --config.",
            flag="config.job",
            inner="job",
        ),
        Parameter(
            "source_directory_id",
            Kind.TEXT,
            Place.BODY,
            "The directory whose files are processed.",
            required=True,
        ),
        ORGANIZATION_ID,
        PROJECT_ID,
        WAIT,
        TIMEOUT,
        INTERVAL,
        Parameter(
            "list_before",
            Kind.FLAG,
            Place.LOCAL,
            "List the directory's batches first: no older one is then taken for the batch of a lost answer.",
        ),
        Parameter(
            "webhook_configuration_ids",
            Kind.TEXTS,
            Place.BODY,
            "Saved webhook configurations to tell of the batch, at most 4.",
            flag="webhook-configuration-id",
            nullable=True,
            repeatable=True,
        ),
        Parameter(
            "webhook_configurations",
            Kind.OBJECTS,
            Place.BODY,
            "Webhooks for this batch, as one object or a list of them.",
            flag="webhook-configuration",
            nullable=True,
            repeatable=True,
        ),
        _webhook("webhook_url", Kind.TEXT, "Where to send the events. The same flag again begins another webhook."),
        _webhook("webhook_events", Kind.TEXTS, "Which events: [batch.success, batch.error]. Without it, all."),
        _webhook("webhook_headers", Kind.OBJECT, "HTTP headers to send along: {name: value}."),
        _webhook("webhook_output_format", Kind.TEXT, "string (the default) or json."),
        _webhook(
            "webhook_signing_secret",
            Kind.TEXT,
            "Signs each delivery (LC-Signature); better from a file: @FILE.",
        ),
    ),
    examples=(
        Example(
            "parse every file of a directory",
            "llamacloud-prod batches create --source-directory-id DIRECTORY_ID \\\n"
            "    --config '{job: {configuration_id: cfg-PARSE_AGENTIC, type: parse_v2}}'",
        ),
        Example("the same from a file", "llamacloud-prod batches create < batch.yaml"),
    ),
    open_body=True,
)


def create(call: Call) -> None:
    """Creates the batch and prints it; its id reaches the user even where it cannot be printed."""
    options = waiting(call)
    renderer = call.renderer()
    client = call.context.client()
    created = _create(call, client)
    if created.found is not None:
        batch = created.document.value
        call.context.notice(
            f"warning: the create got no clear answer ({created.found}); {batch['id']}, of the same directory and "
            f"configuration and created at {batch.get('created_at')}, is taken for its batch"
        )
    if options is not None:
        call.context.notice(f"created batch {created.document.value['id']}")
        wait_and_print(call.context, [created.document.value["id"]], options._replace(exists=True), renderer)
    else:
        _print(call, renderer, created.document)
        if renderer.draws:
            hint_at_batch(call.context, created.document.value, scope_in(call.inputs.request.query))


def _create(call: Call, client: Client) -> Created:
    """Creates the batch; whatever ends that early says how to check what became of it."""
    from llamacloud_cli.api.batches import Before, check_command, create_batch, list_before

    context, request = call.context, call.inputs.request
    if call.inputs.local.get("list_before") or configured_list_before(context):
        before = list_before(client, request)
    else:  # what commands have met is known without a request
        before = Before(frozenset(entry.id for entry in context.recent().entries("batch")))
    check = check_command(request) + flags_again(context, ())

    def tell() -> None:
        context.notice(f"interrupted: the batch may or may not have been created; check with `{check}`")

    try:
        with told_of_the_end(tell):
            return create_batch(client, request, sleep=context.sleep, notice=context.notice, before=before)
    except KeyboardInterrupt:
        tell()
        raise
    except OutcomeUnknownError as error:
        error.hint = f"before you create it again, check with `{check}`"
        raise


def _print(call: Call, renderer: Renderer, document: Document) -> None:
    try:
        renderer.one(document)
        renderer.close()
    except BaseException:  # Ctrl-C, a --transform that finds nothing, a closed pipe: the batch is there all the same
        call.context.notice(f"created batch {document.value['id']}, which could not be printed")
        raise


app = operation_app(CREATE, create)
