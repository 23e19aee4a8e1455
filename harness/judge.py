"""The verdict on one series: build both sides, run the suite on both, again what changed, compare."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path

from harness import outcomes
from harness.build.request import Built, Change, CompileError, NeedsFullBuildError, Side
from harness.compare import changed, compare, differences
from harness.errors import HarnessError
from harness.model import Outcome, Run, Series, TestResult, Toolchain
from harness.progress import Progress
from harness.report.record import BuildNote, SeriesReport
from harness.series.blame import blame
from harness.store import Store, digest
from harness.suite import upstream
from harness.suite.choice import Chosen, Portion
from harness.suite.lit_runner import Suite

Build = Callable[[Side, Mapping[str, str]], Built]
# Runs suites on toolchains, as `lit_runner.run_all` does: one run for each pair.
Runner = Callable[[Sequence[tuple[Toolchain, Suite]]], list[Run]]
_Results = dict[str, TestResult]


@dataclass(frozen=True, slots=True)
class Patched:
    """One series applied to a copy of the source: what it changes, with digests of the new content.

    `notes` are remarks of applying it, `tools` those to be built besides llc and lli, for its own tests.
    """

    series: Series
    side: Side
    changes: tuple[Change, ...]
    content: dict[str, str]
    notes: tuple[str, ...] = ()
    tools: frozenset[str] = frozenset()


@dataclass(slots=True)
class Judge:
    """Judges series on one base. `release` are the tools that are not built (FileCheck and the like)."""

    store: Store
    release: Toolchain
    chosen: Chosen
    progress: Progress
    runner: Runner
    errors: list[HarnessError] = field(default_factory=list)

    def report(self, patched: Patched, base: Side, build: Build) -> SeriesReport:
        """The verdict on one series. What is wrong with the series is in the report and in `errors`."""
        series = patched.series
        notes: list[BuildNote] = []
        try:
            base_tools, patched_tools = self.tools(patched, base, build, notes)
        except NeedsFullBuildError:
            raise
        except HarnessError as error:
            self.errors.append(error)
            return failed(series, error, notes, patched.notes)
        portions, lost = self._portions(patched, base, patched_tools)
        return self._compare(patched, base_tools, patched_tools, portions, lost, notes)

    def tools(
        self, patched: Patched, base: Side, build: Build, notes: list[BuildNote]
    ) -> tuple[Toolchain, Toolchain]:
        """Both sides, built. Raises what keeps either from it, with the patch's lines it is about."""
        try:
            base_tools = self._tools(base, build(base, {}), notes)
            mine = build(patched.side, patched.content)
        except HarnessError as error:
            raise explained(error, patched.series) from None
        return base_tools, self._tools(patched.side, mine, notes)

    def _portions(
        self, patched: Patched, base: Side, tools: Toolchain
    ) -> tuple[list[Portion], tuple[TestResult, ...]]:
        """The job's suites and, as one more, those of LLVM's own tests that the series adds or reaches.

        Each test is in one of them. If LLVM's tests cannot be run here, each of the last is an UNRESOLVED
        result that says why.
        """
        portions = [Portion(suite, suite) for suite in self.chosen.suites]
        kinds = {change.path: change.kind for change in patched.changes}
        known = [name for portion in self.chosen.upstream for name in portion.names]
        reached = upstream.reached(base.root, known, [p for p in kinds if p.startswith(f"{upstream.TESTS}/")])
        left = (portion.without(reached) for portion in self.chosen.upstream)
        portions += [portion for portion in left if portion is not None]
        own = {change.path for change in patched.changes if is_upstream_test(change)}
        names = sorted(own | {name for name in reached if kinds.get(name) != "deleted"})
        if not names:
            return portions, ()
        try:
            tree = self._woven(patched, base)
            # What LLVM's bots would say of a test that the series brings: XFAIL counts.
            suite = upstream.suite(
                tools, tree, names, jobs=self.chosen.jobs, expectations=True, identity=tree.name
            )
        except HarnessError as error:
            lost = (TestResult(name, Outcome.UNRESOLVED, 0.0, output=str(error)) for name in names)
            return portions, tuple(lost)
        return [*portions, Portion(suite, suite, frozenset(names))], ()

    def _woven(self, patched: Patched, base: Side) -> Path:
        """A tree with LLVM's tests as the series leaves them; its name changes with what is in it."""
        touched = [change.path for change in patched.changes]
        key = digest("1", base.identity, patched.side.identity, str(base.root), str(patched.side.root))

        def build(aside: Path) -> None:
            upstream.weave(base.root, patched.side.root, touched, aside)

        return self.store.make("woven", key, build)

    def _compare(
        self,
        one: Patched,
        base: Toolchain,
        patched: Toolchain,
        portions: Sequence[Portion],
        lost: tuple[TestResult, ...],
        notes: Sequence[BuildNote],
    ) -> SeriesReport:
        series = one.series
        runs = self._first_runs(portions, base, patched)
        without, with_patch = (_merged(portions, of_side, lost) for of_side in runs)
        repeats = {}
        own = frozenset(change.path for change in one.changes if is_upstream_test(change))
        again = sorted({*changed(without, with_patch), *_proofs(series, without), *_red(own, with_patch)})
        if again:
            self.progress.step(f"running what changed again on both sides ({len(again)})")
            same, other = self._second_runs(portions, again, base, patched)
            repeats = {name: (_only(same[0], name), _only(same[1], name)) for name in again}
            without = _confirmed(without, other[0])
            with_patch = _confirmed(with_patch, other[1])
        added = frozenset(c.path for c in one.changes if c.kind == "added" and is_upstream_test(c))
        ran = {result.name for result in without.results}
        comparison = compare(
            without,
            with_patch,
            series.claims,
            kind=series.kind,
            own=own,
            added=added,
            repeats=repeats,
            left_out={name: why for name, why in self.chosen.left_out.items() if name not in ran},
            equivalent=bool(series.equivalent),
        )
        return SeriesReport(
            name=series.name,
            title=series.title,
            kind=series.kind,
            comparison=comparison,
            builds=tuple(notes),
            base_seconds=without.elapsed,
            patched_seconds=with_patch.elapsed,
            differences=differences(comparison),
            remarks=(*series.remarks, *one.notes),
        )

    # -- runs

    def _first_runs(
        self, portions: Sequence[Portion], base: Toolchain, patched: Toolchain
    ) -> tuple[list[Run], list[Run]]:
        """The tests on both sides; the base's from the store where the same tools ran the same before."""
        known = [outcomes.kept(self.store, base, portion.whole) for portion in portions]
        missing = [_missing(*pair) for pair in zip(portions, known, strict=True)]
        on_base = [(base, suite) for suite in missing if suite is not None]
        on_patched = [(patched, portion.suite) for portion in portions]
        # Of LLVM's folders the base is minutes of work and of use to others: it is kept before all else.
        apart = bool(self.chosen.upstream and on_base)
        self.progress.step(f"running the suite on base{'' if apart else f' and {patched.name}'}")
        done = self.runner(on_base if apart else [*on_base, *on_patched])
        rest = iter(done[: len(on_base)])
        fresh = [None if suite is None else next(rest) for suite in missing]
        for portion, one, run in zip(portions, known, fresh, strict=True):
            if one is None and run is not None:
                outcomes.keep(self.store, base, portion.whole, run)
        without = [_joined(*pair) for pair in zip(known, fresh, strict=True)]
        if not apart:
            return without, done[len(on_base) :]
        self.progress.step(f"running the suite on {patched.name}")
        return without, self.runner(on_patched)

    def _second_runs(
        self, portions: Sequence[Portion], names: Sequence[str], base: Toolchain, patched: Toolchain
    ) -> tuple[tuple[_Results, _Results], tuple[_Results, _Results]]:
        """The named tests on both sides once more; and with LLVM's FileCheck, where they had another."""
        tasks: list[tuple[Toolchain, Suite]] = []
        places: list[_Results] = []
        same: tuple[_Results, _Results] = ({}, {})
        other: tuple[_Results, _Results] = ({}, {})
        for portion in portions:
            suite = portion.whole
            mine = tuple(name for name in names if portion.holds(name))
            for side, toolchain in enumerate((base, patched)) if mine else ():
                tasks.append((toolchain, replace(suite, names=mine)))
                places.append(same[side])
                if suite.filecheck != "llvm" and "FileCheck" in toolchain.tools:
                    tasks.append((toolchain, replace(suite, names=mine, filecheck="llvm")))
                    places.append(other[side])
        for place, run in zip(places, self.runner(tasks), strict=True):
            place.update({result.name: result for result in run.results})
        return same, other

    def _tools(self, side: Side, built: Built, notes: list[BuildNote]) -> Toolchain:
        notes.append(BuildNote(side.name, built.units, built.seconds, built.cached, built.notes))
        return Toolchain(
            name=side.name,
            version=self.release.version,
            tools={**self.release.tools, **built.tools},
            provenance=self.release.provenance,
            identity=f"{self.release.identity} {built.identity}",
        )


