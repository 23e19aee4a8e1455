"""What a reduction found: its values, their JSON, and the text for terminals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.desk.reduce.job import Reduction
from harness.desk.reduce.text import count_lines
from harness.desk.repro.observation import Observation
from harness.desk.repro.run import Reproducer
from harness.errors import EXIT_OK, EXIT_VERDICT
from harness.llvm import Toolchain
from harness.report import wire
from harness.report.lines import write_line

if TYPE_CHECKING:
    from rich.console import Console

_FRAMES = 8


@dataclass(frozen=True, slots=True)
class CaseSize:
    """A case's command, and how large its input is. Lines are those with more than a comment."""

    command: str
    lines: int
    bytes: int


@dataclass(frozen=True, slots=True)
class ReduceReport:
    """One reduction: on which LLVM, from what to what, and how the last runs ended.

    `output` is where the result is; empty if there is none. `complete`: nothing is left to try.
    """

    tool_version: str
    name: str
    place: str
    version: str
    provenance: str
    programs: tuple[str, ...]
    before: CaseSize
    after: CaseSize | None
    output: str
    observation: Observation
    complete: bool
    runs: int
    seconds: float
    remarks: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """0 if there is a result, 1 if the failure was not there."""
        return EXIT_OK if self.after is not None else EXIT_VERDICT


@dataclass(frozen=True, slots=True)
class _Record:
    version: int
    reduce: ReduceReport


def measure(case: Reproducer) -> CaseSize:
    """The size of a case."""
    return CaseSize(case.command, count_lines(case.text.decode("utf-8", "replace")), len(case.text))


def summarise(  # noqa: PLR0913 - what a record is made of
    reduction: Reduction,
    toolchain: Toolchain,
    *,
    tool_version: str,
    place: str,
    output: str,
    seconds: float,
    remarks: tuple[str, ...],
) -> ReduceReport:
    """The report of a reduction whose result is in the file `output`."""
    steps = dict.fromkeys(step.tool for step in reduction.before.steps)
    return ReduceReport(
        tool_version,
        reduction.before.name,
        place,
        toolchain.version,
        toolchain.provenance,
        tuple(str(toolchain.tools[tool]) for tool in steps if tool in toolchain.tools),
        measure(reduction.before),
        measure(reduction.case) if reduction.case is not None else None,
        output if reduction.case is not None else "",
        reduction.observation,
        reduction.complete,
        reduction.runs,
        seconds,
        (*remarks, *reduction.notes),
    )


def encode(report: ReduceReport) -> bytes:
    """The report as indented JSON with a final newline."""
    return wire.encode(_Record(wire.VERSION, report))


def decode(data: bytes) -> ReduceReport:
    """The report that `encode` wrote. Raises UsageError if it is not one, or of another version."""
    return wire.read(data, _Record, "a reduction", "reduce").reduce


def write(report: ReduceReport, console: Console) -> None:
    """Print which program ran, the failure with its frames, and how much is left of the case."""
    for line in _head(report):
        write_line(console, line)
    write_line(console, f"  {report.observation.description}", "green" if report.after else "")
    if report.observation.signature is not None:
        for number, frame in enumerate(report.observation.signature.frames[:_FRAMES]):
            write_line(console, f"    #{number} {frame}")
    write_line(console)
    for remark in report.remarks:
        write_line(console, f"note: {remark}")
    before, after = report.before, report.after
    write_line(console, f"{report.name}: {before.command}: {_amount(before)}")
    if after is None:
        write_line(console, "not reduced: the failure is not there")
        return
    write_line(console, f"{report.output}: {after.command}: {_amount(after)}")
    if not report.complete:
        write_line(console, "not finished: the same command goes on from here; --seconds gives it more time")
    write_line(console, f"reduced in {report.runs} runs, {report.seconds:.0f} s")


def _amount(size: CaseSize) -> str:
    return f"{size.lines:,} lines, {size.bytes:,} bytes"


def _head(report: ReduceReport) -> Iterator[str]:
    for program in report.programs:
        yield f"{program}: LLVM {report.version}, {report.place} ({report.provenance})"
    if not report.programs:
        yield f"{report.place}: no program"
