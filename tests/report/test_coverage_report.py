"""Patch coverage as a person and lcov read it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from harness.coverage import AddedLine, FileCoverage, PatchCoverage
from harness.model import SeriesKind
from harness.report.coverage import describe_coverage, percentage, write_lcov
from harness.report.record import CheckReport, SeriesReport, decode, encode


def covered(*lines: AddedLine) -> PatchCoverage:
    return PatchCoverage((FileCoverage("llvm/lib/A.cpp", lines),))


HIT, MISS = AddedLine(3, 2, ""), AddedLine(4, 0, "  return;")


@pytest.mark.parametrize(
    ("coverage", "lines"),
    [
        (covered(HIT), ["patch coverage 1 of 1 lines"]),
        (
            covered(HIT, MISS),
            ["patch coverage 1 of 2 lines; never executed:", "  llvm/lib/A.cpp:4  +  return;"],
        ),
        (covered(), ["patch coverage: no line that the patch adds can execute"]),
        (PatchCoverage(unknown=("X.td: w",)), ["coverage unknown of X.td: w"]),
        (PatchCoverage(trouble="no\ndata"), ["coverage unknown: no data"]),
    ],
)
def test_in_words(coverage: PatchCoverage, lines: list[str]) -> None:
    assert describe_coverage(coverage) == lines


def test_at_most_twenty_lines_and_a_count() -> None:
    coverage = covered(*(replace(MISS, number=n) for n in range(1, 31)))
    lines = describe_coverage(coverage)
    assert len(lines) == 22
    assert lines[-1] == "  and 10 more"


def test_the_number_for_a_table() -> None:
    assert percentage(covered(HIT, HIT, MISS)) == "66 %"
    assert percentage(covered()) == percentage(None) == percentage(PatchCoverage(trouble="x")) == "-"


def test_the_tracefile_of_lcov(report: CheckReport, golden: Callable[[str, str], None]) -> None:
    golden("coverage.lcov", write_lcov(report))


def test_the_record_keeps_it_and_one_without_it_is_read(report: CheckReport) -> None:
    assert decode(encode(report)).series[0].coverage == report.series[0].coverage
    old = encode(replace(report, series=(SeriesReport("s", "t", SeriesKind.FIX),)))
    assert b'"coverage": null' in old
    assert decode(old.replace(b',\n        "coverage": null', b"")).series[0].coverage is None
