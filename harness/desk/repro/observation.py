"""Pure: how the runs of a case on one LLVM ended, compared with the crash that was reported."""

from __future__ import annotations

import enum
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from harness.crash.signature import signature
from harness.crash.similar import Degree, compare_signatures
from harness.crash.stage import target_name
from harness.model import CrashKind, Signature

# `llc: error: llc: case.ll:3:5: error: expected type`, of the input's own text and not of inline assembly.
_READING = re.compile(
    r"(?:^|[ :])(?P<file>[^\s:]+):(?P<line>\d+):(?P<column>\d+): error: (?P<text>.*)$", re.M
)
_ERROR = re.compile(r"\berror: (?P<text>.+)$", re.M)
_TIME = re.compile(r"\bs(?: of processor time)?$|\bprocessor time$")
_LONGEST = 300
_MOST_OUTPUT = 1 << 14


class Behaviour(enum.Enum):
    """What an LLVM did with a case, as the report says it."""

    SAME = "the same failure"
    RELATED = "a related failure"
    CRASH = "crash"  # this and the next: there is nothing to compare it with
    HANG = "no end"
    OTHER = "another failure"
    DIAGNOSED = "an error message"
    UNREADABLE = "does not read the input"
    PASSES = "passes"
    ABSENT = "not run"

    @property
    def reproduces(self) -> bool:
        """Whether this is the failure that was looked for, or one if none was named."""
        return self in {Behaviour.SAME, Behaviour.CRASH, Behaviour.HANG}


_BY_DEGREE = {
    Degree.SAME: Behaviour.SAME,
    Degree.RELATED: Behaviour.RELATED,
    Degree.DIFFERENT: Behaviour.OTHER,
}


@dataclass(frozen=True, slots=True)
class Ended:
    """One run: the program that ended last, its status as subprocess gives it, and the bound it ran into.

    `command` is what ran, with its options: not every LLVM says for which target it was.
    """

    tool: str
    returncode: int
    stderr: str
    limit: str = ""
    command: str = ""


@dataclass(frozen=True, slots=True)
class Observation:
    """What an LLVM did with a case: in `times` of `runs` runs, if these did not all end alike.

    `detail` is the error message, or why it was not run; `signature` is there for crashes. `output` is the
    end of what the program wrote on standard error.
    """

    behaviour: Behaviour
    times: int = 0
    runs: int = 0
    signature: Signature | None = None
    detail: str = ""
    output: str = ""

    @property
    def description(self) -> str:
        """`the same failure, 2 of 3 times: llc: assertion: N > 0 (lib/IR/Type.cpp:12)`."""
        often = f", {self.times} of {self.runs} times" if self.times < self.runs else ""
        what = self.signature.description if self.signature is not None else self.detail
        return f"{self.behaviour.value}{often}" + (f": {what}" if what else "")


def observe(runs: Sequence[Ended], expected: Signature | None, source: str) -> Observation:
    """What the runs of a case say together; a crash that some of them show counts, however rare.

    `source` is the name of the input's file, as the tools print it.
    """
    each = [_observe(run, expected, source) for run in runs]
    order = list(Behaviour)
    counts = Counter(one.behaviour for one in each)
    first = min(counts, key=order.index)
    chosen = next(one for one in each if one.behaviour is first)
    return replace(chosen, times=counts[first], runs=len(runs))


def _observe(run: Ended, expected: Signature | None, source: str) -> Observation:
    output = run.stderr[-_MOST_OUTPUT:]
    found = signature(run.stderr, run.returncode, run.limit)
    if found is not None:
        target = found.target or target_name([f"0.\tProgram arguments: {run.command}"], "")
        found = replace(found, tool=run.tool, target=target)
        return Observation(_compare(found, expected), signature=found, output=output)
    if run.returncode == 0:
        return Observation(Behaviour.PASSES, output=output)
    if (at := _reading_error(run.stderr, source)) is not None:
        detail = f"line {at['line']}: {at['text']}"[:_LONGEST]
        return Observation(Behaviour.UNREADABLE, detail=detail, output=output)
    error = _ERROR.search(run.stderr)
    lines = run.stderr.strip().splitlines()
    text = error["text"] if error else lines[0] if lines else f"exit status {run.returncode}"
    return Observation(Behaviour.DIAGNOSED, detail=text[:_LONGEST], output=output)


def _reading_error(stderr: str, source: str) -> re.Match[str] | None:
    hits = _READING.finditer(stderr)
    return next((hit for hit in hits if hit["file"].rpartition("/")[2] == source), None)


def _compare(found: Signature, expected: Signature | None) -> Behaviour:
    if expected is None:
        return Behaviour.HANG if is_endless(found) else Behaviour.CRASH
    if is_endless(found) and is_endless(expected):
        return Behaviour.SAME
    return _BY_DEGREE[compare_signatures(found, expected).degree]


def is_endless(one: Signature) -> bool:
    """Whether it ended because it took too long; how long it may take is our affair."""
    return one.kind is CrashKind.LIMIT and _TIME.search(one.message) is not None
