"""Where keys are kept: keyrings that work and those that do not, and the file."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import keyring
import keyring.backends.chainer
import keyring.backends.fail
import keyring.backends.null
import pytest
from keyring.errors import InitError, KeyringLocked, NoKeyringError

from llamacloud_cli.errors import AuthenticationError, CliError, UsageError
from llamacloud_cli.settings import userfile
from llamacloud_cli.settings.keystore import SERVICE, FileStore, KeyringError, KeyringStore, StoredKey
from llamacloud_cli.settings.resolve import Settings
from tests.keyrings import (
    FailingKeyring,
    ForgetfulKeyring,
    HangingKeyring,
    LockedKeyring,
    MemoryKeyring,
    ReadOnlyKeyring,
    using,
)

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

US, EU = "https://api.cloud.llamaindex.ai", "https://api.cloud.eu.llamaindex.ai"
SECRET = "llx-stored-canary-0001"
KEY = StoredKey(SECRET, US)


class Panic(BaseException):
    """What some native backends raise."""


class DBusError(Exception):
    """What D-Bus bindings raise."""


class TestKeyring:
    def test_a_key_is_kept_by_profile_and_origin(self) -> None:
        with using(MemoryKeyring()) as ring:
            KeyringStore().write("work", KEY)
            assert ring.kept == {(SERVICE, f"work@{US}"): SECRET}
            assert KeyringStore().read("work", US) == SECRET
            assert KeyringStore().read("work", EU) is None
            assert KeyringStore().read("other", US) is None

    def test_a_key_can_be_removed_again_and_again(self) -> None:
        with using(MemoryKeyring()) as ring:
            KeyringStore().write("work", KEY)
            KeyringStore().remove("work", US)
            KeyringStore().remove("work", US)
            assert ring.kept == {}

    @pytest.mark.parametrize(
        ("backend", "words"),
        [
            (keyring.backends.fail.Keyring(), "this system has no keyring that works"),
            (keyring.backends.null.Keyring(), "this system has no keyring that works"),
            (LockedKeyring(), "the keyring cannot be used: KeyringLocked"),
            (FailingKeyring(), "the keyring cannot be used: InitError"),
            (ForgetfulKeyring(), "the keyring did not keep the key"),
            (ReadOnlyKeyring(), "the keyring cannot be used: KeyringLocked"),
        ],
        ids=["none", "null", "locked", "failing", "forgetful", "read-only"],
    )
    def test_one_that_does_not_work_says_why_and_never_the_key(self, backend: KeyringBackend, words: str) -> None:
        with using(backend), pytest.raises(KeyringError) as caught:
            KeyringStore().write("work", KEY)
        assert caught.value.message == words
        assert caught.value.__cause__ is None

    @pytest.mark.parametrize(
        "error", [InitError, KeyringLocked, NoKeyringError, DBusError, RuntimeError, OSError, Panic]
    )
    def test_whatever_a_backend_raises_becomes_one_error(self, error: type[BaseException]) -> None:
        backend = FailingKeyring()
        backend.error = error
        with using(backend), pytest.raises(KeyringError, match=error.__name__):
            KeyringStore().read("work", US)

    def test_a_chain_of_nothing_is_no_keyring(self, monkeypatch: pytest.MonkeyPatch) -> None:
        chain = keyring.backends.chainer.ChainerBackend()
        monkeypatch.setattr(type(chain), "backends", [keyring.backends.null.Keyring()])
        with using(chain), pytest.raises(KeyringError, match="no keyring that works"):
            KeyringStore().read("work", US)

    def test_one_that_keeps_plain_text_is_none(self) -> None:
        plain = type("PlaintextKeyring", (MemoryKeyring,), {"__module__": "keyrings.alt.file"})
        with using(plain()), pytest.raises(KeyringError, match="keeps keys in plain text"):
            KeyringStore().write("work", KEY)

    def test_one_that_hangs_does_not_hang_the_command(self) -> None:
        with using(HangingKeyring()), pytest.raises(KeyringError, match=r"did not answer within 0\.05 s"):
            KeyringStore(seconds=0.05).read("work", US)

    def test_without_the_library_the_extra_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(__import__("sys").modules, "keyring", None)
        with pytest.raises(KeyringError, match="the keyring extra is not installed"):
            KeyringStore().read("work", US)


class TestFile:
    def test_a_key_is_kept_with_its_origin_and_others_stay(self) -> None:
        FileStore().write("work", KEY)
        FileStore().write("home", StoredKey("llx-home-0000000000", EU))
        assert FileStore().read("work") == KEY
        FileStore().remove("home")
        assert FileStore().read("home") is None
        assert tomllib.loads(FileStore().path.read_text("utf-8")) == {
            "profiles": {"work": {"api_key": SECRET, "origin": US}}
        }

    def test_what_was_not_kept_can_be_removed(self) -> None:
        FileStore().remove("work")
        assert not FileStore().path.exists()

    def test_a_file_that_is_no_toml_is_not_quoted(self) -> None:
        FileStore().write("work", KEY)
        FileStore().path.write_text(f"api_key = {SECRET}\n", encoding="utf-8")
        with pytest.raises(UsageError, match=r"is not TOML: \(at line 1") as caught:
            FileStore().read("work")
        assert "canary" not in caught.value.message

    def test_a_key_keeps_out_of_its_own_repr(self) -> None:
        assert "canary" not in repr(KEY)


class TestWhereAStoredKeyGoes:
    def settings(self, **options: str) -> Settings:
        return Settings(options, {}, confirm=lambda _: None, on_key=lambda _: None)

    def store(self, store: str, origin: str = US) -> None:
        userfile.change("default", {"api_key_store": store, "api_key_origin": origin, "base_url": US})

    @pytest.mark.parametrize("store", ["file", "keyring"])
    def test_to_the_origin_that_it_was_stored_for(self, store: str) -> None:
        with using(MemoryKeyring()):
            self.store(store)
            FileStore().write("default", KEY)
            KeyringStore().write("default", KEY)
            assert self.settings().api_key() == (SECRET, f"profile default ({store})")
            assert (
                self.settings(base_url=f"{US.upper()}:443/prefix".replace("HTTPS", "https")).api_key().value == SECRET
            )

    @pytest.mark.parametrize("store", ["file", "keyring"])
    @pytest.mark.parametrize(
        "url", [EU, "https://evil.example", f"{US}:8443", f"{US}.evil.example", "http://127.0.0.1:1"]
    )
    def test_to_no_other_and_it_is_not_even_read_from_the_keyring(self, store: str, url: str) -> None:
        with using(MemoryKeyring()) as ring:
            self.store(store)
            FileStore().write("default", KEY)
            KeyringStore().write("default", KEY)
            asked = ring.asked
            with pytest.raises(AuthenticationError, match=f"was stored for {US} and is not sent to ") as caught:
                self.settings(base_url=url).api_key()
            assert ring.asked == asked
        assert "auth login --base-url" in (caught.value.hint or "")

    @pytest.mark.parametrize("store", ["file", "keyring"])
    def test_to_no_other_although_config_toml_was_changed(self, store: str) -> None:
        """The origin is kept with the key: a program that changes config.toml alone gets the key sent nowhere."""
        with using(MemoryKeyring()):
            self.store(store, "https://evil.example")
            FileStore().write("default", KEY)
            KeyringStore().write("default", KEY)
            with pytest.raises(AuthenticationError):
                self.settings(base_url="https://evil.example").api_key()

    def test_a_key_that_is_gone_is_an_error_that_says_so(self) -> None:
        self.store("file")
        with pytest.raises(AuthenticationError, match="the key is no longer there"):
            self.settings().api_key()

    def test_a_locked_keyring_is_an_error_that_says_so(self) -> None:
        self.store("keyring")
        with using(LockedKeyring()), pytest.raises(AuthenticationError, match="KeyringLocked") as caught:
            self.settings().api_key()
        assert "LLAMA_CLOUD_API_KEY" in (caught.value.hint or "")

    def test_an_account_is_known_without_asking_the_keyring(self) -> None:
        with using(MemoryKeyring()) as ring:
            self.store("keyring")
            assert self.settings().account() == (US, "profile default (keyring)")
            assert ring.asked == 0

    def test_errors_of_the_store_are_errors_of_ours(self) -> None:
        assert issubclass(KeyringError, CliError)
