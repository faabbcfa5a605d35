"""One run on one folder: lock, ledger, files, and what is left to do."""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import ExitStack, suppress
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from llamacloud_cli.api.configurations import Configuration
from llamacloud_cli.errors import UsageError
from llamacloud_cli.private import make_private, open_private
from llamacloud_cli.workflows.collect import collection_mark
from llamacloud_cli.workflows.fetch import kinds_for
from llamacloud_cli.workflows.folder import OWN_FOLDER, OutputFolder
from llamacloud_cli.workflows.ledger import Ledger
from llamacloud_cli.workflows.ledger_files import FileBook
from llamacloud_cli.workflows.ledger_shards import ShardBook
from llamacloud_cli.workflows.lock import FolderLock
from llamacloud_cli.workflows.plan import Scanner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from llamacloud_cli.api.directories import Scope
    from llamacloud_cli.workflows.configure import Choice
    from llamacloud_cli.workflows.ledger_files import Counts
    from llamacloud_cli.workflows.plan import PlanOptions

_FILES_A_COMMIT = 500
_LONGEST_PATH_BYTES = 64 * 1024


class Place(NamedTuple):
    """Where a run keeps its things.

    Attributes:
        state: the folder of ledger and lock.
        output: where results go, or None.
        shown: the folder as the user knows it.
    """

    state: Path
    output: Path | None
    shown: str

    def leave_out(self) -> frozenset[bytes]:
        """Gives the folders whose files are no sources, absolute."""
        return frozenset(os.fsencode(os.path.realpath(one)) for one in (self.state, self.output) if one is not None)


def place_of(output: Path | None, paths: list[bytes], state_home: Path | None) -> Place:
    """Gives where a run keeps its things: in the output folder, else below `state_home`, by the PATHs.

    Raises:
        UsageError: results would be written where sources are looked for, or there is no place at all.
    """
    if output is None:
        if state_home is None:
            raise UsageError(
                "no place to note what was sent: this user has no home",
                hint="name an output folder with -o, or set HOME or XDG_STATE_HOME",
            )
        absolute = b"\0".join(sorted(os.path.realpath(path) for path in paths))
        state = state_home / "runs" / hashlib.sha256(absolute).hexdigest()[:16]
        return Place(state, None, str(state))
    real = os.fsencode(os.path.realpath(output))
    for path in paths:
        source = os.path.realpath(path)
        holds_sources = source == real or (len(paths) > 1 and os.path.dirname(source) == real)  # noqa: PTH120 - bytes
        if holds_sources and os.path.isdir(source):  # noqa: PTH112 - bytes
            raise UsageError(
                f"-o: results in {str(output)!r} would be taken for sources by the next run",
                hint="name another folder, such as one beside or below it",
            )
    return Place(output / OWN_FOLDER, output, str(output))


class Session:
    """A run's hold on its folder, from `with` to its end.

    Attributes:
        files: the ledger's files.
        shards: the ledger's shards.
        output: the output folder, or None.
        left_alone: what was left alone in folders, in words.

    Args:
        place: where its things are.
        service: tells this service from others.
        configuration: what is run on the files.
        scope: the project and organization.
        asked: how the command line names the configuration, where `--dry-run` is to find it again.
    """

    def __init__(
        self, place: Place, service: str, configuration: Configuration, scope: Scope, *, asked: str = ""
    ) -> None:
        self._place = place
        self._asked = _choice_key(service, scope, asked) if asked else ""
        self._key = json.dumps([service, sorted(scope), configuration.product, configuration.id])
        self._configuration = configuration
        self._stack = ExitStack()
        self.left_alone: list[str] = []
        self.output: OutputFolder | None = None
        self.files: FileBook
        self.shards: ShardBook

    def __enter__(self) -> Session:  # noqa: PYI034 - not made to be subclassed
        """Takes the lock and opens the ledger.

        Raises:
            UsageError: another run is at work in the folder, or it cannot be used.
        """
        with ExitStack() as stack:
            if self._place.output is not None:
                self.output = OutputFolder(self._place.output)
                stack.callback(self.output.close)
            stack.enter_context(FolderLock(self._place.state, self._place.shown))
            if self.output is not None:
                self.output.clean()
            ledger = Ledger(self._place.state)
            stack.callback(ledger.close)
            self._open(ledger)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        """Closes the ledger and lets go of the lock."""
        self._stack.close()

    def _open(self, ledger: Ledger) -> None:
        run = ledger.next_run()
        plan = ledger.plan(self._key, self._configuration.product, self._configuration.id)
        if self._asked:
            ledger.note_choice(self._asked, self._configuration.product, self._configuration.id)
        self.files = FileBook(ledger, plan, run)
        self.shards = ShardBook(ledger, plan, run)

    def find_files(self, options: PlanOptions, check: Callable[[], None], tell: Callable[[int], None]) -> None:
        """Looks for the files and notes them.

        Args:
            options: which files.
            check: called now and then; what it raises ends the search.
            tell: told how many further files were found.

        Raises:
            UsageError: a PATH cannot be used.
        """
        scanner = Scanner(options, self.files.known_sha256, check)
        found = scanner.files()
        while some := list(islice(found, _FILES_A_COMMIT)):
            self.files.add(some)
            tell(len(some))
        self.left_alone = scanner.ignored.lines()


