"""Do watched tools do what the tools do that they are copies of?

A map of which tests enter which functions rests on it. So LLVM's own tests run on both: no outcome may
differ, no way to die, and no byte of what FileCheck reads.
"""

from __future__ import annotations

import re
import shutil
import statistics
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from harness.errors import EnvironmentLacksError
from harness.llvm import Release, Toolchain
from harness.mapping.tools import watch_tools
from harness.model import Outcome, Run, TestResult
from harness.process import scratch
from harness.process.scratch import PREFIX
from harness.progress import Progress
from harness.reach.watch.record import VARIABLE, read_hits
from harness.reach.watch.values import Hits, Unwatchable, Watched
from harness.runner import llvm_tests
from harness.runner import runs as lit_runner
from harness.runner.pool import Pool
from harness.runner.recording import Recording
from harness.runner.runs import Suite
from harness.runner.tool_names import tools_of_suite
from harness.selftest.job import Deviation, deviations
from harness.store import Store

# What FileCheck reads is kept of so many tests at once: of a whole folder it is gigabytes.
_AT_ONCE = 250
# Where a program was loaded, and what it allocated: somewhere else each time.
_ADDRESS = re.compile(r"0x[0-9a-f]{6,16}\b")
# The end of a line of a stack trace: ` #3 0x00005581c5a6d2a4 llvm::f(int) (/tmp/bin/llc+0x1d2a4)`.
_MODULE = re.compile(r" ?\(\S+\+0x[0-9a-f]+\)$", re.M)
_RUN = re.compile(rf"{PREFIX}run-\w+/\d+/")


@dataclass(frozen=True, slots=True)
class ToolFigures:
    """What the records of one tool say. `entered`: for each test that started it, of how many functions.

    `ever` and `always`: the functions that any, and that every one of these tests entered.
    """

    watched: int
    unwatched: Mapping[str, int]
    processes: int
    entered: tuple[int, ...]
    ever: int
    always: int


@dataclass(frozen=True, slots=True)
class WatchReport:
    """What the self-test found. `plain` and `watched` count outcomes, `texts` are those compared.

    `unsteady` differed once and not when run again, or differ from run to run on the tools themselves; of the
    tests in `unknown` a tool could not note what it entered. `cpu` is the processor time of all tests on the
    tools and on their copies, in seconds.
    """

    plain: Mapping[Outcome, int]
    watched: Mapping[Outcome, int]
    texts: int
    differences: tuple[Deviation, ...]
    unsteady: tuple[str, ...]
    unknown: tuple[str, ...]
    cpu: tuple[float, float]
    tools: Mapping[str, ToolFigures]
    seconds: float

    @property
    def ok(self) -> bool:
        """Whether the copies are the tools: they noted something, and nothing differs."""
        noted = any(one.ever for one in self.tools.values())
        return bool(noted and self.texts) and not self.differences and not self.unknown


@dataclass(slots=True)
class _Tally:
    """The records of one tool so far."""

    processes: int = 0
    entered: list[int] = field(default_factory=list)
    ever: set[int] = field(default_factory=set)
    always: set[int] | None = None

    def add(self, hits: Hits) -> None:
        if hits.processes:
            self.processes += hits.processes
            self.entered.append(len(hits.functions))
            self.ever |= hits.functions
            self.always = (self.always if self.always is not None else self.ever) & hits.functions

    def figures(self, tool: Watched) -> ToolFigures:
        return ToolFigures(
            len(tool.functions),
            Counter(tool.unwatched.values()),
            self.processes,
            tuple(sorted(self.entered)),
            len(self.ever),
            len(self.always or ()),
        )


@dataclass(frozen=True, slots=True)
class WatchSubject:
    """What is tested: a release, whose tools are linked and copied, and the toolchain that the tests need."""

    store: Store
    release: Release
    toolchain: Toolchain
    jobs: int


def run(subject: WatchSubject, inputs: Sequence[str], every: int, progress: Progress) -> WatchReport:
    """Compare the watched copies of a release's tools with the tools, on every `every`-th test of `inputs`.

    Raises what building and running raise, and EnvironmentLacksError if a tool cannot be watched.
    """
    toolchain, release, jobs = subject.toolchain, subject.release, subject.jobs
    suite = llvm_tests.suite(toolchain, release.source.root, inputs, jobs=jobs, expectations=True)
    suite = replace(suite, names=lit_runner.names(toolchain, suite)[::every])
    tools = watch_tools(subject.store, release, toolchain, tools_of_suite(suite), jobs, progress)
    if tools.unwatchable:
        said = "\n".join(f"{name}: {why}" for name, why in tools.unwatchable.items())
        raise EnvironmentLacksError("tools cannot be watched here", "see docs/reach.md", said)
    watched = tuple(tools.watched.values())
    return compare_watched(tools.plain, tools.noting, watched, suite, progress)


