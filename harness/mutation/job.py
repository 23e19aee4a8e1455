"""The mutation score: every mutant is built and the suite run on it; what is known is not done again.

All mutants share one overlay and so one base, whose outcomes are kept. While the suite runs on a mutant, the
next is built. A trial is kept under everything it depends on; then the mutant's tools, 170 MB that nobody
needs again, are dropped.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import TracebackType

import msgspec

from harness import __version__, process
from harness.builders.choose import BuildFailure, Chooser, DisposableOverlay, Identity, Pair
from harness.builders.request import NeedsFullBuildError
from harness.check import base_runs
from harness.check.changed import ChangeFinder
from harness.check.job import Job, build_setup, find_release
from harness.check.judge import Judge
from harness.check.prepare import Prepared, explain, prepare_or_fail
from harness.check.reach import ReachFinder
from harness.errors import NO_FAILURE, Failure, HarnessError
from harness.faults import explain_fault
from harness.imports import fingerprint
from harness.llvm import Toolchain
from harness.model import Run, Series
from harness.mutation.score import MutantReport, MutationReport, Trial, trial_of
from harness.progress import Progress
from harness.runner import runs, selection
from harness.runner.pool import Pool
from harness.runner.runs import Suite
from harness.store import Store, digest

Build = Callable[[Prepared], Pair | BuildFailure]
_RECORD = "trial.json"
# What a trial depends on besides the code that runs tests, which `base_runs.key` names.
CODE = "harness.mutation.job"


def run(job: Job, others: Sequence[Series], progress: Progress) -> MutationReport:
    """What became of every mutant of the job.

    `others` are mutants that are not tried, but take part in the base: whichever mutants are named, the
    base is the same, and what is known of them stays known. A mutant runs on the tests that can notice it.
    """
    start, job = time.monotonic(), replace(job, reach=True)
    toolchain, release = job.provider.toolchain(), find_release(job, progress)
    source = release.source
    mine = [prepare_or_fail(job.store, source, series, progress) for series in job.series]
    theirs = [prepare_or_fail(job.store, source, series, progress) for series in others]
    with Pool(job.options.jobs) as pool:
        selected = selection.select(job.suite_options, toolchain, source.root, source.identity, pool)
        setup = build_setup(job, release, selected)
        every = [one for one in (*mine, *theirs) if isinstance(one, Prepared)]

        def run_all(tasks: Sequence[tuple[Toolchain, Suite]]) -> list[Run]:
            return runs.run_all(tasks, progress, pool)

        finder = ReachFinder(job.store, release, run_all, progress, ChangeFinder(release.prebuilt))
        judge = Judge(*(job.store, toolchain, setup.base, selected, progress), run_all, finder)
        trials = Trials(Chooser(setup, every, progress, disposable=True), judge)
        reports = []
        for one in trials.reports(list(zip(job.series, mine, strict=True))):
            progress.step(f"{one.name}: {one.fate.value}{' (known)' if one.known else ''}")
            reports.append(one)
    return MutationReport(
        tool_version=__version__,
        llvm_version=source.version,
        toolchain=toolchain.name,
        provenance=f"{toolchain.provenance}; {source.provenance}",
        mutants=tuple(reports),
        pattern=job.suite_options.pattern,
        seconds=time.monotonic() - start,
    )


class Ahead:
    """Builds the next mutant in a thread of its own while the suite runs on the one before.

    One build has work for one processor most of the time, and one mutant more takes room for its tools.
    """

    def __init__(self, build: Build, mutants: Iterable[Prepared]) -> None:
        self._build = build
        self._waiting = iter(mutants)
        self._thread = ThreadPoolExecutor(1)
        self._begun: dict[str, Future[Pair | BuildFailure]] = {}

    def __enter__(self) -> Ahead:
        self._begin()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)
        while not all(future.done() for future in self._begun.values()):
            process.kill_all()  # again and again: it may just be starting the next program
            time.sleep(0.05)

    def take(self, one: Prepared) -> Pair | BuildFailure:
        """Wait until a mutant is built, then begin the next."""
        future = self._begun.pop(one.side.identity, None)
        if future is None:
            return self._build(one)
        try:
            return future.result()
        finally:
            self._begin()

    def _begin(self) -> None:
        if (one := next(self._waiting, None)) is not None:
            self._begun[one.side.identity] = self._thread.submit(self._build, one)


class Trials:
    """Tries mutants, each once: a trial that the store knows is not repeated."""

    def __init__(self, chooser: Chooser, judge: Judge) -> None:
        self._chooser = chooser
        self._judge = judge
        self._store = chooser.setup.store
        self.run_by = digest(
            *(base_runs.key(judge.release, suite) for suite in judge.selected.suites), *fingerprint(CODE)
        )

    def reports(self, mutants: Sequence[tuple[Series, Prepared | Failure]]) -> Iterator[MutantReport]:
        """A report on each, in order."""
        known = {one.series.name: self._known(one) for _, one in mutants if isinstance(one, Prepared)}
        new = [one for _, one in mutants if isinstance(one, Prepared) and known[one.series.name] is None]
        with Ahead(self._chooser.both, new) as ahead:
            for series, one in mutants:
                start = time.monotonic()
                if isinstance(one, Failure):
                    yield _report(series, one)
                elif (trial := known[series.name]) is not None:
                    yield _report(series, trial, known=True)
                else:
                    self._judge.progress.step(f"building {series.name}")
                    found = self._find(one, ahead)
                    yield _report(series, found, seconds=time.monotonic() - start)

    def _find(self, one: Prepared, ahead: Ahead) -> Trial | Failure:
        """The trial of a mutant that was not tried before, or why there is none."""
        try:
            return self._try(one, ahead.take(one))
        except Exception as error:  # the other mutants are tried all the same
            return Failure.of(explain_fault(error))

    def _try(self, one: Prepared, built: Pair | BuildFailure) -> Trial | Failure:
        if isinstance(built, BuildFailure):
            return Failure.of(_describe(one, built.error))
        tools = built.patched.identity
        key = next(self._key(one, found) for found in self._chooser.identities(one) if found.patched == tools)
        # Held from here on: nobody else drops these tools.
        with self._store.lock("trial", tools):
            if (trial := load_trial(self._store, key)) is None:
                # Once more: another run that has tried the mutant meanwhile has dropped its tools.
                report = self._judge.report(one, self._chooser.both(one))
                if report.comparison is None:
                    return report.error
                trial = trial_of(report.comparison, report.silent)
                keep_trial(self._store, key, trial)
            if trial.sure:
                self._store.drop(DisposableOverlay.kind, tools)
        return trial

    def _known(self, one: Prepared) -> Trial | None:
        keys = (self._key(one, found) for found in self._chooser.identities(one))
        return next((trial for key in keys if (trial := load_trial(self._store, key)) is not None), None)

    def _key(self, one: Prepared, tools: Identity) -> str:
        """Names all that a trial depends on: the tools of both sides, the tests, the claims, our code."""
        sides = (tools.base, tools.patched, one.side.identity)
        # More units are more assertions enabled: what an overlay of its own finds out is not the same.
        which = "shared" if tools.shared else "own"
        return digest("1", which, self.run_by, *sides, repr(one.series.claims))


def _report(
    series: Series, found: Trial | Failure, *, seconds: float = 0.0, known: bool = False
) -> MutantReport:
    trial, error = (found, NO_FAILURE) if isinstance(found, Trial) else (None, found)
    return MutantReport(series.name, series.title, series.equivalent, trial, error, seconds, known)


def _describe(one: Prepared, error: HarnessError) -> HarnessError:
    """The error that keeps a mutant from being built; what to do if it is that no overlay is exact."""
    if not isinstance(error, NeedsFullBuildError):
        return explain(error, one)
    return NeedsFullBuildError(
        f"{one.series.name}: an overlay cannot be exact for this mutant",
        f"make the mistake in a source file instead, or run: harness check {one.series.name} --builder full",
        error.detail or error.what,
    )


def load_trial(store: Store, key: str) -> Trial | None:
    """What the suite did on a mutant, if the store knows."""
    entry = store.get("trial", key)
    return msgspec.json.decode((entry / _RECORD).read_bytes(), type=Trial) if entry else None


def keep_trial(store: Store, key: str, trial: Trial) -> None:
    """Keep a trial, unless what is unresolved in it may be the machine's fault."""
    if not trial.sure:
        return

    def write(aside: Path) -> None:
        (aside / _RECORD).write_bytes(msgspec.json.encode(trial))

    store.make("trial", key, write)
