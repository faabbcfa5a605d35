"""The answer to a path: its heads applied one after the other, its components searched for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import trampoline
from .path import Components, Constant, Modifier, Multipath, parse_head
from .scan import first
from .search import search

if TYPE_CHECKING:
    from .trampoline import Evaluation


def resolve(text: str, path: str) -> str:
    """Gives the value that `path` leads to in `text`; "" if there is none."""
    return trampoline.run(_evaluate, text, path)


def _evaluate(text: str, path: str) -> Evaluation:
    while True:
        head = parse_head(path)
        match head:
            case Components():
                text, pipe = yield from search(text, head.path)
                if pipe is None:
                    return text
                path = pipe
                continue
            case Modifier():
                # Few paths have modifiers: the others need not wait for the module.
                from .modifiers import apply

                text = yield from apply(head.name, text, head.argument)
            case Constant():
                text = head.text
            case Multipath():
                text = yield from _collect(text, head)
        if head.rest is None:
            return first(text)
        path = head.rest


def _collect(text: str, multipath: Multipath) -> Evaluation:
    """The array or object of the values that a multipath's selectors lead to, without those that are missing."""
    members = []
    for key, path in multipath.selectors:
        value = yield text, path
        if value:
            members.append(value if multipath.opening == "[" else f"{key}:{value}")
    body = ",".join(members)
    return f"[{body}]" if multipath.opening == "[" else f"{{{body}}}"