def compare_watched(
    plain: Toolchain,
    noting: Toolchain,
    watched: Sequence[Watched],
    suite: Suite,
    progress: Progress,
) -> WatchReport:
    """Run a suite on a toolchain, and on one with watched copies of its tools."""
    start = time.monotonic()
    by_record = {one.record: one for one in watched}
    tallies = {record: _Tally() for record in by_record}
    counts: tuple[Counter[Outcome], Counter[Outcome]] = (Counter(), Counter())
    cpu, texts = [0.0, 0.0], 0
    found: list[Deviation] = []
    unknown: list[str] = []
    with scratch.folder("watched") as folder, Pool(suite.jobs) as pool:
        found_names = (n for n in lit_runner.names(plain, suite, pool) if re.search(suite.pattern, n))
        names = suite.names or tuple(found_names)
        files = tuple((one.record, one.record_size) for one in by_record.values())
        recording = Recording(VARIABLE, files, str(folder / "records"))
        for at in range(0, len(names), _AT_ONCE):
            progress.tick(at, len(names), "LLVM's tests on tools and on their watched copies")
            part = replace(suite, names=names[at : at + _AT_ONCE], captures=True)
            sides = (
                lit_runner.run(plain, part, progress, pool),
                lit_runner.run(noting, replace(part, recording=recording), progress, pool),
            )
            for side, run in enumerate(sides):
                counts[side].update(result.outcome for result in run.results)
                cpu[side] += sum(result.cpu for result in run.results)
            found += _differences(*sides)
            texts += sum(len(result.captures) for result in sides[0].results)
            unknown += _read(recording, part.names, by_record, tallies)
            shutil.rmtree(recording.kept, ignore_errors=True)
        again = _again(plain, noting, replace(suite, captures=True, jobs=1), found, recording, progress)
    return WatchReport(
        *counts,
        texts,
        again,
        tuple(sorted({one.name for one in found} - {one.name for one in again})),
        tuple(unknown),
        (cpu[0], cpu[1]),
        {one.tool.name: tallies[record].figures(one) for record, one in by_record.items()},
        time.monotonic() - start,
    )


def _same(one: TestResult, other: TestResult) -> bool:
    """Whether two results are the same, but for where a program was and where it was loaded."""
    texts = ([hide_places(capture.text) for capture in result.captures] for result in (one, other))
    return (one.outcome, one.signature, next(texts)) == (other.outcome, other.signature, next(texts))


def hide_places(text: str) -> str:
    """A tool's output without the folders of its run, and without what may be an address."""
    return _ADDRESS.sub("0x", _MODULE.sub("", _RUN.sub("", text)))


def _differences(plain: Run, watched: Run) -> tuple[Deviation, ...]:
    return deviations(plain, watched, _same)


def _again(
    plain: Toolchain,
    noting: Toolchain,
    suite: Suite,
    found: Sequence[Deviation],
    recording: Recording,
    progress: Progress,
) -> tuple[Deviation, ...]:
    """The differences that are there again when their tests are run again, alone.

    Not where the tools themselves do another thing in another run: they print the name of a temporary file.
    """
    if not found:
        return ()
    some = replace(suite, names=tuple(one.name for one in found))
    noted = lit_runner.run(noting, replace(some, recording=recording), progress)
    runs = [lit_runner.run(plain, some, progress) for _ in range(2)]
    unsteady = {one.name for one in _differences(*runs)}
    return tuple(one for one in _differences(runs[0], noted) if one.name not in unsteady)


def _read(
    recording: Recording,
    names: Sequence[str],
    by_record: Mapping[str, Watched],
    tallies: Mapping[str, _Tally],
) -> Iterator[str]:
    """Count what tests noted. Yields a line for each test of which that is not known."""
    for name in names:
        for record, tool in by_record.items():
            hits = read_hits(recording.folder(name), tool)
            if isinstance(hits, Unwatchable):
                yield f"{name}: {hits}"
            else:
                tallies[record].add(hits)


def explain(found: Deviation) -> str:
    """A difference in one line."""
    one, other = found.release.ending, found.overlay.ending
    if found.release.outcome is found.overlay.outcome and one == other:
        return f"{found.name}: {one} on both, but the watched copies write something else"
    return f"{found.name}: {one} on the tools, {other} on their watched copies"


def summary(report: WatchReport) -> list[str]:
    """The report in a few lines."""
    plain, watched = report.cpu
    lines = [
        f"{sum(report.plain.values())} tests, {report.texts} texts compared",
        f"  on the tools:          {_counts(report.plain)}",
        f"  on the watched copies: {_counts(report.watched)}",
        f"  {len(report.differences) or 'no'} differences",
        f"  processor time {plain:.0f} s and {watched:.0f} s ({100 * (watched / plain - 1):+.0f} %)",
    ]
    if report.unsteady:
        lines.append(f"  differ from run to run: {', '.join(report.unsteady)}")
    lines += map(explain, report.differences)
    lines += report.unknown
    for name, one in report.tools.items():
        left = ", ".join(f"{count}: {why}" for why, count in one.unwatched.items())
        lines.append(f"{name}: {one.watched} functions watched, {sum(one.unwatched.values())} not ({left})")
        if one.entered:
            few, middle, many = one.entered[0], statistics.median(one.entered), one.entered[-1]
            lines.append(
                f"  {len(one.entered)} tests, {one.processes} processes; a test enters {few} to {many} "
                f"functions, median {middle:.0f}; {one.ever} are ever entered, {one.always} by all"
            )
    return lines


def _counts(outcomes: Mapping[Outcome, int]) -> str:
    return ", ".join(f"{outcomes[one]} {one.value}" for one in Outcome if outcomes.get(one)) or "none"
