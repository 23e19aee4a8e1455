"""What a check found, as finished values, and their JSON.

The JSON is the boundary to other programs: it carries its version, and a reader of another version
refuses it instead of guessing.
"""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from harness.coverage import PatchCoverage
from harness.errors import NO_FAILURE, Failure, exit_code_of
from harness.model import (
    Claim,
    ClaimKind,
    ClaimResult,
    Comparison,
    LeftOut,
    Outcome,
    Run,
    SeriesKind,
    TestResult,
    TestVerdict,
    Verdict,
)
from harness.process.sandbox import NOT_ENCLOSED
from harness.report import wire
from harness.report.changes import SilentChanges
from harness.report.reach import Reach

_OUTPUT_KEPT = 200
_UNJUDGED_SHOWN = 5


@dataclass(frozen=True, slots=True)
class BuildNote:
    """What building one side took: the units compiled (paths below llvm/), seconds, remarks.

    `name` is `base` or `patched`; `cached` means that nothing had to be compiled.
    """

    name: str
    units: tuple[str, ...]
    seconds: float
    cached: bool
    notes: tuple[str, ...] = ()


class Result(enum.Enum):
    """What is said of a series as a whole."""

    OK = "OK"
    NOT_OK = "NOT OK"
    NO_EFFECT = "no effect"
    NOT_JUDGED = "not judged"
    UNPROVEN = "unproven"


@dataclass(frozen=True, slots=True)
class NoEffect:
    """Base and patched are the same code: `why` says how that is known.

    `meant`: the series changes documentation, comments and tests alone, so that it is right so.
    """

    why: str
    meant: bool


@dataclass(frozen=True, slots=True)
class ChangedLines:
    """Lines of a file that a series changes, from `first` on, as its patch numbers them.

    `copy` is the number of the first in the LLVM that was patched, 0 if that is not known.
    """

    path: str
    first: int
    number: int
    copy: int = 0

    @property
    def last(self) -> int:
        """The number of the last."""
        return self.first + self.number - 1


