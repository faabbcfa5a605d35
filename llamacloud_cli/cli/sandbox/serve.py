"""`sandbox serve`."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from llamacloud_cli.cli.typer_seam import Command
from llamacloud_cli.errors import UsageError
from llamacloud_cli.inputs.files import read_yaml
from llamacloud_cli.inputs.values import read_integer
from llamacloud_cli.operations import Example
from llamacloud_cli.output.sink import Sink

if TYPE_CHECKING:
    from llamacloud_cli.context import Context
    from llamacloud_cli.sandbox import Sandbox

_LAST_PORT = 65535


class Serve(Command):
    """The command `sandbox serve`."""

    examples = (
        Example("serve on a free port", "llamacloud-prod sandbox serve"),
        Example(
            "let other programs of this shell use it",
            "llamacloud-prod sandbox serve --export > sandbox.env &\n"
            "until test -s sandbox.env; do sleep 0.1; done; . ./sandbox.env",
        ),
    )


app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command("serve", cls=Serve)
def serve(  # noqa: PLR0913, PLR0917 - one argument an option
    ctx: typer.Context,
    host: Annotated[
        str, typer.Option("--host", metavar="HOST", help="Address to listen on. [default: 127.0.0.1]")
    ] = "127.0.0.1",
    port: Annotated[str, typer.Option("--port", metavar="PORT", help="TCP port; 0 is a free one. [default: 0]")] = "0",
    data: Annotated[
        str | None, typer.Option("--data", metavar="DIR", help="Folder for its data. [default: see `sandbox path`]")
    ] = None,
    speed: Annotated[
        str | None,
        typer.Option("--speed", metavar="NUMBER|instant", help="How much faster than the clock. [default: 20]"),
    ] = None,
    fault: Annotated[
        str | None, typer.Option("--fault", metavar="FILE", help="Rules for faults, as YAML or JSON.")
    ] = None,
    seed: Annotated[
        str, typer.Option("--seed", metavar="INTEGER", help="Decides durations and which files fail. [default: 0]")
    ] = "0",
    export: Annotated[bool, typer.Option("--export", help="Print the line with `export` before it, for eval.")] = False,
) -> None:
    """Serve the sandbox until Ctrl-C or SIGTERM.

    Prints LLAMA_CLOUD_BASE_URL=… LLAMA_CLOUD_API_KEY=… on one line when it can be used. It listens to this machine
    alone; for any other --host, give it a key with --api-key.
    """
    from llamacloud_cli.sandbox import Sandbox, SandboxOptions

    context: Context = ctx.obj
    number = read_integer(port, where="--port")
    if not 0 <= number <= _LAST_PORT:
        raise UsageError(f"--port: {port} is no TCP port", hint="0 is a free one")
    options = SandboxOptions(
        data=Path(data) if data else context.sandbox_folder(),
        host=host,
        port=number,
        api_key=context.options.get("api_key"),
        speed=context.sandbox_speed(speed, where="--speed"),
        faults=_faults(fault) if fault else None,
        seed=read_integer(seed, where="--seed"),
    )

    def ready(sandbox: Sandbox) -> None:
        sink = Sink(context.streams.stdout)
        line = f"LLAMA_CLOUD_BASE_URL={sandbox.base_url} LLAMA_CLOUD_API_KEY={shlex.quote(sandbox.api_key)}"
        sink.write(f"{'export ' if export else ''}{line}\n".encode())
        sink.flush()

    Sandbox(options).serve_forever(ready)


def _faults(path: str) -> dict[str, Any]:
    value = read_yaml(path, where="--fault")
    if not isinstance(value, dict):
        raise UsageError(f"--fault: {path!r} holds no mapping", hint="see the guide on the sandbox for the form")
    return value
