"""The JSON of a report: it comes back as it went, and strangers are turned away in words."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import Failure, UsageError
from harness.model import (
    Capture,
    Claim,
    ClaimKind,
    ClaimResult,
    Comparison,
    Outcome,
    Red,
    Run,
    SeriesKind,
    TestResult,
    TestVerdict,
    Verdict,
)
from harness.report.record import BuildNote, CheckReport, SeriesReport, decode, describe_build, encode, trim


def test_round_trip(report: CheckReport, golden: Callable[[str, str], None]) -> None:
    data = encode(report)
    golden("record.json", data.decode())
    again = decode(data)
    assert again == report
    # Location and frames take no part in the equality of signatures, but they travel.
    here, there = (r.series[1].verdicts[0].patched.signature for r in (report, again))
    assert here is not None
    assert there is not None
    assert (here.location, here.frames) == (there.location, there.frames)


def test_a_record_from_before_verdicts_had_a_reason_to_be_red_is_read(report: CheckReport) -> None:
    """The field came within version 1. Reports of what is read back show what is red all the same."""
    reasons = [v.red for series in decode(encode(report)).series for v in series.verdicts]
    assert {Red.REGRESSED, None} <= set(reasons)
    before = re.sub(rb',\s*"red": [^,}]*?(?=\s*[,}])', b"", encode(report))
    assert b'"red"' not in before
    assert {v.red for series in decode(before).series for v in series.verdicts} == {None}


def test_trimming_keeps_every_verdict_and_drops_bulk(report: CheckReport) -> None:
    captures = (Capture("llc", "nop\n" * 1000),)
    noise = "\n".join(map(str, range(1000)))
    passed = TestResult("a.ll", Outcome.PASS, 0.0, None, noise, captures)
    failed = replace(passed, outcome=Outcome.FAIL)
    verdict = TestVerdict("a.ll", Verdict.FIXED, failed, passed)
    series = SeriesReport("s", "t", SeriesKind.FIX, Comparison((verdict,), (), True, ()))
    whole = replace(report, series=(series, *report.series), suite=Run("t", (passed, failed), 0.0))
    kept = "\n".join(map(str, range(800, 1000)))
    small = trim(whole)
    assert small.suite == Run(
        "t", (replace(passed, output="", captures=()), replace(failed, output=kept, captures=())), 0.0
    )
    (one,) = small.series[0].verdicts
    assert (one.base.output, one.patched.output) == (kept, "")
    assert (one.base.captures, one.patched.captures) == ((), ())
    assert small.ok is whole.ok
    assert small.series[1:] == report.series
    assert trim(small) == small


@settings(deadline=None)
@given(st.builds(CheckReport, seconds=st.floats(0, 1e6)))
def test_any_report_comes_back(report: CheckReport) -> None:
    assert decode(encode(report)) == report


@pytest.mark.parametrize(
    ("why", "proviso"),
    [
        ((), ""),
        (("not run (filtered out)",), "1 claim was not checked because of --filter"),
        (("not run (of a suite that was not asked for)",), "1 claim was not checked because of --suite"),
        (
            ("not run (of a suite that was not asked for)", "2 of 3 tests not run (filtered out)"),
            "2 claims were not checked because of --filter and --suite",
        ),
    ],
)
def test_what_ok_does_not_say(why: tuple[str, ...], proviso: str) -> None:
    claim = Claim(ClaimKind.FIXES, "a.ll")
    claims = (ClaimResult(claim, True, ()), *(ClaimResult(claim, False, (), w, checked=False) for w in why))
    series = SeriesReport("s", "t", SeriesKind.FIX, Comparison((), claims, True, ()))
    assert CheckReport("0", "19", "t", "p", "none", True, (series,)).proviso == proviso


def test_another_version(report: CheckReport) -> None:
    data = encode(report).replace(b'"version": 1,', b'"version": 9,', 1)
    with pytest.raises(UsageError) as caught:
        decode(data)
    assert str(caught.value) == (
        "a record of version 9; this harness reads version 1\n"
        "next: read it with the harness that wrote it, or run `harness check` again"
    )


@pytest.mark.parametrize(
    ("data", "detail"),
    [
        (b"", "Input data was truncated"),
        (b"[1]", "Expected `object`, got `array`"),
        (b"{}", "Object missing required field `version`"),
        (b'{"version": 1, "report": {}}', "Object missing required field `tool_version` - at `$.report`"),
    ],
)
def test_no_record(data: bytes, detail: str) -> None:
    with pytest.raises(UsageError) as caught:
        decode(data)
    assert str(caught.value) == (
        f"this is not a record of a check\n  {detail}\nnext: give a file that `harness check --json` wrote"
    )


def test_what_a_series_tells_about_itself(report: CheckReport) -> None:
    fix, mutant, bad, broken, _ = report.series
    assert [series.ok for series in report.series] == [True, True, False, False, False]
    assert [series.claims_held for series in report.series] == [(1, 1), (1, 1), (0, 2), (0, 0), (0, 0)]
    # What was rewritten, and what is no longer run, are among them.
    notable = ("deleted", "rewritten", "undersized-12", "vanished")
    assert [v.name for v in fix.notable] == [f"X86/{name}.ll" for name in notable]
    assert mutant.meant_to_break == {"X86/symbol.ll"}
    assert fix.meant_to_break == bad.meant_to_break == broken.meant_to_break == frozenset()
    # The test that one side alone ran is one of them, and those that the series brings and does not pass.
    assert [v.name for v in bad.notable] == [*(f"X86/{name}.ll" for name in "cdefghij"), "a|b.ll"]
    assert dict(fix.counts) == {
        Verdict.FIXED: 1,
        Verdict.REWRITTEN: 1,
        Verdict.PASSES: 2,
        Verdict.STILL_FAILING: 1,
        Verdict.UNSUPPORTED: 2,
    }
    assert broken.reasons == ("lib/A.cpp does not compile with the patch",)


def test_a_mutant_that_claims_nothing_may_break_anything(report: CheckReport) -> None:
    mutant = report.series[1]
    assert mutant.comparison is not None
    (verdict,) = mutant.verdicts
    assert mutant.remark(verdict) == "as claimed"
    at_large = replace(mutant, comparison=replace(mutant.comparison, claims=()))
    assert at_large.meant_to_break == {"X86/symbol.ll"}
    assert at_large.remark(verdict) == ""
    assert at_large.remark(replace(verdict, note="why")) == "why"


def test_only_a_mutants_claims_that_hold_excuse_what_it_broke(report: CheckReport) -> None:
    mutant = report.series[1]
    assert mutant.comparison is not None
    assert replace(mutant, kind=SeriesKind.FIX).meant_to_break == frozenset()
    claims = tuple(replace(claim, held=False) for claim in mutant.comparison.claims)
    failed = replace(mutant, comparison=replace(mutant.comparison, claims=claims))
    assert failed.meant_to_break == frozenset()


def test_ok_wants_something_to_have_been_judged(report: CheckReport) -> None:
    nothing = replace(report, series=(), suite=None)
    assert not nothing.ok
    assert not replace(nothing, suite=Run("x", (), 0.0)).ok
    assert not replace(nothing, series=(SeriesReport("s", "t", SeriesKind.FIX),)).ok
    assert SeriesReport("s", "t", SeriesKind.FIX).reasons == ("nothing was compared",)
    assert replace(nothing, series=report.series[:2]).ok
    assert not replace(nothing, series=report.series).ok
    green = Comparison((), (), True, ())
    assert not SeriesReport("s", "t", SeriesKind.FIX, green, error=Failure("link failed")).ok


@pytest.mark.parametrize("outcome", list(Outcome))
def test_a_suite_is_ok_if_nothing_is_red(outcome: Outcome, report: CheckReport) -> None:
    tests = (TestResult("a", Outcome.PASS, 0.0), TestResult("b", outcome, 0.0))
    good = {Outcome.PASS, Outcome.XFAIL, Outcome.UNSUPPORTED}
    assert replace(report, series=(), suite=Run("x", tests, 0.0)).ok is (outcome in good)


@pytest.mark.parametrize(
    ("build", "text"),
    [
        (BuildNote("base", (), 0.0, True), "cached, 0 units"),
        (BuildNote("base", ("lib/A.cpp",), 3.0, True), "cached, 1 unit: lib/A.cpp"),
        (BuildNote("patched", ("a", "b"), 12.34, False), "12.3 s, 2 units: a, b"),
    ],
)
def test_a_build_in_words(build: BuildNote, text: str) -> None:
    assert describe_build(build) == text
