"""The verdict on one series whose sides are built: select tests, run both, again what changed, compare."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase

from harness.builders.choose import BuildFailure, Pair
from harness.builders.request import Side
from harness.check import base_runs
from harness.check.compare import Before, Repeats, compare, find_changed
from harness.check.coverage import Measurer
from harness.check.evidence import describe_unseen, describe_untold, find_differences
from harness.check.lines import EnteringTests
from harness.check.prepare import Prepared, explain
from harness.check.reached import NO_REACH, FindReach, TestsReached
from harness.check.rounds import Rounds, Runner
from harness.check.sample import Sampler
from harness.check.select import PlannedRuns, add_unit_tests, select
from harness.check.sides import Same, Sides, make_note, make_sides
from harness.check.silent import AGAIN, describe_silent, find_silent
from harness.check.unshown import UnshownFinder, is_unshown, list_ran
from harness.check.upstream import UpstreamChoice
from harness.check.versions import describe_features
from harness.crash.signature import signature
from harness.errors import Failure, PatchError
from harness.llvm import Toolchain
from harness.model import Comparison, Outcome, Run, Series, SeriesKind, TestResult
from harness.patch import Change
from harness.printable import tail
from harness.progress import Progress
from harness.report.changes import SilentChanges
from harness.report.reach import ReachSample
from harness.report.record import BuildNote, NoEffect, SeriesReport
from harness.runner import llvm_tests, selection
from harness.runner.runs import DoesNotStartError, toolchain_features
from harness.runner.selection import Selection
from harness.runner.sources import SourceChangedError, SourceWatch
from harness.runner.touch import Touch
from harness.store import Store

# How much of what a tool says at its end an error quotes: bytes of it, lines, and of each line.
_SAID, _LINES, _LINE = 1 << 16, 20, 200


@dataclass(slots=True)
class Judge:
    """Judges series whose sides are built, on one base.

    `release` are the tools that are not built (FileCheck and the like), `base` is the side without a patch.
    `reach`, if it is asked for, finds the tests that can notice a series; without it all run on both sides.
    `spoiled`, if a test wrote to its source: nothing can rest on what is built from it now. `measurer`
    measures patch coverage after each verdict, `sampler` runs a few of the tests that were left out,
    `unshown` looks closer where no test shows the series. `features` are lit's of a side.
    """

    store: Store
    release: Toolchain
    base: Side
    selected: Selection
    progress: Progress
    runner: Runner
    reach: FindReach | None = None
    measurer: Measurer | None = None
    sampler: Sampler | None = None
    watch: SourceWatch = field(default_factory=SourceWatch)
    unshown: UnshownFinder | None = None
    spoiled: SourceChangedError | None = None
    features: Callable[[Toolchain], frozenset[str]] = toolchain_features
    bases: base_runs.BaseRuns = field(init=False)

    def __post_init__(self) -> None:
        """What the base did is known to all series of a call."""
        self.bases = base_runs.BaseRuns(self.store, self.watch)

    def report(
        self,
        one: Prepared,
        built: Pair | BuildFailure,
        same: Same | None = None,
        choice: UpstreamChoice | None = None,
    ) -> SeriesReport:
        """The verdict on one series. What is wrong with the series is in the report.

        `same`, if base and patched are known to be the same code: of tests those alone run that the series
        changes or reaches. `choice` are LLVM's own tests that run for this series alone.
        """
        if isinstance(built, BuildFailure):
            notes = () if built.base is None else (make_note(self.base, built.base),)
            return report_failure(one.series, Failure.of(explain(built.error, one)), one.remarks, notes)
        sides = make_sides(one, built, self.base, self.release)
        if not one.must_show:
            same = same or sides.same
        selected = self._select(one, sides, same, choice)
        if not (selected.all or selected.lost):
            if same is not None:
                return report_untested(one, same, sides.notes)
            if one.effect.unit_tests and sides.unjudged:
                return replace(report_untested(one, None, sides.notes), unjudged=sides.unjudged)
        try:
            found = NO_REACH if self.reach is None else self.reach(one, built, sides.base, selected, choice)
            report, ran = self._compare(one, sides, selected, found)
            told = self._describe_versions(sides) if same is None else ()
            if self.sampler is not None and same is None:
                left = [*found.left_out(selected), *([choice.left] if choice and choice.left else [])]
                report = add_sample(report, self.sampler.sample(sides.base, sides.patched, left))
        except DoesNotStartError as error:
            if error.identity != sides.patched.identity or error.identity == sides.base.identity:
                raise
            return report_failure(one.series, Failure.of(_dead_at_start(error)), one.remarks, sides.notes)
        coverage = None
        if self.measurer is not None and same is None:
            coverage = self.measurer.measure(one, sides.patched, selected)
        unjudged = (*told, *(sides.unjudged if same is None else same.unjudged))
        report = replace(report, unjudged=unjudged, no_effect=find_no_effect(one, same), coverage=coverage)
        if self.unshown is not None and report.reach is not None and is_unshown(report):
            reach = self.unshown.find(one, built, sides.base, ran, report.reach)
            report = replace(report, reach=reach)
        return report

    def _describe_versions(self, sides: Sides) -> tuple[str, ...]:
        """What the patched side says of itself that base does not."""
        return describe_features(self.features(sides.base), self.features(sides.patched))

    def _select(
        self, one: Prepared, sides: Sides, same: Same | None, choice: UpstreamChoice | None
    ) -> PlannedRuns:
        """The tests to run. LLVM's tools are the same on both sides if it changes unit tests alone."""
        selected = self.selected if choice is None else choice.add_to(self.selected)
        if same is not None or (one.effect.unit_tests and not one.must_show):
            selected = selection.keep_reached(selected, self.base.root, one.content)
        found = select(self.store, selected, one.changes, self.base, one.side, sides.patched)
        return found if same else add_unit_tests(found, self.store, sides.unit_tests, selected.jobs)

    def _compare(
        self, one: Prepared, sides: Sides, parts: PlannedRuns, found: TestsReached
    ) -> tuple[SeriesReport, list[EnteringTests]]:
        """Run the tests on both sides, again what changed, and compare; and which tests ran."""
        series = one.series
        parts = found.narrow(parts)
        rounds = Rounds(sides.base, sides.patched, parts, self.bases, self.runner, self.progress)
        runs = rounds.run_first(apart=bool(self.selected.llvm_tests))
        gone = parts.gone(runs[1])
        without, with_patch = (parts.now(of_side, gone) for of_side in runs)
        old_without, old_with = (parts.before(of_side) for of_side in runs)
        own = frozenset(change.path for change in one.changes if is_upstream_test(change))
        again = {*find_changed(without, with_patch), *_proofs(series, without), *_red(own, with_patch)}
        again |= _lost_passes(old_without, with_patch)
        rounds.run_again(again, find_changed(old_without, old_with))
        # What is still changed runs a third time: a test that fails at random often ends alike twice.
        rounds.run_again(
            find_changed(without, with_patch, rounds.now), find_changed(old_without, old_with, rounds.before)
        )
        without, with_patch = _shown(without, rounds.now, 0), _shown(with_patch, rounds.now, 1)
        old_without, old_with = (
            _shown(run, rounds.before, side) for side, run in enumerate((old_without, old_with))
        )
        added = frozenset(c.path for c in one.changes if c.kind == "added" and is_upstream_test(c))
        ran = {result.name for result in without.results}
        comparison = compare(
            found.add_unreached(without),
            with_patch,
            series.claims,
            kind=series.kind,
            own=own,
            added=added,
            repeats=rounds.now,
            before=Before(old_without, old_with, _of_base(parts.touched, old_without), rounds.before),
            left_out={name: why for name, why in self.selected.left_out.items() if name not in ran},
            equivalent=bool(series.equivalent),
            unreached=frozenset(result.name for result in found.unreached),
        )
        silent = _find_silent(rounds, comparison, series)
        unseen = series.kind is not SeriesKind.MUTANT and not (silent and silent.tests)
        shown = describe_unseen(comparison) if unseen else ()
        report = SeriesReport(
            name=series.name,
            title=series.title,
            kind=series.kind,
            comparison=comparison,
            builds=sides.notes,
            base_seconds=without.elapsed,
            patched_seconds=with_patch.elapsed,
            differences=find_differences(comparison),
            remarks=(
                *one.remarks,
                *_no_tests(gone - parts.touched.keys()),
                *shown,
                *describe_untold(comparison),
            ),
            reach=found.note,
            silent=silent,
        )
        return report, list_ran(parts.all, runs[0])


