"""What reproducing a case found: its values, their JSON, and the text for terminals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.crash.similar import Degree, compare_signatures
from harness.desk.repro.observation import Behaviour
from harness.desk.repro.run import Reproduction
from harness.errors import EXIT_ENVIRONMENT, EXIT_OK, EXIT_VERDICT
from harness.model import Signature
from harness.report import wire
from harness.report.lines import write_line

if TYPE_CHECKING:
    from rich.console import Console

_FRAMES = 8


@dataclass(frozen=True, slots=True)
class ReproReport:
    """One case: its command, the crash that was expected (of the report, if it names one), and each LLVM.

    `remarks` are what had to be guessed, and which LLVMs are not here.
    """

    tool_version: str
    name: str
    command: str
    expected: Signature | None
    reproductions: tuple[Reproduction, ...]
    remarks: tuple[str, ...] = ()

    @property
    def hits(self) -> tuple[Reproduction, ...]:
        """Those that have the crash."""
        return tuple(one for one in self.reproductions if one.reproduces)

    @property
    def exit_code(self) -> int:
        """0 if one LLVM has the crash, 1 if none of those that ran has it, 4 if none ran."""
        if self.hits:
            return EXIT_OK
        ran = any(one.observation.behaviour is not Behaviour.ABSENT for one in self.reproductions)
        return EXIT_VERDICT if ran else EXIT_ENVIRONMENT


@dataclass(frozen=True, slots=True)
class _Record:
    version: int
    repro: ReproReport


def encode(report: ReproReport) -> bytes:
    """The report as indented JSON with a final newline."""
    return wire.encode(_Record(wire.VERSION, report))


def decode(data: bytes) -> ReproReport:
    """The report that `encode` wrote. Raises UsageError if it is not one, or of another version."""
    return wire.read(data, _Record, "a reproduction", "repro").repro


def write(report: ReproReport, console: Console) -> None:
    """Print which program ran on each LLVM, what it did, and the frames of a crash once."""
    seen: list[tuple[Signature, str]] = []
    for one in report.reproductions:
        for line in _head(one):
            write_line(console, line)
        found = one.observation.signature
        before = next((place for other, place in seen if found and _are_one(other, found)), "")
        again = f" (as on {before})" if before else ""
        write_line(console, f"  {one.observation.description}{again}", "green" if one.reproduces else "")
        if found is not None and not before:
            seen.append((found, one.place))
            for number, frame in enumerate(found.frames[:_FRAMES]):
                write_line(console, f"    #{number} {frame}")
    write_line(console)
    write_line(console, f"{report.name}: {report.command}")
    if report.expected is not None:
        write_line(console, f"expected: {report.expected.description}")
    for remark in report.remarks:
        write_line(console, f"note: {remark}")
    names = ", ".join(one.place for one in report.hits) or "none"
    write_line(console, f"reproduced on {len(report.hits)} of {len(report.reproductions)}: {names}")


def _are_one(one: Signature, other: Signature) -> bool:
    return one.tool == other.tool and compare_signatures(one, other).degree is Degree.SAME


def _head(one: Reproduction) -> Iterator[str]:
    for program in one.programs:
        yield f"{program}: LLVM {one.version}, {one.place} ({one.provenance})"
    if not one.programs:
        yield f"{one.place}: no program"
    if one.translated:
        yield f"  {one.translated}"
