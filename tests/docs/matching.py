"""Whether a terminal shows what a page says, apart from what no two runs have in common.

NAMES are ids and the like: made anew by each run, but the same all over one page. A page shows one; the first time that
it does, it is bound to the one that the terminal shows in its place. From then on it stands for that one, in the output
and in the commands of the page. NOISE differs from run to run and means nothing.
"""

from __future__ import annotations

import re

NAMES = {
    "uuid": r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "port": r"(?<=127\.0\.0\.1:)\d{4,5}",
    "sandbox key": r"llx-sandbox-[0-9a-f]+",
}
NOISE = {
    "moment": r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d:\d\d(?:\.\d+)?Z?)?",
    "age": r"\(\d+[smh] (?:ago|ahead)\) *|\b\d+[smh] (?:ago|ahead)",
    "length of time": r"(?<=, )\d+s(?m:$)",
    "signature": r"(?<=sha256=)[0-9a-f]{64}",
}
_SPECIAL = re.compile("|".join(f"({pattern})" for pattern in (*NAMES.values(), *NOISE.values())), re.MULTILINE)
_PATTERNS = (*NAMES.values(), *NOISE.values())


class Binding:
    """What the names of one page stand for in this run."""

    def __init__(self) -> None:
        self._actual: dict[str, str] = {}

    def translate(self, command: str) -> str:
        """Gives a command of the page with this run's names."""
        names = re.compile("|".join(map(re.escape, self._actual)) or r"(?!)")
        return names.sub(lambda name: self._actual[name[0]], command)

    def matches(self, shown: str, actual: str) -> bool:
        """Whether output is as the page shows it; binds the names that it meets first."""
        pattern, names = self._pattern(shown)
        found = re.fullmatch(pattern, actual + "\n")
        if found is None:
            return False
        self._actual.update({name: found[group] for group, name in names.items()})
        return True

    def _pattern(self, shown: str) -> tuple[str, dict[str, str]]:
        """Gives the regular expression that a text of the page stands for, and which group is which new name."""
        names: dict[str, str] = {}
        parts = []
        for line in shown.split("\n") if shown else []:
            if line == "…":
                parts.append(r"(?:.*\n)*?")
                continue
            parts.append(self._line(line, names) + r"\n")
        return "".join(parts) if parts else r"\n?", names

    def _line(self, line: str, names: dict[str, str]) -> str:
        pattern, position = "", 0
        for special in _SPECIAL.finditer(line):
            pattern += _literal(line[position : special.start()])
            position = special.end()
            kind = next(number for number, text in enumerate(special.groups()) if text is not None)
            if kind >= len(NAMES):
                pattern += f"(?:{_PATTERNS[kind]})"
            else:
                pattern += self._name(special[0], _PATTERNS[kind], names)
        return pattern + _literal(line[position:])

    def _name(self, shown: str, form: str, names: dict[str, str]) -> str:
        if shown in self._actual:
            return re.escape(self._actual[shown])
        group = next((group for group, name in names.items() if name == shown), None)
        if group is not None:
            return f"(?P={group})"
        group = f"name{len(names)}"
        names[group] = shown
        return f"(?P<{group}>{form})"


def _literal(text: str) -> str:
    return "[^\n]*?".join(re.escape(piece) for piece in text.split("…"))
