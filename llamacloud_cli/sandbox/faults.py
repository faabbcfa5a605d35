"""Faults on demand: what goes wrong, for which requests, files and batches.

A plan is a mapping (from a YAML or JSON file, or sent to `/_sandbox/faults`):

    seed: 7                                   # optional; the sandbox's own seed otherwise
    requests:                                 # the first rule that matches a request acts
      - match: {method: POST, path: /api/v2/batches}
        times: 2                              # how often it acts; absent = always
        after: 1                              # matching requests let through first
        share: 0.5                            # acts on this share of them, by the seed
        status: 503                           # answer with a status …
        headers: {Retry-After: "1"}           # … headers …
        body: {detail: Try again}             # … and a JSON body
        take_effect: true                     # but do what was asked before
      - {delay: 1.5}                          # seconds before the answer; may stand beside any other
      - {cut: 20}                             # close after this many bytes of the body
      - {reset: true}                         # reset the connection (with take_effect: after acting)
      - {throttle: {rate: 5}}                 # 429 with Retry-After above 5 requests a second
      - {repeat_page_token: true}             # a page names the token that it was asked with
      - {empty_page: true}                    # a page without items, whose token goes on at the same place
    files:                                    # decided when a batch is created
      - {stage: job, share: 0.1, message: "The file is corrupted"}
      - {stage: mapping, name: "*.docx"}      # the file gets no job, and a mapping error
      - {stage: reference}                    # the file gets neither a job reference nor an error
      - {stage: page, page: 2}                # the job completes with this page failed
    batches:
      - {outcome: failed, times: 1}           # the batch ends FAILED
      - {outcome: throttled, seconds: 3}      # the batch is THROTTLED for 3 s of model time first
"""

from __future__ import annotations

import random
import threading
import time
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from llamacloud_cli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Match(_Strict):
    """Which requests a rule is for: a method, and a path with `*` and `?` as in file names."""

    method: str = "*"
    path: str = "*"


class Throttle(_Strict):
    """Requests a second that are answered; the others get 429 with Retry-After in whole seconds."""

    rate: float = Field(gt=0)


class RequestFault(_Strict):
    """One rule for requests; see the module's text."""

    match: Match = Match()
    times: int | None = Field(default=None, ge=1)
    after: int = Field(default=0, ge=0)
    share: float = Field(default=1.0, ge=0, le=1)
    delay: float = Field(default=0.0, ge=0, le=600)
    status: int | None = Field(default=None, ge=200, le=599)
    headers: dict[str, str] = {}
    body: Any = None
    take_effect: bool = False
    cut: int | None = Field(default=None, ge=0)
    reset: bool = False
    throttle: Throttle | None = None
    repeat_page_token: bool = False
    empty_page: bool = False

    @model_validator(mode="after")
    def _one_action(self) -> RequestFault:
        actions = [
            self.status is not None,
            self.cut is not None,
            self.reset,
            self.throttle is not None,
            self.repeat_page_token,
            self.empty_page,
        ]
        if sum(actions) > 1 or not (any(actions) or self.delay):
            raise ValueError("give one of status, cut, reset, throttle, repeat_page_token, empty_page, or delay alone")
        if self.take_effect and not (self.reset or self.status is not None):
            raise ValueError("take_effect goes with status or reset")
        return self


class FileFault(_Strict):
    """A share of the files of new batches that fail, at one stage."""

    stage: Literal["mapping", "reference", "job", "page"]
    share: float = Field(default=1.0, ge=0, le=1)
    name: str = "*"
    message: str = "Failed by a fault rule of the sandbox"
    page: int = Field(default=1, ge=1)


class BatchFault(_Strict):
    """New batches that fail as a whole, or are throttled first (`seconds` of model time)."""

    outcome: Literal["failed", "throttled"]
    times: int | None = Field(default=None, ge=1)
    seconds: float = Field(default=5.0, ge=0)


class FaultPlan(_Strict):
    """All rules."""

    seed: int | None = None
    requests: list[RequestFault] = []
    files: list[FileFault] = []
    batches: list[BatchFault] = []


