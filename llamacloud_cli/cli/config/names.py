"""Names and values of settings as they stand on a command line."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llamacloud_cli.errors import UsageError
from llamacloud_cli.inputs.values import read_choice, read_integer
from llamacloud_cli.settings.values import (
    READERS,
    check_profile_name,
    read_base_url,
    read_columns,
    read_concurrency,
)

if TYPE_CHECKING:
    from llamacloud_cli.context import Context

_KEYS = re.compile(r"(?:.*[_.-])?(?:api[_.-]?key|token|secret)", re.IGNORECASE)


def setting_name(text: str | None, example: str) -> str:
    """Gives the name of a setting, which may be written with dashes.

    Raises:
        UsageError: there is none of that name; a key's name leads to `auth login`.
    """
    if not text:
        raise UsageError("no setting named", hint=f"for example: {example}")
    name = text.strip().replace("-", "_").lower()
    if name in READERS:
        return name
    if _KEYS.fullmatch(name):
        raise UsageError(f"{name}: a key is no setting", hint="`llamacloud-prod auth login` stores it")
    from difflib import get_close_matches

    near = get_close_matches(name, list(READERS), n=1)
    raise UsageError(
        f"no setting {text[:80]!r}" + (f"; did you mean {near[0]}?" if near else ""),
        hint=f"one of {', '.join(READERS)}",
    )


def setting_value(context: Context, name: str, text: str) -> Any:
    """Gives the value that a text stands for, checked as the flag of the same name is.

    Raises:
        UsageError: it is none.
    """
    if name == "base_url":
        return read_base_url(text, name, insecure_http=bool(context.options.get("insecure_http"))).url
    if name == "format":
        from llamacloud_cli.cli.options import FORMATS

        return read_choice(text, FORMATS, where=name)
    if name == "columns":
        return read_columns(text, name).split(",")
    if name == "concurrency":
        return read_concurrency(read_integer(text, where=name), name)
    if name == "profile":
        known = context.settings.user.names
        if check_profile_name(text, name) not in known:
            raise UsageError(
                f"{name}: no profile {text!r}; known: {', '.join(known)}",
                hint=f"`llamacloud-prod auth login --profile {text}` makes it",
            )
        return text
    return READERS[name](text, name)


def changed_project_file(context: Context) -> Path:
    """Gives the project file that counts here, else where the one of the current folder would be."""
    from llamacloud_cli.settings.places import PROJECT_FILE

    project = context.settings.project
    return project.path if project is not None else Path.cwd() / PROJECT_FILE


def refuse_both(context: Context, *, project: bool) -> None:
    """Refuses `--project` with `--profile`.

    Raises:
        UsageError: both are given.
    """
    if project and context.options.get("profile") is not None:
        raise UsageError("--project and --profile exclude each other", hint="profiles are the user's own")
