"""Checks of this machine: Python, the package and its extras, files of the tool, completion."""

from __future__ import annotations

import os
import platform
import stat
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from llamacloud_cli import __version__
from llamacloud_cli.cli.doctor.finding import Finding, from_error
from llamacloud_cli.errors import CliError
from llamacloud_cli.extras import install_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from llamacloud_cli.context import Context

EXTRAS = {"sandbox": "waitress", "explore": "textual", "keyring": "keyring"}
"""A module that each extra of the package brings."""
_OPEN_TO_OTHERS = 0o077


def findings(context: Context) -> Iterator[Finding]:
    """Gives what is found on this machine; nothing is sent."""
    yield Finding("python", "ok", f"{platform.python_version()}, {sys.executable}")
    yield Finding("version", "ok", f"llamacloud-prod {__version__}, {Path(__file__).parents[2]}")
    yield _extras()
    yield _files()
    yield completion(context.env)


def _extras() -> Finding:
    missing = [name for name, module in EXTRAS.items() if find_spec(module) is None]
    if not missing:
        return Finding("extras", "ok", ", ".join(EXTRAS))
    return Finding(
        "extras",
        "note",
        f"not installed: {', '.join(missing)}",
        f"if you want them: {install_line(*missing)}",
    )


def _files() -> Finding:
    """Looks at what other users could read or change."""
    from llamacloud_cli.settings.places import config_folder, state_folder
    from llamacloud_cli.settings.safefile import read_private

    try:
        folder = config_folder()
        for name, secret in (("config.toml", False), ("credentials.toml", True)):
            read_private(folder / name, secret=secret)
        folders = [folder, state_folder()]
    except CliError as error:
        return from_error("files", error)
    if os.name == "posix":
        for path in folders:
            if path.is_dir() and stat.S_IMODE(path.stat().st_mode) & _OPEN_TO_OTHERS:
                return Finding("files", "warning", f"other users can look into '{path}'", f"run: chmod 700 '{path}'")
    there = "for you alone" if folder.is_dir() else "none yet"
    return Finding("files", "ok", f"'{folder}': {there}")


def completion(env: Mapping[str, str]) -> Finding:
    """Looks for a completion script of the shell that this user logs in with."""
    shell = Path(env.get("SHELL", "")).name
    if shell not in ("bash", "zsh", "fish"):
        return Finding("completion", "note", "this shell is not known", "see `llamacloud-prod completion --help`")
    home = Path(env.get("HOME") or "/")
    for path in _scripts(shell, home, env):
        if path.is_file():
            return _freshness(shell, path)
    for name in {"bash": (".bashrc", ".bash_profile"), "zsh": (".zshrc",), "fish": ()}[shell]:
        if "llamacloud-prod completion" in _text(home / name):
            return Finding("completion", "ok", f"{shell}, by '{home / name}'")
    return Finding(
        "completion",
        "note",
        f"not found for {shell}",
        f"`llamacloud-prod completion {shell} --help` says how to install it",
    )


def _scripts(shell: str, home: Path, env: Mapping[str, str]) -> Iterator[Path]:
    """Gives where a script may be; the paths of the guide first, then those of packages."""
    data = Path(env.get("XDG_DATA_HOME") or home / ".local/share")
    config = Path(env.get("XDG_CONFIG_HOME") or home / ".config")
    shared = [Path(sys.prefix) / "share", Path("/usr/local/share"), Path("/usr/share")]
    if shell == "bash":
        yield home / ".llamacloud-prod.bash"
        for folder in [data, *shared[1:]]:
            yield folder / "bash-completion/completions/llamacloud-prod"
    elif shell == "zsh":
        for name in (".zfunc", ".zsh/completions", ".zsh/functions"):
            yield home / name / "_llamacloud-prod"
        for folder in shared[1:]:
            yield folder / "zsh/site-functions/_llamacloud-prod"
    else:
        yield config / "fish/completions/llamacloud-prod.fish"
        for folder in [data, *shared[1:]]:
            yield folder / "fish/vendor_completions.d/llamacloud-prod.fish"


def _freshness(shell: str, path: Path) -> Finding:
    from importlib import import_module

    from llamacloud_cli.cli.completion.tree import tree

    wanted: str = import_module(f"llamacloud_cli.cli.completion.{shell}").script(tree())
    if _text(path) == wanted:
        return Finding("completion", "ok", f"{shell}, '{path}'")
    return Finding(
        "completion",
        "warning",
        f"'{path}' is of another version",
        f"run: llamacloud-prod completion {shell} > '{path}'",
    )


def _text(path: Path) -> str:
    from llamacloud_cli.settings.safefile import read_bytes

    try:
        return read_bytes(path).decode("utf-8", "replace")
    except CliError:
        return ""
