from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, NamedTuple

import pytest
import typer.main

from llamacloud_cli.cli.app import app
from llamacloud_cli.cli.typer_seam import Group
from llamacloud_cli.context import Context
from tests.completion.shells import Desk, make_desk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any

needs_bash = pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
needs_zsh = pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not installed")
needs_fish = pytest.mark.skipif(shutil.which("fish") is None, reason="fish is not installed")


class Offered(NamedTuple):
    """What one command of the application takes, as its parser says.

    Attributes:
        line: the command line up to the command, with a blank behind it.
        commands: of a group.
        flags: all that are valid here, with their values where help enumerates them.
    """

    line: str
    commands: list[str]
    flags: dict[str, list[str]]


def levels() -> list[Offered]:
    """Gives every command of the application."""
    root: Any = typer.main.get_command(app)
    return list(_levels(root, "llamacloud-prod", None))


def _levels(command: Any, line: str, parent: Any) -> Iterator[Offered]:
    surroundings = {} if parent else {"obj": Context()}
    context = command.make_context(line.rpartition(" ")[2], [], parent=parent, resilient_parsing=True, **surroundings)
    flags = {
        name: _choices(param.metavar)
        for param in command.get_params(context)
        if param.param_type_name == "option"
        for name in param.opts
    }
    names = command.list_commands(context) if isinstance(command, Group) else []
    yield Offered(f"{line} ", names, flags)
    for name in names:
        yield from _levels(command.get_command(context, name), f"{line} {name}", context)


def _choices(metavar: str | None) -> list[str]:
    words = (metavar or "").split("|")
    return words if len(words) > 1 and not {"NAME", "NUMBER"} & set(words) else []


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return make_desk(tmp_path)
