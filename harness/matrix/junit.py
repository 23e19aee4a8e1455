"""A matrix as JUnit XML: a suite for each LLVM, a case for each cell; red where the matrix is not ok."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from harness.cell import CellResult, CellState
from harness.matrix.record import MatrixReport
from harness.printable import one_line, printable
from harness.report.junit import add_case, add_note, count_cases, render


def write(report: MatrixReport) -> str:
    """UTF-8 with a declaration."""
    root = ET.Element("testsuites", name=one_line(report.title), time=f"{report.seconds:.3f}")
    for column in dict.fromkeys(one.cell.column for one in report.cells):
        cells = [one for one in report.cells if one.cell.column == column]
        seconds = sum(one.seconds for one in cells)
        suite = ET.SubElement(root, "testsuite", name=one_line(column), time=f"{seconds:.3f}")
        for one in cells:
            _write_cell(suite, one)
        count_cases(suite)
    if report.unjudged or not report.cells:
        suite = ET.SubElement(root, "testsuite", name="matrix", time="0.000")
        for row in report.unjudged or ("no cell",):
            add_note(add_case(suite, "matrix", row), "failure", "unjudged", "came to a verdict on no LLVM")
        count_cases(suite)
    return render(root)


def _write_cell(suite: ET.Element, one: CellResult) -> None:
    case = add_case(suite, one.cell.column, one.cell.row, one.seconds)
    red = "\n".join(
        f"{test.name}: {test.verdict.value if test.verdict else test.outcome.value} {test.why}"
        for test in one.tests
        if test.is_red
    )
    if one.is_allowed or one.state is CellState.SKIPPED:
        add_note(case, "skipped", one.state.value, one.text)
    elif one.exit_code:
        tag = "error" if one.state is CellState.NO_ANSWER else "failure"
        add_note(case, tag, one.state.value, one.text, printable(red))