@dataclass(frozen=True, slots=True)
class SeriesReport:
    """What became of one series. `comparison` is None if it came to none; `error` then says why.

    `base_seconds` and `patched_seconds` are the time of the tests. `differences` holds the evidence for
    verdicts by test name, as text of some lines. `remarks` are of the patch: how it was read and applied,
    what of it is left out. What is of a build is in `builds`. `no_effect` is there if base and patched are
    the same; then no tests ran but those that the series changes. `unjudged` is the code it changes that
    nothing here compiles or runs, each `path: why`. `reach` is there if it was asked for, and so is
    `coverage`, if the series adds code; `silent` is what tools write differently in tests that pass as
    before, if they do. No verdict depends on these two. `changed_lines` are where the series changes files.
    """

    name: str
    title: str
    kind: SeriesKind
    comparison: Comparison | None = None
    error: Failure = NO_FAILURE
    builds: tuple[BuildNote, ...] = ()
    base_seconds: float = 0.0
    patched_seconds: float = 0.0
    differences: dict[str, str] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    no_effect: NoEffect | None = None
    unjudged: tuple[str, ...] = ()
    reach: Reach | None = None
    coverage: PatchCoverage | None = None
    silent: SilentChanges | None = None
    changed_lines: tuple[ChangedLines, ...] = ()

    @property
    def result(self) -> Result:
        """What to say of the series as a whole."""
        if self.error or self._broken or (self.comparison is not None and not self.comparison.ok):
            return Result.NOT_OK
        if self.no_effect is not None and not (self.no_effect.meant and self.comparison is not None):
            return Result.NO_EFFECT
        if self.comparison is None and not self.unjudged:
            return Result.NOT_OK
        if self.unjudged:
            return Result.NOT_JUDGED
        return Result.UNPROVEN if self._unreached else Result.OK

    @property
    def ok(self) -> bool:
        """Whether the series does what it says, or is meant to do nothing and does so."""
        meant = self.no_effect is not None and self.no_effect.meant and not self.unjudged
        return self.result is Result.OK or (self.result is Result.NO_EFFECT and meant)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why the series is not ok, one line each; none if it is."""
        if self.ok:
            return ()
        if self.error:
            return (self.error.splitlines()[0],)
        meant = self.no_effect is not None and self.no_effect.meant
        found = [*(self.comparison.reasons if self.comparison else ()), *(() if meant else self._same)]
        found += [*self._broken, *self._unreached]
        found += self.unjudged[:_UNJUDGED_SHOWN]
        if (more := len(self.unjudged) - _UNJUDGED_SHOWN) > 0:
            found.append(f"and {more} more that are not judged")
        return tuple(found) or ("nothing was compared",)

    @property
    def _broken(self) -> tuple[str, ...]:
        """That a test which was called unreached notices the series."""
        sample = self.reach.sample if self.reach is not None else None
        return sample.reasons if sample is not None else ()

    @property
    def _unreached(self) -> tuple[str, ...]:
        reach = self.reach
        if reach is None or reach.allowed or not reach.is_none or self.kind is SeriesKind.MUTANT:
            return ()
        return (f"{reach.gap}: add one, or name more with --suite",)

    @property
    def _same(self) -> tuple[str, ...]:
        return (self.no_effect.why,) if self.no_effect is not None else ()

    @property
    def grounds(self) -> tuple[str, ...]:
        """Why the result is not a plain OK, one line each: the reasons, or why there is no effect."""
        return self.reasons or (self._same if self.result is Result.NO_EFFECT else ())

    @property
    def conclusion(self) -> str:
        """The result and its grounds, in one line."""
        return ": ".join([self.result.value, *(["; ".join(self.grounds)] if self.grounds else [])])

    @property
    def claims_held(self) -> tuple[int, int]:
        """How many claims hold, of how many that were checked."""
        checked = [result for result in self.claims if result.checked]
        return sum(result.held for result in checked), len(checked)

    @property
    def claims(self) -> tuple[ClaimResult, ...]:
        """Every claim with what came of it."""
        return self.comparison.claims if self.comparison else ()

    @property
    def claims_unchecked(self) -> int:
        """How many claims are about tests that --filter or --suite left out."""
        return sum(not result.checked for result in self.claims)

    @property
    def verdicts(self) -> tuple[TestVerdict, ...]:
        """Every test's verdict."""
        return self.comparison.verdicts if self.comparison else ()

    @property
    def notable(self) -> tuple[TestVerdict, ...]:
        """The verdicts to list one by one: not trivial, or red, or of tests that are gone."""
        return tuple(v for v in self.verdicts if not v.verdict.is_trivial or v.red or v.gone)

    @property
    def counts(self) -> tuple[tuple[Verdict, int], ...]:
        """How many tests have each verdict, in the order of `Verdict`, those with none left out."""
        if self.comparison is None:
            return ()
        return tuple((verdict, n) for verdict in Verdict if (n := self.comparison.count(verdict)))

    @property
    def meant_to_break(self) -> frozenset[str]:
        """The tests that a mutant broke, and right so: as it claims, or any if it claims nothing."""
        if self.kind is not SeriesKind.MUTANT:
            return frozenset()
        if self.comparison is not None and not self.claims:
            return frozenset(v.name for v in self.verdicts if v.is_broken)
        return frozenset(
            name
            for result in self.claims
            if (result.held or not result.checked) and result.claim.kind is ClaimKind.BREAKS
            for name in result.tests
        )

    def remark(self, verdict: TestVerdict) -> str:
        """What to say beside a verdict: why it is what it is, or that a claim is about it."""
        claimed = bool(self.claims) and verdict.name in self.meant_to_break
        return verdict.note or ("as claimed" if claimed else "")

    def difference(self, test: str) -> str:
        """The evidence for the verdict on `test`, or an empty string."""
        return self.differences.get(test, "")


@dataclass(frozen=True, slots=True)
class CheckReport:
    """One call of the harness: on which LLVM, built how, and what came of each series.

    `builder` is `overlay`, `full` or `none`; `assertions` tells whether they were enabled. `suite` is the run
    of a suite without any patch. `whole` are the folders of LLVM's own tests, such as `CodeGen/X86`, of which
    nothing was left out. `seconds` is the time of everything. `remarks` are of the call, not of one series.
    `failures` says of each red test of `suite` why it is, as text of some lines. `enclosure` says in what
    jails the patches and tests ran, and what these do not hold off.
    """

    tool_version: str
    llvm_version: str
    toolchain: str
    provenance: str
    builder: str
    assertions: bool
    series: tuple[SeriesReport, ...] = ()
    suite: Run | None = None
    seconds: float = 0.0
    whole: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    failures: dict[str, str] = field(default_factory=dict)
    enclosure: str = ""

    def failure(self, result: TestResult) -> str:
        """Why a test of `suite` is red, in some lines; empty if nothing is known."""
        return self.failures.get(result.name, "")

    @property
    def ok(self) -> bool:
        """Whether every series is, nothing of the suite is red, and there was anything to judge."""
        if not self.series and self.suite is None:
            return False
        return all(series.ok for series in self.series) and (self.suite is None or is_suite_ok(self.suite))

    @property
    def is_enclosed(self) -> bool:
        """Whether what patches and tests brought had no more rights than it needs."""
        return not self.enclosure.startswith(NOT_ENCLOSED)

    @property
    def exit_code(self) -> int:
        """What the command ends with: that of the worst failure, else of the verdict."""
        return exit_code_of((series.error for series in self.series), ok=self.ok)

    @property
    def proviso(self) -> str:
        """What `ok` does not say: `2 claims were not checked because of --filter`; mostly nothing."""
        unchecked = [result for series in self.series for result in series.claims if not result.checked]
        what = "1 claim was" if len(unchecked) == 1 else f"{len(unchecked)} claims were"
        options = [why.option for why in LeftOut if any(why.value in result.why for result in unchecked)]
        said = [f"{what} not checked because of {' and '.join(options)}"] if unchecked else []
        if same := sum(one.ok and one.result is Result.NO_EFFECT for one in self.series):
            said.append(f"{same} series without an effect")
        return "; ".join(said)


