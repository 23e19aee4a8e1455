"""A cell in a process of its own: whatever it does, there is a result."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from harness.cell import CellState
from harness.matrix.child import run_apart
from harness.process.sandbox import VARIABLE
from harness.store import Store
from tests.matrix import fake_cells

pytestmark = pytest.mark.slow


def run(does: str, tmp_path: Path, seconds: float = 60.0) -> tuple[CellState, str, list[str]]:
    told: list[str] = []
    task = fake_cells.task(does, seconds=seconds)
    result = run_apart(task, Store(tmp_path), told.append, fake_cells.__name__)
    assert (result.cell, result.key) == (task.cell, task.key)
    return result.state, result.reason, told


def test_a_cell_comes_back_and_is_told_of(tmp_path: Path) -> None:
    assert run("ok", tmp_path) == (CellState.OK, "", ["about to do: ok"])


def test_what_a_cell_prints_is_no_result(tmp_path: Path) -> None:
    assert run("prints", tmp_path)[:2] == (CellState.OK, "")


def test_a_cell_that_dies_has_no_answer(tmp_path: Path) -> None:
    assert run("dies", tmp_path)[:2] == (CellState.NO_ANSWER, "its process ended with status -9")


def test_a_cell_that_hangs_has_no_answer(tmp_path: Path) -> None:
    assert run("hangs", tmp_path, seconds=1.5)[:2] == (CellState.NO_ANSWER, "ran longer than 1.5 s")


def test_a_cell_that_raises_has_no_answer_and_says_why(tmp_path: Path) -> None:
    state, reason, _ = run("raises", tmp_path)
    assert state is CellState.NO_ANSWER
    assert "status 4" in reason
    assert "a cell must not do this" in reason


def test_a_cell_that_says_what_is_no_result_has_no_answer(tmp_path: Path) -> None:
    state, reason, _ = run("garbles", tmp_path)
    assert state is CellState.NO_ANSWER
    assert "Object missing required field `cell`" in reason


def test_a_cell_whose_process_cannot_be_started_has_no_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no-python"))
    state, reason, _ = run("ok", tmp_path)
    assert state is CellState.NO_ANSWER
    assert "no-python" in reason


def test_a_cell_is_enclosed_as_whoever_asks_for_it_chose(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "landlock")
    asked = fake_cells.task(f"says {VARIABLE}")
    found = [
        run_apart(replace(asked, sandbox=one), Store(tmp_path), module=fake_cells.__name__)
        for one in ("off", "")
    ]
    assert [one.reason for one in found] == ["off", "landlock"]
