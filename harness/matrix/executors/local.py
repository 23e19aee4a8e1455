"""Cells on this machine, some at once, each in a process of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from typing import ClassVar

from harness import process
from harness.cell import CellResult
from harness.matrix.child import run_apart
from harness.matrix.executors.executor import Done, Tell
from harness.matrix.task import CellTask
from harness.store import Store

RunApart = Callable[[CellTask, Store, Callable[[str], None]], CellResult]


@dataclass(frozen=True, slots=True)
class Local:
    """`jobs` cells at once; if there are fewer, each uses more processors."""

    store: Store
    jobs: int
    run_one: RunApart = run_apart
    name: ClassVar[str] = "local"

    @property
    def at_once(self) -> int:
        """How many cells run at once."""
        return self.jobs

    def run(self, tasks: Sequence[CellTask], done: Done, tell: Tell) -> None:
        """Evaluate all tasks. However it ends, none of them goes on."""
        width = max(1, min(self.jobs, len(tasks)))
        with ThreadPoolExecutor(width) as pool:
            running: dict[Future[CellResult], CellTask] = {}
            try:
                for task in tasks:
                    given = replace(task, jobs=max(1, self.jobs // width))
                    running[pool.submit(self._run, given, tell)] = task
                while running:
                    for future in wait(running, timeout=1.0, return_when=FIRST_COMPLETED).done:
                        done(running.pop(future), future.result())
            except BaseException:
                for future in running:
                    future.cancel()
                while not all(future.done() for future in running):
                    process.kill_all()  # again and again: a thread may just be starting the next program
                    wait(running, timeout=0.05)
                raise

    def _run(self, task: CellTask, tell: Tell) -> CellResult:
        return self.run_one(task, self.store, lambda text: tell(task, text))
