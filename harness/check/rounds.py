"""The runs that a verdict rests on: all tests on both sides, and again what changed.

A test is `fixed`, `regressed` or `fails-differently` only if it ended so three times. So a test that fails at
random, one time in ten say, rarely looks as if the patch fixed it; docs/verdicts.md has the rest of the odds.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from harness.check import base_runs
from harness.check.select import PlannedRuns
from harness.check.silent import Again
from harness.llvm import Toolchain
from harness.model import Run, TestResult
from harness.progress import Progress
from harness.runner.runs import Suite
from harness.runner.selection import Portion

# Runs suites on toolchains, as `lit_runner.run_all` does: one run for each pair.
Runner = Callable[[Sequence[tuple[Toolchain, Suite]]], list[Run]]
_Pairs = dict[str, tuple[list[TestResult], list[TestResult]]]


@dataclass(slots=True)
class Rounds:
    """Runs of one series' tests. `bases` are the base's of this call and earlier ones.

    `symlinked` and `before` are further runs on both sides: of tests as the series leaves them, where it
    changes their text or their folder; and of those in base's tree, old texts and tests that have one text.
    """

    base: Toolchain
    patched: Toolchain
    parts: PlannedRuns
    bases: base_runs.BaseRuns
    runner: Runner
    progress: Progress
    symlinked: _Pairs = field(default_factory=dict)
    before: _Pairs = field(default_factory=dict)

    @property
    def now(self) -> Mapping[str, tuple[list[TestResult], list[TestResult]]]:
        """Further runs of each test as the series leaves it, of those touched in the symlink tree."""
        plain = {name: pair for name, pair in self.before.items() if name not in self.parts.touched}
        return plain | self.symlinked

    def run_first(self, *, apart: bool) -> tuple[list[Run], list[Run]]:
        """The tests on both sides; the base's from an earlier run, as far as that is sure.

        `apart`: the base's are minutes of work, and kept before the other side's begin.
        """
        on_patched = [(self.patched, portion.suite) for portion in self.parts.all]
        with_patch: list[Run] = []

        def run(missing: Sequence[Suite]) -> list[Run]:
            alone = apart and bool(missing)
            self.progress.step(f"running the suite on base{'' if alone else f' and {self.patched.name}'}")
            on_base = [(self.base, suite) for suite in missing]
            done = self.runner([*on_base, *([] if alone else on_patched)])
            with_patch.extend(done[len(on_base) :])
            return done[: len(on_base)]

        without = self.bases.complete(self.base, self.parts.all, run)
        if on_patched and not with_patch:
            self.progress.step(f"running the suite on {self.patched.name}")
            with_patch.extend(self.runner(on_patched))
        return without, with_patch

    def run_again(self, now: Collection[str], before: Collection[str]) -> None:
        """Tests on both sides once more, with their new or only text, and with their old one.

        Where PyPI's FileCheck checks, LLVM's reads the same texts too: that they disagree is never the tool's
        doing.
        """
        if not (now or before):
            return
        self.progress.step(f"running what changed again on both sides ({len({*now, *before})})")
        tasks: list[tuple[Toolchain, Suite]] = []
        places: list[tuple[_Pairs, int]] = []
        for portion, mine in self._holding(now, before):
            for side, toolchain in enumerate((self.base, self.patched)):
                both = portion.whole.filecheck == "pypi" and "FileCheck" in toolchain.tools
                which = "both" if both else portion.whole.filecheck
                tasks.append((toolchain, replace(portion.whole, captures=True, names=mine, filecheck=which)))
                places.append((self.symlinked if portion is self.parts.symlinked else self.before, side))
        for (place, side), run in zip(places, self.runner(tasks), strict=True):
            for result in run.results:
                place.setdefault(result.name, ([], []))[side].append(result)

    def run_silent(self, names: Collection[str]) -> dict[str, Again]:
        """Tests with what their tools write: on base, there again, and on the patched side."""
        if not names:
            return {}
        self.progress.step(f"running what passes with another output again ({len(names)})")
        found: dict[str, list[TestResult]] = {}
        tasks = [
            (toolchain, replace(portion.whole, outputs=True, names=mine))
            for toolchain in (self.base, self.base, self.patched)
            for portion, mine in self._holding(names, ())
        ]
        for run in self.runner(tasks):
            for result in run.results:
                found.setdefault(result.name, []).append(result)
        return {name: (one, two, three) for name, (one, two, three) in found.items()}

    def _holding(
        self, now: Collection[str], before: Collection[str]
    ) -> Iterator[tuple[Portion, tuple[str, ...]]]:
        """The portions that have any of the tests, and which: with their new or only text, their old one."""
        plain = sorted({*now}.difference(self.parts.touched).union(before))
        for portion in self.parts.all:
            names = sorted(now) if portion is self.parts.symlinked else plain
            if mine := tuple(name for name in names if portion.holds(name)):
                yield portion, mine
