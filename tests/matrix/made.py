"""Cells, results and reports for tests of a matrix."""

from __future__ import annotations

from harness.cell import Cell, CellResult, CellState, CellTest, Depth
from harness.matrix.record import CellChange, MatrixReport
from harness.model import Outcome, Verdict

FIX = "a-fix"


def suite(llvm: str, *outcomes: Outcome, may_fail: str = "") -> CellResult:
    """The suite alone on an LLVM: tests `X86/0.ll`, `X86/1.ll` and so on with these outcomes."""
    tests = tuple(CellTest(f"X86/{number}.ll", one) for number, one in enumerate(outcomes))
    red = [test.name for test in tests if test.outcome.is_red]
    state = CellState.FAILS if red else CellState.OK
    reason = f"{len(red)} of {len(tests)} tests ({', '.join(red)}) red" if red else ""
    cell = Cell(llvm, may_fail=may_fail)
    return CellResult(cell, state, reason, f"suite on {llvm}", tests=tests, seconds=2.0)


def series(llvm: str, state: CellState, reason: str = "", *tests: CellTest, name: str = FIX) -> CellResult:
    """A series on an LLVM."""
    cell = Cell(llvm, series=name, depth=Depth.VERDICT)
    return CellResult(cell, state, reason, f"{name} on {llvm}", tests=tests, seconds=4.0)


REGRESSED = CellTest("X86/1.ll", Outcome.CRASH, Outcome.PASS, Verdict.REGRESSED, 0.1, "llc: SIGSEGV")
MIXED = MatrixReport(
    tool_version="1",
    title="mixed <b>",
    cells=(
        suite("9", Outcome.PASS, Outcome.CRASH, may_fail="LLVM 9 crashes"),
        suite("19", Outcome.PASS, Outcome.PASS),
        suite("22", Outcome.FAIL, Outcome.PASS),
        series("9", CellState.DOES_NOT_APPLY, "a.patch does not apply"),
        series("19", CellState.OK),
        series("22", CellState.FAILS, "1 test regressed: `x`|y", REGRESSED),
        CellResult(Cell("trunk"), CellState.SKIPPED, "the mirror has no LLVM trunk"),
        CellResult(Cell("trunk", series=FIX), CellState.NO_ANSWER, "ran longer than 5 s"),
    ),
    known=2,
    changes=(
        CellChange("a-fix [llvm-22]", "ok", "fails: X86/1.ll", is_worse=True),
        CellChange("suite [trunk]", "", "skipped", is_worse=False),
    ),
    compared="run 3 of 2026-11-30 10:00",
    remarks=("a remark",),
    seconds=12.34,
)
