"""What a person may want to do next, told on standard error below an answer that is drawn on a terminal."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from llamacloud_cli.context import Context

_PLAIN_WORD = re.compile(r"[A-Za-z0-9_=][A-Za-z0-9_=.:+/-]*")  # a shell takes it as it is


def give_hint(context: Context, text: str) -> None:
    """Writes a dim line where both standard output and standard error are terminals, and nothing elsewhere."""
    from llamacloud_cli.output.color import wants_color

    streams = context.streams
    if context.is_terminal(streams.stdout) and context.is_terminal(streams.stderr):
        choice = context.options.get("color") or "auto"
        context.notice(text, dim=wants_color(choice, context.env, is_terminal=True))


def hint_at_batch(context: Context, batch: Any, scope: tuple[tuple[str, str], ...]) -> None:
    """Names the command that goes on from a batch: `wait` while it goes on, then `results`.

    Args:
        context: the surroundings.
        batch: the batch as the service gave it.
        scope: the project and organization as query pairs.
    """
    from llamacloud_cli.cli.watching import flags_again
    from llamacloud_cli.statuses import TERMINAL

    batch_id = batch.get("id") if isinstance(batch, dict) else None
    if not is_plain_word(batch_id):
        return
    status = batch.get("status")
    command = "results" if isinstance(status, str) and status in TERMINAL else "wait"
    give_hint(context, f"next: llamacloud-prod batches {command} {batch_id}{flags_again(context, scope)}")


def is_plain_word(text: Any) -> bool:
    """Tells whether a text can stand in a command line for copying as it is."""
    return isinstance(text, str) and _PLAIN_WORD.fullmatch(text) is not None


def scope_in(query: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """Gives the project and organization that a request names."""
    return tuple(pair for pair in query if pair[0] in ("project_id", "organization_id"))
