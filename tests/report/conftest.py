"""A report made by hand that shows every case the writers know, and golden files to hold them to."""

from __future__ import annotations

import pytest

from harness.check.evidence import explain_failures
from harness.coverage import AddedBranch, AddedLine, FileCoverage, PatchCoverage
from harness.errors import Failure
from harness.model import (
    Claim,
    ClaimKind,
    ClaimResult,
    Comparison,
    CrashKind,
    Outcome,
    Red,
    Run,
    SeriesKind,
    Signature,
    TestResult,
    TestVerdict,
    Verdict,
)
from harness.report.changes import SilentChange, SilentChanges
from harness.report.reach import LineReach, Reach, UpstreamReach
from harness.report.record import BuildNote, CheckReport, SeriesReport

PASS, FAIL, CRASH = Outcome.PASS, Outcome.FAIL, Outcome.CRASH

CAST = Signature(
    CrashKind.ASSERTION,
    'isa<To>(Val) && "cast<Ty>() argument of incompatible type!"',
    "include/llvm/Support/Casting.h:566",
    ("llvm::cast<...>", "llvm::SelectionDAGBuilder::visitPatchpoint"),
    "llc",
)
LACKING = "runs opt, which is not in this toolchain"


def verdict(
    name: str,
    base: Outcome,
    patched: Outcome,
    what: Verdict,
    note: str = "",
    *,
    signature: Signature | None = None,
    output: str = "",
    own: bool = False,
    gone: str = "",
    renewed: Verdict | None = None,
    red: Red | None = None,
) -> TestVerdict:
    return TestVerdict(
        name,
        what,
        TestResult(name, base, 0.25),
        TestResult(name, patched, 0.5, signature, output),
        note or gone,
        own,
        gone,
        renewed,
        red,
    )


def _fix() -> SeriesReport:
    claim = ClaimResult(Claim(ClaimKind.FIXES, "X86/undersized-*.ll"), True, ("X86/undersized-12.ll",))
    left_out = Claim(ClaimKind.FIXES, "JIT/undersized.ll")
    unchecked = ClaimResult(left_out, False, (), "not run (filtered out)", checked=False)
    return SeriesReport(
        name="x86-undersized-patchpoint",
        title="Diagnose a patchpoint that is too small for its call",
        kind=SeriesKind.FIX,
        comparison=Comparison(
            (
                verdict("JIT/run.ll", PASS, PASS, Verdict.PASSES),
                verdict("X86/deleted.ll", PASS, PASS, Verdict.PASSES, gone="the series deletes it"),
                verdict("X86/other.ll", FAIL, FAIL, Verdict.STILL_FAILING),
                verdict(
                    *("X86/rewritten.ll", PASS, FAIL, Verdict.REWRITTEN, "its new text: FAIL -> PASS"),
                    own=True,
                    renewed=Verdict.FIXED,
                ),
                verdict("X86/undersized-12.ll", Outcome.TIMEOUT, PASS, Verdict.FIXED),
                verdict(
                    *("X86/vanished.ll", *(Outcome.UNSUPPORTED,) * 2, Verdict.UNSUPPORTED),
                    gone="no test any more with the series",
                ),
                verdict("X86/windows.ll", *(Outcome.UNSUPPORTED,) * 2, Verdict.UNSUPPORTED),
            ),
            (claim, unchecked),
            True,
            (),
        ),
        builds=(
            BuildNote("base", ("lib/Target/X86/X86MCInstLower.cpp",), 0.0, True),
            BuildNote("patched", ("lib/Target/X86/X86MCInstLower.cpp",), 13.25, False),
        ),
        base_seconds=1.5,
        patched_seconds=1.25,
        differences={
            "X86/rewritten.ll": "--- base\n+++ patched\n@@\n-\tnop\n+\tud2",
            "X86/undersized-12.ll": "--- base\n+++ patched\n@@\n f:\n-\tnop\n+error: `12` bytes | too few",
        },
        remarks=("0002-x.patch: is patch 2/3 of a series, taken alone", "clang/A.cpp: `left` out"),
        coverage=_coverage(),
        silent=_silent(),
    )


