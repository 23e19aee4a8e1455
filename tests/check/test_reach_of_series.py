"""Tests that cannot notice a series: they run on base alone, and prove nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

import pytest

from harness.builders.choose import Pair
from harness.builders.effect import Effect
from harness.builders.request import Built, Side
from harness.check.compare import compare
from harness.check.judge import Judge
from harness.check.lines import EnteringTests
from harness.check.prepare import Prepared
from harness.check.reached import TestsReached
from harness.check.sample import Sampler
from harness.check.select import PlannedRuns
from harness.check.unshown import UnshownFinder
from harness.check.upstream import UpstreamChoice
from harness.llvm import Toolchain
from harness.model import Claim, ClaimKind, Outcome, Run, Series, SeriesKind, TestResult, Verdict
from harness.patch import Change, ChangeKind
from harness.progress import Silent
from harness.report.reach import LineReach, Reach, ReachSample
from harness.report.record import Result, SeriesReport
from harness.runner.runs import Suite
from harness.runner.selection import Selection
from harness.store import Store

TESTS = ("a.ll", "b.ll", "c.ll")
CHANGED = ("_ZN4llvm1fEv",)


class Bench:
    """A judge of one series, whose runner notes which tests run on which side."""

    def __init__(self, tmp: Path) -> None:
        self.tmp = tmp
        self.ran: list[tuple[str, tuple[str, ...]]] = []
        self.outcomes: dict[tuple[str, str], Outcome] = {}
        for side in ("base", "demo"):
            (tmp / side / "llvm/test").mkdir(parents=True)
        (tmp / "suite").mkdir()
        for name in TESTS:
            (tmp / "suite" / name).touch()
        self.suite = Suite(tmp / "suite", 1)

    def run(self, tasks: Sequence[tuple[Toolchain, Suite]]) -> list[Run]:
        return [self.one(*task) for task in tasks]

    def one(self, toolchain: Toolchain, suite: Suite) -> Run:
        names = suite.names or TESTS
        self.ran.append((toolchain.name, names))
        outcomes = ((name, self.outcomes.get((toolchain.name, name), Outcome.PASS)) for name in names)
        return Run(toolchain.name, tuple(TestResult(name, one, 0.1) for name, one in outcomes), 0.1)

    def report(
        self,
        *unreached: str,
        kind: SeriesKind = SeriesKind.FIX,
        claims: tuple[Claim, ...] = (),
        allowed: bool = False,
        sampler: Sampler | None = None,
        unshown: UnshownFinder | None = None,
    ) -> SeriesReport:
        keep = frozenset(TESTS).difference(unreached)
        note = Reach(CHANGED, len(keep), len(unreached), allowed=allowed)
        on_base = tuple(TestResult(name, Outcome.PASS, 0.0) for name in unreached)

        def find(
            _one: Prepared,
            _pair: Pair,
            base: Toolchain,
            parts: PlannedRuns,
            choice: UpstreamChoice | None,
        ) -> TestsReached:
            assert choice is None
            assert base.name == "base"
            assert [portion.whole for portion in parts.plain] == [self.suite]
            return TestsReached(note, (keep,), on_base)

        tools = Toolchain("release", "19.1.7", {"llc": Path("/bin/llc")}, "made up", "r")
        base = Side("base", self.tmp / "base", "base")
        store = Store(self.tmp / "store")
        judge = Judge(
            store,
            tools,
            base,
            Selection((self.suite,)),
            Silent(),
            self.run,
            find,
            sampler=sampler,
            features=lambda _: frozenset(),
        )
        judge.unshown = unshown
        series = Series("demo", "Demo", kind, (), claims=claims)
        side = Side("demo", self.tmp / "demo", "demo")
        change = Change("llvm/lib/A.cpp", ChangeKind.MODIFIED)
        one = Prepared(series, side, (change,), {change.path: "1"}, effect=Effect())
        without, with_patch = (Built({}, (), (), name, 0.0, cached=True) for name in ("base", "demo"))
        return judge.report(one, Pair(without, with_patch, "overlay"))


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def verdicts(report: SeriesReport) -> dict[str, str]:
    return {one.name: one.verdict.value for one in report.verdicts}


def test_only_tests_that_can_notice_it_run_on_both_sides(bench: Bench) -> None:
    report = bench.report("b.ll")
    assert sorted(bench.ran) == [("base", ("a.ll", "c.ll")), ("demo", ("a.ll", "c.ll"))]
    assert verdicts(report) == {"a.ll": "passes", "b.ll": "unreached", "c.ll": "passes"}
    assert (report.result, report.reach) == (Result.OK, Reach(CHANGED, 2, 1))
    assert report.reach is not None
    assert report.reach.lines == (
        "changes 1 function: _ZN4llvm1fEv",
        "reached by 2 of 3 tests; the others cannot notice it",
    )


def test_a_sample_of_the_others_runs_on_both_sides_and_may_break_the_rule(bench: Bench) -> None:
    sampler = Sampler(Store(bench.tmp / "store"), "r", bench.run, Silent())
    report = bench.report("b.ll", sampler=sampler)
    assert sorted(bench.ran)[1::2] == [("base", ("b.ll",)), ("demo", ("b.ll",))]
    assert report.reach is not None
    assert (report.result, report.reach.sample) == (Result.OK, ReachSample(1, (), 1, 0))
    bench.outcomes["demo", "b.ll"] = Outcome.FAIL
    report = bench.report("b.ll", sampler=sampler)
    assert (report.result, verdicts(report)["b.ll"]) == (Result.NOT_OK, "unreached")
    assert report.reasons == (
        "the rule of reach is broken: b.ll gets to nothing that the series changes, and differs; "
        "to see it, add --all --filter '^b.ll$'",
    )


@dataclass
class NoLine:
    """Stands for an UnshownFinder that finds no test which gets to a changed line. `asked` is what ran."""

    asked: list[list[EnteringTests]] = field(default_factory=list)

    def find(
        self, _one: Prepared, pair: Pair, base: Toolchain, ran: list[EnteringTests], note: Reach
    ) -> Reach:
        assert (pair.builder, base.name) == ("overlay", "base")
        self.asked.append(ran)
        return replace(note, by_functions=2, by_lines=LineReach(2, missed=("llvm/lib/A.cpp:7",)))


def test_where_no_test_differs_lines_decide(bench: Bench) -> None:
    lines = NoLine()
    unshown = cast("UnshownFinder", lines)
    bench.outcomes["base", "a.ll"] = Outcome.FAIL
    assert bench.report("b.ll", unshown=unshown).result is Result.OK
    assert lines.asked == []  # a test shows it
    bench.outcomes["demo", "a.ll"] = Outcome.FAIL
    report = bench.report("b.ll", unshown=unshown)
    outcomes = {"a.ll": Outcome.FAIL, "c.ll": Outcome.PASS}
    assert lines.asked == [[EnteringTests(replace(bench.suite, names=("a.ll", "c.ll")), outcomes)]]
    assert report.conclusion == (
        "unproven: no test that ran gets to llvm/lib/A.cpp:7: add one, or name more with --suite"
    )
    assert bench.report("b.ll", unshown=unshown, allowed=True).result is Result.OK
    del lines.asked[:]
    assert bench.report("b.ll", unshown=unshown, kind=SeriesKind.MUTANT).result is Result.NOT_OK
    assert lines.asked == []


def test_a_series_that_no_test_reaches_is_unproven(bench: Bench) -> None:
    report = bench.report(*TESTS)
    assert not bench.ran
    assert (report.result, report.ok) == (Result.UNPROVEN, False)
    assert report.reasons == ("no test enters what it changes: add one, or name more with --suite",)
    assert bench.report(*TESTS, allowed=True).result is Result.OK


def test_what_tests_show_counts_before_that_others_do_not(bench: Bench) -> None:
    bench.outcomes["demo", "a.ll"] = Outcome.FAIL
    report = bench.report("b.ll")
    assert (report.result, verdicts(report)["a.ll"]) == (Result.NOT_OK, "regressed")


def test_a_claim_about_an_unreached_test_fails_and_says_why(bench: Bench) -> None:
    report = bench.report("b.ll", claims=(Claim(ClaimKind.FIXES, "b.ll"),))
    assert report.reasons == (
        "claim does not hold: fixes b.ll: b.ll unreached (gets to nothing that the series changes)",
    )
    assert all("b.ll" not in names for _, names in bench.ran)  # nor does it run again


def test_a_mutant_that_no_test_reaches_is_one_that_the_suite_does_not_notice(bench: Bench) -> None:
    report = bench.report(*TESTS, kind=SeriesKind.MUTANT)
    assert (report.result, report.reasons) == (
        Result.NOT_OK,
        ("breaks no test: the suite does not notice this mistake",),
    )


def test_an_unreached_test_has_base_s_result_and_is_never_red() -> None:
    base = Run("base", (TestResult("a.ll", Outcome.CRASH, 0.1),), 0.1)
    found = compare(base, Run("patched", (), 0.0), kind=SeriesKind.FIX, unreached=frozenset({"a.ll"}))
    (one,) = found.verdicts
    assert (one.verdict, one.base, one.patched) == (Verdict.UNREACHED, *base.results * 2)
    assert (one.red, found.ok, found.reasons) == (None, True, ())
