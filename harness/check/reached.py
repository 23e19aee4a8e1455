"""Which tests can notice a series, as a value: those that enter, on base, a function that it changes. Pure.

A test that enters none does the same on the patched side. So it does not run there, and is called
`unreached`, which says nothing for the patch.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from harness.builders.choose import Pair
from harness.check.prepare import Prepared
from harness.check.sample import LeftOutTests
from harness.check.select import PlannedRuns
from harness.check.upstream import UpstreamChoice
from harness.llvm import Toolchain
from harness.model import Outcome, Run, TestResult
from harness.reach.map.folder import FolderMap
from harness.report.reach import Reach
from harness.runner.runs import Suite
from harness.runner.selection import Portion


@dataclass(frozen=True, slots=True)
class Division:
    """A portion's tests: those that enter a changed function, that may, that did not run, and the rest.

    `unreached` is what the rest did on base, `outcomes` what each of all did.
    """

    portion: Portion
    reached: frozenset[str] = frozenset()
    unknown: frozenset[str] = frozenset()
    unsupported: frozenset[str] = frozenset()
    unreached: tuple[TestResult, ...] = ()
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)

    @property
    def kept(self) -> frozenset[str]:
        """The tests to run on both sides."""
        return self.reached | self.unknown | self.unsupported

    def keep(self, names: frozenset[str]) -> Division:
        """The same with only these of the reached tests; the others are unreached, too."""
        others = (TestResult(name, self.outcomes[name], 0.0) for name in sorted(self.reached - names))
        return replace(self, reached=self.reached & names, unreached=(*self.unreached, *others))


def divide(portion: Portion, folders: Iterable[FolderMap], functions: Collection[int]) -> Division:
    """A portion's tests by whether they enter one of the functions; `folders` are the maps of all of them."""
    sets: dict[str, set[str]] = {"reached": set(), "unknown": set(), "unsupported": set()}
    unreached = []
    outcomes: dict[str, Outcome] = {}
    for one in folders:
        entering = one.entering(functions)
        for at, (name, outcome) in enumerate(zip(one.tests, one.outcomes, strict=True)):
            if at in one.gone or not (portion.counts(name) and _runs(portion.whole, name)):
                continue
            outcomes[name] = outcome
            if at in entering:
                sets["reached"].add(name)
            elif outcome is Outcome.UNSUPPORTED:
                sets["unsupported"].add(name)
            elif at in one.unknown:
                sets["unknown"].add(name)
            else:
                unreached.append(TestResult(name, outcome, 0.0))
    found = {name: frozenset(some) for name, some in sets.items()}
    return Division(portion, **found, unreached=tuple(unreached), outcomes=outcomes)


def _runs(suite: Suite, name: str) -> bool:
    """Whether a suite as it is asked for runs a test that it has."""
    return name in suite.names if suite.names else bool(re.search(suite.pattern, name))


@dataclass(frozen=True, slots=True)
class TestsReached:
    """The tests of a series' planned runs, divided. `note` is for the report, None if nobody asked.

    `keep` are the tests to run on both sides, for each of `PlannedRuns.plain`, or None for all of them.
    `unreached` is what the others did on base.
    """

    __test__ = False  # not a pytest class

    note: Reach | None = None
    keep: tuple[frozenset[str], ...] | None = None
    unreached: tuple[TestResult, ...] = ()

    @classmethod
    def of(
        cls, parts: PlannedRuns, divisions: Sequence[Division], note: Reach, chosen: Collection[str] = ()
    ) -> TestsReached:
        """The divisions of `parts.plain`, in that order, as one; `note` gets their numbers.

        A further one is of tests as the series leaves them: these always run, and so do their old texts.
        `note` tells apart of tests `chosen` for the series.
        """
        plain = divisions[: len(parts.plain)]
        touched = parts.touched.keys()
        unreached = tuple(one for each in plain for one in each.unreached if one.name not in touched)
        unknown = sum(len(one.unknown) for one in divisions)
        reached = unknown + sum(len(one.reached.difference(chosen)) for one in divisions)
        number = sum(one.name not in chosen for one in unreached)
        note = replace(note, reached=reached, unreached=number, unknown=unknown)
        keep = (each.kept | (touched & {one.name for one in each.unreached}) for each in plain)
        return cls(note, tuple(keep), unreached)

    def narrow(self, parts: PlannedRuns) -> PlannedRuns:
        """The runs without the unreached tests."""
        return parts if self.keep is None else parts.keep(self.keep)

    def left_out(self, parts: PlannedRuns) -> list[LeftOutTests]:
        """The unreached tests, by the suite that has them, without those whose text the series changes."""
        names = [result.name for result in self.unreached if result.name not in parts.touched]
        found = []
        for portion in parts.plain:
            if mine := tuple(name for name in names if portion.holds(name)):
                found.append(LeftOutTests(portion.whole, mine))
        return found

    def add_unreached(self, base: Run) -> Run:
        """Base's run with the unreached tests in it."""
        if not self.unreached:
            return base
        return replace(base, results=tuple(sorted((*base.results, *self.unreached), key=lambda r: r.name)))


NO_REACH = TestsReached()
FindReach = Callable[[Prepared, Pair, Toolchain, PlannedRuns, UpstreamChoice | None], TestsReached]
"""Divides the tests of a built series: its builds, base's tools, its runs, LLVM's tests chosen for it."""