def failed(
    series: Series, error: HarnessError, notes: Sequence[BuildNote] = (), remarks: Sequence[str] = ()
) -> SeriesReport:
    """The report on a series that came to nothing. `remarks` are those of applying it."""
    return SeriesReport(
        *(series.name, series.title, series.kind),
        error=str(error),
        builds=tuple(notes),
        remarks=(*series.remarks, *remarks),
    )


def explained(error: HarnessError, series: Series) -> HarnessError:
    """The error; a compiler's with the patch's lines it is about."""
    if not isinstance(error, CompileError):
        return error
    lines = dict.fromkeys(line for d in error.diagnostics if (line := blame(series.patches, d.path, d.line)))
    if lines:
        error.detail = "\n".join(["the patch's lines it is about:", *lines, "", error.detail])
    return error


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


def _only(results: _Results, name: str) -> list[TestResult]:
    return [results[name]] if name in results else []


def _confirmed(run: Run, other: _Results) -> Run:
    """The run, its tests checked by LLVM's FileCheck too where they were: disagreement is UNRESOLVED."""
    return replace(run, results=tuple(_agreed(result, other.get(result.name)) for result in run.results))


def _agreed(ours: TestResult, theirs: TestResult | None) -> TestResult:
    if theirs is None or (ours.outcome is Outcome.PASS) == (theirs.outcome is Outcome.PASS):
        return ours
    output = f"PyPI's filecheck says {ours.outcome.value}, LLVM's FileCheck says {theirs.outcome.value}\n"
    output += f"-- PyPI's\n{ours.output}\n-- LLVM's\n{theirs.output}"
    return replace(ours, outcome=Outcome.UNRESOLVED, output=output, signature=None)


def is_upstream_test(change: Change) -> bool:
    """Whether a change adds or changes a test of LLVM's own suite."""
    return change.kind != "deleted" and upstream.is_test(change.path)


def _missing(portion: Portion, kept: outcomes.Kept | None) -> Suite | None:
    """What of a portion the base has yet to run."""
    if kept is None:
        return portion.whole
    unsure = tuple(name for name in kept.unsure if portion.counts(name))
    return replace(portion.whole, names=unsure) if unsure else None


def _joined(kept: outcomes.Kept | None, fresh: Run | None) -> Run:
    """The base's run of one portion: what was kept of it, and what was run now."""
    runs = [run for run in (kept.run if kept else None, fresh) if run is not None]
    results = tuple(result for run in runs for result in run.results)
    return Run(runs[0].toolchain, results, sum(run.elapsed for run in runs))


def _merged(portions: Sequence[Portion], runs: Sequence[Run], lost: Sequence[TestResult]) -> Run:
    """One run of all that counts."""
    counting = [r for p, run in zip(portions, runs, strict=True) for r in run.results if p.counts(r.name)]
    results = sorted([*counting, *lost], key=lambda r: r.name)
    return Run(runs[0].toolchain if runs else "", tuple(results), sum(run.elapsed for run in runs))
