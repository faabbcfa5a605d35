"""How to install an extra of this package from where the package itself came from."""

from __future__ import annotations

import json
import shlex
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

PACKAGE = "llamacloud-cli"


def install_line(*extras: str) -> str:
    """Gives the command that installs extras, by the installer and from the place that this package came from.

    PEP 610 (`direct_url.json`) and PEP 376 (`INSTALLER`) say both; a package without them came from an index by pip.
    """
    source = PACKAGE
    installer = "pip"
    try:
        package = distribution(PACKAGE)
        source = _folder_or_wheel(package.read_text("direct_url.json")) or PACKAGE
        installer = (package.read_text("INSTALLER") or "pip").strip()
    except PackageNotFoundError:  # run from its sources, without an installation
        source = str(Path(__file__).parents[1])
    wanted = shlex.quote(f"{source}[{','.join(extras)}]")
    if "pipx" in Path(sys.prefix).parts:
        return f"pipx install --force {wanted}"
    if installer == "uv":
        return f"uv tool install {wanted}" if "tools" in Path(sys.prefix).parts else f"uv pip install {wanted}"
    return f"pip install {wanted}"


def _folder_or_wheel(direct_url: str | None) -> str | None:
    """Gives the path that the package was installed from, where it is still there."""
    if direct_url is None:
        return None
    url = urlsplit(json.loads(direct_url)["url"])
    path = url2pathname(url.path)
    return path if url.scheme == "file" and Path(path).exists() else None
