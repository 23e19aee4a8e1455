"""What a matrix says of a cell in words, and the exit code that it asks for."""

import pytest

from harness.cell import Cell, CellResult, CellState

FIX = Cell("19", series="x86-undersized-patchpoint")


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        (FIX, "x86-undersized-patchpoint [llvm-19]"),
        (Cell("19", series="a-fix", assertions=False), "a-fix [llvm-19 release]"),
        (Cell("wheel:0.47", target="X86", assertions=False), "suite X86 [wheel:0.47]"),
        (Cell("trunk", suite="upstream:CodeGen/X86"), "upstream:CodeGen/X86 [trunk]"),
    ],
)
def test_a_cell_has_the_name_of_its_row_and_column(cell: Cell, name: str) -> None:
    assert cell.name == name


def test_what_the_recipe_allows_stays_red_but_asks_for_no_exit_code() -> None:
    old = Cell("9", may_fail="LLVM 9 crashes on it")
    found = CellResult(old, CellState.FAILS, "1 of 3 tests fails")
    assert (found.is_allowed, found.exit_code) == (True, 0)
    assert found.text == "fails: 1 of 3 tests fails (allowed: LLVM 9 crashes on it)"


def test_no_answer_is_never_allowed() -> None:
    lost = CellResult(Cell("9", may_fail="old"), CellState.NO_ANSWER, "its worker was lost")
    assert (lost.is_allowed, lost.exit_code, lost.text) == (False, 4, "no answer: its worker was lost")


def test_only_an_answer_of_its_own_is_kept() -> None:
    asked_again = {state for state in CellState if not state.is_kept}
    assert asked_again == {CellState.FLAKY, CellState.SKIPPED, CellState.NO_ANSWER}
