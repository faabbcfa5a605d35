"""From documents to standard output: transform, format, write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from llamacloud_cli.errors import ApiError, TransformError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from llamacloud_cli.jsontext import Document, Items
    from llamacloud_cli.output.drawing import Look
    from llamacloud_cli.output.links import Links
    from llamacloud_cli.output.sink import Sink
    from llamacloud_cli.output.table import ItemTable


class OutputOptions(NamedTuple):
    """How to print; what `--format` and its companions say.

    Attributes:
        format: one of the formats, `auto` already resolved but for the difference between one and many.
        transform: a GJSON path, or None.
        raw_output: whether a string that is found loses its quotes.
        quiet: whether ids alone are printed.
        columns: the columns of a table, or None.
        header: whether a table has a header line.
        terminal: whether standard output is a terminal.
        color: whether it is coloured.
        width: its columns, or None where it is no terminal.
        now: the time in seconds since 1970.
        links: makes links, or None where none are shown.
    """

    format: str = "json"
    transform: str | None = None
    raw_output: bool = False
    quiet: bool = False
    columns: tuple[str, ...] | None = None
    header: bool = True
    terminal: bool = False
    color: bool = False
    width: int | None = None
    now: float = 0.0
    links: Links | None = None


class Renderer:
    """Prints documents in one format.

    Attributes:
        seen: how many documents it was given.

    Args:
        options: how.
        sink: where to.
        notice: told what a reader of the output may wonder about.
    """

    def __init__(self, options: OutputOptions, sink: Sink, notice: Callable[[str], None]) -> None:
        self.seen = 0
        self._options = options
        self._sink = sink
        self._notice = notice
        self._written = 0
        self._missing = 0
        self._table: ItemTable | None = None
        self._write_one = self._writer()

    @property
    def prints_whole_pages(self) -> bool:
        """Whether a list is printed as one page as it came."""
        return self._options.format == "raw"

    @property
    def draws_a_table(self) -> bool:
        """Whether items become rows."""
        return self._options.format == "table" and not self._options.quiet

    @property
    def explores(self) -> bool:
        """Whether documents are shown on the screen instead of being printed."""
        return self._options.format == "explore"

    @property
    def draws(self) -> bool:
        """Whether it prints tables or panels, for people."""
        options = self._options
        return options.format in ("table", "pretty") and not options.quiet and options.transform is None

    @property
    def chosen_columns(self) -> bool:
        """Whether the columns of a table were named."""
        return self._options.columns is not None

    def one(self, document: Document) -> None:
        """Prints one answer."""
        self.seen += 1
        if self.draws_a_table:
            self._sink.write(self._rows([document.literal()]))
        else:
            self._write_one(document)

    def page(self, items: Items) -> None:
        """Prints the items of one page, and passes them on at once."""
        self.seen += len(items)
        if self.draws_a_table:
            if len(items):
                self._sink.write(self._rows([document.literal() for document in items]))
        elif self._is_plain_json():
            self._sink.write(items.lines(indented=self._options.format == "json"))
        else:
            for document in items:
                self._write_one(document)
        self._sink.flush()

    def drawing(self, draw: Callable[[Look], str]) -> None:
        """Prints what `draw` makes for a person, who asked for no format."""
        self._sink.write(draw(self._look()).encode())

    def flush(self) -> None:
        """Passes on what was printed so far."""
        self._sink.flush()

    def close(self) -> None:
        """Passes on what is left.

        Raises:
            TransformError: the path found nothing in some document.
        """
        self._sink.flush()
        if self._table is not None and self._options.columns:
            unknown = ", ".join(repr(column) for column in self._table.unknown_columns)
            if unknown and self.seen:
                self._notice(f"--columns: no field {unknown} in what came; --format json shows the fields")
        if self._missing:
            path = self._options.transform
            where = f"in {self._missing} of {self.seen} items" if self.seen > 1 else "in the answer"
            raise TransformError(
                f"--transform: {path!r} finds nothing {where}", hint="see the fields with --format json"
            )

    def _is_plain_json(self) -> bool:
        options = self._options
        return (
            options.format in ("json", "jsonl")
            and not (options.quiet or options.terminal or options.color)
            and options.transform is None
        )

    def _writer(self) -> Callable[[Document], None]:
        options = self._options
        if options.quiet:
            return self._write_id
        if options.transform is not None:
            return self._write_found
        return self._write_document

    def _write_document(self, document: Document) -> None:
        self._sink.write(self._in_format(document))
        self._written += 1

    def _write_id(self, document: Document) -> None:
        found = document.value.get("id") if isinstance(document.value, dict) else None
        if not isinstance(found, str):
            raise ApiError("the answer makes no sense: no `id` to print for --quiet")
        self._sink.write(self._shown(found) + b"\n")

    def _write_found(self, document: Document) -> None:
        from llamacloud_cli.output.transform import transform

        found = transform(document, self._options.transform or "")
        if found is None:
            self._missing += 1
        elif self._options.raw_output and found.is_string:
            self._sink.write(self._shown(found.string) + b"\n")
        else:
            self._write_document(found.document())

    def _in_format(self, document: Document) -> bytes:
        name = self._options.format
        if name == "jsonl":
            return self._json(document.compact())
        if name == "raw":
            return self._raw(document.source())
        if name == "yaml":
            return self._yaml(document)
        if name == "pretty" and self._options.transform is None:
            from llamacloud_cli.output.panel import panel

            return panel(document.literal(), self._look()).encode()
        return self._json(document.indented())

    def _json(self, text: bytes) -> bytes:
        if not self._options.terminal and not self._options.color:
            return text + b"\n"
        from llamacloud_cli.output.terminal import clean_json

        shown = clean_json(text.decode("utf-8", "surrogatepass"))
        if self._options.color:
            from llamacloud_cli.output.highlight import colored_json

            shown = colored_json(shown)
        return shown.encode() + b"\n"

    def _raw(self, text: bytes) -> bytes:
        text = text if text.endswith(b"\n") else text + b"\n"
        if not self._options.terminal:
            return text
        from llamacloud_cli.output.terminal import clean_json

        # A carriage return in JSON is a blank between tokens: within a string it has to be escaped.
        return clean_json(text.decode().replace("\r", "")).encode()

    def _yaml(self, document: Document) -> bytes:
        from llamacloud_cli.output.yamltext import to_yaml

        text = to_yaml(document.source())
        return (b"---\n" if self._written else b"") + self._shown(text)

    def _shown(self, text: str) -> bytes:
        """Gives a text as it may reach standard output: cleaned for a terminal, as it is for a pipe."""
        if self._options.terminal:
            from llamacloud_cli.output.terminal import clean

            text = clean(text)
        return text.encode("utf-8", "surrogatepass")

    def _rows(self, values: Sequence[Any]) -> bytes:
        from llamacloud_cli.output.table import ItemTable

        if self._table is None:
            self._table = ItemTable(self._options.columns, self._look(), header=self._options.header)
        return self._table.rows(values).encode()

    def _look(self) -> Look:
        from llamacloud_cli.output.drawing import Look

        return Look(self._options.width, self._options.color, self._options.now, self._options.links)


def output_options(given: dict[str, Any], *, many: bool, is_terminal: bool) -> OutputOptions:
    """Gives how to print from the global options.

    Args:
        given: the global options, by their Python names.
        many: whether a list is printed.
        is_terminal: whether standard output is a terminal.

    Raises:
        UsageError: options that exclude each other, or a format that is not there.
    """
    columns = _columns(given.get("columns"))
    name = _format(given)
    _refuse_conflicts(given, name)
    if name == "auto":
        name = _auto(many=many, is_terminal=is_terminal, given=given)
    return OutputOptions(
        format=name,
        transform=given.get("transform"),
        raw_output=bool(given.get("raw_output")),
        quiet=bool(given.get("quiet")),
        columns=columns,
        header=not given.get("no_header"),
    )


def _columns(text: str | None) -> tuple[str, ...] | None:
    if text is None:
        return None
    columns = tuple(column.strip() for column in text.split(","))
    if not all(columns):
        raise UsageError(f"--columns: an empty name in {text!r}", hint="write it like id,status,config.job.type")
    return columns


def _format(given: dict[str, Any]) -> str:
    name = given.get("format_", "auto")
    if given.get("json_"):
        if name not in ("auto", "json"):
            raise UsageError(f"--json and --format {name} exclude each other")
        return "json"
    return str(name)


def _refuse_conflicts(given: dict[str, Any], name: str) -> None:
    """Refuses pairs of options of which one would be passed over in silence."""
    quiet, columns, transform = (given.get(option) is not None for option in ("quiet", "columns", "transform"))
    for clash, first, second, hint in (
        (quiet and transform, "--quiet", "--transform", "`--transform id -r` prints ids as well"),
        (quiet and columns, "--quiet", "--columns", "`--columns id --no-header` prints ids as well"),
        (quiet and name == "explore", "--quiet", "--format explore", "there `o` prints a value"),
        (transform and name == "explore", "--transform", "--format explore", "there `f` filters by a path"),
        (quiet and name == "raw", "--quiet", "--format raw", "raw is the page as it came"),
        (columns and transform, "--columns", "--transform", "columns are those of a table"),
        (columns and name not in ("auto", "table"), "--columns", f"--format {name}", "columns are those of a table"),
        (transform and name == "table", "--transform", "--format table", "pick fields with --columns"),
    ):
        if clash:
            raise UsageError(f"{first} and {second} exclude each other", hint=hint)


def _auto(*, many: bool, is_terminal: bool, given: dict[str, Any]) -> str:
    if given.get("columns"):
        return "table"
    if not is_terminal or given.get("transform") is not None:
        return "json"
    return "table" if many else "pretty"
