"""Which configuration a run uses: one that is named, or one that is saved once and found again by its name."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, NamedTuple

from llamacloud_cli.api.configurations import Configuration, ensure_configuration, find_configuration
from llamacloud_cli.errors import UsageError

if TYPE_CHECKING:
    from llamacloud_cli.api.client import Client
    from llamacloud_cli.api.directories import Scope

TIERS = {
    "parse_v2": ("fast", "cost_effective", "agentic", "agentic_plus"),
    "extract_v2": ("cost_effective", "agentic", "agentic_plus"),
}
DEFAULT_TIER = "agentic"


class Choice(NamedTuple):
    """What the command line says about the configuration.

    Attributes:
        product: `parse_v2` or `extract_v2`, or None where only the service knows.
        identifier: the configuration's id, or None.
        name: the name of a saved configuration, or None.
        parameters: what to save under `name` where there is none of that name, or None.
    """

    product: str | None
    identifier: str | None = None
    name: str | None = None
    parameters: dict[str, Any] | None = None

    def known(self) -> tuple[str, str] | None:
        """Gives product and id, where no service need be asked for them."""
        return None if self.product is None or self.identifier is None else (self.product, self.identifier)

    def key(self) -> str:
        """Gives a text that is the same for the same words on the command line."""
        return json.dumps([self.product, self.identifier, self.name])

    def shown(self) -> str:
        """Gives it in words."""
        return self.identifier or f"{self.name!r}" + (" (saved if it is not there)" if self.parameters else "")


def from_config(config: dict[str, Any]) -> Choice:
    """Gives the choice of a `--config`, as `batches create` takes it.

    Raises:
        UsageError: it is not of the form {job: {configuration_id: …, type: …}}.
    """
    job = config.get("job")
    identifier, product = (job.get("configuration_id"), job.get("type")) if isinstance(job, dict) else (None, None)
    if not isinstance(identifier, str) or not identifier or product not in TIERS:
        raise UsageError(
            "--config: not of the form {job: {configuration_id: ID, type: parse_v2 or extract_v2}}",
            hint="--configuration ID alone says the same",
        )
    return Choice(product, identifier=identifier)


def to_parse(tier: str | None) -> Choice:
    """Gives the choice of `--parse`.

    Raises:
        UsageError: there is no such tier.
    """
    chosen = _tier(tier, "parse_v2")
    parameters = {"product_type": "parse_v2", "tier": chosen, "version": "latest"}
    return Choice("parse_v2", name=f"llamacloud-prod parse {chosen}", parameters=parameters)


def to_extract(schema: Any, tier: str | None) -> Choice:
    """Gives the choice of `--extract`; the same schema and tier give the same name.

    Raises:
        UsageError: the schema is no JSON Schema of an object, or there is no such tier.
    """
    if not isinstance(schema, dict) or not (isinstance(schema.get("properties"), dict) or "$ref" in schema):
        raise UsageError(
            "--extract: no JSON Schema of an object", hint='it begins like {"type": "object", "properties": {…}}'
        )
    chosen = _tier(tier, "extract_v2")
    canonical = json.dumps(schema, sort_keys=True, separators=(",", ":")).encode()
    name = f"llamacloud-prod extract {chosen} {hashlib.sha256(canonical).hexdigest()[:12]}"
    parameters = {"product_type": "extract_v2", "tier": chosen, "data_schema": schema}
    return Choice("extract_v2", name=name, parameters=parameters)


def resolve(client: Client, choice: Choice, scope: Scope) -> Configuration:
    """Gives the configuration of a choice.

    Raises:
        UsageError: there is none, or several have the name.
        CliError: the API refused or could not be reached.
    """
    if choice.parameters is not None and choice.name is not None:
        return ensure_configuration(client, choice.name, choice.parameters, scope)
    if choice.identifier is not None and choice.product is not None:
        return Configuration(choice.identifier, choice.product)
    return find_configuration(client, choice.identifier or choice.name or "", scope)


def _tier(tier: str | None, product: str) -> str:
    tiers = TIERS[product]
    if tier is None:
        return DEFAULT_TIER
    if tier not in tiers:
        raise UsageError(f"--tier: no tier {tier!r} for this", hint="one of " + ", ".join(tiers))
    return tier
