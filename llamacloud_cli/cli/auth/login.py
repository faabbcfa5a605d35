"""`auth login`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from llamacloud_cli.cli.auth.account import (
    document_renderer,
    ending_of,
    flag_of,
    place_name,
    print_document,
    project_names,
    project_objects,
    projects_of,
    refuse_in_sandbox,
)
from llamacloud_cli.cli.auth.prompt import ask_for_key, key_of_stdin
from llamacloud_cli.cli.typer_seam import Command
from llamacloud_cli.cli.watching import refuse_request_flags
from llamacloud_cli.errors import AuthenticationError, UsageError
from llamacloud_cli.inputs.values import read_choice
from llamacloud_cli.operations import Example

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llamacloud_cli.api.projects import Project
    from llamacloud_cli.context import Context
    from llamacloud_cli.settings.resolve import Setting
    from llamacloud_cli.settings.values import ApiKey, BaseUrl

UNAUTHORIZED = 401


class Login(Command):
    """The command `auth login`."""

    examples = (
        Example("store a key, which is asked for", "llamacloud-prod auth login"),
        Example("a second account, in the EU region", "llamacloud-prod auth login --profile work --region eu"),
        Example("from a password manager", "pass show llamacloud | llamacloud-prod auth login --with-token"),
    )


app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command("login", cls=Login)
def login(
    ctx: typer.Context,
    region: Annotated[
        str | None,
        typer.Option("--region", metavar="us|eu", help="The region that the key belongs to; else --base-url counts."),
    ] = None,
    with_token: Annotated[bool, typer.Option("--with-token", help="Read the key from standard input.")] = False,
    insecure_storage: Annotated[
        bool,
        typer.Option("--insecure-storage", help="Store the key in a file (0600), unencrypted, not in the keyring."),
    ] = False,
) -> None:
    """Check an API key and store it in the system's keyring, for the profile that --profile names.

    The key is asked for without echo. It is sent to the chosen region alone, and never to another place later. Nothing
    is stored unless the API says that the key is valid. Where no keyring works, you are asked before it is written to
    a file.
    """
    context: Context = ctx.obj
    refuse_request_flags(context, "auth login")
    if context.options.get("api_key") is not None:
        raise UsageError("auth login takes no --api-key, which other users can see", hint="pipe it in: --with-token")
    refuse_in_sandbox(context, "auth login")
    context.settings.allow_new_profile()
    renderer = document_renderer(context, in_pipes=False)
    chosen = context.settings.chosen_profile
    url = _place(context, region)
    from llamacloud_cli.cli.auth.storing import choose_store, store_key

    if not with_token and not context.is_terminal(context.streams.stdin):
        raise UsageError("no terminal to ask for the key at", hint="pipe the key in: --with-token")
    # The key is asked for first: it would be shown if it were pasted at another question.
    typed = None if with_token else ask_for_key(context, f"API key for {place_name(url)}: ")
    store = choose_store(context, chosen.value, url, insecure=insecure_storage)
    key = typed or key_of_stdin(context)
    projects = _check(context, url, key, chosen.value)
    where = store_key(context, chosen.value, url, key, store)
    context.notice(f"Logged in to {place_name(url)} as profile {chosen.value}.")
    context.notice(f"The key ending in {ending_of(key.value)} is kept in {where}.")
    _say_what_follows(context, chosen, url, projects)
    if renderer is not None:
        print_document(
            renderer,
            {
                "profile": chosen.value,
                "base_url": url.url,
                "region": url.region,
                "key_ending": ending_of(key.value),
                "stored_in": where,
                "projects": project_objects(projects),
            },
        )


def _place(context: Context, region: str | None) -> BaseUrl:
    """Gives where the key belongs: --region, else as every command finds its base URL, a new profile's included."""
    from llamacloud_cli.settings.values import REGIONS, read_base_url

    if region is None:
        return context.settings.base_url()
    name = read_choice(region, tuple(REGIONS), where="--region")
    if context.options.get("base_url") is not None:
        raise UsageError("--region and --base-url exclude each other")
    return read_base_url(REGIONS[name], "--region", insecure_http=False)


def _check(context: Context, url: BaseUrl, key: ApiKey, profile: str) -> list[Project]:
    try:
        return projects_of(context, url, key)
    except AuthenticationError as error:
        if error.status == UNAUTHORIZED:
            other = {"us": "eu", "eu": "us"}.get(url.region or "")
            if other:
                error.hint = (
                    f"nothing was stored; a key belongs to one region: is it of the other one? "
                    f"`llamacloud-prod auth login --region {other}{flag_of(profile)}`"
                )
            else:
                error.hint = "nothing was stored; check the key and the base URL"
        raise


def _say_what_follows(context: Context, chosen: Setting, url: BaseUrl, projects: Sequence[Project]) -> None:
    from llamacloud_cli.output.terminal import clean_line
    from llamacloud_cli.settings.values import origin_of

    profile = chosen.value
    context.notice(clean_line(f"Projects: {project_names(projects)}"))
    if len(projects) > 1:
        context.notice(
            f"To use another than the default one: llamacloud-prod config set project_id ID{flag_of(profile)}"
        )
    settings = context.reread_settings()
    found = settings.get("base_url")
    if found.source != "--base-url" and origin_of(found.value) != origin_of(url.url):
        context.notice(f"note: {found.where} wins over it, and this key is not sent there")
    if chosen.source == "--profile" and profile != settings.user.values.get("profile", "default"):
        context.notice(
            f"To use it: --profile {profile}, LLAMA_CLOUD_PROFILE, or llamacloud-prod config set profile {profile}"
        )
    if "LLAMA_CLOUD_API_KEY" in context.env:
        context.notice("LLAMA_CLOUD_API_KEY is set and wins over stored keys, unless --profile is given.")
