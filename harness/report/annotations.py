"""The report as GitHub's annotations: what is wrong, beside the lines of the pull request.

A job prints them, and GitHub shows the first ten errors and the first ten warnings of a step. The commands
are those of docs.github.com/actions/reference/workflow-commands-for-github-actions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.coverage import AddedLine, FileCoverage, PatchCoverage
from harness.model import Red
from harness.printable import one_line
from harness.report.record import ChangedLines, CheckReport, Result, SeriesReport

# GitHub shows ten of a step, and there may be several series.
_PLACES_SHOWN = 5
_MOST_TEXT = 500


def annotate(report: CheckReport) -> str:
    """An error on the lines of each series that is not OK, and warnings on lines that no test executes."""
    lines: list[str] = []
    for series in report.series:
        if not series.ok:
            lines += _errors(series, f"LLVM {report.llvm_version}: {series.result.value}")
    for series in report.series:
        for file in (series.coverage or PatchCoverage()).files:
            lines += _warnings(file, [one for one in series.changed_lines if one.path == file.path])
    return "".join(f"{line}\n" for line in lines)


def _errors(series: SeriesReport, title: str) -> Iterator[str]:
    """Why a series is not OK, on its own tests that do not pass and on the lines that it changes."""
    named = f"title={_property(title)}"
    for test in series.verdicts:
        if test.red is Red.OWN:
            how = _data(f"{test.name} has to pass with the patch: {test.patched.ending}")
            yield f"::error file={_property(test.name)},line=1,{named}::{how}"
    said = _data(f"{series.name}: {'; '.join(series.grounds)}")
    places = _unproven(series) or series.changed_lines
    for one in places[:_PLACES_SHOWN]:
        yield f"::error file={_property(one.path)},line={one.first},endLine={one.last},{named}::{said}"
    if not places:
        yield f"::error {named}::{said}"


def _unproven(series: SeriesReport) -> Sequence[ChangedLines]:
    """The lines that no test gets to, if that is what is wrong."""
    by_lines = series.reach.by_lines if series.reach is not None else None
    if series.result is not Result.UNPROVEN or by_lines is None:
        return ()
    found = []
    for path, _, line in (place.rpartition(":") for place in by_lines.missed):
        mine = [one for one in series.changed_lines if one.path == path]
        number = _number_in_patch(int(line), mine)
        found.append(next((one for one in mine if one.first == number), ChangedLines(path, number, 1)))
    return found


def _warnings(file: FileCoverage, changed: Sequence[ChangedLines]) -> Iterator[str]:
    """The lines of a file that no test executes, and the conditions that never had one of their values."""
    path = _property(file.path)
    for first, last in _runs([line for line in file.lines if not line.count]):
        place = f"line={_number_in_patch(first, changed)},endLine={_number_in_patch(last, changed)}"
        yield f"::warning file={path},{place},title=Patch coverage::no test executes this"
    for one in file.branches:
        if one.lacking:
            said = _data(f"never {one.lacking} in any test: {one.condition}")
            line = _number_in_patch(one.number, changed)
            yield f"::warning file={path},line={line},title=Patch coverage::{said}"


def _number_in_patch(line: int, changed: Sequence[ChangedLines]) -> int:
    """The number that the patch gives to a line of the patched copy; the same if it is not known."""
    known = (one for one in changed if one.copy and one.copy <= line < one.copy + one.number)
    return next((one.first + line - one.copy for one in known), line)


def _runs(lines: Sequence[AddedLine]) -> Iterator[tuple[int, int]]:
    """The first and last numbers of lines that follow each other."""
    start = 0
    for at, line in enumerate(lines):
        if at + 1 == len(lines) or lines[at + 1].number != line.number + 1:
            yield lines[start].number, line.number
            start = at + 1


def _data(text: str) -> str:
    text = one_line(text)
    text = text if len(text) <= _MOST_TEXT else f"{text[:_MOST_TEXT]}..."
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