def add_sample(report: SeriesReport, sample: ReachSample | None) -> SeriesReport:
    """The report with what a sample of the tests did that cannot notice the series."""
    if report.reach is None or sample is None:
        return report
    return replace(report, reach=replace(report.reach, sample=sample))


def report_failure(
    series: Series,
    failure: Failure,
    remarks: Sequence[str] | None = None,
    notes: Sequence[BuildNote] = (),
) -> SeriesReport:
    """The report on a series that came to nothing. `remarks` are its own unless there are more."""
    said = series.remarks if remarks is None else tuple(remarks)
    return SeriesReport(
        *(series.name, series.title, series.kind), error=failure, builds=tuple(notes), remarks=said
    )


def report_untested(one: Prepared, same: Same | None, notes: Sequence[BuildNote] = ()) -> SeriesReport:
    """The report on a series that no test is about: its code is base's, or is compiled alone."""
    series = one.series
    return SeriesReport(
        *(series.name, series.title, series.kind),
        builds=tuple(notes),
        remarks=one.remarks,
        no_effect=find_no_effect(one, same),
        unjudged=same.unjudged if same is not None else (),
    )


def find_no_effect(one: Prepared, same: Same | None) -> NoEffect | None:
    """That there is none, if all that the series changes was looked at."""
    if same is None or not same.whole:
        return None
    return NoEffect(same.why, one.effect.meant)


