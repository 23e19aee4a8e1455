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
from harness.store import Store

# What is allowed beside compilers, in seconds.
_BESIDE = 60
# Of each object its series, side, unit and name, with the file that it is in.
_Objects = dict[tuple[str, ...], Path]


@dataclass(frozen=True, slots=True)
class AllSeries:
    """So many series judged in one call; and what compilers take for so many `units`, both sides."""

    series: int
    check: Spent
    units: int
    compilers: float

    def __str__(self) -> str:
        return (
            f"{self.check}, {(self.check.wall - _BESIDE) / self.compilers:.2f} x the bare compile of "
            f"{self.units} units ({self.compilers:.0f} s) and {_BESIDE} s"
        )


def judge_all(job: Job, aside: Store) -> AllSeries:
    """The job's series, where nothing of them is built. Each has to be OK.

    They are compiled once more in `aside`, without preambles, to the same objects.
    """
    found: list[CheckReport] = []
    spent = spend(lambda: found.append(check(job, Silent())))
    if wrong := [one.name for one in found[0].series if not one.ok]:
        raise AssertionError(f"not OK: {', '.join(wrong)}")
    bare = _compile(replace(job, store=aside, options=replace(job.options, preambles=False)))
    ours = _compile(job)
    if differing := [key for key, path in bare.items() if path.read_bytes() != ours[key].read_bytes()]:
        raise AssertionError(f"another object with a preamble: {differing}")
    paths = {*bare.values()}
    # So many at once on as many processors: each took as long as with the others beside it.
    seconds = sum(float((path.parent / SECONDS).read_text()) for path in paths) / job.options.jobs
    return AllSeries(len(job.series), spent, len(paths), seconds)


def _compile(job: Job) -> _Objects:
    """All objects of both sides of the job's series."""
    release = find_release(job, Silent())
    prepared = [prepare(job.store, release.source, series, Silent()) for series in job.series]
    chooser = Chooser(build_setup(replace(job, reach=True), release, Selection(())), prepared, Silent())
    return {
        (one.side.name, which, built.unit, built.output): built.path
        for one in prepared
        if not one.effect.unit_tests
        for which, side in zip(("base", "patched"), chooser.objects(one), strict=True)
        for built in side.objects
    }
