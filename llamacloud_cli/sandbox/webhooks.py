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
import logging
import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from llamacloud_cli.sandbox.clock import SECOND
from llamacloud_cli.sandbox.options import is_loopback

if TYPE_CHECKING:
    from llamacloud_cli.sandbox.engine import Engine
    from llamacloud_cli.sandbox.policy import Policy
    from llamacloud_cli.sandbox.store import Row, Store

logger = logging.getLogger(__name__)

_POLL = 0.5
_STATUSES = {
    "batch.pending": "PENDING",
    "batch.running": "RUNNING",
    "batch.success": "COMPLETED",
    "batch.error": "FAILED",
    "batch.cancelled": "CANCELLED",
}
BATCH_EVENTS = frozenset(_STATUSES)


class WebhookSender:
    """The background thread that sends what is due and repeats what fails."""

    def __init__(self, store: Store, engine: Engine, policy: Policy) -> None:
        self._store = store
        self._engine = engine
        self._policy = policy
        self._wake = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="sandbox-webhooks", daemon=True)

    def start(self) -> None:
        """Starts the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread after the delivery under way; the rest is sent when the folder is served again."""
        self._stopping = True
        self._wake.set()
        self._thread.join()

    def notify(self) -> None:
        """Says that something may be due."""
        self._wake.set()

    def _run(self) -> None:
        while not self._stopping:
            self._wake.clear()
            try:
                now = self._engine.now()
                due = self._store.deliveries.next_due()
                if due is not None and due <= now:
                    lease = int(self._policy.webhook_timeout * 2 * SECOND)
                    delivery = self._store.deliveries.claim(now=now, retry_at=now + lease)
                    if delivery is not None:
                        self._attempt(delivery)
                    continue
            except Exception:  # the thread outlives a full disk
                logger.exception("the webhook thread failed")
                due = None
            wait = _POLL if due is None else min(_POLL, (due - self._engine.now()) / SECOND)
            self._wake.wait(max(wait, 0.001))

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
