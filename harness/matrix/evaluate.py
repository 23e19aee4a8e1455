"""One cell evaluated: the suite on an LLVM, or a series there on base and patched, or how far it gets."""

from __future__ import annotations

import platform
import resource
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness import faults
from harness.builders.request import Options
from harness.cell import Cell, CellResult, CellState, Depth
from harness.check.cells import cell_results, error_result
from harness.check.job import Job, check, check_suite
from harness.check.prepare import prepare_or_fail
from harness.compile_only.job import CompileJob
from harness.compile_only.job import run as compile_series
from harness.errors import EXIT_PATCH, AbsentError, Failure
from harness.llvm import DEFAULT_MAJOR, Release, SourceTree
from harness.matrix.columns import OpenColumn, find_source
from harness.matrix.maps import take_maps
from harness.matrix.task import CellTask
from harness.model import Series
from harness.progress import Progress
from harness.report.record import CheckReport
from harness.runner.runs import Suite
from harness.runner.selection import UPSTREAM, SuiteOptions, parse_folder, pattern_of
from harness.store import Store
from harness.toolchain.enclosing import require_sandbox
from harness.toolchain.provider import Provider
from harness.toolchain.registry import resolve_column


def evaluate(
    task: CellTask, store: Store, progress: Progress, open_column: OpenColumn = resolve_column
) -> CellResult:
    """What comes of a cell, in this process. Whatever goes wrong with it is its result."""
    begun, start, cpu = time.time(), time.monotonic(), _processor_seconds()
    # Not in the key, as it should change nothing; if it does, the history says so.
    enclosed = {}
    try:
        enclosed["sandbox"] = require_sandbox(store, progress.step).mode.value
        provider = open_column(store, task.cell.llvm, progress.step)
        found = _Evaluation(task, store, provider, progress).result()
    except Exception as error:
        failure = Failure.of(faults.explain_fault(error))
        found = replace(error_result(failure, task.cell), state=CellState.NO_ANSWER)
    return replace(
        found,
        cell=task.cell,
        key=task.key,
        identities={**task.identities, **enclosed},
        seconds=time.monotonic() - start,
        cpu=_processor_seconds() - cpu,
        begun=begun,
        machine=platform.node(),
    )


@dataclass(frozen=True, slots=True)
class _Evaluation:
    task: CellTask
    store: Store
    provider: Provider
    progress: Progress

    @property
    def cell(self) -> Cell:
        return self.task.cell

    def result(self) -> CellResult:
        """By what the cell asks."""
        if not self.task.series:
            return self._suite_alone()
        if self.task.is_named:
            if self.cell.depth is Depth.VERDICT:
                return self._verdict(self.task.series[0])
            return self._go_as_far(self.task.series)
        found = self._go_as_far(self.task.series)
        if found.state is not CellState.PORTS or self.cell.depth is not Depth.VERDICT:
            return found
        (series,) = [one for one in self.task.series if self._applies(one) is None][:1]
        judged = self._verdict(series)
        if judged.state is not CellState.DOES_NOT_BUILD:
            return judged
        return replace(judged, state=CellState.DOES_NOT_COMPILE)

    def _suite_alone(self) -> CellResult:
        """The suite; tests that are red run once more, for the machine may be the reason."""
        job = self._job(())
        found = self._alone(check_suite(job, self.progress))
        if found.state is not CellState.FAILS:
            return found
        red = {test.name: test.outcome for test in found.tests if test.is_red}
        again = replace(job, suite_options=replace(job.suite_options, pattern=pattern_of(red)))
        second = {test.name: test.outcome for test in self._alone(check_suite(again, self.progress)).tests}
        other = [name for name, outcome in red.items() if second.get(name) != outcome]
        if len(other) < len(red):
            return found
        return replace(
            found, state=CellState.FLAKY, reason=f"repeated, not the same: {', '.join(other)}"[:300]
        )

    def _verdict(self, series: Series) -> CellResult:
        if key := self.task.identities.get("maps", ""):
            release = Release(self.provider.prebuilt(), self._source())
            take_maps(self.store, release, key)
        return self._alone(check(self._job((series,)), self.progress))

    def _alone(self, report: CheckReport) -> CellResult:
        (result,) = cell_results(report, self.cell)
        return result

    def _go_as_far(self, candidates: Sequence[Series]) -> CellResult:
        """Whether the patches of any version apply, nearest first; and whether they compile, if asked."""
        failure = Failure("")
        for series in candidates:
            if (why := self._applies(series)) is not None:
                failure = failure or why
                continue
            made_for = f"the patches for {series.llvm} apply" if not self.task.is_named else ""
            if self.cell.depth is Depth.COMPILES:
                return self._compile(series)
            return CellResult(self.cell, CellState.PORTS, made_for, llvm_version=self._version())
        state = CellState.DOES_NOT_BUILD if self.task.is_named else CellState.DOES_NOT_APPLY
        if failure.exit_code != EXIT_PATCH:
            state = CellState.NO_ANSWER
        return CellResult(self.cell, state, _first_line(failure), llvm_version=self._version())

    def _applies(self, series: Series) -> Failure | None:
        """Why a series does not apply; None if it does."""
        found = prepare_or_fail(self.store, self._source(), series, self.progress)
        return found if isinstance(found, Failure) else None

    def _compile(self, series: Series) -> CellResult:
        options = Options(assertions=self.cell.assertions, jobs=self.task.jobs)
        like = self._compiler().prebuilt()
        source = self._source()
        (one,) = compile_series(
            CompileJob(self.store, source, like, (series,), options), self.progress
        ).series
        if not one.error:
            return CellResult(self.cell, CellState.COMPILES, llvm_version=source.version)
        state = CellState.DOES_NOT_COMPILE if one.error.exit_code == EXIT_PATCH else CellState.NO_ANSWER
        if self.task.is_named and state is CellState.DOES_NOT_COMPILE:
            state = CellState.DOES_NOT_BUILD
        return CellResult(self.cell, state, _first_line(one.error), llvm_version=source.version)

    def _compiler(self) -> Provider:
        """Whose compiler and settings compile a source: its own LLVM's, or the default where it has none."""
        try:
            self.provider.prebuilt()
        except AbsentError:
            return resolve_column(self.store, str(DEFAULT_MAJOR), self.progress.step)
        return self.provider

    def _version(self) -> str:
        return self._source().version

    def _source(self) -> SourceTree:
        source, _ = find_source(self.provider, matching=not self.task.any_source)
        return source

    def _job(self, series: tuple[Series, ...]) -> Job:
        """As `harness check` has it without further options."""
        jobs, suite = self.task.jobs, self.cell.suite
        folders = (parse_folder(suite),) if suite.startswith(UPSTREAM) else ()
        suites = () if folders else (Suite(Path(self.task.suite), jobs),)
        pattern = rf"(^|/){self.cell.target}/" if self.cell.target else ""
        options = SuiteOptions(suites, jobs, folders, pattern, reached=bool(series))
        build = Options(assertions=self.cell.assertions, jobs=jobs)
        return Job(self.store, self.provider, series, options, build, reach=bool(series))


def _first_line(failure: Failure) -> str:
    return failure.splitlines()[0] if failure else "nothing was tried"


def _processor_seconds() -> float:
    """What this process and the children that it waited for have used."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)
