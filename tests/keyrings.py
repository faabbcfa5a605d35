"""Keyrings of our own, each with a way of its own to work or to fail. None outlives its test."""

from __future__ import annotations

import base64
import json
import os
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import keyring
from keyring.backend import KeyringBackend
from keyring.errors import InitError, KeyringLocked, PasswordDeleteError

if TYPE_CHECKING:
    from collections.abc import Iterator

Backend = TypeVar("Backend", bound=KeyringBackend)


class MemoryKeyring(KeyringBackend):
    """One that works.

    Attributes:
        kept: what it keeps, by service and user.
        asked: how often it was asked for something.
    """

    priority = 5
    name = "memory"

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}
        self.asked = 0

    def get_password(self, service: str, username: str) -> str | None:
        self.asked += 1
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if (service, username) not in self.kept:
            raise PasswordDeleteError("not found")
        del self.kept[service, username]


class FailingKeyring(MemoryKeyring):
    """One that raises what it is told to, with the secret in its words, as some backends do."""

    name = "failing"
    error: type[BaseException] = InitError

    def get_password(self, service: str, username: str) -> str | None:
        raise self.error(f"cannot read {username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise self.error(f"cannot store {password}")

    def delete_password(self, service: str, username: str) -> None:
        raise self.error(f"cannot delete {username}")


class LockedKeyring(FailingKeyring):
    """One whose owner does not unlock it."""

    name = "locked"
    error = KeyringLocked


class ReadOnlyKeyring(MemoryKeyring):
    """One that can be read and takes nothing."""

    name = "read-only"

    def set_password(self, service: str, username: str, password: str) -> None:
        raise KeyringLocked(f"cannot store {password}")

    def delete_password(self, service: str, username: str) -> None:
        raise KeyringLocked("cannot delete")


class ForgetfulKeyring(MemoryKeyring):
    """One that takes everything and keeps nothing."""

    name = "forgetful"

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keeps nothing."""


class HangingKeyring(MemoryKeyring):
    """One that never answers."""

    name = "hanging"

    def get_password(self, service: str, username: str) -> str | None:
        time.sleep(30)
        return None


@contextmanager
def using(backend: Backend) -> Iterator[Backend]:
    """Makes a keyring the system's."""
    before = keyring.get_keyring()
    keyring.set_keyring(backend)
    try:
        yield backend
    finally:
        keyring.set_keyring(before)


class DiskKeyring(MemoryKeyring):
    """One for processes of their own, in the file that KEYRING_OF_A_TEST names, its secrets in base64."""

    name = "disk"

    def get_password(self, service: str, username: str) -> str | None:
        found = self._kept().get(f"{service} {username}")
        return None if found is None else base64.b64decode(found).decode()

    def set_password(self, service: str, username: str, password: str) -> None:
        self._keep({**self._kept(), f"{service} {username}": base64.b64encode(password.encode()).decode()})

    def delete_password(self, service: str, username: str) -> None:
        self._keep({user: secret for user, secret in self._kept().items() if user != f"{service} {username}"})

    @staticmethod
    def _kept() -> dict[str, str]:
        path = Path(os.environ["KEYRING_OF_A_TEST"])
        found: dict[str, str] = json.loads(path.read_text("utf-8")) if path.exists() else {}
        return found

    @staticmethod
    def _keep(kept: dict[str, str]) -> None:
        Path(os.environ["KEYRING_OF_A_TEST"]).write_text(json.dumps(kept), "utf-8")
