"""What the commands of `auth` share: the check of a key, and how its account is printed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llamacloud_cli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llamacloud_cli.api.projects import Project
    from llamacloud_cli.context import Context
    from llamacloud_cli.output.render import Renderer
    from llamacloud_cli.settings.values import ApiKey, BaseUrl

_SHOWN = 4
_LONG_ENOUGH = 16  # characters from which the last four of a key do not help to guess it
_MOST_NAMED = 10


def ending_of(key: str) -> str:
    """Gives `…` and the last four characters of a key that is long enough, else `…` alone."""
    return "…" + (key[-_SHOWN:] if len(key) >= _LONG_ENOUGH else "")


def place_name(url: BaseUrl) -> str:
    """Gives a base URL with the region that it is, where it is one."""
    return url.url + (f" ({url.region})" if url.region else "")


def projects_of(context: Context, url: BaseUrl, key: ApiKey) -> list[Project]:
    """Asks the API for the projects of a key; raises as `api.projects.list_projects` does."""
    client = context.make_client(url, key)
    from llamacloud_cli.api.projects import list_projects

    try:
        return list_projects(client)
    finally:
        client.close()


def project_names(projects: Sequence[Project]) -> str:
    """Gives names and ids, the first few of many, in one line."""
    names = [
        f"{one.name or 'unnamed'} ({one.id}{', default' if one.is_default else ''})" for one in projects[:_MOST_NAMED]
    ]
    more = len(projects) - _MOST_NAMED
    return ", ".join([*names, *([f"… and {more:,} more"] if more > 0 else [])]) or "none"


def project_objects(projects: Sequence[Project]) -> list[dict[str, Any]]:
    """Gives projects as JSON values."""
    return [one._asdict() for one in projects]


def document_renderer(context: Context, *, in_pipes: bool) -> Renderer | None:
    """Gives what prints a document where one is to be printed, before anything is sent.

    Args:
        context: the surroundings.
        in_pipes: whether one is printed to whatever is no terminal, even if the command line does not ask for it.

    Raises:
        UsageError: the options for printing exclude each other.
    """
    from llamacloud_cli.cli.call import check_options, make_renderer

    options = context.options
    if options.get("quiet"):
        raise UsageError("--quiet: there is no id to print")
    asked = any(options.get(name) for name in ("json_", "format_", "transform", "columns"))
    check_options(context)
    renderer = make_renderer(context, many=False)
    return renderer if asked or (in_pipes and not context.is_terminal(context.streams.stdout)) else None


def print_document(renderer: Renderer, value: dict[str, Any]) -> None:
    """Prints a document and ends the printing."""
    from llamacloud_cli.jsontext import document_of

    renderer.one(document_of(value))
    renderer.close()


def losers_of(context: Context) -> list[str]:
    """Gives the places that give a key which another one wins over; the sandbox has but one.

    Raises:
        UsageError: the profile is unknown, or a file cannot be used.
    """
    return [] if context.uses_sandbox() else [one.source for one in context.settings.key_sources()[1:]]


def refuse_in_sandbox(context: Context, command: str) -> None:
    """Refuses a command that makes no sense at the sandbox.

    Raises:
        UsageError: the sandbox is used.
    """
    if context.uses_sandbox():
        given = "--sandbox" if context.options.get("sandbox") else "LLAMA_CLOUD_SANDBOX"
        raise UsageError(f"{given}: the sandbox needs no key, so `{command}` does nothing there", hint="leave it out")


def flag_of(profile: str) -> str:
    """Gives the flag that names a profile, for a command that the user may copy."""
    return "" if profile == "default" else f" --profile {profile}"
