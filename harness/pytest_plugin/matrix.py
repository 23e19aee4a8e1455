"""`--matrix`: the cells of a recipe as items, each evaluated as `harness matrix` does, and one report of all.

A process evaluates a cell at a time, in a child of its own. Workers of pytest-xdist leave what came of their
cells in the folder that they share; the controller puts it together.
"""

from __future__ import annotations

import os
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from harness import __version__, resources
from harness.cell import Cell, CellResult, CellState
from harness.history.history import History, open_history
from harness.history.run import PLACE, describe_run, history_place
from harness.matrix.executors.local import Local
from harness.matrix.job import MatrixJob, run
from harness.matrix.kept import KeptRun
from harness.matrix.recipe import MatrixRecipe
from harness.matrix.record import MatrixReport
from harness.matrix.task import decode_result, encode
from harness.progress import Silent
from harness.pytest_plugin.distribution import Distribution
from harness.series.catalogue import Catalogue
from harness.store import Store, digest

if TYPE_CHECKING:
    from harness.matrix.job import KnownCells

KIND = "pytest"


@dataclass(slots=True)
class MatrixRun:
    """The cells of a recipe in one process of pytest, which has `jobs` processors for each.

    `number` is that of the run in the history. The process that began the run gives it to its workers.
    """

    store: Store
    recipe: MatrixRecipe
    jobs: int
    distribution: Distribution
    number: int | None = None
    _results: dict[Cell, CellResult] = field(default_factory=dict)
    _history: History | None = None
    _stack: ExitStack = field(default_factory=ExitStack)
    _begun: float = field(default_factory=time.monotonic)
    known: int = 0

    def begin(self) -> None:
        """Record that a run begins, if runs are recorded."""
        if (history := self._open()) is not None:
            self.number = history.begin(describe_run(KIND, "pytest"))

    def finish(self, exit_code: int) -> None:
        """Record that it is over."""
        if self._history is not None and self.number is not None:
            self._history.finish(self.number, exit_code)

    def close(self) -> None:
        """Close the history."""
        self._stack.close()

    def _open(self) -> History | None:
        place = history_place(os.environ.get(PLACE), self.store)
        if self._history is None and place is not None:
            self._history = self._stack.enter_context(open_history(place))
        return self._history

    def evaluate(self, cell: Cell) -> CellResult:
        """What comes of a cell; what an earlier run found with the same identities, if there is such."""
        if cell not in self._results:
            home = resources.find()
            catalogue, suite = Catalogue(home / "patches"), home / "lit-tests"
            place = Local(self.store, self.jobs)
            job = MatrixJob(self.store, self.recipe.title, (cell,), catalogue, suite, place, self._kept())
            report = run(job, Silent())
            (self._results[cell],) = report.cells
            self.leave(report)
        return self._results[cell]

    def _kept(self) -> KnownCells | None:
        history = self._open() if self.number is not None else None
        return KeptRun(history, self.number) if history is not None and self.number is not None else None

    def leave(self, report: MatrixReport) -> None:
        """Leave what came of a cell where the controller looks for it."""
        self.known += report.known
        if (shared := self.distribution.shared) is not None:
            place = shared / _name(report.cells[0].cell)
            part = place.with_suffix(".part")
            part.write_bytes(encode(report.cells[0]))
            part.rename(place)
            if report.known:
                place.with_suffix(".known").touch()

    def report(self, asked: frozenset[Cell]) -> MatrixReport:
        """The cells that were to run, in the order of the recipe. What left no result has no answer."""
        found = []
        for cell in self.recipe.cells():
            result = self._find(cell)
            if result is not None:
                found.append(result)
            elif cell in asked:
                found.append(CellResult(cell, CellState.NO_ANSWER, "its process ended before its result"))
        shared = self.distribution.shared
        known = self.known + (len(list(shared.glob("*.known"))) if shared is not None else 0)
        seconds = time.monotonic() - self._begun
        return MatrixReport(
            __version__, self.recipe.title, tuple(found), known=known, executor=KIND, seconds=seconds
        )

    def _find(self, cell: Cell) -> CellResult | None:
        if cell in self._results or self.distribution.shared is None:
            return self._results.get(cell)
        place = self.distribution.shared / _name(cell)
        return decode_result(place.read_bytes()) if place.is_file() else None


def _name(cell: Cell) -> str:
    return f"{digest(repr(cell))}.cell"
