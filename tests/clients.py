"""A client of an API that respx plays, or of a scripted server; it repeats calls without waiting."""

from __future__ import annotations

from llamacloud_cli.api.client import Client, Connection
from llamacloud_cli.api.retries import Budget, Retries
from tests.conftest import KEY

API = "http://api.example"
"""Without TLS: a context for it costs more than all that these tests do."""


def client(limit: int = 0, *, base_url: str = API) -> Client:
    """Gives a client that repeats a call `limit` times at most."""
    connection = Connection(
        base_url, loopback=False, api_key=KEY, key_source="a test", timeout=5, ca_bundle=None, env={}
    )
    retries = Retries(limit, Budget(10), sleep=lambda _: None, notice=lambda _: None)
    return Client(connection, retries=retries, now=lambda: 0.0)
