"""Finding the files of a run: folders are walked, patterns applied, links that lead out left alone."""

from __future__ import annotations

import hashlib
import os
import stat
from typing import TYPE_CHECKING, NamedTuple

from llamacloud_cli.errors import UsageError
from llamacloud_cli.workflows.ledger_files import Found
from llamacloud_cli.workflows.names import as_text
from llamacloud_cli.workflows.sources import READ_FLAGS
from llamacloud_cli.workflows.types import SUFFIXES, refusal_of
from llamacloud_cli.workflows.words import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


class PlanOptions(NamedTuple):
    """Which files.

    Attributes:
        paths: files and folders as bytes.
        product: `parse_v2` or `extract_v2`, for the limits.
        include: patterns, as in .gitignore, of which a file of a folder must match one; none takes every type that
            the service reads.
        exclude: patterns that a file or folder must not match.
        leave_out: folders that are never walked into, absolute.
    """

    paths: Sequence[bytes]
    product: str
    include: Sequence[str] = ()
    exclude: Sequence[str] = ()
    leave_out: frozenset[bytes] = frozenset()


class Ignored:
    """How many entries of folders were left alone, and why."""

    def __init__(self) -> None:
        self.types: dict[str, int] = {}
        self.links = 0
        self.unreadable: list[str] = []

    def lines(self) -> list[str]:
        """Gives it in words."""
        found = []
        if self.types:
            count = sum(self.types.values())
            kinds = sorted(self.types, key=self.types.__getitem__, reverse=True)
            shown = ", ".join(kind or "without a type" for kind in kinds[:5]) + (", …" if len(kinds) > 5 else "")  # noqa: PLR2004
            found.append(f"left alone: {counted(count, 'file')} of types that the service does not read ({shown})")
        if self.links:
            found.append(f"left alone: {counted(self.links, 'symbolic link')} to folders or out of the folder")
        found += [f"left alone: {line}" for line in self.unreadable[:10]]
        if len(self.unreadable) > 10:  # noqa: PLR2004
            found.append(f"left alone: {len(self.unreadable) - 10:,} more that cannot be read")
        return found


def digest_of(path: bytes, check: Callable[[], None]) -> tuple[str, os.stat_result]:
    """Gives the SHA-256 of a file, and its state when it was opened; what is added to it meanwhile does not count.

    Args:
        path: the file; a symbolic link is refused.
        check: called now and then; what it raises ends the reading.

    Raises:
        OSError: it cannot be read.
    """
    with os.fdopen(os.open(path, READ_FLAGS), "rb", buffering=0) as file:
        state = os.fstat(file.fileno())
        digest, left = hashlib.sha256(), state.st_size
        while chunk := file.read(min(1024 * 1024, left)):
            check()
            digest.update(chunk)
            left -= len(chunk)
    return digest.hexdigest(), state


