"""What a check says of a series or a suite, as the result of a matrix's cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.cell import Cell, CellResult, CellState
from harness.check.cells import cell_results, error_result, series_result, suite_result
from harness.check.compare import Repeats, compare
from harness.errors import EnvironmentLacksError, Failure, HarnessFaultError, PatchError, UsageError
from harness.model import Claim, LeftOut, Outcome, Run, SeriesKind, Verdict
from harness.report.reach import Reach, ReachSample
from harness.report.record import BuildNote, CheckReport, NoEffect, SeriesReport
from tests.check.made import (
    CAST,
    CRASH,
    FAIL,
    FEATURE,
    FIX,
    MUTANT,
    PASS,
    SEGV,
    TIMEOUT,
    UNRESOLVED,
    UNSUPPORTED,
    XFAIL,
    XPASS,
    breaks,
    fixes,
    result,
    run,
)

CELL = Cell("19", series="demo")
SUITE = Cell("19")
NONE: Mapping[str, tuple[Outcome, ...]] = MappingProxyType({})


def demo(kind: SeriesKind = FIX) -> SeriesReport:
    return SeriesReport("demo", "Demo", kind)


def judged(
    tests: Mapping[str, tuple[Outcome, Outcome]],
    *claims: Claim,
    kind: SeriesKind = FIX,
    own: Sequence[str] = (),
    again: Mapping[str, tuple[Outcome, ...]] = NONE,
    unreached: Sequence[str] = (),
) -> SeriesReport:
    """A series whose tests ended so on base and with it, and with it `again`."""
    base = run(*(result(name, before) for name, (before, _after) in tests.items()))
    patched = run(*(result(name, after) for name, (_before, after) in tests.items()))
    repeats: Repeats = {name: ((), tuple(result(name, one) for one in more)) for name, more in again.items()}
    found = compare(
        *(base, patched, claims),
        kind=kind,
        own=frozenset(own),
        repeats=repeats,
        unreached=frozenset(unreached),
    )
    return replace(demo(kind), comparison=found)


def state(one: SeriesReport) -> CellState:
    found = series_result(one, CELL)
    assert (found.state is CellState.OK) is one.ok
    # A cell asks for a bad exit code wherever its check does, but for what base fails already.
    assert bool(found.state.code) is not (one.ok or found.state is CellState.ALREADY_FAILING)
    return found.state


def test_a_series_that_does_what_it_says_is_ok() -> None:
    assert state(judged({"a.ll": (CRASH, PASS), "b.ll": (PASS, PASS)}, fixes("a.ll"))) is CellState.OK
    assert state(judged({"a.ll": (PASS, FAIL)}, breaks("a.ll"), kind=MUTANT)) is CellState.OK


def test_what_else_fails_on_base_does_not_matter() -> None:
    both = {"a.ll": (FAIL, PASS), "old.ll": (FAIL, FAIL), "c.ll": (CRASH, FAIL)}
    assert state(judged(both, fixes("a.ll"))) is CellState.OK


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (PatchError("0001.patch: hunk 1 does not apply", "rebase it"), CellState.DOES_NOT_BUILD),
        (EnvironmentLacksError("base does not compile", "fix it"), CellState.NO_ANSWER),
        (HarnessFaultError("KeyError: 3", "report it"), CellState.NO_ANSWER),
        (UsageError("the suite cannot be read", "mend it"), CellState.NO_ANSWER),
    ],
)
def test_errors(error: UsageError, expected: CellState) -> None:
    failure = Failure.of(error)
    of_series = series_result(replace(demo(), error=failure), CELL)
    assert of_series == error_result(failure, CELL) == CellResult(CELL, expected, error.what)
    assert state(replace(demo(), error=failure)) is expected


def test_a_regression_fails_whatever_else_is() -> None:
    both = {"a.ll": (PASS, FAIL), "b.ll": (PASS, UNRESOLVED), "c.ll": (PASS, FAIL), "d.ll": (FAIL, FAIL)}
    one = judged(both, fixes("d.ll"), again={"c.ll": (PASS,)})
    assert {v.verdict for v in one.verdicts} >= {Verdict.REGRESSED, Verdict.UNRESOLVED, Verdict.FLAKY}
    assert state(one) is CellState.FAILS


def test_a_fix_that_does_not_fix_fails_though_base_fails_too() -> None:
    one = judged({"a.ll": (CRASH, CRASH), "b.ll": (PASS, PASS)}, fixes("a.ll"))
    assert state(one) is CellState.FAILS
    assert series_result(one, CELL).reason == "claim does not hold: fixes a.ll: a.ll still-failing"


def test_a_test_that_the_series_brings_has_to_pass_though_base_fails_it_too() -> None:
    assert state(judged({"own.ll": (FAIL, FAIL)}, own=["own.ll"])) is CellState.FAILS
    assert state(judged({"own.ll": (XFAIL, XPASS)}, own=["own.ll"])) is CellState.FAILS


def test_a_test_that_the_series_brings_and_this_llvm_does_not_run_is_no_proof() -> None:
    both = {"own.ll": (UNSUPPORTED, UNSUPPORTED), "b.ll": (PASS, PASS)}
    assert state(judged(both, own=["own.ll"])) is CellState.UNPROVEN


@pytest.mark.parametrize(
    ("both", "claim"),
    [
        ({"a.ll": (PASS, UNRESOLVED)}, None),
        ({"a.ll": (PASS, UNSUPPORTED)}, None),
        ({"a.ll": (UNSUPPORTED, UNSUPPORTED)}, None),  # no test ran on both sides
        ({"a.ll": (PASS, PASS)}, fixes("a.ll")),  # vacuous
        ({"a.ll": (UNSUPPORTED, UNSUPPORTED), "b.ll": (PASS, PASS)}, fixes("a.ll")),
        ({"a.ll": (PASS, PASS)}, fixes("no-such.ll")),
    ],
)
def test_what_nothing_shows_is_unproven(
    both: Mapping[str, tuple[Outcome, Outcome]], claim: Claim | None
) -> None:
    assert state(judged(both, *([claim] if claim else []))) is CellState.UNPROVEN


def test_a_claim_about_a_test_that_cannot_notice_the_series_is_unproven() -> None:
    one = judged({"a.ll": (FAIL, FAIL), "b.ll": (PASS, PASS)}, fixes("a.ll"), unreached=["a.ll"])
    assert state(one) is CellState.UNPROVEN


GREEN = judged({"a.ll": (PASS, PASS)})
OFF = NoEffect("what is compiled is the same", meant=False)


@pytest.mark.parametrize(
    "one",
    [
        demo(),
        replace(demo(), no_effect=OFF),
        replace(GREEN, no_effect=OFF),
        replace(GREEN, unjudged=("llvm/unittests/A.cpp: unit tests are not run here",)),
        replace(demo(), unjudged=("clang/A.cpp: not LLVM's",)),
        replace(GREEN, reach=Reach(("f",), 0, 3)),
        replace(GREEN, reach=Reach(("f",), 1, 2, sample=ReachSample(3, ("X86/b.ll",), 90, 1))),
    ],
)
def test_what_is_not_judged_or_not_reached_is_unproven(one: SeriesReport) -> None:
    assert state(one) is CellState.UNPROVEN
    assert series_result(one, CELL).reason == "; ".join(one.reasons)


def test_a_series_that_is_meant_to_do_nothing_is_ok_and_says_so() -> None:
    one = replace(demo(), no_effect=NoEffect("only comments change", meant=True))
    assert (state(one), series_result(one, CELL).reason) == (CellState.OK, "only comments change")


def test_flaky_tests_alone_are_flaky() -> None:
    both = {"a.ll": (PASS, FAIL), "b.ll": (PASS, PASS)}
    assert state(judged(both, again={"a.ll": (PASS,)})) is CellState.FLAKY
    fixed = {"a.ll": (FAIL, PASS), "b.ll": (PASS, PASS)}
    assert state(judged(fixed, fixes("a.ll"), again={"a.ll": (FAIL,)})) is CellState.FLAKY


def test_flaky_tests_beside_what_is_not_judged_are_unproven() -> None:
    one = judged({"a.ll": (PASS, FAIL)}, again={"a.ll": (PASS,)})
    assert state(replace(one, unjudged=("clang/A.cpp: not LLVM's",))) is CellState.UNPROVEN


def test_a_mutant_is_not_told_by_tests_that_fail_already() -> None:
    already = {"a.ll": (CRASH, CRASH), "b.ll": (PASS, PASS)}
    assert state(judged(already, breaks("a.ll"), kind=MUTANT)) is CellState.ALREADY_FAILING


def test_what_else_is_not_known_of_a_mutant_is_not_base_s_fault() -> None:
    already = judged({"a.ll": (CRASH, CRASH), "b.ll": (PASS, PASS)}, breaks("a.ll"), kind=MUTANT)
    unjudged = replace(already, unjudged=("clang/A.cpp: not LLVM's",))
    assert state(unjudged) is not CellState.ALREADY_FAILING
    left_out = {"c.ll": LeftOut.FILTER}
    tests = run(result("a.ll", CRASH), result("b.ll", PASS))
    found = compare(tests, tests, (breaks("a.ll"), breaks("c.ll")), kind=MUTANT, left_out=left_out)
    assert state(replace(demo(MUTANT), comparison=found)) is not CellState.ALREADY_FAILING


@pytest.mark.parametrize(
    ("both", "claims"),
    [
        ({"a.ll": (CRASH, CRASH), "b.ll": (PASS, FAIL)}, ["a.ll"]),  # it breaks what it does not claim
        ({"a.ll": (CRASH, CRASH), "b.ll": (PASS, PASS)}, ["a.ll", "b.ll"]),  # one can tell, and does not
        ({"a.ll": (CRASH, CRASH), "b.ll": (PASS, PASS)}, ["?.ll"]),
        ({"a.ll": (PASS, PASS)}, ["a.ll"]),
        ({"a.ll": (PASS, FAIL), "b.ll": (CRASH, CRASH)}, ["a.ll", "b.ll"]),
    ],
)
def test_a_mutant_fails_if_any_test_could_have_told_it(
    both: Mapping[str, tuple[Outcome, Outcome]], claims: list[str]
) -> None:
    assert state(judged(both, *map(breaks, claims), kind=MUTANT)) is CellState.FAILS


def test_a_mutant_that_breaks_a_test_in_another_way_fails() -> None:
    assert state(judged({"a.ll": (PASS, FAIL)}, breaks("a.ll", "cast<"), kind=MUTANT)) is CellState.FAILS
    assert state(judged({"a.ll": (FAIL, CRASH)}, breaks("a.ll", "cast<"), kind=MUTANT)) is CellState.FAILS


def test_a_mutant_without_claims_fails_if_no_test_notices_it() -> None:
    assert state(judged({"a.ll": (PASS, PASS)}, kind=MUTANT)) is CellState.FAILS
    assert state(judged({"a.ll": (PASS, FAIL)}, kind=MUTANT)) is CellState.OK
    assert state(judged({"a.ll": (UNSUPPORTED, UNSUPPORTED)}, kind=MUTANT)) is CellState.UNPROVEN
    assert state(judged({"a.ll": (PASS, FAIL)}, kind=MUTANT, again={"a.ll": (PASS,)})) is CellState.FLAKY


ENDS = st.sampled_from((PASS, FAIL, CRASH, TIMEOUT, XFAIL, XPASS, UNSUPPORTED, UNRESOLVED))


@given(
    st.dictionaries(st.sampled_from(("a.ll", "b.ll", "c.ll")), st.tuples(ENDS, ENDS), min_size=1),
    st.lists(st.builds(lambda make, name: make(name), st.sampled_from((fixes, breaks)), st.just("a.ll"))),
    st.sampled_from((FIX, FEATURE, MUTANT)),
    st.dictionaries(st.sampled_from(("a.ll", "b.ll")), st.tuples(ENDS)),
)
def test_a_cell_is_never_greener_than_its_check(
    both: dict[str, tuple[Outcome, Outcome]],
    claims: list[Claim],
    kind: SeriesKind,
    again: dict[str, tuple[Outcome, ...]],
) -> None:
    one = judged(both, *claims, kind=kind, own=["c.ll"], again=again)
    found = state(one)
    if any(v.verdict is Verdict.REGRESSED and v.red for v in one.verdicts):
        assert found is CellState.FAILS
    if found is CellState.ALREADY_FAILING:
        assert kind is MUTANT
        assert not any(v.red for v in one.verdicts)


def test_the_tests_of_a_series() -> None:
    base = run(result("a.ll", CRASH, CAST), result("b.ll", PASS), result("c.ll", FAIL))
    patched = run(result("a.ll", CRASH, SEGV), result("b.ll", FAIL, None, "no"), result("c.ll", FAIL))
    one = replace(demo(), comparison=compare(base, patched, kind=FIX))
    tests = series_result(one, CELL).tests
    assert [(t.name, t.base, t.outcome, t.verdict, t.seconds, t.why) for t in tests] == [
        ("a.ll", CRASH, CRASH, Verdict.FAILS_DIFFERENTLY, 0.5, "SIGSEGV"),
        ("b.ll", PASS, FAIL, Verdict.REGRESSED, 0.5, "fails"),
        ("c.ll", FAIL, FAIL, Verdict.STILL_FAILING, 0.5, ""),
    ]


@pytest.mark.parametrize(
    ("outcomes", "expected", "reason"),
    [
        ([PASS, XFAIL, UNSUPPORTED], CellState.OK, ""),
        ([PASS, FAIL, XPASS], CellState.FAILS, "2 of 3 tests (1.ll, 2.ll) red"),
        ([PASS, UNRESOLVED, FAIL], CellState.FAILS, "2 of 3 tests (1.ll, 2.ll) red"),
        ([PASS, UNRESOLVED], CellState.UNPROVEN, "no answer from 1 of 2 tests (1.ll)"),
        ([UNSUPPORTED], CellState.UNPROVEN, "no test ran"),
        ([], CellState.UNPROVEN, "no test ran"),
        (
            [FAIL] * 7,
            CellState.FAILS,
            "7 of 7 tests (0.ll, 1.ll, 2.ll, 3.ll, 4.ll and more) red",
        ),
    ],
)
def test_a_suite_alone(outcomes: list[Outcome], expected: CellState, reason: str) -> None:
    ran = run(*(result(f"{number}.ll", outcome) for number, outcome in enumerate(outcomes)))
    found = suite_result(ran, SUITE)
    assert (found.state, found.reason, found.seconds) == (expected, reason, 1.0)
    assert [(test.outcome, test.base, test.verdict) for test in found.tests] == [
        (outcome, None, None) for outcome in outcomes
    ]


def test_why_a_test_of_a_suite_is_red() -> None:
    ran = run(
        result("a.ll", CRASH, CAST), result("b.ll", FAIL), result("c.ll", PASS), result("d.ll", TIMEOUT)
    )
    found = suite_result(ran, SUITE, {"b.ll": "\n  CHECK: expected nop\nmore", "c.ll": "not red"})
    assert [test.why for test in found.tests] == [CAST.description, "CHECK: expected nop", "", "TIMEOUT"]


def test_every_series_of_a_report_and_its_suite_are_a_cell() -> None:
    builds = (BuildNote("base", (), 1.0, False), BuildNote("patched", (), 2.0, False))
    one = replace(GREEN, name="one", builds=builds, base_seconds=4.0, patched_seconds=8.0)
    report = CheckReport("0.1.0", "19.1.7", "llvm-19", "debian", "overlay", True, (one, demo()))
    report = replace(report, suite=Run("llvm-19", (), 0.0))
    found = cell_results(report, Cell("19", target="X86", series="left out"))
    assert [(cell.cell.name, cell.state, cell.llvm_version) for cell in found] == [
        ("one X86 [llvm-19]", CellState.OK, "19.1.7"),
        ("demo X86 [llvm-19]", CellState.UNPROVEN, "19.1.7"),
        ("suite X86 [llvm-19]", CellState.UNPROVEN, "19.1.7"),
    ]
    assert found[0].seconds == 15.0


def test_a_reason_is_one_short_line() -> None:
    long = series_result(replace(demo(), error=Failure(f"{'x' * 400}\nnext: mend it")), CELL)
    assert (len(long.reason), long.reason[-4:]) == (300, "x...")
    assert series_result(replace(demo(), error=Failure("a\x1b[1m\tb\nc")), CELL).reason == "a b"
