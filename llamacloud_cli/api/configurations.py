"""Saved configurations: found by id or name, made once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from llamacloud_cli.api.answers import senseless, text_of
from llamacloud_cli.api.jobs import JOBS_PATHS
from llamacloud_cli.api.pagination import fetch_pages
from llamacloud_cli.errors import NotFoundError, UsageError
from llamacloud_cli.operations import Request

if TYPE_CHECKING:
    from llamacloud_cli.api.client import Client
    from llamacloud_cli.api.directories import Scope

CONFIGURATIONS_PATH = "/api/v1/beta/configurations"
BUILT_IN_PARSE = "cfg-PARSE_"
"""How the ids of the configurations begin that the service has built in; all are for parsing."""


class Configuration(NamedTuple):
    """What a batch runs on each file.

    Attributes:
        id: the configuration (`cfg-…`).
        product: `parse_v2` or `extract_v2`.
    """

    id: str
    product: str


def find_configuration(client: Client, name_or_id: str, scope: Scope) -> Configuration:
    """Gives the configuration of an id (`cfg-…`) or a name.

    Raises:
        UsageError: none has the name, several have it, or it is for neither parse nor extract.
        CliError: the API refused or could not be reached.
    """
    if name_or_id.startswith("cfg-"):
        return _by_id(client, name_or_id, scope)
    found = _by_name(client, name_or_id, None, scope)
    if not found:
        raise UsageError(f"--configuration: no configuration is named {name_or_id!r}", hint="give its id, cfg-…")
    if len(found) > 1:
        ids = ", ".join(one.id for one in found)
        raise UsageError(f"--configuration: several configurations are named {name_or_id!r}", hint=f"give one of {ids}")
    return found[0]


def ensure_configuration(client: Client, name: str, parameters: dict[str, Any], scope: Scope) -> Configuration:
    """Gives the configuration of a name, which it saves where there is none.

    Saving again under the same name and product changes the saved one, so it may be repeated.

    Raises:
        CliError: the API refused or could not be reached.
    """
    found = _by_name(client, name, parameters["product_type"], scope)
    if found:
        return found[0]
    answer = client.send(Request("POST", CONFIGURATIONS_PATH, scope, {"name": name, "parameters": parameters}))
    saved = _read(answer.document.value)
    if saved is None:
        raise senseless(answer, "a configuration without `id` and `product_type`")
    return saved


def _by_id(client: Client, identifier: str, scope: Scope) -> Configuration:
    if identifier.startswith(BUILT_IN_PARSE):  # it may not answer to its id
        return Configuration(identifier, "parse_v2")
    try:
        answer = client.send(Request("GET", f"{CONFIGURATIONS_PATH}/{quote(identifier, safe='')}", scope))
    except NotFoundError:
        raise UsageError(f"--configuration: there is no {identifier}", hint="check the id and the project") from None
    found = _read(answer.document.value)
    if found is None:
        raise senseless(answer, "a configuration without `id` and `product_type`")
    if found.product not in JOBS_PATHS:
        raise UsageError(
            f"--configuration: {identifier} is for {found.product}", hint="a batch takes parse_v2 and extract_v2"
        )
    return found


def _by_name(client: Client, name: str, product: str | None, scope: Scope) -> list[Configuration]:
    products = (product,) if product else tuple(JOBS_PATHS)
    query = (("name", name), ("latest_only", "true"), *(("product_type", one) for one in products), *scope)
    found: dict[str, Configuration] = {}
    for page in fetch_pages(client, Request("GET", CONFIGURATIONS_PATH, query)):
        for item in page.items.values:
            one = _read(item)
            if one is not None and item.get("name") == name and one.product in products:
                found[one.id] = one
    return list(found.values())


def _read(item: Any) -> Configuration | None:
    if not isinstance(item, dict):
        return None
    parameters = item.get("parameters")
    named = item.get("product_type") or (parameters.get("product_type") if isinstance(parameters, dict) else None)
    identifier, product = text_of(item.get("id")), text_of(named)
    return Configuration(identifier, product) if identifier and product else None
