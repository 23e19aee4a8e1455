"""What a bisection found: its values, their JSON, and the text for terminals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.desk.bisect.search import Answer
from harness.errors import EXIT_OK, EXIT_VERDICT
from harness.model import Signature
from harness.report import wire
from harness.report.lines import write_line

if TYPE_CHECKING:
    from rich.console import Console


@dataclass(frozen=True, slots=True)
class Tried:
    """A step that was asked, and what it showed."""

    name: str
    answer: Answer
    description: str
    signature: Signature | None = None


@dataclass(frozen=True, slots=True)
class BisectReport:
    """What a bisection found. `tried` are in the order of the steps, `count` is how many there are.

    `before` and `after` are the neighbours between which the answer changes, as they were asked once more at
    the end; None if it does not change. `unknown` are the names of steps between these: each may be it.
    `agree`: both showed the same as the first time.
    """

    tool_version: str
    name: str
    count: int
    tried: tuple[Tried, ...]
    before: Tried | None = None
    after: Tried | None = None
    unknown: tuple[str, ...] = ()
    agree: bool = False
    remarks: tuple[str, ...] = ()

    @property
    def found(self) -> bool:
        """Whether there is a step, or a range of steps, and it was seen twice."""
        return self.before is not None and self.agree

    def list_absent(self, majors: Sequence[tuple[str, int]]) -> Iterator[str]:
        """What is said of versions between the neighbours; `majors` are those that are steps."""
        known = dict(majors)
        if self.before is None or self.after is None or self.before.name not in known:
            return
        first, last = sorted((known[self.before.name], known[self.after.name]))
        if absent := [str(major) for major in range(first + 1, last) if major not in known.values()]:
            verb = "is" if len(absent) == 1 else "are"
            yield f"LLVM {', '.join(absent)} {verb} not here: the change may be in any version after {first}"

    @property
    def exit_code(self) -> int:
        """0 if it was found, 1 if not."""
        return EXIT_OK if self.found else EXIT_VERDICT

    @property
    def sentence(self) -> str:
        """What it came to, in a line."""
        if self.before is None or self.after is None:
            known = [one for one in self.tried if one.answer is not Answer.UNKNOWN]
            if not known:
                return f"{self.name}: no step can say"
            return f"{self.name}: the last step is as the first one, {known[-1].answer.value}"
        name = self.after.name
        first = next((one for one in self.tried if one.name == name), self.after)
        verb = "brings" if first.answer is Answer.WITH else "mends"
        what = f"{self.after.name} {verb} it"
        if self.unknown:
            what = f"one of {', '.join((*self.unknown, self.after.name))} {verb} it"
        again = "" if self.agree else "; asked again, it does not show the same"
        return f"{self.name}: {what}{again}"


@dataclass(frozen=True, slots=True)
class _Record:
    version: int
    bisection: BisectReport


def encode(report: BisectReport) -> bytes:
    """The report as indented JSON with a final newline."""
    return wire.encode(_Record(wire.VERSION, report))


def decode(data: bytes) -> BisectReport:
    """The report that `encode` wrote. Raises UsageError if it is not one, or of another version."""
    return wire.read(data, _Record, "a bisection", "bisect").bisection


def write(report: BisectReport, console: Console) -> None:
    """Print what each step showed, and what it came to."""
    for one in report.tried:
        write_line(console, f"{one.name}: {one.answer.value}: {one.description}")
    write_line(console)
    for remark in report.remarks:
        write_line(console, f"note: {remark}")
    write_line(console, f"asked {len(report.tried)} of {report.count} steps")
    write_line(console, report.sentence, "green" if report.found else "red")
    for what, side in (("before", report.before), ("after", report.after)):
        if side is not None:
            write_line(console, f"  {what}, {side.name}: {side.description}")
