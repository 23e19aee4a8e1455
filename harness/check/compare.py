"""Pure: compares two runs of the same tests, without and with a patch, and says what the patch did.

A comparison is green (`Comparison.ok`) under these rules:

- Every checked claim of the series holds, at least one test ran on both sides, and no test is unresolved,
  flaky or run on one side only. Without an answer, nothing may be concluded.
- Nothing regressed. A mutant is a mistake made on purpose: its regressions are right where one of its claims
  says so and holds, and wrong everywhere else. A mutant without claims has to break at least one test; an
  equivalent one must break none.
- Every test that a fix or feature adds to LLVM's own, or changes there, passes with it: LLVM does not accept
  a patch with a failing test, or with one that nobody has seen run. Tests of a mutant may fail.
- Elsewhere `fails-differently` is reported but is not red. The test failed before, so the patch broke
  nothing, and a fix in several steps gets past one crash to the next. If the series claims to fix the test,
  the claim fails.
- `rewritten` is not red: LLVM writes something else, and the series changed the test with it (rewrite.py).
- `unreached` is not red, and proves nothing: a claim about such a test fails.
- `vacuous` is not red: the tests of a real patch include controls that pass without it (the size that just
  fits). A claim to fix such a test fails.

`TestVerdict.red` has the reason why a test is red, and is set here alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from types import MappingProxyType

from harness.check.rewrite import combine
from harness.crash.similar import Degree, compare_signatures
from harness.errors import UsageError
from harness.model import (
    Claim,
    ClaimKind,
    ClaimResult,
    Comparison,
    LeftOut,
    Outcome,
    Red,
    Run,
    SeriesKind,
    TestResult,
    TestVerdict,
    Verdict,
)
from harness.runner.touch import Touch

Repeats = Mapping[str, tuple[Sequence[TestResult], Sequence[TestResult]]]
"""Further runs of a test on base and on patched, by its name."""

_NO_REPEATS: Repeats = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Before:
    """The old texts of the tests that the series changes, deletes or reaches, run on both sides.

    `touched` says of each what the series does to it; `repeats` are further runs.
    """

    base: Run
    patched: Run
    touched: Mapping[str, Touch]
    repeats: Repeats = field(default_factory=dict)


_NOTHING_BEFORE = Before(Run("", (), 0.0), Run("", (), 0.0), MappingProxyType({}))
_NONE_LEFT_OUT: Mapping[str, LeftOut] = MappingProxyType({})
_CHANGED = frozenset({Verdict.FIXED, Verdict.REGRESSED, Verdict.FAILS_DIFFERENTLY})
_UNREACHED = "gets to nothing that the series changes"
PERHAPS = "perhaps not the same failure"
_NAMES_SHOWN = 5


def compare(  # noqa: PLR0913 - each is one more thing that a verdict rests on
    base: Run,
    patched: Run,
    claims: Sequence[Claim] = (),
    *,
    kind: SeriesKind,
    own: frozenset[str] = frozenset(),
    added: frozenset[str] = frozenset(),
    repeats: Repeats = _NO_REPEATS,
    left_out: Mapping[str, LeftOut] = _NONE_LEFT_OUT,
    equivalent: bool = False,
    before: Before = _NOTHING_BEFORE,
    unreached: frozenset[str] = frozenset(),
) -> Comparison:
    """Every test's verdict, every claim's result, and whether the patch does what it says.

    `own` are the tests that the series itself adds or changes: a fix or feature has to pass them. `added` are
    those of them that are new: they have to fail without the patch. `repeats` are re-runs of the tests that
    `changed` names. `left_out` are tests that were not run on purpose: nothing is concluded about them.
    `equivalent`: no test can tell this mutant. Tests of `before` are in the runs with their new text, if they
    have one. `unreached` ran on base alone, and enter nothing that the series changes. Any other test in one
    run only is unresolved. Raises UsageError if a run holds a test twice.
    """
    bases, patcheds = _by_name(base), _by_name(patched)
    proofs = {claim.test for claim in claims if claim.kind is ClaimKind.FIXES}
    if kind is not SeriesKind.MUTANT:
        proofs |= {_literal(name) for name in added}
    else:
        own = frozenset()
    verdicts = []
    for name in sorted(bases.keys() | patcheds.keys()):
        if name in unreached:
            verdicts.append(TestVerdict(name, Verdict.UNREACHED, bases[name], bases[name], _UNREACHED))
            continue
        one = _judged(name, bases, patcheds, repeats)
        if one.verdict is Verdict.PASSES and any(fnmatchcase(name, pattern) for pattern in proofs):
            note = "passes without the patch too: it proves nothing"
            one = replace(one, verdict=Verdict.VACUOUS, note=note)
        verdicts.append(_owned(one) if name in own else one)
    verdicts = _with_old_texts(verdicts, before)
    results = tuple(_check(claim, verdicts, left_out) for claim in claims)
    meant = _meant(verdicts, results) if kind is SeriesKind.MUTANT else frozenset()
    verdicts = [replace(one, red=_why_red(one, meant)) for one in verdicts]
    at_large = kind is SeriesKind.MUTANT and not claims
    reasons = (*_reasons(verdicts, results), *(_unclaimed(verdicts, equivalent) if at_large else ()))
    return Comparison(tuple(verdicts), results, not reasons, reasons)


def _judged(
    name: str, bases: Mapping[str, TestResult], patcheds: Mapping[str, TestResult], repeats: Repeats
) -> TestVerdict:
    base, patched = (side.get(name) or _absent(name) for side in (bases, patcheds))
    return _judge(base, patched, repeats.get(name, ((), ())))


def _with_old_texts(verdicts: Iterable[TestVerdict], before: Before) -> list[TestVerdict]:
    """The verdicts, those on tests of `before` with what their old text says."""
    found = {one.name: one for one in verdicts}
    bases, patcheds = _by_name(before.base), _by_name(before.patched)
    for name, touch in before.touched.items():
        found[name] = combine(
            _judged(name, bases, patcheds, before.repeats), found.get(touch.moved or name), touch
        )
    return [found[name] for name in sorted(found)]


def find_changed(base: Run, patched: Run, repeats: Repeats = _NO_REPEATS) -> tuple[str, ...]:
    """The tests whose outcome differs: run them again on both sides, and give that to `compare`.

    With `repeats`, those that still differ after these.
    """
    bases, patcheds = _by_name(base), _by_name(patched)
    names = sorted(bases.keys() & patcheds.keys())
    return tuple(n for n in names if _judged(n, bases, patcheds, repeats).verdict in _CHANGED)


def _by_name(run: Run) -> dict[str, TestResult]:
    found: dict[str, TestResult] = {}
    for result in run.results:
        if result.name in found:
            raise UsageError(
                f"{result.name}: twice in the run on {run.toolchain}",
                "give each test a name of its own; suites of one run must not overlap",
            )
        found[result.name] = result
    return found


def _absent(name: str) -> TestResult:
    return TestResult(name, Outcome.UNRESOLVED, 0.0, output="not in this run")


def _literal(name: str) -> str:
    """A pattern that matches `name` alone: `[` and its like are escaped as fnmatch wants it."""
    return "".join(f"[{c}]" if c in "*?[" else c for c in name)


def _judge(
    base: TestResult, patched: TestResult, repeats: tuple[Sequence[TestResult], Sequence[TestResult]]
) -> TestVerdict:
    bases, patcheds = (base, *repeats[0]), (patched, *repeats[1])
    verdict, note = _verdict(base, patched)
    # Wherever a test ran at all, its repeats must say the same; a test that did not has none to ask.
    if verdict not in {Verdict.UNSUPPORTED, Verdict.UNRESOLVED}:
        sides = (("base", bases), ("patched", patcheds))
        unsteady = [
            f"{side}: {', '.join(result.outcome.value for result in results)}"
            for side, results in sides
            if len({r.outcome.passes for r in results if r.outcome is not Outcome.UNRESOLVED}) > 1
        ]
        if unsteady:
            verdict, note = Verdict.FLAKY, "; ".join(unsteady)
        elif any(r.outcome is Outcome.UNRESOLVED for r in (*bases, *patcheds)):
            # Such as that only one of two FileChecks is content: asked when a test runs again.
            base, patched = _without_answer(bases), _without_answer(patcheds)
            verdict, note = _verdict(base, patched)
    if verdict is Verdict.FAILS_DIFFERENTLY and any(_like(b, p)[0] for b in bases for p in patcheds):
        verdict, note = Verdict.STILL_FAILING, "how it fails varies from run to run, on both sides alike"
    return TestVerdict(base.name, verdict, base, patched, note)


def _without_answer(results: Sequence[TestResult]) -> TestResult:
    """The first run without an answer, if there is one, else the first."""
    return next((one for one in results if one.outcome is Outcome.UNRESOLVED), results[0])


def _verdict(base: TestResult, patched: TestResult) -> tuple[Verdict, str]:
    """The table of verdicts, for one run of each side."""
    sides = (("base", base), ("patched", patched))
    unknown = [f"{side}: {_first_line(r)}" for side, r in sides if r.outcome is Outcome.UNRESOLVED]
    if unknown:
        return Verdict.UNRESOLVED, "; ".join(unknown)
    missing = [side for side, result in sides if result.outcome is Outcome.UNSUPPORTED]
    if missing:
        why = patched.lacking or base.lacking
        if len(missing) == 1:
            why = f"not run on {missing[0]}" + (f": {why}" if why else "")
        return Verdict.UNSUPPORTED, why
    # What XFAIL and XPASS say of expectations is about LLVM today, not about the patch.
    passed = (base.passed, patched.passed)
    if passed == (False, False):
        alike, note = _like(base, patched)
        return (Verdict.STILL_FAILING if alike else Verdict.FAILS_DIFFERENTLY), note
    return {
        (True, True): Verdict.PASSES,
        (False, True): Verdict.FIXED,
        (True, False): Verdict.REGRESSED,
    }[passed], ""


def _like(base: TestResult, patched: TestResult) -> tuple[bool, str]:
    """Whether two failures are one, as far as outcomes and signatures tell; why not, or what is not known."""
    one, other = base.signature, patched.signature
    if one is None or other is None or one != other:
        # Releases may reword a message and mean the same; if a series does, that is worth a look.
        alike, note = one is other, ""
    else:
        found = compare_signatures(one, other)
        alike = found.degree is not Degree.DIFFERENT
        note = found.why if found.degree is not Degree.SAME else ""
        note = f"{PERHAPS}: {note}" if alike and note else note
    # An expected failure (XFAIL) hides whether it was a FAIL or a CRASH; the signature alone tells then.
    same = base.outcome is patched.outcome or Outcome.XFAIL in {base.outcome, patched.outcome}
    return (alike, note) if same else (False, "")


def _first_line(result: TestResult) -> str:
    return next((line.strip() for line in result.output.splitlines() if line.strip()), "no outcome")


def _owned(verdict: TestVerdict) -> TestVerdict:
    """The verdict on a test that the series brings; where nothing else is said, that it has to pass."""
    one = replace(verdict, own=True)
    if one.is_unmet and (not one.note or one.note.startswith(PERHAPS)):
        return replace(one, note="the series brings it: it has to pass")
    return one


def _check(claim: Claim, verdicts: Iterable[TestVerdict], left_out: Mapping[str, LeftOut]) -> ClaimResult:
    """Whether a claim holds on every test it names. It names at least one.

    A glob's tests that ran on neither side, for want of an emulator say, are left out if others ran.
    """
    matching = [v for v in verdicts if fnmatchcase(v.name, claim.test)]
    matching = [v for v in matching if v.base.outcome.ran or v.patched.outcome.ran] or matching
    names = tuple(v.name for v in matching)
    unknown = [why for name, why in left_out.items() if fnmatchcase(name, claim.test)]
    if not (matching or unknown):
        return ClaimResult(claim, False, (), "no test of that name")
    against = [objection for v in matching if (objection := _objection(claim, v))]
    if unknown and not against:
        part = f"{len(unknown)} of {len(unknown) + len(names)} tests " if names else ""
        why = ", ".join(one.value for one in LeftOut if one in unknown)
        return ClaimResult(claim, False, names, f"{part}not run ({why})", checked=False)
    return ClaimResult(claim, not against, names, _list(against))


def _objection(claim: Claim, verdict: TestVerdict) -> str:
    """Why `verdict` does not bear `claim` out, naming the test; empty if it does."""
    fixed = Verdict.FIXED in {verdict.verdict, verdict.renewed}
    right = fixed if claim.kind is ClaimKind.FIXES else verdict.is_broken
    if not right:
        return f"{verdict.name} {verdict.verdict.value}" + (f" ({verdict.note})" if verdict.note else "")
    if claim.kind is ClaimKind.BREAKS and claim.message:
        signature = verdict.patched.signature
        if claim.message not in (signature.message if signature else "") + "\n" + verdict.patched.output:
            return f"{verdict.name} {verdict.verdict.value} without that message: {verdict.patched.ending}"
    return ""


def _meant(verdicts: Iterable[TestVerdict], claims: Sequence[ClaimResult]) -> frozenset[str]:
    """The tests that a mutant may break: those it claims, or all that it breaks if it claims nothing."""
    if not claims:
        return frozenset(v.name for v in verdicts if v.is_broken)
    # A claim that a mutant fixes something holds on tests that are fixed: it excuses no regression.
    borne_out = (result for result in claims if result.held or not result.checked)
    return frozenset(name for result in borne_out for name in result.tests)


def _why_red(one: TestVerdict, meant: frozenset[str]) -> Red | None:
    """Why a verdict turns its series red; None if it does not. `meant` are regressions on purpose."""
    red = one.verdict.red
    if red is not None and not (red is Red.REGRESSED and one.name in meant):
        return red
    if one.is_one_sided:
        return Red.ONE_SIDED
    return Red.OWN if one.is_unmet else None


def _reasons(verdicts: Sequence[TestVerdict], claims: Sequence[ClaimResult]) -> Iterator[str]:
    """One line for each thing that keeps the comparison from being green."""
    unreached = any(v.verdict is Verdict.UNREACHED for v in verdicts)
    if not (unreached or any(v.base.outcome.ran and v.patched.outcome.ran for v in verdicts)):
        yield "no test ran on both sides"
    for result in claims:
        if result.checked and not result.held:
            message = f' with "{result.claim.message}"' if result.claim.message else ""
            yield f"claim does not hold: {result.claim.kind.value} {result.claim.test}{message}: {result.why}"
    for red in Red:
        if names := [_named(v) for v in verdicts if v.red is red]:
            yield f"{red.value}: {_list(names)}"


def _named(one: TestVerdict) -> str:
    """A red test, with what its verdict alone does not say."""
    if one.red is Red.OWN:
        return f"{one.name} ({one.patched.outcome.value})"
    return f"{one.name} ({one.note})" if one.red is not None and one.red.no_answer else one.name


def _unclaimed(verdicts: Sequence[TestVerdict], equivalent: bool) -> Iterator[str]:
    """What is wrong with a mutant that does not say which tests it breaks."""
    broken = [v.name for v in verdicts if v.is_broken]
    if equivalent and broken:
        yield f"not equivalent, tests can tell: {_list(broken)}"
    if not (equivalent or broken):
        yield "breaks no test: the suite does not notice this mistake"


def _list(names: Sequence[str]) -> str:
    more = len(names) - _NAMES_SHOWN
    return ", ".join(names[:_NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")
