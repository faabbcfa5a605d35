"""How many examples a test makes, and what every command line promises, whatever it was given."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, Phase, settings

from llamacloud_cli.errors import ExitStatus
from tests.conftest import KEY, Runner

if TYPE_CHECKING:
    from tests.conftest import Result

STATUSES = frozenset(int(status) for status in ExitStatus)
_OF_PROFILE = 100
MOST_PAUSES = 40
"""After so many pauses a command line is interrupted, as by Ctrl-C: it would wait for ever."""


def budget(examples: int) -> settings:
    """Gives the settings of a test that makes `examples` by default, and ten times as many under `thorough`."""
    profile = settings()
    scale = profile.max_examples / _OF_PROFILE
    return settings(
        max_examples=max(int(examples * scale), 1),
        derandomize=scale <= 1,  # the same examples every day, unless somebody is out for new ones
        deadline=None,
        database=None,
        # Shrinking takes up to five minutes: it is left to whoever looks into a failure, with `thorough`.
        phases=[phase for phase in Phase if scale > 1 or phase not in (Phase.shrink, Phase.explain)],
        suppress_health_check=list(HealthCheck),
    )


class Impatient(Runner):
    """Runs command lines without waiting, and interrupts those that would wait for ever."""

    def _sleep(self, seconds: float) -> None:
        super()._sleep(seconds)
        if len(self.sleeps) > MOST_PAUSES:
            raise KeyboardInterrupt


def check_promises(result: Result, argv: object, *, key_may_show: bool = False) -> None:
    """Fails unless the exit status is documented, no bug shows, no key does, and failures are told of."""
    shown = f"{argv!r}\nstatus {result.status}\nstdout {result.stdout[:2000]!r}\nstderr {result.stderr[:2000]!r}"
    assert result.status in STATUSES, shown
    assert "Traceback" not in result.stderr, shown
    assert "internal error" not in result.stderr, shown
    assert KEY not in result.stderr + (result.stdout if not key_may_show else ""), shown
    if result.status not in (ExitStatus.OK, ExitStatus.INTERRUPTED):
        assert result.stderr.strip(), shown


def check_json(text: str) -> None:
    """Fails unless a text is a stream of JSON documents, or nothing."""
    decoder = json.JSONDecoder(parse_constant=_refuse, parse_int=str)
    rest = text.lstrip()
    while rest:
        try:
            _, end = decoder.raw_decode(rest)
        except RecursionError:
            return  # nested more deeply than this reader can follow
        rest = rest[end:].lstrip()


def _refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is not JSON")
