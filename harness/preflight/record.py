"""What a check would do: its values, their JSON, and the text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from harness.errors import NO_FAILURE, Failure, exit_code_of
from harness.report import wire
from harness.report.lines import write_line

if TYPE_CHECKING:
    from rich.console import Console

_UNITS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class PlannedUnit:
    """A source that would be compiled on both sides, and why: `changed`, or what it reads that is."""

    path: str
    why: str


@dataclass(frozen=True, slots=True)
class SeriesPlan:
    """What a check would do for one series, or the `error` that it does not apply.

    `builder` is `none`, `overlay` or `full`, and `why` says why. `own_tests` are tests of LLVM's own that it
    adds, changes or deletes, `path: how`. `suites` is whether the suites run, `unit_tests` are programs.
    """

    name: str
    title: str
    kind: str
    builder: str = "none"
    why: str = ""
    units: tuple[PlannedUnit, ...] = ()
    tools: tuple[str, ...] = ()
    unit_tests: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    unjudged: tuple[str, ...] = ()
    own_tests: tuple[str, ...] = ()
    suites: bool = True
    estimate: str = ""
    remarks: tuple[str, ...] = ()
    error: Failure = NO_FAILURE


@dataclass(frozen=True, slots=True)
class PlanReport:
    """What `harness check` would do: on which LLVM, with how many tests of each suite, for each series."""

    tool_version: str
    llvm_version: str
    toolchain: str
    provenance: str
    suites: dict[str, int] = field(default_factory=dict)
    series: tuple[SeriesPlan, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """What the command ends with: that of the worst failure."""
        return exit_code_of(one.error for one in self.series)


@dataclass(frozen=True, slots=True)
class _Record:
    version: int
    plan: PlanReport


def encode(report: PlanReport) -> bytes:
    """The report as indented JSON with a final newline."""
    return wire.encode(_Record(wire.VERSION, report))


def decode(data: bytes) -> PlanReport:
    """The report that `encode` wrote. Raises UsageError if it is not one, or of another version."""
    return wire.read(data, _Record, "a plan", "plan").plan


def write(report: PlanReport, console: Console) -> None:
    """Print what would be done, for each series."""
    write_line(console, f"LLVM {report.llvm_version}, {report.toolchain} ({report.provenance})")
    write_line(console, "a plan: nothing was compiled and no test was run")
    for remark in report.remarks:
        write_line(console, f"note: {remark}", "yellow")
    for one in report.series:
        write_line(console)
        _series(report, one, console)


def _series(report: PlanReport, one: SeriesPlan, console: Console) -> None:
    write_line(console, f"{one.kind} {one.name}: {one.title}", "bold")
    for remark in one.remarks:
        write_line(console, f"  note: {remark}", "yellow")
    if one.error:
        for line in one.error.splitlines():
            write_line(console, f"  {line}", "red")
        return
    write_line(console, "  applies", "green")
    for line in (*_built(one), *_run(report, one)):
        write_line(console, f"  {line}", "yellow" if line.startswith("not judged") else "")


def _built(one: SeriesPlan) -> Iterator[str]:
    """What is built of a series, by whom, and how long it takes."""
    yield f"builder: {one.builder}{f' ({one.why})' if one.why else ''}"
    if one.estimate:
        yield f"building: {one.estimate}"
    if one.units:
        yield f"units: {len(one.units)}"
    yield from (f"  {unit.path}: {unit.why}" for unit in one.units[:_UNITS_SHOWN])
    if (more := len(one.units) - _UNITS_SHOWN) > 0:
        yield f"  and {more} more"
    if one.tools:
        yield f"tools: {', '.join(one.tools)}"
    if one.stale:
        yield f"not built, tests that run one have no verdict: {', '.join(one.stale)}"
    yield from (f"not judged: {line}" for line in one.unjudged)


def _run(report: PlanReport, one: SeriesPlan) -> Iterator[str]:
    """Which tests run."""
    if one.suites:
        yield from (f"tests of {suite}: {number}" for suite, number in report.suites.items())
    yield from (f"its own test: {test}" for test in one.own_tests)
    yield from (f"unit tests: {program}" for program in one.unit_tests)
    if not (one.suites or one.own_tests or one.unit_tests):
        yield "tests: none"
