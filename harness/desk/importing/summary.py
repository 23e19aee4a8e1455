"""An imported report as JSON and as lines of text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from harness.desk.importing.case import Guess
from harness.desk.importing.job import ImportedReport, facts
from harness.model import Signature
from harness.report import wire

_WIDTH = 8


@dataclass(frozen=True, slots=True)
class ReportedCrash:
    """What was found in a report. `command` is a pipe, `refused` why LLVM does not read the IR."""

    source: str
    llvm: str
    ir: str
    command: tuple[tuple[str, ...], ...]
    signature: Signature | None
    stage: str
    version: str
    target: str
    guesses: tuple[Guess, ...]
    made_up: tuple[str, ...]
    missing: tuple[str, ...]
    others: tuple[str, ...]
    refused: str
    unchecked: str


@dataclass(frozen=True, slots=True)
class _Record:
    version: int
    reported: ReportedCrash


def encode(made: ImportedReport) -> bytes:
    """The report as indented JSON with a final newline."""
    return wire.encode(_Record(wire.VERSION, _reported(made)))


def decode(data: bytes) -> ReportedCrash:
    """What `encode` wrote. Raises UsageError if it is not one, or of another version."""
    return wire.read(data, _Record, "a reported crash", "report import").reported


def _reported(made: ImportedReport) -> ReportedCrash:
    case, reading = made.case, made.reading
    return ReportedCrash(
        made.source,
        made.llvm,
        reading.ir,
        tuple((step.tool, *step.options) for step in case.steps),
        case.signature,
        case.ending.stage,
        case.version.value,
        case.target.value,
        case.guesses,
        made.made_up,
        case.missing,
        tuple(one.description for one in case.others),
        reading.refused,
        reading.unchecked,
    )


def describe(made: ImportedReport) -> Iterator[str]:
    """What was found, guessed, made up and missing, a line each; and whether LLVM reads the test."""
    for what, value in facts(made.case):
        if value:
            yield f"{'found':<{_WIDTH}} {what}: {value}"
    for guess in made.case.guesses:
        yield f"{'guessed':<{_WIDTH}} {guess.what}: {guess.why}"
    for made_up in made.made_up:
        yield f"{'made up':<{_WIDTH}} {made_up}"
    for missing in made.case.missing:
        yield f"{'missing':<{_WIDTH}} {missing}"
    reading = made.reading
    if reading.unchecked:
        yield f"LLVM {made.llvm} did not read the test: {reading.unchecked}"
    elif reading.refused:
        first, *rest = reading.refused.split("\n")
        yield f"the test is no use yet: {first}"
        yield from (f"  {line}" for line in rest)
    else:
        yield f"LLVM {made.llvm} reads the test."
