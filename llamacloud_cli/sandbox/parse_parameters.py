"""The parameters of a parse configuration, checked as the API's description has them.

The sandbox keeps and shows them; its reading of files depends on `tier` alone (see `routes/parse.py`).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Tier = Literal["fast", "cost_effective", "agentic", "agentic_plus"]
ChartParsing = Literal["agentic_plus", "agentic", "efficient"]
Share = Annotated[float, Field(ge=0.0, le=1.0)]
Count = int | str | None
# fmt: off
Language = Literal[
    "af", "az", "bs", "cs", "cy", "da", "de", "en", "es", "et", "fr", "ga", "hr", "hu", "id", "is", "it",
    "ku", "la", "lt", "lv", "mi", "ms", "mt", "nl", "no", "oc", "pi", "pl", "pt", "ro", "rs_latin", "sk",
    "sl", "sq", "sv", "sw", "tl", "tr", "uz", "vi", "ar", "fa", "ug", "ur", "bn", "as", "mni", "ru",
    "rs_cyrillic", "be", "bg", "uk", "mn", "abq", "ady", "kbd", "ava", "dar", "inh", "che", "lbe", "lez",
    "tab", "tjk", "hi", "mr", "ne", "bh", "mai", "ang", "bho", "mah", "sck", "new", "gom", "sa", "bgc",
    "th", "ch_sim", "ch_tra", "ja", "ko", "ta", "te", "kn",
]
# fmt: on


class _Strict(BaseModel):
    """The parse options refuse unknown names."""

    model_config = ConfigDict(extra="forbid")


class AgenticOptions(_Strict):
    """`agentic_options`."""

    custom_prompt: str | None = None


class CropBox(_Strict):
    """`crop_box`: shares of the page cut off at each side."""

    bottom: Share | None = None
    left: Share | None = None
    right: Share | None = None
    top: Share | None = None


class FastOptions(_Strict):
    """`fast_options`: none yet."""


class HtmlOptions(_Strict):
    """`input_options.html`."""

    make_all_elements_visible: bool | None = None
    remove_fixed_elements: bool | None = None
    remove_navigation_elements: bool | None = None


class ImageOptions(_Strict):
    """`input_options.image`."""

    camera_photo_correction: bool | None = None


class PdfOptions(_Strict):
    """`input_options.pdf`: none yet."""


class PresentationOptions(_Strict):
    """`input_options.presentation`."""

    out_of_bounds_content: bool | None = None
    skip_embedded_data: bool | None = None


class SpreadsheetOptions(_Strict):
    """`input_options.spreadsheet`."""

    detect_sub_tables_in_sheets: bool | None = None
    force_formula_computation_in_sheets: bool | None = None
    include_hidden_sheets: bool | None = None


class InputOptions(_Strict):
    """`input_options`."""

    html: HtmlOptions = HtmlOptions()
    pdf: PdfOptions = PdfOptions()
    spreadsheet: SpreadsheetOptions = SpreadsheetOptions()
    presentation: PresentationOptions = PresentationOptions()
    image: ImageOptions = ImageOptions()


class Tables(_Strict):
    """`output_options.markdown.tables`."""

    compact_markdown_tables: bool | None = None
    output_tables_as_markdown: bool | None = None
    markdown_table_multiline_separator: str | None = None
    merge_continued_tables: bool | None = None


class MarkdownOptions(_Strict):
    """`output_options.markdown`."""

    annotate_links: bool | None = None
    annotate_revisions: bool | None = None
    tables: Tables = Tables()
    inline_images: bool | None = None


class SpatialTextOptions(_Strict):
    """`output_options.spatial_text`."""

    preserve_layout_alignment_across_pages: bool | None = None
    preserve_very_small_text: bool | None = None
    do_not_unroll_columns: bool | None = None


class TablesAsSpreadsheetOptions(_Strict):
    """`output_options.tables_as_spreadsheet`."""

    enable: bool | None = None
    guess_sheet_name: bool = True


class OutputOptions(_Strict):
    """`output_options`."""

    markdown: MarkdownOptions = MarkdownOptions()
    spatial_text: SpatialTextOptions = SpatialTextOptions()
    tables_as_spreadsheet: TablesAsSpreadsheetOptions = TablesAsSpreadsheetOptions()
    extract_printed_page_number: bool | None = None
    images_to_save: list[Literal["screenshot", "embedded", "layout"]] | None = None
    additional_outputs: list[str] = []
    granular_bboxes: list[Literal["cell", "line", "word"]] = []
    save_output_pdf: bool | None = None


class PageRanges(_Strict):
    """`page_ranges`."""

    max_pages: Annotated[int, Field(ge=1)] | None = None
    target_pages: str | None = None


class JobFailureConditions(_Strict):
    """`processing_control.job_failure_conditions`."""

    allowed_page_failure_ratio: Annotated[float, Field(le=1.0, gt=0.0)] | None = None
    fail_on_image_extraction_error: bool | None = None
    fail_on_image_ocr_error: bool | None = None
    fail_on_markdown_reconstruction_error: bool | None = None
    fail_on_buggy_font: bool | None = None


class Timeouts(_Strict):
    """`processing_control.timeouts`, in seconds."""

    base_in_seconds: Annotated[int, Field(le=7200, gt=0)] | None = None
    extra_time_per_page_in_seconds: Annotated[int, Field(le=300, gt=0)] | None = None


class ProcessingControl(_Strict):
    """`processing_control`."""

    timeouts: Timeouts = Timeouts()
    job_failure_conditions: JobFailureConditions = JobFailureConditions()


class AutoModeIgnoreOptions(_Strict):
    """`parsing_conf.ignore`."""

    ignore_diagonal_text: bool | None = None
    ignore_hidden_text: bool | None = None


class AutoModeParsingConf(_Strict):
    """How pages that an entry picks are parsed."""

    tier: Tier | None = None
    version: str | None = None
    custom_prompt: str | None = None
    ignore: AutoModeIgnoreOptions | None = None
    aggressive_table_extraction: bool | None = None
    outlined_table_extraction: bool | None = None
    adaptive_long_table: bool | None = None
    extract_layout: bool | None = None
    specialized_chart_parsing: ChartParsing | None = None
    high_res_ocr: bool | None = None
    language: str | None = None
    crop_box: CropBox | None = None
    spatial_text: SpatialTextOptions | None = None
    presentation: PresentationOptions | None = None


class AutoModeConfigurationEntry(_Strict):
    """Which pages to parse in another way, and how."""

    parsing_conf: AutoModeParsingConf
    trigger_mode: str | None = None
    page_md_error: bool | None = None
    text_in_page: str | None = None
    table_in_page: bool | None = None
    image_in_page: bool | None = None
    full_page_image_in_page: bool | None = None
    full_page_image_in_page_threshold: float | str | None = None
    filename_regexp: str | None = None
    filename_regexp_mode: str | None = None
    filename_match_glob: str | None = None
    filename_match_glob_list: list[str] | None = None
    page_longer_than_n_chars: Count = None
    page_shorter_than_n_chars: Count = None
    page_contains_at_least_n_words: Count = None
    page_contains_at_most_n_words: Count = None
    page_contains_at_least_n_lines: Count = None
    page_contains_at_most_n_lines: Count = None
    page_contains_at_least_n_images: Count = None
    page_contains_at_most_n_images: Count = None
    page_contains_at_least_n_tables: Count = None
    page_contains_at_most_n_tables: Count = None
    page_contains_at_least_n_links: Count = None
    page_contains_at_most_n_links: Count = None
    page_contains_at_least_n_charts: Count = None
    page_contains_at_most_n_charts: Count = None
    page_contains_at_least_n_layout_elements: Count = None
    page_contains_at_most_n_layout_elements: Count = None
    page_contains_at_least_n_percent_numbers: Count = None
    page_contains_at_most_n_percent_numbers: Count = None
    page_contains_at_least_n_numbers: Count = None
    page_contains_at_most_n_numbers: Count = None
    regexp_in_page: str | None = None
    regexp_in_page_mode: str | None = None
    layout_element_in_page: str | None = None
    layout_element_in_page_confidence_threshold: float | str | None = None


class CostOptimizerParameters(_Strict):
    """`processing_options.cost_optimizer`."""

    enable: bool | None = None


class IgnoreOptions(_Strict):
    """`processing_options.ignore`."""

    ignore_diagonal_text: bool | None = None
    ignore_text_in_image: bool | None = None
    ignore_hidden_text: bool | None = None


class OcrParameters(_Strict):
    """`processing_options.ocr_parameters`."""

    languages: list[Language] | None = None


class ProcessingOptions(_Strict):
    """`processing_options`."""

    ignore: IgnoreOptions = IgnoreOptions()
    ocr_parameters: OcrParameters = OcrParameters()
    aggressive_table_extraction: bool | None = None
    confidence_score_effort: Literal["high"] | None = None
    disable_heuristics: bool | None = None
    specialized_chart_parsing: ChartParsing | None = None
    cost_optimizer: CostOptimizerParameters | None = None
    auto_mode_configuration: list[AutoModeConfigurationEntry] | None = None
    forms: Literal["default", "enrich"] | None = None


class WebhookConfiguration(_Strict):
    """One of `webhook_configurations`."""

    webhook_url: Annotated[str, Field(pattern="^https?:")] | None = None
    webhook_headers: dict[str, Any] | None = None
    webhook_signing_secret: str | None = None
    webhook_events: list[str] | None = None
    webhook_output_format: Literal["string", "json"] | None = None


class ParseOptions(BaseModel):
    """What a parse configuration and a parse request have in common."""

    webhook_configuration_ids: Annotated[list[str], Field(max_length=4)] | None = None
    tier: Tier
    version: str
    client_name: str | None = None
    processing_options: ProcessingOptions = ProcessingOptions()
    fast_options: FastOptions | None = None
    agentic_options: AgenticOptions | None = None
    webhook_configurations: list[WebhookConfiguration] = []
    input_options: InputOptions = InputOptions()
    crop_box: CropBox = CropBox()
    page_ranges: PageRanges = PageRanges()
    disable_cache: bool | None = None
    output_options: OutputOptions = OutputOptions()
    processing_control: ProcessingControl = ProcessingControl()


class ParseV2Parameters(ParseOptions):
    """Parameters of a parse configuration."""

    product_type: Literal["parse_v2"]
