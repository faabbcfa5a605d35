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
STATUSES = ("PENDING", "THROTTLED", "RUNNING", "COMPLETED", "FAILED", "CANCELLED")
