"""Cells on this machine: each once, some at once, none left running."""

import functools
import threading
import time
from pathlib import Path

import pytest

from harness.cell import CellResult, CellState
from harness.matrix.child import run_apart
from harness.matrix.executors.local import Local
from harness.matrix.task import CellTask
from harness.store import Store
from tests.matrix import fake_cells

run_fake = functools.partial(run_apart, module=fake_cells.__name__)


@pytest.mark.slow
def test_every_cell_is_done_once_and_none_stops_another(tmp_path: Path) -> None:
    tasks = [fake_cells.task(does, llvm) for does in ("ok", "dies", "fails") for llvm in ("19", "22")]
    results: list[tuple[CellTask, CellResult]] = []
    threads = set[str]()

    def done(task: CellTask, result: CellResult) -> None:
        threads.add(threading.current_thread().name)
        results.append((task, result))

    Local(Store(tmp_path), 3, run_fake).run(tasks, done, lambda task, text: None)
    assert sorted(task.key for task, _ in results) == sorted(task.key for task in tasks)
    assert all(task.cell == result.cell for task, result in results)
    assert threads == {threading.current_thread().name}
    states = {task.cell.suite: result.state for task, result in results}
    assert states == {"ok": CellState.OK, "dies": CellState.NO_ANSWER, "fails": CellState.FAILS}


def test_few_cells_get_all_processors(tmp_path: Path) -> None:
    jobs: list[int] = []

    def count(task: CellTask, store: Store, tell: object) -> CellResult:
        jobs.append(task.jobs)
        return CellResult(task.cell, CellState.OK)

    for tasks, each in ((1, 8), (3, 2), (9, 1)):
        jobs.clear()
        given = [fake_cells.task("ok", str(number)) for number in range(tasks)]
        Local(Store(tmp_path), 8, count).run(given, lambda task, result: None, lambda task, text: None)
        assert jobs == [each] * tasks


@pytest.mark.slow
def test_an_interrupt_leaves_no_cell_running(tmp_path: Path) -> None:
    tasks = [fake_cells.task("ok"), *(fake_cells.task("hangs", str(number)) for number in range(4))]
    start = time.monotonic()

    def done(task: CellTask, result: CellResult) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Local(Store(tmp_path), 2, run_fake).run(tasks, done, lambda task, text: None)
    assert time.monotonic() - start < 30
