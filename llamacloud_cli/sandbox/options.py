"""What a sandbox is started with."""

from __future__ import annotations

import ipaddress
import math
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from llamacloud_cli.errors import UsageError
from llamacloud_cli.sandbox.policy import Pace, Policy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

INSTANT = math.inf
"""A speed at which a batch and its jobs have ended when the create is answered."""


@dataclass(frozen=True, slots=True)
class SandboxOptions:
    """Settings of one sandbox.

    Attributes:
        data: folder for the database and the uploaded files; made (mode 0700) when missing.
        host: address to listen on. Anything but loopback needs an explicit `api_key`.
        port: TCP port; 0 takes a free one.
        api_key: the key that clients must send; None reads it from `data`, or makes one and stores it there.
        speed: seconds of model time that pass in one second; `INSTANT` ends everything at once.
        faults: a parsed fault file (see `faults.FaultPlan`), or None.
        seed: decides durations and which files fail, so that a run repeats.
        pace: durations in model time.
        policy: answers to what the service leaves open.
        clock: gives the time in seconds since the epoch; tests replace it.

    Raises:
        UsageError: a host that is not loopback without a key, or a speed that is not positive.
    """

    data: Path
    host: str = "127.0.0.1"
    port: int = 0
    api_key: str | None = None
    speed: float = 20.0
    faults: Mapping[str, object] | None = None
    seed: int = 0
    pace: Pace = field(default_factory=Pace)
    policy: Policy = field(default_factory=Policy)
    clock: Callable[[], float] = time.time

    def __post_init__(self) -> None:
        if not self.speed > 0:
            raise UsageError(f"speed must be positive, got {self.speed}")
        if self.api_key is None and not is_loopback(self.host):
            raise UsageError(
                f"the sandbox listens on loopback addresses only, not on {self.host}",
                hint="give it a key of its own to open it to the network",
            )
        if self.api_key is not None and (
            not self.api_key.isascii()
            or not self.api_key.isprintable()
            or self.api_key.strip() != self.api_key
            or not self.api_key
        ):
            raise UsageError("the sandbox's key must be printable ASCII without blanks at its ends")


def is_loopback(host: str) -> bool:
    """Whether an address or name stands for this machine alone (`localhost`, 127.0.0.0/8, ::1)."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
