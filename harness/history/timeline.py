"""Pure: what a row of runs says: since when something is bad, how often it varies, how long it takes."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harness.model import Outcome

_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Sighting:
    """What a run saw of a cell or test. `is_good` is None if that says nothing; `begun` is the run's."""

    run: int
    begun: float
    said: str
    is_good: bool | None
    identities: dict[str, str]


@dataclass(frozen=True, slots=True)
class FirstBad:
    """Since when a cell, or a `test` in it, is bad: since run `bad`, and it was good in run `good` before.

    `good` is None if no run saw it good. `last` is the newest run that says anything of it. `changed` says
    which identities are others in `bad` than in `good`: `toolchain: 1f… -> 7a…`.
    """

    cell: str
    test: str
    good: Sighting | None
    bad: Sighting
    last: Sighting
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FlakyTest:
    """A test that did one thing and another with the same identities, in these cells.

    `runs` is how often it was run with them, `failed` how often it failed. One that a run itself repeated,
    with another outcome, counts as failed.
    """

    test: str
    cells: tuple[str, ...]
    runs: int
    failed: int

    @property
    def rate(self) -> float:
        """How often it fails."""
        return self.failed / self.runs


@dataclass(frozen=True, slots=True)
class Durations:
    """How long something took in each run that evaluated it, in seconds: (run, seconds), the oldest first."""

    name: str
    points: tuple[tuple[int, float], ...]

    @property
    def median(self) -> float:
        """The middle one."""
        return statistics.median(seconds for _run, seconds in self.points)

    @property
    def last(self) -> float:
        """The newest."""
        return self.points[-1][1]

    @property
    def growth(self) -> float | None:
        """The newest by the median of those before; None if there is none, or it took no time."""
        before = [seconds for _run, seconds in self.points[:-1]]
        middle = statistics.median(before) if before else 0.0
        return self.last / middle if middle else None


def is_good_outcome(outcome: Outcome) -> bool | None:
    """Whether a test did what it says; None without an answer."""
    return not outcome.is_red if outcome.ran else None


def find_first_bad(cell: str, test: str, sightings: Iterable[Sighting]) -> FirstBad | None:
    """Since when it is bad, from the oldest run to the newest; None if the newest that tells is good."""
    telling = [one for one in sightings if one.is_good is not None]
    if not telling or telling[-1].is_good:
        return None
    good = max((n for n, one in enumerate(telling) if one.is_good), default=-1)
    before, bad = telling[good] if good >= 0 else None, telling[good + 1]
    changed = tuple(describe_changes(before.identities, bad.identities)) if before is not None else ()
    return FirstBad(cell, test, before, bad, telling[-1], changed)


def describe_changes(before: dict[str, str], after: dict[str, str]) -> Iterable[str]:
    """One line for each identity that is another. Of one that either side lacks, nothing is known."""
    for name in sorted(before.keys() & after.keys()):
        old, new = before[name], after[name]
        if old != new:
            yield f"{name}: {old[:_SHOWN]} -> {new[:_SHOWN]}"


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How a test of a cell ended once, under a key. `varies`: the run itself repeated it, and it did."""

    key: str
    cell: str
    test: str
    is_good: bool | None
    varies: bool


def find_flaky_tests(evaluations: Iterable[Evaluation]) -> tuple[FlakyTest, ...]:
    """The tests that varied, the most often failing first. Keys with which one never varied do not count."""
    ends: dict[tuple[str, str], list[Evaluation]] = {}
    for one in evaluations:
        if one.is_good is not None or one.varies:
            ends.setdefault((one.test, one.key), []).append(one)
    varied: dict[str, list[Evaluation]] = {}
    for (test, _key), same in ends.items():
        if any(one.varies for one in same) or len({one.is_good for one in same}) > 1:
            varied.setdefault(test, []).extend(same)
    found = [
        FlakyTest(
            test,
            tuple(sorted({one.cell for one in all_of})),
            len(all_of),
            sum(one.varies or not one.is_good for one in all_of),
        )
        for test, all_of in varied.items()
    ]
    return tuple(sorted(found, key=lambda one: (-one.rate, one.test)))


def sort_slowest(found: Iterable[Durations]) -> Sequence[Durations]:
    """The slowest first."""
    return sorted(found, key=lambda one: (-one.last, one.name))
