"""The sandbox's own costs, printed: `python tests/benchmarks/bench_sandbox.py`.

First page and get of batches at 100 and 10,000 stored, over a real socket; an upload of 500 MiB with the
server's peak of memory; small answers to 20 connections.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from pathlib import Path

import httpx

from llamacloud_cli.sandbox import INSTANT, Sandbox, SandboxOptions

MIB = 1024 * 1024
ROOT = Path(__file__).parents[2]
SERVE = """
import sys
from pathlib import Path
from llamacloud_cli.sandbox import Sandbox, SandboxOptions
Sandbox(SandboxOptions(data=Path(sys.argv[1]))).serve_forever(lambda s: print(s.base_url, s.api_key, flush=True))
"""


def client_of(base_url: str, key: str) -> httpx.Client:
    return httpx.Client(base_url=base_url, headers={"Authorization": f"Bearer {key}"}, timeout=300, verify=False)


def median_ms(act, times: int = 200) -> float:
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        act()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken) * 1000


def batches_at_scale(folder: Path) -> None:
    with Sandbox(SandboxOptions(data=folder / "scale", speed=INSTANT)) as sandbox:
        client = client_of(sandbox.base_url, sandbox.api_key)
        measured = []
        for number in (100, 9_900):
            with sandbox.store.database.write() as connection:
                connection.executemany(
                    "INSERT INTO batches (id, source_directory_id, product, configuration_id,"
                    " created_at, running_at, ends_at) VALUES (?, 'dir-1', 'parse_v2', 'cfg-PARSE_AGENTIC', 1, 1, 1)",
                    [(f"bat-{uuid.uuid4()}",) for _ in range(number)],
                )
            newest = client.get("/api/v2/batches", params={"page_size": 1}).json()["items"][0]["id"]
            measured.append(
                {
                    "first page": median_ms(lambda: client.get("/api/v2/batches")),
                    "get": median_ms(lambda newest=newest: client.get(f"/api/v2/batches/{newest}")),
                    "RUNNING": median_ms(lambda: client.get("/api/v2/batches", params={"status": "RUNNING"})),
                }
            )
        for name, few in measured[0].items():
            many = measured[1][name]
            print(f"{name}: {few:.2f} ms at 100, {many:.2f} ms at 10,000: ratio {many / few:.2f}")
        client.close()


def many_connections(folder: Path) -> None:
    with Sandbox(SandboxOptions(data=folder / "many")) as sandbox:

        def ask() -> None:
            with client_of(sandbox.base_url, sandbox.api_key) as client:
                for _ in range(100):
                    client.get("/api/v1/projects")

        threads = [threading.Thread(target=ask) for _ in range(20)]
        began = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        print(f"2,000 requests from 20 threads of the same process: {time.perf_counter() - began:.2f} s")


def large_upload(folder: Path, mib: int = 500) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(folder / "large")],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert process.stdout is not None
    base_url, key = process.stdout.readline().split()

    def peak() -> float:
        return int(Path(f"/proc/{process.pid}/status").read_text().split("VmHWM:")[1].split()[0]) / 1024

    with client_of(base_url, key) as client:
        directory = client.post("/api/v1/beta/directories", json={"name": "d"}).json()["id"]
        path = f"/api/v1/beta/directories/{directory}/files/upload"
        client.post(path, files={"upload_file": ("small.bin", b"x" * MIB)})
        before = peak()
        source = folder / "source.bin"
        with source.open("wb") as file:
            block = os.urandom(MIB)
            for _ in range(mib):
                file.write(block)
        began = time.perf_counter()
        with source.open("rb") as file:
            uploaded = client.post(path, files={"upload_file": ("large.bin", file)}).json()
        taken = time.perf_counter() - began
        print(f"upload of {mib} MiB: {taken:.1f} s, peak of memory {before:.1f} MiB before, {peak():.1f} MiB after")
        url = client.get(f"/api/v1/beta/files/{uploaded['file_id']}/content").json()["url"]
        began = time.perf_counter()
        with client.stream("GET", url) as response:
            for _ in response.iter_raw():
                pass
        print(f"download: {time.perf_counter() - began:.1f} s, peak of memory {peak():.1f} MiB")
    process.terminate()
    process.stdout.close()
    process.wait()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        batches_at_scale(Path(name))
        many_connections(Path(name))
        large_upload(Path(name))
