"""What `--suite`, `--filter` and SERIES ask for, for the commands that take them."""

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
    from harness.runner.choice import Asked


def _own_suite() -> Path:
    return resources.find() / "lit-tests"


def asked_for(suites: Sequence[str], jobs: int, filecheck: str, pattern: str | None) -> Asked:
    """What `--suite` and `--filter` ask for. Raises UsageError."""
    from harness.runner.choice import UPSTREAM, Asked, folder_asked
    from harness.runner.runs import Suite

    folders = tuple(folder_asked(text) for text in suites if text.startswith(UPSTREAM))
    places = [Path(text) for text in suites if not text.startswith(UPSTREAM)]
    for place in places:
        if not place.exists():
            raise UsageError(
                f"--suite {place}: no such folder",
                "name a folder with lit.cfg.py and tests, or LLVM's own: --suite upstream:CodeGen/X86",
            )
    if not suites:
        places = [_own_suite()]
    chosen = tuple(Suite(place.absolute(), jobs, filecheck) for place in places)
    return Asked(chosen, jobs, folders, options.pattern(pattern))


def _with_unasked(asked: Asked, found: Sequence[Series]) -> Asked:
    """The same with our suite as one that was not asked for, if it was not and claims may be about it."""
    from harness.runner.runs import Suite

    if not any(one.claims for one in found):
        return asked
    own = _own_suite()
    if any(suite.root.resolve() == own.resolve() for suite in asked.suites):
        return asked
    return replace(asked, unasked=Suite(own, asked.jobs))


def with_series(job: Job, names: tuple[str, ...], progress: Progress) -> Job:
    """The job with the series of these names."""
    from harness.cli.series import load_given

    given = load_given(names, job.provider.prebuilt().version, job.source, progress)
    asked = _with_unasked(job.asked, given.series)
    return replace(job, series=given.series, asked=asked, revision=given.revision, remarks=given.remarks)
