"""What a check would do, without doing it: what applies, what is compiled and linked, which tests run."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import replace

from harness import __version__
from harness.builders.choose import BuildSetup, describe_full_build
from harness.builders.overlay import Overlay
from harness.builders.pace import Pace, estimate, pace
from harness.builders.parts import list_names
from harness.builders.plan import classify, find_included_names
from harness.builders.planner import NOT_HERE, Outlook, Plan
from harness.builders.request import NeedsFullBuildError
from harness.check.job import Job, build_setup, find_release
from harness.check.prepare import Prepared, prepare_or_fail
from harness.errors import NO_FAILURE, Failure
from harness.model import Series
from harness.preflight.record import PlannedUnit, PlanReport, SeriesPlan
from harness.progress import Progress
from harness.runner import llvm_tests, runs, selection
from harness.runner.pool import Pool

# What llc and lli for one target take (docs/overlay.md).
_STEPS = 1500
_CHOSEN_LATER = (
    "which of LLVM's own tests reach a series is known when it is compiled; what they run is linked too"
)


def plan(job: Job, progress: Progress) -> PlanReport:
    """What `check` would do for the job."""
    release, toolchain = find_release(job, progress), job.provider.toolchain()
    source = release.source
    with Pool(job.suite_options.jobs) as pool:
        selected = selection.select(job.suite_options, toolchain, source.root, source.identity, pool)
        counts = {
            suite.root.name: sum(suite.holds(name) for name in runs.names(toolchain, suite, pool))
            for suite in selected.suites
        }
    counts |= {portion.whole.inputs[0]: len(portion.names) for portion in selected.llvm_tests}
    planning = Planning(build_setup(job, release, selected), pace(job.store), progress)
    applied = [prepare_or_fail(job.store, source, series, progress) for series in job.series]
    return PlanReport(
        tool_version=__version__,
        llvm_version=source.version,
        toolchain=toolchain.name,
        provenance=release.provenance,
        suites=counts,
        series=tuple(
            _start(series, error=one) if isinstance(one, Failure) else planning.series(one)
            for series, one in zip(job.series, applied, strict=True)
        ),
        remarks=(*job.remarks, *([_CHOSEN_LATER] if job.suite_options.reached else [])),
    )


class Planning:
    """Plans each series by itself, as if it were the only one of a call."""

    def __init__(self, setup: BuildSetup, measured: Pace | None, progress: Progress) -> None:
        self.setup = setup
        self.measured = measured
        self.progress = progress

    def series(self, one: Prepared) -> SeriesPlan:
        """What would be done for a series."""
        if one.effect.inert and not one.must_show:
            return replace(_start_of(one), why=one.effect.why, suites=False)
        options = self.setup.options_for([one])
        if self.setup.builder == "full":
            return self._full(one, "asked for")
        if touched := classify(one.changes).full:
            what = f"{one.series.name}: an overlay cannot be exact for it"
            return self._refused(one, NeedsFullBuildError(what, "use --builder full", "\n".join(touched)))
        overlay = Overlay(self.setup.store, self.setup.release, one.changes, options, self.progress)
        try:
            return self._overlay(one, overlay.outlook(one.content))
        except NeedsFullBuildError as error:
            return self._refused(one, error)

    def _overlay(self, one: Prepared, found: Outlook) -> SeriesPlan:
        plan, start = found.plan, _start_of(one)
        units = tuple(
            PlannedUnit(
                unit, "changed" if unit in one.content else f"reads {list_names(plan.why.get(unit, ()))}"
            )
            for unit in plan.units
        )
        return replace(
            start,
            builder="overlay",
            units=units,
            tools=plan.tools,
            unit_tests=tuple(plan.tests),
            stale=plan.stale,
            unjudged=(*one.unjudged_besides(plan.units), *self._unjudged(one, plan)),
            suites=one.must_show or not one.effect.unit_tests,
            estimate=self._estimate(found),
        )

    def _unjudged(self, one: Prepared, plan: Plan) -> Iterator[str]:
        """What nothing here compiles; not a header that the series adds, and includes in what is compiled."""
        names = {
            posixpath.basename(name)
            for path in plan.units
            if (text := one.side.root / path).is_file()
            for name in find_included_names(text.read_bytes())
        }
        added = {change.path for change in one.changes if change.kind == "added"}
        for line in one.lines_about((*plan.unjudged, *plan.hidden)):
            path = line.partition(": ")[0]
            if not (path in added and line.endswith(NOT_HERE) and posixpath.basename(path) in names):
                yield line

    def _estimate(self, found: Outlook) -> str:
        if not found.base + found.patched:
            return "both sides are in the store"
        takes = estimate(found.base + found.patched, self.measured, self.setup.options.jobs)
        return f"{found.base} units of base, at most {found.patched} with the patch, and linking; {takes}"

    def _refused(self, one: Prepared, reason: NeedsFullBuildError) -> SeriesPlan:
        if self.setup.builder == "overlay":
            return replace(_start_of(one), error=Failure.of(reason))
        return self._full(one, describe_full_build(reason).removeprefix("needs a full build: "))

    def _full(self, one: Prepared, why: str) -> SeriesPlan:
        takes = estimate(2 * _STEPS, self.measured, self.setup.options.jobs)
        text = f"all of LLVM twice, some {_STEPS:,} steps each; {takes}"
        return replace(_start_of(one), builder="full", why=why, estimate=text)


def _start(series: Series, error: Failure = NO_FAILURE) -> SeriesPlan:
    return SeriesPlan(series.name, series.title, series.kind.value, error=error, remarks=series.remarks)


def _start_of(one: Prepared) -> SeriesPlan:
    """What is to be said of a series whoever builds it."""
    return replace(
        _start(one.series), unjudged=one.effect.unjudged, own_tests=own_tests(one), remarks=one.remarks
    )


def own_tests(one: Prepared) -> tuple[str, ...]:
    """The tests of LLVM's own that a series adds, changes or deletes, each with how."""
    changes = sorted((c.path, c.kind) for c in one.changes if llvm_tests.is_test(c.path))
    return tuple(f"{path}: {kind}" for path, kind in changes)
