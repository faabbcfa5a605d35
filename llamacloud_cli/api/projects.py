"""Projects: what a key is good for. Listing them is the cheapest way to find out whether it is good at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from llamacloud_cli.api.answers import senseless, text_of, words_of
from llamacloud_cli.operations import Request

if TYPE_CHECKING:
    from llamacloud_cli.api.client import Client

PROJECTS_PATH = "/api/v1/projects"


class Project(NamedTuple):
    """One project.

    Attributes:
        id: its id.
        name: as anybody may have chosen it.
        organization_id: the organization that it belongs to.
        is_default: whether it is the one that requests without a project get.
    """

    id: str
    name: str
    organization_id: str | None
    is_default: bool


def list_projects(client: Client) -> list[Project]:
    """Gives the projects that the client's key may use. The answer is a plain array.

    Raises:
        AuthenticationError: the key is not valid here, or may not list projects.
        CliError: the API refused otherwise, could not be reached, or its answer makes no sense.
    """
    answer = client.send(Request("GET", PROJECTS_PATH), wanted=list)
    found = []
    for item in answer.document.value:
        if not isinstance(item, dict) or text_of(item.get("id")) is None:
            raise senseless(answer, "a project without an `id`")
        found.append(
            Project(
                item["id"],
                words_of(item.get("name")) or "",
                text_of(item.get("organization_id")),
                item.get("is_default") is True,
            )
        )
    return found
