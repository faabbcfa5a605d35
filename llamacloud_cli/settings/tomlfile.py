"""TOML: read with the standard library, changed with tomlkit, which keeps comments and order."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NoReturn

from llamacloud_cli.errors import UsageError
from llamacloud_cli.settings.values import READERS
from llamacloud_cli.spelling import did_you_mean, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

_SECRET_NAME = re.compile(r"key|token|secret|passw|credential|authorization|bearer", re.IGNORECASE)
_SECRET_VALUE = re.compile(r"llx-[\w-]{8,}|Bearer\s+\S{8,}")
_HEADER = re.compile(r"\s*\[\s*([^\[\]]+?)\s*\]\s*(?:#.*)?")


class TomlText:
    """The text of a TOML file, for messages that say where something is.

    Args:
        path: of the file.
        text: its content.
        secret: whether it holds keys, so that no message may quote it.

    Attributes:
        path: of the file.
        values: what it says.
    """

    def __init__(self, path: Path, text: str, *, secret: bool = False) -> None:
        import tomllib

        self.path = path
        self._text = text
        try:
            self.values: dict[str, Any] = tomllib.loads(text)
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            place = re.search(r"\(at .*\)$", str(error))
            problem = (place[0] if place else "") if secret else str(error)
            raise UsageError(
                f"{str(path)!r} is not TOML: {problem or 'it cannot be read'}", hint="put it right, or move it away"
            ) from None

    def where(self, name: str, table: str = "") -> str:
        """Gives file and line of a name, for a message."""
        line = self._line(name, table)
        return str(self.path) + (f", line {line}" if line else "")

    def fail(self, name: str, problem: str, *, table: str = "", hint: str | None = None) -> NoReturn:
        """Raises the UsageError for what a name stands for."""
        raise UsageError(f"{self.where(name, table)}: {problem}", hint=hint)

    def read(self, values: Mapping[str, Any], names: Iterable[str], *, table: str = "") -> dict[str, Any]:
        """Gives the settings of the file or of one of its tables, each checked.

        Args:
            values: what stands there.
            names: the settings that may.
            table: the table's name, for messages.

        Raises:
            UsageError: a name is unknown, or looks like a key's; or a value is not what it must be.
        """
        allowed = list(names)
        found = {}
        for name, value in values.items():
            if name not in allowed:
                self._refuse(name, allowed, table)
            if _SECRET_VALUE.search(str(value)):
                self._refuse_key(name, table)
            reader: Callable[[Any, str], Any] = READERS.get(name, _as_it_is)
            found[name] = reader(value, f"{self.where(name, table)}: {name}")
        return found

    def _refuse(self, name: str, allowed: list[str], table: str) -> NoReturn:
        if _SECRET_NAME.search(name):
            self._refuse_key(name, table)
        meant = did_you_mean(nearest(name.replace("-", "_"), allowed))
        place = f" in [{table}]" if table else ""
        self.fail(
            name,
            f"no setting {name[:80]!r}{place}{meant}",
            table=table,
            hint="there are " + ", ".join(one for one in allowed if one in READERS),
        )

    def _refuse_key(self, name: str, table: str) -> NoReturn:
        self.fail(
            name,
            f"{name[:80]!r}: a key has no place in this file",
            table=table,
            hint="take it out, revoke it if others have seen the file, and use `llamacloud-prod auth login`",
        )

    def _line(self, name: str, table: str) -> int | None:
        """Gives the line of a name, or None where it is written in a way that this simple search does not find."""
        current = ""
        wanted = re.compile(rf"""\s*["']?{re.escape(name)}["']?\s*[=.]""")
        for number, line in enumerate(self._text.splitlines(), 1):
            header = _HEADER.fullmatch(line)
            if header:
                current = header[1].replace('"', "").replace("'", "")
                if not table and current.partition(".")[0] == name:
                    return number
            elif current == table and wanted.match(line):
                return number
        return None


def _as_it_is(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise UsageError(f"{where}: no text")
    return value


def changed_text(place: Path, text: str, profile: str | None, values: Mapping[str, Any]) -> str:
    """Gives the text with settings changed, comments and order kept. An empty profile is taken out.

    Args:
        place: the file, for messages.
        text: TOML.
        profile: whose settings; those of the top level where it is None.
        values: by name; None takes one out.

    Raises:
        UsageError: the text is no TOML, or is written in a way in which tomlkit cannot change it.
    """
    import tomllib

    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    wanted = TomlText(place, text).values
    _change(wanted, profile, values, new_table=lambda **_: {})
    document = tomlkit.parse(text)
    try:
        _change(document, profile, values, new_table=tomlkit.table)
        after = tomlkit.dumps(document)
        is_as_wanted = tomllib.loads(after) == wanted
    except (TOMLKitError, ValueError, TypeError, KeyError):
        is_as_wanted = False
    if not is_as_wanted:
        hint = "edit it by hand, or write profiles as tables: [profiles.NAME]"
        raise UsageError(f"{str(place)!r} is written in a way that cannot be changed here", hint=hint)
    return after


def _change(document: Any, profile: str | None, values: Mapping[str, Any], *, new_table: Callable[..., Any]) -> None:
    table = document
    if profile is not None:
        if "profiles" not in document:
            document["profiles"] = new_table(is_super_table=True)  # without a header of its own
        table = document["profiles"].setdefault(profile, new_table(is_super_table=None))
    for name, value in values.items():
        if value is None:
            table.pop(name, None)
        else:
            table[name] = value
    if profile is not None and not table:
        document["profiles"].pop(profile)
        if not document["profiles"]:
            document.pop("profiles")
