"""What one check of `doctor` found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from llamacloud_cli.errors import ExitStatus

if TYPE_CHECKING:
    from llamacloud_cli.errors import CliError

State = Literal["ok", "note", "warning", "failed"]


class Finding(NamedTuple):
    """What one check found.

    Attributes:
        check: what was looked at, one or two words.
        state: `note` for what works without but might be wanted; `warning` for what may bite; `failed` for what does.
        value: what was found.
        advice: what to do, or None where there is nothing to do.
        exit_status: what the process ends with where this check is the first that failed.
    """

    check: str
    state: State
    value: str
    advice: str | None = None
    exit_status: ExitStatus = ExitStatus.FAILURE

    def to_object(self) -> dict[str, Any]:
        """Gives the object for JSON."""
        return {"check": self.check, "state": self.state, "value": self.value, "advice": self.advice}

    def to_row(self) -> tuple[str, str, str, str | None]:
        """Gives state, check, value and advice, for a person."""
        return self.state, self.check, self.value, self.advice


def from_error(check: str, error: CliError, state: State = "failed") -> Finding:
    """Gives the finding that an error stands for."""
    return Finding(check, state, error.message, error.hint, error.exit_status)
