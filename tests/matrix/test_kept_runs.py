"""A matrix in a real history: what it asks there, and what it leaves."""

from __future__ import annotations

from pathlib import Path

from harness.cell import Cell, CellResult, CellState, CellTest
from harness.matrix.kept import keep_run
from harness.model import Outcome

CELL = Cell("19")


def test_nothing_is_kept_nowhere() -> None:
    with keep_run(None) as kept:
        assert kept is None


def test_a_run_knows_those_before_it_and_what_others_evaluate(tmp_path: Path) -> None:
    one = CellResult(CELL, CellState.OK, key="k1", tests=(CellTest("a.ll", Outcome.PASS),), begun=1.0)
    two = CellResult(CELL, CellState.FAILS, key="k1", tests=(CellTest("a.ll", Outcome.FAIL),), begun=2.0)
    place = tmp_path / "history.sqlite"
    with keep_run(place) as first, keep_run(place) as second:
        assert first is not None
        assert second is not None
        assert first.claim(["k1", "k2"]) == {"k1", "k2"}
        assert second.claim(["k1", "k3"]) == {"k3"}
        first.record(one)
        first.release("k2")
        assert second.find_known(["k1", "k2"]) == {"k1": one}
        assert second.claim(["k2"]) == {"k2"}
        first.finish(0)
        assert second.find_last([CELL, Cell("20")]) == {CELL: one}
        second.record(two)
        assert second.find_flaky(["k1"]) == {"k1": ("a.ll",)}
