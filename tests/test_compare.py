"""The table of verdicts over all pairs of outcomes, claims, flakiness, and what turns a comparison red."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.compare import changed, compare, difference, differences
from harness.errors import UsageError
from harness.model import (
    Capture,
    Claim,
    ClaimKind,
    Comparison,
    CrashKind,
    Outcome,
    Run,
    SeriesKind,
    Signature,
    TestResult,
    Verdict,
)

PASS, FAIL, CRASH, TIMEOUT = Outcome.PASS, Outcome.FAIL, Outcome.CRASH, Outcome.TIMEOUT
XFAIL, XPASS = Outcome.XFAIL, Outcome.XPASS
UNSUPPORTED, UNRESOLVED = Outcome.UNSUPPORTED, Outcome.UNRESOLVED

CAST = Signature(CrashKind.ASSERTION, 'isa<X>(Val) && "cast<Ty>() argument of incompatible type!"')
SEGV = Signature(CrashKind.SIGNAL, "SIGSEGV")
SLOW = Signature(CrashKind.LIMIT, "ran longer than 20 s")


def result(name: str, outcome: Outcome, signature: Signature | None = None, output: str = "") -> TestResult:
    return TestResult(name, outcome, 0.5, signature, output)


def run(*results: TestResult) -> Run:
    return Run("some llvm", results, 1.0)


def fixes(test: str) -> Claim:
    return Claim(ClaimKind.FIXES, test)


def breaks(test: str, message: str = "") -> Claim:
    return Claim(ClaimKind.BREAKS, test, message)


def judge(base: TestResult, patched: TestResult) -> Verdict:
    return compare(run(base), run(patched), kind=SeriesKind.FIX).verdicts[0].verdict


# The table, written out: rows are base, columns are patched. No signatures anywhere.
_ORDER = (PASS, FAIL, CRASH, TIMEOUT, XFAIL, XPASS, UNSUPPORTED, UNRESOLVED)
_NAMES = {
    "=": Verdict.PASSES,
    "+": Verdict.FIXED,
    "-": Verdict.REGRESSED,
    "s": Verdict.STILL_FAILING,
    "d": Verdict.FAILS_DIFFERENTLY,
    "u": Verdict.UNSUPPORTED,
    "?": Verdict.UNRESOLVED,
}
_TABLE = """
    =  -  -  -  -  =  u  ?
    +  s  d  d  s  +  u  ?
    +  d  s  d  s  +  u  ?
    +  d  d  s  s  +  u  ?
    +  s  s  s  s  +  u  ?
    =  -  -  -  -  =  u  ?
    u  u  u  u  u  u  u  ?
    ?  ?  ?  ?  ?  ?  ?  ?