def list_lacking(results: Iterable[TestResult]) -> list[str]:
    """What the toolchain lacks for tests that did not run: `3 tests: runs opt, which is not in ...`."""
    counts = Counter(why for result in results if (why := result.lacking))
    return [f"{number} test{'' if number == 1 else 's'}: {why}" for why, number in counts.items()]


def describe_claim(claim: Claim) -> str:
    """A claim in words: `breaks X86/a.ll with "cast<Ty>()"`."""
    message = f' with "{claim.message}"' if claim.message else ""
    return f"{claim.kind.value} {claim.test}{message}"


def tally(series: SeriesReport) -> tuple[int, int, str]:
    """`claims_held`, and what else to say in a table: ` (2 not run)`, or nothing."""
    number = series.claims_unchecked
    return (*series.claims_held, f" ({number} not run)" if number else "")


def describe_counts(counts: Iterable[tuple[Verdict, int]]) -> str:
    """`12 passes, 3 still-failing`."""
    return ", ".join(f"{number} {verdict.value}" for verdict, number in counts)


def describe_build(build: BuildNote) -> str:
    """`cached, 1 unit` or `12.3 s, 2 units: lib/A.cpp, lib/B.cpp`."""
    number = len(build.units)
    what = (
        f"{'cached' if build.cached else f'{build.seconds:.1f} s'}, {number} unit{'' if number == 1 else 's'}"
    )
    return f"{what}: {', '.join(build.units)}" if build.units else what


def count_folders(run: Run) -> dict[str, int]:
    """How many tests of a plain run are in each folder, in the run's order."""
    return dict(Counter(folder_of(result.name) for result in run.results))


def folder_of(name: str) -> str:
    """The folder that a test is in, below its suite's root."""
    return name.rpartition("/")[0] or "."


def is_suite_ok(run: Run) -> bool:
    """Whether some test ran and none is red."""
    return any(r.outcome.ran for r in run.results) and not any(r.outcome.is_red for r in run.results)


def trim(report: CheckReport) -> CheckReport:
    """The report without what would make its JSON large: captured assembly, output of tests that pass.

    `differences` keep the evidence for the verdicts; of the other outputs the last 200 lines stay.
    """
    series = tuple(
        replace(one, comparison=_without_captures(one.comparison)) if one.comparison else one
        for one in report.series
    )
    suite = report.suite
    if suite is not None:
        suite = replace(suite, results=tuple(_small(result) for result in suite.results))
    return replace(report, series=series, suite=suite)


def _without_captures(comparison: Comparison) -> Comparison:
    return replace(comparison, verdicts=tuple(shorten(v) for v in comparison.verdicts))


def shorten(verdict: TestVerdict) -> TestVerdict:
    """A verdict without captures, and with the end of what a failing test wrote."""
    return replace(verdict, base=_small(verdict.base), patched=_small(verdict.patched))


def _small(result: TestResult) -> TestResult:
    output = "" if result.outcome is Outcome.PASS else "\n".join(result.output.split("\n")[-_OUTPUT_KEPT:])
    return replace(result, output=output, captures=(), outputs=())


@dataclass(frozen=True, slots=True)
class _Record:
    """`folders` is for readers of the JSON alone: the number of tests in each folder of the suite."""

    version: int
    report: CheckReport
    folders: dict[str, int] = field(default_factory=dict)


def encode(report: CheckReport) -> bytes:
    """The report as indented JSON with a final newline."""
    counts = count_folders(report.suite) if report.suite is not None else {}
    return wire.encode(_Record(wire.VERSION, report, counts))


def decode(data: bytes) -> CheckReport:
    """The report that `encode` wrote. Raises UsageError if it is not one, or of another version."""
    return wire.read(data, _Record, "a check", "check").report
