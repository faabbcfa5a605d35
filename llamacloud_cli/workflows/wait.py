"""Waiting for batches: growing pauses, transient failures passed over, jobs asked until they are done."""

from __future__ import annotations

import random
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

from llamacloud_cli.api.jobs import TERMINAL_JOB
from llamacloud_cli.api.retries import may_pass
from llamacloud_cli.durations import show_duration
from llamacloud_cli.errors import (
    ApiError,
    AuthenticationError,
    BatchFailedError,
    CliError,
    NetworkError,
    NotFoundError,
    PartialFailureError,
    WaitTimeoutError,
)
from llamacloud_cli.workflows.limit import TimeUpError, limited
from llamacloud_cli.workflows.watch import BatchWatch
from llamacloud_cli.workflows.words import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from llamacloud_cli.api.client import Client
    from llamacloud_cli.api.directories import Scope
    from llamacloud_cli.progress import BatchWatcher

FIRST_PAUSE_SECONDS = 2.0
LONGEST_PAUSE_SECONDS = 30.0
GROWTH = 1.5
JITTER = 0.15
NOT_FOUND_PAUSES = (4.0, 8.0, 16.0)
"""Seconds between the questions for a batch that exists but is not found: a listing or a replica may lag behind, and
whoever takes it for gone pays for another one."""
LONGEST_OUTAGE_SECONDS = 1800.0
"""For how long a batch may be asked for in vain before that is an error: `wait` in CI must not hang for ever."""
MOST_NAMED = 10
"""How many failed files are named one by one."""


class Pauses:
    """Pauses that grow, with jitter, so that many waiters do not ask at the same moment.

    Args:
        first: the first pause, in seconds.
    """

    def __init__(self, first: float = FIRST_PAUSE_SECONDS) -> None:
        self._first = first
        self._longest = max(first, LONGEST_PAUSE_SECONDS)
        self._next = first

    def next(self) -> float:
        """Gives the seconds to wait now."""
        pause = self._next
        self._next = min(pause * GROWTH, self._longest)
        return pause * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - no secret hangs on it

    def restart(self) -> None:
        """Begins with the first pause again: something has changed, so more may follow soon."""
        self._next = self._first


class WaitOptions(NamedTuple):
    """How to wait.

    Attributes:
        scope: the project and organization.
        timeout: seconds after which waiting ends although a batch goes on, or None.
        interval: the first pause between two questions, in seconds.
        sleep: waits for some seconds.
        clock: gives seconds that never go back.
        exists: whether the batches surely exist, as one does that was just created.
    """

    scope: Scope = ()
    timeout: float | None = None
    interval: float = FIRST_PAUSE_SECONDS
    sleep: Callable[[float], None] = lambda _: None
    clock: Callable[[], float] = monotonic
    exists: bool = False


class Follower:
    """Steps a watch when its time has come, and passes over failures that may pass.

    Attributes:
        watch: the batch.
        due: when to step next, by `clock`.
        clock: gives seconds that never go back.

    Args:
        watch: the batch.
        interval: the first pause, in seconds.
        note: told of a failure that is passed over.
        clock: gives seconds that never go back.
        exists: whether the batch surely exists: that it is not found is then not believed at once.
    """

    def __init__(
        self,
        watch: BatchWatch,
        interval: float,
        note: Callable[[str], None],
        clock: Callable[[], float] = monotonic,
        *,
        exists: bool = False,
    ) -> None:
        self.watch = watch
        self.due = clock()
        self._pauses = Pauses(interval)
        self._note = note
        self.clock = clock
        self._exists = exists
        self._times_not_found = 0
        self._failing_since: float | None = None

    def step(self) -> None:
        """Asks once; sets when to ask again.

        Raises:
            CliError: a failure that will not pass or has not for half an hour, or no connection before the batch was
                ever seen.
        """
        before = self.watch.status
        try:
            self.watch.step()
        except NotFoundError as error:
            if not self._exists or self._times_not_found == len(NOT_FOUND_PAUSES):
                raise
            self._pass_over(error, NOT_FOUND_PAUSES[self._times_not_found])
            self._times_not_found += 1
            return
        except CliError as error:
            if not self._will_pass(error) or self._has_lasted(error):
                raise
            self._pass_over(error, min(self._pauses.next(), LONGEST_PAUSE_SECONDS))
            return
        self._failing_since, self._times_not_found = None, 0
        if self.watch.status != before:
            self._pauses.restart()
        self.due = self.clock() + self._pauses.next()

    def _pass_over(self, error: CliError, pause: float) -> None:
        self._note(f"{self.watch.id}: {error.message}; asking again")
        self.due = self.clock() + pause

    def _will_pass(self, error: CliError) -> bool:
        if isinstance(error, NetworkError):
            return error.retryable and (error.maybe_sent or self.watch.document is not None)
        return isinstance(error, ApiError) and may_pass(error)

    def _has_lasted(self, error: CliError) -> bool:
        """Tells whether nothing but failures has come for too long; the error says so then."""
        now = self.clock()
        if self._failing_since is None:
            self._failing_since = now
        lasted = now - self._failing_since
        if lasted < LONGEST_OUTAGE_SECONDS:
            return False
        error.message += f"; {self.watch.id} has been asked for in vain for {show_duration(lasted)}"
        error.hint = error.hint or "it may go on all the same: wait again when the service answers"
        return True


