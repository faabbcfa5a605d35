"""A key from a person, without echo, or from standard input."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO, cast

from llamacloud_cli.cli.termination import told_of_the_end
from llamacloud_cli.errors import UsageError

if TYPE_CHECKING:
    from llamacloud_cli.context import Context
    from llamacloud_cli.settings.values import ApiKey

LONGEST_BYTES = 8192


def ask_for_key(context: Context, question: str) -> ApiKey:
    """Asks for a key at the terminal, without echo.

    Raises:
        UsageError: nothing was typed, or the terminal cannot hide what is typed.
        AuthenticationError: what was typed cannot be a key.
    """
    import getpass
    import warnings

    with warnings.catch_warnings():
        # getpass would go on with echo after a warning.
        warnings.simplefilter("error", getpass.GetPassWarning)
        try:
            with told_of_the_end(lambda: None):  # getpass is left in order, and so gives the terminal its echo back
                text = getpass.getpass(question, stream=cast("TextIO", context.streams.stderr))
        except getpass.GetPassWarning:
            raise UsageError("the terminal cannot hide what is typed", hint="pipe the key in: --with-token") from None
        except EOFError:
            context.notice("")
            text = ""
    if not text:
        raise UsageError("no key was typed; nothing was stored")
    return _checked(context, text.strip(), "the typed key")


def key_of_stdin(context: Context) -> ApiKey:
    """Reads a key from standard input; one line break at its end is no part of it.

    Raises:
        UsageError: standard input cannot be read, or holds too much for a key.
        AuthenticationError: what came cannot be a key.
    """
    stream = context.streams.stdin
    if stream is None:
        raise UsageError("--with-token: standard input is closed")
    try:
        data: bytes = stream.buffer.read(LONGEST_BYTES + 1)  # type: ignore[attr-defined] # a text stream of the process
    except OSError as error:
        raise UsageError(f"standard input: cannot read the key from it: {error.strerror}") from None
    if len(data) > LONGEST_BYTES:
        raise UsageError("standard input: too long for a key", hint="it must hold the key alone")
    text = data.decode("utf-8", "replace").removesuffix("\n").removesuffix("\r")
    return _checked(context, text, "standard input")


def _checked(context: Context, text: str, source: str) -> ApiKey:
    from llamacloud_cli.settings.values import check_key

    context.secrets.add(text)
    return check_key(text, source)
