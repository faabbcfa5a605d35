"""A JSON document as a tree of nodes: their texts as they came, their GJSON paths, searching and filtering."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llamacloud_cli.errors import TransformError
from llamacloud_cli.jsontext import Document
from llamacloud_cli.output.terminal import clean_json, clean_line
from llamacloud_cli.output.transform import transform

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

WHOLE = "@this"
"""The GJSON path of a whole document."""
_SUMMARY_FIELDS = ("id", "source_directory_file_id", "name", "job_id", "page_number", "status")
_SAFE = frozenset("_-:")


class Node:
    """A value within a document.

    Attributes:
        document: its text and value.
        key: its name in an object, its position in an array, or None at the top.
        parent: the object or array that holds it, or None at the top.
    """

    __slots__ = ("_children", "document", "key", "parent")

    def __init__(self, document: Document, key: str | int | None = None, parent: Node | None = None) -> None:
        self.document = document
        self.key = key
        self.parent = parent
        self._children: list[Node] | None = None

    @property
    def value(self) -> Any:
        """What it says."""
        return self.document.value

    @property
    def children(self) -> list[Node]:
        """Its direct parts, made when they are first asked for."""
        if self._children is None:
            parts = enumerate(self.document.children())
            self._children = [Node(part, index if key is None else key, self) for index, (key, part) in parts]
        return self._children

    @property
    def is_branch(self) -> bool:
        """Whether it is an object or array that holds something."""
        return isinstance(self.value, dict | list) and bool(self.value)

    @property
    def lineage(self) -> list[Node]:
        """The nodes from the top down to this one."""
        found = [self]
        while found[-1].parent is not None:
            found.append(found[-1].parent)
        return found[::-1]

    def text(self) -> str:
        """Gives its JSON text, indented, without raw control characters."""
        return clean_json(self.document.indented().decode("utf-8", "surrogatepass"))

    def literal(self) -> str:
        """Gives a scalar as it stands in the document; an object or array by what it holds: `{3}`, `[12]`."""
        value = self.value
        if isinstance(value, dict):
            return f"{{{len(value)}}}"
        if isinstance(value, list):
            return f"[{len(value)}]"
        return clean_json(self.document.source().decode("utf-8", "surrogatepass").strip())

    def summary(self) -> str:
        """Gives a few words that tell an object from its siblings: its id, its status."""
        if not isinstance(self.value, dict):
            return ""
        words = [self.value.get(field) for field in _SUMMARY_FIELDS]
        return " ".join(clean_line(str(word)) for word in words if isinstance(word, str | int) and word != "")

    def walk(self) -> Iterator[Node]:
        """Gives this node and all below it, in the order of the document."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            if node.is_branch:
                waiting.extend(reversed(node.children))


class ListNode(Node):
    """The items of a list as they come, page by page."""

    __slots__ = ()

    def __init__(self, items: Iterable[Document] = ()) -> None:
        super().__init__(Document(b"[]"))  # a list has no text of its own
        self._children = []
        self.extend(items)

    @property
    def value(self) -> Any:
        """The items' values."""
        return [child.value for child in self.children]

    @property
    def is_branch(self) -> bool:
        """Whether there are items."""
        return bool(self._children)

    def extend(self, items: Iterable[Document]) -> list[Node]:
        """Takes further items; gives their nodes."""
        known = self.children
        added = [Node(item, len(known) + index, self) for index, item in enumerate(items)]
        known.extend(added)
        return added

    def literal(self) -> str:
        """Gives how many items there are: `[12]`."""
        return f"[{len(self.children)}]"

    def text(self) -> str:
        """Gives the items as one JSON array."""
        return as_array(child.document for child in self.children).text()


def as_array(documents: Iterable[Document]) -> Node:
    """Gives documents as the elements of one array."""
    return Node(Document(b"[" + b",".join(document.source() for document in documents) + b"]"))


def shown_path(node: Node, *, within: Node) -> str:
    """Gives the path as `gjson_path` does, without trying it."""
    keys = []
    one = node
    while one is not within and one.parent is not None:
        keys.append(one.key)
        one = one.parent
    return ".".join(_component(key) for key in reversed(keys)) if keys else WHOLE


def gjson_path(node: Node, *, within: Node) -> str | None:
    """Gives the GJSON path that leads from one node to another below it; None where none does.

    Args:
        node: where it leads.
        within: where it begins: `node` or one above it.
    """
    path = shown_path(node, within=within)
    if node is within:
        return path
    # A key that comes twice, an empty one and the like cannot be reached: only what was tried is given out.
    found = transform(within.document, path) if path else None
    try:
        return path if found is not None and found.document().compact() == node.document.compact() else None
    except TransformError:
        return None


def _component(key: str | int | None) -> str:
    """Gives a key as one component of a path: GJSON takes a character with a backslash before it as it stands."""
    if not isinstance(key, str):
        return str(key)
    return "".join(char if char.isalnum() or char in _SAFE or char > "~" else f"\\{char}" for char in key)


def matching(node: Node, words: str) -> bool:
    """Tells whether a node's key or, for a scalar, its text holds some words, in whatever case."""
    wanted = words.casefold()
    if isinstance(node.key, str) and wanted in node.key.casefold():
        return True
    if isinstance(node.value, dict | list):
        return False
    text = node.value if isinstance(node.value, str) else node.literal()
    return wanted in text.casefold()


def filtered(top: Node, path: str) -> Node:
    """Gives what a GJSON path finds.

    In a list the path is applied to each item, as `--transform` does; one that begins with `#` to the whole list.

    Raises:
        TransformError: it finds nothing, or nothing that is JSON.
    """
    if isinstance(top, ListNode) and not path.startswith("#"):
        found = [transform(child.document, path) for child in top.children]
        documents = [one.document() for one in found if one is not None]
        if not documents:
            raise TransformError(f"{path!r} finds nothing in any of the {len(top.children)} items")
        return as_array(documents)
    whole = as_array(child.document for child in top.children) if isinstance(top, ListNode) else top
    one = transform(whole.document, path)
    if one is None:
        raise TransformError(f"{path!r} finds nothing")
    return Node(one.document())
