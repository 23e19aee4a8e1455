"""Do tests that reach calls unreached notice anything of a series?

A verdict rests on it: such a test does not run on the patched side. Here all tests of the suite run on both
sides of each series, and those that were called unreached must end alike and write the same bytes.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from harness.builders.choose import BuildFailure, BuildSetup, Chooser, DisposableOverlay, Pair
from harness.check.base_runs import BaseRuns
from harness.check.changed import ChangeFinder
from harness.check.evidence import describe_difference
from harness.check.job import Job, find_release
from harness.check.lines import LineFinder
from harness.check.prepare import Prepared, explain, prepare_or_fail
from harness.check.reach import ReachFinder
from harness.check.reached import FindReach
from harness.check.release_maps import ReleaseMaps
from harness.check.select import PlannedRuns
from harness.check.sides import Sides, make_sides
from harness.errors import NO_FAILURE, Failure, exit_code_of
from harness.faults import explain_fault
from harness.llvm import Toolchain
from harness.model import Run, Series, TestResult
from harness.progress import Progress
from harness.runner import runs, selection
from harness.runner.pool import Pool
from harness.runner.runs import Suite
from harness.runner.selection import Portion
from harness.selftest.job import Deviation, deviations
from harness.selftest.watched import hide_places
from harness.store import Store

Runner = Callable[[Sequence[tuple[Toolchain, Suite]]], list[Run]]


@dataclass(frozen=True, slots=True)
class UnreachedTests:
    """What the unreached tests of one series did. `tests` ran on both sides, `unreached` many were called so.

    `differing` is how many others did another thing with the series: if none ever does, nothing was seen to
    be compared. `differences` break the rule; `unsteady` differed once and not when run again, or differ from
    run to run on base. `unknown` says why no test is unreached, if it is not known which are. `failure` is
    why there is nothing of all that.
    """

    series: str
    tests: int = 0
    unreached: int = 0
    differing: int = 0
    differences: tuple[Deviation, ...] = ()
    unsteady: tuple[str, ...] = ()
    unknown: str = ""
    failure: Failure | None = None
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        """Whether it was built, and no unreached test notices it."""
        return self.failure is None and not self.differences


@dataclass(frozen=True, slots=True)
class RuleReport:
    """What the self-test found, series by series."""

    series: tuple[UnreachedTests, ...]
    seconds: float

    @property
    def ok(self) -> bool:
        """Whether the rule holds: unreached tests were compared and none differs, though others do."""
        compared = any(one.unreached for one in self.series) and any(one.differing for one in self.series)
        return compared and all(one.ok for one in self.series)

    @property
    def exit_code(self) -> int:
        """What a command ends with for it."""
        return exit_code_of((one.failure or NO_FAILURE for one in self.series), ok=self.ok)


def check_rule(job: Job, progress: Progress) -> Iterator[UnreachedTests]:
    """Compare the unreached tests of each series of a job; each as soon as it is known.

    All series share one base. What a test did on the tools of a side is kept: a self-test that was stopped
    goes on. The tools with a series are dropped after it. Raises what finding the release raises.
    """
    release = find_release(job, progress)
    toolchain, source = job.provider.toolchain(), release.source
    with Pool(job.options.jobs) as pool:
        pool.start()
        selected = selection.select(job.suite_options, toolchain, source.root, source.identity, pool)
        applied = [prepare_or_fail(job.store, source, series, progress) for series in job.series]
        options = replace(job.options, tools=job.options.tools | selected.tools, link_maps=True)
        setup = BuildSetup(job.store, release, options, "overlay")
        prepared = [one for one in applied if isinstance(one, Prepared)]
        chooser = Chooser(setup, prepared, progress, disposable=True)

        def run_all(tasks: Sequence[tuple[Toolchain, Suite]]) -> list[Run]:
            return runs.run_all(tasks, progress, pool)

        # As a check divides them: by the map of the suite if there is a current one, and by lines.
        changes, maps = ChangeFinder(release.prebuilt), ReleaseMaps(job.store, release, toolchain, pool)
        lines = LineFinder(job.store, job.provider.coverage_tools, chooser, run_all, progress, changes)
        finder = ReachFinder(job.store, release, run_all, progress, changes, maps, lines=lines)
        comparing = Comparing(job.store, selected.suites, finder, run_all, progress)
        for series, one in zip(job.series, applied, strict=True):
            start = time.monotonic()
            found = _check(series, one, chooser, comparing, toolchain)
            yield replace(found, seconds=time.monotonic() - start)


def _check(
    series: Series, one: Prepared | Failure, chooser: Chooser, comparing: Comparing, release: Toolchain
) -> UnreachedTests:
    if isinstance(one, Failure):
        return UnreachedTests(series.name, failure=one)
    comparing.progress.step(f"building {series.name}")
    store = chooser.setup.store
    try:
        built = chooser.both(one)
        if isinstance(built, BuildFailure):
            return UnreachedTests(series.name, failure=Failure.of(explain(built.error, one)))
        with store.lock("trial", built.patched.identity):
            sides = make_sides(one, built, chooser.setup.base, release)
            found = comparing.compare(one, built, sides)
            store.drop(DisposableOverlay.kind, built.patched.identity)
    except Exception as error:  # the other series are compared all the same
        return UnreachedTests(series.name, failure=Failure.of(explain_fault(error)))
    return found


class Comparing:
    """Compares the unreached tests of series on one base. `finder` says which they are."""

    def __init__(
        self, store: Store, suites: Sequence[Suite], finder: FindReach, runner: Runner, progress: Progress
    ) -> None:
        self.progress = progress
        self._suites = tuple(suites)
        self._finder = finder
        self._runner = runner
        self._known = BaseRuns(store)

    def compare(self, one: Prepared, built: Pair, sides: Sides) -> UnreachedTests:
        """What the tests that are called unreached do on both sides."""
        parts = PlannedRuns(tuple(Portion(suite, suite) for suite in self._suites))
        found = self._finder(one, built, sides.base, parts, None)
        unreached = frozenset(result.name for result in found.unreached)
        self.progress.step(f"running all tests on both sides of {one.side.name}")
        both = tuple(self._results(toolchain) for toolchain in (sides.base, sides.patched))
        differing = frozenset(deviation.name for deviation in compare_runs(*both))
        again = self._again(differing & unreached, sides)
        differences = frozenset(deviation.name for deviation in again)
        return UnreachedTests(
            series=one.series.name,
            tests=len(both[0].results),
            unreached=len(unreached),
            differing=len(differing - unreached),
            differences=again,
            unsteady=tuple(sorted(differing & unreached - differences)),
            unknown=found.note.why if found.note is not None else "",
        )

    def _results(self, toolchain: Toolchain) -> Run:
        """Every test on a toolchain; what is sure of an earlier run is not run again."""

        def run(missing: Sequence[Suite]) -> list[Run]:
            return self._runner([(toolchain, suite) for suite in missing])

        found = self._known.complete(toolchain, [Portion(suite, suite) for suite in self._suites], run)
        return Run(toolchain.name, tuple(result for one in found for result in one.results), 0.0)

    def _again(self, names: Collection[str], sides: Sides) -> tuple[Deviation, ...]:
        """The differences of these tests that are there again, where two runs of base agree."""
        if not names:
            return ()
        self.progress.step(f"running {len(names)} tests that differ again")
        tasks = [
            (toolchain, replace(suite, names=mine, jobs=1))
            for toolchain in (sides.base, sides.base, sides.patched)
            for suite in self._suites
            if (mine := tuple(name for name in sorted(names) if suite.holds(name)))
        ]
        each = len(tasks) // 3
        found = self._runner(tasks)
        base, repeated, patched = (_join(found[at * each : (at + 1) * each]) for at in range(3))
        unsteady = {deviation.name for deviation in compare_runs(base, repeated)}
        return tuple(one for one in compare_runs(base, patched) if one.name not in unsteady)


def _join(parts: Sequence[Run]) -> Run:
    return Run(parts[0].toolchain, tuple(result for part in parts for result in part.results), 0.0)


def compare_runs(base: Run, patched: Run) -> tuple[Deviation, ...]:
    """The tests that end in another way, or whose tools or FileChecks see another byte."""
    return deviations(base, patched, _same)


# What an assertion says of its place: a series that moves lines changes no more of it.
_LINE = re.compile(r"(?<=\.cpp:|..\.h:)[0-9]+(?=: )")


def _same(one: TestResult, other: TestResult) -> bool:
    # A test may check a stack trace or an assertion: there are addresses in one, and a line in the other.
    texts = [
        [_LINE.sub("", hide_places(capture.text)) for capture in result.captures] for result in (one, other)
    ]
    ends = [(result.outcome, result.signature, result.wrote) for result in (one, other)]
    return texts[0] == texts[1] and ends[0] == ends[1]


def choose_evenly(series: Sequence[Series], count: int) -> tuple[Series, ...]:
    """So many of the series that have patches, evenly from all; the same ones each time."""
    some = [one for one in series if one.patches]
    if count >= len(some):
        return tuple(some)
    return tuple(some[at * len(some) // count] for at in range(count))


def describe_series(one: UnreachedTests) -> Iterator[str]:
    """What was found of one series, in a line and one for each difference."""
    if one.failure is not None:
        yield f"{one.series}: NOT compared"
        yield from (f"  {line}" for line in one.failure.splitlines())
        return
    said = f"{one.unreached} of {one.tests} tests unreached and compared"
    if one.unknown:
        said = f"all {one.tests} tests count as reached: {one.unknown}"
    yield f"{one.series}: {said}; {one.differing} others differ ({one.seconds:.0f} s)"
    if one.unsteady:
        yield f"  differ from run to run: {', '.join(one.unsteady)}"
    for found in one.differences:
        yield f"  UNREACHED, AND DIFFERS: {found.name}: {_ends(found)}"
        yield from (f"    {line}" for line in describe_difference(found.release, found.overlay).splitlines())


def _ends(found: Deviation) -> str:
    base, patched = found.release.ending, found.overlay.ending
    if base == patched:
        return f"{base} on both sides, but the tools write something else"
    return f"{base} on base, {patched} with the series"


def summarize(report: RuleReport) -> str:
    """The report in a line."""
    compared = sum(one.unreached for one in report.series)
    differing = sum(len(one.differences) for one in report.series)
    lost = [one.series for one in report.series if one.failure is not None]
    parts = [f"{len(report.series)} series: {differing} of {compared} unreached tests differ"]
    if lost:
        parts.append(f"not compared: {', '.join(lost)}")
    word = "ok" if report.ok else "the rule is NOT shown to hold"
    return f"{'; '.join(parts)}; {word} ({report.seconds:.0f} s)"
