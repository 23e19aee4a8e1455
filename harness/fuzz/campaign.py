"""Seeds through the oracles; findings told apart, reduced and kept."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path

from harness.errors import EnvironmentLacksError
from harness.fuzz.bench import Bench
from harness.fuzz.dedup import Symptom
from harness.fuzz.generate import Shape, module
from harness.fuzz.ir import Module, sites
from harness.fuzz.known import known
from harness.fuzz.oracles import Llvm, Machine
from harness.litsite.execution import machines
from harness.llvm import Toolchain
from harness.process import BUILD_LIMITS, run
from harness.progress import Progress


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be done: seeds from `first` on, `count` of them (0: no end) or for `seconds` (0: no end).

    Each seed is a module for each of the shapes.
    """

    shapes: tuple[Shape, ...]
    first: int
    count: int
    seconds: float
    jobs: int


@dataclass(slots=True)
class Finding:
    """One finding: where it was met first, its smallest module, and how often which LLVM had it.

    `case` is empty if nothing like it is known. `module` is None if it was not reduced, being known.
    """

    target: str
    seed: int
    symptom: Symptom
    case: str
    module: Module | None
    met: dict[str, int] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str, str]:
        """What no two findings have in common."""
        return (self.target, *self.symptom.name)


@dataclass(slots=True)
class Summary:
    """What a campaign came to; `next_seed` is where another one goes on."""

    next_seed: int
    modules: int = 0
    functions: int = 0
    sites: int = 0
    findings: dict[tuple[str, str, str], Finding] = field(default_factory=dict)
    interrupted: bool = False

    @property
    def new(self) -> tuple[Finding, ...]:
        """The findings nothing like which is known."""
        return tuple(one for one in self.findings.values() if not one.case)

    def changed(self, base: str, patched: str) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
        """What only the patched LLVM has, then what only base has.

        A known case that fails on base in another way is not brought: a crash that became an error is gone.
        """
        gone = tuple(one for one in self.findings.values() if set(one.met) == {base})
        cases = {one.case for one in gone if one.case}
        only = (one for one in self.findings.values() if set(one.met) == {patched})
        return tuple(one for one in only if one.case not in cases), gone


def prepared(toolchain: Toolchain, runtimes: Path, folder: Path) -> Llvm:
    """An LLVM ready to be tested. `runtimes` holds the suite's runtimes, `folder` gets them assembled."""
    found: dict[str, Machine] = {}
    tools = {name: os.fspath(path) for name, path in toolchain.tools.items()}
    for machine, parts in machines(tools.get, lambda name: tools.get(name) or shutil.which(name)):
        made = folder / f"{toolchain.name}-{machine}.o"
        done = run([*parts["as"], "-o", made, runtimes / f"{machine}.s"], limits=BUILD_LIMITS)
        if not done.ok:
            raise EnvironmentLacksError(
                f"{runtimes / machine}.s cannot be assembled: {done.text.strip()}",
                "leave its target out with --target",
            )
        found[machine] = Machine(tuple(parts["ld"]), tuple(parts["run"]), made)
    return Llvm(f"{toolchain.name} {toolchain.version}", toolchain.tools["llc"], found)


def conduct(
    benches: Sequence[Bench], job: Job, progress: Progress, told: Callable[[Finding], None]
) -> Summary:
    """Run a job; `told` hears of each finding once it is reduced. Ctrl-C ends it early."""
    summary = Summary(job.first)
    try:
        _Campaign(benches, job, progress, told, summary).run()
    except KeyboardInterrupt:
        summary.interrupted = True
    return summary


@dataclass(frozen=True, slots=True)
class _Examined:
    """A module with the symptoms each LLVM has."""

    module: Module
    symptoms: tuple[tuple[Bench, Symptom], ...]


class _Campaign:
    """One job while it is done."""

    def __init__(
        self,
        benches: Sequence[Bench],
        job: Job,
        progress: Progress,
        told: Callable[[Finding], None],
        summary: Summary,
    ) -> None:
        self.benches = benches
        self.job = job
        self.progress = progress
        self.told = told
        self.summary = summary
        self.end = time.monotonic() + job.seconds if job.seconds else None

    def run(self) -> None:
        """Whole seeds only, one after the other, so that `next_seed` leaves none out."""
        seed = self.job.first
        with ThreadPoolExecutor(self.job.jobs) as pool:
            try:
                while not self._over(seed):
                    # As many seeds at once as keep every job busy.
                    many = 1 + self.job.jobs // len(self.job.shapes)
                    last = self.job.first + self.job.count if self.job.count else seed + many
                    seeds = range(seed, min(seed + many, last))
                    pending = {
                        pool.submit(self._examine, one, shape) for one in seeds for shape in self.job.shapes
                    }
                    self._collect(pending)
                    seed = seeds.stop
                    self.summary.next_seed = seed
                    new = len(self.summary.new)
                    self.progress.tick(
                        seed - self.job.first, self.job.count or seed - self.job.first, f"{new} new"
                    )
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def _over(self, seed: int) -> bool:
        if self.job.count and seed >= self.job.first + self.job.count:
            return True
        return self.end is not None and time.monotonic() > self.end

    def _examine(self, seed: int, shape: Shape) -> _Examined:
        made = module(seed, shape)
        found = ((bench, one) for bench in self.benches for one in bench.symptoms(made))
        return _Examined(made, tuple(found))

    def _collect(self, pending: set[Future[_Examined]]) -> None:
        while pending:
            done, pending = wait(pending, return_when=FIRST_COMPLETED)
            for one in done:
                self._note(one.result())

    def _note(self, one: _Examined) -> None:
        summary = self.summary
        summary.modules += 1
        summary.functions += len(one.module.functions)
        summary.sites += sum(1 for f in one.module.functions for _ in sites(f.body))
        for bench, symptom in one.symptoms:
            key = (one.module.target, *symptom.name)
            if key not in summary.findings:
                summary.findings[key] = self._finding(bench, one.module, symptom)
                self.told(summary.findings[key])
            met = summary.findings[key].met
            met[bench.llvm.name] = met.get(bench.llvm.name, 0) + 1

    def _finding(self, bench: Bench, whole: Module, symptom: Symptom) -> Finding:
        case = known(whole.target, symptom)
        if case:
            return Finding(whole.target, whole.seed, symptom, case, None)
        self.progress.step(f"reducing seed {whole.seed}, {whole.target}: {symptom.oracle}: {symptom.key}")
        small, said = bench.reduce(whole, symptom)
        return Finding(whole.target, whole.seed, said, known(whole.target, said, small), small)
