"""Which source wins: for each setting, and for the key."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from llamacloud_cli.errors import AuthenticationError, UsageError
from llamacloud_cli.settings.places import existing_config_folder, project_path
from llamacloud_cli.settings.values import (
    DEFAULT_BASE_URL,
    DEFAULT_CONCURRENCY,
    DEFAULT_PROFILE,
    ORIGIN,
    READERS,
    STORE,
    ApiKey,
    BaseUrl,
    UserFile,
    check_key,
    check_profile_name,
    origin_of,
    read_base_url,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from llamacloud_cli.settings.projectfile import ProjectFile

API_KEY_VARIABLE = "LLAMA_CLOUD_API_KEY"
VARIABLES = {
    "base_url": "LLAMA_CLOUD_BASE_URL",
    "project_id": "LLAMA_CLOUD_PROJECT_ID",
    "organization_id": "LLAMA_CLOUD_ORGANIZATION_ID",
    "list_before": "LLAMA_CLOUD_LIST_BEFORE",
    "profile": "LLAMA_CLOUD_PROFILE",
}
_FLAGS = {"base_url": "base_url", "format": "format_", "columns": "columns", "profile": "profile"}
_DEFAULTS: dict[str, Any] = {
    "base_url": DEFAULT_BASE_URL,
    "format": "auto",
    "concurrency": DEFAULT_CONCURRENCY,
    "list_before": False,
    "profile": DEFAULT_PROFILE,
}
_NO_FILE = UserFile(Path(), {}, {})


class Setting(NamedTuple):
    """The value of a setting and where it comes from.

    Attributes:
        name: as in files, such as `project_id`.
        value: None where nothing gives it.
        source: a flag, a variable, `profile NAME`, the path of a file, `default` or `not set`.
    """

    name: str
    value: Any
    source: str

    @property
    def where(self) -> str:
        """Flag, variable, or setting and file, to begin a message with."""
        return self.source if self.source.startswith(("--", "LLAMA_CLOUD_")) else f"{self.name} of {self.source}"


class KeySource(NamedTuple):
    """One place that gives a key, whether it wins or not.

    Attributes:
        source: in words: a flag, a variable, or profile and store.
        profile: the profile that keeps it, or None for flag and variable.
    """

    source: str
    profile: str | None = None


class Settings:
    """The settings of one command line. Files are read when something asks for them.

    Args:
        options: the global options that were given, by their Python names.
        env: the environment.
        confirm: asks the user for a yes or no; gives None where nobody can be asked.
        on_key: told each key that is read, so that it can be kept out of messages.
    """

    def __init__(
        self,
        options: Mapping[str, Any],
        env: Mapping[str, str],
        *,
        confirm: Callable[[str], bool | None],
        on_key: Callable[[str], None],
    ) -> None:
        self._flags = {name: options.get(option) for name, option in _FLAGS.items()}
        self._key_flag: str | None = options.get("api_key")
        self._insecure_http = bool(options.get("insecure_http"))
        self._env = env
        self._confirm = confirm
        self._on_key = on_key
        self._may_be_new = False

    @cached_property
    def user(self) -> UserFile:
        """What config.toml says."""
        if existing_config_folder() is None:
            return _NO_FILE
        from llamacloud_cli.settings import userfile

        return userfile.load()

    @cached_property
    def project(self) -> ProjectFile | None:
        """The project file that counts here."""
        path = project_path()
        if path is None:
            return None
        from llamacloud_cli.settings import projectfile

        return projectfile.load(path)

    @cached_property
    def chosen_profile(self) -> Setting:
        """The profile that was asked for, whether there is one of that name or not.

        Raises:
            UsageError: it is no name, or a file cannot be used.
        """
        found = next(iter(self._outside("profile")), None) or self._of_file("profile", self.user.values)
        found = found or Setting("profile", DEFAULT_PROFILE, "default")
        check_profile_name(found.value, found.where)
        return found

    @cached_property
    def profile(self) -> str:
        """The name of the profile that counts.

        Raises:
            UsageError: there is none of that name.
        """
        chosen = self.chosen_profile
        if not self._may_be_new and chosen.value not in self.user.names:
            raise UsageError(
                f"{chosen.where}: no profile {chosen.value!r}; known: {', '.join(self.user.names)}",
                hint=f"`llamacloud-prod auth login --profile {chosen.value}` makes it",
            )
        return str(chosen.value)

    def allow_new_profile(self) -> None:
        """Takes the profile that was asked for as it is, for a command that makes it."""
        self._may_be_new = True

    def layers(self, name: str) -> list[Setting]:
        """Gives every value that a setting has somewhere, the one that wins first.

        A profile that the command line names counts as if its settings stood there. Flags of single commands, such as
        --project-id, are not seen here.

        Raises:
            UsageError: the profile is unknown, or a file cannot be used.
        """
        if name == "profile":
            found = [*self._outside(name), self._of_file(name, self.user.values)]
        else:
            of_profile = self._of_profile(name)
            outside = self._outside(name)
            if self._flags["profile"] is None:
                found = [*outside, of_profile]
            else:
                flags = [one for one in outside if one.source.startswith("--")]
                found = [*flags, of_profile, *outside[len(flags) :]]
            found.append(self._of_file(name, self.user.values))
        if name in _DEFAULTS:
            found.append(Setting(name, _DEFAULTS[name], "default"))
        return [one for one in found if one is not None]

    def get(self, name: str) -> Setting:
        """Gives a setting; raises as `layers` does."""
        return next(iter(self.layers(name)), Setting(name, None, "not set"))

    def all(self) -> list[Setting]:
        """Gives every setting that files may hold; raises as `layers` does."""
        return [self.get(name) for name in READERS]

    def base_url(self) -> BaseUrl:
        """Gives where requests go.

        Raises:
            UsageError: it cannot be used, or a project file sets it and nobody has said yes to that.
        """
        found = self.get("base_url")
        url = read_base_url(found.value, found.where, insecure_http=self._insecure_http)
        project = self.project
        if project is not None and found.source == str(project.path):
            self._ask_for_trust(project, url.url)
        return url

    def scope(self) -> dict[str, str]:
        """Gives the ids of project and organization that requests get where nothing else gives them."""
        found = (self.get(name) for name in ("project_id", "organization_id"))
        return {one.name: one.value for one in found if one.value is not None}

    def key_sources(self) -> list[KeySource]:
        """Gives every place that gives a key, the one that wins first; no key is read.

        Raises:
            UsageError: the profile is unknown, or a file cannot be used.
        """
        flag = KeySource("--api-key") if self._key_flag is not None else None
        variable = KeySource(API_KEY_VARIABLE) if API_KEY_VARIABLE in self._env else None
        name = self.profile
        store = self.user.profiles.get(name, {}).get(STORE)
        stored = KeySource(f"profile {name} ({store})", name) if store else None
        order = (flag, variable, stored) if self._flags["profile"] is None else (flag, stored, variable)
        return [one for one in order if one is not None]

    def api_key(self) -> ApiKey:
        """Gives the key that wins.

        Raises:
            AuthenticationError: there is none, it cannot be used, or it was stored for another place.
            UsageError: a file cannot be used.
        """
        if self._key_flag is not None:
            return self._noted(self._key_flag, "--api-key")
        if self._flags["profile"] is None and API_KEY_VARIABLE in self._env:
            return self._noted(self._env[API_KEY_VARIABLE], API_KEY_VARIABLE)
        return self._stored_key(self.profile)

    def account(self) -> tuple[str, str]:
        """Gives what tells one account at one service from another, without asking a keyring for its key.

        Raises:
            CliError: there is no key, or a setting is wrong.
        """
        url = self.base_url().url
        source = next(iter(self.key_sources()), None)
        if source is None:
            raise self._no_key(self.profile)
        if source.profile is None:
            return url, self.api_key().value
        return url, source.source

    def _noted(self, value: str, source: str) -> ApiKey:
        self._on_key(value)
        return check_key(value, source)

    def _stored_key(self, profile: str) -> ApiKey:
        from llamacloud_cli.settings.keystore import FileStore, KeyringError, KeyringStore

        table = self.user.profiles.get(profile, {})
        store, origin = table.get(STORE), table.get(ORIGIN)
        if store is None:
            raise self._no_key(profile)
        wanted = origin_of(self.base_url().url)
        source = f"profile {profile} ({store})"
        if store == "file":
            kept = FileStore().read(profile)
            value, origin = (kept.value, kept.origin) if kept else (None, origin)
        if origin is not None and origin != wanted:
            raise AuthenticationError(
                f"the key of profile {profile} was stored for {origin} and is not sent to {wanted}",
                hint=f"`llamacloud-prod auth login --base-url {wanted} --profile NAME` stores one for there; "
                f"{API_KEY_VARIABLE} goes anywhere",
            )
        if store == "keyring":
            try:
                value = KeyringStore().read(profile, wanted)
            except KeyringError as error:
                raise AuthenticationError(
                    f"the key of profile {profile}: {error.message}",
                    hint=f"unlock or mend the keyring, or set {API_KEY_VARIABLE}",
                ) from None
        if value is None:
            raise AuthenticationError(
                f"{source}: the key is no longer there", hint=f"`llamacloud-prod auth login --profile {profile}`"
            )
        return self._noted(value, source)

    def _no_key(self, profile: str) -> AuthenticationError:
        again = "" if profile == DEFAULT_PROFILE else f" --profile {profile}"
        if self._flags["profile"] is not None:
            passed = f"; with --profile, {API_KEY_VARIABLE} does not count" if API_KEY_VARIABLE in self._env else ""
            return AuthenticationError(
                f"no API key: profile {profile} keeps none{passed}", hint=f"`llamacloud-prod auth login{again}`"
            )
        others = [name for name, values in self.user.profiles.items() if STORE in values]
        return AuthenticationError(
            "no API key" + (f": profile {profile} keeps none, unlike {', '.join(others)}" if others else ""),
            hint=f"log in with `llamacloud-prod auth login{again}`, set {API_KEY_VARIABLE}, or pass --api-key "
            "(visible to other users of this machine)",
        )

    def _outside(self, name: str) -> list[Setting]:
        """Gives what stands outside of the user's own file: flag, variable, project file."""
        found = []
        flag = self._flags.get(name)
        if flag is not None:
            found.append(Setting(name, flag, f"--{name.replace('_', '-')}"))
        variable = VARIABLES.get(name)
        if variable and self._env.get(variable):
            # Base URL and profile are read where they are used: their checks know more.
            read = READERS[name] if name not in ("base_url", "profile") else lambda value, _: value
            found.append(Setting(name, read(self._env[variable], variable), variable))
        if self.project is not None and name in self.project.values:
            found.append(Setting(name, self.project.values[name], str(self.project.path)))
        return found

    def _of_profile(self, name: str) -> Setting | None:
        values = self.user.profiles.get(self.profile, {})
        return Setting(name, values[name], f"profile {self.profile}") if name in values else None

    def _of_file(self, name: str, values: Mapping[str, Any]) -> Setting | None:
        return Setting(name, values[name], str(self.user.path)) if name in values else None

    def _ask_for_trust(self, project: ProjectFile, url: str) -> None:
        if project.is_trusted():
            return
        what = f"{project.path} wants requests to go to {url}"
        answer = self._confirm(f"{what}, with your API key. Trust it?")
        if not answer:
            raise UsageError(
                f"{what}, which needs your yes" if answer is None else f"{project.path} is not trusted",
                hint="`llamacloud-prod config trust` says yes to it; --base-url names another place",
            )
        project.trust()
