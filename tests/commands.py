"""The four commands as command lines, and what all failures have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.conftest import KEY

if TYPE_CHECKING:
    from tests.conftest import Result

CONFIG = "{job: {configuration_id: cfg-1, type: parse_v2}}"
CREATE = ("batches", "create", "--source-directory-id", "dir-1", "--config", CONFIG)
LIST = ("batches", "list")
GET = ("batches", "get", "bat-1")
CANCEL = ("batches", "cancel", "bat-1")

COMMANDS = {"create": CREATE, "list": LIST, "get": GET, "cancel": CANCEL}

every_command = pytest.mark.parametrize("argv", COMMANDS.values(), ids=COMMANDS)
repeatable_command = pytest.mark.parametrize("argv", [LIST, GET, CANCEL], ids=["list", "get", "cancel"])


def failure(result: Result, status: int) -> str:
    """Checks what every failure promises, and gives its line on standard error."""
    assert result.status == status, result.stderr
    assert result.stdout == ""
    assert result.stderr.startswith("error: "), result.stderr
    assert result.stderr.count("\n") == 1, result.stderr
    assert result.stderr.endswith("\n")
    assert "Traceback" not in result.stderr
    assert "internal error" not in result.stderr
    assert KEY not in result.stderr
    return result.stderr.rstrip("\n")
