"""Webhooks of batches: which events, signed how, repeated when, and where they may not go."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from llamacloud_cli.sandbox import INSTANT, Policy
from llamacloud_cli.sandbox.webhooks import send

CONFIGS = "/api/v1/beta/webhook-configs"


class Receiver:
    """A target on a loopback port that notes what comes and answers as told."""

    def __init__(self):
        self.received = []
        self.statuses = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.received.append((self.path, dict(self.headers), body))
                self.send_response(receiver.statuses.pop(0) if receiver.statuses else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook?x=1"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    def wait(self, number, seconds=10):
        deadline = time.monotonic() + seconds
        while len(self.received) < number and time.monotonic() < deadline:
            time.sleep(0.01)
        assert len(self.received) >= number, self.received
        return [json.loads(body) for _, _, body in self.received]

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.close()


def hook(receiver, **more):
    return [{"webhook_url": receiver.url, "webhook_output_format": "json", **more}]


def test_a_batch_announces_itself_from_pending_to_success(instant, receiver):
    batch = instant.batch(instant.directory(1), webhook_configurations=hook(receiver))
    events = receiver.wait(3)
    assert [event["event_type"] for event in events] == ["batch.pending", "batch.running", "batch.success"]
    assert [event["data"]["status"] for event in events] == ["PENDING", "RUNNING", "COMPLETED"]
    assert {event["data"]["id"] for event in events} == {batch["id"]}
    assert len({event["event_id"] for event in events}) == 3
    assert receiver.received[0][0] == "/hook?x=1"


def test_a_delivery_is_signed_over_its_raw_body(instant, receiver):
    settings = {"webhook_signing_secret": "s3cret é", "webhook_headers": {"X-Mine": "yes"}}
    instant.batch(instant.directory(1), webhook_configurations=hook(receiver, **settings))
    receiver.wait(3)
    for _, headers, body in receiver.received:
        expected = hmac.new("s3cret é".encode(), body, hashlib.sha256).hexdigest()
        assert headers["LC-Signature"] == f"sha256={expected}"
        assert headers["X-Mine"] == "yes"


def test_without_a_secret_there_is_no_signature_and_the_default_body_is_a_string(instant, receiver):
    instant.batch(instant.directory(1), webhook_configurations=[{"webhook_url": receiver.url}])
    events = receiver.wait(3)
    assert all(isinstance(event, str) for event in events)
    assert json.loads(events[0])["event_type"] == "batch.pending"
    assert "LC-Signature" not in receiver.received[0][1]


def test_only_the_events_that_were_asked_for(instant, receiver):
    asked = hook(receiver, webhook_events=["batch.success", "parse.success"])
    instant.batch(instant.directory(1), webhook_configurations=asked)
    assert [event["event_type"] for event in receiver.wait(1)] == ["batch.success"]


def test_a_failing_target_is_tried_again_with_the_same_event(serve, receiver):
    api = serve(speed=INSTANT, policy=Policy(webhook_backoff=0.02))
    receiver.statuses = [500, 404]
    batch = api.batch(api.directory(1), webhook_configurations=hook(receiver, webhook_events=["batch.success"]))
    first, second, third = receiver.wait(3)
    assert first == second == third
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        [delivery] = api.get(f"/_sandbox/webhooks/{batch['id']}")["items"]
        if delivery["delivered_at"]:
            break
        time.sleep(0.01)
    assert (delivery["attempts"], delivery["last_error"], delivery["next_attempt_at"]) == (3, None, None)


def test_a_dead_target_is_given_up_after_a_few_attempts(serve, receiver):
    api = serve(speed=INSTANT, policy=Policy(webhook_backoff=0.01, webhook_attempts=3))
    receiver.statuses = [500] * 10
    batch = api.batch(api.directory(1), webhook_configurations=hook(receiver, webhook_events=["batch.success"]))
    receiver.wait(3)
    time.sleep(0.2)
    [delivery] = api.get(f"/_sandbox/webhooks/{batch['id']}")["items"]
    assert delivery["attempts"] == len(receiver.received) == 3
    assert "500" in delivery["last_error"]
    assert delivery["next_attempt_at"] is None


def test_a_cancelled_batch_says_so_and_not_that_it_succeeded(serve, receiver):
    api = serve(speed=20.0)
    batch = api.batch(api.directory(60), webhook_configurations=hook(receiver))
    api.http.post(f"/api/v2/batches/{batch['id']}/cancel")
    time.sleep(1)
    events = [event["event_type"] for event in receiver.wait(2)]
    assert events[0] == "batch.pending"
    assert events[-1] == "batch.cancelled"
    assert "batch.success" not in events


def test_a_failed_batch_sends_batch_error(serve, receiver):
    api = serve(speed=INSTANT, faults={"batches": [{"outcome": "failed"}]})
    api.batch(api.directory(1), webhook_configurations=hook(receiver))
    assert [event["event_type"] for event in receiver.wait(3)][-1] == "batch.error"


def test_what_is_due_while_nothing_serves_is_sent_afterwards(serve, clock, receiver):
    api = serve(speed=1.0, clock=clock)
    api.batch(api.directory(1), webhook_configurations=hook(receiver))
    receiver.wait(1)
    api.close()
    clock.pass_time(60)
    serve(speed=1.0, clock=clock)
    events = [event["event_type"] for event in receiver.wait(3)]
    assert events == ["batch.pending", "batch.running", "batch.success"]


@pytest.mark.parametrize(
    "url",
    ["https://127.0.0.1/", "http://192.168.0.1/", "http://example.com/", "ftp://localhost/", "", "localhost:80",
     "http://127.0.0.1.example.com/", "http://[::ffff:8.8.8.8]/", "http://2130706433.example/"],
)  # fmt: skip
def test_nothing_leaves_this_machine(url):
    with pytest.raises(ValueError, match="loopback"):
        send({"webhook_url": url}, {}, timeout=1)


def test_unknown_events_are_refused(instant, receiver):
    body = {
        "source_directory_id": instant.directory(1),
        "config": {"job": {"type": "parse_v2", "configuration_id": "cfg-PARSE_AGENTIC"}},
        "webhook_configurations": hook(receiver, webhook_events=["batch.success", "batch.done"]),
    }
    refused = instant.http.post("/api/v2/batches", json=body)
    assert refused.json()["detail"][0]["loc"] == ["body", "webhook_configurations", 0, "webhook_events", 1]


def test_a_saved_webhook_configuration_serves_batches_and_hides_its_secret(instant, receiver):
    sdk = instant.sdk
    saved = sdk.webhook_configs.create(
        webhook_url=receiver.url,
        webhook_events=["batch.success"],
        webhook_output_format="json",
        webhook_signing_secret="s3cret",
    )
    assert saved.has_secret
    assert "s3cret" not in instant.http.get(f"/api/v1/beta/webhook-configs/{saved.id}").text
    batch = instant.batch(instant.directory(1), webhook_configuration_ids=[saved.id])
    [event] = receiver.wait(1)
    assert event["data"]["id"] == batch["id"]
    expected = hmac.new(b"s3cret", receiver.received[0][2], hashlib.sha256).hexdigest()
    assert receiver.received[0][1]["LC-Signature"] == f"sha256={expected}"


def test_saved_webhook_configurations_are_changed_listed_and_deleted(instant):
    sdk = instant.sdk
    one, two, three = [sdk.webhook_configs.create(webhook_url=f"http://localhost/{n}") for n in range(3)]
    assert [found["id"] for found in instant.http.get(CONFIGS).json()] == [three.id, two.id, one.id]
    page = sdk.webhook_configs.list_paginated(page_size=2, include_total=True)
    assert page.total_size == 3
    assert [found.id for found in page] == [three.id, two.id, one.id]
    changed = sdk.webhook_configs.update(one.id, webhook_signing_secret="s", webhook_headers={"a": "b"})
    assert (changed.has_secret, changed.webhook_headers, changed.webhook_url) == (
        True,
        {"a": "b"},
        "http://localhost/0",
    )
    cleared = sdk.webhook_configs.update(one.id, webhook_signing_secret=None)
    assert (cleared.has_secret, cleared.webhook_headers) == (False, {"a": "b"})
    sdk.webhook_configs.delete(two.id)
    assert len(instant.http.get(CONFIGS).json()) == 2

    assert instant.http.post(CONFIGS, json={"webhook_url": "http://x/", "webhook_events": []}).status_code == 422
    body = {
        "source_directory_id": instant.directory(1),
        "config": {"job": {"type": "parse_v2", "configuration_id": "cfg-PARSE_AGENTIC"}},
        "webhook_configuration_ids": [two.id],
    }
    assert instant.http.post("/api/v2/batches", json=body).status_code == 404
