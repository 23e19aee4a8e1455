"""One verdict from what the old and the new text of a test say."""

from __future__ import annotations

import pytest

from harness.check.compare import Before, compare
from harness.model import Comparison, Outcome, SeriesKind, TestVerdict, Verdict
from harness.runner.touch import Touch
from tests.check.made import result, run

P, F, C, T = Outcome.PASS, Outcome.FAIL, Outcome.CRASH, Outcome.TIMEOUT
XF, XP, UNS, UNR = Outcome.XFAIL, Outcome.XPASS, Outcome.UNSUPPORTED, Outcome.UNRESOLVED
TEXT = Touch(text=True)
BESIDE = Touch(configured=True)
Pair = tuple[Outcome, Outcome]


def compared(
    old: Pair, new: Pair | None, touch: Touch, *, own: bool, again: Outcome | None = None
) -> Comparison:
    """Base and patched with the old text, and with the new one; `again`: the old one once more on patched."""
    now = [run(*(result("a", side) for side in (new or ())[n : n + 1])) for n in (0, 1)]
    repeats = {"a": ((), (result("a", again),))} if again else {}
    before = Before(run(result("a", old[0])), run(result("a", old[1])), {"a": touch}, repeats)
    brought = frozenset({"a"} if own else ())
    return compare(now[0], now[1], kind=SeriesKind.FIX, own=brought, before=before)


def one(comparison: Comparison) -> TestVerdict:
    (found,) = comparison.verdicts
    return found


@pytest.mark.parametrize(
    ("old", "new", "verdict", "ok"),
    [
        ((P, F), (F, P), Verdict.REWRITTEN, True),
        ((P, F), (P, P), Verdict.REWRITTEN, True),
        ((P, F), (P, F), Verdict.REGRESSED, False),
        ((P, F), (F, F), Verdict.REGRESSED, False),
        ((P, F), (F, XP), Verdict.REGRESSED, False),
        ((P, F), (XP, XF), Verdict.REGRESSED, False),
        ((P, F), (UNS, UNS), Verdict.REGRESSED, False),
        ((P, F), (F, UNR), Verdict.REGRESSED, False),
        ((P, C), (F, P), Verdict.REGRESSED, False),
        ((P, T), (F, P), Verdict.REGRESSED, False),
        ((P, P), (F, P), Verdict.FIXED, True),
        ((P, P), (P, P), Verdict.PASSES, True),
        ((P, P), (F, F), Verdict.STILL_FAILING, False),
        ((F, P), (F, P), Verdict.FIXED, True),
        ((F, F), (F, P), Verdict.FIXED, True),
        ((F, F), (F, F), Verdict.STILL_FAILING, False),
        ((UNR, UNR), (F, P), Verdict.FIXED, True),
        ((P, UNR), (F, P), Verdict.UNRESOLVED, False),
        ((P, UNS), (F, P), Verdict.UNSUPPORTED, False),
        ((UNS, UNS), (P, P), Verdict.PASSES, True),
    ],
)
def test_a_test_that_the_series_changes(old: Pair, new: Pair, verdict: Verdict, ok: bool) -> None:
    found = compared(old, new, TEXT, own=True)
    assert (one(found).verdict, found.ok) == (verdict, ok)


@pytest.mark.parametrize(
    ("old", "new", "verdict", "ok"),
    [
        ((P, F), (F, P), Verdict.REGRESSED, False),
        ((P, P), (F, F), Verdict.REGRESSED, False),
        ((P, P), (P, F), Verdict.REGRESSED, False),
        ((P, P), (P, P), Verdict.PASSES, True),
        ((P, P), (UNR, UNR), Verdict.UNRESOLVED, False),
        ((F, F), (F, F), Verdict.STILL_FAILING, True),
        ((F, F), (XF, XF), Verdict.STILL_FAILING, True),
    ],
)
def test_a_test_whose_configuration_the_series_changes(
    old: Pair, new: Pair, verdict: Verdict, ok: bool
) -> None:
    found = compared(old, new, BESIDE, own=False)
    assert (one(found).verdict, found.ok) == (verdict, ok)


@pytest.mark.parametrize(
    ("new", "touch", "gone"),
    [
        (None, Touch(deleted=True), "the series deletes it"),
        (None, BESIDE, "no test any more with the series"),
        ((UNS, UNS), BESIDE, "no longer run with the series"),
    ],
)
def test_a_test_that_is_no_longer_run(new: Pair | None, touch: Touch, gone: str) -> None:
    for old, verdict, ok in (((P, P), Verdict.PASSES, True), ((P, F), Verdict.REGRESSED, False)):
        found = compared(old, new, touch, own=False)
        assert (one(found).verdict, one(found).gone, one(found).note, found.ok) == (verdict, gone, gone, ok)


def test_an_old_text_that_fails_now_and_then_is_flaky() -> None:
    found = compared((P, F), (F, P), TEXT, own=True, again=P)
    assert one(found).verdict is Verdict.FLAKY
    assert found.reasons == ("flaky: a (its old text: patched: FAIL, PASS)",)


def test_a_text_without_checks_answers_only_if_it_tells_the_difference() -> None:
    fewer = Touch(text=True, fewer_checks="has 1 check lines, before 2")
    assert one(compared((P, F), (F, P), fewer, own=True)).verdict is Verdict.REWRITTEN
    found = one(compared((P, F), (P, P), fewer, own=True))
    assert found.note == "its new text passes without the patch too, and has 1 check lines, before 2"


def test_a_mutant_changes_tests_as_any_series() -> None:
    before = Before(run(result("a", P)), run(result("a", F)), {"a": Touch(deleted=True)})
    found = compare(run(result("b", P)), run(result("b", P)), kind=SeriesKind.MUTANT, before=before)
    assert [(v.name, v.verdict) for v in found.verdicts] == [("a", Verdict.REGRESSED), ("b", Verdict.PASSES)]
    assert found.ok