def load_plan(value: Mapping[str, object]) -> FaultPlan:
    """Reads a plan.

    Raises:
        UsageError: an unknown key, a wrong value, or a rule with two actions; says where.
    """
    try:
        return FaultPlan.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the top"
        raise UsageError(f"fault rules: {first['msg']} at {where}") from error


class Faults:
    """A plan at work: counts how often each rule has matched and acted. Used by all threads."""

    def __init__(self, plan: FaultPlan, *, seed: int, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._lock = threading.Lock()
        self._seed = seed
        self._monotonic = monotonic
        self.replace(plan)

    @property
    def plan(self) -> FaultPlan:
        """The rules in force."""
        return self._plan

    def replace(self, plan: FaultPlan) -> None:
        """Takes new rules; every count starts again."""
        with self._lock:
            self._plan = plan
            self._effective_seed = self._seed if plan.seed is None else plan.seed
            self._matched = [0] * len(plan.requests)
            self._acted = [0] * len(plan.requests)
            self._random = [self._source("request", number) for number in range(len(plan.requests))]
            self._throttles: list[tuple[float, float]] = [(0.0, self._monotonic())] * len(plan.requests)
            self._batches_acted = [0] * len(plan.batches)

    def add(self, plan: FaultPlan) -> None:
        """Puts new rules before those in force; every count starts again."""
        current = self._plan
        self.replace(
            FaultPlan(
                seed=plan.seed if plan.seed is not None else current.seed,
                requests=[*plan.requests, *current.requests],
                files=[*plan.files, *current.files],
                batches=[*plan.batches, *current.batches],
            )
        )

    def for_request(self, method: str, path: str) -> tuple[RequestFault, float | None] | None:
        """The rule that acts on a request, with the seconds to wait where it throttles; None for no rule."""
        with self._lock:
            for number, rule in enumerate(self._plan.requests):
                if not _matches(rule.match, method, path):
                    continue
                self._matched[number] += 1
                if self._matched[number] <= rule.after:
                    continue
                if rule.times is not None and self._acted[number] >= rule.times:
                    continue
                if rule.share < 1 and self._random[number].random() >= rule.share:
                    continue
                wait = self._throttle(number, rule.throttle.rate) if rule.throttle else None
                if rule.throttle and wait is None:
                    continue
                self._acted[number] += 1
                return rule, wait
        return None

    def for_file(self, unique_id: str, name: str) -> FileFault | None:
        """The rule that a file of a new batch falls under; the same file always falls alike."""
        for number, rule in enumerate(self._plan.files):
            chance = self._source("file", number, unique_id).random()
            if fnmatchcase(name, rule.name) and chance < rule.share:
                return rule
        return None

    def for_batch(self) -> list[BatchFault]:
        """The rules that a new batch falls under: at most one for each outcome."""
        taken: dict[str, BatchFault] = {}
        with self._lock:
            for number, rule in enumerate(self._plan.batches):
                used_up = rule.times is not None and self._batches_acted[number] >= rule.times
                if not used_up and rule.outcome not in taken:
                    self._batches_acted[number] += 1
                    taken[rule.outcome] = rule
        return list(taken.values())

    def _source(self, *parts: object) -> random.Random:
        return random.Random(":".join(map(str, (self._effective_seed, *parts))))  # noqa: S311 - not for secrets

    def _throttle(self, number: int, rate: float) -> float | None:
        """A bucket of one second's requests: None lets a request pass, else seconds until the next may."""
        used, since = self._throttles[number]
        now = self._monotonic()
        used = max(0.0, used - (now - since) * rate)
        passes = used + 1 <= max(1.0, rate)
        self._throttles[number] = (used + 1 if passes else used, now)
        return None if passes else (used + 1 - max(1.0, rate)) / rate


def _matches(match: Match, method: str, path: str) -> bool:
    return match.method.upper() in {"*", method} and fnmatchcase(path, match.path)
