"""Does an overlay build of nothing behave like the release it is laid over?

A verdict rests on it: if a unit had other layouts than the archives it is linked with, LLVM would be
wrong in ways no patch explains. So the units of all series are compiled unpatched, with assertions enabled,
and LLVM's own tests and our suite are run on that and on the release: no outcome may differ, and no byte
that the tools write.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness.builders.overlay import Overlay
from harness.builders.plan import classify
from harness.builders.request import Built, Options, Side
from harness.check.evidence import describe_difference
from harness.errors import UsageError
from harness.llvm import Release, Toolchain
from harness.model import CrashKind, Outcome, Run, Series, TestResult
from harness.patch import Change, net_changes
from harness.progress import Progress
from harness.runner import llvm_tests
from harness.runner import runs as lit_runner
from harness.runner.runs import Suite
from harness.store import Store

INPUTS = ("llvm/test/CodeGen/X86",)
# Every 25th of the 4,991 tests of LLVM 19 is enough for a quick look: a wrong NDEBUG fails every sixth.
SAMPLE = 25


@dataclass(frozen=True, slots=True)
class SelftestSubject:
    """What is tested: the release, and what an overlay over it is made of."""

    store: Store
    toolchain: Toolchain
    release: Release
    series: tuple[Series, ...]
    options: Options


@dataclass(frozen=True, slots=True)
class Deviation:
    """A test that did one thing on the release and another on the overlay."""

    name: str
    release: TestResult
    overlay: TestResult

    def __str__(self) -> str:
        one, other = self.release.outcome, self.overlay.outcome
        if one is other:
            return f"{self.name}: {one.value} on both, but the tools write something else"
        return f"{self.name}: {one.value} on the release, {other.value} on the overlay"


@dataclass(frozen=True, slots=True)
class Report:
    """What the self-test found. `units` are those overlaid, `notes` what the builder says of them.

    `release` and `overlay` count outcomes of LLVM's own tests; `unsteady` are those that differed and, run
    again on both sides, did not. `assembly` are the differences on our own suite, where `compared` tests pass
    on both and wrote `captures` texts for FileCheck. Times are in seconds.
    """

    version: str
    units: tuple[str, ...]
    notes: tuple[str, ...]
    tests: int
    release: Mapping[Outcome, int]
    overlay: Mapping[Outcome, int]
    differences: tuple[Deviation, ...]
    unsteady: tuple[str, ...]
    compared: int
    captures: int
    assembly: tuple[Deviation, ...]
    seconds: float

    @property
    def ok(self) -> bool:
        """Whether the overlay is the release: something was overlaid and run, and nothing differs."""
        ran = sum(
            self.release[outcome] for outcome in (Outcome.PASS, Outcome.XFAIL) if outcome in self.release
        )
        return bool(self.units and ran and self.compared) and not self.differences and not self.assembly


def run(
    subject: SelftestSubject,
    own_suite: Path,
    progress: Progress,
    *,
    inputs: Sequence[str] = INPUTS,
    every: int = 1,
    own_every: int = 1,
) -> Report:
    """Build the overlay of the empty patch and compare it with the release, on every `every`-th LLVM test.

    `own_suite` is the folder of our suite, of which every `own_every`-th test runs. Raises UsageError if no
    series touches a unit, and what building and running raise.
    """
    start = time.monotonic()
    # First, as what is not there is better said before minutes of compiling.
    suite = llvm_tests.suite(
        subject.toolchain,
        subject.release.source.root,
        inputs,
        jobs=subject.options.jobs,
        expectations=True,
    )
    suite = sample(suite, lit_runner.names(subject.toolchain, suite), every)
    overlay, built = empty_overlay(subject, progress)
    runs = [_run(toolchain, suite, progress) for toolchain in (subject.toolchain, overlay)]
    found = outcome_differences(*runs)
    again = _again(suite, found, (subject.toolchain, overlay), progress)
    own = Suite(own_suite.absolute(), subject.options.jobs)
    own = sample(own, lit_runner.names(subject.toolchain, own), own_every)
    ours = [_run(toolchain, own, progress) for toolchain in (subject.toolchain, overlay)]
    both = passing_on_both(*ours)
    return Report(
        version=subject.toolchain.version,
        units=built.units,
        notes=built.notes,
        tests=len(runs[0].results),
        release=Counter(result.outcome for result in runs[0].results),
        overlay=Counter(result.outcome for result in runs[1].results),
        differences=again,
        unsteady=tuple(sorted({one.name for one in found} - {one.name for one in again})),
        compared=len(both),
        captures=sum(len(one.captures) for one, _ in both),
        assembly=assembly_differences(ours[0], ours[1], asserting(own_suite, ours[0])),
        seconds=time.monotonic() - start,
    )


def empty_overlay(subject: SelftestSubject, progress: Progress) -> tuple[Toolchain, Built]:
    """The release with its tools replaced by an overlay of the empty patch: the base of every comparison."""
    changes = [change for series in subject.series for change in exact_changes(series)]
    touched = classify(changes)
    if not touched.units and not touched.headers:
        names = ", ".join(series.name for series in subject.series) or "none"
        raise UsageError(
            f"no unit to overlay: the series ({names}) touch none of llc or lli that an overlay is exact for",
            "name series that have patches for this LLVM",
        )
    base = Side("base", subject.release.source.root, subject.release.source.identity)
    overlay = Overlay(subject.store, subject.release, changes, subject.options, progress)
    built = overlay.build(base, {})
    tools = {**subject.toolchain.tools, **built.tools}
    name = f"{subject.toolchain.name} under an overlay"
    return replace(subject.toolchain, name=name, tools=tools, identity=built.identity), built


_ASSERTING = re.compile(rb"^; XFAIL:.*\basserts\b", re.M)


def exact_changes(series: Series) -> tuple[Change, ...]:
    """What a series changes in all, or nothing if it has no part in an overlay of several series."""
    changes = net_changes(series.patches)
    return changes if classify(changes).shares else ()


def sample(suite: Suite, names: Sequence[str], every: int) -> Suite:
    """The suite with every `every`-th test, the same ones each time; 1 for all."""
    return replace(suite, names=tuple(names[::every]))


def outcome_differences(release: Run, overlay: Run) -> tuple[Deviation, ...]:
    """Tests of the same names whose outcomes differ, or without an answer on either side."""
    return deviations(
        release, overlay, lambda one, other: one.outcome is other.outcome is not Outcome.UNRESOLVED
    )


def asserting(suite: Path, run: Run) -> frozenset[str]:
    """The tests of a suite that say they fail where assertions are enabled."""
    return frozenset(r.name for r in run.results if _ASSERTING.search((suite / r.name).read_bytes()))


def assembly_differences(
    release: Run, overlay: Run, expected: frozenset[str] = frozenset()
) -> tuple[Deviation, ...]:
    """Tests of our suite whose tools write other bytes, or that pass on one side alone.

    What fails on both is a bug that the suite is about: an enabled assertion may end a tool that goes on
    without it, so what is written then proves nothing, and is left out. So is an assertion that a test of
    `expected` runs into on the overlay alone.
    """

    def same(one: TestResult, other: TestResult) -> bool:
        died = other.signature is not None and other.signature.kind is CrashKind.ASSERTION
        if died and other.name in expected:
            return True
        if one.outcome is Outcome.PASS and other.outcome is Outcome.PASS:
            return one.captures == other.captures
        return Outcome.PASS not in {one.outcome, other.outcome}

    return deviations(release, overlay, same)


def passing_on_both(release: Run, overlay: Run) -> tuple[tuple[TestResult, TestResult], ...]:
    """The tests that pass on both sides, by name."""
    others = {result.name: result for result in overlay.results if result.outcome is Outcome.PASS}
    return tuple(
        (result, others[result.name])
        for result in release.results
        if result.outcome is Outcome.PASS and result.name in others
    )


def summary(report: Report) -> list[str]:
    """The report in a few lines; `explain` describes the differences."""
    lines = [
        f"LLVM {report.version}, {len(report.units)} units overlaid: {', '.join(report.units)}",
        *report.notes,
        f"LLVM's own tests: {report.tests} run",
        f"  on the release: {_counts(report.release)}",
        f"  on the overlay: {_counts(report.overlay)}",
        f"  {_many(len(report.differences))}",
    ]
    if report.unsteady:
        lines.append(f"  differed once, not again: {', '.join(report.unsteady)}")
    return [
        *lines,
        f"our suite: {report.compared} tests pass on both, {report.captures} texts compared",
        f"  {_many(len(report.assembly))}",
    ]


def _counts(outcomes: Mapping[Outcome, int]) -> str:
    return ", ".join(f"{outcomes[one]} {one.value}" for one in Outcome if outcomes.get(one)) or "none"


def _many(count: int) -> str:
    return f"{count or 'no'} difference{'' if count == 1 else 's'}"


def explain(found: Deviation) -> str:
    """The difference and its evidence: what the two sides wrote, as far as it differs."""
    return f"{found}\n{describe_difference(found.release, found.overlay)}".rstrip("\n")


def deviations(
    release: Run, overlay: Run, same: Callable[[TestResult, TestResult], bool]
) -> tuple[Deviation, ...]:
    """The tests that are not the same on two sides; one that is missing on a side has no answer there."""
    sides = [{result.name: result for result in side.results} for side in (release, overlay)]
    pairs = [
        tuple(side.get(name) or TestResult(name, Outcome.UNRESOLVED, 0.0) for side in sides)
        for name in sorted(sides[0].keys() | sides[1].keys())
    ]
    return tuple(Deviation(one.name, one, other) for one, other in pairs if not same(one, other))


def _run(toolchain: Toolchain, suite: Suite, progress: Progress) -> Run:
    progress.step(f"running {len(suite.names) or 'our'} tests on {toolchain.name}")
    return lit_runner.run(toolchain, suite, progress)


def _again(
    suite: Suite, found: Sequence[Deviation], toolchains: Iterable[Toolchain], progress: Progress
) -> tuple[Deviation, ...]:
    """The differences that are there again when their tests are run again, alone."""
    if not found:
        return ()
    some = replace(suite, names=tuple(one.name for one in found), jobs=1)
    release, overlay = (_run(toolchain, some, progress) for toolchain in toolchains)
    return outcome_differences(release, overlay)
