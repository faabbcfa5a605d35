"""What a command is given: its streams, the environment, clocks, the global options, and a client made on first use."""

from __future__ import annotations

import math
import os
import sys
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from llamacloud_cli.errors import UsageError
from llamacloud_cli.settings import ApiKey, resolve_api_key, resolve_base_url

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from llamacloud_cli.api.client import Client
    from llamacloud_cli.sandbox import Sandbox
    from llamacloud_cli.settings import BaseUrl

DEFAULT_MAX_RETRIES = 5
DEFAULT_HTTP_TIMEOUT_SECONDS = 60.0
DEFAULT_SANDBOX_SPEED = 20.0
BUDGET_PER_RETRY = 10
_YES = ("1", "true", "yes", "on")


class Streams(NamedTuple):
    """The standard streams; one that was closed before the start is None."""

    stdin: IO[str] | None
    stdout: IO[str] | None
    stderr: IO[str] | None


class Context:
    """The surroundings of one command line; tests make their own.

    Attributes:
        streams: the standard streams.
        env: the environment variables.
        now: gives the time in seconds since 1970.
        sleep: waits for some seconds.
        options: the global options that were given, by their Python names.
    """

    def __init__(
        self,
        streams: Streams | None = None,
        env: Mapping[str, str] | None = None,
        *,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.streams = streams or Streams(sys.stdin, sys.stdout, sys.stderr)
        self.env: Mapping[str, str] = os.environ if env is None else env
        self.now = now
        self.sleep = sleep
        self.options: dict[str, Any] = {}
        self._client: Client | None = None
        self._sandbox: Sandbox | None = None

    def is_terminal(self, stream: IO[str] | None) -> bool:
        """Tells whether a stream is a terminal; each is asked on its own."""
        try:
            return stream is not None and stream.isatty()
        except ValueError:  # closed
            return False

    def notice(self, text: str) -> None:
        """Writes one line to standard error, cleaned of control characters."""
        from llamacloud_cli.output.terminal import clean

        if self.streams.stderr is None:
            return
        try:
            self.streams.stderr.write(f"{clean(text)}\n")
            self.streams.stderr.flush()
        except (OSError, ValueError):  # nobody reads it
            return

    def progress(self, text: str) -> None:
        """Writes one line to standard error where a person watches it, or where `--debug` asks for all there is."""
        if self.is_terminal(self.streams.stderr) or self.options.get("debug"):
            self.notice(text)

    def uses_sandbox(self) -> bool:
        """Tells whether commands go to the embedded sandbox.

        Raises:
            UsageError: `--sandbox` and `--base-url` are both given.
        """
        named = self.options.get("base_url") is not None
        if self.options.get("sandbox") and named:
            raise UsageError("--sandbox and --base-url exclude each other")
        return bool(self.options.get("sandbox")) or (self.env.get("LLAMA_CLOUD_SANDBOX", "") in _YES and not named)

    def sandbox_folder(self) -> Path:
        """Gives the sandbox's folder: `--sandbox-data`, else LLAMA_CLOUD_SANDBOX_DATA, else in the user's data."""
        chosen = self.options.get("sandbox_data") or self.env.get("LLAMA_CLOUD_SANDBOX_DATA")
        if chosen:
            return Path(chosen).absolute()
        from platformdirs import user_data_path

        return user_data_path("llamacloud-prod", appauthor=False) / "sandbox"

    def sandbox_speed(self, text: str | None, *, where: str) -> float:
        """Gives how much faster than the clock the sandbox's time passes: `text`, else LLAMA_CLOUD_SANDBOX_SPEED.

        Raises:
            UsageError: it is neither a positive number nor `instant`.
        """
        if text is None:
            text, where = self.env.get("LLAMA_CLOUD_SANDBOX_SPEED"), "LLAMA_CLOUD_SANDBOX_SPEED"
        if not text:
            return DEFAULT_SANDBOX_SPEED
        try:
            speed = math.inf if text == "instant" else float(text)
        except ValueError:
            speed = 0.0
        if not speed > 0:
            raise UsageError(f"{where}: {text!r} is no speed", hint="write it like 20, or instant")
        return speed

    def base_url(self) -> BaseUrl:
        """Gives where requests go."""
        if self.uses_sandbox():
            return self._started_sandbox()[0]
        insecure = bool(self.options.get("insecure_http"))
        return resolve_base_url(self.options.get("base_url"), self.env, insecure_http=insecure)

    def client(self) -> Client:
        """Gives the client, made on first use.

        Raises:
            CliError: there is no key that can be used, or a setting is wrong.
        """
        if self._client is None:
            self._client = self._make_client()
        return self._client

    def close(self) -> None:
        """Closes what was opened."""
        if self._client is not None:
            self._client.close()
        if self._sandbox is not None:
            self._sandbox.close()

    def _started_sandbox(self) -> tuple[BaseUrl, ApiKey]:
        """Gives address and key of the sandbox in this process, started on first use."""
        if self._sandbox is None:
            from llamacloud_cli.sandbox import Sandbox, SandboxOptions

            speed = self.sandbox_speed(None, where="")
            self._sandbox = Sandbox(SandboxOptions(data=self.sandbox_folder(), speed=speed)).start()
        url = resolve_base_url(self._sandbox.base_url, {}, insecure_http=False)
        return url, ApiKey(self._sandbox.api_key, "the sandbox")

    def _make_client(self) -> Client:
        if self.uses_sandbox():
            base_url, key = self._started_sandbox()
        else:
            base_url, key = self.base_url(), resolve_api_key(self.options.get("api_key"), self.env)
        limit = self._max_retries()
        timeout = self._http_timeout()
        from llamacloud_cli.api.client import Client, Connection
        from llamacloud_cli.api.retries import Budget, Retries

        connection = Connection(
            base_url=base_url.url,
            loopback=base_url.loopback,
            api_key=key.value,
            key_source=key.source,
            timeout=timeout,
            ca_bundle=self.options.get("ca_bundle"),
            env=self.env,
        )
        retries = Retries(limit, Budget(limit * BUDGET_PER_RETRY), self.sleep, self.progress)
        debug = self.notice if self.options.get("debug") else None
        return Client(connection, retries=retries, now=self.now, debug=debug)

    def _max_retries(self) -> int:
        text = self.options.get("max_retries")
        if text is None:
            return DEFAULT_MAX_RETRIES
        from llamacloud_cli.inputs.values import read_integer

        limit = read_integer(text, where="--max-retries")
        if limit < 0:
            raise UsageError("--max-retries: less than nothing", hint="0 makes each call once")
        return limit

    def _http_timeout(self) -> float:
        text = self.options.get("http_timeout")
        if text is None:
            return DEFAULT_HTTP_TIMEOUT_SECONDS
        try:
            seconds = float(text.removesuffix("s"))
        except ValueError:
            seconds = 0.0
        if not 0 < seconds <= 86400:  # noqa: PLR2004 - a day; also refuses NaN
            raise UsageError(f"--http-timeout: {text!r} is no number of seconds", hint="write it like 60 or 2.5")
        return seconds