"""
_ROWS = [
    (base, patched, _NAMES[cell])
    for base, line in zip(_ORDER, _TABLE.strip().splitlines(), strict=True)
    for patched, cell in zip(_ORDER, line.split(), strict=True)
]


def test_the_table_is_over_all_outcomes() -> None:
    assert set(_ORDER) == set(Outcome)
    assert len(_ROWS) == len(Outcome) ** 2


@pytest.mark.parametrize(("base", "patched", "expected"), _ROWS)
def test_verdict_of_each_pair(base: Outcome, patched: Outcome, expected: Verdict) -> None:
    assert judge(result("a.ll", base), result("a.ll", patched)) is expected


@pytest.mark.parametrize(
    ("base", "patched", "expected"),
    [
        (result("t", CRASH, CAST), result("t", CRASH, CAST), Verdict.STILL_FAILING),
        (result("t", CRASH, CAST), result("t", CRASH, SEGV), Verdict.FAILS_DIFFERENTLY),
        (result("t", CRASH, CAST), result("t", CRASH), Verdict.FAILS_DIFFERENTLY),
        (result("t", TIMEOUT, SLOW), result("t", TIMEOUT, SLOW), Verdict.STILL_FAILING),
        (result("t", FAIL, SLOW), result("t", TIMEOUT, SLOW), Verdict.FAILS_DIFFERENTLY),
        (result("t", FAIL), result("t", CRASH, CAST), Verdict.FAILS_DIFFERENTLY),
        (result("t", XFAIL, CAST), result("t", CRASH, CAST), Verdict.STILL_FAILING),
        (result("t", CRASH, CAST), result("t", XFAIL, SEGV), Verdict.FAILS_DIFFERENTLY),
        (result("t", FAIL, None, "one"), result("t", FAIL, None, "two"), Verdict.STILL_FAILING),
    ],
)
def test_signatures_tell_failures_apart(base: TestResult, patched: TestResult, expected: Verdict) -> None:
    assert judge(base, patched) is expected


def test_location_and_frames_do_not_make_another_failure() -> None:
    here = Signature(CrashKind.ASSERTION, "x", "lib/A.cpp:1", ("f", "g"))
    there = Signature(CrashKind.ASSERTION, "x", "lib/A.cpp:7", ("g",))
    assert judge(result("t", CRASH, here), result("t", CRASH, there)) is Verdict.STILL_FAILING


def reasons(
    base: list[TestResult], patched: list[TestResult], kind: SeriesKind, *claims: Claim
) -> tuple[str, ...]:
    comparison = compare(run(*base), run(*patched), claims, kind=kind)
    assert comparison.ok is (not comparison.reasons)
    return comparison.reasons


FIX, FEATURE, MUTANT = SeriesKind.FIX, SeriesKind.FEATURE, SeriesKind.MUTANT


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
    assert comparison.ok


def test_an_added_test_that_the_patch_makes_pass_is_fixed() -> None:
    comparison = compare(
        run(result("a.ll", FAIL)), run(result("a.ll", PASS)), kind=FIX, added=frozenset({"a.ll"})
    )
    assert comparison.verdicts[0].verdict is Verdict.FIXED


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


def test_unresolved_is_not_ok_and_says_why() -> None:
    base = [result("a.ll", PASS), result("b.ll", UNRESOLVED, None, "\nFileCheck disagrees\nmore")]
    patched = [result("a.ll", UNRESOLVED), result("b.ll", PASS), result("c.ll", PASS)]
    assert reasons(base, patched, FIX) == (
        "no test ran on both sides",
        "unresolved: a.ll (patched: no outcome), b.ll (base: FileCheck disagrees), "
        "c.ll (base: not in this run)",
    )


@pytest.mark.parametrize(
    ("again", "note"),
    [
        (([FAIL, PASS], [PASS, PASS]), "base: FAIL, FAIL, PASS"),
        (([FAIL], [FAIL]), "patched: PASS, FAIL"),
        (([CRASH], [UNRESOLVED]), "base: FAIL, CRASH; patched: PASS, UNRESOLVED"),
    ],
)
def test_repeats_that_disagree_are_flaky(again: tuple[list[Outcome], list[Outcome]], note: str) -> None:
    repeats = {"a.ll": tuple([result("a.ll", o) for o in side] for side in again)}
    comparison = compare(
        run(result("a.ll", FAIL)),
        run(result("a.ll", PASS)),
        [fixes("a.ll")],
        kind=FIX,
        repeats={name: (sides[0], sides[1]) for name, sides in repeats.items()},
    )
    assert comparison.verdicts[0].verdict is Verdict.FLAKY
    assert comparison.reasons == (
        f"claim does not hold: fixes a.ll: a.ll flaky ({note})",
        f"flaky: a.ll ({note})",
    )


def test_repeats_that_agree_confirm() -> None:
    repeats = {"a.ll": ([result("a.ll", FAIL)] * 2, [result("a.ll", XPASS)])}
    comparison = compare(run(result("a.ll", FAIL)), run(result("a.ll", PASS)), kind=FIX, repeats=repeats)
    assert comparison.verdicts[0].verdict is Verdict.FIXED


def test_a_failure_whose_message_varies_is_still_the_same() -> None:
    one, two = Signature(CrashKind.FATAL_ERROR, "register 1"), Signature(CrashKind.FATAL_ERROR, "register 2")
    base, patched = result("a.ll", CRASH, one), result("a.ll", CRASH, two)
    repeats = {"a.ll": ([result("a.ll", CRASH, two)], [result("a.ll", CRASH, one)])}
    verdict = compare(run(base), run(patched), kind=FIX, repeats=repeats).verdicts[0]
    assert verdict.verdict is Verdict.STILL_FAILING
    assert verdict.note == "how it fails varies from run to run, on both sides alike"


def test_what_changed_is_what_to_run_again() -> None:
    base = run(
        result("a", PASS), result("b", PASS), result("c", FAIL), result("d", CRASH, CAST), result("e", PASS)
    )
    patched = run(result("a", PASS), result("b", FAIL), result("c", PASS), result("d", CRASH, SEGV))
    assert changed(base, patched) == ("b", "c", "d")


def test_a_test_twice_in_a_run_is_an_error() -> None:
    twice = run(result("a.ll", PASS), result("a.ll", FAIL))
    with pytest.raises(UsageError) as caught:
        compare(twice, run(), kind=FIX)
    assert str(caught.value) == (
        "a.ll: twice in the run on some llvm\n"
        "next: give each test a name of its own; suites of one run must not overlap"
    )


_RESULTS = st.builds(
    result,
    st.sampled_from(["a", "b", "c"]),
    st.sampled_from(list(Outcome)),
    st.sampled_from([None, CAST, SEGV]),
)
_RUNS = st.lists(_RESULTS, unique_by=lambda r: r.name).map(lambda results: run(*results))
_CLAIMS = st.lists(
    st.builds(
        Claim,
        st.sampled_from(list(ClaimKind)),
        st.sampled_from(["a", "b", "*", "z"]),
        st.sampled_from(["", "cast", "SIGSEGV"]),
    ),
    max_size=3,
)


def verdicts(comparison: Comparison) -> dict[str, Verdict]:
    return {v.name: v.verdict for v in comparison.verdicts}


@settings(deadline=None)
@given(_RUNS, _CLAIMS, st.sampled_from(list(SeriesKind)))
def test_a_run_compared_with_itself_changes_nothing(one: Run, claims: list[Claim], kind: SeriesKind) -> None:
    found = set(verdicts(compare(one, one, claims, kind=kind)).values())
    assert not found & {Verdict.FIXED, Verdict.REGRESSED, Verdict.FAILS_DIFFERENTLY, Verdict.FLAKY}
    assert changed(one, one) == ()


_SWAPPED = {Verdict.FIXED: Verdict.REGRESSED, Verdict.REGRESSED: Verdict.FIXED}


@settings(deadline=None)
@given(_RUNS, _RUNS)
def test_swapping_the_sides_swaps_fixed_and_regressed(one: Run, other: Run) -> None:
    there = verdicts(compare(one, other, kind=FIX))
    back = verdicts(compare(other, one, kind=FIX))
    assert back == {name: _SWAPPED.get(verdict, verdict) for name, verdict in there.items()}
    assert changed(one, other) == changed(other, one)


@settings(deadline=None)
@given(_RUNS, _RUNS, _CLAIMS, st.sampled_from(list(SeriesKind)))
def test_green_means_what_it_says(base: Run, patched: Run, claims: list[Claim], kind: SeriesKind) -> None:
    comparison = compare(base, patched, claims, kind=kind)
    assert list(verdicts(comparison)) == sorted({r.name for r in base.results + patched.results})
    assert len(comparison.claims) == len(claims)
    if comparison.ok:
        assert all(claim.held for claim in comparison.claims)
        assert comparison.count(Verdict.UNRESOLVED) == 0
        assert any(v.base.outcome.ran and v.patched.outcome.ran for v in comparison.verdicts)
        claimed = {test for claim in comparison.claims for test in claim.tests if kind is MUTANT}
        assert {n for n, v in verdicts(comparison).items() if v is Verdict.REGRESSED} <= claimed
    else:
        assert all(comparison.reasons)


def captured(*texts: str, outcome: Outcome = FAIL, output: str = "") -> TestResult:
    captures = tuple(Capture(f"llc {i}", text) for i, text in enumerate(texts))
    return TestResult("a.ll", outcome, 0.1, None, output, captures)


def test_the_difference_is_the_first_differing_assembly() -> None:
    base = captured("same\n", "f:\n\tpushq %rax\n\tnop\n\tretq\n")
    patched = captured("same\n", "f:\n\tpushq %rax\n\txchgw %ax, %ax\n\tretq\n", outcome=PASS)
    assert difference(base, patched) == (
        "--- base\n+++ patched\n@@\n f:\n \tpushq %rax\n-\tnop\n+\txchgw %ax, %ax\n \tretq"
    )


def test_the_difference_is_short() -> None:
    base = captured("".join(f"{i}\n" for i in range(100)))
    patched = captured("".join(f"{i} {'y' * 200}\n" for i in range(100)))
    lines = difference(base, patched, lines=4).splitlines()
    assert lines == ["--- base", "+++ patched", "@@", "-0", "-1", "-2", "..."]
    assert max(map(len, difference(patched, base, lines=4).splitlines())) == 160


def test_a_runaway_is_compared_quickly_and_only_where_it_is_sure() -> None:
    flood = "\tnop\n" * 200_000
    base, patched = captured("head\n" + flood), captured("head\nnew\n" + flood)
    assert difference(base, patched) == "--- base\n+++ patched\n@@\n head\n+new\n \tnop\n \tnop\n \tnop"


def test_a_difference_far_into_the_text_is_found() -> None:
    lines = [f"{i}" for i in range(5000)]
    base, patched = captured("\n".join(lines)), captured("\n".join([*lines[:4000], "new", *lines[4001:]]))
    assert difference(base, patched) == (
        "--- base\n+++ patched\n@@\n 3997\n 3998\n 3999\n-4000\n+new\n 4001\n 4002\n 4003"
    )


def test_line_ends_alone() -> None:
    assert difference(captured("a\n"), captured("a\r\n")) == "--- base\n+++ patched\n(only line ends differ)"


def test_two_crashes_side_by_side() -> None:
    frames = tuple(f"llvm::f{i}" for i in range(8))
    base = captured("partial")
    crash = Signature(CrashKind.ASSERTION, "x && y", "lib/A.cpp:7", frames)
    patched = TestResult("a.ll", CRASH, 0.1, crash, "", (Capture("llc", ""),))
    assert difference(base, patched) == (
        "base:    fails\n"
        "patched: assertion: x && y (lib/A.cpp:7)\n" + "\n".join(f"           llvm::f{i}" for i in range(6))
    )
    slow = result("a.ll", TIMEOUT, SLOW)
    assert difference(slow, result("a.ll", CRASH, SEGV)) == "base:    ran longer than 20 s\npatched: SIGSEGV"
    assert difference(slow, result("a.ll", XPASS)) == "base:    ran longer than 20 s\npatched: passes"
    assert difference(result("a.ll", UNSUPPORTED), slow).startswith("base:    UNSUPPORTED\n")


def test_filechecks_complaint_if_there_is_nothing_else() -> None:
    said = "$ llc\nx.ll:3:10: error: CHECK: expected string not found\n; CHECK: nop\n^\n"
    expected = "x.ll:3:10: error: CHECK: expected string not found\n; CHECK: nop"
    assert difference(captured("a", outcome=PASS), captured("a", output=said), lines=2) == expected
    assert difference(captured("a", output=said), captured("a", outcome=PASS), lines=2) == expected
    assert difference(captured("a", output="no idea"), captured("a", outcome=PASS)) == "no idea"


def test_nothing_differs() -> None:
    assert difference(captured("a", outcome=PASS), captured("a", outcome=PASS)) == ""
    assert difference(captured(), captured("a"), lines=3) == ""


@settings(deadline=None)
@given(st.text(), st.text(), st.integers(1, 20))
def test_any_two_texts_differ_in_a_bounded_text(one: str, other: str, lines: int) -> None:
    text = difference(captured(one), captured(other), lines)
    assert (text == "") is (one == other)
    assert len(text.split("\n")) <= lines + 3 + text.count("\r")


def test_differences_are_given_for_what_is_not_trivial() -> None:
    base = run(result("a", FAIL), result("b", PASS), result("c", FAIL, None, "x"), result("d", UNRESOLVED))
    patched = run(
        result("a", CRASH, SEGV), result("b", PASS), result("c", FAIL, None, "y"), result("d", PASS)
    )
    comparison = compare(base, patched, kind=FIX)
    assert differences(comparison) == {"a": "base:    fails\npatched: SIGSEGV"}


def test_all_pairs_give_a_difference_without_an_exception() -> None:
    for one, other in itertools.product(Outcome, Outcome):
        assert isinstance(difference(result("a", one), result("a", other, CAST)), str)
