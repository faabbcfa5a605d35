"""The parameters of saved configurations, one model a product, told apart by `product_type`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from llamacloud_cli.sandbox.parse_parameters import ParseV2Parameters

# fmt: off
WebhookEvent = Literal[
    "extract.pending", "extract.success", "extract.error", "extract.partial_success", "extract.cancelled",
    "parse.pending", "parse.running", "parse.success", "parse.error", "parse.partial_success",
    "parse.cancelled", "classify.pending", "classify.running", "classify.success", "classify.error",
    "classify.partial_success", "classify.cancelled", "sheets.pending", "sheets.success", "sheets.error",
    "sheets.partial_success", "sheets.cancelled", "split.pending", "split.processing", "split.success",
    "split.error", "split.cancelled", "batch.pending", "batch.running", "batch.success", "batch.error",
    "batch.cancelled", "unmapped_event",
]
# fmt: on


class ExtractOptions(BaseModel):
    """What an extract configuration and an extract request have in common."""

    target_pages: str | None = None
    max_pages: Annotated[int, Field(ge=1)] | None = None
    tier: Literal["cost_effective", "agentic", "agentic_plus", "turbo"] = "cost_effective"
    version: str = "latest"
    disable_cache: bool = False
    data_schema: dict[str, dict[str, Any] | list[Any] | str | int | float | bool | None]
    extraction_target: Literal["per_doc", "per_page", "per_table_row"] = "per_doc"
    system_prompt: str | None = None
    cite_sources: bool = False
    confidence_scores: bool = False
    spreadsheet_mode: bool = False
    sheet_names: list[str] | None = None
    parse_tier: str | None = None
    parse_config_id: str | None = None


class ExtractV2Parameters(ExtractOptions):
    """Parameters of an extract configuration."""

    product_type: Literal["extract_v2"]


class SplitCategory(BaseModel):
    """One category of a split."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    description: Annotated[str, Field(min_length=1, max_length=2000)] | None = None


class SplitStrategy(BaseModel):
    """What happens with pages of no category."""

    allow_uncategorized: Literal["include", "forbid", "omit"] = "include"


class SplitV1Parameters(BaseModel):
    """Parameters of a split configuration."""

    categories: Annotated[list[SplitCategory], Field(min_length=1, max_length=500)]
    splitting_strategy: SplitStrategy = SplitStrategy()
    product_type: Literal["split_v1"]


class ClassifyV2ParsingConfiguration(BaseModel):
    """How a file is read for classification."""

    lang: str = "en"
    target_pages: str | None = None
    max_pages: Annotated[int, Field(ge=1)] | None = None


class ClassifyV2Rule(BaseModel):
    """One class and what belongs to it."""

    type: Annotated[str, Field(min_length=1, max_length=50)]
    description: Annotated[str, Field(min_length=10, max_length=2000)]


class ClassifyV2Parameters(BaseModel):
    """Parameters of a classify configuration."""

    rules: Annotated[list[ClassifyV2Rule], Field(min_length=1)]
    mode: Literal["FAST"] = "FAST"
    parsing_configuration: ClassifyV2ParsingConfiguration | None = None
    product_type: Literal["classify_v2"]


class SpreadsheetV1Parameters(BaseModel):
    """Parameters of a spreadsheet configuration."""

    tier: Literal["cost_effective", "agentic"] = "agentic"
    sheet_names: list[str] | None = None
    include_hidden_cells: bool = True
    extraction_range: str | None = None
    generate_additional_metadata: bool = True
    use_experimental_processing: bool = False
    flatten_hierarchical_tables: bool = False
    table_merge_sensitivity: Literal["strong", "weak"] = "strong"
    specialization: str | None = None
    product_type: Literal["spreadsheet_v1"]


class UntypedParameters(BaseModel):
    """Parameters of a product that the API does not know."""

    model_config = ConfigDict(extra="allow")

    product_type: Literal["unknown"]


Parameters = Annotated[
    ParseV2Parameters
    | ExtractV2Parameters
    | SplitV1Parameters
    | ClassifyV2Parameters
    | SpreadsheetV1Parameters
    | UntypedParameters,
    Field(discriminator="product_type"),
]
