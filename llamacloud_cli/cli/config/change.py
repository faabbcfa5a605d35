"""A change of one setting, in the user's file or the project's, and what to say of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llamacloud_cli.cli.auth.account import flag_of
from llamacloud_cli.cli.config.names import changed_project_file, refuse_both
from llamacloud_cli.errors import UsageError

if TYPE_CHECKING:
    from llamacloud_cli.context import Context
    from llamacloud_cli.settings.resolve import Settings


def change_setting(context: Context, name: str, value: Any, *, project: bool) -> None:
    """Changes a setting, or takes it out where the value is None, and says where; says too if something else wins.

    Raises:
        CliError: the file cannot be used or written.
    """
    refuse_both(context, project=project)
    from llamacloud_cli.settings import projectfile, userfile

    settings = context.settings
    settings.allow_new_profile()
    profile = None
    if project:
        path = changed_project_file(context)
        changed = projectfile.change(path, {name: value})
    else:
        if context.options.get("profile") is not None:
            profile = settings.profile
        if profile is not None and name == "profile":
            raise UsageError("profile: a profile cannot choose a profile", hint="leave --profile out")
        path = userfile.path()
        changed = userfile.change(profile, {name: value})
    place = f"{path}" + (f", profile {profile}" if profile else "")
    if value is None:
        context.notice(f"{name}: taken out of {place}" if changed else f"{name}: not set in {place}")
    else:
        context.notice(f"{name}: set in {place}" if changed else f"{name}: was so already in {place}")
        _say_what_wins(context, name, f"profile {profile}" if profile else str(path))


def _say_what_wins(context: Context, name: str, source: str) -> None:
    settings = context.reread_settings()
    settings.allow_new_profile()
    try:
        found = settings.get(name)
    except UsageError as error:  # of another setting: this one is changed all the same
        context.notice(f"warning: {error.message}")
        return
    if found.source != source:
        context.notice(f"note: {found.where} wins over it")
    elif name == "base_url":
        _say_where_the_key_goes(context, settings, found.value)


def _say_where_the_key_goes(context: Context, settings: Settings, url: str) -> None:
    from llamacloud_cli.settings.values import ORIGIN, origin_of

    origin = settings.user.profiles.get(settings.profile, {}).get(ORIGIN)
    if origin is not None and origin != origin_of(url):
        context.notice(
            f"note: the key of profile {settings.profile} was stored for {origin} and is not sent there; "
            f"`llamacloud-prod auth login{flag_of(settings.profile)}` stores one for it"
        )
