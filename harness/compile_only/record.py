"""What compiling series without a verdict found: its values, their JSON, and the table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import NO_FAILURE, Failure, exit_code_of
from harness.report import wire
from harness.report.lines import write_line, write_table

if TYPE_CHECKING:
    from rich.console import Console


@dataclass(frozen=True, slots=True)
class CompiledSeries:
    """One series: the LLVM version its patches are for, the units it touches, or why it came to nothing.

    `remarks` are of the patch: how it was read and applied.
    """

    name: str
    title: str
    made_for: str
    units: tuple[str, ...] = ()
    error: Failure = NO_FAILURE
    remarks: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether it applies and compiles."""
        return not self.error


@dataclass(frozen=True, slots=True)
class CompilationReport:
    """One call: which source, with which compiler and settings, and what came of each series."""

    tool_version: str
    llvm_version: str
    provenance: str
    series: tuple[CompiledSeries, ...]
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        """Whether there was a series and all of them apply and compile."""
        return bool(self.series) and all(one.ok for one in self.series)

    @property
    def exit_code(self) -> int:
        """What the command ends with: that of the worst failure; without any series it is not 0 either."""
        return exit_code_of((one.error for one in self.series), ok=self.ok)


@dataclass(frozen=True, slots=True)
class _Record:
    version: int
    compilation: CompilationReport


def encode(report: CompilationReport) -> bytes:
    """The report as indented JSON with a final newline."""
    return wire.encode(_Record(wire.VERSION, report))


def decode(data: bytes) -> CompilationReport:
    """The report that `encode` wrote. Raises UsageError if it is not one, or of another version."""
    return wire.read(data, _Record, "a compilation", "compile").compilation


def write(report: CompilationReport, console: Console) -> None:
    """Print one row per series, then what is wrong with which."""
    write_line(console, f"LLVM {report.llvm_version} ({report.provenance})")
    write_line(console, "compiled only: no test was run, so there is no verdict", "yellow")
    write_line(console)
    head = tuple((name, "") for name in ("series", "patches for", "units", ""))
    rows = [
        (
            (one.name, ""),
            (one.made_for or "?", ""),
            (str(len(one.units)) if one.ok else "", ""),
            ("compiles" if one.ok else "does not", "green" if one.ok else "bold red"),
        )
        for one in report.series
    ]
    write_table(console, [head, *rows])
    write_line(console)
    for one in report.series:
        if one.error or one.remarks:
            write_line(console, f"{one.name}:", "bold")
            for remark in one.remarks:
                write_line(console, f"  note: {remark}", "yellow")
            for line in one.error.splitlines():
                write_line(console, f"  {line}", "red")
            write_line(console)
    style = "bold green" if report.ok else "bold red"
    write_line(console, f"{'OK' if report.ok else 'NOT OK'} in {report.seconds:.1f} s", style)
