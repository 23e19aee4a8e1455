"""What a check would do, without doing it: what applies, what is compiled and linked, which tests run."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import replace

from harness import __version__
from harness.builders.overlay import Outlook, Overlay
from harness.builders.pace import Pace, estimate, pace
from harness.builders.parts import listed
from harness.builders.plan import classify, included_names
from harness.builders.planner import NOT_HERE, Plan
from harness.builders.request import NeedsFullBuildError, Side
from harness.check.builders import Given, needs_full, options_for
from harness.check.job import Job, find_release, naming, patched_copy
from harness.check.prepare import Patched
from harness.errors import HarnessError
from harness.preflight.record import PlannedUnit, PlanReport, SeriesPlan
from harness.progress import Progress
from harness.report.record import SeriesReport
from harness.runner import choice, llvm_tests, runs
from harness.runner.pool import Pool

# What llc and lli for one target take (docs/overlay.md).
_STEPS = 1500


def plan(job: Job, progress: Progress) -> tuple[PlanReport, tuple[HarnessError, ...]]:
    """What `pipeline.check` would do for the job, and the errors of series that do not apply."""
    release, toolchain = find_release(job, progress), job.provider.toolchain()
    source = release.source
    errors: list[HarnessError] = []
    with Pool(job.asked.jobs) as pool:
        chosen = choice.choose(job.asked, toolchain, source.root, source.identity, pool)
        counts = {
            suite.root.name: sum(suite.holds(name) for name in runs.names(toolchain, suite, pool))
            for suite in chosen.suites
        }
    counts |= {portion.whole.inputs[0]: len(portion.names) for portion in chosen.upstream}
    job = naming(job, chosen)
    given = Given(job.store, release, job.options, job.builder)
    planning = Planning(given, pace(job.store), progress, errors)
    applied = [patched_copy(job.store, source, series, progress, errors) for series in job.series]
    report = PlanReport(
        tool_version=__version__,
        llvm_version=source.version,
        toolchain=toolchain.name,
        provenance=release.provenance,
        suites=counts,
        series=tuple(planning.series(one) for one in applied),
        remarks=job.remarks,
    )
    return report, tuple(errors)


class Planning:
    """Plans each series by itself, as if it were the only one of a call."""

    def __init__(
        self, given: Given, measured: Pace | None, progress: Progress, errors: list[HarnessError]
    ) -> None:
        self.given = given
        self.errors = errors
        self.measured = measured
        self.progress = progress
        self.base = Side.base(given.release.source)

    def series(self, one: Patched | SeriesReport) -> SeriesPlan:
        """What would be done for a series."""
        if isinstance(one, SeriesReport):
            return SeriesPlan(one.name, one.title, one.kind.value, error=one.error, remarks=one.remarks)
        if one.effect.inert and not one.must_show:
            return replace(_start(one), why=one.effect.why, suites=False)
        options = options_for(self.given.options, [one])
        if self.given.builder == "full":
            return self._full(one, "asked for")
        if touched := classify(one.changes).full:
            what = f"{one.series.name}: an overlay cannot be exact for it"
            return self._refused(one, NeedsFullBuildError(what, "use --builder full", "\n".join(touched)))
        overlay = Overlay(self.given.store, self.given.release, one.changes, options, self.progress)
        try:
            return self._overlay(one, overlay.outlook(one.content))
        except NeedsFullBuildError as error:
            return self._refused(one, error)

    def _overlay(self, one: Patched, found: Outlook) -> SeriesPlan:
        plan, start = found.plan, _start(one)
        units = tuple(
            PlannedUnit(unit, "changed" if unit in one.content else f"reads {listed(plan.why.get(unit, ()))}")
            for unit in plan.units
        )
        return replace(
            start,
            builder="overlay",
            units=units,
            tools=plan.tools,
            unit_tests=tuple(plan.tests),
            stale=plan.stale,
            unjudged=(*one.seeming(plan.units), *self._unjudged(one, plan)),
            suites=one.must_show or not one.effect.unit_tests,
            estimate=self._estimate(found),
        )

    def _unjudged(self, one: Patched, plan: Plan) -> Iterator[str]:
        """What nothing here compiles; not a header that the series adds, and includes in what is compiled."""
        names = {
            posixpath.basename(name)
            for path in plan.units
            if (text := one.side.root / path).is_file()
            for name in included_names(text.read_bytes())
        }
        added = {change.path for change in one.changes if change.kind == "added"}
        for line in one.told((*plan.unjudged, *plan.hidden)):
            path = line.partition(": ")[0]
            if not (path in added and line.endswith(NOT_HERE) and posixpath.basename(path) in names):
                yield line

    def _estimate(self, found: Outlook) -> str:
        if not found.base + found.patched:
            return "both sides are in the store"
        takes = estimate(found.base + found.patched, self.measured, self.given.options.jobs)
        return f"{found.base} units of base, at most {found.patched} with the patch, and linking; {takes}"

    def _refused(self, one: Patched, reason: NeedsFullBuildError) -> SeriesPlan:
        if self.given.builder == "overlay":
            self.errors.append(reason)
            return replace(_start(one), error=str(reason))
        return self._full(one, needs_full(reason).removeprefix("needs a full build: "))

    def _full(self, one: Patched, why: str) -> SeriesPlan:
        takes = estimate(2 * _STEPS, self.measured, self.given.options.jobs)
        told = f"all of LLVM twice, some {_STEPS:,} steps each; {takes}"
        return replace(_start(one), builder="full", why=why, estimate=told)


def _start(one: Patched) -> SeriesPlan:
    """What is to be said of a series whoever builds it."""
    series = one.series
    return SeriesPlan(
        *(series.name, series.title, series.kind.value),
        unjudged=one.effect.unjudged,
        own_tests=own_tests(one),
        remarks=one.remarks,
    )


def own_tests(one: Patched) -> tuple[str, ...]:
    """The tests of LLVM's own that a series adds, changes or deletes, each with how."""
    changes = sorted((c.path, c.kind) for c in one.changes if llvm_tests.is_test(c.path))
    return tuple(f"{path}: {kind}" for path, kind in changes)
