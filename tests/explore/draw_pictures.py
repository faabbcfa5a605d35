"""Draws SVG pictures of the explorer over a sandbox: `python -m tests.explore.draw_pictures FOLDER`."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from llamacloud_cli.sandbox import INSTANT, Sandbox, SandboxOptions
from tests.explore.screens import press, settled
from tests.explore.test_service import Service, app_of

if TYPE_CHECKING:
    from collections.abc import Iterator

WINDOW = (100, 30)
PICTURES = {
    "explore-list": (),
    "explore-batch": ("enter",),
    "explore-search": ("enter", "slash", "text:pjb-", "enter"),
    "explore-filter": ("enter", "f", "text:results.#.job_reference", "enter"),
    "explore-markdown": ("enter", "enter"),
    "explore-help": ("question_mark",),
}
_SAMPLES = Path(__file__).parents[2] / "llamacloud_cli" / "sandbox" / "samples"


def draw(service: Service, *, light: bool = False) -> Iterator[tuple[str, str]]:
    """Gives each picture's name and its SVG, of a sandbox in which there are batches."""
    for name, keys in PICTURES.items():
        yield name, asyncio.run(_draw(service, keys, light=light))


async def _draw(service: Service, keys: tuple[str, ...], *, light: bool) -> str:
    app = app_of(service.client)
    async with app.run_test(size=WINDOW) as pilot:
        await settled(pilot)
        await press(pilot, *keys, *(("t",) if light else ()))
        return app.export_screenshot(title="llamacloud-prod batches list --format explore")


def main() -> None:
    """Fills a sandbox with the samples and writes the pictures, in dark and light."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    texts = {path.stem: path.read_text(encoding="utf-8") for path in sorted(_SAMPLES.glob("*.[mt]*"))}
    with (
        tempfile.TemporaryDirectory() as data,
        Sandbox(SandboxOptions(data=Path(data), speed=INSTANT)) as sandbox,
    ):
        service = Service(sandbox)
        for _ in range(30):
            service.batch(service.directory(**texts))
        for light in (False, True):
            for name, svg in draw(service, light=light):
                (folder / f"{name}{'-light' if light else ''}.svg").write_text(svg, encoding="utf-8")
        service.close()


if __name__ == "__main__":
    main()
