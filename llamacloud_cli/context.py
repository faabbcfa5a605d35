"""What a command is given: its streams, the environment, clocks, the global options, and a client made on first use."""

from __future__ import annotations

import math
import os
import sys
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from llamacloud_cli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from llamacloud_cli.api.client import Client
    from llamacloud_cli.recent import Recent
    from llamacloud_cli.sandbox import Sandbox
    from llamacloud_cli.settings.resolve import Settings
    from llamacloud_cli.settings.values import ApiKey, BaseUrl

DEFAULT_MAX_RETRIES = 5
DEFAULT_HTTP_TIMEOUT_SECONDS = 60.0
DEFAULT_SANDBOX_SPEED = 20.0
BUDGET_PER_RETRY = 10
_YES = ("1", "true", "yes", "on")
_NO = ("", "0", "false", "no", "off")


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
        secrets: the keys that were read; no message may show them.
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
        self.secrets: set[str] = set()
        self._settings: Settings | None = None
        self._client: Client | None = None
        self._sandbox: Sandbox | None = None
        self._recent: Recent | None = None

    def is_terminal(self, stream: IO[str] | None) -> bool:
        """Tells whether a stream is a terminal; each is asked on its own."""
        try:
            return stream is not None and stream.isatty()
        except ValueError:  # closed
            return False

    def without_keys(self, text: str) -> str:
        """Gives a text in which every key that this command line, the environment or a store gave is hidden."""
        from llamacloud_cli.redaction import redact_key

        for key in (self.options.get("api_key"), self.env.get("LLAMA_CLOUD_API_KEY"), *self.secrets):
            text = redact_key(text, key)
        return text

    def notice(self, text: str, *, dim: bool = False) -> None:
        """Writes one line to standard error, without keys and control characters; dim where it is of less weight."""
        from llamacloud_cli.output.terminal import clean_line

        if self.streams.stderr is None:
            return
        line = clean_line(self.without_keys(text))
        try:
            self.streams.stderr.write(f"\x1b[2m{line}\x1b[0m\n" if dim else f"{line}\n")
            self.streams.stderr.flush()
        except (OSError, ValueError):  # nobody reads it
            return

    def progress(self, text: str) -> None:
        """Writes one line to standard error where a person watches it, or where `--debug` asks for all there is."""
        if self.is_terminal(self.streams.stderr) or self.options.get("debug"):
            self.notice(text)

    def confirm(self, question: str) -> bool | None:
        """Asks for a yes or no at the terminal; anything but yes is no. Gives None where nobody can be asked."""
        stdin, stderr = self.streams.stdin, self.streams.stderr
        if stdin is None or stderr is None or not (self.is_terminal(stdin) and self.is_terminal(stderr)):
            return None
        from llamacloud_cli.output.terminal import clean_line

        stderr.write(f"{clean_line(question)} [y/N] ")
        stderr.flush()
        answer = stdin.readline()
        if not answer.endswith("\n"):  # Ctrl-D: the cursor is still on the line of the question
            self.notice("")
        return answer.strip().lower() in ("y", "yes")

    @property
    def settings(self) -> Settings:
        """The settings of the command line, the environment and files, and which of them win."""
        if self._settings is None:
            from llamacloud_cli.settings.resolve import Settings

            self._settings = Settings(self.options, self.env, confirm=self.confirm, on_key=self.secrets.add)
        return self._settings

    def reread_settings(self) -> Settings:
        """Gives the settings as files say now, after one of them was changed."""
        self._settings = None
        return self.settings

    def scope(self) -> dict[str, str]:
        """Gives the ids of project and organization that requests get by default; the sandbox has its own."""
        return {} if self.uses_sandbox() else self.settings.scope()

    def uses_sandbox(self) -> bool:
        """Tells whether commands go to the embedded sandbox.

        Raises:
            UsageError: `--sandbox` comes with `--base-url` or `--profile`, or the variable is neither yes nor no.
        """
        named = False
        for name, flag in (("base_url", "--base-url"), ("profile", "--profile")):
            if self.options.get(name) is not None:
                named = True
                if self.options.get("sandbox"):
                    raise UsageError(f"--sandbox and {flag} exclude each other")
        if named or self.options.get("sandbox"):
            return not named
        text = self.env.get("LLAMA_CLOUD_SANDBOX", "")
        if text.lower() not in (*_YES, *_NO):
            # Who sets it means the sandbox: nothing must go to the service, where it costs money.
            raise UsageError(f"LLAMA_CLOUD_SANDBOX: {text!r} is neither yes nor no", hint="set it to 1 or 0")
        return text.lower() in _YES

    def sandbox_folder(self) -> Path:
        """Gives the sandbox's folder: `--sandbox-data`, else LLAMA_CLOUD_SANDBOX_DATA, else in the user's data."""
        chosen = self.options.get("sandbox_data") or self.env.get("LLAMA_CLOUD_SANDBOX_DATA")
        if chosen:
            return Path(chosen).absolute()
        from llamacloud_cli.settings.places import sandbox_folder

        return sandbox_folder()

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
        return self.settings.base_url()

    def api_key(self) -> ApiKey:
        """Gives the key that requests carry.

        Raises:
            CliError: there is none that can be used.
        """
        return self._started_sandbox()[1] if self.uses_sandbox() else self.settings.api_key()

    def client(self) -> Client:
        """Gives the client, made on first use.

        Raises:
            CliError: there is no key that can be used, or a setting is wrong.
        """
        if self._client is None:
            self._client = self.make_client(self.base_url(), self.api_key())
            self._client.observe = self.recent().note
        return self._client

    def recent(self) -> Recent:
        """Gives the ids that were met lately at the service, and with the key, that commands go to.

        Raises:
            CliError: there is no key that can be used, or a setting is wrong.
        """
        if self._recent is None:
            from llamacloud_cli.recent import Recent, cache_folder

            service = ("sandbox", str(self.sandbox_folder())) if self.uses_sandbox() else self.settings.account()
            self._recent = Recent(cache_folder(self.env), service, self.now)
        return self._recent

    def close(self) -> None:
        """Closes what was opened, and keeps the ids that were met."""
        if self._recent is not None:
            try:
                self._recent.save()
            except OSError as error:
                if self.options.get("debug"):
                    self.notice(f"ids for completion were not kept: {error}")
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
        from llamacloud_cli.settings.values import ApiKey, read_base_url

        url = read_base_url(self._sandbox.base_url, "the sandbox", insecure_http=False)
        return url, ApiKey(self._sandbox.api_key, "the sandbox")

    def make_client(self, base_url: BaseUrl, key: ApiKey) -> Client:
        """Gives a client for a place and a key, which need not be those of the settings; the caller closes it.

        Raises:
            UsageError: a setting is wrong.
        """
        self.secrets.add(key.value)
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
            raise UsageError("--max-retries: less than 0", hint="0 makes each call once")
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