def wait_for_batches(
    client: Client,
    batch_ids: Sequence[str],
    options: WaitOptions,
    watcher: BatchWatcher,
    finished: Callable[[BatchWatch], None],
) -> None:
    """Waits until each batch and its jobs are done. One that cannot be asked for does not keep the others.

    Args:
        client: sends the requests.
        batch_ids: the batches; one that is named twice counts once.
        options: how to wait.
        watcher: told how far they are.
        finished: given each batch when it is done.

    Raises:
        WaitTimeoutError: the time is up.
        BatchFailedError: a batch ended FAILED or CANCELLED.
        PartialFailureError: all completed, but some files failed.
        CliError: a batch could not be asked for, in a way that will not pass; this comes before the others.
    """
    clock = options.clock
    end = None if options.timeout is None else clock() + options.timeout
    watches = [BatchWatch(client, batch_id, options.scope, clock) for batch_id in dict.fromkeys(batch_ids)]
    going = [Follower(watch, options.interval, watcher.note, clock, exists=options.exists) for watch in watches]
    try:
        with limited(client, end, clock):
            lost = _follow(going, options, end, watcher, finished)
    except TimeUpError:
        raise _timed_out(going, options.timeout or 0.0) from None
    _raise_worst([watch for watch in watches if watch.over], lost, watcher.note)


def _follow(
    going: list[Follower],
    options: WaitOptions,
    end: float | None,
    watcher: BatchWatcher,
    finished: Callable[[BatchWatch], None],
) -> list[CliError]:
    """Steps each batch until it is over and taken out of `going`; gives why some could not be asked for.

    Raises:
        TimeUpError: the end has come.
        AuthenticationError: the key is refused, so no batch can be asked for.
    """
    clock, several = options.clock, len(going) > 1
    lost: list[CliError] = []
    while going:
        follower = min(going, key=lambda one: one.due)
        pause = follower.due - clock()
        if end is not None and max(follower.due, clock()) >= end:
            options.sleep(max(end - clock(), 0.0))
            raise TimeUpError
        if pause > 0:
            options.sleep(pause)
        try:
            follower.step()
        except AuthenticationError:
            raise
        except CliError as error:
            if several:
                watcher.note(f"{follower.watch.id}: {error.message}")
            lost.append(error)
            going.remove(follower)
            continue
        watcher.batch(follower.watch.progress())
        if follower.watch.over:
            going.remove(follower)
            finished(follower.watch)
    return lost


def _raise_worst(watches: Sequence[BatchWatch], lost: Sequence[CliError], note: Callable[[str], None]) -> None:
    try:
        raise_for_outcome(watches, note)
    except (BatchFailedError, PartialFailureError) as error:
        if not lost:
            raise
        note(error.message)
    if lost:
        raise lost[0]


def raise_for_outcome(watches: Iterable[BatchWatch], note: Callable[[str], None]) -> None:
    """Ends well where every file succeeded; names those that failed otherwise.

    Raises:
        BatchFailedError: a batch ended FAILED or CANCELLED.
        PartialFailureError: some files failed.
    """
    ended, failed, total = [], 0, 0
    for watch in watches:
        if watch.status != "COMPLETED":
            ended.append(f"{watch.id} {watch.status}")
        named = 0
        for outcome in watch.outcomes():
            total += 1
            if outcome.error is None and outcome.status in TERMINAL_JOB:
                continue
            failed += 1
            named += 1
            if named <= MOST_NAMED:
                job = f" (job {outcome.job_id})" if outcome.job_id else ""
                note(f"failed: {outcome.file_id}{job}: {outcome.error or f'still {outcome.status}'}")
        if named > MOST_NAMED:
            note(f"… and {named - MOST_NAMED:,} more; `llamacloud-prod batches results {watch.id}` lists all")
    if ended:
        hint = "FAILED has no reliable results; after CANCELLED, `batches results` has those of finished files"
        raise BatchFailedError(f"not completed: {', '.join(ended)}", hint=hint)
    if failed:
        raise PartialFailureError(
            f"{failed:,} of {counted(total, 'file')} failed", hint="`batches results` lists each with its error"
        )


def _timed_out(going: Sequence[Follower], seconds: float) -> WaitTimeoutError:
    ids = [f"{one.watch.id} {one.watch.status}".strip() for one in going]
    shown = ", ".join(ids[:5]) + (f" and {len(ids) - 5} more" if len(ids) > 5 else "")  # noqa: PLR2004
    return WaitTimeoutError(f"after {show_duration(seconds)} not done: {shown}")
