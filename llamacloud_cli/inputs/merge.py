"""Flags and a mapping on standard input, merged into one request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from llamacloud_cli.errors import UsageError
from llamacloud_cli.ids import problem_of_id
from llamacloud_cli.inputs.values import OMIT, read_flag, read_value
from llamacloud_cli.operations import Kind, Parameter, Place, Request
from llamacloud_cli.spelling import did_you_mean, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from llamacloud_cli.operations import Operation


class Inputs(NamedTuple):
    """What one command was given.

    Attributes:
        request: what is to be sent.
        local: the values that steer this tool, by name.
        misspelt: keys of standard input that go to the body unknown, each with the field that may be meant.
    """

    request: Request
    local: dict[str, Any]
    misspelt: tuple[tuple[str, str], ...] = ()


def build(operation: Operation, given: Iterable[tuple[Parameter, str]], stdin: Mapping[str, Any]) -> Inputs:
    """Merges what was given into one request. Flags win over standard input; objects merge key by key.

    Args:
        operation: what is asked of the API.
        given: flags and arguments with their texts, in the order of the command line.
        stdin: the fields of standard input.

    Raises:
        UsageError: a value cannot be read, is missing, comes twice, or is unknown to the operation.
    """
    flags = _Flags()
    for parameter, text in given:
        flags.add(parameter, text)
    values = _from_stdin(operation, stdin)
    extra = values.pop(_EXTRA, {})
    for name, value in flags.merged().items():
        values[name] = merge_objects(values[name], value) if name in values else value
    values = {name: value for name, value in values.items() if value is not OMIT}
    misspelt = _misspelt(extra, _known(operation))
    _check_required(operation, values, misspelt)
    return Inputs(_request(operation, values, extra), _of(operation, Place.LOCAL, values), tuple(misspelt.items()))


def merge_objects(under: Any, over: Any) -> Any:
    """Gives `over` laid on `under`: mappings merge key by key, anything else is replaced."""
    if isinstance(under, dict) and isinstance(over, dict):
        return {
            **under,
            **{key: merge_objects(under[key], over[key]) if key in under else over[key] for key in over},
        }
    return over


_EXTRA = ""  # no field has this name
_ALIKE = 0.8  # less, and ordinary words count as misspelt


class _Flags:
    """Collects the values of flags, in the order of the command line."""

    def __init__(self) -> None:
        self._whole: dict[str, Any] = {}
        self._inner: dict[str, Any] = {}

    def add(self, parameter: Parameter, text: str) -> None:
        """Adds one occurrence."""
        value = read_flag(parameter, text)
        name = parameter.name
        if parameter.inner is not None:
            self._add_inner(parameter, value)
        elif name in self._whole and self._whole[name] is not OMIT and value is not OMIT and parameter.repeatable:
            self._whole[name] = [*self._whole[name], *value]
        elif parameter.kind is Kind.OBJECT:
            self._whole[name] = merge_objects(self._whole.get(name), value)
        else:
            self._whole[name] = value

    def merged(self) -> dict[str, Any]:
        """Gives the values by API field; an inner flag wins over the object that it is a part of."""
        merged = dict(self._whole)
        for name, fields in self._inner.items():
            merged[name] = merge_objects(merged.get(name), fields)
        return merged

    def _add_inner(self, parameter: Parameter, value: Any) -> None:
        if value is OMIT:
            return
        name, field = parameter.name, parameter.inner
        if not parameter.repeatable:
            fields = self._inner.setdefault(name, {})
            fields[field] = merge_objects(fields.get(field), value)
            return
        # A field that is set already belongs to the next object of the array.
        objects = self._whole.get(name)
        if not isinstance(objects, list):
            objects = self._whole[name] = []
        if not objects or field in objects[-1]:
            objects.append({})
        objects[-1] = {**objects[-1], field: value}


def _from_stdin(operation: Operation, stdin: Mapping[str, Any]) -> dict[str, Any]:
    known = _known(operation)
    values: dict[str, Any] = {}
    extra: dict[str, Any] = {}
    for key, value in stdin.items():
        parameter = known.get(key)
        where = f"standard input, {key}"
        if parameter is not None:
            values[key] = read_value(parameter, value, where)
        elif operation.open_body:
            from llamacloud_cli.inputs.files import expand_all

            extra[key] = expand_all(value, where=where)
        else:
            raise _unknown_key(operation, key, known)
    values[_EXTRA] = extra
    return values


def _known(operation: Operation) -> dict[str, Parameter]:
    """Gives the fields that standard input may have."""
    return {
        parameter.name: parameter
        for parameter in operation.parameters
        if parameter.inner is None and parameter.place is not Place.LOCAL
    }


def _misspelt(keys: Iterable[str], known: Iterable[str]) -> dict[str, str]:
    """Gives the keys that are spelt much like a known field, with that field; dashes and capitals say nothing."""
    by_letters = {name.replace("_", ""): name for name in known}
    found: dict[str, str] = {}
    for key in keys:
        near = nearest(key.replace("_", "").replace("-", ""), by_letters, alike=_ALIKE)
        if near:
            found[key] = by_letters[near[0]]
    return found


def _unknown_key(operation: Operation, key: str, known: Iterable[str]) -> UsageError:
    return UsageError(
        f"standard input: `{operation.command}` has no field {key!r}{did_you_mean(nearest(key, known))}",
        hint="it takes " + ", ".join(known),
    )


def _check_required(operation: Operation, values: Mapping[str, Any], misspelt: Mapping[str, str]) -> None:
    missing = [
        parameter.name.upper() if parameter.positional else parameter.flag_name
        for parameter in operation.parameters
        if parameter.required and parameter.inner is None and parameter.name not in values
    ]
    if missing:
        example = " ".join(operation.examples[0].command.replace("\\\n", " ").split())
        meant = [f"{key!r} on standard input may mean {near}" for key, near in misspelt.items() if near not in values]
        hint = "; ".join([*meant, f"for example: {example}"])
        raise UsageError(f"missing {' and '.join(missing)}", hint=hint)


def _request(operation: Operation, values: dict[str, Any], extra: dict[str, Any]) -> Request:
    segments = {name: _segment(name, value) for name, value in _of(operation, Place.PATH, values).items()}
    query = tuple(
        (name, str(item))
        for name, value in _of(operation, Place.QUERY, values).items()
        for item in (value if isinstance(value, list) else [value])
    )
    body = {**_of(operation, Place.BODY, values), **extra}
    return Request(operation.method, operation.path.format(**segments), query, body or None)


def _of(operation: Operation, place: Place, values: Mapping[str, Any]) -> dict[str, Any]:
    names = dict.fromkeys(parameter.name for parameter in operation.parameters if parameter.place is place)
    return {name: values[name] for name in names if name in values}


def _segment(name: str, value: str) -> str:
    """Gives an id as one segment of a path; it can neither climb nor open a query."""
    problem = problem_of_id(value)
    if problem:
        raise UsageError(f"{name}: {value!r} is no id: it {problem}")
    return quote(value, safe="")
