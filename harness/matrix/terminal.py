"""A matrix on a terminal: the grid, what changed, what is to be looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.cell import CellResult
from harness.matrix.grid import TEST_LEGEND, Grid, grid_of_cells, grid_of_tests, legend
from harness.matrix.record import CellChange, MatrixReport
from harness.report.lines import TableCell, write_line, write_table

if TYPE_CHECKING:
    from rich.console import Console

_TESTS_SHOWN = 40


def write(report: MatrixReport, console: Console) -> None:
    """Print the grid, the tests that are red, every cell that is not plainly well, and the changes."""
    write_line(console, report.title, "bold")
    write_line(console)
    _write_grid(console, grid_of_cells(report.cells))
    write_line(console, legend(report.cells))
    write_line(console)
    tests = grid_of_tests(report.cells)
    if not tests.is_empty:
        write_line(console, "tests that are red in a suite alone:", "bold")
        _write_grid(console, Grid(tests.columns, tests.rows[:_TESTS_SHOWN]))
        if (more := len(tests.rows) - _TESTS_SHOWN) > 0:
            write_line(console, f"and {more} more: see the JSON")
        write_line(console, TEST_LEGEND)
        write_line(console)
    for one in report.notable:
        write_line(console, f"{one.cell.name}: {one.text}", _style(one))
    for remark in remarks(report):
        write_line(console, remark, "yellow")
    write_line(console)
    _write_changes(console, report)
    write_line(console, f"{summary(report)}, {report.seconds:.1f} s")
    write_line(console, "OK" if report.ok else "NOT OK", "bold green" if report.ok else "bold red")


def summary(report: MatrixReport) -> str:
    """`40 cells: 38 ok, 2 skipped; 36 known` (from earlier runs)."""
    counts = ", ".join(f"{number} {state.value}" for state, number in report.counts.items())
    allowed = sum(one.is_allowed for one in report.cells)
    said = f" ({allowed} allowed)" if allowed else ""
    cells = "1 cell" if len(report.cells) == 1 else f"{len(report.cells)} cells"
    return f"{cells}: {counts}{said}; {report.known} known"


def remarks(report: MatrixReport) -> tuple[str, ...]:
    """What to say besides the cells."""
    unjudged = (f"{row} came to a verdict on no LLVM" for row in report.unjudged)
    return (*report.remarks, *unjudged)


def describe_change(change: CellChange) -> str:
    """`suite [llvm-19]: ok -> fails: X86/a.ll`."""
    return f"{change.name}: {change.before or 'new'} -> {change.after}"


def _write_grid(console: Console, grid: Grid) -> None:
    head: list[TableCell] = [("", ""), *((column, "") for column in grid.columns)]
    rows = [[(name, ""), *marks] for name, marks in grid.rows]
    write_table(console, [head, *rows])


def _write_changes(console: Console, report: MatrixReport) -> None:
    if not report.compared:
        return
    if not report.changes:
        write_line(console, f"no change since {report.compared}")
        return
    write_line(console, f"changes since {report.compared}:", "bold")
    for change in report.changes:
        write_line(console, f"  {describe_change(change)}", "red" if change.is_worse else "")


def _style(one: CellResult) -> str:
    return "yellow" if one.is_allowed else one.state.style
