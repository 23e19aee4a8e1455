"""Cells whose suite says what they do, for tests of executors: `python -m tests.matrix.fake_cells STORE`."""

from __future__ import annotations

import os
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

from harness.cell import Cell, CellResult, CellState
from harness.faults import run_program
from harness.matrix.child import serve
from harness.matrix.task import CellTask
from harness.progress import Progress
from harness.store import Store


def task(does: str, llvm: str = "19", seconds: float = 60.0) -> CellTask:
    """A cell that does this: `ok`, `fails`, `dies`, `hangs`, `prints`, `garbles`, `sleeps 1`, `says PATH`."""
    return CellTask(Cell(llvm, suite=does), suite="", key=f"{does} on {llvm}", seconds=seconds)


def fake(task: CellTask, store: Store, progress: Progress) -> CellResult:
    """Do what the suite's name says."""
    does, _, value = task.cell.suite.partition(" ")
    progress.step(f"about to do: {does}")
    if does == "dies":
        os.kill(os.getpid(), signal.SIGKILL)
    if value and does == "hangs":
        Path(value).write_text(str(os.getpid()))
    if does == "hangs":
        time.sleep(3600)
    if does == "raises":
        raise ValueError("a cell must not do this")
    if does == "prints":
        print("result not a result")
        os.write(1, b"result nor is this\n")
    if does == "garbles":
        for descriptor in _pipes():
            os.write(descriptor, b"result {}\n")
    if does == "sleeps":
        time.sleep(float(value))
    if does == "says":
        return CellResult(task.cell, CellState.OK, os.environ.get(value, ""), task.key)
    state = CellState.FAILS if does == "fails" else CellState.OK
    result = CellResult(task.cell, state, key=task.key, machine=f"pid {os.getpid()}")
    return replace(result, reason="as it was told" if state.is_red else "")


def _pipes() -> list[int]:
    """The pipes of this process besides the standard streams: what it says its result on is one."""
    found = Path("/proc/self/fd").iterdir()
    return [int(one.name) for one in found if int(one.name) > 2 and one.is_fifo()]


def main(arguments: list[str]) -> int:
    return serve(Path(arguments[0]), fake)


if __name__ == "__main__":
    sys.exit(run_program(lambda: main(sys.argv[1:])))
