"""The verdict on one series: build both sides, run the suite on both, again what changed, compare."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase

from harness import outcomes
from harness.build.parts import left_unjudged
from harness.build.request import Built, Change, NeedsFullBuildError, Side
from harness.compare import Before, Repeats, changed, compare
from harness.crash.signature import signature
from harness.errors import HarnessError, PatchError
from harness.evidence import differences
from harness.model import Outcome, Run, Series, TestResult, Toolchain
from harness.patched import Patched, Same, explained, failed, no_effect, untested
from harness.portions import Portions, portions, with_unit_tests
from harness.printable import tail
from harness.progress import Progress
from harness.report.record import BuildNote, SeriesReport
from harness.rewrite import Touch
from harness.store import Store
from harness.suite import choice, upstream
from harness.suite.choice import Chosen, Portion
from harness.suite.lit_runner import DoesNotStartError, Suite

Build = Callable[[Side, Mapping[str, str]], Built]
# Runs suites on toolchains, as `lit_runner.run_all` does: one run for each pair.
Runner = Callable[[Sequence[tuple[Toolchain, Suite]]], list[Run]]
_Results = dict[str, TestResult]
# How much of what a tool says at its end an error quotes: bytes of it, lines, and of each line.
_SAID, _LINES, _LINE = 1 << 16, 20, 200


@dataclass(frozen=True, slots=True)
class _Sides:
    """Both sides of a series, built. `unjudged` is what nothing here can tell about of what the series
    changes; `unit_tests` are programs that both sides have. `same`, if they are the same code."""

    base: Toolchain
    patched: Toolchain
    unjudged: tuple[str, ...]
    unit_tests: tuple[str, ...] = ()
    same: Same | None = None


@dataclass(frozen=True, slots=True)
class _Repeated:
    """Second runs of base and patched: in suites and base's tree, in the woven one, by LLVM's FileCheck."""

    plain: tuple[_Results, _Results] = field(default_factory=lambda: ({}, {}))
    woven: tuple[_Results, _Results] = field(default_factory=lambda: ({}, {}))
    other: tuple[_Results, _Results] = field(default_factory=lambda: ({}, {}))

    def now(self, touched: Collection[str]) -> Repeats:
        """Those of each test as the series leaves it; the `touched` ones have another text in base's tree."""
        return {name: pair for name, pair in self.before.items() if name not in touched} | _pairs(self.woven)

    @property
    def before(self) -> dict[str, tuple[list[TestResult], list[TestResult]]]:
        """Those in base's tree: of old texts, and of tests that have one text alone."""
        return _pairs(self.plain)


