"""`main(argv, context) -> exit status`: the one way in, for users and tests alike, and the one place that catches."""

from __future__ import annotations

import io
import sys
from contextlib import ExitStack, redirect_stderr, redirect_stdout, suppress
from typing import TYPE_CHECKING, Any

import typer
import typer.main

from llamacloud_cli.cli.app import app
from llamacloud_cli.cli.typer_seam import usage_error
from llamacloud_cli.context import Context
from llamacloud_cli.crashes import in_words
from llamacloud_cli.errors import CliError, ExitStatus
from llamacloud_cli.output.sink import PipeClosed, Sink

if TYPE_CHECKING:
    from collections.abc import Sequence

PROG = "llamacloud-prod"


def main(argv: Sequence[str], context: Context | None = None) -> int:
    """Runs one command line and gives the exit status of the process.

    Args:
        argv: the arguments, without the name of the program.
        context: the surroundings; those of the process where it is None.
    """
    context = context or Context()
    try:
        return _run(argv, context)
    except PipeClosed:
        _silence_stdout()
        return ExitStatus.OK
    except (KeyboardInterrupt, typer.Abort):
        return ExitStatus.INTERRUPTED
    except BaseException as error:  # noqa: BLE001 - no traceback ever reaches a user
        return _report(_as_cli_error(error), context)
    finally:
        with suppress(Exception):  # the outcome of the command does not hang on it
            context.close()


def _run(argv: Sequence[str], context: Context) -> int:
    command: Any = typer.main.get_command(app)
    # Typer prints help and versions by itself; written by us, a closed pipe and a full disk are noticed.
    own_words = io.StringIO()
    with ExitStack() as stack:
        stack.enter_context(redirect_stdout(own_words))
        if context.streams.stderr is not sys.stderr:
            stack.enter_context(redirect_stderr(context.streams.stderr))
        status = command.main(list(argv), prog_name=PROG, standalone_mode=False, obj=context)
    if status == ExitStatus.INTERRUPTED:
        raise KeyboardInterrupt
    if own_words.getvalue():
        sink = Sink(context.streams.stdout)
        sink.write(own_words.getvalue().encode())
        sink.flush()
    return int(status or ExitStatus.OK)


def _report(error: CliError, context: Context) -> int:
    from llamacloud_cli.output.errors import as_lines, as_text

    stderr = context.streams.stderr
    if stderr is not None:
        options = context.options
        try:
            text = as_text(
                error,
                error_format=options.get("format_error") or "auto",
                path=options.get("transform_error"),
                terminal=context.is_terminal(stderr),
            )
        except Exception:  # noqa: BLE001 - an error in telling of an error must not hide it
            text = as_lines(error)
        try:
            stderr.write(context.without_keys(text))
            stderr.flush()
        except (OSError, ValueError):
            pass
    return int(error.exit_status)


def _as_cli_error(error: BaseException) -> CliError:
    if isinstance(error, CliError):
        return error
    if isinstance(error, typer.TyperException):
        return usage_error(error, PROG)
    return CliError(in_words(error), hint="this is a bug of llamacloud-prod; please report it")


def _silence_stdout() -> None:
    """Points standard output elsewhere, so that nothing that is left in its buffer is written to a closed pipe."""
    import os

    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError, AttributeError):
        return
