"""Runs and results that the tests of the history make up."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from harness.cell import Cell, CellResult, CellState, CellTest, Depth
from harness.history.run import RunInfo
from harness.model import Outcome, Verdict

RUN = RunInfo("matrix", "harness matrix", "0.1.0", "builder", 8, 1 << 34, "Linux 6.1 x86_64", "3.11.2")
CELL = Cell("19", series="a-fix")
PASS, FAIL, UNRESOLVED = Outcome.PASS, Outcome.FAIL, Outcome.UNRESOLVED

# Also what no database takes as it is: NUL, and half of a surrogate pair.
TEXT = st.text(st.characters(exclude_categories=()), max_size=20)
# SQLite has no negative zero.
SECONDS = st.floats(allow_nan=False, allow_infinity=False).map(lambda number: number + 0.0)
CELLS = st.builds(
    Cell, TEXT, TEXT, TEXT, TEXT, assertions=st.booleans(), depth=st.sampled_from(Depth), may_fail=TEXT
)
TESTS = st.builds(
    CellTest,
    TEXT,
    st.sampled_from(Outcome),
    st.none() | st.sampled_from(Outcome),
    st.none() | st.sampled_from(Verdict),
    SECONDS,
    TEXT,
)
RESULTS = st.builds(
    CellResult,
    CELLS,
    st.sampled_from(CellState),
    TEXT,
    TEXT,
    st.dictionaries(TEXT, TEXT, max_size=3),
    TEXT,
    st.lists(TESTS, max_size=4).map(tuple),
    *(SECONDS, SECONDS, SECONDS),
    machine=TEXT,
    worker=TEXT,
)


def result(
    key: str = "k", state: CellState = CellState.OK, *tests: CellTest, cell: Cell = CELL, begun: float = 1.0
) -> CellResult:
    return CellResult(cell, state, key=key, tests=tests, begun=begun, seconds=2.0)


def ended(**outcomes: Outcome) -> tuple[CellTest, ...]:
    """Tests `NAME.ll` of a suite alone."""
    return tuple(CellTest(f"{name}.ll", outcome, seconds=0.5) for name, outcome in outcomes.items())


def again(one: CellResult, *tests: CellTest) -> CellResult:
    """The same question, asked once more."""
    return replace(one, begun=one.begun + 1, tests=tests)
