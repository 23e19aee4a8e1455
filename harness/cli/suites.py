"""The options `--suite` and `--filter`, and SERIES, for the commands that take them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from harness import resources
from harness.cli import options
from harness.errors import UsageError

if TYPE_CHECKING:
    from harness.check.job import Job
    from harness.model import Series
    from harness.progress import Progress
    from harness.runner.selection import SuiteOptions


def _own_suite() -> Path:
    return resources.find() / "lit-tests"


def read_suite_options(
    suites: Sequence[str], jobs: int, filecheck: str, pattern: str | None, *, by_reach: bool = False
) -> SuiteOptions:
    """The values of `--suite` and `--filter`. Raises UsageError.

    `by_reach`: LLVM's own tests may be chosen by what a series changes, and are if no suite is named.
    """
    from harness.runner.runs import Suite
    from harness.runner.selection import REACHED, UPSTREAM, SuiteOptions, parse_folder

    reached = by_reach and (REACHED in suites or not suites)
    named = [text for text in suites if not (by_reach and text == REACHED)]
    folders = tuple(parse_folder(text) for text in named if text.startswith(UPSTREAM))
    places = [Path(text) for text in named if not text.startswith(UPSTREAM)]
    for place in places:
        if not place.exists():
            raise UsageError(
                f"--suite {place}: no such folder",
                "name a folder with lit.cfg.py and tests, or LLVM's own: --suite upstream:CodeGen/X86",
            )
    if not suites:
        places = [_own_suite()]
    selected = tuple(Suite(place.absolute(), jobs, filecheck) for place in places)
    return SuiteOptions(selected, jobs, folders, options.pattern(pattern), reached=reached)


def _with_unselected(suite_options: SuiteOptions, found: Sequence[Series]) -> SuiteOptions:
    """The same; if our suite is not selected and a series makes claims, our suite as the unselected one."""
    from harness.runner.runs import Suite

    if not any(one.claims for one in found):
        return suite_options
    own = _own_suite()
    if any(suite.root.resolve() == own.resolve() for suite in suite_options.suites):
        return suite_options
    return replace(suite_options, unselected=Suite(own, suite_options.jobs))


def with_series(job: Job, names: tuple[str, ...], progress: Progress) -> Job:
    """The job with the series of these names."""
    from harness.cli.series import load_given

    given = load_given(names, job.provider.prebuilt().version, job.source, progress)
    suite_options = _with_unselected(job.suite_options, given.series)
    return replace(
        job, series=given.series, suite_options=suite_options, revision=given.revision, remarks=given.remarks
    )
