"""Evaluations that need others, run without nested calls: no document and no path is too deep.

An evaluation is a generator. It yields a text and a path when it needs the value that the path leads
to in the text, and is sent that value; it returns the value it was started for.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TypeVar, cast

_Outcome = TypeVar("_Outcome")

Asking = Generator[tuple[str, str], str, _Outcome]
"""A part of an evaluation, and what it comes to."""

Evaluation = Asking[str]


def run(evaluate: Callable[[str, str], Evaluation], text: str, path: str) -> str:
    """Gives what `evaluate(text, path)` comes to; evaluates all that it asks for on the way."""
    waiting = [evaluate(text, path)]  # each for the one behind it
    answer: str | None = None
    while True:
        try:
            question = next(waiting[-1]) if answer is None else waiting[-1].send(answer)
        except StopIteration as end:
            waiting.pop()
            answer = result = cast("str", end.value)
            if not waiting:
                return result
        else:
            waiting.append(evaluate(*question))
            answer = None
