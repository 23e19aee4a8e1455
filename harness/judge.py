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
from harness.suite import lit_runner, upstream
from harness.suite.lit_runner import Suite

Build = Callable[[Side, Mapping[str, str]], Built]
# Runs suites on toolchains, as `lit_runner.run_all` does: one run for each pair.
Runner = Callable[[Sequence[tuple[Toolchain, Suite]]], list[Run]]
_Results = dict[str, TestResult]


@dataclass(frozen=True, slots=True)
class Patched:
    """One series applied to a copy of the source: what it changes, with digests of the new content.

    `added` are the tests it adds to LLVM's own, `notes` remarks of applying it.
    """

    series: Series
    side: Side
    changes: tuple[Change, ...]
    content: dict[str, str]
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class Judge:
    """Judges series on one base. `release` are the tools that are not built (FileCheck and the like)."""

    store: Store
    release: Toolchain
    suites: Sequence[Suite]
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
            return failed(series, error, notes)
        suites, lost = self._suites(patched, base, patched_tools)
        return self._compare(patched, base_tools, patched_tools, suites, lost, notes)

    def tools(
        self, patched: Patched, base: Side, build: Build, notes: list[BuildNote]
    ) -> tuple[Toolchain, Toolchain]:
        """Both sides, built. Raises what keeps either from it, with the patch's lines it is about."""
        try:
            base_tools = self._tools(base, build(base, {}), notes, ())
            mine = build(patched.side, patched.content)
        except HarnessError as error:
            raise _explained(error, patched.series) from None
        return base_tools, self._tools(patched.side, mine, notes, patched.notes)

    def _suites(
        self, patched: Patched, base: Side, tools: Toolchain
    ) -> tuple[list[Suite], tuple[TestResult, ...]]:
        """The job's suites and, as one more, the tests the series adds to LLVM's own or changes there.

        If LLVM's tests cannot be run here, each is an UNRESOLVED result that says why.
        """
        names = [change.path for change in patched.changes if is_upstream_test(change)]
        if not names:
            return list(self.suites), ()
        try:
            tree = self._woven(patched, base)
            own = upstream.suite(tools, tree, names, jobs=self.suites[0].jobs, identity=tree.name)
        except HarnessError as error:
            lost = (TestResult(name, Outcome.UNRESOLVED, 0.0, output=str(error)) for name in names)
            return list(self.suites), tuple(lost)
        return [*self.suites, own], ()

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
        suites: Sequence[Suite],
        lost: tuple[TestResult, ...],
        notes: Sequence[BuildNote],
    ) -> SeriesReport:
        series = one.series
        self.progress.step(f"running the suite on base and {series.name}")
        without, with_patch = (_merged(runs, lost) for runs in self._first_runs(suites, base, patched))
        repeats = {}
        again = sorted({*changed(without, with_patch), *_proofs(series, without)})
        if again:
            self.progress.step(f"running what changed again on both sides ({len(again)})")
            same, other = self._second_runs(suites, again, base, patched)
            repeats = {name: (_only(same[0], name), _only(same[1], name)) for name in again}
            without = _confirmed(without, other[0])
            with_patch = _confirmed(with_patch, other[1])
        added = frozenset(c.path for c in one.changes if c.kind == "added" and is_upstream_test(c))
        comparison = compare(
            without,
            with_patch,
            series.claims,
            kind=series.kind,
            added=added,
            repeats=repeats,
            left_out=self._left_out(base) - {result.name for result in without.results},
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
        )

    def _left_out(self, base: Toolchain) -> frozenset[str]:
        """All tests of the suites of which a pattern chose some."""
        some = [suite for suite in self.suites if suite.pattern]
        return frozenset(name for suite in some for name in lit_runner.names(base, suite))

    # -- runs

    def _first_runs(
        self, suites: Sequence[Suite], base: Toolchain, patched: Toolchain
    ) -> tuple[list[Run], list[Run]]:
        """The suites on both sides; the base's from the store where the same tools ran the same before."""
        known = [outcomes.kept(self.store, base, suite) for suite in suites]
        missing = [suite for suite, run in zip(suites, known, strict=True) if run is None]
        done = self.runner([*((base, suite) for suite in missing), *((patched, suite) for suite in suites)])
        fresh, with_patch = done[: len(missing)], done[len(missing) :]
        for suite, run in zip(missing, fresh, strict=True):
            outcomes.keep(self.store, base, suite, run)
        rest = iter(fresh)
        return [run or next(rest) for run in known], with_patch

    def _second_runs(
        self, suites: Sequence[Suite], names: Sequence[str], base: Toolchain, patched: Toolchain
    ) -> tuple[tuple[_Results, _Results], tuple[_Results, _Results]]:
        """The named tests on both sides once more; and with LLVM's FileCheck, where they had another."""
        tasks: list[tuple[Toolchain, Suite]] = []
        places: list[_Results] = []
        same: tuple[_Results, _Results] = ({}, {})
        other: tuple[_Results, _Results] = ({}, {})
        for suite in suites:
            mine = tuple(name for name in names if suite.holds(name))
            for side, toolchain in enumerate((base, patched)) if mine else ():
                tasks.append((toolchain, replace(suite, names=mine)))
                places.append(same[side])
                if suite.filecheck != "llvm" and "FileCheck" in toolchain.tools:
                    tasks.append((toolchain, replace(suite, names=mine, filecheck="llvm")))
                    places.append(other[side])
        for place, run in zip(places, self.runner(tasks), strict=True):
            place.update({result.name: result for result in run.results})
        return same, other

    def _tools(self, side: Side, built: Built, notes: list[BuildNote], remarks: Sequence[str]) -> Toolchain:
        notes.append(BuildNote(side.name, built.units, built.seconds, built.cached, (*built.notes, *remarks)))
        return Toolchain(
            name=side.name,
            version=self.release.version,
            tools={**self.release.tools, **built.tools},
            provenance=self.release.provenance,
            identity=f"{self.release.identity} {built.identity}",
        )


def failed(series: Series, error: HarnessError, notes: Sequence[BuildNote] = ()) -> SeriesReport:
    """The report on a series that came to nothing."""
    return SeriesReport(series.name, series.title, series.kind, error=str(error), builds=tuple(notes))


def _explained(error: HarnessError, series: Series) -> HarnessError:
    """A compiler's error with the patch's line it is about."""
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
    return (
        change.kind != "deleted"
        and change.path.startswith("llvm/test/")
        and change.path.endswith((".ll", ".mir", ".s", ".test", ".yaml"))
        and "/Inputs/" not in change.path
    )


def _merged(runs: Sequence[Run], lost: Sequence[TestResult]) -> Run:
    results = sorted([*(r for run in runs for r in run.results), *lost], key=lambda r: r.name)
    return Run(runs[0].toolchain, tuple(results), sum(run.elapsed for run in runs))
