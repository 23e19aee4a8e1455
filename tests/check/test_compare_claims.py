"""Claims, and what turns a comparison red."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import pytest

from harness.check.compare import compare
from harness.model import (
    Claim,
    ClaimKind,
    LeftOut,
    Red,
    SeriesKind,
    TestResult,
    Verdict,
)
from tests.check.made import (
    CAST,
    CRASH,
    FAIL,
    FEATURE,
    FIX,
    MUTANT,
    PASS,
    SEGV,
    SLOW,
    TIMEOUT,
    UNRESOLVED,
    UNSUPPORTED,
    XFAIL,
    XPASS,
    breaks,
    fixes,
    result,
    run,
    verdicts,
)


def reasons(
    base: list[TestResult],
    patched: list[TestResult],
    kind: SeriesKind,
    *claims: Claim,
    left_out: Mapping[str, LeftOut] = MappingProxyType({}),
) -> tuple[str, ...]:
    comparison = compare(run(*base), run(*patched), claims, kind=kind, left_out=left_out)
    assert comparison.ok is (not comparison.reasons)
    return comparison.reasons


def test_a_fix_that_fixes_what_it_claims_is_ok() -> None:
    base = [result("X86/a.ll", CRASH, CAST), result("X86/b.ll", PASS)]
    patched = [result("X86/a.ll", PASS), result("X86/b.ll", PASS)]
    assert reasons(base, patched, FIX, fixes("X86/a.ll")) == ()
    assert reasons(base, patched, FIX) == ()


def test_a_claim_on_a_glob_wants_every_test_fixed() -> None:
    base = [result("X86/a.ll", FAIL), result("X86/b.ll", FAIL), result("JIT/c.ll", FAIL)]
    patched = [result("X86/a.ll", PASS), result("X86/b.ll", FAIL), result("JIT/c.ll", FAIL)]
    assert reasons(base, patched, FIX, fixes("X86/*.ll")) == (
        "claim does not hold: fixes X86/*.ll: X86/b.ll still-failing",
    )
    assert reasons(base, patched, FIX, fixes("X86/a*")) == ()


def test_a_claim_names_at_least_one_test() -> None:
    tests = [result("X86/a.ll", PASS)]
    assert reasons(tests, tests, FIX, fixes("x86/a.ll")) == (
        "claim does not hold: fixes x86/a.ll: no test of that name",
    )


def test_a_claim_on_tests_left_out_is_neither_held_nor_wrong() -> None:
    base, patched = [result("a.ll", FAIL), result("b.ll", FAIL)], [result("a.ll", PASS), result("b.ll", FAIL)]
    names = {"c.ll": LeftOut.FILTER, "d.ll": LeftOut.FILTER}
    claims = [fixes(test) for test in ("a.ll", "c.ll", "[ac].ll", "[bc].ll", "e.ll")]
    comparison = compare(run(*base), run(*patched), claims, kind=FIX, left_out=names)
    found = {r.claim.test: (r.held, r.checked, r.tests, r.why) for r in comparison.claims}
    assert found == {
        "a.ll": (True, True, ("a.ll",), ""),
        "c.ll": (False, False, (), "not run (filtered out)"),
        "[ac].ll": (False, False, ("a.ll",), "1 of 2 tests not run (filtered out)"),
        "[bc].ll": (False, True, ("b.ll",), "b.ll still-failing"),
        "e.ll": (False, True, (), "no test of that name"),
    }
    assert comparison.reasons == (
        "claim does not hold: fixes [bc].ll: b.ll still-failing",
        "claim does not hold: fixes e.ll: no test of that name",
    )
    assert reasons(base, patched, FIX, fixes("c.ll"), fixes("[ac].ll"), left_out=names) == ()


def test_a_claim_not_checked_says_why_its_tests_were_left_out() -> None:
    tests = [result("llvm/test/a.ll", PASS)]
    names = {"X86/b.ll": LeftOut.SUITE, "X86/c.ll": LeftOut.FILTER, "X86/d.ll": LeftOut.SUITE}
    claims = [fixes("X86/b.ll"), fixes("X86/*.ll"), fixes("X86/e.ll")]
    comparison = compare(run(*tests), run(*tests), claims, kind=FIX, left_out=names)
    assert [(r.checked, r.why) for r in comparison.claims] == [
        (False, "not run (of a suite that was not asked for)"),
        (False, "not run (filtered out, of a suite that was not asked for)"),
        (True, "no test of that name"),
    ]


def test_a_mutants_claim_excuses_what_it_broke_though_others_were_left_out() -> None:
    base, patched = [result("a.ll", PASS), result("b.ll", PASS)], [result("a.ll", FAIL), result("b.ll", FAIL)]
    names = {"c.ll": LeftOut.FILTER}
    assert reasons(base, patched, MUTANT, breaks("[ac].ll"), left_out=names) == ("regressed: b.ll",)
    assert reasons(base, patched, MUTANT, breaks("c.ll"), left_out=names) == ("regressed: a.ll, b.ll",)


def test_a_claimed_test_that_passes_anyway_is_vacuous() -> None:
    tests = [result("X86/a.ll", PASS)]
    comparison = compare(run(*tests), run(*tests), [fixes("X86/*")], kind=FIX)
    assert comparison.verdicts[0].verdict is Verdict.VACUOUS
    assert comparison.reasons == (
        "claim does not hold: fixes X86/*: X86/a.ll vacuous "
        "(passes without the patch too: it proves nothing)",
    )


@pytest.mark.parametrize(
    ("kind", "expected"),
    [(FIX, Verdict.VACUOUS), (FEATURE, Verdict.VACUOUS), (MUTANT, Verdict.PASSES)],
)
def test_an_added_test_that_passes_anyway(kind: SeriesKind, expected: Verdict) -> None:
    tests = run(result("X86/[a].ll", PASS), result("X86/a.ll", PASS))
    comparison = compare(tests, tests, kind=kind, added=frozenset({"X86/[a].ll"}))
    assert verdicts(comparison) == {"X86/[a].ll": expected, "X86/a.ll": Verdict.PASSES}
    assert comparison.ok is (kind is not MUTANT)


def test_an_added_test_that_the_patch_makes_pass_is_fixed() -> None:
    comparison = compare(
        run(result("a.ll", FAIL)), run(result("a.ll", PASS)), kind=FIX, added=frozenset({"a.ll"})
    )
    assert comparison.verdicts[0].verdict is Verdict.FIXED


@pytest.mark.parametrize(
    ("base", "patched", "expected"),
    [
        (result("a.ll", CRASH, CAST), result("a.ll", FAIL), "fails-differently FAIL"),
        (result("a.ll", FAIL), result("a.ll", FAIL), "still-failing FAIL"),
        (result("a.ll", TIMEOUT, SLOW), result("a.ll", TIMEOUT, SLOW), "still-failing TIMEOUT"),
        (result("a.ll", UNSUPPORTED), result("a.ll", UNSUPPORTED), "unsupported UNSUPPORTED"),
        (result("a.ll", XFAIL), result("a.ll", XPASS), "fixed XPASS"),
        (result("a.ll", FAIL), result("a.ll", PASS), "fixed"),
        (result("a.ll", PASS), result("a.ll", PASS), "passes"),
        (result("a.ll", XFAIL), result("a.ll", XFAIL), "still-failing"),
    ],
)
def test_a_test_that_the_series_brings_has_to_pass_with_it(
    base: TestResult, patched: TestResult, expected: str
) -> None:
    verdict, _, red = expected.partition(" ")
    others = [result("b.ll", PASS), result("c.ll", FAIL)]
    for kind in (FIX, FEATURE):
        comparison = compare(run(base, *others), run(patched, *others), kind=kind, own=frozenset({"a.ll"}))
        found = comparison.verdicts[0]
        assert (found.verdict.value, found.own, found.is_unmet) == (verdict, True, bool(red))
        assert found.note == ("the series brings it: it has to pass" if red else "")
        assert comparison.reasons == ((f"own tests that do not pass: a.ll ({red})",) if red else ())
        assert not any(v.own or v.is_unmet for v in comparison.verdicts[1:])
    # Without it being the series' own, and for a mutant, that is all as it was.
    for kind, own in ((FIX, "d.ll"), (MUTANT, "a.ll")):
        one = compare(
            run(base, *others), run(patched, *others), [Claim(ClaimKind.FIXES, "c.ll")], kind=kind,
            own=frozenset({own}), left_out={"c.ll": LeftOut.FILTER},
        )  # fmt: skip
        assert not any(v.own for v in one.verdicts)
        assert not any("own tests" in reason for reason in one.reasons)


def test_what_else_is_wrong_with_a_test_of_the_series_is_said_once() -> None:
    base, patched = [result("a.ll", PASS), result("b.ll", FAIL)], [result("a.ll", FAIL), result("b.ll", FAIL)]
    comparison = compare(run(*base), run(*patched), kind=FIX, own=frozenset({"a.ll", "b.ll"}))
    assert comparison.reasons == ("regressed: a.ll", "own tests that do not pass: b.ll (FAIL)")
    assert [v.is_unmet for v in comparison.verdicts] == [True, True]


def test_a_regression_is_not_ok_and_is_named() -> None:
    base = [result("a.ll", FAIL), result("b.ll", PASS)]
    patched = [result("a.ll", PASS), result("b.ll", CRASH, SEGV)]
    for kind in SeriesKind:
        assert reasons(base, patched, kind, fixes("a.ll")) == ("regressed: b.ll",)


def test_a_long_list_of_tests_is_cut() -> None:
    base = [result(f"{i}.ll", PASS) for i in range(8)]
    patched = [result(f"{i}.ll", FAIL) for i in range(8)]
    assert reasons(base, patched, FIX) == ("regressed: 0.ll, 1.ll, 2.ll, 3.ll, 4.ll and 3 more",)


def test_another_failure_is_told_but_not_red_unless_claimed_fixed() -> None:
    base, patched = [result("a.ll", CRASH, CAST)], [result("a.ll", CRASH, SEGV)]
    assert reasons(base, patched, FIX) == ()
    assert reasons(base, patched, FIX, fixes("a.ll")) == (
        "claim does not hold: fixes a.ll: a.ll fails-differently",
    )


def test_a_mutant_that_breaks_what_it_claims_is_ok() -> None:
    base = [result("a.ll", PASS), result("b.ll", FAIL), result("c.ll", PASS)]
    patched = [result("a.ll", CRASH, CAST), result("b.ll", CRASH, CAST), result("c.ll", PASS)]
    claim = breaks("[ab].ll", "cast<Ty>() argument of incompatible type!")
    assert reasons(base, patched, MUTANT, claim) == ()
    # The same is no success for a fix, whatever it claims.
    assert reasons(base, patched, FIX, claim) == ("regressed: a.ll",)


def test_a_mutant_that_breaks_more_is_not_ok() -> None:
    base = [result("a.ll", PASS), result("b.ll", PASS)]
    patched = [result("a.ll", CRASH, CAST), result("b.ll", FAIL)]
    assert reasons(base, patched, MUTANT, breaks("a.ll")) == ("regressed: b.ll",)


def test_a_mutant_that_breaks_with_another_message_is_not_ok() -> None:
    base, patched = [result("a.ll", PASS)], [result("a.ll", CRASH, SEGV)]
    assert reasons(base, patched, MUTANT, breaks("a.ll", "cast<Ty>()")) == (
        'claim does not hold: breaks a.ll with "cast<Ty>()": a.ll regressed without that message: SIGSEGV',
        "regressed: a.ll",
    )


def test_the_message_may_be_in_the_output() -> None:
    base, patched = [result("a.ll", PASS)], [result("a.ll", FAIL, None, "x\ncast<Ty>() went wrong\n")]
    assert reasons(base, patched, MUTANT, breaks("a.ll", "cast<Ty>()")) == ()


def test_a_mutant_that_breaks_nothing_is_not_ok() -> None:
    tests = [result("a.ll", PASS), result("b.ll", FAIL)]
    assert reasons(tests, tests, MUTANT, breaks("*")) == (
        "claim does not hold: breaks *: a.ll passes, b.ll still-failing",
    )


def test_a_mutant_without_claims_has_to_break_something() -> None:
    base = [result("a.ll", PASS), result("b.ll", FAIL), result("c.ll", PASS)]
    broken = [result("a.ll", FAIL), result("b.ll", FAIL), result("c.ll", PASS)]
    differently = [result("a.ll", PASS), result("b.ll", CRASH, SEGV), result("c.ll", PASS)]
    assert reasons(base, broken, MUTANT) == ()
    assert reasons(base, differently, MUTANT) == ()
    assert reasons(base, base, MUTANT) == ("breaks no test: the suite does not notice this mistake",)
    fixed = [result("a.ll", PASS), result("b.ll", PASS), result("c.ll", PASS)]
    assert reasons(base, fixed, MUTANT) == ("breaks no test: the suite does not notice this mistake",)
    unresolved = [*broken[:2], result("c.ll", UNRESOLVED)]
    assert reasons(base, unresolved, MUTANT) == ("unresolved: c.ll (patched: no outcome)",)


def test_a_mutant_that_no_test_can_tell() -> None:
    base, broken = [result("a.ll", PASS)], [result("a.ll", FAIL)]
    same = compare(run(*base), run(*base), kind=MUTANT, equivalent=True)
    assert (same.ok, same.reasons) == (True, ())
    told = compare(run(*base), run(*broken), kind=MUTANT, equivalent=True)
    assert (told.ok, told.reasons) == (False, ("not equivalent, tests can tell: a.ll",))


def test_a_run_in_which_nothing_ran_is_not_ok() -> None:
    assert reasons([], [], FIX) == ("no test ran on both sides",)
    tests = [result("a.ll", UNSUPPORTED)]
    assert reasons(tests, tests, FIX) == ("no test ran on both sides",)


def test_unsupported_on_one_side_is_not_ok() -> None:
    base = [
        result("a.ll", PASS),
        result("b.ll", PASS),
        result("c.ll", UNSUPPORTED),
        result("d.ll", UNSUPPORTED),
    ]
    patched = [
        result("a.ll", PASS),
        result("b.ll", UNSUPPORTED),
        result("c.ll", FAIL),
        result("d.ll", UNSUPPORTED),
    ]
    assert reasons(base, patched, FIX) == (
        "not run on one side: b.ll (not run on patched), c.ll (not run on base)",
    )


def test_unresolved_is_not_ok_and_says_why() -> None:
    base = [result("a.ll", PASS), result("b.ll", UNRESOLVED, None, "\nFileCheck disagrees\nmore")]
    patched = [result("a.ll", UNRESOLVED), result("b.ll", PASS), result("c.ll", PASS)]
    assert reasons(base, patched, FIX) == (
        "no test ran on both sides",
        "unresolved: a.ll (patched: no outcome), b.ll (base: FileCheck disagrees), "
        "c.ll (base: not in this run)",
    )


def test_a_glob_leaves_out_what_ran_on_neither_side() -> None:
    base = [result("a.ll", PASS), result("b.ll", UNSUPPORTED), result("c.ll", PASS)]
    patched = [result("a.ll", FAIL), result("b.ll", UNSUPPORTED), result("c.ll", UNSUPPORTED)]
    assert reasons(base, patched, MUTANT, breaks("[ab].ll"))[:1] == (
        "not run on one side: c.ll (not run on patched)",
    )
    # Not if it ran on one, nor if none did.
    assert reasons(base, patched, MUTANT, breaks("[abc].ll"))[:1] == (
        "claim does not hold: breaks [abc].ll: c.ll unsupported (not run on patched)",
    )
    assert reasons(base, patched, MUTANT, breaks("b.ll"))[:1] == (
        "claim does not hold: breaks b.ll: b.ll unsupported",
    )


def test_a_red_verdict_carries_its_reason() -> None:
    base = [result(f"{name}.ll", PASS) for name in "abcdefg"]
    patched = [
        *(
            result("a.ll", FAIL),
            result("b.ll", UNRESOLVED),
            result("c.ll", UNSUPPORTED),
            result("d.ll", PASS),
        ),
        *(result("e.ll", XPASS), result("f.ll", FAIL), result("g.ll", PASS)),
    ]
    comparison = compare(
        run(*base), run(*patched), kind=FIX, own=frozenset({"e.ll"}),
        repeats={"f.ll": ([result("f.ll", PASS)], [result("f.ll", PASS)])},
    )  # fmt: skip
    assert {v.name: v.red for v in comparison.verdicts} == {
        "a.ll": Red.REGRESSED,
        "b.ll": Red.UNRESOLVED,
        "c.ll": Red.ONE_SIDED,
        "d.ll": None,
        "e.ll": Red.OWN,
        "f.ll": Red.FLAKY,
        "g.ll": None,
    }
    # One line a reason, in the order of `Red`.
    assert [reason.partition(":")[0] for reason in comparison.reasons] == [red.value for red in Red]


def test_what_a_mutant_is_meant_to_break_is_not_red() -> None:
    base, patched = [result("a.ll", PASS), result("b.ll", PASS)], [result("a.ll", FAIL), result("b.ll", FAIL)]
    claimed = compare(run(*base), run(*patched), [breaks("a.ll")], kind=MUTANT)
    assert [v.red for v in claimed.verdicts] == [None, Red.REGRESSED]
    assert [v.red for v in compare(run(*base), run(*patched), kind=MUTANT).verdicts] == [None, None]
