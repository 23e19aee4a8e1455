"""What is wrong, beside the lines of a pull request, as GitHub reads it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from harness.coverage import AddedBranch, AddedLine, FileCoverage, PatchCoverage
from harness.errors import Failure
from harness.model import Comparison, Outcome, Red, SeriesKind, TestResult, TestVerdict, Verdict
from harness.report.annotations import annotate
from harness.report.reach import LineReach, Reach
from harness.report.record import ChangedLines, CheckReport, NoEffect, SeriesReport, decode, encode

PATH = "llvm/lib/A.cpp"
# The patch was made for a newer LLVM, in which these lines are 10 further down.
MOVED = (ChangedLines(PATH, 30, 3, 20), ChangedLines(PATH, 50, 1, 40))


def red(name: str, why: Red) -> TestVerdict:
    base, patched = TestResult(name, Outcome.PASS, 0.1), TestResult(name, Outcome.FAIL, 0.1)
    return TestVerdict(name, Verdict.REGRESSED, base, patched, red=why)


def series(
    *verdicts: TestVerdict, ok: bool = False, reasons: tuple[str, ...] = ("regressed: X86/a.ll",)
) -> SeriesReport:
    comparison = Comparison(verdicts, (), ok, () if ok else reasons)
    return SeriesReport("mine", "t", SeriesKind.FIX, comparison, changed_lines=MOVED)


def lines(report: CheckReport, *found: SeriesReport) -> list[str]:
    return annotate(replace(report, series=found)).splitlines()


def test_all_of_them(report: CheckReport, golden: Callable[[str, str], None]) -> None:
    golden("annotations.txt", annotate(report))


def test_a_regression_is_an_error_on_the_lines_of_the_patch(report: CheckReport) -> None:
    end = "title=LLVM 19.1.7%3A NOT OK::mine: regressed: X86/a.ll"
    assert lines(report, series(red("X86/a.ll", Red.REGRESSED))) == [
        f"::error file={PATH},line=30,endLine=32,{end}",
        f"::error file={PATH},line=50,endLine=50,{end}",
    ]


def test_a_series_that_is_ok_has_none(report: CheckReport) -> None:
    assert lines(report, series(ok=True)) == []
    meant = SeriesReport(
        "m", "t", SeriesKind.FIX, Comparison((), (), True, ()), no_effect=NoEffect("same", True)
    )
    assert lines(report, replace(meant, changed_lines=MOVED)) == []


def test_what_no_test_gets_to_is_told_by_the_numbers_of_the_patch(report: CheckReport) -> None:
    missed = LineReach(3, missed=(f"{PATH}:20", f"{PATH}:77"))
    unproven = replace(series(ok=True), reach=Reach(("f()",), 1, 9, by_functions=3, by_lines=missed))
    end = (
        "title=LLVM 19.1.7%3A unproven::mine: no test that ran gets to llvm/lib/A.cpp:20, llvm/lib/A.cpp:77: "
        "add one, or name more with --suite"
    )
    assert lines(report, unproven) == [
        f"::error file={PATH},line=30,endLine=32,{end}",
        f"::error file={PATH},line=77,endLine=77,{end}",
    ]


def test_an_own_test_that_does_not_pass_is_named_in_its_file(report: CheckReport) -> None:
    own = red("llvm/test/CodeGen/X86/new.ll", Red.OWN)
    first, *_ = lines(report, series(own))
    assert first == (
        "::error file=llvm/test/CodeGen/X86/new.ll,line=1,title=LLVM 19.1.7%3A NOT OK::"
        "llvm/test/CodeGen/X86/new.ll has to pass with the patch: fails"
    )


def test_what_does_not_apply_is_an_error_where_it_would_change_something(report: CheckReport) -> None:
    failed = SeriesReport("mine", "t", SeriesKind.FIX, error=Failure("does not apply\nnext: rebase"))
    assert lines(report, failed) == ["::error title=LLVM 19.1.7%3A NOT OK::mine: does not apply"]
    placed = replace(failed, changed_lines=(ChangedLines(PATH, 7, 1),))
    assert lines(report, placed) == [
        f"::error file={PATH},line=7,endLine=7,title=LLVM 19.1.7%3A NOT OK::mine: does not apply"
    ]


def test_a_long_patch_leaves_room_for_other_series(report: CheckReport) -> None:
    many = tuple(ChangedLines(PATH, n, 1) for n in range(1, 40))
    long = replace(series(reasons=("x" * 9000,)), changed_lines=many)
    found = lines(report, long)
    assert len(found) == 5
    assert max(map(len, found)) < 700


def test_coverage_is_told_by_the_numbers_of_the_patch(report: CheckReport) -> None:
    missed = tuple(AddedLine(n, 0, "x") for n in (20, 21, 22))
    file = FileCoverage(PATH, missed, (AddedBranch(40, "C", 1, 0),))
    covered = replace(series(ok=True), coverage=PatchCoverage((file,)))
    assert lines(report, covered) == [
        f"::warning file={PATH},line=30,endLine=32,title=Patch coverage::no test executes this",
        f"::warning file={PATH},line=50,title=Patch coverage::never false in any test: C",
    ]


@pytest.mark.parametrize("text", ["x %\n::error::y", "a\r\n::set-output name=x::y"])
def test_nothing_in_an_annotation_is_taken_for_a_command(report: CheckReport, text: str) -> None:
    path = "llvm/a,b:c%.cpp"
    file = FileCoverage(path, (AddedLine(1, 0, text),), (AddedBranch(1, text, 1, 0),))
    odd = replace(series(reasons=(text,)), coverage=PatchCoverage((file,)), changed_lines=())
    found = lines(report, replace(odd, name=text))
    assert [line.partition(" ")[0] for line in found] == ["::error", "::warning", "::warning"]
    place = "file=llvm/a%2Cb%3Ac%25.cpp,line=1"
    assert found[1] == f"::warning {place},endLine=1,title=Patch coverage::no test executes this"
    assert all("%" not in line.replace("%25", "").replace("%2C", "").replace("%3A", "") for line in found)


def test_the_record_keeps_the_lines_and_one_without_them_is_read(report: CheckReport) -> None:
    mine = replace(report, series=(series(),))
    assert decode(encode(mine)).series[0].changed_lines == MOVED
    text = encode(replace(report, series=(replace(series(), changed_lines=()),)))
    assert b'"changed_lines": []' in text
    assert decode(text.replace(b',\n        "changed_lines": []', b"")).series[0].changed_lines == ()
