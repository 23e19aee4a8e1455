"""Pure: what an item says of a test that fails: how it died, the RUN line, what was written, the command."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.check.evidence import explain_failures
from harness.model import Outcome, Run, TestResult
from harness.printable import printable

_RUN = re.compile(r"^# RUN: at line (?P<line>\d+)$")
_FAILED = re.compile(r"^# error: command (failed|reached timeout)")
_WROTE = "# | "
# Of what the commands of the failing RUN line wrote: so many lines, of so many characters.
_LINES, _WIDEST = 40, 200


@dataclass(frozen=True, slots=True)
class RanLine:
    """A RUN line of a test, as lit tells of it: where it begins, its text, and what its commands wrote."""

    line: int
    text: str
    wrote: tuple[str, ...]


def find_failing_line(output: str) -> RanLine | None:
    """The RUN line that failed, of a test's output; None if none did, or lit does not say."""
    found, failed = None, False
    for number, lines in _run_lines(output):
        failed = any(map(_FAILED.match, lines))
        wrote = [line.removeprefix(_WROTE) for line in lines if line.startswith(_WROTE)]
        text = lines[0] if lines and not lines[0].startswith("# ") else ""
        found = RanLine(number, " ".join(text.split()), tuple(wrote))
        if failed:
            break
    return found if failed else None


def _run_lines(output: str) -> Iterator[tuple[int, list[str]]]:
    """The line number of each RUN line that ran, and what lit says of it."""
    number, lines = 0, list[str]()
    # lit puts a colour that a tool set before its own marks on the next lines.
    for line in printable(output).split("\n"):
        if begins := _RUN.match(line):
            if number:
                yield number, lines
            number, lines = int(begins["line"]), []
        elif number:
            lines.append(line)
    if number:
        yield number, lines


def describe(result: TestResult, llvm: str, again: Sequence[str]) -> str:
    """The report on a test that fails or has no answer on `llvm`, such as `LLVM 19.1.7`."""
    return "\n".join([*_describe(result, llvm), f"repeat: {shlex.join(again)}"])


def _describe(result: TestResult, llvm: str) -> Iterator[str]:
    lines = printable(result.output).splitlines()
    if result.outcome is Outcome.UNRESOLVED:
        first = next((line.strip() for line in lines if line.strip()), "nothing is known of it")
        yield f"no answer on {llvm}: {first}"
        yield from _bounded(lines[lines.index(first) + 1 :] if first in lines else lines)
        return
    why = explain_failures(Run("", (result,), 0.0), llvm).get(result.name, "").splitlines()
    cause = result.signature.description if result.signature is not None else (why or [""])[0].strip()
    yield f"{result.outcome.value} on {llvm}{': ' if cause else ''}{cause}"
    if result.signature is not None:
        yield from why[1:]  # the innermost frames
    ran = find_failing_line(result.output)
    if ran is not None:
        yield f"RUN line {ran.line}: {ran.text}"
    if result.outcome is not Outcome.XPASS and (wrote := ran.wrote if ran is not None else lines):
        yield "it wrote:"
        yield from _bounded(wrote)


def _bounded(lines: Sequence[str]) -> Iterator[str]:
    """The first lines and the last ones, none of them too wide."""
    left_out = len(lines) - _LINES
    half = _LINES // 2
    shown = [*lines[:half], f"... {left_out} lines ...", *lines[-half:]] if left_out > 0 else lines
    for line in shown:
        cut = line if len(line) <= _WIDEST else f"{line[: _WIDEST - 3]}..."
        yield f"  {cut}"


def skip_reason(result: TestResult) -> str:
    """Why a test does not run, in one line."""
    return next((line.strip() for line in result.output.splitlines() if line.strip()), "not supported")
