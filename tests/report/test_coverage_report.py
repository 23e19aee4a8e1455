"""Patch coverage as a person, GitHub and lcov read it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from harness.coverage import AddedBranch, AddedLine, FileCoverage, PatchCoverage
from harness.model import SeriesKind
from harness.report.coverage import annotate, describe_coverage, percentage, write_lcov
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


def test_annotations_of_github(report: CheckReport, golden: Callable[[str, str], None]) -> None:
    golden("annotations.txt", annotate(report))


def test_nothing_in_an_annotation_is_taken_for_a_command(report: CheckReport) -> None:
    path, text = "llvm/a,b:c%.cpp", "x %\n::error::y"
    file = FileCoverage(path, (AddedLine(1, 0, text),), (AddedBranch(1, text, 1, 0),))
    odd = SeriesReport("s", "t", SeriesKind.FIX, coverage=PatchCoverage((file,)))
    lines = annotate(replace(report, series=(odd,))).splitlines()
    place = "file=llvm/a%2Cb%3Ac%25.cpp,line=1"
    assert lines == [
        f"::warning {place},endLine=1,title=Patch coverage::no test executes this",
        f"::warning {place},title=Patch coverage::never false in any test: x %25 ::error::y",
    ]


def test_the_tracefile_of_lcov(report: CheckReport, golden: Callable[[str, str], None]) -> None:
    golden("coverage.lcov", write_lcov(report))


def test_the_record_keeps_it_and_one_without_it_is_read(report: CheckReport) -> None:
    assert decode(encode(report)).series[0].coverage == report.series[0].coverage
    old = encode(replace(report, series=(SeriesReport("s", "t", SeriesKind.FIX),)))
    assert b'"coverage": null' in old
    assert decode(old.replace(b',\n        "coverage": null', b"")).series[0].coverage is None