def _silent() -> SilentChanges:
    diff = "--- base\n+++ patched\n@@\n f:\n-\txorl\t%eax, %eax\n \tretq"
    return SilentChanges(
        tests=("JIT/run.ll", "X86/weak.ll"),
        unsteady=("X86/time.ll",),
        unchecked=("X86/y.ll", "X86/z.ll"),
        changes=(
            SilentChange("X86/weak.ll", "llc", "stdout", "f", 1, (2, 1), (3, 1), diff),
            SilentChange("JIT/run.ll", "llc", "run.ll.tmp.o", "", 2, sizes=(40, 41), diff="not shown"),
        ),
        more=3,
    )


def _coverage() -> PatchCoverage:
    path = "llvm/lib/Target/X86/X86MCInstLower.cpp"
    missed = (AddedLine(n, 0, f"    step<{n}>(`x`);") for n in range(1100, 1122))
    lines = (AddedLine(1090, 12, ""), AddedLine(1091, 0, "\treturn *x*;"), *missed)
    branches = (AddedBranch(1090, "A | B", 12, 0), AddedBranch(1090, "B", 3, 9), AddedBranch(1091, "C", 0, 0))
    unknown = ("llvm/lib/Support/Windows/Path.inc: no unit that is compiled here reads it",)
    return PatchCoverage((FileCoverage(path, lines, branches),), unknown)


def _mutant() -> SeriesReport:
    claim = Claim(ClaimKind.BREAKS, "X86/symbol.ll", "cast<Ty>() argument of incompatible type!")
    return SeriesReport(
        name="reintroduce-symbolic-callee-crash",
        title="Assume a constant callee, as in 2013",
        kind=SeriesKind.MUTANT,
        comparison=Comparison(
            (verdict("X86/symbol.ll", PASS, CRASH, Verdict.REGRESSED, signature=CAST),),
            (ClaimResult(claim, True, ("X86/symbol.ll",)),),
            True,
            (),
        ),
        builds=(
            BuildNote(
                "patched",
                ("lib/A.cpp", "lib/B.cpp"),
                21.0,
                False,
                ("lib/B.cpp: assertions are not enabled",),
            ),
        ),
        base_seconds=1.0,
        patched_seconds=1.0,
        differences={
            "X86/symbol.ll": "base:    passes\npatched: assertion: isa<To>(Val)\n           llvm::cast<...>"
        },
        coverage=PatchCoverage(trouble="llc does not link (without the patch)"),
    )


def _bad() -> SeriesReport:
    claims = (
        ClaimResult(Claim(ClaimKind.FIXES, "a|b.ll"), False, ("a|b.ll",), "a|b.ll vacuous (proves nothing)"),
        ClaimResult(Claim(ClaimKind.FIXES, "none*"), False, (), "no test of that name"),
    )
    reasons = (
        "claim does not hold: fixes a|b.ll: a|b.ll vacuous (proves nothing)",
        "regressed: X86/c.ll",
        "flaky: X86/d.ll (base: FAIL, PASS)",
        "own tests that do not pass: X86/h.ll (FAIL), X86/i.ll (UNSUPPORTED)",
    )
    return SeriesReport(
        name="bad-idea",
        title="[RFC] Use `r11` *twice* for @someone <b>",
        kind=SeriesKind.FEATURE,
        comparison=Comparison(
            (
                verdict("X86/c.ll", PASS, FAIL, Verdict.REGRESSED, red=Red.REGRESSED),
                verdict("X86/d.ll", FAIL, PASS, Verdict.FLAKY, "base: FAIL, PASS", red=Red.FLAKY),
                verdict(
                    "X86/e.ll",
                    PASS,
                    Outcome.UNRESOLVED,
                    Verdict.UNRESOLVED,
                    "patched: x",
                    output="x\x1b[1m\n",
                    red=Red.UNRESOLVED,
                ),
                verdict(
                    *("X86/f.ll", PASS, Outcome.UNSUPPORTED, Verdict.UNSUPPORTED, "not run on patched"),
                    red=Red.ONE_SIDED,
                ),
                verdict("X86/g.ll", FAIL, CRASH, Verdict.FAILS_DIFFERENTLY, signature=CAST),
                verdict(
                    *("X86/h.ll", FAIL, FAIL, Verdict.STILL_FAILING, "it has to pass"),
                    own=True,
                    red=Red.OWN,
                ),
                verdict(
                    *("X86/i.ll", *(Outcome.UNSUPPORTED,) * 2, Verdict.UNSUPPORTED, "to pass"),
                    own=True,
                    red=Red.OWN,
                ),
                verdict("X86/j.ll", FAIL, PASS, Verdict.FIXED, own=True),
                verdict("a|b.ll", PASS, PASS, Verdict.VACUOUS, "proves nothing"),
            ),
            claims,
            False,
            reasons,
        ),
        differences={"X86/c.ll": "```\nnot the end of the fence\n```"},
    )


