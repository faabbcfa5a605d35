"""The parameters that several commands for batches share."""

from __future__ import annotations

from llamacloud_cli.operations import Kind, Parameter, Place

ORGANIZATION_ID = Parameter(
    "organization_id",
    Kind.TEXT,
    Place.QUERY,
    "The organization, where the key is good for several.",
    nullable=True,
)
PROJECT_ID = Parameter(
    "project_id", Kind.TEXT, Place.QUERY, "The project, where the key is good for several.", nullable=True
)
BATCH_ID = Parameter("batch_id", Kind.TEXT, Place.PATH, "The batch's id.", required=True, positional=True)
WAIT = Parameter(
    "wait",
    Kind.FLAG,
    Place.LOCAL,
    "Wait until the batch and its jobs are done, as `batches wait` does, and print it then.",
)
TIMEOUT = Parameter("timeout", Kind.TEXT, Place.LOCAL, "With --wait: stop waiting after this long (90s, 10m, 2h).")
INTERVAL = Parameter(
    "interval", Kind.TEXT, Place.LOCAL, "With --wait: first pause between two questions; it grows.", default="2s"
)
STATUSES = ("PENDING", "THROTTLED", "RUNNING", "COMPLETED", "FAILED", "CANCELLED")