class DryRun:
    """What a run would do, worked out on a copy of its ledger; nothing is sent and nothing changed.

    A configuration that the command line names is the one that it was in the last run; where there was none, only
    the service knows it.

    Args:
        place: where the run would keep its things.
        scratch: an empty folder for the copy.
        service: tells this service from others.
        choice: what the command line says about the configuration.
        scope: the project and organization.
    """

    def __init__(self, place: Place, scratch: Path, service: str, choice: Choice, scope: Scope) -> None:
        from llamacloud_cli.workflows.ledger_copy import copy_ledger

        copy_ledger(place.state, scratch)
        ledger = Ledger(scratch)
        known = choice.known() or ledger.choice(_choice_key(service, scope, choice.key()))
        self._is_certain = known is not None or not ledger.has_plans()
        ledger.close()
        product, identifier = known or (choice.product, "")
        self._product = product
        configuration = Configuration(identifier, product or "parse_v2")
        self._session = Session(Place(scratch, None, place.shown), service, configuration, scope)
        self._output = place.output

    def plan(self, options: PlanOptions, batch_size: int, kind: str | None, *, retry_failed: bool) -> dict[str, Any]:
        """Gives what would be done, as an object to print.

        Args:
            options: which files.
            batch_size: files of a batch at most.
            kind: what `--as` says, or None.
            retry_failed: whether files that failed before would be sent again.

        Raises:
            UsageError: a PATH cannot be used, or there is no such result.
        """
        kinds = kinds_for(self._product, kind) if self._product else ()
        with self._session as session:
            session.find_files(options, lambda: None, lambda _: None)
            if retry_failed:
                session.files.retry_failed()
            counts = session.files.counts(collection_mark(kinds if self._output else ()))
            new, size = session.files.new_work()
            return {
                **_counted(counts),
                "already_done": counts.done_before if self._is_certain else None,
                "to_upload": new,
                "bytes_to_upload": size,
                "batches": -(-new // batch_size),
                "batch_size": batch_size,
                "output": None if self._output is None else str(self._output),
                "refused_files": [_refused(entry) for entry in islice(session.files.refused(), 20)],
                "left_alone": session.left_alone,
                "type": self._product,
                "results_as": list(kinds) or None,
            }


def _choice_key(service: str, scope: Scope, asked: str) -> str:
    return json.dumps([service, sorted(scope), asked])


def _counted(counts: Counts) -> dict[str, Any]:
    return {"files": counts.files, "different_contents": counts.works, "refused": counts.refused}


def _refused(entry: Any) -> dict[str, Any]:
    return {"source": entry.source.encode("utf-8", "replace").decode(), "error": entry.error}


def remember(state_home: Path | None, state: Path) -> None:
    """Notes where a ledger is, so that `--local-names` finds it; a home that cannot be written to does without."""
    if state_home is None:
        return
    folder = state_home / "ledgers"
    path = os.fsencode(os.path.realpath(state))
    with suppress(OSError):
        make_private(folder)
        name = folder / hashlib.sha256(path).hexdigest()[:16]
        with os.fdopen(open_private(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), "wb") as file:
            file.write(path)


def remembered(state_home: Path | None) -> Iterator[bytes]:
    """Gives the folders of the ledgers that were noted; what cannot be read is passed over."""
    with suppress(OSError):
        for name in sorted((state_home / "ledgers").iterdir()) if state_home is not None else ():
            with suppress(OSError), os.fdopen(open_private(name, os.O_RDONLY), "rb") as file:
                yield file.read(_LONGEST_PATH_BYTES)
