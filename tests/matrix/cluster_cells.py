"""Cells on a worker whose suite says what they do there: `tests.matrix.cluster_cells:play`."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from harness.cell import CellResult, CellState
from harness.matrix.child import run_apart
from harness.matrix.task import CellTask
from harness.store import Store
from tests.matrix import fake_cells

PLAY = f"{__name__}:play"
PLAY_APART = f"{__name__}:play_apart"


def play(task: CellTask, store: Store, tell: Callable[[str], None]) -> CellResult:
    """Do it in the worker's own process."""
    does, _, value = task.cell.suite.partition(" ")
    tell(f"about to do: {does}")
    tell("")
    if does == "kills":
        with Path(value).open("a") as file:
            file.write("killed\n")
        os.kill(os.getpid(), signal.SIGKILL)
    if does == "stops":
        said = Path(value)
        if not said.exists():
            said.write_text(str(os.getpid()))
            os.kill(os.getpid(), signal.SIGSTOP)
    if does == "hangs":
        time.sleep(3600)
    if does == "sleeps":
        time.sleep(float(value))
    if does == "logs":
        with Path(value).open("a") as file:
            file.write(f"{task.cell.llvm}\n")
        time.sleep(0.05)
    reason = Path(task.suite, value).read_text() if does == "reads" else ""
    if does == "raises":
        raise ValueError("a cell must not do this")
    if does == "fills" and store.root.name in value.split():
        reason = "cannot write object to the store: no space left on device"
        return CellResult(task.cell, CellState.NO_ANSWER, reason, task.key)
    return CellResult(task.cell, CellState.OK, reason, task.key, machine=str(os.getpid()))


def play_apart(task: CellTask, store: Store, tell: Callable[[str], None]) -> CellResult:
    """Do it in a process of its own, as real cells."""
    return run_apart(task, store, tell, fake_cells.__name__)
