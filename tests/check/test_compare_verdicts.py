"""The table of verdicts over all pairs of outcomes, flakiness, and what holds of any two runs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.check.compare import compare, find_changed
from harness.errors import UsageError
from harness.model import (
    Claim,
    ClaimKind,
    CrashKind,
    LeftOut,
    Outcome,
    Run,
    SeriesKind,
    Signature,
    TestResult,
    Verdict,
)
from tests.check.made import (
    CAST,
    CRASH,
    FAIL,
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
    fixes,
    result,
    run,
    verdicts,
)


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


def _cast_in(*frames: str) -> TestResult:
    return result("t", CRASH, replace(CAST, location="include/llvm/Support/Casting.h:578", frames=frames))


@pytest.mark.parametrize(
    ("base", "patched", "expected", "note"),
    [
        (("llvm::A::visit", "main"), ("llvm::A::visit",), Verdict.STILL_FAILING, ""),
        # The compiler inlined `g` on one side.
        (("llvm::g", "llvm::f"), ("llvm::f",), Verdict.STILL_FAILING, ""),
        (("llvm::f",), ("llvm::g",), Verdict.FAILS_DIFFERENTLY, "in f and in g"),
        # Without a trace nothing shows that it is another failure. That it is one is not known either.
        (
            ("llvm::f",),
            (),
            Verdict.STILL_FAILING,
            "perhaps not the same failure: a common message, and a side without a trace",
        ),
    ],
)
def test_a_message_that_bugs_share_is_one_failure_in_one_place(
    base: tuple[str, ...], patched: tuple[str, ...], expected: Verdict, note: str
) -> None:
    comparison = compare(run(_cast_in(*base)), run(_cast_in(*patched)), kind=FIX)
    assert (comparison.verdicts[0].verdict, comparison.verdicts[0].note) == (expected, note)
    assert comparison.ok


def test_a_reworded_message_is_listed() -> None:
    """Between releases that is one failure; a series that does it is worth a look."""
    short, long = (
        Signature(CrashKind.FATAL_ERROR, text, frames=("llvm::f",), target="bpf")
        for text in ("unsupported calling convention", "unsupported calling convention: 79")
    )
    assert judge(result("t", CRASH, short), result("t", CRASH, long)) is Verdict.FAILS_DIFFERENTLY


def test_a_message_of_its_own_is_one_failure_wherever_it_is_printed() -> None:
    one = result("t", CRASH, Signature(CrashKind.FATAL_ERROR, "odd", frames=("llvm::f",), target="avr"))
    two = result("t", CRASH, Signature(CrashKind.FATAL_ERROR, "odd", frames=("llvm::g",), target="avr"))
    assert judge(one, two) is Verdict.STILL_FAILING


@pytest.mark.parametrize(
    ("again", "note"),
    [
        (([FAIL, PASS], [PASS, PASS]), "base: FAIL, FAIL, PASS"),
        (([FAIL], [FAIL]), "patched: PASS, FAIL"),
        (([FAIL], [UNRESOLVED, FAIL]), "patched: PASS, UNRESOLVED, FAIL"),
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


@pytest.mark.parametrize(
    ("base", "patched", "verdict"),
    [
        ([CRASH, TIMEOUT], [CRASH, CRASH], Verdict.STILL_FAILING),
        ([CRASH, CRASH], [TIMEOUT, CRASH], Verdict.STILL_FAILING),
        ([CRASH, CRASH], [TIMEOUT, TIMEOUT], Verdict.FAILS_DIFFERENTLY),
        ([PASS, PASS], [CRASH, TIMEOUT], Verdict.REGRESSED),
        ([FAIL, CRASH], [PASS, PASS], Verdict.FIXED),
    ],
)
def test_how_a_test_fails_may_vary_but_not_whether(
    base: list[Outcome], patched: list[Outcome], verdict: Verdict
) -> None:
    """On a busy machine a crash is a timeout now and then: neither red, nor a way to hide a regression."""
    sides = [[result("a.ll", outcome) for outcome in side] for side in (base, patched)]
    repeats = {"a.ll": (sides[0][1:], sides[1][1:])}
    comparison = compare(run(sides[0][0]), run(sides[1][0]), kind=FIX, repeats=repeats)
    assert comparison.verdicts[0].verdict is verdict
    assert comparison.ok is (verdict is not Verdict.REGRESSED)


def test_a_repeat_without_an_answer_leaves_none() -> None:
    repeats = {"a.ll": ([result("a.ll", FAIL)], [result("a.ll", UNRESOLVED)])}
    comparison = compare(run(result("a.ll", FAIL)), run(result("a.ll", PASS)), kind=FIX, repeats=repeats)
    (found,) = comparison.verdicts
    assert (found.verdict, found.patched.outcome) == (Verdict.UNRESOLVED, UNRESOLVED)
    assert not comparison.ok


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
    assert find_changed(base, patched) == ("b", "c", "d")


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


@settings(deadline=None)
@given(_RUNS, _CLAIMS, st.sampled_from(list(SeriesKind)))
def test_a_run_compared_with_itself_changes_nothing(one: Run, claims: list[Claim], kind: SeriesKind) -> None:
    found = set(verdicts(compare(one, one, claims, kind=kind)).values())
    assert not found & {Verdict.FIXED, Verdict.REGRESSED, Verdict.FAILS_DIFFERENTLY, Verdict.FLAKY}
    assert find_changed(one, one) == ()


_SWAPPED = {Verdict.FIXED: Verdict.REGRESSED, Verdict.REGRESSED: Verdict.FIXED}


@settings(deadline=None)
@given(_RUNS, _RUNS)
def test_swapping_the_sides_swaps_fixed_and_regressed(one: Run, other: Run) -> None:
    there = verdicts(compare(one, other, kind=FIX))
    back = verdicts(compare(other, one, kind=FIX))
    assert back == {name: _SWAPPED.get(verdict, verdict) for name, verdict in there.items()}
    assert find_changed(one, other) == find_changed(other, one)


@settings(deadline=None)
@given(_RUNS, _RUNS, _CLAIMS, st.sampled_from(list(SeriesKind)), st.sampled_from([{}, {"z": LeftOut.FILTER}]))
def test_green_means_what_it_says(
    base: Run, patched: Run, claims: list[Claim], kind: SeriesKind, left_out: dict[str, LeftOut]
) -> None:
    comparison = compare(base, patched, claims, kind=kind, left_out=left_out)
    assert list(verdicts(comparison)) == sorted({r.name for r in base.results + patched.results})
    assert len(comparison.claims) == len(claims)
    if comparison.ok:
        assert all(claim.held or not claim.checked for claim in comparison.claims)
        assert comparison.count(Verdict.UNRESOLVED) == 0
        assert any(v.base.outcome.ran and v.patched.outcome.ran for v in comparison.verdicts)
        claimed = {test for claim in comparison.claims for test in claim.tests if kind is MUTANT}
        if kind is MUTANT and not claims:
            claimed = set(verdicts(comparison))  # it has to break some test, whichever
        assert {n for n, v in verdicts(comparison).items() if v is Verdict.REGRESSED} <= claimed
    else:
        assert all(comparison.reasons)
