"""A YAML 1.2 text as a sequence of events, by ruamel.yaml's parser over our scanner.

Imported only for a text that is neither JSON nor one plain word, since it loads ruamel.yaml.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from ruamel.yaml import events as ruamel
from ruamel.yaml import tokens
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.parser import Parser, ParserError

from llamacloud_cli.inputs.yaml_scanner import QUOTE_HINT, SPACE_HINT, Reader12, Scanner12, refuse_controls

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llamacloud_cli.errors import UsageError
    from llamacloud_cli.inputs.yaml_source import Source

_WITHOUT_MEANING = (ruamel.StreamStartEvent, ruamel.StreamEndEvent, ruamel.DocumentEndEvent)
_ENDS_OF_TEXT = (tokens.StreamEndToken, tokens.DocumentStartToken, tokens.DocumentEndToken)
_FOUND = re.compile(r"but (?:found|got) |document end marker")
_WORD = re.compile(r"[^\s,\]}]+|[,\]}]")
_TAB_INDENT = re.compile(r"(?: |[-?](?=[ \t]))*\t")
_WORD_LENGTH = 40
_PROBLEM_LENGTH = 100
_CLOSING = {"[": "]", "{": "}"}


class Event(NamedTuple):
    """One step through a YAML text.

    Attributes:
        kind: what it is; `end` closes the innermost list or mapping.
        offset: where it starts, in characters.
        text: a scalar's text, or the name that an alias stands for.
        plain: whether a scalar is without quotes, so that its text tells its type.
        tag: the tag with its handle resolved, or None.
        anchor: the name that is given to it, or None.
    """

    kind: Literal["scalar", "alias", "list", "mapping", "end"]
    offset: int
    text: str = ""
    plain: bool = False
    tag: str | None = None
    anchor: str | None = None


def events(source: Source) -> Iterator[Event]:
    """Read a YAML text of at most one document; an empty one gives no events.

    The text must hold no surrogates. The depth is not bounded here.

    Raises:
        UsageError: the text is not YAML 1.2, or holds a second document.
    """
    refuse_controls(source)
    loader = _Loader(source)
    documents = 0
    try:
        while loader.parser.check_event():
            event = loader.parser.get_event()
            if isinstance(event, ruamel.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    hint = "Give one document: remove the rest, or put the values into one list."
                    raise source.error("a second document starts", event.start_mark.index, hint)
            elif not isinstance(event, _WITHOUT_MEANING):
                yield _event(event)
    except MarkedYAMLError as error:
        raise _explained(error, loader) from None


def _event(event: Any) -> Event:
    offset = event.start_mark.index
    match event:
        case ruamel.AliasEvent():
            return Event("alias", offset, event.anchor)
        case ruamel.ScalarEvent():
            return Event("scalar", offset, event.value, event.style is None, event.tag, event.anchor)
        case ruamel.SequenceStartEvent():
            return Event("list", offset, tag=event.tag, anchor=event.anchor)
        case ruamel.MappingStartEvent():
            return Event("mapping", offset, tag=event.tag, anchor=event.anchor)
        case _:
            return Event("end", offset)


class _Parser(Parser):
    """Lets `...` stand before or without a document (9.1.1)."""

    def parse_implicit_document_start(self) -> Any:
        while self.scanner.check_token(tokens.DocumentEndToken):
            self.scanner.get_token()
        return super().parse_implicit_document_start()


class _Loader:
    """What ruamel.yaml's parts find each other by; the names are theirs."""

    comment_handling = None
    processing_version = (1, 2)

    def __init__(self, source: Source) -> None:
        self.source = source
        self._resolver = self
        self._reader = Reader12(source, self)
        self._scanner = self.scanner = Scanner12(source, self)
        self._parser = self.parser = _Parser(self)


def _explained(error: MarkedYAMLError, loader: _Loader) -> UsageError:
    """Say what ruamel.yaml's error means to somebody who wrote the text."""
    text = loader.source.text
    mark = error.problem_mark or error.context_mark
    offset = mark.index
    problem, hint = str(error.problem), QUOTE_HINT
    if "cannot start any token" in problem:
        problem = "unexpected {}"
    elif "sequence entries are not allowed here" in problem:
        problem, hint = "a list cannot start here", "Check the indentation; `- ` starts on a line of its own."
    elif " not allowed here" in problem:
        problem, hint = "a mapping cannot start here", "Check the indentation, or quote a value that holds `: `."
    elif isinstance(error, ParserError) and _FOUND.search(problem):
        return _unexpected(loader, offset, in_flow="flow" in str(error.context))
    problem = problem.removeprefix("found ").replace(repr("\n"), "the end of the line")
    if loader.source.tells_of_secrets():
        # ruamel.yaml quotes words of the text with repr().
        problem = re.split("['\"]", problem, maxsplit=1)[0].rstrip()
    return _error(loader.source, problem[:_PROBLEM_LENGTH], offset, hint, text[offset : offset + 1])


def _unexpected(loader: _Loader, offset: int, *, in_flow: bool) -> UsageError:
    """Give the error for a token that the parser refused, which is the scanner's next."""
    source, scanner, marks = loader.source, loader.scanner, loader.parser.marks
    at_end = isinstance(scanner.peek_token(), _ENDS_OF_TEXT)
    if marks and (in_flow or scanner.flow_context):
        opened = marks[-1].index
        bracket, closing = source.text[opened], _CLOSING.get(source.text[opened])
        if closing and at_end:
            return source.error(f"'{bracket}' is never closed", opened, f"Add the missing {closing}.")
        if closing:
            hint = f"Separate entries by commas, and close the '{bracket}' of {source.place(opened)}."
            return _error(source, f"expected ',' or '{closing}'", offset, hint, _word(source.text, offset))
    word = _WORD.match(source.text, offset, offset + _WORD_LENGTH)
    problem = "unexpected end of the text" if at_end or word is None else "unexpected {}"
    hint = "Check the indentation and the brackets, or quote the text."
    return _error(source, problem, offset, hint, word[0] if word else "")


def _word(text: str, offset: int) -> str:
    word = _WORD.match(text, offset, offset + _WORD_LENGTH)
    return word[0] if word else text[offset : offset + 1]


def _error(source: Source, problem: str, offset: int, otherwise: str, word: str) -> UsageError:
    """Give the error with the hint that most likely helps at this place."""
    hint = _hint(source.text, offset, otherwise)
    return source.error(problem, offset, hint, word=word, advised=_word(source.text, offset))


def _hint(text: str, offset: int, otherwise: str) -> str:
    """Give what most likely helps against an error at this place."""
    start = max(text.rfind("\n", 0, offset), text.rfind("\r", 0, offset)) + 1
    if _TAB_INDENT.match(text, start):
        return "Indent with spaces: YAML takes no tabs there."
    char = text[offset : offset + 1]
    if char and char in "@`%|>":
        return "Quote it: {}"
    if char == "#":
        return "Put a space before # to start a comment, or quote the text."
    if char == ":" and text[offset + 1 : offset + 2].strip():
        return SPACE_HINT
    return otherwise
