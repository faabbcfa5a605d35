"""A service that knows one key, and logging in to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.servers import Reply, batch

if TYPE_CHECKING:
    from tests.conftest import Result, Runner
    from tests.servers import Seen

STORED = "llx-typed-in-9876543210zyxw"
PROJECTS = [
    {"id": "prj-1", "name": "Invoices", "organization_id": "org-1", "is_default": True},
    {"id": "prj-2", "name": "Letters", "organization_id": "org-1", "is_default": False},
]
NO_ENV: dict[str, str | None] = {"LLAMA_CLOUD_API_KEY": None}
LOGIN = ("auth", "login", "--with-token")


def account(seen: Seen) -> Reply:
    """Answers as a service that knows one key."""
    if seen.headers["authorization"] != f"Bearer {STORED}":
        return Reply(401, {"detail": "Invalid authentication token"})
    return Reply(body=PROJECTS if seen.path == "/api/v1/projects" else batch())


def login(run: Runner, *flags: str, key: str = STORED, **more: Any) -> Result:
    """Logs in with a key from standard input."""
    return run(*LOGIN, *flags, **{"stdin": key, "env": NO_ENV, **more})
