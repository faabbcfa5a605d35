"""The asyncio script that `batches run` is measured against: the same calls, nothing kept, nothing retried.

python run_by_hand.py SOURCE OUTPUT CONCURRENCY
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import httpx

JOBS_A_CALL = 100


def files_below(folder: Path) -> list[Path]:
    """Gives the files of a folder."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def content(path: Path) -> tuple[str, bytes]:
    """Gives the name and the bytes of a file."""
    return path.name, path.read_bytes()


def write(target: Path, text: str) -> None:
    """Writes one result."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)


async def run(source: Path, output: Path, concurrency: int) -> None:
    """Uploads the files of a folder, makes a batch of each 1,000, and writes each result."""
    headers = {"authorization": f"Bearer {os.environ['LLAMA_CLOUD_API_KEY']}"}
    limits = httpx.Limits(max_connections=concurrency, max_keepalive_connections=concurrency)
    base_url = os.environ["LLAMA_CLOUD_BASE_URL"]
    async with httpx.AsyncClient(base_url=base_url, headers=headers, timeout=60, limits=limits) as http:
        paths = files_below(source)
        for start in range(0, len(paths), 1000):
            await batch(http, paths[start : start + 1000], source, output, concurrency)


async def batch(http: httpx.AsyncClient, paths: list[Path], source: Path, output: Path, concurrency: int) -> None:
    """Takes up to 1,000 files from disk to results."""
    body: dict[str, Any] = {"name": f"by-hand-{paths[0].name}", "type": "ephemeral"}
    directory = (await http.post("/api/v1/beta/directories", json=body)).raise_for_status().json()["id"]
    slots = asyncio.Semaphore(concurrency)
    names: dict[str, Path] = {}

    async def upload(path: Path) -> None:
        async with slots:
            files = {"upload_file": content(path)}
            url = f"/api/v1/beta/directories/{directory}/files/upload"
            response = await http.post(url, files=files, data={"unique_id": str(path)})
        names[response.raise_for_status().json()["id"]] = path.relative_to(source)

    await asyncio.gather(*(upload(path) for path in paths))
    config = {"job": {"type": "parse_v2", "configuration_id": "cfg-PARSE_AGENTIC"}}
    body = {"source_directory_id": directory, "config": config}
    batch_id = (await http.post("/api/v2/batches", json=body)).raise_for_status().json()["id"]
    while True:
        found = (await http.get(f"/api/v2/batches/{batch_id}", params={"expand": "results"})).raise_for_status().json()
        if found["status"] == "COMPLETED":
            break
        await asyncio.sleep(2)
    jobs = {result["job_reference"]["id"]: names[result["source_directory_file_id"]] for result in found["results"]}
    ids = list(jobs)
    for start in range(0, len(ids), JOBS_A_CALL):
        asked = ids[start : start + JOBS_A_CALL]
        (await http.get("/api/v2/parse", params={"job_ids": asked, "page_size": len(asked)})).raise_for_status().json()

    async def collect(job_id: str, name: Path) -> None:
        async with slots:
            url = f"/api/v2/parse/{job_id}"
            job = (await http.get(url, params={"expand": ["usage", "markdown"]})).raise_for_status().json()
        write(output / f"{name}.md", "\n\n".join(page["markdown"] for page in job["markdown"]["pages"]))

    await asyncio.gather(*(collect(job_id, name) for job_id, name in jobs.items()))


if __name__ == "__main__":
    asyncio.run(run(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])))
