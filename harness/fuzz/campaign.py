"""Seeds go through the oracles; findings are deduplicated, reduced and kept."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp

from harness.errors import EnvironmentLacksError
from harness.fuzz.bench import Bench
from harness.fuzz.dedup import Defect
from harness.fuzz.generate import Shape, module
from harness.fuzz.ir import IRModule, sites
from harness.fuzz.known import find_known
from harness.fuzz.oracles import Llvm, MachineTools
from harness.litsite.execution import machines
from harness.llvm import Toolchain
from harness.process import BUILD_LIMITS, run_enclosed
from harness.progress import Progress


@dataclass(frozen=True, slots=True)
class Campaign:
    """What to do: seeds from `first` on, `count` of them (0: no end) or for `seconds` (0: no end).

    Each seed is a module for each of the shapes.
    """

    shapes: tuple[Shape, ...]
    first: int
    count: int
    seconds: float
    jobs: int


@dataclass(slots=True)
class FuzzFinding:
    """One finding: where it was found first, its smallest module, and how often each LLVM had it.

    `case` is empty if nothing like it is known. `module` is None for a known defect, which is not reduced.
    """

    target: str
    seed: int
    defect: Defect
    case: str
    module: IRModule | None
    met: dict[str, int] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str, str]:
        """Identifies a finding."""
        return (self.target, *self.defect.name)


@dataclass(slots=True)
class Summary:
    """The result of a campaign; another one continues at `next_seed`."""

    next_seed: int
    modules: int = 0
    functions: int = 0
    sites: int = 0
    findings: dict[tuple[str, str, str], FuzzFinding] = field(default_factory=dict)
    interrupted: bool = False

    @property
    def new(self) -> tuple[FuzzFinding, ...]:
        """The findings that are not known defects."""
        return tuple(one for one in self.findings.values() if not one.case)

    def changed(self, base: str, patched: str) -> tuple[tuple[FuzzFinding, ...], tuple[FuzzFinding, ...]]:
        """What only the patched LLVM has, then what only base has.

        A known case that fails on base in another way is not introduced: a crash may become an error.
        """
        gone = tuple(one for one in self.findings.values() if set(one.met) == {base})
        cases = {one.case for one in gone if one.case}
        only = (one for one in self.findings.values() if set(one.met) == {patched})
        return tuple(one for one in only if one.case not in cases), gone


def prepare(toolchain: Toolchain, runtimes: Path, folder: Path) -> Llvm:
    """Make an LLVM ready to be tested. The suite's `runtimes` are assembled into `folder`."""
    found: dict[str, MachineTools] = {}
    # Its own: what one LLVM writes must not be what another one links.
    place = Path(mkdtemp(dir=folder))
    tools = {name: os.fspath(path) for name, path in toolchain.tools.items()}
    for machine, parts in machines(tools.get, lambda name: tools.get(name) or shutil.which(name)):
        made = place / f"{machine}.o"
        reads = (*toolchain.reads, runtimes)
        argv: list[str | Path] = [*parts["as"], "-o", made, runtimes / f"{machine}.s"]
        done = run_enclosed(argv, place, reads, limits=BUILD_LIMITS)
        if not done.ok:
            raise EnvironmentLacksError(
                f"{runtimes / machine}.s cannot be assembled: {done.text.strip()}",
                "leave its target out with --target",
            )
        found[machine] = MachineTools(tuple(parts["ld"]), tuple(parts["run"]), made)
    return Llvm(f"{toolchain.name} {toolchain.version}", toolchain.tools["llc"], found, toolchain.reads)


def conduct(
    benches: Sequence[Bench], campaign: Campaign, progress: Progress, tell: Callable[[FuzzFinding], None]
) -> Summary:
    """Run a campaign; call `tell` with each finding once it is reduced. Ctrl-C ends it early."""
    summary = Summary(campaign.first)
    try:
        _Conductor(benches, campaign, progress, tell, summary).run()
    except KeyboardInterrupt:
        summary.interrupted = True
    return summary


@dataclass(frozen=True, slots=True)
class _Examined:
    """A module, and the defects that each LLVM has with it."""

    module: IRModule
    defects: tuple[tuple[Bench, Defect], ...]


class _Conductor:
    """One campaign while it runs."""

    def __init__(
        self,
        benches: Sequence[Bench],
        campaign: Campaign,
        progress: Progress,
        tell: Callable[[FuzzFinding], None],
        summary: Summary,
    ) -> None:
        self.benches = benches
        self.campaign = campaign
        self.progress = progress
        self.tell = tell
        self.summary = summary
        self.end = time.monotonic() + campaign.seconds if campaign.seconds else None

    def run(self) -> None:
        """Start whole seeds only, in order, so that `next_seed` skips none."""
        seed = self.campaign.first
        with ThreadPoolExecutor(self.campaign.jobs) as pool:
            try:
                while not self._over(seed):
                    # As many seeds at once as keep every processor busy.
                    many = 1 + self.campaign.jobs // len(self.campaign.shapes)
                    last = self.campaign.first + self.campaign.count if self.campaign.count else seed + many
                    seeds = range(seed, min(seed + many, last))
                    pending = {
                        pool.submit(self._examine, one, shape)
                        for one in seeds
                        for shape in self.campaign.shapes
                    }
                    self._collect(pending)
                    seed = seeds.stop
                    self.summary.next_seed = seed
                    new = len(self.summary.new)
                    self.progress.tick(
                        seed - self.campaign.first,
                        self.campaign.count or seed - self.campaign.first,
                        f"{new} new",
                    )
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def _over(self, seed: int) -> bool:
        if self.campaign.count and seed >= self.campaign.first + self.campaign.count:
            return True
        return self.end is not None and time.monotonic() > self.end

    def _examine(self, seed: int, shape: Shape) -> _Examined:
        made = module(seed, shape)
        found = ((bench, one) for bench in self.benches for one in bench.defects(made))
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
        for bench, defect in one.defects:
            key = (one.module.target, *defect.name)
            if key not in summary.findings:
                summary.findings[key] = self._finding(bench, one.module, defect)
                self.tell(summary.findings[key])
            met = summary.findings[key].met
            met[bench.llvm.name] = met.get(bench.llvm.name, 0) + 1

    def _finding(self, bench: Bench, whole: IRModule, defect: Defect) -> FuzzFinding:
        case = find_known(whole.target, defect)
        if case:
            return FuzzFinding(whole.target, whole.seed, defect, case, None)
        self.progress.step(f"reducing seed {whole.seed}, {whole.target}: {defect.oracle}: {defect.key}")
        small, said = bench.reduce(whole, defect)
        return FuzzFinding(whole.target, whole.seed, said, find_known(whole.target, said, small), small)
