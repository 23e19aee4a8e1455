"""A check in the history, after its verdict: what goes wrong here never changes that, nor the exit code."""

from __future__ import annotations

import contextlib
import platform
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cell import Cell, CellResult
from harness.console.say import complain
from harness.faults import explain_fault
from harness.process import sandbox

if TYPE_CHECKING:
    from harness.check.job import Job
    from harness.report.record import CheckReport


@contextlib.contextmanager
def record_check(
    job: Job, report: CheckReport, where: str | Path | None, like: Cell, begun: float
) -> Iterator[None]:
    """Record each series of a check, or its suite, as a cell, but nowhere if `where` is None.

    That is done after the block, which tells the verdict, even if that raises. `like` is what the cells
    share, `begun` when the check began.
    """
    try:
        yield
    finally:
        if where is not None:
            try:
                _record(job, report, where, like, begun)
            except Exception as error:
                complain(f"harness: warning: the run is not recorded: {explain_fault(error)}")


def _record(job: Job, report: CheckReport, where: str | Path, like: Cell, begun: float) -> None:
    from harness.history.history import open_history
    from harness.history.run import describe_run

    results = list(_results(job, report, like, begun))
    with open_history(where) as history:
        run = history.begin(describe_run("check"), begun)
        for one in results:
            history.record(run, one)
        history.finish(run, report.exit_code)


def column_of(job: Job, report: CheckReport) -> str:
    """The column of a matrix that this LLVM would be: `19`, `system:14`, `wheel:20`."""
    major = report.llvm_version.partition(".")[0]
    return major if job.provider.kind == "debian" else f"{job.provider.kind}:{major}"


def name_tests(suites: Sequence[str], pattern: str | None, text: str | None) -> str:
    """What a cell calls the tests that a check was asked for: other tests are another cell."""
    named = " ".join(suites) or "lit-tests"
    options = [("--filter", pattern), ("--grep", text)]
    return " ".join([named, *(f"{option} {value}" for option, value in options if value)])


def _results(job: Job, report: CheckReport, like: Cell, begun: float) -> Iterator[CellResult]:
    """The results without a key: a check's options say more than the cells of a matrix know."""
    from harness.check.cells import cell_results
    from harness.matrix.tasks import harness_digest, series_digest, suite_digest

    shared = {"toolchain": job.provider.toolchain().identity, "harness": harness_digest()}
    shared["sandbox"] = sandbox.current().mode.value
    if len(roots := [suite.root for suite in job.suite_options.suites]) == 1:
        shared["suite"] = suite_digest(roots[0])
    digests = {one.name: series_digest([one]) for one in job.series}
    for one in cell_results(report, replace(like, llvm=column_of(job, report))):
        known = {"series": digests[one.cell.series]} if one.cell.series in digests else {}
        yield replace(one, identities={**shared, **known}, begun=begun, machine=platform.node())
