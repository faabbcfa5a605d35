"""Nothing that was acknowledged is lost: many threads at once, kill -9 in the middle, a stop in the middle."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from llamacloud_cli.sandbox import INSTANT, Sandbox, SandboxOptions

ROOT = Path(__file__).parents[2]
SERVE = """
import sys
from pathlib import Path
from llamacloud_cli.sandbox import Sandbox, SandboxOptions
options = SandboxOptions(data=Path(sys.argv[1]), speed=float(sys.argv[2]))
Sandbox(options).serve_forever(lambda sandbox: print(sandbox.base_url, sandbox.api_key, flush=True))
print("stopped", flush=True)
"""


class Process:
    """A sandbox that serves in a process of its own."""

    def __init__(self, data, speed=20.0):
        self.process = subprocess.Popen(
            [sys.executable, "-c", SERVE, str(data), str(speed)],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        self.base_url, self.api_key = self.process.stdout.readline().split()

    def client(self):
        headers = {"Authorization": f"Bearer {self.api_key}"}
        return httpx.Client(base_url=self.base_url, headers=headers, timeout=30, verify=False)

    def kill(self):
        self.process.kill()
        self.wait()

    def wait(self):
        output = self.process.stdout.read()
        self.process.stdout.close()
        return self.process.wait(timeout=20), output


@pytest.fixture
def process(tmp_path):
    """Starts serving processes, all on one data folder."""
    started = []

    def start(speed=20.0):
        started.append(Process(tmp_path / "data", speed))
        return started[-1]

    yield start
    for running in started:
        if running.process.poll() is None:
            running.kill()


def directory_of(client, count=0):
    directory = client.post("/api/v1/beta/directories", json={"name": "d"}).json()["id"]
    for number in range(count):
        upload(client, directory, number)
    return directory


def upload(client, directory, number):
    content = f"file {number} ".encode() * 2000
    path = f"/api/v1/beta/directories/{directory}/files/upload"
    response = client.post(path, files={"upload_file": (f"{number}.txt", content)})
    assert response.status_code == 201, response.text
    return response.json()["id"]


def create(client, directory):
    config = {"job": {"type": "parse_v2", "configuration_id": "cfg-PARSE_AGENTIC"}}
    response = client.post("/api/v2/batches", json={"source_directory_id": directory, "config": config})
    assert response.status_code == 201, response.text
    return response.json()


def everything(client, path, **query):
    items = []
    while True:
        page = client.get(path, params={**query, "page_size": 100}).json()
        items += page["items"]
        if page["next_page_token"] is None:
            return items
        query["page_token"] = page["next_page_token"]


def test_twenty_threads_with_two_thousand_requests_lose_nothing(tmp_path):
    with Sandbox(SandboxOptions(data=tmp_path / "data", speed=INSTANT)) as sandbox:
        headers = {"Authorization": f"Bearer {sandbox.api_key}"}
        with httpx.Client(base_url=sandbox.base_url, headers=headers) as client:
            source, single = directory_of(client, 1), directory_of(client, 1)
        failures = []

        def work(worker):
            created = []
            with httpx.Client(base_url=sandbox.base_url, headers=headers, timeout=60) as client:
                for number in range(25):
                    file = upload(client, source, f"{worker}-{number}")
                    batch = create(client, single)
                    answers = [
                        client.get(f"/api/v2/batches/{batch['id']}"),
                        client.get("/api/v2/batches", params={"page_size": 5}),
                    ]
                    failures.extend(a.text for a in answers if a.status_code != 200)
                    created.append((file, batch["id"]))
            return created

        with ThreadPoolExecutor(20) as pool:
            created = [pair for pairs in pool.map(work, range(20)) for pair in pairs]
        assert failures == []
        with httpx.Client(base_url=sandbox.base_url, headers=headers) as client:
            batches = [batch["id"] for batch in everything(client, "/api/v2/batches")]
            files = {file["id"] for file in everything(client, f"/api/v1/beta/directories/{source}/files")}
    assert sorted(batches) == sorted(batch for _, batch in created)
    assert len(batches) == 500
    assert {file for file, _ in created} <= files


def test_two_processes_write_to_one_folder_at_once(process):
    processes = [process(), process()]
    assert processes[0].api_key == processes[1].api_key
    with processes[0].client() as client:
        directory = directory_of(client, 30)

    def keep_creating(worker):
        with processes[worker % 2].client() as client:
            return [create(client, directory)["id"] for _ in range(15)]

    with ThreadPoolExecutor(6) as pool:
        created = [batch for batches in pool.map(keep_creating, range(6)) for batch in batches]
    for running in processes:
        with running.client() as client:
            assert sorted(batch["id"] for batch in everything(client, "/api/v2/batches")) == sorted(created)


def test_kill_9_during_uploads_loses_no_acknowledged_file(process, tmp_path):
    running = process()
    with running.client() as client:
        directory = directory_of(client)
    acknowledged = []

    def keep_uploading(worker):
        with running.client() as client:
            for number in range(10_000):
                try:
                    acknowledged.append(upload(client, directory, f"{worker}-{number}"))
                except httpx.TransportError:
                    return

    threads = [threading.Thread(target=keep_uploading, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 20
    while len(acknowledged) < 60 and time.monotonic() < deadline:
        time.sleep(0.01)
    running.kill()
    for thread in threads:
        thread.join()
    assert len(acknowledged) >= 60
    with process().client() as client:
        path = f"/api/v1/beta/directories/{directory}/files"
        found = {file["id"]: file for file in everything(client, path, expand="download_url")}
        assert set(acknowledged) <= set(found)
        for file_id in acknowledged:
            file = found[file_id]
            expected = f"file {file['display_name'].removesuffix('.txt')} ".encode() * 2000
            assert client.get(file["download_url"]["url"]).content == expected


def test_kill_9_during_job_runs_and_the_batch_goes_on_after_a_restart(process):
    running = process(speed=4.0)
    with running.client() as client:
        directory = directory_of(client, 20)
        batches = [create(client, directory) for _ in range(3)]
        deadline = time.monotonic() + 10
        states = []
        while "RUNNING" not in states and time.monotonic() < deadline:
            states = [client.get(f"/api/v2/batches/{batch['id']}").json()["status"] for batch in batches]
        assert "RUNNING" in states
        running.kill()
    with process(speed=4.0).client() as client:
        assert {batch["id"] for batch in everything(client, "/api/v2/batches")} == {b["id"] for b in batches}
        deadline = time.monotonic() + 20
        for batch in batches:
            results = None
            while results is None and time.monotonic() < deadline:
                time.sleep(0.05)
                results = client.get(f"/api/v2/batches/{batch['id']}", params={"expand": "results"}).json()["results"]
            assert len(results) == 20
            ids = [result["job_reference"]["id"] for result in results]
            while time.monotonic() < deadline:
                jobs = everything(client, "/api/v2/parse", job_ids=ids)
                if {job["status"] for job in jobs} == {"COMPLETED"}:
                    break
                time.sleep(0.05)
            assert len(jobs) == 20
            assert {job["status"] for job in jobs} == {"COMPLETED"}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_cleanly_and_lets_an_answer_under_way_finish(process, number):
    running = process()
    with running.client() as client:
        directory = directory_of(client, 1)
        client.put("/_sandbox/faults", json={"requests": [{"match": {"method": "POST"}, "delay": 1.0}]})
        answers = []
        thread = threading.Thread(target=lambda: answers.append(create(client, directory)))
        thread.start()
        time.sleep(0.4)
        running.process.send_signal(number)
        thread.join()
    status, output = running.wait()
    assert (status, output) == (0, "stopped\n")
    with process().client() as client:
        assert [batch["id"] for batch in everything(client, "/api/v2/batches")] == [answers[0]["id"]]


def test_the_same_folder_keeps_its_project_and_key(tmp_path):
    seen = set()
    for _ in range(2):
        with Sandbox(SandboxOptions(data=tmp_path / "data")) as sandbox:
            seen.add((sandbox.project_id, sandbox.api_key))
    assert len(seen) == 1


def test_a_file_that_ends_the_process_each_time_is_given_up(tmp_path):
    with Sandbox(SandboxOptions(data=tmp_path / "data", speed=INSTANT)) as sandbox:
        headers = {"Authorization": f"Bearer {sandbox.api_key}"}
        with httpx.Client(base_url=sandbox.base_url, headers=headers) as client:
            directory = directory_of(client, 1)
            [file] = everything(client, f"/api/v1/beta/directories/{directory}/files")
            documents = sandbox.store.documents
            with sandbox.store.database.write():  # as kills while it is read leave it
                documents.want(file["file_id"], "0.txt", wanted_at=0)
                assert [documents.begin(file["file_id"]) for _ in range(5)] == [1, 2, 3, 4, 5]
            batch = create(client, directory)
            results = client.get(f"/api/v2/batches/{batch['id']}", params={"expand": "results"}).json()["results"]
            job = client.get(f"/api/v2/parse/{results[0]['job_reference']['id']}").json()["job"]
    assert (job["status"], job["error_message"]) == ("FAILED", "The file cannot be read")