def _dead_at_start(error: DoesNotStartError) -> PatchError:
    """The error that a tool built with the patch cannot even say its version: nothing can be run."""
    text, code, limit = (error.end.text, error.end.returncode, error.end.limit) if error.end else ("", 0, "")
    found = signature(text, code, limit)
    how = f"{found.kind.value}: {found.message}" if found else f"it names no version (exit code {code})"
    place = f" ({found.location})" if found and found.location else ""
    said = [line[:_LINE] for line in tail(text[-_SAID:], _LINES).split("\n")]
    return PatchError(
        f"{error.tool} does not start with the patch: {how}{place}",
        f"mend the patch: `{error.tool} --version` fails with it already",
        "\n".join([*(found.frames if found else ()), f"{error.tool} --version says:", *said]),
    )


def _find_silent(rounds: Rounds, comparison: Comparison, series: Series) -> SilentChanges | None:
    """What no test notices. Of a mutant only if none notices it: then it says where a check is missing."""
    if series.kind is SeriesKind.MUTANT and any(v.is_broken for v in comparison.verdicts):
        return None
    found = find_silent(comparison)
    return describe_silent(found, rounds.run_silent(found[:AGAIN]))


def _proofs(series: Series, run: Run) -> set[str]:
    """The tests a claim of the series rests on."""
    return {
        result.name
        for result in run.results
        if result.outcome.ran and any(fnmatchcase(result.name, claim.test) for claim in series.claims)
    }


def _red(own: frozenset[str], run: Run) -> set[str]:
    """The tests that the series brings and that ran and fail with it: once is not enough to say so."""
    return {result.name for result in run.results if result.name in own and result.outcome.failed}


def _lost_passes(old: Run, now: Run) -> set[str]:
    """The tests that passed on base, with their old text, and fail as the series leaves them."""
    passed = {result.name for result in old.results if result.outcome is Outcome.PASS}
    return {result.name for result in now.results if result.name in passed and result.outcome.failed}


def _of_base(touched: Mapping[str, Touch], old: Run) -> dict[str, Touch]:
    """Those of the touched that are tests without the series."""
    return {result.name: touched[result.name] for result in old.results}


def _no_tests(names: Collection[str]) -> list[str]:
    return [f"{name}: lit does not take it for a test" for name in sorted(names)]


def _shown(run: Run, repeats: Repeats, side: int) -> Run:
    """The run, with what the tools of a second run wrote where the first kept nothing of it."""

    def shown(result: TestResult) -> TestResult:
        for again in repeats.get(result.name, ((), ()))[side]:
            if not result.captures and again.outcome is result.outcome:
                return replace(result, captures=again.captures)
        return result

    return replace(run, results=tuple(map(shown, run.results)))


def is_upstream_test(change: Change) -> bool:
    """Whether a change adds or changes a test of LLVM's own suite."""
    return change.kind != "deleted" and llvm_tests.is_test(change.path)
