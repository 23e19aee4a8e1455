"""The verdict on one series: build both sides, run the suite on both, again what changed, compare."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from tempfile import TemporaryDirectory

from harness import outcomes
from harness.build.request import Built, Change, CompileError, NeedsFullBuildError, Side
from harness.compare import changed, compare, differences
from harness.errors import HarnessError
from harness.model import Outcome, Run, Series, TestResult, Toolchain
from harness.progress import Progress
from harness.report.record import BuildNote, SeriesReport
from harness.series.blame import blame
from harness.store import Store
from harness.suite import lit_runner, upstream
from harness.suite.lit_runner import Suite

# A changed outcome is run this many times more on each side before it is believed.
REPEATS = 1
Build = Callable[[Side, Mapping[str, str]], Built]


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
    errors: list[HarnessError] = field(default_factory=list)

    def report(self, patched: Patched, base: Side, build: Build) -> SeriesReport:
        """The verdict on one series. What is wrong with the series is in the report and in `errors`."""
        series = patched.series
        notes: list[BuildNote] = []
        try:
            base_tools = self._tools(base, build(base, {}), notes, ())
            mine = build(patched.side, patched.content)
            patched_tools = self._tools(patched.side, mine, notes, patched.notes)
        except NeedsFullBuildError:
            raise
        except HarnessError as error:
            explained = _explained(error, series)
            self.errors.append(explained)
            return failed(series, explained, notes)
        with TemporaryDirectory(prefix="harness-upstream-") as folder:
            suites, lost = self._suites(patched, base, patched_tools, Path(folder))
            return self._compare(patched, base_tools, patched_tools, suites, lost, notes)

    def _suites(
        self, patched: Patched, base: Side, tools: Toolchain, scratch: Path
    ) -> tuple[list[Suite], tuple[TestResult, ...]]:
        """The job's suites and, as one more, the tests the series adds to LLVM's own or changes there.

        If LLVM's tests cannot be run here, each is an UNRESOLVED result that says why.
        """
        names = [change.path for change in patched.changes if is_upstream_test(change)]
        if not names:
            return list(self.suites), ()
        try:
            upstream.weave(base.root, patched.side.root, [c.path for c in patched.changes], scratch)
            own = upstream.suite(tools, scratch, names, jobs=self.suites[0].jobs)
        except HarnessError as error:
            lost = (TestResult(name, Outcome.UNRESOLVED, 0.0, output=str(error)) for name in names)
            return list(self.suites), tuple(lost)
        return [*self.suites, own], ()

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
        runs = [(self._base_run(base, suite), self._run(patched, suite)) for suite in suites]
        without = _merged([mine for mine, _ in runs], lost)
        with_patch = _merged([theirs for _, theirs in runs], lost)
        repeats: dict[str, tuple[list[TestResult], list[TestResult]]] = {}
        again = sorted({*changed(without, with_patch), *_proofs(series, without)})
        if again:
            self.progress.step(f"running what changed again on both sides ({len(again)})")
            repeats = self._repeats(suites, again, base, patched)
            without = self._confirmed(without, suites, again, base)
            with_patch = self._confirmed(with_patch, suites, again, patched)
        added = frozenset(c.path for c in one.changes if c.kind == "added" and is_upstream_test(c))
        comparison = compare(
            without,
            with_patch,
            series.claims,
            kind=series.kind,
            added=added,
            repeats=repeats,
            left_out=self._left_out(base) - {result.name for result in without.results},
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

    def _base_run(self, base: Toolchain, suite: Suite) -> Run:
        """The base's run, from the store if the same tools ran the same suite before.

        LLVM's own tests that a series adds are few and its own: they are run each time.
        """
        if suite.site:
            return self._run(base, suite)
        if (run := outcomes.kept(self.store, base, suite)) is not None:
            return run
        run = self._run(base, suite)
        outcomes.keep(self.store, base, suite, run)
        return run

    def _run(self, toolchain: Toolchain, suite: Suite) -> Run:
        self.progress.step(f"running the suite on {toolchain.name}")
        return lit_runner.run(toolchain, suite, self.progress)

    def _again(
        self, suites: Sequence[Suite], toolchain: Toolchain, names: Sequence[str], filecheck: str
    ) -> dict[str, TestResult]:
        """Run the named tests again; `filecheck` other than a suite's own only where it has a choice."""
        found: dict[str, TestResult] = {}
        for suite in suites:
            mine = tuple(name for name in names if suite.holds(name))
            if mine:
                some = replace(suite, names=mine, filecheck=filecheck or suite.filecheck)
                found |= {r.name: r for r in lit_runner.run(toolchain, some, self.progress).results}
        return found

    def _repeats(
        self, suites: Sequence[Suite], names: Sequence[str], base: Toolchain, patched: Toolchain
    ) -> dict[str, tuple[list[TestResult], list[TestResult]]]:
        found: dict[str, tuple[list[TestResult], list[TestResult]]] = {name: ([], []) for name in names}
        for _ in range(REPEATS):
            for place, toolchain in enumerate((base, patched)):
                for name, result in self._again(suites, toolchain, names, "").items():
                    found[name][place].append(result)
        return found

    def _confirmed(
        self, run: Run, suites: Sequence[Suite], names: Sequence[str], toolchain: Toolchain
    ) -> Run:
        """The run, its named tests checked by LLVM's FileCheck too: disagreement is UNRESOLVED."""
        if "FileCheck" not in toolchain.tools:
            return run
        ours = [suite for suite in suites if suite.filecheck != "llvm"]
        other = self._again(ours, toolchain, names, "llvm")
        checked = (_agreed(result, other.get(result.name)) for result in run.results)
        return replace(run, results=tuple(checked))

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
