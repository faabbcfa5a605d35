"""The process: from `sys.argv` to the exit status. Tests call `main.main` instead."""

import _signal  # type: ignore[import-not-found] # `signal` around it imports enum, which takes longer than all of --version
import os
import sys

from llamacloud_cli import __version__

# Until main() can tell of it, Ctrl-C ends the process without a word; who ignored it goes on ignoring it.
_SIGINT_AT_START = _signal.SIG_IGN if _signal.getsignal(_signal.SIGINT) == _signal.SIG_IGN else _signal.SIG_DFL
INTERRUPTED = 130  # errors.ExitStatus.INTERRUPTED, without importing enum for --version


def run() -> None:
    """Runs the command line of this process and ends the process.

    `--version` alone is answered before anything is imported: scripts ask for it often.
    """
    if sys.argv[1:] in (["--version"], ["-v"]):
        end_process(_print_version())
    _signal.signal(_signal.SIGINT, _SIGINT_AT_START)
    import gc

    # Start-up makes many objects and frees hardly any; collecting among them costs some 5 % of a short command.
    gc.set_threshold(50_000)
    from llamacloud_cli.crashes import install
    from llamacloud_cli.main import main

    install()
    try:
        if _SIGINT_AT_START != _signal.SIG_IGN:
            _signal.signal(_signal.SIGINT, _signal.default_int_handler)
        status = main(sys.argv[1:])
    except KeyboardInterrupt:  # once more, while main() was telling of the first one
        status = INTERRUPTED
    end_process(status)


def _print_version() -> int:
    try:
        sys.stdout.write(f"llamacloud-prod {__version__}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        return 0
    except (OSError, AttributeError) as error:  # a full disk, or no standard output at all
        problem = f"standard output: {error.strerror}" if isinstance(error, OSError) else "standard output is closed"
        try:
            sys.stderr.write(f"error: {problem}\n")
            sys.stderr.flush()
        except (OSError, AttributeError):
            pass
        return 1
    return 0


def end_process(status: int) -> None:
    """Ends the process with `status`, or by SIGINT where that was the cause, so that shell loops stop too."""
    if status == INTERRUPTED and os.name == "posix":
        _signal.signal(_signal.SIGINT, _signal.SIG_DFL)
        os.kill(os.getpid(), _signal.SIGINT)
    # What was opened is flushed and closed. Taking the interpreter apart module by module would cost a tenth
    # of the time of a short command.
    os._exit(status)


if __name__ == "__main__":
    run()
