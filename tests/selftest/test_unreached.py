"""The self-test of reach: it sees an unreached test that notices its series, and on real LLVM none does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from harness.builders.choose import Pair
from harness.builders.request import Built, Options, Side
from harness.check.job import Job
from harness.check.prepare import Prepared
from harness.check.reached import TestsReached
from harness.check.select import PlannedRuns
from harness.check.sides import Sides
from harness.check.upstream import UpstreamChoice
from harness.errors import Failure
from harness.llvm import Toolchain
from harness.model import Capture, CrashKind, Outcome, Run, Series, SeriesKind, Signature, TestResult
from harness.patch import Change, ChangeKind
from harness.progress import Silent
from harness.report.reach import Reach
from harness.runner.runs import Suite
from harness.runner.selection import SuiteOptions
from harness.selftest.unreached import (
    Comparing,
    RuleReport,
    UnreachedTests,
    check_rule,
    choose_evenly,
    describe_series,
    summarize,
)
from harness.series.catalogue import Catalogue
from harness.series.load import load_all
from harness.series.parse import read_patch
from harness.store import Store, default_root
from harness.toolchain.provider import Request
from harness.toolchain.registry import resolve

TOP = Path(__file__).parents[2]
TESTS = ("a.ll", "b.ll", "c.ll")
BASE, PATCHED = (Toolchain(name, "19.1.7", {"llc": Path("/bin/llc")}, "made up", name) for name in "BP")


class Tools:
    """A runner whose tests do what `does` says: for a side and a test, one result after the other."""

    def __init__(self, tmp: Path) -> None:
        self.tmp = tmp
        self.does: dict[tuple[str, str], list[TestResult]] = {}
        (tmp / "suite").mkdir()
        for name in TESTS:
            (tmp / "suite" / name).touch()
        self.suite = Suite(tmp / "suite", 2)

    def run(self, tasks: Sequence[tuple[Toolchain, Suite]]) -> list[Run]:
        return [
            Run(side.name, tuple(self._one(side.name, name) for name in suite.names or TESTS), 0.1)
            for side, suite in tasks
        ]

    def _one(self, side: str, name: str) -> TestResult:
        told = self.does.get((side, name), [])
        found = told.pop(0) if len(told) > 1 else told[0] if told else passes("same")
        return replace(found, name=name)

    def compare(self, *unreached: str, why: str = "") -> UnreachedTests:
        """What is found where reach calls these tests unreached."""

        def find(
            _one: Prepared, _pair: Pair, base: Toolchain, parts: PlannedRuns, _choice: UpstreamChoice | None
        ) -> TestsReached:
            assert (base, [portion.whole for portion in parts.plain]) == (BASE, [self.suite])
            left = tuple(TestResult(name, Outcome.PASS, 0.0) for name in unreached)
            return TestsReached(Reach(unreached=len(left), why=why), (), left)

        comparing = Comparing(Store(self.tmp / "store"), (self.suite,), find, self.run, Silent())
        change = Change("llvm/lib/A.cpp", ChangeKind.MODIFIED)
        series = Series("demo", "Demo", SeriesKind.FIX, ())
        one = Prepared(series, Side("demo", self.tmp, "demo"), (change,), {change.path: "1"})
        ours, theirs = (Built({}, (), (), name, 0.0, cached=True) for name in ("base", "demo"))
        return comparing.compare(one, Pair(ours, theirs, "overlay"), Sides(BASE, PATCHED, (), ()))


@pytest.fixture
def tools(tmp_path: Path) -> Tools:
    return Tools(tmp_path)


def passes(wrote: str, *read: str) -> TestResult:
    captures = tuple(Capture("FileCheck", text) for text in read)
    return TestResult("", Outcome.PASS, 0.1, wrote=wrote, captures=captures)


CRASH = TestResult("", Outcome.CRASH, 0.1, Signature(CrashKind.SIGNAL, "SIGSEGV", tool="llc"), wrote="same")


def test_unreached_tests_that_do_the_same_keep_the_rule(tools: Tools) -> None:
    tools.does["P", "a.ll"] = [CRASH]
    found = tools.compare("b.ll", "c.ll")
    assert found == UnreachedTests("demo", tests=3, unreached=2, differing=1)
    assert list(describe_series(found)) == [
        "demo: 2 of 3 tests unreached and compared; 1 others differ (0 s)"
    ]
    report = RuleReport((found,), 3.0)
    assert (report.ok, report.exit_code) == (True, 0)
    assert summarize(report) == "1 series: 0 of 2 unreached tests differ; ok (3 s)"


@pytest.mark.parametrize(
    ("patched", "said"),
    [
        (CRASH, ["passes on base, llc: SIGSEGV with the series", "base:    passes"]),
        (passes("other"), ["passes on both sides, but the tools write something else"]),
        (
            passes("same", "ret\n"),
            ["passes on both sides, but the tools write something else", "--- base"],
        ),
    ],
)
def test_an_unreached_test_that_notices_the_series_breaks_the_rule(
    tools: Tools, patched: TestResult, said: list[str]
) -> None:
    tools.does["B", "b.ll"] = [passes("same", "nop\n")]
    tools.does["P", "a.ll"], tools.does["P", "b.ll"] = [CRASH], [replace(patched)]
    if not patched.captures and patched.outcome is Outcome.PASS:
        tools.does["B", "b.ll"] = [passes("same")]
    found = tools.compare("b.ll", "c.ll")
    assert [one.name for one in found.differences] == ["b.ll"]
    lines = list(describe_series(found))
    assert lines[1] == f"  UNREACHED, AND DIFFERS: b.ll: {said[0]}"
    assert [line.strip() for line in lines[2:3]] == said[1:]
    report = RuleReport((found,), 3.0)
    assert (report.ok, report.exit_code) == (False, 1)
    assert summarize(report) == (
        "1 series: 1 of 2 unreached tests differ; the rule is NOT shown to hold (3 s)"
    )


def test_what_differs_once_or_on_base_too_is_told_and_breaks_nothing(tools: Tools) -> None:
    tools.does["P", "a.ll"] = [CRASH]
    tools.does["P", "b.ll"] = [passes("other"), passes("same")]
    tools.does["B", "c.ll"] = [passes("1"), passes("2"), passes("3")]
    found = tools.compare("b.ll", "c.ll")
    assert (found.ok, found.differences, found.unsteady) == (True, (), ("b.ll", "c.ll"))
    assert list(describe_series(found))[1:] == ["  differ from run to run: b.ll, c.ll"]


@pytest.mark.parametrize(
    ("base", "patched", "same"),
    [
        (
            " #3 0x00005581c5a6d2a4 f (/tmp/llc+0x1d2a4)\n",
            " #3 0x00005581c5a6d2b4 f (/tmp/llc+0x1d2b4)\n",
            True,
        ),
        ("llc: /s/lib/A.cpp:12: Assertion `x'\n", "llc: /s/lib/A.cpp:13: Assertion `x'\n", True),
        ("llc: /s/lib/A.cpp:12: Assertion `x'\n", "llc: /s/lib/A.cpp:12: Assertion `y'\n", False),
        ("llc: /s/include/A.h:12: x\n", "llc: /s/include/A.h:13: x\n", True),
        (".cpp:12 \n", ".cpp:13 \n", False),
    ],
)
def test_addresses_in_a_stack_trace_and_lines_of_assertions_are_no_difference(
    tools: Tools, base: str, patched: str, *, same: bool
) -> None:
    tools.does["B", "b.ll"], tools.does["P", "b.ll"] = [passes("same", base)], [passes("same", patched)]
    assert (tools.compare("b.ll").differences == ()) is same


def test_where_nothing_is_unreached_or_nothing_differs_nothing_is_shown(tools: Tools) -> None:
    quiet = tools.compare("b.ll")
    assert (quiet.ok, RuleReport((quiet,), 0.0).ok) == (True, False)
    unknown = tools.compare(why="it was built in full")
    assert list(describe_series(unknown)) == [
        "demo: all 3 tests count as reached: it was built in full; 0 others differ (0 s)"
    ]
    noticed = replace(unknown, differing=1)
    assert (unknown.ok, RuleReport((noticed,), 0.0).ok) == (True, False)
    assert RuleReport((quiet, noticed), 0.0).ok


def test_a_series_that_is_not_built_is_named_and_fails(tools: Tools) -> None:
    tools.does["P", "a.ll"] = [CRASH]
    lost = UnreachedTests("lost", failure=Failure("a.cpp:1: error\nnext: mend it", 3))
    report = RuleReport((tools.compare("b.ll"), lost), 0.0)
    assert list(describe_series(lost)) == ["lost: NOT compared", "  a.cpp:1: error", "  next: mend it"]
    assert (report.ok, report.exit_code) == (False, 3)
    assert summarize(report) == (
        "2 series: 0 of 1 unreached tests differ; not compared: lost; the rule is NOT shown to hold (0 s)"
    )


def test_mutants_are_chosen_evenly() -> None:
    patch = read_patch("a.patch", b"--- a/llvm/A.cpp\n+++ b/llvm/A.cpp\n@@ -1 +1 @@\n-x\n+y\n")
    every = [Series(str(n), "", SeriesKind.MUTANT, (patch,) if n != 1 else ()) for n in range(9)]
    assert [one.name for one in choose_evenly(every, 4)] == ["0", "3", "5", "7"]
    assert [one.name for one in choose_evenly(every, 20)] == ["0", *"2345678"]


@pytest.mark.needs_llvm
@pytest.mark.builds
@pytest.mark.slow
@pytest.mark.xdist_group("overlay")
def test_no_unreached_test_notices_a_series_or_a_mutant_of_real_llvm() -> None:
    store = Store(default_root())
    provider = resolve(store, Request("debian", 19, None), Silent().step)
    names = (
        "X86/patchpoint-undersized-symbol-callee.ll",
        "X86/stackmap-shadow-call.ll",
        "AArch64/patchpoint-anyregcc.ll",
    )
    suite = Suite(TOP / "lit-tests", 2, names=names)
    catalogue = Catalogue(TOP / "patches")
    # They change X86MCInstLower.cpp alone, as other tests' series do, which share what is built of base.
    wanted = {"x86-undersized-patchpoint", "x86-shadow-call"}
    every = (*load_all(catalogue, "19.1.7"), *load_all(catalogue, "19.1.7", mutants=True))
    series = tuple(one for one in every if one.name in wanted)
    job = Job(store, provider, series, SuiteOptions((suite,), 2), Options())
    report = RuleReport(tuple(check_rule(job, Silent())), 0.0)
    assert report.ok, "\n".join(line for found in report.series for line in describe_series(found))
    assert {one.series: (one.tests, one.unreached, one.differing) for one in report.series} == {
        "x86-undersized-patchpoint": (3, 2, 1),
        "x86-shadow-call": (3, 1, 1),
    }
