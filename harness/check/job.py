"""The main job: a patch goes in, a verdict comes out.

    series -> choose tests -> prepare -> build both -> run both -> again what changed -> compare -> report

With `reach`, only tests that can notice a series run on both sides (reach.py).

Each step takes values and returns values, and none calls back into an earlier one. A series that does not
apply or does not build ends with its failure in the report; the others go on.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from harness import __version__
from harness.builders.choose import BuildFailure, BuildSetup, Chooser, Pair
from harness.builders.request import Options
from harness.check.changed import ChangeFinder
from harness.check.changed_lines import find_changed_lines
from harness.check.coverage import Measurer
from harness.check.evidence import explain_failures
from harness.check.judge import Judge, report_failure, report_untested
from harness.check.lines import LineFinder
from harness.check.prepare import Prepared, explain, prepare, prepare_or_fail
from harness.check.reach import ReachFinder
from harness.check.release_maps import ReleaseMaps
from harness.check.sample import Sampler
from harness.check.sides import Same, find_same, make_sides
from harness.check.unshown import UnshownFinder
from harness.check.upstream import UpstreamChoice, UpstreamChooser
from harness.errors import Failure
from harness.faults import explain_fault
from harness.llvm import CoverageTools, Release, SourceTree, Toolchain
from harness.model import Run, Series, SeriesKind
from harness.process import sandbox
from harness.progress import Progress
from harness.reach.map.store import MappedRelease
from harness.report.reach import UpstreamReach
from harness.report.record import CheckReport, SeriesReport
from harness.runner import runs, selection
from harness.runner.pool import Pool
from harness.runner.runs import Suite
from harness.runner.selection import Selection, SuiteOptions
from harness.runner.sources import SourceChangedError, SourceWatch, drop_if_changed
from harness.store import Store
from harness.toolchain import release as releases
from harness.toolchain.provider import Provider


@dataclass(frozen=True, slots=True)
class Job:
    """What `harness check` was asked: where LLVM comes from, what to build it with, which tests.

    `source` is a checkout or tarball, or None for what belongs to the provider; `revision` is the commit of
    a checkout that the series start from, `remarks` what to say of the input as a whole. `reach`: run on both
    sides only tests that can notice a series; `allow_unreached`: it may be OK even if none can. `coverage`:
    measure what the tests execute of each series.
    """

    store: Store
    provider: Provider
    series: tuple[Series, ...]
    suite_options: SuiteOptions
    options: Options
    builder: str = "auto"
    source: Path | None = None
    revision: str = "HEAD"
    remarks: tuple[str, ...] = ()
    reach: bool = False
    allow_unreached: bool = False
    coverage: bool = False


def check_suite(job: Job, progress: Progress) -> CheckReport:
    """Run the job's one suite on its toolchain, expectations applied: green if nothing is red."""
    start = time.monotonic()
    with job.provider.session() as toolchain:
        suite, provenance = _suite_alone(job, toolchain, progress)
        progress.step(f"running the suite on {toolchain.name}")
        with drop_if_changed(job.store, suite.tree):
            run = runs.run(toolchain, replace(suite, expectations=True), progress)
    return CheckReport(
        tool_version=__version__,
        llvm_version=toolchain.version,
        toolchain=toolchain.name,
        provenance=provenance,
        builder="none",
        assertions="asserts" in runs.toolchain_features(toolchain),
        suite=run,
        seconds=time.monotonic() - start,
        failures=explain_failures(run, f"LLVM {toolchain.version}"),
        enclosure=sandbox.current().summary,
    )


def _suite_alone(job: Job, toolchain: Toolchain, progress: Progress) -> tuple[Suite, str]:
    """The job's one suite, and where what is run comes from."""
    suite_options = job.suite_options
    if suite_options.suites:
        return replace(suite_options.suites[0], pattern=suite_options.pattern), toolchain.provenance
    source = find_source(job, toolchain.version, progress)
    suite = selection.suite_without_patch(suite_options, toolchain, source.root)
    return suite, f"{toolchain.provenance}; {source.provenance}"


