"""Which tests can notice a series, as a value: those that enter, on base, a function that it changes. Pure.

A test that enters none does the same on the patched side. So it runs on base alone and is called
`unreached`, which says nothing for the patch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from harness.builders.choose import Pair
from harness.check.prepare import Prepared
from harness.check.select import PlannedRuns
from harness.llvm import Toolchain
from harness.model import Run, TestResult
from harness.report.record import Reach


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

    def narrow(self, parts: PlannedRuns) -> PlannedRuns:
        """The runs without the unreached tests."""
        return parts if self.keep is None else parts.keep(self.keep)

    def add_unreached(self, base: Run) -> Run:
        """Base's run with the unreached tests in it."""
        if not self.unreached:
            return base
        return replace(base, results=tuple(sorted((*base.results, *self.unreached), key=lambda r: r.name)))


NO_REACH = TestsReached()
FindReach = Callable[[Prepared, Pair, Toolchain, PlannedRuns], TestsReached]
"""Divides the tests of a series that is built, by its pair of builds, base's tools and the planned runs."""