class Scanner:
    """Finds files.

    Attributes:
        ignored: what was left alone.

    Args:
        options: which files.
        known: gives the digest of a file that has not changed since it was last seen (path, size, mtime in ns).
        check: called now and then; what it raises ends the search.
    """

    def __init__(
        self,
        options: PlanOptions,
        known: Callable[[bytes, int, int], str | None],
        check: Callable[[], None],
    ) -> None:
        self.ignored = Ignored()
        self._options = options
        self._known = known
        self._check = check
        self._include = _patterns(options.include, "--include") if options.include else None
        self._exclude = _patterns(options.exclude, "--exclude") if options.exclude else None

    def files(self) -> Iterator[Found]:
        """Gives each file, with its digest, as it is found; one that two PATHs name comes twice.

        Raises:
            UsageError: a PATH is not there, or is a file of a type that the service does not read.
        """
        several = len(self._options.paths) > 1
        for path in self._options.paths:
            state = _state_of(path)
            real = os.path.realpath(path)
            if stat.S_ISDIR(state.st_mode):
                prefix = os.path.basename(real) + b"/" if several else b""  # noqa: PTH119 - bytes
                yield from self._walk(real, prefix)
            else:
                yield self._named(path, real, state)

    def _named(self, path: bytes, real: bytes, state: os.stat_result) -> Found:
        suffix = _suffix(path)
        inside = not os.path.isabs(path) and b".." not in path.split(b"/")  # noqa: PTH117 - bytes
        source = os.path.normpath(path) if inside else os.path.basename(real)  # noqa: PTH119 - bytes
        return self._found(real, source, suffix, state)

    def _walk(self, root: bytes, prefix: bytes) -> Iterator[Found]:
        folders = [self._entries(root)]
        while folders:
            self._check()
            entry = next(folders[-1], None)
            if entry is None:
                folders.pop()
                continue
            relative = os.path.relpath(entry.path, root)
            try:
                if entry.is_dir(follow_symlinks=False):
                    if entry.path not in self._options.leave_out and not _matches(self._exclude, relative + b"/"):
                        folders.append(self._entries(entry.path))
                elif entry.is_symlink():
                    yield from self._linked(root, entry, prefix + relative, relative)
                elif entry.is_file(follow_symlinks=False) and self._wanted(relative):
                    state = entry.stat(follow_symlinks=False)
                    yield self._found(entry.path, prefix + relative, _suffix(entry.path), state)
            except OSError as error:
                self._unreadable(entry.path, error)

    def _entries(self, folder: bytes) -> Iterator[os.DirEntry[bytes]]:
        """Gives what is in a folder, by name; nothing where it cannot be read."""
        try:
            with os.scandir(folder) as entries:
                return iter(sorted(entries, key=lambda entry: entry.name))
        except OSError as error:
            self._unreadable(folder, error)
            return iter(())

    def _unreadable(self, path: bytes, error: OSError) -> None:
        self.ignored.unreadable.append(f"{as_text(path)!r}: {error.strerror}")

    def _linked(self, root: bytes, entry: os.DirEntry[bytes], source: bytes, relative: bytes) -> Iterator[Found]:
        """Follows a link to a file, if that file is below the folder that the user named."""
        real = os.path.realpath(entry.path)
        state = os.stat(real)  # noqa: PTH116 - bytes
        if not stat.S_ISREG(state.st_mode) or os.path.commonpath([root, real]) != root:
            self.ignored.links += 1
        elif self._wanted(relative):
            yield self._found(real, source, _suffix(entry.path), state)

    def _wanted(self, relative: bytes) -> bool:
        if _matches(self._exclude, relative):
            return False
        if self._include is not None and not _matches(self._include, relative):
            return False
        suffix = _suffix(relative)
        if suffix in SUFFIXES:
            return True
        self.ignored.types[suffix] = self.ignored.types.get(suffix, 0) + 1
        return False

    def _found(self, path: bytes, source: bytes, suffix: str, state: os.stat_result) -> Found:
        refusal = refusal_of(state.st_size, self._options.product)
        digest = None
        if refusal is None:
            digest = self._known(path, state.st_size, state.st_mtime_ns)
            if digest is None:
                try:
                    digest, state = digest_of(path, self._check)
                except OSError as error:
                    refusal = f"the file cannot be read: {error.strerror}"
                else:  # it may have become another one since it was found
                    refusal = refusal_of(state.st_size, self._options.product)
        return Found(path, source, state.st_size, state.st_mtime_ns, None if refusal else digest, suffix, refusal)


def check_sources(options: PlanOptions) -> None:
    """Refuses PATHs that cannot be used, before anything of a file is read.

    Raises:
        UsageError: one is not there or of no use, or all of them together hold no file.
    """
    for path in options.paths:
        _state_of(path)
    scanner = Scanner(options, lambda *_: "", lambda: None)
    if next(scanner.files(), None) is None:
        why = "; ".join(scanner.ignored.lines())
        raise UsageError("no files to run on", hint=why or "are the PATHs and patterns right?")


def _state_of(path: bytes) -> os.stat_result:
    """Gives the state of a PATH.

    Raises:
        UsageError: it is not there, or is neither a folder nor a file of a type that the service reads.
    """
    shown = as_text(path)
    try:
        state = os.stat(path)  # noqa: PTH116 - bytes; a link that the user names is followed
    except (OSError, ValueError) as error:
        raise UsageError(f"{shown!r}: {getattr(error, 'strerror', None) or error}") from None
    if not stat.S_ISDIR(state.st_mode) and not stat.S_ISREG(state.st_mode):
        raise UsageError(f"{shown!r}: neither a file nor a folder")
    suffix = _suffix(path)
    if stat.S_ISREG(state.st_mode) and suffix not in SUFFIXES:
        raise UsageError(
            f"{shown!r}: the service does not read files of type {suffix or '(none)'!r}",
            hint="see its supported document types",
        )
    return state


def _suffix(path: bytes) -> str:
    return os.path.splitext(os.path.basename(as_text(path)))[1].lower()  # noqa: PTH119, PTH122 - may be no text


def _patterns(lines: Sequence[str], where: str) -> object:
    import re
    import warnings

    import pathspec

    try:
        with warnings.catch_warnings():  # Python's re says of `[[:alpha:]]` that its meaning may change
            warnings.simplefilter("ignore", FutureWarning)
            return pathspec.GitIgnoreSpec.from_lines(lines)
    except (ValueError, re.error) as error:  # re.error: a range that ends before it begins, `[z-a]`
        raise UsageError(
            f"{where}: {error}", hint="patterns are those of .gitignore, such as '*.pdf' or 'drafts/'"
        ) from None


def _matches(patterns: object, relative: bytes) -> bool:
    if patterns is None:
        return False
    match: Callable[[str], bool] = patterns.match_file  # type: ignore[attr-defined] # a GitIgnoreSpec
    return match(as_text(relative).replace(os.sep, "/"))
