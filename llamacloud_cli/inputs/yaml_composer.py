"""The events of a YAML text, put together to one value; and the limits on what may be put together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

from llamacloud_cli.inputs.yaml_events import events
from llamacloud_cli.inputs.yaml_schema import MAX_DEPTH, UnsendableError, core_tag, plain_value, tagged_value

if TYPE_CHECKING:
    from llamacloud_cli.inputs.yaml_events import Event
    from llamacloud_cli.inputs.yaml_schema import JsonScalar, JsonValue
    from llamacloud_cli.inputs.yaml_source import Source

# An alias costs a few characters and stands for a whole value; ten levels of ten of them are a "billion
# laughs". What all aliases of a text stand for together is bounded by these two.
MAX_ALIASED_VALUES = 100_000
MAX_ALIASED_CHARACTERS = 10 * 1024 * 1024

_ALIAS_HINT = "Write the values out, or use fewer aliases."


def compose(source: Source) -> JsonValue:
    """Give the value of a YAML text; None if the text is empty.

    Raises:
        UsageError: the text is not YAML, is past a limit, or holds what JSON cannot.
    """
    return _Composer(source).value()


@dataclass(slots=True)
class _Anchored:
    """What an alias stands for; `height` counts the levels of lists and mappings in it."""

    value: JsonValue
    key: str | None
    values: int
    characters: int
    height: int


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end has not come yet, and the totals at its start."""

    container: list[JsonValue] | dict[str, JsonValue]
    anchor: str | None
    values: int
    characters: int
    key: str | None = None
    height: int = 1


@dataclass(slots=True)
class _Composer:
    """Goes through the events once, with a stack of its own: depth costs no recursion."""

    source: Source
    root: JsonValue = None
    stack: list[_Open] = field(default_factory=list)
    anchors: dict[str, _Anchored | None] = field(default_factory=dict)
    values: int = 0
    characters: int = 0
    aliased_values: int = 0
    aliased_characters: int = 0

    def value(self) -> JsonValue:
        for event in events(self.source):
            match event.kind:
                case "scalar":
                    self._scalar(event)
                case "alias":
                    self._alias(event)
                case "end":
                    self._end()
                case _:
                    self._start(event)
        return self.root

    def _scalar(self, event: Event) -> None:
        value = self._resolved(event)
        self.values += 1
        self.characters += len(event.text)
        if event.anchor is not None:
            self.anchors[event.anchor] = _Anchored(value, event.text, 1, len(event.text), 0)
        self._add(event, value, event.text, 0)

    def _resolved(self, event: Event) -> JsonScalar:
        try:
            if event.tag is not None:
                return tagged_value(event.tag, event.text)
            # A key is its text, whatever it would stand for as a value.
            return plain_value(event.text) if event.plain and not self._at_key() else event.text
        except UnsendableError as error:
            self._refuse(event, error.problem, error.hint, error.word)

    def _start(self, event: Event) -> None:
        if self._at_key():
            self._refuse(event, "a list or mapping cannot be a key", "Use a string as the key.")
        if len(self.stack) == MAX_DEPTH:
            self._refuse_depth(event)
        self._check_tag(event)
        self.values += 1
        container: list[JsonValue] | dict[str, JsonValue] = [] if event.kind == "list" else {}
        if event.anchor is not None:
            self.anchors[event.anchor] = None
        self._add(event, container, None, 0)
        self.stack.append(_Open(container, event.anchor, self.values - 1, self.characters))

    def _check_tag(self, event: Event) -> None:
        if event.tag is None:
            return
        try:
            name = core_tag(event.tag)
        except UnsendableError as error:
            self._refuse(event, error.problem, error.hint, error.word)
        if name not in {"!", "seq" if event.kind == "list" else "map"}:
            self._refuse(event, f"a {event.kind} does not fit the tag !!{name}", "Remove the tag.")

    def _end(self) -> None:
        ended = self.stack.pop()
        if self.stack:
            self.stack[-1].height = max(self.stack[-1].height, ended.height + 1)
        if ended.anchor is not None:
            values, characters = self.values - ended.values, self.characters - ended.characters
            self.anchors[ended.anchor] = _Anchored(ended.container, None, values, characters, ended.height)

    def _alias(self, event: Event) -> None:
        if event.text not in self.anchors:
            hint = "Give a value before it the anchor {}, or quote the text."
            problem, word, advised = "the alias {} has no anchor", "*" + event.text, "&" + event.text
            raise self.source.error(problem, event.offset, hint, word=word, advised=advised)
        anchored = self.anchors[event.text]
        if anchored is None:
            self._refuse(event, "the alias {} stands for a part of itself", _ALIAS_HINT, "*" + event.text)
        if self._at_key() and anchored.key is None:
            self._refuse(event, "a list or mapping cannot be a key", "Use a string as the key.")
        if len(self.stack) + anchored.height > MAX_DEPTH:
            self._refuse_depth(event)
        self.values += anchored.values
        self.characters += anchored.characters
        self.aliased_values += anchored.values
        self.aliased_characters += anchored.characters
        if self.aliased_values > MAX_ALIASED_VALUES:
            self._refuse(event, f"the aliases stand for more than {MAX_ALIASED_VALUES:,} values", _ALIAS_HINT)
        if self.aliased_characters > MAX_ALIASED_CHARACTERS:
            problem = f"the aliases stand for more than {MAX_ALIASED_CHARACTERS:,} characters"
            self._refuse(event, problem, _ALIAS_HINT)
        self._add(event, _copy(anchored.value), anchored.key, anchored.height)

    def _at_key(self) -> bool:
        return bool(self.stack) and isinstance(self.stack[-1].container, dict) and self.stack[-1].key is None

    def _add(self, event: Event, value: JsonValue, key: str | None, height: int) -> None:
        """Put a value where it belongs: the root, a list's end, a mapping's next key or its value."""
        if not self.stack:
            self.root = value
            return
        parent = self.stack[-1]
        parent.height = max(parent.height, height + 1)
        if isinstance(parent.container, list):
            parent.container.append(value)
        elif parent.key is not None:
            parent.container[parent.key] = value
            parent.key = None
        elif key in parent.container:
            hint = "Give each key once; JSON takes keys as text, so 1 and '1' are the same."
            self._refuse(event, "the key {} is there twice", hint, str(key))
        else:
            parent.key = key

    def _refuse_depth(self, event: Event) -> NoReturn:
        problem = f"lists and mappings are nested more than {MAX_DEPTH} levels deep"
        self._refuse(event, problem, "Give a flatter value.")

    def _refuse(self, event: Event, problem: str, hint: str, word: str | None = None) -> NoReturn:
        raise self.source.error(problem, event.offset, hint, word=word)


def _copy(value: JsonValue) -> JsonValue:
    """Copy a value of at most 100 levels, so that no two places of a result are one object."""
    if isinstance(value, list):
        return [_copy(item) for item in value]
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    return value
