"""`batches cancel`."""

from __future__ import annotations

from llamacloud_cli.cli.batches.get import get
from llamacloud_cli.cli.batches.parameters import BATCH_ID, ORGANIZATION_ID, PROJECT_ID
from llamacloud_cli.cli.call import operation_app
from llamacloud_cli.operations import Example, Operation

CANCEL = Operation(
    command="batches cancel",
    method="POST",
    path="/api/v2/batches/{batch_id}/cancel",
    summary="Cancel a batch that is still going on.",
    description="Cancel a batch. The answer comes at once and may still say RUNNING; "
    "files that are done keep their results. A batch that is over is refused.",
    parameters=(BATCH_ID, ORGANIZATION_ID, PROJECT_ID),
    examples=(Example("cancel a batch", "llamacloud-prod batches cancel bat-…"),),
)

app = operation_app(CANCEL, get)
