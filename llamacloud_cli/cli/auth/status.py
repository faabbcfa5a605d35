"""`auth status`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from llamacloud_cli.cli.auth.account import (
    document_renderer,
    ending_of,
    losers_of,
    place_name,
    print_document,
    project_names,
    project_objects,
    projects_of,
)
from llamacloud_cli.cli.typer_seam import Command
from llamacloud_cli.cli.watching import refuse_request_flags
from llamacloud_cli.errors import AuthenticationError, CliError, NetworkError
from llamacloud_cli.operations import Example
from llamacloud_cli.output.sink import Sink

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llamacloud_cli.api.projects import Project
    from llamacloud_cli.context import Context
    from llamacloud_cli.settings.values import ApiKey, BaseUrl


class Status(Command):
    """The command `auth status`."""

    examples = (
        Example("which key, and is it valid?", "llamacloud-prod auth status"),
        Example("in a script", "llamacloud-prod auth status >/dev/null || llamacloud-prod auth login"),
    )


app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command("status", cls=Status)
def status(ctx: typer.Context) -> None:
    """Show which key is used and why, and ask the API whether it is valid.

    Exit status: 0 it is valid, 4 it is not or there is none, 7 the API could not be reached, so that nothing is known.
    """
    context: Context = ctx.obj
    refuse_request_flags(context, "auth status")
    renderer = document_renderer(context, in_pipes=True)
    url = context.base_url()
    key: ApiKey | None = None
    projects: list[Project] = []
    problem: CliError | None = None
    try:
        key = context.api_key()
        projects = projects_of(context, url, key)
    except CliError as error:
        problem = error
    if renderer is not None:
        print_document(renderer, _document(context, url, key, projects, problem))
    else:
        _print_lines(context, _lines(context, url, key, projects, problem))
    if problem is not None:
        raise problem


def _state(key: ApiKey | None, problem: CliError | None) -> str:
    """Says what is known of the key; a network that fails says nothing of it."""
    if problem is None:
        return "valid"
    if key is None:
        return "none"
    if isinstance(problem, AuthenticationError):
        return "invalid"
    return "unreachable" if isinstance(problem, NetworkError) else "unknown"


def _document(
    context: Context, url: BaseUrl, key: ApiKey | None, projects: Sequence[Project], problem: CliError | None
) -> dict[str, Any]:
    sandbox = context.uses_sandbox()
    settings = context.settings
    return {
        "state": _state(key, problem),
        "profile": None if sandbox else settings.profile,
        "profile_source": None if sandbox else settings.chosen_profile.source,
        "base_url": url.url,
        "base_url_source": "the sandbox" if sandbox else settings.get("base_url").source,
        "region": url.region,
        "key_source": key.source if key else None,
        "key_ending": ending_of(key.value) if key else None,
        "not_used": losers_of(context),
        "projects": project_objects(projects),
        "error": problem.message if problem else None,
    }


def _lines(
    context: Context, url: BaseUrl, key: ApiKey | None, projects: Sequence[Project], problem: CliError | None
) -> list[str]:
    state = _state(key, problem)
    lines = [place_name(url)]
    if key is None:
        lines.append("  x No key that can be used")
    else:
        words = {
            "valid": "✓ Valid",
            "invalid": "x Not valid",
            "unreachable": "? The API could not be reached, so whether it is valid is not known",
        }.get(state, "? Whether it is valid is not known")
        lines += [f"  {words}", f"  - Key: {ending_of(key.value)}, from {key.source}"]
        lines += [f"  - {key.source} wins over {loser}" for loser in losers_of(context)]
    if not context.uses_sandbox():
        settings = context.settings
        lines.append(f"  - Base URL from {settings.get('base_url').source}")
        source = settings.chosen_profile.source
        lines.append(f"  - Profile: {settings.profile} ({'the default' if source == 'default' else f'from {source}'})")
    if problem is None:
        lines.append(f"  - Projects: {project_names(projects)}")
    return lines


def _print_lines(context: Context, lines: Sequence[str]) -> None:
    from llamacloud_cli.output.terminal import clean_line

    sink = Sink(context.streams.stdout)
    encoding = getattr(context.streams.stdout, "encoding", None) or "utf-8"
    sink.write("".join(f"{clean_line(line)}\n" for line in lines).encode(encoding, "replace"))
    sink.flush()
