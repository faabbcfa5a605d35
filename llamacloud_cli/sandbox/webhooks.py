"""Delivers webhooks of batches, to this machine only.

An event is sent at its time in the batch's schedule. The body's shape for `batch.*` is not published; it is
the envelope known from the other events: `{"event_id", "event_type", "timestamp", "data": {…, "status"}}`.
With `webhook_signing_secret` the header `LC-Signature: sha256=HEX` holds the HMAC-SHA256 of the raw body.
The default format `string` sends that envelope as a JSON-encoded string, `json` as an object.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from llamacloud_cli.sandbox.background import POLL, Background
from llamacloud_cli.sandbox.clock import SECOND
from llamacloud_cli.sandbox.options import is_loopback

if TYPE_CHECKING:
    from llamacloud_cli.sandbox.engine import Engine
    from llamacloud_cli.sandbox.policy import Policy
    from llamacloud_cli.sandbox.store import Row, Store

_STATUSES = {
    "batch.pending": "PENDING",
    "batch.running": "RUNNING",
    "batch.success": "COMPLETED",
    "batch.error": "FAILED",
    "batch.cancelled": "CANCELLED",
}
BATCH_EVENTS = frozenset(_STATUSES)


class WebhookSender(Background):
    """The background thread that sends what is due and repeats what fails."""

    def __init__(self, store: Store, engine: Engine, policy: Policy) -> None:
        super().__init__("sandbox-webhooks")
        self._store = store
        self._engine = engine
        self._policy = policy

    def work(self) -> float:
        """Tries one delivery that is due."""
        now = self._engine.now()
        due = self._store.deliveries.next_due()
        if due is None or due > now:
            return POLL if due is None else (due - now) / SECOND
        lease = int(self._policy.webhook_timeout * 2 * SECOND)
        delivery = self._store.deliveries.claim(now=now, retry_at=now + lease)
        if delivery is not None:
            self._attempt(delivery)
        return 0

    def _attempt(self, delivery: Row) -> None:
        hook = json.loads(delivery["hook"])
        error = None
        try:
            send(hook, self._envelope(delivery), timeout=self._policy.webhook_timeout)
        except (OSError, ValueError, http.client.HTTPException) as reason:
            error = str(reason) or type(reason).__name__
        now = self._engine.now()
        again = None
        if error is not None and delivery["attempts"] < self._policy.webhook_attempts:
            backoff = self._policy.webhook_backoff * 2 ** (delivery["attempts"] - 1)
            again = now + int(backoff * SECOND)
        self._store.deliveries.settle(
            delivery["seq"], delivered_at=None if error else now, next_attempt_at=again, error=error
        )

    def _envelope(self, delivery: Row) -> dict[str, Any]:
        return {
            "event_id": delivery["event_id"],
            "event_type": delivery["event"],
            "timestamp": delivery["happens_at"] / SECOND,
            "data": {
                "id": delivery["batch_id"],
                "job_id": delivery["batch_id"],
                "project_id": self._store.project_id,
                "status": _STATUSES[delivery["event"]],
            },
        }


def send(hook: dict[str, Any], envelope: dict[str, Any], *, timeout: float) -> None:
    """Sends one event.

    Args:
        hook: the webhook's settings as the batch was created with.
        envelope: the event.
        timeout: seconds.

    Raises:
        ValueError: the URL is not http:// or not on this machine, or a header cannot be sent.
        OSError: no connection, or a status other than 2xx.
    """
    url = urlsplit(hook.get("webhook_url") or "")
    if url.scheme != "http" or not url.hostname or not is_loopback(url.hostname):
        raise ValueError("the sandbox delivers webhooks to http:// on loopback addresses only")
    body = json.dumps(envelope)
    if (hook.get("webhook_output_format") or "string") != "json":
        body = json.dumps(body)
    raw = body.encode()
    headers = {"Content-Type": "application/json", **(hook.get("webhook_headers") or {})}
    if secret := hook.get("webhook_signing_secret"):
        headers["LC-Signature"] = f"sha256={hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()}"
    connection = http.client.HTTPConnection(url.hostname, url.port or 80, timeout=timeout)
    try:
        target = (url.path or "/") + (f"?{url.query}" if url.query else "")
        connection.request("POST", target, body=raw, headers=headers)
        status = connection.getresponse().status
    finally:
        connection.close()
    if not 200 <= status < 300:  # noqa: PLR2004 - the range of success
        raise OSError(f"the webhook's target answered {status}")
