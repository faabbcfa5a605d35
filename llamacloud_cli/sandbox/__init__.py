"""The embedded sandbox: a small service that behaves like LlamaCloud's batches and what they need.

    with Sandbox(SandboxOptions(data=folder)) as sandbox:
        ...  # any client: sandbox.base_url, sandbox.api_key

It needs the packages of the extra `sandbox`; `SandboxOptions` alone does not.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from llamacloud_cli.errors import UsageError
from llamacloud_cli.sandbox.options import INSTANT, SandboxOptions
from llamacloud_cli.sandbox.policy import Pace, Policy

if TYPE_CHECKING:
    from llamacloud_cli.sandbox.service import Sandbox, reset

__all__ = ["INSTANT", "Pace", "Policy", "Sandbox", "SandboxOptions", "reset"]

_EXTRA = ("pypdfium2", "waitress", "werkzeug")
"""The packages of the extra, as they are imported."""


def __getattr__(name: str) -> object:
    """Loads the service when it is first asked for, and says what to install where its packages lack.

    Raises:
        UsageError: the extra `sandbox` is not installed.
    """
    if name not in {"Sandbox", "reset"}:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    missing = [package for package in _EXTRA if find_spec(package) is None]
    if missing:
        from llamacloud_cli.extras import install_line

        raise UsageError(
            f"the sandbox needs packages that are not installed: {', '.join(missing)}",
            hint=install_line("sandbox"),
        )
    from llamacloud_cli.sandbox import service

    return getattr(service, name)
