"""The command that installs an extra names the place that the package itself came from."""

from __future__ import annotations

import json
import sys
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import llamacloud_cli
from llamacloud_cli import extras
from llamacloud_cli.extras import install_line

if TYPE_CHECKING:
    from collections.abc import Callable


class Files:
    """Stands for an installed package: the files of its metadata."""

    def __init__(self, **files: str | None) -> None:
        self._files = files

    def read_text(self, name: str) -> str | None:
        return self._files.get(name.replace(".", "_"))


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def install(*, source: str | None = None, installer: str | None = "pip\n", prefix: str = "/opt/venv") -> None:
        url = None if source is None else json.dumps({"url": source})
        monkeypatch.setattr(extras, "distribution", lambda _: Files(direct_url_json=url, INSTALLER=installer))
        monkeypatch.setattr(sys, "prefix", prefix)

    return install


def test_from_an_index_it_is_the_name_alone(installed: Callable[..., None]) -> None:
    installed(installer=None)
    assert install_line("sandbox") == "pip install 'llamacloud-cli[sandbox]'"


def test_from_a_clone_it_is_the_clone(installed: Callable[..., None], tmp_path: Path) -> None:
    """The name alone may be on no index, or be somebody else's there."""
    clone = tmp_path / "my clone"
    clone.mkdir()
    installed(source=clone.as_uri())
    assert install_line("sandbox", "explore") == f"pip install '{clone}[sandbox,explore]'"


def test_a_clone_that_is_gone_is_not_named(installed: Callable[..., None], tmp_path: Path) -> None:
    installed(source=(tmp_path / "gone").as_uri())
    assert install_line("sandbox") == "pip install 'llamacloud-cli[sandbox]'"


@pytest.mark.parametrize(
    ("installer", "prefix", "command"),
    [
        ("pip\n", "/home/me/.local/share/pipx/venvs/llamacloud-cli", "pipx install --force"),
        ("uv\n", "/home/me/.local/share/uv/tools/llamacloud-cli", "uv tool install"),
        ("uv\n", "/home/me/project/.venv", "uv pip install"),
        ("pip\n", "/home/me/project/.venv", "pip install"),
    ],
)
def test_it_is_the_installer_that_installed_the_package(
    installed: Callable[..., None], installer: str, prefix: str, command: str
) -> None:
    installed(installer=installer, prefix=prefix)
    assert install_line("keyring") == f"{command} 'llamacloud-cli[keyring]'"


def test_sources_that_are_not_installed_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def not_installed(name: str) -> object:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(extras, "distribution", not_installed)
    monkeypatch.setattr(sys, "prefix", "/opt/venv")
    assert f"{Path(llamacloud_cli.__file__).parents[1]}[sandbox]" in install_line("sandbox")
