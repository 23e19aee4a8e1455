"""Pure: bisection where an answer may be missing, as of a version that cannot read the input."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable
from dataclasses import dataclass


class Answer(enum.Enum):
    """Whether a step shows the failure that is looked for."""

    WITHOUT = "without the failure"
    WITH = "with the failure"
    UNKNOWN = "cannot say"


@dataclass(frozen=True, slots=True)
class Span:
    """Where the answer changes: steps `before` and `after` differ, and nothing is known of those between."""

    before: int
    after: int
    unknown: tuple[int, ...] = ()


def search(count: int, ask: Callable[[int], Answer]) -> Span | None:
    """Where the answer changes among steps 0 to `count` - 1; None if the known ends agree, or are one.

    Asks the last and the first step, then the one nearest to the middle that is not known to be UNKNOWN. If
    the answer changes several times, one of the changes is found. No step is asked twice.
    """
    answers: dict[int, Answer] = {}

    def known(steps: Iterable[int]) -> int | None:
        for step in steps:
            answers[step] = answers.get(step) or ask(step)
            if answers[step] is not Answer.UNKNOWN:
                return step
        return None

    last = known(reversed(range(count)))
    first = known(range(count)) if last is not None else None
    if first is None or last is None or answers[first] is answers[last]:
        return None
    before, after = first, last
    while True:
        left = [step for step in range(before + 1, after) if step not in answers]
        if not left:
            return Span(before, after, tuple(range(before + 1, after)))
        middle = min(left, key=lambda step: abs(2 * step - before - after))
        answers[middle] = ask(middle)
        if answers[middle] is answers[first]:
            before = middle
        elif answers[middle] is not Answer.UNKNOWN:
            after = middle