def _unproven() -> SeriesReport:
    path = "llvm/lib/Target/X86/X86MCInstLower.cpp"
    return SeriesReport(
        name="dead-end",
        title="Mend what no test gets to",
        kind=SeriesKind.FIX,
        comparison=Comparison((verdict("X86/near.ll", PASS, PASS, Verdict.PASSES),), (), True, ()),
        reach=Reach(
            ("llvm::f(<int>)",),
            *(1, 9),
            by_functions=3,
            upstream=UpstreamReach(31870, 2, 2),
            by_lines=LineReach(3, missed=(f"{path}:830", f"{path}:1064")),
            nearest=("X86/near.ll",),
            run="llc `a` | FileCheck %s",
            nearest_enter=True,
        ),
    )


@pytest.fixture
def report() -> CheckReport:
    """Two series that are ok, one that is not, one that is unproven, one that does not build, and a suite."""
    broken = SeriesReport(
        name="no-build",
        title="Does not compile",
        kind=SeriesKind.FIX,
        error=Failure(
            "lib/A.cpp does not compile with the patch\n  A.cpp:3:1: error: expected ';'\nnext: mend it"
        ),
        remarks=("s.mbox #2: skipped, a reply: 'Re: [PATCH 2/3] Change 20'",),
    )
    suite = Run(
        "debian-19",
        (
            TestResult("JIT/run.ll", PASS, 0.5),
            TestResult("X86/a.ll", PASS, 0.25),
            TestResult("X86/b.ll", Outcome.XFAIL, 0.25),
            TestResult("X86/c.ll", FAIL, 0.25, None, "".join(f"line {i}\n" for i in range(30))),
            TestResult("X86/d.ll", Outcome.UNSUPPORTED, 0.0),
            TestResult("X86/e.ll", Outcome.UNRESOLVED, 0.0),
            TestResult("X86/f.ll", CRASH, 0.25, CAST, "the last of a trace"),
            TestResult("X86/g.ll", CRASH, 0.25, CAST, "the last of a trace"),
            TestResult("X86/h.ll", Outcome.UNSUPPORTED, 0.0, None, f"{LACKING}\nmore"),
            TestResult("X86/i.ll", Outcome.UNSUPPORTED, 0.0, None, LACKING),
            TestResult("top.ll", PASS, 0.125),
        ),
        1.375,
    )
    return CheckReport(
        tool_version="0.1.0",
        llvm_version="19.1.7",
        toolchain="debian-19",
        provenance="Debian packages llvm-19 1:19.1.7-3~deb12u1",
        builder="overlay",
        assertions=True,
        series=(_fix(), _mutant(), _bad(), broken, _unproven()),
        suite=suite,
        seconds=61.5,
        failures=explain_failures(suite, "LLVM 19.1.7"),
        remarks=("old-series has no patches for LLVM 19.1.7: left out",),
        enclosure="enclosed by Landlock (ABI 7); not held off: names of files",
    )