def check(job: Job, progress: Progress) -> CheckReport:
    """The verdict on every series of the job."""
    start = time.monotonic()
    release = find_release(job, progress)
    toolchain, source = job.provider.toolchain(), release.source
    with Pool(job.suite_options.jobs) as pool:
        # The workers get ready while patches are applied and built.
        pool.start()
        maps = ReleaseMaps(job.store, release, toolchain, pool) if job.reach else None
        gaps = maps.describe_gaps() if maps is not None and job.suite_options.reached else ()
        later = maps.upstream_names() if maps is not None and job.suite_options.reached else ()
        selected = selection.select(job.suite_options, toolchain, source.root, source.identity, pool, later)
        applied = [prepare_or_fail(job.store, source, series, progress) for series in job.series]
        changes = ChangeFinder(release.prebuilt)

        def choose(chooser: Chooser) -> UpstreamChooser:
            assert maps is not None
            return UpstreamChooser(chooser.objects, changes, maps, job.suite_options, selected, progress)

        setup = build_setup(job, release, selected)
        mine = [one for one in applied if isinstance(one, Prepared)]
        planned = plan_builds(setup, mine, choose if later else None, progress)
        ran = _Runs(pool, progress, SourceWatch(source.root), start)
        which = job.store, release, ran.run_surely, progress, changes, maps, job.allow_unreached
        finder = ReachFinder(*which) if job.reach else None
        judge = _make_judge(job, setup, selected, planned.chooser, ran, finder)
        found = [
            with_lines(series, one, judge_series(series, one, planned, judge))
            for series, one in zip(job.series, applied, strict=True)
        ]
    return CheckReport(
        tool_version=__version__,
        llvm_version=source.version,
        toolchain=toolchain.name,
        provenance=release.provenance,
        builder="+".join(sorted({builder for _, builder in found} - {"none"})) or "none",
        assertions=job.options.assertions,
        series=tuple(report for report, _ in found),
        seconds=time.monotonic() - start,
        # Of a folder whose unreached tests did not run on the patched side, something was left out.
        whole=() if job.reach else job.suite_options.whole,
        remarks=(*job.remarks, *gaps),
        enclosure=sandbox.current().summary,
    )


@dataclass(frozen=True, slots=True)
class _Runs:
    """Runs of tests in source trees that are watched, of a call that began at `begun`."""

    pool: Pool
    progress: Progress
    watch: SourceWatch
    begun: float

    def run_all(self, tasks: Sequence[tuple[Toolchain, Suite]]) -> list[Run]:
        """Whoever lets anything rest on them asks the watch before."""
        return runs.run_all(tasks, self.progress, self.pool, self.watch)

    def run_surely(self, tasks: Sequence[tuple[Toolchain, Suite]]) -> list[Run]:
        """No test of these, or before them, changed a source: they can be kept."""
        found = self.run_all(tasks)
        self.watch.require_unchanged()
        return found


def _make_judge(
    job: Job,
    setup: BuildSetup,
    selected: Selection,
    chooser: Chooser,
    ran: _Runs,
    finder: ReachFinder | None,
) -> Judge:
    """The judge of all series, and what it asks."""
    progress, sampler = ran.progress, None

    def coverage_tools() -> CoverageTools:
        # What is compiled with them is kept as compiled of this source.
        ran.watch.require_unchanged()
        return job.provider.coverage_tools()

    if finder is not None:
        which = job.store, coverage_tools, chooser, ran.run_surely, progress, finder.find_change
        finder.lines = LineFinder(*which)
        sampled, number = MappedRelease.of(setup.release).identity, max(len(job.series), 1)
        sampler = Sampler(job.store, sampled, ran.run_all, progress, number, ran.begun)
    measurer = Measurer(coverage_tools, chooser, ran.run_surely, progress) if job.coverage else None
    first = job.store, job.provider.toolchain(), setup.base, selected, progress, ran.run_all
    judge = Judge(*first, finder, measurer, sampler, ran.watch)
    if finder is not None and finder.lines is not None and finder.maps is not None:
        judge.unshown = UnshownFinder(finder.lines, finder.find_change, finder.maps)
    return judge


@dataclass(frozen=True, slots=True)
class PlannedBuilds:
    """Who builds the series; and what is known of them before, by the identity of their side.

    `choices` are LLVM's own tests chosen for them, `same` says of those looked at whether both sides are the
    same code.
    """

    chooser: Chooser
    choices: dict[str, UpstreamChoice] = field(default_factory=dict)
    same: dict[str, Same | None] = field(default_factory=dict)


