"""Runs and claims that the tests of comparing make up."""

from __future__ import annotations

from harness.model import (
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


FIX, FEATURE, MUTANT = SeriesKind.FIX, SeriesKind.FEATURE, SeriesKind.MUTANT


def verdicts(comparison: Comparison) -> dict[str, Verdict]:
    return {v.name: v.verdict for v in comparison.verdicts}
