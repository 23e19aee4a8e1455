"""Runs of lit tests by pytest are in the history, as every run is."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.cell import CellResult, CellState
from harness.history.history import open_history
from harness.model import Outcome
from tests.pytest_plugin.started import make_prefix, make_suite, run_pytest

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("plugin")]


LLVM = "tree:p"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a suite and an LLVM."""
    make_suite(tmp_path / "s")
    make_prefix(tmp_path / "p")
    return tmp_path


def last(history: Path) -> tuple[CellResult, ...]:
    with open_history(history) as opened:
        return opened.find_last_run("pytest")


@pytest.mark.parametrize("workers", ["0", "2"])
def test_what_every_test_did_is_recorded(place: Path, workers: str) -> None:
    history = place / "history.sqlite"
    ended = run_pytest(
        place,
        "s",
        "--llvm",
        LLVM,
        "-n",
        workers,
        "-k",
        "passes or dies",
        env={"HARNESS_HISTORY": str(history)},
    )
    assert ended.code == 1, ended.text
    (cell,) = last(history)
    assert (cell.state, cell.cell.suite, cell.cell.llvm, cell.key) == (CellState.FAILS, "s", LLVM, "")
    assert {test.name: test.outcome for test in cell.tests} == {
        "dies.test": Outcome.CRASH,
        "passes.test": Outcome.PASS,
    }


def test_what_cannot_be_recorded_fails_nothing(place: Path) -> None:
    ended = run_pytest(place, "s/passes.test", "--llvm", LLVM, "-n", "0", env={"HARNESS_HISTORY": str(place)})
    assert ended.code == 0, ended.text
    assert "this run is not in the history: " in ended.text


def test_collecting_alone_is_no_run(place: Path) -> None:
    history = place / "history.sqlite"
    ended = run_pytest(place, "s", "--llvm", LLVM, "--collect-only", env={"HARNESS_HISTORY": str(history)})
    assert ended.code == 0, ended.text
    assert not history.exists()
