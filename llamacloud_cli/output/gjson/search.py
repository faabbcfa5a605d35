"""The search of a document for the value that a path's components lead to."""

from __future__ import annotations

import re
from itertools import count
from typing import TYPE_CHECKING, Final

from .component import Element, parse_element, parse_member
from .query import Query, holds
from .scan import ELEMENT, MEMBER, skip

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .trampoline import Asking

_CONTAINER: Final = re.compile(r"[{\[]")
_LINES: Final = ".."
_ITEM: Final = ("scalar", "open")


def search(text: str, path: str) -> Asking[tuple[str, str | None]]:
    """Searches the first container in `text`; with a path that starts with `..`, the text as an array.

    Returns:
        The value found, and the path that is still to be applied to it (None: the value is the answer).
    """
    one = _Search(text)
    if path.startswith(_LINES):
        yield from one.run(path.removeprefix(_LINES), lines=True)
    elif container := _CONTAINER.search(text):
        one.position = container.start()
        yield from one.run(path)
    return one.value, one.pipe


class _Search:
    """Where a search stands in its text, and what it has found.

    The search is over at the first hit. Until then it goes on to other members that have the same
    name or fit the same pattern, and what it has put in `value` and `pipe` may be overwritten.
    """

    __slots__ = ("over", "pipe", "position", "text", "value")

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.value = ""
        self.pipe: str | None = None
        self.over = False

    def run(self, path: str, *, lines: bool = False) -> Asking[None]:
        """Searches the container at `position`, or (`lines`) all elements from there on."""
        # A scan walks one container. It gives a path whenever it has come to a container inside that
        # is to be searched for this path, and goes on behind that one afterwards.
        scans = [(yield from self._enter(path, lines=lines))]
        while scans and not self.over:
            path_inside = next(scans[-1], None)
            if path_inside is None:
                scans.pop()
            else:
                scans.append((yield from self._enter(path_inside)))

    def _enter(self, path: str, *, lines: bool = False) -> Asking[Iterator[str]]:
        if not lines:
            self.position += 1
            if self.text[self.position - 1] == "{":
                member = parse_member(path)
                if member.pipe is not None:
                    self.pipe = member.pipe
                return self._scan_for(MEMBER, member.fits, member.rest)
        element = parse_element(path)
        if element.pipe is not None:
            self.pipe = element.pipe
        if element.query is not None:
            yield from self._select(element.query, element)
        elif element.each:
            yield from self._apply_to_each(element)
        elif element.length:
            self._count()
        else:
            indices = count()
            return self._scan_for(ELEMENT, lambda _: next(indices) == element.position, element.rest)
        return iter(())

    def _scan_for(
        self, item: re.Pattern[str], fits: Callable[[re.Match[str]], bool], rest: str | None
    ) -> Iterator[str]:
        """Looks for the item that fits, and in it for the rest of the path if there is one."""
        text, position = self.text, self.position
        while (found := item.match(text, position)) and found.lastgroup in _ITEM:
            position = found.end()
            chosen = fits(found)
            scalar = found["scalar"]
            opening = position - 1
            if chosen and rest is not None and not scalar:
                self.position = opening
                yield rest
                position = self.position
                continue
            if not scalar:
                position = skip(text, opening)
            if chosen and rest is None:
                self._hit(scalar or text[opening:position])
                return
        self.position = found.end() if found and found.lastgroup == "close" else len(text)

    def _elements(self) -> Iterator[str]:
        """Gives the elements up to the array's end; the search is over if a string in it never ends."""
        text, position = self.text, self.position
        while (found := ELEMENT.match(text, position)) and found.lastgroup in _ITEM:
            position = found.end()
            if scalar := found["scalar"]:
                yield scalar
            else:
                opening = position - 1
                position = skip(text, opening)
                yield text[opening:position]
        self.over = position > len(text) or (found is not None and found.lastgroup != "close")
        self.position = found.end() if found else len(text)

    def _count(self) -> None:
        elements = sum(1 for _ in self._elements())
        if not self.over:
            self._hit(str(elements))

    def _apply_to_each(self, element: Element) -> Asking[None]:
        values = []
        for item in self._elements():
            value = yield item, element.rest or ""
            if value:
                values.append(value)
        if self.over:
            return
        if element.late_pipe is not None:
            self.pipe = element.late_pipe
        self._hit(f"[{','.join(values)}]")

    def _select(self, query: Query, element: Element) -> Asking[None]:
        """Finds the first item that the query holds for, or the array of all of them."""
        values = []
        for item in self._elements():
            tested = item
            if item[0] in "{[":
                tested = yield item, query.path
            elif query.path:
                continue
            if not holds(query, tested):
                continue
            value = item
            if element.rest is not None:
                value = yield item, element.rest
                if element.late_pipe is not None:
                    self.pipe = element.late_pipe
            if not query.every:
                self._hit(value)
                return
            if value:
                values.append(value)
        # All of them are no hit: the search goes on, but what it has found before stays.
        if query.every and not self.over and not self.value:
            self.value = f"[{','.join(values)}]"

    def _hit(self, value: str) -> None:
        self.value = value
        self.over = True
