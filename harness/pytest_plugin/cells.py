"""The cells of a matrix as items: `ci/matrix.toml::x86-undersized-patchpoint[llvm-19]`."""

from __future__ import annotations

import io
import shlex
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.cell import Cell, CellResult, CellState
from harness.errors import HarnessError
from harness.matrix import record, terminal
from harness.matrix.record import MatrixReport
from harness.printable import safe_line, spell
from harness.pytest_plugin import WORKER_INPUT
from harness.pytest_plugin.items import HarnessItem, ItemFailedError, NoAnswerError, PathCollector, skip
from harness.pytest_plugin.matrix import MatrixRun

if TYPE_CHECKING:
    from xdist.workermanage import WorkerController

NUMBER_INPUT = f"{WORKER_INPUT}_run"
_TESTS_SHOWN = 20
# Of the grid: it has a column for each LLVM, whatever the terminal.
_WIDTH = 200


class RecipeFile(PathCollector):
    """The recipe of a matrix."""

    matrix: MatrixRun

    @classmethod
    def make(cls, parent: pytest.Collector, path: Path, matrix: MatrixRun) -> RecipeFile:
        """The collector of a recipe."""
        made = cls.at(parent, path)
        made.matrix = matrix
        return made

    def collect(self) -> Iterator[CellItem]:
        """An item for each cell."""
        for cell in self.matrix.recipe.cells():
            item: CellItem = CellItem.from_parent(self, name=item_name(cell))
            item.cell, item.matrix = cell, self.matrix
            yield item


def item_name(cell: Cell) -> str:
    """`x86-undersized-patchpoint[llvm-19]`, `suite X86[wheel:0.47]`."""
    row, _, column = cell.name.rpartition(" [")
    return spell(f"{row}[{column}")


class CellItem(HarnessItem):
    """One cell."""

    cell: Cell
    matrix: MatrixRun

    def setup(self) -> None:
        """Evaluate it: a cell without an answer is an error, and no failure."""
        try:
            result = self.matrix.evaluate(self.cell)
        except HarnessError as error:
            raise NoAnswerError(f"no answer: {error}") from None
        if result.state is CellState.NO_ANSWER:
            raise NoAnswerError(f"{result.text}\nrepeat: {self._command()}")

    def runtest(self) -> None:
        """Say what came of it."""
        conclude_cell(self.matrix.evaluate(self.cell), self._command())

    def reportinfo(self) -> tuple[Path, None, str]:
        """Where it is, and the headline of its report."""
        return self.path, None, safe_line(f"{self.cell.name} of {self.path.name}")

    def _command(self) -> str:
        recipe = ["--recipe", self.matrix.recipe.name]
        return shlex.join(["harness", "matrix", *recipe, "--only", self.cell.name, "--again"])


def conclude_cell(result: CellResult, again: str) -> None:
    """Return if the cell's item passes, else raise what pytest calls its state (pure)."""
    if result.state is CellState.SKIPPED:
        skip(result.reason)
    if result.is_allowed or result.state is CellState.ALREADY_FAILING:
        raise pytest.xfail.Exception(result.text)
    if result.exit_code:
        red = [f"  {test.outcome.value} {test.name}: {test.why}" for test in result.tests if test.is_red]
        more = [f"  and {len(red) - _TESTS_SHOWN} more"] if len(red) > _TESTS_SHOWN else []
        raise ItemFailedError("\n".join([result.text, *red[:_TESTS_SHOWN], *more, f"repeat: {again}"]))


class MatrixHooks:
    """pytest's hooks for a run of a matrix."""

    def __init__(self, matrix: MatrixRun, path: Path, json_file: Path | None, *, is_worker: bool) -> None:
        self._matrix = matrix
        self._path = path
        self._json_file = json_file
        self._is_worker = is_worker
        self._begun: set[str] = set()
        self._report: MatrixReport | None = None

    @pytest.hookimpl(wrapper=True)
    def pytest_collect_file(
        self, file_path: Path, parent: pytest.Collector
    ) -> Generator[None, object, object]:
        """The recipe is collected by us alone."""
        found = yield
        return [RecipeFile.make(parent, file_path, self._matrix)] if file_path == self._path else found

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        """The run begins, before workers are told of it."""
        if not self._is_worker:
            self._matrix.begin()

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: WorkerController) -> None:
        """Tell a worker of pytest-xdist which run it works for."""
        node.workerinput[NUMBER_INPUT] = self._matrix.number

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note which items began: those that leave no result have no answer."""
        self._begun.add(report.nodeid.partition("::")[2])

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Put the report together; a matrix without an answer, or without a judgement, is not green."""
        if self._is_worker:
            return
        cells = self._matrix.recipe.cells()
        asked = frozenset(cell for cell in cells if item_name(cell) in self._begun)
        self._report = self._matrix.report(asked)
        if not exitstatus and self._report.cells and not self._report.ok:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        self._matrix.finish(int(session.exitstatus))
        if self._json_file is not None:
            self._json_file.write_bytes(record.encode(self._report))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the grid."""
        from rich.console import Console

        if self._report is None or not self._report.cells:
            return
        text = io.StringIO()
        terminal.write(self._report, Console(file=text, width=_WIDTH))
        terminalreporter.section("matrix")
        terminalreporter.write(text.getvalue())

    def pytest_unconfigure(self) -> None:
        """Close the history."""
        self._matrix.close()
