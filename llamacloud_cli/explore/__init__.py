"""The explorer of `--format explore`: a Textual app over JSON answers.

It draws and asks; what a value leads to and how pages are fetched comes from outside (`contents.Guide`,
`contents.Pages`), so nothing here knows the service. It needs the package of the extra `explore`.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from llamacloud_cli.errors import UsageError

if TYPE_CHECKING:
    from llamacloud_cli.explore.contents import Appearance, Content, Guide, Hints, Outcome

_EXTRA = "textual"
"""The package of the extra, as it is imported."""


def require_extra() -> None:
    """Makes sure that the explorer can be started.

    Raises:
        UsageError: the extra `explore` is not installed.
    """
    if find_spec(_EXTRA) is None:
        from llamacloud_cli.extras import install_line

        raise UsageError(
            f"--format explore needs a package that is not installed: {_EXTRA}",
            hint=install_line("explore"),
        )


def explore(content: Content, guide: Guide, appearance: Appearance, hints: Hints) -> Outcome:
    """Shows a content on the terminal until the user quits, and gives how it ended.

    Args:
        content: what is shown first.
        guide: knows which values lead somewhere.
        appearance: how it looks.
        hints: whose lines are shown meanwhile.

    Raises:
        UsageError: the extra `explore` is not installed.
    """
    require_extra()
    from llamacloud_cli.explore.app import ExplorerApp

    app = ExplorerApp(content, guide, appearance, hints)
    try:
        app.run()
    finally:
        hints.listener = None
    if app.failure is not None:
        raise app.failure
    return app.outcome
