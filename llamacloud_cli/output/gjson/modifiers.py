"""The modifiers: what `@name` and `@name:argument` make of a text.

Each takes the text it is applied to and its argument, and gives a text ("": nothing).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .pretty import Layout, pretty, ugly
from .scan import BLANKS, children, first
from .text import as_boolean, as_integer, kind, quote, string
from .validity import is_valid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .trampoline import Evaluation

_BLANKS_OF_A_LAYOUT: Final = " \t\n\r"


def apply(name: str, text: str, argument: str) -> Evaluation:
    """Gives what the modifier `name`, one of `path.MODIFIER_NAMES`, makes of `text`."""
    if name == "dig":
        return (yield from _dig(text, argument))
    return _MODIFIERS[name](text, argument)


def _dig(text: str, path: str) -> Evaluation:
    """All that `path` leads to from the value and from whatever it holds, the outer before the inner."""
    found = []
    pending = [first(text)]
    while pending:
        value = pending.pop()
        answer = yield value, path
        if answer:
            found.append(answer)
        if kind(value) == "container":
            pending.extend([item for _, item in children(value)][::-1])
    return _array(found)


def _this(text: str, _argument: str) -> str:
    return text


def _valid(text: str, _argument: str) -> str:
    return text if is_valid(text) else ""


def _to_string(text: str, _argument: str) -> str:
    return quote(text)


def _from_string(text: str, _argument: str) -> str:
    return string(first(text)) if is_valid(text) else ""


def _ugly(text: str, _argument: str) -> str:
    return ugly(text)


def _pretty(text: str, argument: str) -> str:
    options = _options(argument)
    layout = Layout(sort_keys=as_boolean(options.get("sortKeys", "")))
    if "width" in options:
        layout = layout._replace(width=as_integer(options["width"]))
    if "prefix" in options:
        layout = layout._replace(prefix=_blanks(options["prefix"]))
    if "indent" in options:
        layout = layout._replace(indent=_blanks(options["indent"]))
    return pretty(text, layout)


def _keys(text: str, _argument: str) -> str:
    return _array(key or "null" for key, _ in children(first(text)))


def _values(text: str, _argument: str) -> str:
    value = first(text)
    return text if value.startswith("[") else _array(member for _, member in children(value))


def _reverse(text: str, _argument: str) -> str:
    value = first(text)
    if kind(value) != "container":
        return text
    items = reversed(list(children(value)))
    return _object(items) if value[0] == "{" else _array(item for _, item in items)


def _flatten(text: str, argument: str) -> str:
    value = first(text)
    if not value.startswith("["):
        return text
    deep = as_boolean(_options(argument).get("deep", ""))
    flat = []
    pending = [item for _, item in children(value)][::-1]
    while pending:
        item = pending.pop()
        if not item.startswith("["):
            flat.append(item)
        elif deep:
            pending.extend([inner for _, inner in children(item)][::-1])
        else:
            flat.append(_inside(item).strip(BLANKS))
    return _array(filter(None, flat))


def _join(text: str, argument: str) -> str:
    value = first(text)
    if not value.startswith("["):
        return text
    objects = [item for _, item in children(value) if item.startswith("{")]
    if as_boolean(_options(argument).get("preserve", "")):
        # An empty object leaves its comma, which is no valid JSON.
        return f"{{{','.join(map(_inside, objects))}}}"
    # A name keeps its first place and spelling, and takes its last value.
    members: dict[str, tuple[str, str]] = {}
    for key, member in (pair for item in objects for pair in children(item)):
        name = string(key)
        members[name] = (members[name][0] if name in members else key, member)
    return _object(members.values())


def _group(text: str, _argument: str) -> str:
    value = first(text)
    if not value.startswith("{"):
        return ""
    groups: list[list[tuple[str, str]]] = []
    for key, column in children(value):
        if not column.startswith("["):
            continue
        for index, (_, item) in enumerate(children(column)):
            if index == len(groups):
                groups.append([])
            groups[index].append((key, item))
    return _array(map(_object, groups))


_MODIFIERS: Final[dict[str, Callable[[str, str], str]]] = {
    "flatten": _flatten,
    "fromstr": _from_string,
    "group": _group,
    "join": _join,
    "keys": _keys,
    "pretty": _pretty,
    "reverse": _reverse,
    "this": _this,
    "tostr": _to_string,
    "ugly": _ugly,
    "valid": _valid,
    "values": _values,
}


def _options(argument: str) -> dict[str, str]:
    """The members of an argument that is an object, by name; the last of a name counts."""
    return {string(key): value for key, value in children(first(argument)) if key}


def _blanks(value: str) -> str:
    """A text of a layout's, of which only the blanks count."""
    return "".join(character for character in string(value) if character in _BLANKS_OF_A_LAYOUT)


def _inside(container: str) -> str:
    return container.strip(BLANKS)[1:-1]


def _array(items: Iterable[str]) -> str:
    return f"[{','.join(items)}]"


def _object(members: Iterable[tuple[str, str]]) -> str:
    return f"{{{','.join(f'{key}:{value}' for key, value in members)}}}"
