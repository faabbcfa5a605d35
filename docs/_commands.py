"""What the generated pages are made from: the application's commands, options and exit statuses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from typer.main import get_command

from llamacloud_cli.cli.app import app
from llamacloud_cli.cli.typer_seam import GLOBAL_PANEL, Group, option_names
from llamacloud_cli.context import Context
from llamacloud_cli.errors import ExitStatus

if TYPE_CHECKING:
    from collections.abc import Iterator

PROG = "llamacloud-prod"
STATUSES = {
    ExitStatus.OK: "done",
    ExitStatus.FAILURE: "the API refused or failed, or its answer makes no sense; a `--transform` path found nothing",
    ExitStatus.USAGE: "usage: a wrong flag, value, file or standard input; nothing was sent",
    ExitStatus.PARTIAL: "finished, but some files failed",
    ExitStatus.AUTHENTICATION: "authentication: no key, 401, 403",
    ExitStatus.BATCH_FAILED: "the batch ended FAILED or CANCELLED",
    ExitStatus.NOT_FOUND: "not found (404)",
    ExitStatus.NETWORK: "network: no connection, TLS, name resolution, time-out",
    ExitStatus.WAIT_TIMEOUT: "`--timeout` passed while the batch is still going on (it goes on)",
    ExitStatus.OUTCOME_UNKNOWN: "outcome unknown: a create may or may not have taken effect; what to check is printed",
    ExitStatus.INTERRUPTED: "Ctrl-C: the process ends by SIGINT itself, so that shell loops stop too",
}


class Page(NamedTuple):
    """One command of the tree.

    Attributes:
        path: how it is called: `llamacloud-prod batches get`.
        command: as Typer has it.
        context: what its parameters are asked with.
    """

    path: str
    command: Any
    context: Any

    @property
    def subcommands(self) -> dict[str, str]:
        """The commands of a group, with what each is for."""
        if not isinstance(self.command, Group):
            return {}
        return {name: lazy.summary for name, lazy in self.command.subcommands.items()}

    def options(self, *, of_root: bool) -> list[tuple[str, str]]:
        """Gives names and texts of its own arguments and options, or of the global ones."""
        help_option = self.command.get_help_option(self.context)
        return [
            (option_names(param), param.help or "")
            for param in self.command.get_params(self.context)
            if not getattr(param, "hidden", False)
            and of_root == (param is help_option or getattr(param, "rich_help_panel", None) == GLOBAL_PANEL)
        ]

    def usage(self) -> str:
        """Gives the usage line without the command's name, such as `[OPTIONS] BATCH_ID`."""
        return " ".join(self.command.collect_usage_pieces(self.context))


def pages() -> list[Page]:
    """Gives every command of the application, depth first, the root first."""
    return list(_pages(get_command(app), PROG))


def _pages(command: Any, path: str, parent: Any = None) -> Iterator[Page]:
    surroundings = {} if parent else {"obj": Context()}
    context = command.make_context(path.rpartition(" ")[2], [], parent=parent, resilient_parsing=True, **surroundings)
    yield Page(path, command, context)
    if isinstance(command, Group):
        for name in command.list_commands(context):
            yield from _pages(command.get_command(context, name), f"{path} {name}", context)
