"""Where the keys of profiles are kept: the system's keyring where one works, else credentials.toml.

A key is kept with the origin that it may be sent to. In the keyring the origin is a part of the user name; in the file
it stands beside the key.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, NamedTuple

from llamacloud_cli.errors import CliError
from llamacloud_cli.settings.places import config_folder
from llamacloud_cli.settings.safefile import locked, read_private, write_private
from llamacloud_cli.settings.tomlfile import TomlText, changed_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SERVICE = "llamacloud-prod"
FILE = "credentials.toml"
KEYRING_SECONDS = 60.0
"""How long a keyring may take: it may ask its owner to unlock it."""
_NO_BACKENDS = ("keyring.backends.fail", "keyring.backends.null")
_PLAIN_BACKENDS = ("keyrings.alt.file",)


class KeyringError(CliError):
    """The keyring cannot be used; the message says why."""


class StoredKey(NamedTuple):
    """A key as it is kept.

    Attributes:
        value: the key.
        origin: the one place that it may be sent to.
    """

    value: str
    origin: str

    def __repr__(self) -> str:
        return f"StoredKey(value=***, origin={self.origin!r})"


class KeyringStore:
    """The system's keyring, by the library of that name; its own windows may ask to unlock it.

    Args:
        seconds: how long it may take to answer.
    """

    def __init__(self, seconds: float = KEYRING_SECONDS) -> None:
        self._seconds = seconds

    def read(self, profile: str, origin: str) -> str | None:
        """Gives the key of a profile that is kept for an origin, or None.

        Raises:
            KeyringError: the keyring cannot be used.
        """
        found: str | None = self._ask(lambda backend: backend.get_password(SERVICE, _user(profile, origin)))
        return found

    def write(self, profile: str, key: StoredKey) -> None:
        """Keeps a key, and makes sure that it is there.

        Raises:
            KeyringError: the keyring cannot be used, or did not keep it.
        """
        self._ask(lambda backend: backend.set_password(SERVICE, _user(profile, key.origin), key.value))
        if self.read(profile, key.origin) != key.value:
            raise KeyringError("the keyring did not keep the key")

    def remove(self, profile: str, origin: str) -> None:
        """Takes a key out; none there is no error.

        Raises:
            KeyringError: the keyring cannot be used.
        """
        if self.read(profile, origin) is not None:
            self._ask(lambda backend: backend.delete_password(SERVICE, _user(profile, origin)))

    def check(self, profile: str, origin: str) -> str:
        """Gives the keyring's name, after asking it something harmless.

        Raises:
            KeyringError: it cannot be used.
        """
        self.read(profile, origin)
        return str(self._ask(lambda backend: getattr(backend, "name", type(backend).__name__)))

    def _ask(self, question: Callable[[Any], Any]) -> Any:
        """Puts a question to the backend, in a thread of its own: one that hangs must not hang this process."""
        answers: list[Any] = []
        failures: list[str] = []

        def work() -> None:
            try:
                answers.append(question(_backend()))
            except KeyringError as error:
                failures.append(error.message)
            except BaseException as error:  # noqa: BLE001 - backends raise what they like, D-Bus errors and panics
                # Not the words of a backend: they may hold anything, the key included.
                failures.append(f"the keyring cannot be used: {type(error).__name__}")

        worker = threading.Thread(target=work, name="keyring", daemon=True)
        worker.start()
        worker.join(self._seconds)
        if failures:
            raise KeyringError(failures[0])
        if not answers:
            raise KeyringError(f"the keyring did not answer within {self._seconds:g} s")
        return answers[0]


def _user(profile: str, origin: str) -> str:
    return f"{profile}@{origin}"


def _backend() -> Any:
    try:
        import keyring
    except ImportError:
        from llamacloud_cli.extras import install_line

        raise KeyringError(f"the keyring extra is not installed ({install_line('keyring')})") from None
    backend = keyring.get_keyring()
    if _works(backend):
        return backend
    if type(backend).__module__.startswith(_PLAIN_BACKENDS):
        raise KeyringError("the only keyring keeps keys in plain text")
    raise KeyringError("this system has no keyring that works")


def _works(backend: Any) -> bool:
    module = type(backend).__module__
    if module == "keyring.backends.chainer":
        return any(_works(one) for one in backend.backends)
    return not module.startswith((*_NO_BACKENDS, *_PLAIN_BACKENDS))


class FileStore:
    """credentials.toml beside config.toml, for its owner alone (0600)."""

    @property
    def path(self) -> Path:
        """Where it is or would be."""
        return config_folder() / FILE

    def read(self, profile: str) -> StoredKey | None:
        """Gives the key of a profile, or None.

        Raises:
            UsageError: the file cannot be used, or others can read it.
        """
        path = self.path
        text = read_private(path, secret=True)
        profiles = TomlText(path, text, secret=True).values.get("profiles") if text else None
        table = profiles.get(profile) if isinstance(profiles, dict) else None
        if not isinstance(table, dict):
            return None
        value, origin = table.get("api_key"), table.get("origin")
        return StoredKey(value, origin) if isinstance(value, str) and isinstance(origin, str) else None

    def write(self, profile: str, key: StoredKey) -> None:
        """Keeps a key in place of the one before; raises as `read` does, and CliError where it cannot be written."""
        self._change(profile, {"api_key": key.value, "origin": key.origin})

    def remove(self, profile: str) -> None:
        """Takes a key out; none there is no error. Raises as `write` does."""
        if self.read(profile) is not None:
            self._change(profile, {"api_key": None, "origin": None})

    def _change(self, profile: str, values: dict[str, str | None]) -> None:
        path = self.path
        with locked(path.parent):
            before = read_private(path, secret=True) or _FIRST_LINES
            TomlText(path, before, secret=True)
            write_private(path, changed_text(path, before, profile, values))


_FIRST_LINES = "# Keys of llamacloud-prod, unencrypted. `llamacloud-prod auth logout` takes one out.\n"
