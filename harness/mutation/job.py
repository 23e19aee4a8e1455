"""The mutation score: every mutant is built and the suite run on it; what is known is not done again.

All mutants share one overlay and so one base, whose outcomes are kept. While the suite runs on a mutant, the
next is built. A trial is kept under everything it depends on; then the mutant's tools, 170 MB that nobody
needs again, are dropped.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import msgspec

from harness import __version__, process
from harness.builders.overlay import Overlay
from harness.builders.plan import classify
from harness.builders.request import Built, NeedsFullBuildError, Side
from harness.check import base_runs
from harness.check.job import Job, find_release, naming, patched_copy
from harness.check.judge import Build, Judge
from harness.check.prepare import Patched, failed
from harness.errors import HarnessError
from harness.faults import explained
from harness.llvm import Release
from harness.model import Series
from harness.mutation.score import MutantReport, MutationReport, Trial, tried
from harness.patch import Change
from harness.progress import Progress, Silent
from harness.report.record import SeriesReport
from harness.runner import choice, runs
from harness.runner.pool import Pool
from harness.store import Store, digest, file_digest

_RECORD = "trial.json"
# What a trial depends on beside the code that runs tests, which outcomes.key names.
_CODE = (
    *("check/compare.py", "check/judge.py", "check/base_runs.py", "check/select.py", "check/rounds.py"),
    *("check/rewrite.py", "model.py", "mutation/job.py", "mutation/score.py"),
)


def run(
    job: Job, others: Sequence[Series], progress: Progress
) -> tuple[MutationReport, tuple[HarnessError, ...]]:
    """What became of every mutant of the job, and the errors of those that were not built.

    `others` are mutants that are not tried, but take part in the base: whichever mutants are named, the
    base is the same, and what is known of them stays known.
    """
    start = time.monotonic()
    errors: list[HarnessError] = []
    toolchain, release = job.provider.toolchain(), find_release(job, progress)
    source = release.source
    ours = [patched_copy(job.store, source, series, progress, errors) for series in job.series]
    theirs = [patched_copy(job.store, source, series, progress, []) for series in others]
    with Pool(job.options.jobs) as pool:
        chosen = choice.choose(job.asked, toolchain, source.root, source.identity, pool)
        job = naming(job, chosen)
        judge = Judge(
            *(job.store, toolchain, chosen, progress),
            lambda tasks: runs.run_all(tasks, progress, pool),
            errors,
        )
        trials = _Trials(job, judge, release, [one for one in (*ours, *theirs) if isinstance(one, Patched)])
        reports = []
        for one in trials.reports(ours):
            progress.step(f"{one.name}: {one.fate.value}{' (known)' if one.known else ''}")
            reports.append(one)
    report = MutationReport(
        tool_version=__version__,
        llvm_version=source.version,
        toolchain=toolchain.name,
        provenance=f"{toolchain.provenance}; {source.provenance}",
        mutants=tuple(reports),
        pattern=job.asked.pattern,
        seconds=time.monotonic() - start,
    )
    return report, tuple(errors)


class _Disposable(Overlay):
    """An overlay whose tools nothing else uses, so that they can be dropped."""

    kind = "mutant"


@dataclass(frozen=True, slots=True)
class _Way:
    """Two overlays of the same units: base's tools are for all to use, the mutants' are dropped."""

    base: Overlay
    mutants: Overlay

    def build(self, side: Side, changed: Mapping[str, str]) -> Built:
        return (self.mutants if changed else self.base).build(side, changed)


class _Ahead:
    """Builds the next mutant in a thread of its own while the suite runs on the one before.

    One build has work for one processor most of the time, and one mutant more takes room for its tools.
    """

    def __init__(self, build: Build | None, mutants: Iterable[Patched]) -> None:
        self._build = build
        self._waiting = iter(mutants)
        self._thread = ThreadPoolExecutor(1)
        self._begun: dict[str, Future[Built]] = {}

    def __enter__(self) -> _Ahead:
        self._begin()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)
        while not all(future.done() for future in self._begun.values()):
            process.kill_all()  # again and again: it may just be starting the next program
            time.sleep(0.05)

    def finish(self, side: Side) -> None:
        """Wait until a mutant is built, then begin the next. Raises what building it raised."""
        future = self._begun.pop(side.identity, None)
        if future is not None:
            try:
                future.result()
            finally:
                self._begin()

    def _begin(self) -> None:
        if self._build and (one := next(self._waiting, None)) is not None:
            self._begun[one.side.identity] = self._thread.submit(self._build, one.side, one.content)


class _Trials:
    """Tries mutants, each once: a trial that the store knows is not repeated."""

    def __init__(self, job: Job, judge: Judge, release: Release, mutants: Sequence[Patched]) -> None:
        self._job = job
        self._judge = judge
        self._release = release
        self._base = Side.base(release.source)
        exact = (one for one in mutants if classify(one.changes).shares)
        self._shared: _Way | None = self._way(change for one in exact for change in one.changes)
        code = Path(__file__).parents[1]
        self._run_by = digest(
            *(base_runs.key(judge.release, suite) for suite in judge.chosen.suites),
            *(file_digest(code / name) for name in _CODE),
        )

    def reports(self, mutants: Sequence[Patched | SeriesReport]) -> Iterator[MutantReport]:
        """A report on each, in order."""
        known = {one.series.name: self._known(one) for one in mutants if isinstance(one, Patched)}
        new = [one for one in mutants if isinstance(one, Patched) and known[one.series.name] is None]
        if new and self._shared:
            try:
                self._shared.build(self._base, {})
            except NeedsFullBuildError:
                self._shared = None  # a header that half of LLVM includes: each gets an overlay of its own
        exact = [one for one in new if classify(one.changes).shares]
        with _Ahead(self._shared.build if self._shared else None, exact) as ahead:
            for one in mutants:
                start = time.monotonic()
                if not isinstance(one, Patched):
                    yield MutantReport(one.name, one.title, error=one.error)
                elif (trial := known[one.series.name]) is not None:
                    yield _report(one.series, trial, known=True)
                else:
                    found = self._find(one, ahead)
                    yield _report(one.series, found, seconds=time.monotonic() - start)

    def _find(self, one: Patched, ahead: _Ahead) -> Trial | SeriesReport:
        """The trial of a mutant that was not tried before, or the report that it was not built."""
        self._judge.progress.step(f"building {one.series.name}")
        reason = _full(one, "\n".join(classify(one.changes).full))
        for way in self._ways(one):
            try:
                return self._tried(one, way, ahead)
            except NeedsFullBuildError as error:
                reason = _full(one, error.detail or error.what)
            except Exception as error:  # the other mutants are tried all the same
                self._judge.errors.append(explained(error))
                return failed(one.series, self._judge.errors[-1])
        self._judge.errors.append(reason)
        return failed(one.series, reason)

    def _tried(self, one: Patched, way: _Way, ahead: _Ahead) -> Trial | SeriesReport:
        store, key = self._job.store, self._key(one, way)
        tools = way.mutants.identity(one.content)

        def build(side: Side, changed: Mapping[str, str]) -> Built:
            ahead.finish(side)
            # Once more: another run that has tried the mutant meanwhile has dropped its tools.
            return way.build(side, changed)

        # Held from here on: nobody else drops these tools.
        with store.lock("trial", tools):
            if (trial := _kept(store, key)) is None:
                report = self._judge.report(one, self._base, build)
                if report.comparison is None:
                    return report
                trial = tried(report.comparison)
                _keep(store, key, trial)
            else:
                with contextlib.suppress(HarnessError):
                    ahead.finish(one.side)
            if trial.sure:
                store.drop(_Disposable.kind, tools)
        return trial

    def _known(self, one: Patched) -> Trial | None:
        found = (_kept(self._job.store, self._key(one, way)) for way in self._ways(one))
        return next((trial for trial in found if trial is not None), None)

    def _key(self, one: Patched, way: _Way) -> str:
        """Names all that a trial depends on: the tools of both sides, the tests, the claims, our code."""
        sides = (way.base.identity({}), way.mutants.identity(one.content), one.side.identity)
        # More units are more assertions armed: what is found out on an overlay of its own is not the same.
        which = "shared" if way is self._shared else "own"
        return digest("1", which, self._run_by, *sides, repr(one.series.claims))

    def _ways(self, one: Patched) -> Iterator[_Way]:
        """How a mutant can be built: with the units of all mutants, or of it alone."""
        touched = classify(one.changes)
        if touched.full:
            return
        if self._shared is not None and touched.shares:
            yield self._shared
        yield self._way(one.changes)

    def _way(self, changes: Iterable[Change]) -> _Way:
        job, given = self._job, tuple(changes)
        rest = (job.store, self._release, given, job.options)
        return _Way(Overlay(*rest, self._judge.progress), _Disposable(*rest, Silent()))


def _report(
    series: Series, found: Trial | SeriesReport, *, seconds: float = 0.0, known: bool = False
) -> MutantReport:
    trial, error = (found, "") if isinstance(found, Trial) else (None, found.error)
    return MutantReport(series.name, series.title, series.equivalent, trial, error, seconds, known)


def _full(one: Patched, why: str) -> NeedsFullBuildError:
    return NeedsFullBuildError(
        f"{one.series.name}: an overlay cannot be exact for this mutant",
        f"make the mistake in a source file instead, or run: harness check {one.series.name} --builder full",
        why,
    )


def _kept(store: Store, key: str) -> Trial | None:
    entry = store.get("trial", key)
    return msgspec.json.decode((entry / _RECORD).read_bytes(), type=Trial) if entry else None


def _keep(store: Store, key: str, trial: Trial) -> None:
    """Keep a trial, unless what is unresolved in it may be the machine's fault."""
    if not trial.sure:
        return

    def write(aside: Path) -> None:
        (aside / _RECORD).write_bytes(msgspec.json.encode(trial))

    store.make("trial", key, write)