def plan_builds(
    setup: BuildSetup,
    series: Sequence[Prepared],
    upstream: Callable[[Chooser], UpstreamChooser] | None,
    progress: Progress,
) -> PlannedBuilds:
    """With `upstream`, LLVM's own tests are chosen for each series, and what they run is linked with it, too.

    For that, the series are compiled. Mutants are about our suite.
    """
    planned = PlannedBuilds(Chooser(setup, series, progress))
    if upstream is None:
        return planned
    choosing = upstream(planned.chooser)
    compiled = []
    for one in series:
        if one.series.kind is SeriesKind.MUTANT:
            continue
        with _explained(planned, one):
            if (same := find_same(one, planned.chooser)) is None:
                compiled.append(one)
            planned.same[one.side.identity] = same
    planned.chooser.compile_together(compiled)
    for one in compiled:
        with _explained(planned, one):
            planned.choices[one.side.identity] = choosing.choose(one)
    tools = frozenset[str]().union(*(choice.tools for choice in planned.choices.values()))
    if tools <= setup.options.tools:
        return planned
    options = replace(setup.options, tools=setup.options.tools | tools)
    return replace(planned, chooser=Chooser(replace(setup, options=options), series, progress))


@contextlib.contextmanager
def _explained(planned: PlannedBuilds, one: Prepared) -> Iterator[None]:
    """Whatever goes wrong in the block: the series is judged by its other tests."""
    try:
        yield
    except Exception as error:
        why = explain_fault(error).what
        planned.choices[one.side.identity] = UpstreamChoice(UpstreamReach(why=why))


def with_lines(
    series: Series, one: Prepared | Failure, judged: tuple[SeriesReport, str]
) -> tuple[SeriesReport, str]:
    """What `judge_series` found, with the lines that the series changes."""
    report, builder = judged
    written = one.written if isinstance(one, Prepared) else {}
    return replace(report, changed_lines=find_changed_lines(series, written)), builder


def judge_series(
    series: Series, one: Prepared | Failure, planned: PlannedBuilds, judge: Judge
) -> tuple[SeriesReport, str]:
    """The verdict on one series, and the builder: none if the series changes nothing that is compiled."""
    if isinstance(one, Failure):
        return report_failure(series, one), "none"
    try:
        if judge.spoiled is not None:
            raise judge.spoiled
        which, chooser = one.side.identity, planned.chooser
        same = planned.same[which] if which in planned.same else find_same(one, chooser)
        if same is not None and not one.effect.tests:
            return report_untested(one, same), "none"
        choice = planned.choices.get(which)
        if choice is not None and choice.failure is not None:
            built: Pair | BuildFailure = BuildFailure(choice.failure, "overlay")
        else:
            built = chooser.both(one) if same is None else chooser.base_alone()
        with drop_if_changed(judge.store, judge.base.root, one.side.root):
            report = _report(judge, one, built, same, choice)
    except Exception as error:
        if isinstance(error, SourceChangedError):
            judge.spoiled = error
        # Whatever goes wrong: the other series get a verdict, and this one a report.
        return report_failure(series, Failure.of(explain_fault(error)), one.remarks), "none"
    why = (built.why,) if built.why else ()
    return replace(report, remarks=(*report.remarks, *why)), built.builder


def _report(
    judge: Judge, one: Prepared, built: Pair | BuildFailure, same: Same | None, choice: UpstreamChoice | None
) -> SeriesReport:
    """The report, which rests on sources that no test changed; nor does what is built next."""
    judge.watch.leave()
    try:
        report = judge.report(one, built, same, choice)
    except Exception:
        judge.watch.require_unchanged()
        raise
    judge.watch.require_unchanged()
    return report


def build_setup(job: Job, release: Release, selected: Selection) -> BuildSetup:
    """What the job builds with: its options, and the tools that the selected tests name."""
    options = replace(job.options, tools=job.options.tools | selected.tools, link_maps=job.reach)
    return BuildSetup(job.store, release, options, job.builder)


def both_sides(job: Job, progress: Progress) -> tuple[Toolchain, Toolchain]:
    """The tools without and with the job's one series. Raises what keeps either from being built."""
    (series,) = job.series
    release = find_release(job, progress)
    one = prepare(job.store, release.source, series, progress)
    setup = build_setup(job, release, Selection(()))
    built = Chooser(setup, [one], progress).both(one)
    if isinstance(built, BuildFailure):
        raise explain(built.error, one)
    sides = make_sides(one, built, setup.base, job.provider.toolchain())
    return sides.base, sides.patched


def find_release(job: Job, progress: Progress) -> Release:
    """What the job builds over. Raises if the source is another version than the archives."""
    return releases.find_release(job.store, job.provider, job.source, job.revision, progress.step)


def find_source(job: Job, version: str, progress: Progress) -> SourceTree:
    """LLVM's source of a version for the job."""
    return releases.find_source(job.store, job.provider, version, job.source, job.revision, progress.step)
