"""A matrix: its LLVMs made ready, what is known looked up, the rest evaluated, recorded and compared.

    recipe -> cells -> LLVMs ready -> keys -> known -> evaluate the rest -> record -> changes -> report

A cell whose identities all ran before is not run again. No cell stops another.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from harness import __version__
from harness.cell import Cell, CellResult, CellState
from harness.matrix.columns import OpenColumn, prepare_columns
from harness.matrix.executors.executor import Executor
from harness.matrix.record import MatrixReport, find_changes
from harness.matrix.task import CELL_SECONDS, CellTask
from harness.matrix.tasks import TaskMaker
from harness.process import sandbox
from harness.process.sandbox import Mode
from harness.progress import Progress
from harness.series.catalogue import Catalogue
from harness.store import Store
from harness.toolchain.registry import resolve_column

# How often one asks whether another run has come to what both want to know.
_WAIT = 1.0
_LAST = "the last recorded run"


class KnownCells(Protocol):
    """What earlier runs came to, and where this one is recorded."""

    def find_known(self, keys: Sequence[str]) -> Mapping[str, CellResult]:
        """The answers that earlier runs gave, by their keys."""

    def find_flaky(self, keys: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        """The tests that did one thing and another with the same key."""

    def find_last(self, cells: Sequence[Cell]) -> Mapping[Cell, CellResult]:
        """What each cell came to in the last run before this one that had it."""

    def claim(self, keys: Sequence[str]) -> frozenset[str]:
        """Those of the keys that no other run is evaluating: this one is now."""

    def release(self, key: str) -> None:
        """This run no longer evaluates the key."""

    def record(self, result: CellResult) -> None:
        """Keep what came of a cell."""


@dataclass(frozen=True, slots=True)
class MatrixJob:
    """What `harness matrix` was asked. `suite` is our suite's folder, `seconds` what each cell may take.

    `again`: known answers are not used. `known` is None where nothing is kept.
    """

    store: Store
    title: str
    cells: tuple[Cell, ...]
    catalogue: Catalogue
    suite: Path
    executor: Executor
    known: KnownCells | None = None
    again: bool = False
    seconds: float = CELL_SECONDS
    open_column: OpenColumn = resolve_column


def run(job: MatrixJob, progress: Progress) -> MatrixReport:
    """What came of every cell."""
    start = time.monotonic()
    progress.step("making the LLVMs of the matrix ready")
    columns = prepare_columns(job.store, job.cells, progress, job.open_column)
    maker = TaskMaker(job.catalogue, job.suite, columns, job.seconds)
    asked = {cell: maker.make(cell) for cell in job.cells}
    tasks = [one for one in asked.values() if isinstance(one, CellTask)]
    results = {cell: one for cell, one in asked.items() if isinstance(one, CellResult)}
    before: Mapping[Cell, CellResult] = {}
    if job.known is not None:
        before = job.known.find_last(job.cells)
        for one in results.values():
            job.known.record(one)
    evaluation = _Evaluations(job, progress, {cell: last.seconds for cell, last in before.items()})
    results |= evaluation.run(tasks)
    found = tuple(results[cell] for cell in job.cells)
    enclosure = sandbox.current()
    return MatrixReport(
        tool_version=__version__,
        title=job.title,
        cells=found,
        known=evaluation.number_known,
        executor=job.executor.name,
        changes=find_changes(before.values(), found) if before else (),
        compared=_LAST if before else "",
        remarks=() if enclosure.mode is not Mode.OFF else (enclosure.summary,),
        seconds=time.monotonic() - start,
    )


@dataclass(slots=True)
class _Evaluations:
    """The tasks of one run: known, evaluated here, or by another run at the same time."""

    job: MatrixJob
    progress: Progress
    durations: Mapping[Cell, float]
    number_known: int = 0
    _results: dict[Cell, CellResult] = field(default_factory=dict)

    def run(self, tasks: Sequence[CellTask]) -> dict[Cell, CellResult]:
        self.progress.step(f"evaluating {len(tasks)} cells ({self.job.executor.name})")
        # The longest first: a long one that begins last is waited for alone.
        left = sorted(tasks, key=lambda task: -self.durations.get(task.cell, 0.0))
        first = True
        while left:
            left = self._take_known(left, fresh=first)
            first = False
            mine = self._claim(left)
            if mine:
                clock = _Clock(self.durations, mine, self.job.executor.at_once)
                self._evaluate(mine, clock)
                left = [task for task in left if task.cell not in self._results]
            elif left:
                self.progress.tick(len(tasks) - len(left), len(tasks), "waiting for another matrix")
                time.sleep(_WAIT)
        return self._results

    def _take_known(self, tasks: list[CellTask], *, fresh: bool) -> list[CellTask]:
        """Those that nothing is known of. With `again`, only what another run found meanwhile is known."""
        known = self.job.known
        if known is None or (fresh and self.job.again):
            return tasks
        found = known.find_known([task.key for task in tasks])
        for task in tasks:
            if (result := found.get(task.key)) is not None:
                mine = replace(result, cell=task.cell)
                known.record(mine)
                self._results[task.cell] = mine
                self.number_known += 1
        return [task for task in tasks if task.key not in found]

    def _claim(self, tasks: list[CellTask]) -> list[CellTask]:
        known = self.job.known
        if known is None:
            return tasks
        claimed = known.claim([task.key for task in tasks])
        return [task for task in tasks if task.key in claimed]

    def _evaluate(self, tasks: Sequence[CellTask], clock: _Clock) -> None:
        def tell(task: CellTask, text: str) -> None:
            self.progress.tick(clock.done, clock.total, f"{self._line(clock)}{task.cell.name}: {text}")

        def done(task: CellTask, result: CellResult) -> None:
            self._results[task.cell] = self._keep(task, result)
            clock.finish(task)
            self.progress.tick(clock.done, clock.total, f"{self._line(clock)}{task.cell.name}: {result.text}")

        try:
            self.job.executor.run(tasks, done, tell)
        finally:
            if self.job.known is not None:
                # To record a result released its key.
                for task in tasks:
                    if task.cell not in self._results:
                        self.job.known.release(task.key)

    def _line(self, clock: _Clock) -> str:
        left = clock.left
        return f"about {left:.0f} s left; " if left else ""

    def _keep(self, task: CellTask, result: CellResult) -> CellResult:
        """Record it, and call it flaky if the same tests did something else with the same identities."""
        known = self.job.known
        if known is None:
            return result
        known.record(result)
        flaky = known.find_flaky([task.key]).get(task.key, ())
        red = {test.name for test in result.tests if test.is_red}
        if result.state in {CellState.OK, CellState.FAILS} and flaky and red <= set(flaky):
            names = ", ".join(flaky)
            return replace(
                result, state=CellState.FLAKY, reason=f"same identities, different outcomes: {names}"
            )
        return result


@dataclass(slots=True)
class _Clock:
    """How much of some tasks is done, and how long the rest takes, from how long each took last."""

    durations: Mapping[Cell, float]
    tasks: Sequence[CellTask]
    at_once: int
    done: int = 0
    _left: set[Cell] = field(default_factory=set)
    _start: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self._left = {task.cell for task in self.tasks}

    @property
    def total(self) -> int:
        return len(self.tasks)

    def finish(self, task: CellTask) -> None:
        self.done += 1
        self._left.discard(task.cell)

    @property
    def left(self) -> float:
        """Seconds, or 0 if nothing is known of them."""
        spent = time.monotonic() - self._start
        known = [self.durations[cell] for cell in self._left if cell in self.durations]
        unknown = len(self._left) - len(known)
        if unknown and not self.done:
            return 0.0
        mean = spent * self.at_once / self.done if self.done else 0.0
        return (sum(known) + unknown * mean) / max(1, self.at_once)
