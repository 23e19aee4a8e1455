"""Pure: one verdict on a test whose text, folder or existence the series changes.

Such a test has two texts: base's, run in base's tree of tests with base's configuration of lit, and the
series'. Whatever a series does to a test, its old text is run on both sides, so that a series cannot hide
what it breaks by deleting, weakening or excluding the test that shows it. An old text that passed on base
and fails with the patch is expected if the series changes what LLVM writes. The new text has to show that:

- A test that crashes or hangs is `regressed`. No change of its text makes up for that.
- So is a test that the patched tree no longer covers: the series deletes it, lit no longer takes it for a
  test or no longer runs it, its text did not change (only the configuration beside it did), its new text
  fails too, runs its tools or checkers less often, or passes without the patch too and has fewer checks.
- Every other test is `rewritten`: listed with what the tools wrote, and not red.
"""

from __future__ import annotations

from dataclasses import replace

from harness.model import Outcome, Red, TestVerdict, Verdict
from harness.runner.touch import Touch


def combine(old: TestVerdict, new: TestVerdict | None, touch: Touch) -> TestVerdict:
    """The verdict on a test from those on its two texts; `new` is None if lit finds no such test any more.

    A test that the series moves has the new text in another place, and the verdict on it there.
    """
    if touch.moved:
        return _moved(old, new, touch)
    if new is None or _no_longer_run(old, new):
        return replace(old, gone=_gone(touch, new), note=old.note or _gone(touch, new), own=False)
    # A test that had no answer before: nothing is lost.
    return new if old.base.outcome is Outcome.UNRESOLVED else _of_two_texts(old, new, touch)


def _of_two_texts(old: TestVerdict, new: TestVerdict, touch: Touch) -> TestVerdict:
    if old.verdict is Verdict.REGRESSED:
        return _regressed(old, new, touch)
    if _has_no_answer(old):
        return replace(old, own=new.own, note=f"its old text: {old.note}")
    if old.verdict is Verdict.PASSES and _fails_on_both(new.verdict) and not new.own:
        note = "what the series changes beside it makes it fail"
        return replace(new, verdict=Verdict.REGRESSED, base=old.base, note=note)
    return new


def _moved(old: TestVerdict, new: TestVerdict | None, touch: Touch) -> TestVerdict:
    where = f"the series moves it to {touch.moved}"
    if new is not None and old.verdict is Verdict.REGRESSED:
        one = _regressed(old, new, touch)
        return replace(one, note=f"{where}: {one.note}")
    gone = where if new is not None else f"{where}, where it is not a test"
    return replace(old, gone=gone, note=old.note or gone, own=False)


def _no_longer_run(old: TestVerdict, new: TestVerdict) -> bool:
    """A test that the series brings is owed, though it is not run: that is another matter."""
    return new.patched.outcome is Outcome.UNSUPPORTED and old.patched.outcome.ran and not new.own


def _gone(touch: Touch, new: TestVerdict | None) -> str:
    if touch.deleted:
        return "the series deletes it"
    return "no test any more with the series" if new is None else "no longer run with the series"


def _has_no_answer(old: TestVerdict) -> bool:
    return old.is_one_sided or old.verdict.red in {Red.FLAKY, Red.UNRESOLVED}


def _fails_on_both(verdict: Verdict) -> bool:
    return verdict.base is False and verdict.patched is False


def _regressed(old: TestVerdict, new: TestVerdict, touch: Touch) -> TestVerdict:
    """The verdict on a test whose old text passed, and fails with the patch."""
    if why := _objection(old, new, touch):
        return replace(old, own=new.own, note=why)
    note = f"its new text: {new.base.outcome.value} -> {new.patched.outcome.value}"
    return replace(old, verdict=Verdict.REWRITTEN, own=new.own, renewed=new.verdict, note=note)


def _objection(old: TestVerdict, new: TestVerdict, touch: Touch) -> str:
    """Why the new text does not answer for the old one; empty if it does."""
    if not new.verdict.patched or new.patched.outcome is not Outcome.PASS:
        return "its new text does not pass either"
    if old.patched.outcome is not Outcome.FAIL:
        return f"its old text ends in {old.patched.outcome.value}, which no new text answers"
    if not touch.text:
        return "the series changes nothing but lit's configuration of it"
    if touch.fewer_runs:
        return f"its new text passes, but {touch.fewer_runs}"
    unseen = touch.fewer_checks or ("lit's configuration of it is another" if touch.configured else "")
    # A new text that fails without the patch shows that it sees the difference.
    if unseen and new.verdict is not Verdict.FIXED:
        return f"its new text passes without the patch too, and {unseen}"
    return ""
