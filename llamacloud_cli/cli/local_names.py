"""`--local-names`: the names of source files, where a ledger of this machine knows them, put into answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llamacloud_cli.cli.watching import state_home
from llamacloud_cli.operations import Kind, Parameter, Place

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from llamacloud_cli.context import Context
    from llamacloud_cli.jsontext import Document, Items

LOCAL_NAMES = Parameter(
    "local_names",
    Kind.FLAG,
    Place.LOCAL,
    "Add the names of the source files that `batches run` sent from this machine.",
)
COLUMNS = "id,status,created_at,local_names"


class NamedBatches:
    """Adds `local_names` to batches, and `local_name` to their results."""

    def __enter__(self) -> Self:
        """Opens the ledgers that are known on this machine."""
        from llamacloud_cli.workflows.ledger_copy import LocalNames
        from llamacloud_cli.workflows.session import remembered

        self._names = LocalNames(remembered(state_home()))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes them."""
        self._names.close()

    def document(self, document: Document) -> Document:
        """Gives a batch with names, and every number as it came; one nested too deeply for that as it is."""
        from llamacloud_cli.jsontext import Document, write

        try:
            return Document(write(self._named(document.literal())).encode())
        except RecursionError:
            return document

    def items(self, items: Items) -> Items:
        """Gives batches with names."""
        from llamacloud_cli.jsontext import Items

        named = [self.document(document) for document in items]
        return Items([document.value for document in named], [document.source() for document in named])

    def _named(self, batch: Any) -> Any:
        if not isinstance(batch, dict) or type(batch.get("id")) is not str:  # a Number is one of another type
            return batch
        names = self._names.of_batch(batch["id"])
        named = {**batch, "local_names": [name for found in names.values() for name in found] or None}
        if isinstance(batch.get("results"), list):
            named["results"] = [_with_name(result, names) for result in batch["results"]]
        return named


def show_names_in_tables(context: Context) -> None:
    """Gives tables a column for the names, unless their columns were chosen."""
    options = context.options
    plain = not any(options.get(name) for name in ("json_", "columns", "transform", "quiet"))
    as_table = options.get("format_") == "table" or (
        options.get("format_") in (None, "auto") and context.is_terminal(context.streams.stdout)
    )
    if plain and as_table:
        options["columns"] = COLUMNS


def _with_name(result: Any, names: dict[str, list[str]]) -> Any:
    if not isinstance(result, dict):
        return result
    found = names.get(str(result.get("source_directory_file_id")))
    return {**result, "local_name": found[0] if found else None}
