"""Standard output as a place for bytes that may end early: a closed pipe, a full disk."""

from __future__ import annotations

from typing import IO, Any

from llamacloud_cli.errors import OutputError

_BUFFERED_BYTES = 64 * 1024


class PipeClosed(Exception):  # noqa: N818 - no error: the reader has seen enough
    """Whoever reads standard output has closed it."""


class Sink:
    """Collects bytes and writes them in large pieces.

    Args:
        stream: standard output, or None where it was closed before the start.
    """

    def __init__(self, stream: IO[str] | None) -> None:
        self._stream: Any = stream
        self._pieces: list[bytes] = []
        self._size = 0

    def write(self, piece: bytes) -> None:
        """Takes one piece.

        Raises:
            PipeClosed: the reader is gone.
            OutputError: it cannot be written.
        """
        self._pieces.append(piece)
        self._size += len(piece)
        if self._size >= _BUFFERED_BYTES:
            self.flush()

    def line(self, text: str) -> None:
        """Takes a line of text, as it is or, where a terminal gets it, with control characters made visible.

        Bytes of a path that are no UTF-8 (lone surrogates, see os.fsdecode) come out as they were.
        """
        if self._stream is not None and self._stream.isatty():
            from llamacloud_cli.output.terminal import clean_line

            text = clean_line(text)
        self.write(text.encode("utf-8", "surrogateescape") + b"\n")

    def flush(self) -> None:
        """Writes what was taken; raises as `write` does."""
        if not self._pieces:
            return
        data = b"".join(self._pieces)
        self._pieces, self._size = [], 0
        if self._stream is None:
            raise OutputError("standard output is closed")
        try:
            self._stream.flush()
            self._stream.buffer.write(data)
            self._stream.buffer.flush()
        except BrokenPipeError:
            raise PipeClosed from None
        except OSError as error:
            raise OutputError(f"standard output: {error.strerror}", hint="is the disk full?") from None
        except ValueError:
            raise OutputError("standard output is closed") from None
