"""What all series of `patches/` take in one call, against what compilers take for the units they touch."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from harness.bench.spent import Spent, spend
from harness.builders.choose import Chooser
from harness.builders.pace import SECONDS
from harness.check.job import Job, build_setup, check, find_release
from harness.check.prepare import prepare
from harness.progress import Silent
from harness.report.record import CheckReport
from harness.runner.selection import Selection

# What is allowed beside compilers, in seconds.
_BESIDE = 60


@dataclass(frozen=True, slots=True)
class AllSeries:
    """So many series judged in one call; and what compilers took in it for so many `units`, both sides."""

    series: int
    check: Spent
    units: int
    compilers: float

    def __str__(self) -> str:
        return (
            f"{self.check}, {(self.check.wall - _BESIDE) / self.compilers:.2f} x the bare compile of "
            f"{self.units} units ({self.compilers:.0f} s) and {_BESIDE} s"
        )


def judge_all(job: Job) -> AllSeries:
    """The job's series, where nothing of them is built. Each has to be OK."""
    found: list[CheckReport] = []
    spent = spend(lambda: found.append(check(job, Silent())))
    if wrong := [one.name for one in found[0].series if not one.ok]:
        raise AssertionError(f"not OK: {', '.join(wrong)}")
    paths = _list_objects(job)
    # Two at once on two processors, so each took as long as with the other beside it.
    seconds = sum(float((path.parent / SECONDS).read_text()) for path in paths)
    return AllSeries(len(job.series), spent, len(paths), seconds / job.options.jobs)


def _list_objects(job: Job) -> set[Path]:
    """All objects of both sides of the job's series, which are in the store."""
    release = find_release(job, Silent())
    prepared = [prepare(job.store, release.source, series, Silent()) for series in job.series]
    chooser = Chooser(build_setup(replace(job, reach=True), release, Selection(())), prepared, Silent())
    return {
        built.path
        for one in prepared
        if not one.effect.unit_tests
        for side in chooser.objects(one)
        for built in side.objects
    }
