"""Tests that pass on both sides though the tools write something else: when they run again, what is said."""

from __future__ import annotations

import pytest

from harness.check import judge
from harness.model import Outcome, SeriesKind, Verdict
from harness.report.changes import SilentChange, SilentChanges
from tests.check.test_judge import Bench, bench, steady
from tests.check.test_judge_rewritten import RUN, X86, pool
from tests.check.test_judge_rewritten import Bench as LlvmBench
from tests.check.test_judge_rewritten import bench as llvm_bench

__all__ = ["bench", "llvm_bench", "pool"]

RET = f"{RUN}; CHECK: ret\n"

DIFF = "--- base\n+++ patched\n@@\n-base\n+patched"
CHANGES = tuple(SilentChange(name, "llc", "stdout", "", 2, diff=DIFF) for name in ("a.ll", "b.ll"))
UNSEEN = "none of the 2 tests that ran shows the patch: they end with it as they do without"


def sides(side: str, _test: str, _count: int) -> str:
    return side


def test_silent_changes_are_run_again_and_shown_and_not_red(bench: Bench) -> None:
    bench.writes = sides
    report = bench.report()
    assert report.ok
    assert bench.asked[2:] == [(side, "pypi", ("a.ll", "b.ll")) for side in ("base", "base", "patched")]
    assert report.silent == SilentChanges(("a.ll", "b.ll"), changes=CHANGES)
    assert report.remarks == ("a remark",)


def test_nothing_runs_again_if_the_tools_write_the_same(bench: Bench) -> None:
    bench.writes = lambda _side, test, _count: test
    report = bench.report()
    assert (report.silent, len(bench.asked), report.remarks[1:]) == (None, 2, (UNSEEN,))


def test_what_varies_shows_nothing_of_the_patch(bench: Bench) -> None:
    bench.writes = lambda side, test, count: f"{side} {count}" if test == "a.ll" else ""
    report = bench.report()
    assert report.silent == SilentChanges((), ("a.ll",))
    assert report.remarks == ("a remark", UNSEEN)


def test_very_many_are_not_all_run_again(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.writes = sides
    monkeypatch.setattr(judge, "AGAIN", 1)
    assert bench.report().silent == SilentChanges(("a.ll",), (), ("b.ll",), CHANGES[:1])


def test_a_base_that_is_known_is_compared_too(bench: Bench) -> None:
    """What it wrote then is kept with its outcome."""
    bench.writes = sides
    bench.report()
    del bench.asked[:]
    report = Bench.report(bench)
    assert bench.asked[0] == ("patched", "pypi", ())
    assert report.silent == SilentChanges(("a.ll", "b.ll"), changes=CHANGES)


def test_a_mutant_that_a_test_notices_needs_no_other_evidence(bench: Bench) -> None:
    bench.writes = sides
    assert bench.report(kind=SeriesKind.MUTANT).silent is not None
    bench.says = lambda side, _which, test, _count: (
        Outcome.FAIL if (side, test) == ("patched", "a.ll") else Outcome.PASS
    )
    assert bench.report(kind=SeriesKind.MUTANT).silent is None
    bench.says = steady(Outcome.PASS, Outcome.PASS)
    assert bench.report(kind=SeriesKind.MUTANT).silent is not None


@pytest.mark.slow
def test_what_tests_of_llvm_do_not_notice_is_shown_with_their_new_text(llvm_bench: LlvmBench) -> None:
    """Not of those that are gone: they are listed. `ret.ll` stays, and another such test is deleted."""
    weak, gone = f"{X86}/weak.ll", f"{X86}/gone.ll"
    llvm_bench.tree |= {gone: RET, weak: RET}
    report = llvm_bench.judge({gone: None, weak: f"{RET}; a comment\n"})
    assert {v.name: v.verdict for v in report.verdicts if v.name in {gone, weak}} == {
        gone: Verdict.PASSES,
        weak: Verdict.PASSES,
    }
    assert report.silent is not None
    assert report.silent.tests == (f"{X86}/ret.ll", weak)
    diff = "--- base\n+++ patched\n@@\n-code\n+other\n ret"
    assert {(one.test, one.diff) for one in report.silent.changes} == {(f"{X86}/ret.ll", diff), (weak, diff)}
