"""Who may import what. Nothing imports upward, and each library has one home."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "llamacloud_cli"

# What each layer may import of this package.
ALLOWED = {
    "errors": set(),
    "operations": set(),
    "redaction": set(),
    "statuses": set(),
    "jsontext": set(),
    "progress": set(),
    "durations": {"errors"},
    "sizes": set(),
    "moments": {"jsontext"},
    "spelling": set(),
    "extras": set(),
    "ids": {"errors"},
    "crashes": set(),
    "private": set(),
    "settings": {"settings", "errors", "spelling", "private", "extras"},
    "api": {"api", "errors", "statuses", "operations", "jsontext", "redaction", "ids", "moments"},
    "inputs": {"inputs", "errors", "operations", "ids", "spelling"},
    "output": {
        "output", "errors", "statuses", "operations", "jsontext", "progress", "durations", "sizes", "moments",
    },
    "explore": {"explore", "output", "errors", "jsontext", "extras"},
    "workflows": {
        "workflows", "api", "errors", "statuses", "operations", "jsontext", "progress", "durations", "sizes", "ids",
        "private",
    },
    "sandbox": {"sandbox", "errors", "statuses", "extras", "private"},
    "recent": {"private"},
    "context": {"settings", "api", "errors", "inputs", "output", "sandbox", "recent", "redaction"},
    "cli": {
        "cli", "context", "settings", "api", "inputs", "output", "workflows", "errors", "statuses", "operations",
        "jsontext", "redaction", "sandbox", "durations", "ids", "spelling", "recent", "explore",
        "extras", "moments",
    },
    "main": {"cli", "context", "output", "errors", "settings", "crashes"},
    "__main__": {"main", "crashes"},
    "__init__": set(),
}  # fmt: skip

HOMES = {
    "typer": {"cli", "main"},
    "httpx": {"api", "sandbox"},
    "httpcore": {"api"},
    "rich": {"output", "explore"},
    "textual": {"explore"},
    "sqlite3": {"workflows.ledger", "workflows.ledger_check", "workflows.ledger_copy", "sandbox"},
    "pathspec": {"workflows"},
    "tenacity": {"api", "workflows"},
    "ruamel": {"inputs", "output"},
    "keyring": {"settings.keystore"},
    "tomlkit": {"settings.tomlfile"},
    "tomllib": {"settings.tomlfile"},
    "click": set(),
}


def _modules() -> list[str]:
    return sorted(".".join(path.relative_to(PACKAGE).with_suffix("").parts) for path in PACKAGE.rglob("*.py"))


def _imports(module: str) -> set[str]:
    tree = ast.parse((PACKAGE / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8"))
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = ["llamacloud_cli", *module.split(".")][: -node.level] if node.level else []
            source = ".".join([*parents, *([node.module] if node.module else [])])
            found.update({source, *(f"{source}.{name.name}" for name in node.names)})
    return found


@pytest.mark.parametrize("module", _modules())
def test_a_module_imports_only_from_its_own_layer_and_those_below(module: str) -> None:
    """The layers are those of docs/architecture.md."""
    layer = module.split(".", maxsplit=1)[0]
    ours = {name.split(".")[1] for name in _imports(module) if name.startswith("llamacloud_cli.")}
    ours.discard("__version__")
    assert ours <= ALLOWED[layer], f"{module} imports {sorted(ours - ALLOWED[layer])}"


@pytest.mark.parametrize("module", _modules())
def test_a_library_is_imported_in_its_home_alone(module: str) -> None:
    """So that each can be replaced in one place."""
    for name in _imports(module):
        homes = HOMES.get(name.split(".")[0])
        if homes is not None:
            assert any(module == home or module.startswith(f"{home}.") for home in homes), f"{module} imports {name}"


@pytest.mark.parametrize("module", _modules())
def test_no_file_is_longer_than_a_person_reads(module: str) -> None:
    """About 400 lines."""
    lines = (PACKAGE / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8").count("\n")
    assert lines <= 400
