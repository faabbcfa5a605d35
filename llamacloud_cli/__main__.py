"""The process: from `sys.argv` to the exit status. Tests call `main.main` instead."""

from __future__ import annotations

import os
import sys

from llamacloud_cli import __version__

INTERRUPTED = 130  # errors.ExitStatus.INTERRUPTED, without importing enum for --version


def run() -> None:
    """Runs the command line of this process and ends the process.

    `--version` alone is answered before anything is imported: scripts ask for it often.
    """
    if sys.argv[1:] in (["--version"], ["-v"]):
        end_process(_print_version())
    import gc

    # Start-up makes many objects and frees hardly any; collecting among them costs some 5 % of a short command.
    gc.set_threshold(50_000)
    from llamacloud_cli.main import main

    end_process(main(sys.argv[1:]))


def _print_version() -> int:
    try:
        sys.stdout.write(f"llamacloud-prod {__version__}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        return 0
    except (OSError, AttributeError):  # a full disk, or no standard output at all
        return 1
    return 0


def end_process(status: int) -> None:
    """Ends the process with `status`, or by SIGINT where that was the cause, so that shell loops stop too."""
    if status == INTERRUPTED and os.name == "posix":
        import signal

        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    # What was opened is flushed and closed. Taking the interpreter apart module by module would cost a tenth
    # of the time of a short command.
    os._exit(status)


if __name__ == "__main__":
    run()
