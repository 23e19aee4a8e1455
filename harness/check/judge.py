"""The verdict on one series: build both sides, run the suite on both, again what changed, compare."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase

from harness.builders.parts import left_unjudged
from harness.builders.request import Built, NeedsFullBuildError, Side
from harness.check import base_runs
from harness.check.compare import Before, Repeats, changed, compare
from harness.check.evidence import differences, seen
from harness.check.prepare import Patched, Same, explained, failed, no_effect, untested
from harness.check.rounds import Rounds, Runner
from harness.check.select import Portions, portions, with_unit_tests
from harness.crash.signature import signature
from harness.errors import HarnessError, PatchError
from harness.llvm import Toolchain
from harness.model import Outcome, Run, Series, SeriesKind, TestResult
from harness.patch import Change
from harness.printable import tail
from harness.progress import Progress
from harness.report.record import BuildNote, SeriesReport
from harness.runner import choice, llvm_tests
from harness.runner.choice import Chosen
from harness.runner.runs import DoesNotStartError
from harness.runner.touch import Touch
from harness.store import Store

Build = Callable[[Side, Mapping[str, str]], Built]
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


@dataclass(slots=True)
class Judge:
    """Judges series on one base. `release` are the tools that are not built (FileCheck and the like)."""

    store: Store
    release: Toolchain
    chosen: Chosen
    progress: Progress
    runner: Runner
    errors: list[HarnessError] = field(default_factory=list)
    bases: base_runs.Bases = field(init=False)

    def __post_init__(self) -> None:
        """What the base did is known to all series of a call."""
        self.bases = base_runs.Bases(self.store)

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
            if patched.effect.unit_tests and sides.unjudged and not (runs.all or runs.lost):
                return replace(untested(patched, None, notes), unjudged=sides.unjudged)
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
        rounds = Rounds(base, patched, parts, self.bases, self.runner, self.progress)
        runs = rounds.first(apart=bool(self.chosen.upstream))
        gone = parts.gone(runs[1])
        without, with_patch = (parts.now(of_side, gone) for of_side in runs)
        old_without, old_with = (parts.before(of_side) for of_side in runs)
        own = frozenset(change.path for change in one.changes if is_upstream_test(change))
        again = {*changed(without, with_patch), *_proofs(series, without), *_red(own, with_patch)}
        again |= _lost_passes(old_without, with_patch)
        rounds.again(again, changed(old_without, old_with))
        # A third time what still is changed: twice alike is no rare thing of a test that fails at random.
        rounds.again(changed(without, with_patch, rounds.now), changed(old_without, old_with, rounds.before))
        without, with_patch = _shown(without, rounds.now, 0), _shown(with_patch, rounds.now, 1)
        old_without, old_with = (
            _shown(run, rounds.before, side) for side, run in enumerate((old_without, old_with))
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
            repeats=rounds.now,
            before=Before(old_without, old_with, _of_base(parts.touched, old_without), rounds.before),
            left_out={name: why for name, why in self.chosen.left_out.items() if name not in ran},
            equivalent=bool(series.equivalent),
        )
        shown = seen(comparison) if series.kind is not SeriesKind.MUTANT else ()
        return SeriesReport(
            name=series.name,
            title=series.title,
            kind=series.kind,
            comparison=comparison,
            builds=tuple(notes),
            base_seconds=without.elapsed,
            patched_seconds=with_patch.elapsed,
            differences=differences(comparison),
            remarks=(*one.remarks, *_no_tests(gone - parts.touched.keys()), *shown),
        )

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