@dataclass(slots=True)
class Judge:
    """Judges series on one base. `release` are the tools that are not built (FileCheck and the like)."""

    store: Store
    release: Toolchain
    chosen: Chosen
    progress: Progress
    runner: Runner
    errors: list[HarnessError] = field(default_factory=list)

    def report(self, patched: Patched, base: Side, build: Build, same: Same | None = None) -> SeriesReport:
        """The verdict on one series. What is wrong with the series is in the report and in `errors`.

        `same`, if base and patched are known to be the same code: of tests those alone run that the series
        changes or reaches; if there are none, nothing is built.
        """
        series = patched.series
        if same is not None and not patched.effect.tests:
            return untested(patched, same)
        notes: list[BuildNote] = []
        try:
            sides = self._sides(patched, base, build, notes)
        except NeedsFullBuildError:
            raise
        except HarnessError as error:
            self.errors.append(error)
            return failed(series, error, patched.remarks, notes)
        chosen = self.chosen
        if sides.same is not None and not patched.must_show:
            same = same or sides.same
            chosen = choice.reached(chosen, base.root, patched.content)
        runs = portions(self.store, chosen, patched.changes, base, patched.side, sides.patched)
        if same is None:
            runs = with_unit_tests(runs, self.store, sides.unit_tests, self.chosen.jobs)
        elif not (runs.all or runs.lost):
            return untested(patched, same, notes)
        try:
            report = self._compare(patched, sides.base, sides.patched, runs, notes)
        except DoesNotStartError as error:
            if error.identity != sides.patched.identity or error.identity == sides.base.identity:
                raise
            self.errors.append(_dead_at_start(error))
            return failed(series, self.errors[-1], patched.remarks, notes)
        unjudged = sides.unjudged if same is None else same.unjudged
        return replace(report, unjudged=unjudged, no_effect=no_effect(patched, same))

    def tools(self, patched: Patched, base: Side, build: Build) -> tuple[Toolchain, Toolchain]:
        """The tools of both sides. Raises what keeps either from being built."""
        sides = self._sides(patched, base, build, [])
        return sides.base, sides.patched

    def _sides(self, patched: Patched, base: Side, build: Build, notes: list[BuildNote]) -> _Sides:
        """Both sides, built. Raises what keeps either from it, with the patch's lines it is about."""
        try:
            theirs = build(base, {})
            notes.append(_note(base, theirs, ()))
            mine = build(patched.side, patched.content)
        except HarnessError as error:
            raise explained(error, patched) from None
        # One base may serve several series: what is said of it here is what is true of this one too.
        shared = tuple(note for note in theirs.notes if note in mine.notes)
        notes[:] = [_note(base, theirs, shared), _note(patched.side, mine, mine.notes)]
        unjudged = left_unjudged(patched.effect.unjudged, (theirs, mine), patched.content)
        same = None
        if theirs.identity == mine.identity or mine.same:
            same = Same("the objects are the same", unjudged, whole=not patched.told(mine.unjudged))
        return _Sides(
            self._tools(base, theirs),
            self._tools(patched.side, mine),
            unjudged,
            tuple(name for name in theirs.unit_tests if name in mine.unit_tests),
            same,
        )

    def _compare(
        self,
        one: Patched,
        base: Toolchain,
        patched: Toolchain,
        parts: Portions,
        notes: Sequence[BuildNote],
    ) -> SeriesReport:
        series = one.series
        runs = self._first_runs(parts.all, base, patched)
        gone = parts.gone(runs[1])
        without, with_patch = (parts.now(of_side, gone) for of_side in runs)
        old_without, old_with = (parts.before(of_side) for of_side in runs)
        own = frozenset(change.path for change in one.changes if is_upstream_test(change))
        again = {*changed(without, with_patch), *_proofs(series, without), *_red(own, with_patch)}
        again |= _lost_passes(old_without, with_patch)
        repeated = self._second_runs(parts, again, changed(old_without, old_with), base, patched)
        without = _confirmed(_shown(without, repeated.now(parts.touched), 0), repeated.other[0])
        with_patch = _confirmed(_shown(with_patch, repeated.now(parts.touched), 1), repeated.other[1])
        old_without, old_with = (
            _shown(run, repeated.before, side) for side, run in enumerate((old_without, old_with))
        )
        added = frozenset(c.path for c in one.changes if c.kind == "added" and is_upstream_test(c))
        ran = {result.name for result in without.results}
        comparison = compare(
            without,
            with_patch,
            series.claims,
            kind=series.kind,
            own=own,
            added=added,
            repeats=repeated.now(parts.touched),
            before=Before(old_without, old_with, _of_base(parts.touched, old_without), repeated.before),
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
            remarks=(*one.remarks, *_no_tests(gone - parts.touched.keys())),
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
        self,
        parts: Portions,
        now: Collection[str],
        before: Collection[str],
        base: Toolchain,
        patched: Toolchain,
    ) -> _Repeated:
        """Tests on both sides once more, with their new or only text, and with their old one.

        And with LLVM's FileCheck, where they had another.
        """
        found = _Repeated()
        if not (now or before):
            return found
        self.progress.step(f"running what changed again on both sides ({len({*now, *before})})")
        tasks: list[tuple[Toolchain, Suite]] = []
        places: list[_Results] = []
        plain = sorted({*now}.difference(parts.touched).union(before))
        for portion in parts.all:
            suite = replace(portion.whole, captures=True)
            woven = portion is parts.woven
            mine = tuple(name for name in (sorted(now) if woven else plain) if portion.holds(name))
            for side, toolchain in enumerate((base, patched)) if mine else ():
                tasks.append((toolchain, replace(suite, names=mine)))
                places.append(found.woven[side] if woven else found.plain[side])
                if suite.filecheck != "llvm" and "FileCheck" in toolchain.tools:
                    tasks.append((toolchain, replace(suite, names=mine, filecheck="llvm")))
                    places.append(found.other[side])
        for place, run in zip(places, self.runner(tasks), strict=True):
            place.update({result.name: result for result in run.results})
        return found

    def _tools(self, side: Side, built: Built) -> Toolchain:
        return Toolchain(
            name=side.name,
            version=self.release.version,
            tools={**self.release.tools, **built.tools},
            provenance=self.release.provenance,
            identity=f"{self.release.identity} {built.identity}",
            stale=frozenset(built.stale),
        )


def _note(side: Side, built: Built, notes: tuple[str, ...]) -> BuildNote:
    return BuildNote(side.name, built.units, built.seconds, built.cached, notes)


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
    return [f"{name}: lit takes it for no test" for name in sorted(names)]


def _pairs(sides: tuple[_Results, _Results]) -> dict[str, tuple[list[TestResult], list[TestResult]]]:
    names = sides[0].keys() | sides[1].keys()
    return {
        n: ([sides[0][n]] if n in sides[0] else [], [sides[1][n]] if n in sides[1] else []) for n in names
    }


def _shown(run: Run, repeats: Repeats, side: int) -> Run:
    """The run, with what the tools of a second run wrote where the first kept nothing of it."""

    def shown(result: TestResult) -> TestResult:
        for again in repeats.get(result.name, ((), ()))[side]:
            if not result.captures and again.outcome is result.outcome:
                return replace(result, captures=again.captures)
        return result

    return replace(run, results=tuple(map(shown, run.results)))


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
