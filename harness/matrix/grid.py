"""The grid of a matrix: a mark for each row and column (pure)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.cell import CellResult, CellState, CellTest
from harness.model import Outcome

EMPTY = " "
# Red, and the recipe lets it be.
ALLOWED = "a"
# The mark of a test in a suite alone.
_MARKS = {
    Outcome.PASS: "+",
    Outcome.XFAIL: "+",
    Outcome.FAIL: "F",
    Outcome.CRASH: "C",
    Outcome.TIMEOUT: "T",
    Outcome.XPASS: "X",
    Outcome.UNSUPPORTED: ".",
    Outcome.UNRESOLVED: "!",
}
TEST_LEGEND = (
    "+ as expected, F fails, C crashes, T times out, X passes unexpectedly, . unsupported, ! no answer"
)


@dataclass(frozen=True, slots=True)
class Grid:
    """`rows` are names with a mark and a style for each of `columns`."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show."""
        return not self.rows


def grid_of_cells(results: Sequence[CellResult]) -> Grid:
    """A row for each suite and series, a column for each LLVM."""
    columns = tuple(dict.fromkeys(one.cell.column for one in results))
    rows: dict[str, dict[str, tuple[str, str]]] = {}
    for one in results:
        mark = ALLOWED if one.is_allowed else one.state.mark
        style = "yellow" if one.is_allowed else one.state.style
        rows.setdefault(one.cell.row, {})[one.cell.column] = (mark, style)
    return _grid(columns, rows)


def legend(results: Sequence[CellResult]) -> str:
    """What the marks of a grid of cells mean, those that are in it: `+ ok, F fails, a fails as allowed`."""
    used = [state for state in CellState if any(one.state is state and not one.is_allowed for one in results)]
    parts = [f"{state.mark} {state.value}" for state in used]
    if any(one.is_allowed for one in results):
        parts.append(f"{ALLOWED} red as the recipe allows")
    return ", ".join(parts)


def grid_of_tests(results: Sequence[CellResult]) -> Grid:
    """A row for each test that is red in some suite alone, a column for each LLVM that ran one."""
    alone = [one for one in results if not one.cell.series and one.tests]
    red = {test.name for one in alone for test in one.tests if test.outcome.is_red}
    columns = tuple(dict.fromkeys(one.cell.column for one in alone))
    rows: dict[str, dict[str, tuple[str, str]]] = {}
    for one in alone:
        for test in one.tests:
            if test.name in red:
                rows.setdefault(test.name, {})[one.cell.column] = _mark_of(test)
    return _grid(columns, dict(sorted(rows.items())))


def _mark_of(test: CellTest) -> tuple[str, str]:
    return _MARKS[test.outcome], "red" if test.outcome.is_red else "green" if test.outcome.ran else ""


def _grid(columns: tuple[str, ...], rows: dict[str, dict[str, tuple[str, str]]]) -> Grid:
    return Grid(
        columns,
        tuple(
            (name, tuple(marks.get(column, (EMPTY, "")) for column in columns))
            for name, marks in rows.items()
        ),
    )
