"""Runs of lit tests in the history: what each process saw goes with its reports to the one that records."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Generator, Iterator
from dataclasses import replace

import msgspec
import pytest

from harness.cell import Cell, CellResult, CellState
from harness.check.cells import series_result, suite_result
from harness.faults import explain_fault
from harness.history.run import PLACE, describe_run, history_place
from harness.model import Run, TestResult
from harness.printable import safe_line
from harness.pytest_plugin.items import LitItem
from harness.pytest_plugin.matrix import KIND
from harness.pytest_plugin.pairs import Pairs
from harness.pytest_plugin.suites import LitSession

# What a report says besides what pytest puts there; strings, as pytest-xdist takes nothing else along.
_SEEN = "lit_result"


class RunRecorder:
    """pytest's hooks that record a run at its end. A failure to record is told, and fails nothing."""

    def __init__(self, session: LitSession, pairs: Pairs | None, *, is_worker: bool) -> None:
        self._session = session
        self._pairs = pairs
        self._is_worker = is_worker
        self._begun = time.time()
        self._found: dict[tuple[str, str], dict[str, TestResult]] = {}
        self._trouble = ""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Put what the test did beside what pytest says of it."""
        report = yield
        if isinstance(item, LitItem) and item.result is not None:
            small = replace(item.result, output="", captures=(), outputs=())
            seen = [item.column, item.asked.name, msgspec.json.encode(small).decode()]
            setattr(report, _SEEN, seen)
            item.result = None
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep what a test did."""
        if not self._is_worker and (seen := getattr(report, _SEEN, None)) is not None:
            column, suite, data = seen
            result = msgspec.json.decode(data, type=TestResult)
            self._found.setdefault((column, suite), {})[result.name] = result

    def pytest_sessionfinish(self, exitstatus: int) -> None:
        """Record the run, if there was one and runs are recorded."""
        place = history_place(os.environ.get(PLACE), self._session.store)
        if self._is_worker or place is None:
            return
        results = list(self._results())
        if not results:
            return
        from harness.history.history import open_history

        try:
            with open_history(place) as history:
                number = history.begin(describe_run(KIND, "pytest"))
                for one in results:
                    history.record(number, one)
                history.finish(number, int(exitstatus))
        except Exception as error:
            self._trouble = explain_fault(error).what

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say if the run could not be recorded."""
        if self._trouble:
            terminalreporter.write_line(safe_line(f"this run is not in the history: {self._trouble}"))

    def _results(self) -> Iterator[CellResult]:
        """A cell for each suite on each LLVM, or for the patch."""
        if self._pairs is None:
            for (column, suite), tests in self._found.items():
                ordered = tuple(sorted(tests.values(), key=lambda result: result.name))
                run = Run(column, ordered, sum(result.elapsed for result in ordered))
                yield self._placed(suite_result(run, Cell(column, suite)))
            return
        for column in self._session.columns:
            cell = Cell(column, self._session.suites[0].name, series=self._pairs.patch)
            found = self._pairs.known(column)
            if isinstance(found, str):
                yield self._placed(CellResult(cell, CellState.NO_ANSWER, found.splitlines()[0]))
            elif found is not None:
                result = series_result(found, cell)
                # From another process, a failure comes without its kind.
                yield self._placed(replace(result, state=CellState.NO_ANSWER) if found.error else result)

    def _placed(self, result: CellResult) -> CellResult:
        """Without a key: a part of a suite is no answer for all of it."""
        return replace(result, begun=self._begun, machine=platform.node())
